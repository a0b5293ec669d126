package series

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"os"
)

// ReadFile reads a CSV file, compressed with gzip or not; "-" is standard input.
func ReadFile(path string, o Options) (*Series, Notes, error) {
	r, err := OpenFile(path)
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	s, notes, err := Read(r, o)
	if err != nil {
		return nil, notes, fmt.Errorf("%s: %w", path, err)
	}
	return s, notes, nil
}

// OpenFile opens a file and unpacks it where it begins like gzip; "-" is standard
// input.
func OpenFile(path string) (io.ReadCloser, error) {
	f := os.Stdin
	if path != "-" {
		var err error
		if f, err = os.Open(path); err != nil {
			return nil, err
		}
	}
	b := bufio.NewReaderSize(f, 1<<16)
	if magic, err := b.Peek(2); err != nil || magic[0] != 0x1f || magic[1] != 0x8b {
		return file{b, f}, nil //nolint:nilerr // shorter than two bytes: the reader will say that it is empty
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return file{z, f}, nil
}

// file closes what is underneath a reader.
type file struct {
	io.Reader
	under io.Closer
}

// Close closes the file.
func (f file) Close() error { return f.under.Close() }
