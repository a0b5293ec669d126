package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/agner-platform/agner/internal/ingest/feed"
)

// follow reads a growing file, and its successors after rotation, until the
// context ends, which is no error.
func (r *runner) follow(ctx context.Context, name string) error {
	for {
		t, head, err := openTail(ctx, name, r.opts.Poll)
		if err == nil {
			err = r.followOne(ctx, name, t, head)
		}
		if errors.Is(err, context.Canceled) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// followOne reads one file until it is rotated away.
func (r *runner) followOne(ctx context.Context, name string, t *tail, head []byte) error {
	f := r.newFile(name, t, func() int64 { return t.off })
	f.followed = true
	t.idle = func() error {
		if !f.ready {
			return nil
		}
		f.progress()
		return f.flush(ctx, false)
	}
	err := f.run(ctx, head, nil)
	if cerr := t.file.Close(); err == nil && cerr != nil {
		err = fmt.Errorf("close %s: %w", name, cerr)
	}
	rep := f.report()
	r.report.add(rep)
	if err == nil && rep.Error != "" {
		return fmt.Errorf("follow %s: %s", name, rep.Error)
	}
	return err
}

// tail reads a file that grows. At its end it waits; io.EOF means that the file
// was rotated away: renamed and made anew, or copied and truncated.
type tail struct {
	ctx  context.Context
	path string
	file *os.File
	stat os.FileInfo
	poll time.Duration
	off  int64
	head []byte // the file's beginning when it was opened: it tells a truncated and refilled file
	idle func() error
}

// headLen is how much of a followed file's beginning is compared at each poll.
const headLen = 4 << 10

// openTail waits until the file is there and has a whole line, because an
// identity made of less would not be unique.
func openTail(ctx context.Context, path string, poll time.Duration) (*tail, []byte, error) {
	for {
		f, err := os.Open(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, nil, fmt.Errorf("follow: %w", err)
		}
		if err == nil {
			t, head, err := newTail(ctx, f, path)
			if t != nil {
				t.poll = poll
				return t, head, nil
			}
			if cerr := f.Close(); err == nil {
				err = cerr
			}
			if err != nil {
				return nil, nil, fmt.Errorf("follow: %w", err)
			}
		}
		if err := wait(ctx, poll); err != nil {
			return nil, nil, err
		}
	}
}

// newTail returns nil when the file has no whole line yet.
func newTail(ctx context.Context, f *os.File, path string) (*tail, []byte, error) {
	st, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, nil, &fs.PathError{Op: "follow", Path: path, Err: errors.New("is not a regular file")}
	}
	head := make([]byte, feed.PrefixLen)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	head = head[:n]
	if bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		return nil, nil, &fs.PathError{Op: "follow", Path: path, Err: errors.New("is compressed and cannot grow")}
	}
	if n < feed.PrefixLen && bytes.IndexByte(head, '\n') < 0 {
		return nil, nil, nil
	}
	return &tail{ctx: ctx, path: path, file: f, stat: st, head: bytes.Clone(head[:min(n, headLen)])}, head, nil
}

// wait returns after a poll interval, or early with the context's error.
func wait(ctx context.Context, poll time.Duration) error {
	timer := time.NewTimer(poll)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Canceled
	}
}

// Read returns what is there, waits at the end of the file, and returns io.EOF
// when nothing will come any more.
func (t *tail) Read(p []byte) (int, error) {
	for {
		n, err := t.read(p)
		if n > 0 || err != nil {
			return n, err
		}
		if err := t.idle(); err != nil {
			return 0, err
		}
		if err := wait(t.ctx, t.poll); err != nil {
			return 0, err
		}
		gone, err := t.rotated()
		if err != nil {
			return 0, err
		}
		if gone {
			return t.rest(p)
		}
	}
}

// read is one read that knows no end of file.
func (t *tail) read(p []byte) (int, error) {
	n, err := t.file.Read(p)
	t.off += int64(n)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// rest returns what a writer still put into a file that was renamed; a truncated
// one has nothing of it left.
func (t *tail) rest(p []byte) (int, error) {
	if st, err := t.file.Stat(); err != nil || st.Size() <= t.off || !t.sameHead() {
		return 0, io.EOF
	}
	n, err := t.read(p)
	if n == 0 && err == nil {
		err = io.EOF
	}
	return n, err
}

// rotated reports whether the path now leads to other content.
func (t *tail) rotated() (bool, error) {
	st, err := os.Stat(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // between rename and create
	}
	if err != nil {
		return false, fmt.Errorf("follow: %w", err)
	}
	return !os.SameFile(st, t.stat) || st.Size() < t.off || !t.sameHead(), nil
}

// sameHead reports whether the opened file still begins as it did.
func (t *tail) sameHead() bool {
	now := make([]byte, len(t.head))
	n, err := t.file.ReadAt(now, 0)
	return (err == nil || errors.Is(err, io.EOF)) && bytes.Equal(now[:n], t.head)
}
