package feed

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Stdin is the file name that means standard input.
const Stdin = "-"

// gzipMagic begins every gzip member (RFC 1952 section 2.3.1).
var gzipMagic = []byte{0x1f, 0x8b}

// Source is an opened file whose content is decompressed while it is read.
type Source struct {
	Name       string
	Size       int64 // bytes on disk, -1 when not known
	Compressed bool

	file *os.File
	raw  *counter
	body io.Reader
}

// OpenSource opens a plain or gzip file, or standard input for "-". Compression
// is recognised by content, not by name.
func OpenSource(name string, stdin io.Reader) (*Source, error) {
	if name == Stdin {
		return newSource(&Source{Name: Stdin, Size: -1}, stdin)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open file: %w", err)
	}
	st, err := f.Stat()
	if err == nil && st.IsDir() {
		err = &fs.PathError{Op: "open", Path: name, Err: errors.New("is a directory")}
	}
	if err != nil {
		_ = f.Close() // nothing was written
		return nil, fmt.Errorf("open file: %w", err)
	}
	size := st.Size()
	if !st.Mode().IsRegular() {
		size = -1
	}
	s, err := newSource(&Source{Name: name, Size: size, file: f}, f)
	if err != nil {
		_ = f.Close() // nothing was written
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	return s, nil
}

func newSource(s *Source, r io.Reader) (*Source, error) {
	s.raw = &counter{r: r}
	buf := bufio.NewReaderSize(s.raw, 1<<16)
	head, err := buf.Peek(len(gzipMagic))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	s.body = buf
	if string(head) == string(gzipMagic) {
		z, err := gzip.NewReader(buf)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrTruncated, err)
		}
		s.Compressed, s.body = true, &unzipper{z}
	}
	return s, nil
}

// Verify reads a compressed file to its end and back to its beginning, so that
// nothing is made of one whose check sum is wrong. What cannot be read twice is
// not looked at.
func (s *Source) Verify(ctx context.Context) error {
	if !s.Compressed || s.Size < 0 {
		return nil
	}
	for err := error(nil); err == nil; {
		if err = ctx.Err(); err == nil {
			_, err = io.CopyN(io.Discard, s.body, 8<<20)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read again: %w", err)
	}
	_, err := newSource(s, s.file)
	return err
}

// Read reads the decompressed content.
func (s *Source) Read(p []byte) (int, error) { return s.body.Read(p) }

// Consumed returns how many bytes have been taken from the disk.
func (s *Source) Consumed() int64 { return s.raw.n }

// Close closes the file; standard input is left open.
func (s *Source) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// counter counts what is read through it.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// unzipper turns the errors of damaged gzip data into ErrTruncated.
type unzipper struct{ z *gzip.Reader }

func (u *unzipper) Read(p []byte) (int, error) {
	n, err := u.z.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: %w", ErrTruncated, err)
	}
	return n, err
}

// Expand resolves glob patterns and puts the parts of rotated logs in the order
// in which they were written: queue_log.2.gz, queue_log.1, queue_log. A pattern
// without a match is an error; files that are not rotations of one another keep
// the order in which they were named, and none is named twice.
func Expand(patterns []string) ([]string, error) {
	var names []string
	for _, p := range patterns {
		if p == Stdin || !strings.ContainsAny(p, "*?[") {
			names = append(names, p)
			continue
		}
		found, err := filepath.Glob(p)
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", p, err)
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("pattern %q: %w", p, fs.ErrNotExist)
		}
		names = append(names, found...)
	}
	return orderRotated(names), nil
}

// rotation matches what log rotation appends: .3, -20260504, .2026-05-04, each
// perhaps with .gz.
var rotation = regexp.MustCompile(`^(.*?)(?:\.(\d{1,4})|[-.](\d{4}-?\d{2}-?\d{2}(?:-?\d{1,10})?))?(?:\.gz)?$`)

// rotated is one file name split into its log and its age.
type rotated struct {
	name, base, date string
	number           int // 0 for the live file
	group            int // where its log was first named
}

func orderRotated(names []string) []string {
	list, groups := make([]rotated, 0, len(names)), map[string]int{}
	seen := map[string]bool{}
	for i, n := range names {
		if seen[n] {
			continue
		}
		seen[n] = true
		m := rotation.FindStringSubmatch(n)
		r := rotated{name: n, base: m[1], date: strings.ReplaceAll(m[3], "-", "")}
		r.number, _ = strconv.Atoi(m[2]) // the expression allows digits only
		if _, ok := groups[r.base]; !ok {
			groups[r.base] = i
		}
		r.group = groups[r.base]
		list = append(list, r)
	}
	slices.SortStableFunc(list, rotated.compare)
	out := make([]string, len(list))
	for i, r := range list {
		out[i] = r.name
	}
	return out
}

// compare puts dated parts first (oldest first), then numbered ones (highest
// first), then the live file.
func (r rotated) compare(o rotated) int {
	switch {
	case r.group != o.group:
		return r.group - o.group
	case r.date != o.date && r.date != "" && o.date != "":
		return strings.Compare(r.date, o.date)
	case r.date != o.date:
		return strings.Compare(o.date, r.date) // a dated one before an undated one
	}
	return o.number - r.number
}
