package segment

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	// WatermarkName is the file's name in the node's folder.
	WatermarkName  = "watermark"
	watermarkMagic = "AGNRWMRK"
	slotSize       = 64
	// slotStride keeps the two slots in different sectors, so that damage to one
	// sector leaves the other slot.
	slotStride = 512
	// WatermarkSize is the size of the file.
	WatermarkSize = 2 * slotStride
)

// Watermark says how far a journal is durable. The writer stores it after every
// fsync of a group and before the acknowledgement, in the slot that does not
// hold the newest one.
type Watermark struct {
	Gen     uint64 // counts stores; its parity is the slot
	Oldest  uint64 // first seq that retention has left
	Seq     uint64 // last durable seq, 0 if there is none
	Segment uint64 // first seq of the segment that holds the end
	Offset  int64  // end of the last durable group in it
	Chain   uint32 // that group's chain
}

// Encode returns the bytes of a slot.
func (w *Watermark) Encode() []byte {
	b := make([]byte, slotSize)
	copy(b, watermarkMagic)
	le.PutUint32(b[12:], w.Chain)
	le.PutUint64(b[16:], w.Gen)
	le.PutUint64(b[24:], w.Oldest)
	le.PutUint64(b[32:], w.Seq)
	le.PutUint64(b[40:], w.Segment)
	le.PutUint64(b[48:], uint64(w.Offset))
	le.PutUint32(b[56:], formatVersion)
	le.PutUint32(b[8:], slotCRC(b))
	return b
}

// Place returns where in the file the slot of this watermark is.
func (w *Watermark) Place() int64 { return int64(w.Gen%2) * slotStride }

func slotCRC(b []byte) uint32 {
	return crc32.Update(crc32.Checksum(b[:8], castagnoli), castagnoli, b[12:slotSize])
}

func decodeSlot(b []byte) (Watermark, bool) {
	if len(b) < slotSize || string(b[:8]) != watermarkMagic || le.Uint32(b[8:]) != slotCRC(b) || le.Uint32(b[56:]) != formatVersion {
		return Watermark{}, false
	}
	return Watermark{
		Gen: le.Uint64(b[16:]), Oldest: le.Uint64(b[24:]), Seq: le.Uint64(b[32:]), Segment: le.Uint64(b[40:]),
		Offset: int64(le.Uint64(b[48:])), Chain: le.Uint32(b[12:]),
	}, true
}

// Slots is what a watermark file holds.
type Slots struct {
	Best  Watermark // the newest valid slot
	Valid int       // valid slots: 2 in health, 0 if the watermark is lost
}

// parseSlots picks the newest valid slot.
func parseSlots(b []byte) Slots {
	var s Slots
	for i := range 2 {
		at := min(i*slotStride, len(b))
		w, ok := decodeSlot(b[at:])
		if !ok || w.Gen%2 != uint64(i) {
			continue
		}
		if s.Valid++; s.Valid == 1 || w.Gen > s.Best.Gen {
			s.Best = w
		}
	}
	return s
}

// ReadWatermark reads the watermark file of a node's folder; a missing file has
// no valid slots. A slot that is being written at this moment fails its checksum
// and the other, one group older, counts.
func ReadWatermark(dir string) (Slots, error) {
	f, err := os.Open(filepath.Join(dir, WatermarkName))
	if errors.Is(err, fs.ErrNotExist) {
		return Slots{}, nil
	}
	if err != nil {
		return Slots{}, fmt.Errorf("open watermark: %w", err)
	}
	defer f.Close()
	var b [WatermarkSize]byte
	n, err := f.ReadAt(b[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return Slots{}, fmt.Errorf("read watermark: %w", err)
	}
	return parseSlots(b[:n]), nil
}
