package phone

import (
	"crypto/rand"
	"strings"
)

// NewPassword makes the password of a telephone: 80 bits, in letters and digits that are read off a screen and typed on a
// keypad without doubt.
func NewPassword() string { return strings.ToLower(rand.Text())[:16] }
