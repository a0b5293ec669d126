package audio

import "errors"

var (
	// ErrEmpty is a file without a single byte of sound.
	ErrEmpty = errors.New("audio is empty")
	// ErrFormat is a file that is no WAV or holds a codec we do not read.
	ErrFormat = errors.New("audio format is not supported")
	// ErrHeader is a WAV header that contradicts itself.
	ErrHeader = errors.New("audio header is not usable")
)
