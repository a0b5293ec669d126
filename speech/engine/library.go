//go:build linux || darwin

package engine

import (
	"fmt"

	"github.com/ebitengine/purego"
)

// library is a loaded shared library.
type library struct {
	path   string
	handle uintptr
}

// load opens a shared library; symbols stay private to it unless global.
func load(path string, global bool) (*library, error) {
	mode := purego.RTLD_NOW | purego.RTLD_LOCAL
	if global {
		mode = purego.RTLD_NOW | purego.RTLD_GLOBAL
	}
	h, err := purego.Dlopen(path, mode)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrLibrary, path, err)
	}
	return &library{path: path, handle: h}, nil
}

// binding is one function to find: Go variable and C name.
type binding struct {
	fn   any // pointer to a func variable
	name string
}

// bind fills the variables, or says which function is missing.
func (l *library) bind(list []binding) error {
	for _, b := range list {
		sym, err := purego.Dlsym(l.handle, b.name)
		if err != nil {
			return fmt.Errorf("%w: %s has no %s: %w", ErrLibrary, l.path, b.name, err)
		}
		purego.RegisterFunc(b.fn, sym)
	}
	return nil
}

// has reports whether the library knows a function that not every version has.
func (l *library) has(name string) bool {
	_, err := purego.Dlsym(l.handle, name)
	return err == nil
}
