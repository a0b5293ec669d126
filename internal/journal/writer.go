package journal

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/agner-platform/agner/internal/journal/segment"
)

// writer owns the open segment and the watermark file. Only Open and then
// Journal.run touch it.
type writer struct {
	disk disk
	dir  string
	node string
	opts Options
	log  *segment.Log

	file   diskFile // the open segment; nil between sealing one and creating the next
	hdr    segment.Header
	offset int64     // end of the last durable group
	total  uint64    // records in the segment
	chain  uint32    // chain of the last durable group
	sum    hash.Hash // SHA-256 of the segment up to offset
	next   uint64    // seq of the next record

	mark     diskFile // the watermark file
	wm       segment.Watermark
	markSync time.Time // when the watermark file was last synced
	group    []byte    // scratch
}

// commit makes the records of all requests durable as one group, with one fsync.
// After ErrDiskFull everything is as before and the same requests may come again;
// after any other error the writer is finished.
func (w *writer) commit(reqs []*request) error {
	first := w.next
	group := w.group[:0]
	if cap(group) > 4*w.opts.GroupBytes { // one huge batch must not keep its memory
		group = nil
	}
	for _, r := range reqs {
		r.first = w.next
		for at := 0; at < len(r.buf); {
			end := at + segment.RecordSize + segment.PayloadSize(r.buf[at:])
			segment.SealRecord(r.buf[at:end], w.next)
			w.next++
			at = end
		}
		group = append(group, r.buf...)
	}
	w.group = group
	err := w.write(group, uint32(w.next-first))
	if err != nil {
		w.next = first
	}
	return err
}

// write appends the sealed records of one group with their trailer, syncs, and
// stores the watermark.
func (w *writer) write(group []byte, records uint32) error {
	if err := w.room(int64(len(group) + segment.TrailerSize)); err != nil {
		return err
	}
	t := segment.Trailer{
		Last: w.next - 1, Records: records, Chain: segment.Chain(w.chain, group),
		Total: w.total + uint64(records), Start: w.offset, Written: time.Now().UnixMicro(),
	}
	group = t.Append(group, w.hdr.Nonce, w.offset+int64(len(group)))
	w.group = group
	if _, err := w.file.WriteAt(group, w.offset); err != nil {
		return w.cut(fmt.Errorf("write journal group: %w", err))
	}
	if err := w.file.Sync(); err != nil {
		return fmt.Errorf("sync journal segment %s: %w", segment.Name(w.hdr.First), err)
	}
	w.sum.Write(group)
	w.offset += int64(len(group))
	w.total, w.chain = t.Total, t.Chain
	w.log.Remember(w.hdr.First, segment.Mark{Seq: t.Last, Offset: w.offset, Chain: t.Chain, Total: t.Total})
	w.wm.Seq, w.wm.Offset, w.wm.Chain = t.Last, w.offset, t.Chain
	return w.store()
}

// cut removes what a failed write left behind the last durable group. A full disk
// is then only a full disk; any other error ends the journal.
func (w *writer) cut(err error) error {
	if !noRoom(err) {
		return err
	}
	if terr := w.file.Truncate(w.offset); terr != nil {
		return fmt.Errorf("%w; cut the torn group: %w", err, terr)
	}
	return full(err)
}

// full marks err as a passing shortage of room.
func full(err error) error { return fmt.Errorf("%w: %w", ErrDiskFull, err) }

// room sees to it that there is an open segment with room for n bytes. A group
// larger than a segment gets a segment of its own.
func (w *writer) room(n int64) error {
	if w.file != nil && w.total > 0 && w.offset+n+segment.FooterSize > w.opts.SegmentBytes {
		if err := w.seal(); err != nil {
			return err
		}
	}
	if w.file == nil {
		return w.create()
	}
	return nil
}

// seal writes the footer and makes the segment immutable.
func (w *writer) seal() error {
	f := segment.Footer{First: w.hdr.First, Last: w.wm.Seq, Count: w.total, Sealed: time.Now().UnixMicro()}
	w.sum.Sum(f.Digest[:0])
	if _, err := w.file.WriteAt(f.Encode(w.hdr.Nonce, w.offset), w.offset); err != nil {
		return w.cut(fmt.Errorf("write journal footer: %w", err))
	}
	if err := w.file.Sync(); err != nil {
		return fmt.Errorf("sync journal segment %s: %w", segment.Name(w.hdr.First), err)
	}
	if err := w.file.Chmod(0o444); err != nil {
		return fmt.Errorf("make segment %s read-only: %w", segment.Name(w.hdr.First), err)
	}
	err := w.file.Close()
	w.file = nil
	if err != nil {
		return fmt.Errorf("close segment %s: %w", segment.Name(w.hdr.First), err)
	}
	return nil
}

// create begins the segment of w.wm.Seq+1. It gets its name only when its header
// is durable, so a segment without a whole header is damage, never a crash.
func (w *writer) create() error {
	hdr := segment.Header{First: w.wm.Seq + 1, Created: time.Now().UnixMicro(), Nonce: rand.Uint64(), Node: w.node}
	name := filepath.Join(w.dir, segment.Name(hdr.First))
	f, err := w.disk.open(name+".tmp", os.O_CREATE|os.O_TRUNC|os.O_RDWR)
	if err != nil {
		return roomError("create journal segment", err)
	}
	b := hdr.Encode()
	if _, err = f.WriteAt(b, 0); err == nil {
		err = f.Sync() // nothing is in the file yet: a full disk found here may pass
	}
	if err == nil {
		err = w.disk.rename(name+".tmp", name)
	}
	if err != nil {
		return roomError("create journal segment", errors.Join(err, f.Close(), w.disk.remove(name+".tmp")))
	}
	if err := w.disk.syncDir(w.dir); err != nil {
		f.Close()
		return fmt.Errorf("sync journal folder: %w", err)
	}
	w.file, w.hdr, w.offset, w.total = f, hdr, segment.HeaderSize, 0
	w.chain = segment.Chain(0, b)
	w.sum = sha256.New()
	w.sum.Write(b)
	w.wm.Segment, w.wm.Offset, w.wm.Chain = hdr.First, w.offset, w.chain
	return w.store()
}

// roomError wraps err, as ErrDiskFull if that is what it is.
func roomError(what string, err error) error {
	err = fmt.Errorf("%s: %w", what, err)
	if noRoom(err) {
		return full(err)
	}
	return err
}

// store writes the watermark into the older slot. It is synced with the first
// group of each second only: it is there against cuts and for readers; what was
// durable is also proven by the segment itself.
func (w *writer) store() error {
	w.wm.Gen++
	if _, err := w.mark.WriteAt(w.wm.Encode(), w.wm.Place()); err != nil {
		return fmt.Errorf("write watermark: %w", err)
	}
	if time.Since(w.markSync) < time.Second {
		return nil
	}
	return w.syncMark()
}

func (w *writer) syncMark() error {
	if err := w.mark.Sync(); err != nil {
		return fmt.Errorf("sync watermark: %w", err)
	}
	w.markSync = time.Now()
	return nil
}

// openMark opens or creates the watermark file with both segment.Slots filled from w.wm,
// at its full size, so that later stores need no room on the disk.
func (w *writer) openMark() error {
	f, err := w.disk.open(filepath.Join(w.dir, segment.WatermarkName), os.O_CREATE|os.O_RDWR)
	if err != nil {
		return roomError("open watermark", err)
	}
	w.mark = f
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("open watermark: %w", err)
	}
	if info.Size() < segment.WatermarkSize {
		if _, err := f.WriteAt(make([]byte, segment.WatermarkSize-info.Size()), info.Size()); err != nil {
			return roomError("write watermark", err)
		}
	}
	for range 2 {
		if err := w.store(); err != nil {
			return err
		}
	}
	if err := w.syncMark(); err != nil {
		return err
	}
	return w.disk.syncDir(w.dir)
}

// close closes the files. The watermark is synced so that the next Open knows all.
func (w *writer) close() error {
	var errs []error
	if w.mark != nil {
		errs = append(errs, w.syncMark(), w.mark.Close())
	}
	if w.file != nil {
		errs = append(errs, w.file.Close())
	}
	return errors.Join(errs...)
}
