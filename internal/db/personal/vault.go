// Package personal keeps what may have to be erased: the numbers and names of
// callers, notes about them and the words they said.
//
// # Vocabulary
//
//   - A party is a keyed pseudonym of a number ("p_…"). Journal, lake, logs and
//     exports carry parties only; this package alone can turn one back.
//   - A legal hold forbids erasing a party until it is released.
//
// # Guarantees
//
//   - The same number gives the same party as long as DIR/secrets/pseudonym.key
//     is kept. A missing or foreign key is refused at [Open], before it splits
//     every caller in two.
//   - [Vault.Erase] deletes in one transaction, then rewrites the database file
//     and empties its write-ahead log: afterwards no byte of what was erased is
//     in the data directory's database. Numbers in files that others keep there
//     (uploads, backups) are not its to find.
//   - What was erased stays erased: importing older records again does not bring
//     the number back; a later call of the same person does.
//
// What stays: events and figures under the party. Whoever holds the key and
// guesses the number can still tell that it called; destroying the key ends
// that for all callers.
package personal

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/agner-platform/agner/internal/db"
)

// ErrKey says that the pseudonym key is missing, damaged or not the one this database was written with.
var ErrKey = errors.New("pseudonym key does not fit this database")

const (
	keyLen      = 32
	keyFile     = "pseudonym.key"
	partyPrefix = "p_"
	partyBytes  = 15 // 120 bits, 24 characters: no two of 10^12 numbers meet
)

var partyEncoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// Vault opens the personal side tables of a store. Safe for concurrent use.
type Vault struct {
	s *db.Store
	Key
}

// Key makes pseudonyms, without the database. It does no I/O.
type Key struct{ key []byte }

// ReadKey reads the key of a data directory for whoever may not open its database. It must have been made before.
func ReadKey(dir string) (Key, error) {
	key, err := readKey(filepath.Join(dir, "secrets", keyFile), false)
	return Key{key}, err
}

// Open reads the key under DIR/secrets, making it at the very first time.
func Open(ctx context.Context, s *db.Store) (*Vault, error) {
	path := filepath.Join(s.Dir(), "secrets", keyFile)
	var check string
	err := s.Reader().QueryRowContext(ctx, `SELECT key_check FROM vault WHERE id = 1`).Scan(&check)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read key check: %w", err)
	}
	key, err := readKey(path, check == "")
	if err != nil {
		return nil, err
	}
	v := &Vault{s: s, Key: Key{key}}
	if check == "" {
		if check, err = v.claim(ctx); err != nil {
			return nil, err
		}
	}
	if check != v.keyCheck() {
		return nil, fmt.Errorf("%w: %s is another key", ErrKey, path)
	}
	return v, nil
}

// readKey reads the key, or makes it if it may. Making is writing a private file whole and linking it into place, so
// that of two processes that start at once both end up with the same key.
func readKey(path string, mayMake bool) ([]byte, error) {
	key, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) && mayMake {
		if err := makeKey(path); err != nil {
			return nil, fmt.Errorf("make pseudonym key: %w", err)
		}
		key, err = os.ReadFile(path)
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s is missing; put it back from a backup", ErrKey, path)
	}
	if err != nil {
		return nil, fmt.Errorf("read pseudonym key: %w", err)
	}
	if len(key) != keyLen {
		return nil, fmt.Errorf("%w: %s has %d bytes, want %d", ErrKey, path, len(key), keyLen)
	}
	return key, nil
}

func makeKey(path string) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, keyFile+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	var key [keyLen]byte
	_, _ = rand.Read(key[:]) // never fails
	_, err = f.Write(key[:])
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (k Key) mac(text string) []byte {
	m := hmac.New(sha256.New, k.key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// keyCheck proves the key without revealing it; no number normalises to this text.
func (v *Vault) keyCheck() string { return hex.EncodeToString(v.mac("agner key check")) }

// claim writes the key check of a fresh database and returns the one that won.
func (v *Vault) claim(ctx context.Context) (string, error) {
	var check string
	err := v.s.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO vault (id, key_check) VALUES (1, $1) ON CONFLICT (id) DO NOTHING`, v.keyCheck())
		if err != nil {
			return fmt.Errorf("store key check: %w", err)
		}
		return tx.QueryRowContext(ctx, `SELECT key_check FROM vault WHERE id = 1`).Scan(&check)
	})
	return check, err
}

// Pseudonym is the party of a number, or "" where there is none to speak of
// (empty, anonymous, withheld). It does no I/O.
func (k Key) Pseudonym(number string) string {
	n := Normalise(number)
	if n == "" {
		return ""
	}
	return partyPrefix + partyEncoding.EncodeToString(k.mac(n)[:partyBytes])
}

// IsParty says whether text has the form of a party.
func IsParty(text string) bool {
	rest, ok := strings.CutPrefix(text, partyPrefix)
	if !ok || len(rest) != partyEncoding.EncodedLen(partyBytes) {
		return false
	}
	_, err := partyEncoding.DecodeString(rest)
	return err == nil
}

// withheld are the words switches write where the network gave no number (RFC 3323 and common practice).
var withheld = map[string]bool{"anonymous": true, "unknown": true, "private": true, "restricted": true, "unavailable": true, "withheld": true, "asterisk": true, "s": true}

// Normalise gives every spelling of one number the same form: scheme, display
// punctuation and blanks go, a leading 00 becomes +. What is no number (a SIP
// user, a customer code) is kept in lower case. National and international
// spellings of one number stay two: the country is not known here.
func Normalise(number string) string {
	n := strings.ToLower(strings.TrimSpace(strings.Map(plainRune, number)))
	for _, scheme := range []string{"sips:", "sip:", "tel:"} {
		n = strings.TrimPrefix(n, scheme)
	}
	n, _, _ = strings.Cut(n, ";") // URI parameters
	user, _, _ := strings.Cut(n, "@")
	if digits := onlyDigits(user); digits != "" {
		return digits
	}
	if withheld[user] || !strings.ContainsFunc(user, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return ""
	}
	return strings.Join(strings.Fields(n), " ")
}

// plainRune makes every blank a space and drops what cannot be seen.
func plainRune(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case !unicode.IsGraphic(r):
		return -1
	}
	return r
}

// onlyDigits is the number with its punctuation removed, or "" if there is anything else in it.
func onlyDigits(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9' || r == '*' || r == '#':
			b.WriteRune(r)
		case r == '+' && b.Len() == 0 && i < 2: // "+49", "(+49"
			b.WriteRune(r)
		case strings.ContainsRune(" -./()\u2011\u2013", r):
		default:
			return ""
		}
	}
	if rest, ok := strings.CutPrefix(b.String(), "00"); ok && len(rest) >= 7 { // shorter ones are codes that begin with zeros
		return "+" + rest
	}
	if b.String() == "+" {
		return ""
	}
	return b.String()
}
