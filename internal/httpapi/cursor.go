package httpapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
)

const (
	cursorTag = 16      // bytes of the MAC kept: 128 bits cannot be guessed
	cursorMax = 4 << 10 // bytes of an encoded cursor; a position is a few ids and times
)

// Cursors makes and reads paging cursors. A cursor is opaque to callers and bound to one list with its filters, so that
// it cannot be edited, or used to read where it was not given.
type Cursors struct{ key []byte }

// NewCursors makes cursors with a key of the instance; any secret bytes will do.
func NewCursors(key []byte) Cursors {
	sum := sha256.Sum256(append([]byte("agner cursor\x00"), key...))
	return Cursors{key: sum[:]}
}

// Encode makes the cursor for a position in a list. The list is named with everything that must stay the same from
// page to page.
func (c Cursors) Encode(list string, position ...string) string {
	body, err := json.Marshal(position)
	if err != nil {
		panic("httpapi: cursor: " + err.Error()) // strings always encode
	}
	return base64.RawURLEncoding.EncodeToString(append(c.tag(list, body), body...))
}

// Decode gives the position of n parts that a cursor of this list holds; an empty cursor is the beginning (nil).
func (c Cursors) Decode(list, cursor string, n int) ([]string, error) {
	if cursor == "" {
		return nil, nil
	}
	if len(cursor) > cursorMax {
		return nil, BadCursor.New("")
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) < cursorTag || !hmac.Equal(raw[:cursorTag], c.tag(list, raw[cursorTag:])) {
		return nil, BadCursor.New("")
	}
	var position []string
	if err := json.Unmarshal(raw[cursorTag:], &position); err != nil || len(position) != n {
		return nil, BadCursor.New("")
	}
	return position, nil
}

func (c Cursors) tag(list string, body []byte) []byte {
	mac := hmac.New(sha256.New, c.key)
	mac.Write([]byte(list))
	mac.Write([]byte{0})
	mac.Write(body)
	return mac.Sum(nil)[:cursorTag]
}
