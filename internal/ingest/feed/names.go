package feed

import (
	"fmt"
	"strings"
)

// Directory turns names of a foreign system into ids of ours, making rows for
// names it has not seen. Its owner implements it over the set-up database.
type Directory interface {
	// Queue returns the id of the queue with the foreign name.
	Queue(name string) (string, error)
	// Agent returns the id of the agent with the foreign name.
	Agent(name string) (string, error)
	// Party returns the pseudonym of a telephone number or customer key.
	Party(number string) (string, error)
	// Code returns the id of the wrap-up code with the foreign name.
	Code(name string) (string, error)
}

// maxName bounds names taken from records; events hold ids of up to 512 bytes.
const maxName = 200

// maxCached bounds each cache, so that a hostile file cannot fill the memory.
const maxCached = 100_000

// Names caches what a Directory answers.
type Names struct {
	dir     Directory
	queues  map[string]string
	agents  map[string]string
	parties map[string]string
	codes   map[string]string
}

// NewNames returns a cache over d.
func NewNames(d Directory) *Names {
	return &Names{d, map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}}
}

// LookupError is a Directory's failure. It ends a run: the record is not at fault.
type LookupError struct {
	What string
	Err  error
}

// Error names what was looked up.
func (e *LookupError) Error() string { return fmt.Sprintf("look up %s: %v", e.What, e.Err) }

// Unwrap returns the Directory's error.
func (e *LookupError) Unwrap() error { return e.Err }

// Queue returns a queue's id.
func (n *Names) Queue(name string) (string, error) {
	return lookup(n.queues, "queue", name, n.dir.Queue)
}

// Agent returns an agent's id.
func (n *Names) Agent(name string) (string, error) {
	return lookup(n.agents, "agent", name, n.dir.Agent)
}

// Code returns a wrap-up code's id.
func (n *Names) Code(name string) (string, error) {
	return lookup(n.codes, "wrap-up code", name, n.dir.Code)
}

// Party returns a number's pseudonym, and "" for an empty or withheld number.
func (n *Names) Party(number string) (string, error) {
	switch strings.ToLower(number) {
	case "", "unknown", "anonymous", "unavailable", "restricted", "private", "asterisk", "<unknown>", "none":
		return "", nil
	}
	return lookup(n.parties, "party", number, n.dir.Party)
}

func lookup(cache map[string]string, what, name string, ask func(string) (string, error)) (string, error) {
	if id, ok := cache[name]; ok {
		return id, nil
	}
	if name == "" {
		return "", Rejectf("%s name is empty", what)
	}
	if len(name) > maxName {
		return "", Rejectf("%s name is longer than %d bytes", what, maxName)
	}
	if strings.IndexByte(name, 0) >= 0 {
		return "", Rejectf("%s name has NUL bytes", what)
	}
	id, err := ask(name)
	if err != nil {
		return "", &LookupError{what, err}
	}
	if len(cache) >= maxCached {
		clear(cache)
	}
	// The key is copied: name may be part of a long record.
	cache[strings.Clone(name)] = id
	return id, nil
}

// Target returns what an event may say about a dialled number: an extension of
// up to six digits or letters as it stands, an outside number as its pseudonym.
func (n *Names) Target(number string) (string, error) {
	if !looksLikeNumber(number) {
		return Clip(number, maxName), nil
	}
	return n.Party(number)
}

// Scrub replaces what looks like an outside number by its pseudonym in fields
// that are kept raw, and clips long fields.
func (n *Names) Scrub(fields []string) ([]string, error) {
	out := make([]string, len(fields))
	for i, f := range fields {
		v, err := n.Target(Clip(f, maxName))
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// looksLikeNumber reports at least seven digits with nothing but the usual
// separators between: shorter ones are extensions, counts and durations.
func looksLikeNumber(s string) bool {
	digits := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c != '+' && c != ' ' && c != '-' && c != '(' && c != ')' && c != '/':
			return false
		}
	}
	return digits >= 7
}

// Clip cuts s to n bytes at a character's edge.
func Clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 { // inside a UTF-8 sequence
		n--
	}
	return s[:n]
}
