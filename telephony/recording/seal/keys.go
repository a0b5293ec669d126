package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"
)

// Keys wraps data keys with the identity of the instance. An identity file may
// hold several identities, one a line as age-keygen writes them: the first one
// wraps, all of them unwrap, so that an identity can be replaced.
type Keys struct {
	identities []age.Identity
	to         *age.X25519Recipient
}

// LoadKeys reads the identity file and makes one if there is none.
func LoadKeys(path string) (*Keys, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = makeIdentity(path)
	}
	if err != nil {
		return nil, fmt.Errorf("identity of recordings: %w", err)
	}
	list, err := age.ParseIdentities(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("identity of recordings in %s: %w", filepath.Base(path), err)
	}
	first, ok := list[0].(*age.X25519Identity)
	if !ok {
		return nil, fmt.Errorf("identity of recordings in %s: the first one must be X25519", filepath.Base(path))
	}
	return &Keys{identities: list, to: first.Recipient()}, nil
}

// makeIdentity writes a new identity; two processes never make two.
func makeIdentity(path string) ([]byte, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, fmt.Errorf("make identity: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".identity-*") // 0600
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	_, err = fmt.Fprintf(f, "# unlocks every recording of this instance; without it they cannot be heard\n%s\n", id)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return os.ReadFile(path)
}

// Wrap encrypts a data key.
func (k *Keys) Wrap(key []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := age.Encrypt(&out, k.to)
	if err == nil {
		if _, err = w.Write(key); err == nil {
			err = w.Close()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("wrap key: %w", err)
	}
	return out.Bytes(), nil
}

// Unwrap decrypts a data key.
func (k *Keys) Unwrap(wrapped []byte) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(wrapped), k.identities...)
	if err != nil {
		return nil, fmt.Errorf("unwrap key: %w: %w", ErrSealed, err)
	}
	key, err := io.ReadAll(io.LimitReader(r, KeyLen+1))
	if err != nil || len(key) != KeyLen {
		return nil, fmt.Errorf("unwrap key of %d bytes: %w", len(key), ErrSealed)
	}
	return key, nil
}
