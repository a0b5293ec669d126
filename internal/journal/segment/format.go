package segment

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
)

// Sizes of the fixed parts, in bytes. docs/formats/journal.md has the layout.
const (
	HeaderSize  = 128
	RecordSize  = 16 // before the payload
	TrailerSize = 48
	FooterSize  = 80

	formatVersion = 1

	// MaxPayload bounds one encoded event. A damaged length field above it is
	// known to be damage without reading on; real events are below 2 KiB.
	MaxPayload = 1 << 20
	// maxNode bounds a node's name: it has 64 bytes in the header.
	maxNode = 64
)

const (
	segmentMagic = "AGNERSEG"
	sealMagic    = "AGNRSEAL"
	// Markers stand where a record has its length. Their top byte (0xFE) makes
	// them larger than any length.
	trailerMark = 0xFE505247 // "GRP\xFE" on disk
	footerMark  = 0xFE4E4946 // "FIN\xFE" on disk
)

var (
	le         = binary.LittleEndian
	castagnoli = crc32.MakeTable(crc32.Castagnoli) // hardware-assisted on amd64 and arm64
)

// Header opens every segment.
type Header struct {
	First   uint64 // seq of the first record
	Created int64  // UTC µs
	Nonce   uint64 // random: binds trailers and footer to this file
	Node    string
}

// Encode returns the header's bytes.
func (h *Header) Encode() []byte {
	b := make([]byte, HeaderSize)
	copy(b, segmentMagic)
	le.PutUint16(b[8:], formatVersion)
	le.PutUint16(b[10:], HeaderSize)
	le.PutUint64(b[16:], h.First)
	le.PutUint64(b[24:], uint64(h.Created))
	le.PutUint64(b[32:], h.Nonce)
	b[40] = byte(len(h.Node))
	copy(b[41:], h.Node)
	le.PutUint32(b[12:], headerCRC(b))
	return b
}

func headerCRC(b []byte) uint32 {
	return crc32.Update(crc32.Checksum(b[:12], castagnoli), castagnoli, b[16:HeaderSize])
}

// decodeHeader returns the header or what is wrong with it.
func decodeHeader(b []byte) (Header, error) {
	switch {
	case len(b) < HeaderSize:
		return Header{}, fmt.Errorf("header has %d of %d bytes", len(b), HeaderSize)
	case string(b[:8]) != segmentMagic:
		return Header{}, fmt.Errorf("magic is %q, not %q", b[:8], segmentMagic)
	case le.Uint32(b[12:]) != headerCRC(b):
		return Header{}, fmt.Errorf("header checksum is wrong")
	case le.Uint16(b[8:]) != formatVersion:
		return Header{}, fmt.Errorf("segment format %d, this build knows %d: %w", le.Uint16(b[8:]), formatVersion, ErrVersion)
	case b[40] > maxNode:
		return Header{}, fmt.Errorf("node name has %d bytes", b[40])
	}
	return Header{
		First: le.Uint64(b[16:]), Created: int64(le.Uint64(b[24:])), Nonce: le.Uint64(b[32:]),
		Node: string(b[41 : 41+int(b[40])]),
	}, nil
}

// SealRecord writes length, checksum and seq into the 16 bytes before the
// payload of the record that b holds.
func SealRecord(b []byte, seq uint64) {
	le.PutUint32(b, uint32(len(b)-RecordSize))
	le.PutUint64(b[8:], seq)
	le.PutUint32(b[4:], recordCRC(b))
}

// PayloadSize returns the payload's size from the record that b begins with.
func PayloadSize(b []byte) int { return int(le.Uint32(b)) }

// PutPayloadSize notes the payload's size in a record that is not sealed yet.
func PutPayloadSize(b []byte, n int) { le.PutUint32(b, uint32(n)) }

// Chain continues a segment's chain, which begins with the header, over b.
func Chain(chain uint32, b []byte) uint32 { return crc32.Update(chain, castagnoli, b) }

// recordCRC covers length, seq and payload.
func recordCRC(b []byte) uint32 {
	return crc32.Update(crc32.Checksum(b[:4], castagnoli), castagnoli, b[8:])
}

// Trailer ends a group: what one fsync made durable.
type Trailer struct {
	Last    uint64 // seq of the group's last record
	Records uint32 // records in the group
	Chain   uint32 // CRC32C over header and all records of the segment so far
	Total   uint64 // records in the segment so far
	Start   int64  // offset of the group
	Written int64  // UTC µs
}

// Append adds the trailer, which will stand at offset at, to b.
func (t *Trailer) Append(b []byte, nonce uint64, at int64) []byte {
	var f [TrailerSize]byte
	le.PutUint32(f[0:], trailerMark)
	le.PutUint64(f[8:], t.Last)
	le.PutUint32(f[16:], t.Records)
	le.PutUint32(f[20:], t.Chain)
	le.PutUint64(f[24:], t.Total)
	le.PutUint64(f[32:], uint64(t.Start))
	le.PutUint64(f[40:], uint64(t.Written))
	le.PutUint32(f[4:], placedCRC(f[8:], nonce, at))
	return append(b, f[:]...)
}

// decodeTrailer reads the 48 bytes at offset at; ok is false if the mark or the
// checksum is wrong. blind skips the checksum: the header with the nonce is lost.
func decodeTrailer(b []byte, nonce uint64, at int64, blind bool) (t Trailer, ok bool) {
	if le.Uint32(b) != trailerMark || !blind && le.Uint32(b[4:]) != placedCRC(b[8:TrailerSize], nonce, at) {
		return Trailer{}, false
	}
	return Trailer{
		Last: le.Uint64(b[8:]), Records: le.Uint32(b[16:]), Chain: le.Uint32(b[20:]), Total: le.Uint64(b[24:]),
		Start: int64(le.Uint64(b[32:])), Written: int64(le.Uint64(b[40:])),
	}, true
}

// placedCRC covers b and the place it was written for (file and offset), so that
// bytes of another file, or moved ones, never pass.
func placedCRC(b []byte, nonce uint64, at int64) uint32 {
	var p [16]byte
	le.PutUint64(p[:], nonce)
	le.PutUint64(p[8:], uint64(at))
	return crc32.Update(crc32.Checksum(p[:], castagnoli), castagnoli, b)
}

// Footer closes a sealed segment.
type Footer struct {
	Last   uint64
	Count  uint64
	First  uint64
	Digest [32]byte // SHA-256 of every byte before the footer
	Sealed int64    // UTC µs
}

// Encode returns the bytes of the footer, which will stand at offset at.
func (f *Footer) Encode(nonce uint64, at int64) []byte {
	b := make([]byte, FooterSize)
	le.PutUint32(b, footerMark)
	le.PutUint64(b[8:], f.Last)
	le.PutUint64(b[16:], f.Count)
	le.PutUint64(b[24:], f.First)
	copy(b[32:], f.Digest[:])
	le.PutUint64(b[64:], uint64(f.Sealed))
	copy(b[72:], sealMagic)
	le.PutUint32(b[4:], placedCRC(b[8:], nonce, at))
	return b
}

func decodeFooter(b []byte, nonce uint64, at int64, blind bool) (f Footer, ok bool) {
	if le.Uint32(b) != footerMark || string(b[72:FooterSize]) != sealMagic ||
		!blind && le.Uint32(b[4:]) != placedCRC(b[8:FooterSize], nonce, at) {
		return Footer{}, false
	}
	f = Footer{Last: le.Uint64(b[8:]), Count: le.Uint64(b[16:]), First: le.Uint64(b[24:]), Sealed: int64(le.Uint64(b[64:]))}
	copy(f.Digest[:], b[32:64])
	return f, true
}

// Suffix ends the name of every segment.
const Suffix = ".seg"

// Name names a segment by its first seq; names sort as numbers do.
func Name(first uint64) string { return fmt.Sprintf("%020d%s", first, Suffix) }

// parseSegmentName returns the first seq of a segment's name.
func parseSegmentName(name string) (first uint64, ok bool) {
	digits, ok := strings.CutSuffix(name, Suffix)
	if !ok || len(digits) != 20 {
		return 0, false
	}
	first, err := strconv.ParseUint(digits, 10, 64)
	return first, err == nil && first > 0
}

// CheckNode refuses names that cannot be a folder, a vector key and a header field.
func CheckNode(node string) error {
	bad := node == "" || len(node) > maxNode || node[0] == '.'
	for _, c := range []byte(node) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		bad = bad || !letter && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-'
	}
	if bad {
		return fmt.Errorf("node %q: want 1 to %d letters, digits, '.', '_' or '-', not a leading '.': %w", node, maxNode, ErrBadNode)
	}
	return nil
}
