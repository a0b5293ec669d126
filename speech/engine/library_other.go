//go:build !linux && !darwin

package engine

import (
	"fmt"
	"runtime"
)

// library cannot be loaded here.
type library struct{}

type binding struct {
	fn   any
	name string
}

func load(path string, _ bool) (*library, error) {
	return nil, fmt.Errorf("%w: %s: native recognisers run on Linux and macOS, this is %s", ErrLibrary, path, runtime.GOOS)
}

func (*library) bind([]binding) error { return ErrLibrary }

func (*library) has(string) bool { return false }
