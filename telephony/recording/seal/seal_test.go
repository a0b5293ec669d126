package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/agner-platform/agner/telephony/media/g711"
	"github.com/agner-platform/agner/telephony/media/wav"
)

// numbered returns a chunk whose codes tell its second and channel.
func numbered(n, samples int) Chunk {
	c := Silence(samples)
	c.Codecs[1] = g711.MuLaw
	for i := range c.Left {
		c.Left[i], c.Right[i] = byte(n+i), byte(3*n+i)
	}
	return c
}

func write(t testing.TB, key []byte, seconds, rest int) ([]byte, Sealed) {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, key)
	if err != nil {
		t.Fatal(err)
	}
	for n := range seconds {
		if err := w.Add(numbered(n, Rate)); err != nil {
			t.Fatal(err)
		}
	}
	sealed, err := w.Close(numbered(seconds, rest))
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), sealed
}

func TestRoundTrip(t *testing.T) {
	key := NewKey()
	file, sealed := write(t, key, 3, 400)
	sum := sha256.Sum256(file)
	if sealed.SHA256 != hex.EncodeToString(sum[:]) || sealed.Bytes != int64(len(file)) || sealed.Samples != 3*Rate+400 {
		t.Errorf("sealed %+v of %d bytes", sealed, len(file))
	}
	r, err := NewReader(bytes.NewReader(file), int64(len(file)), key)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Whole(); err != nil {
		t.Error(err)
	}
	for _, n := range []int{2, 0, 3, 1} { // in any order
		want := numbered(n, Rate)
		if n == 3 {
			want = numbered(n, 400)
		}
		got, err := r.Chunk(int64(n))
		if err != nil || !bytes.Equal(got.Left, want.Left) || !bytes.Equal(got.Right, want.Right) || got.Codecs != want.Codecs {
			t.Errorf("second %d differs: %v", n, err)
		}
	}
	if bytes.Contains(file, numbered(1, Rate).Left[:64]) {
		t.Error("sound lies open in the file")
	}
}

// TestTampering changes, exchanges, leaves out and cuts: everything is noticed.
func TestTampering(t *testing.T) {
	key := NewKey()
	file, _ := write(t, key, 3, 100)
	other, _ := write(t, key, 3, 100) // the same key and sound, another header
	chunk := func(n int) (int, int) { return headerLen + n*chunkLen, headerLen + (n+1)*chunkLen }
	a0, a1 := chunk(0)
	b0, b1 := chunk(1)
	for name, forged := range map[string][]byte{
		"a bit":        append(append(bytes.Clone(file[:a0+5]), file[a0+5]^1), file[a0+6:]...),
		"exchanged":    bytes.Join([][]byte{file[:a0], file[b0:b1], file[a0:a1], file[b1:]}, nil),
		"left out":     bytes.Join([][]byte{file[:b0], file[b1:]}, nil),
		"another file": bytes.Join([][]byte{file[:a0], other[a0:a1], file[a1:]}, nil),
		"no end":       file[:headerLen+3*chunkLen],
		"shorter end":  file[:len(file)-2],
		"header":       append(append(bytes.Clone(file[:20]), file[20]^1), file[21:]...),
	} {
		r, err := NewReader(bytes.NewReader(forged), int64(len(forged)), key)
		if err == nil {
			err = r.Whole()
		}
		if !errors.Is(err, ErrSealed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r, err := NewReader(bytes.NewReader(file), int64(len(file)), NewKey())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Chunk(0); !errors.Is(err, ErrSealed) {
		t.Errorf("with another key: %v", err)
	}
}

// TestRepair cuts a file anywhere: what was sealed in whole seconds stays.
func TestRepair(t *testing.T) {
	key := NewKey()
	file, whole := write(t, key, 3, 100)
	path := filepath.Join(t.TempDir(), "r")
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(headerLen, len(file)).Draw(t, "cut")
		if err := os.WriteFile(path, file[:at], 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		sealed, _, err := Repair(f, int64(at), key)
		if err != nil {
			t.Fatal(err)
		}
		want := int64((at-headerLen)/chunkLen) * Rate
		if at == len(file) {
			want = whole.Samples
		}
		if sealed.Samples != want {
			t.Fatalf("cut at %d: %d samples, want %d", at, sealed.Samples, want)
		}
		r, err := NewReader(f, sealed.Bytes, key)
		if err != nil || r.Whole() != nil || r.Samples() != want {
			t.Fatalf("cut at %d: not whole: %v", at, err)
		}
		again, cut, err := Repair(f, sealed.Bytes, key)
		if err != nil || cut != 0 || again != sealed {
			t.Fatalf("repaired twice: %+v, %+v, cut %d, %v", sealed, again, cut, err)
		}
	})
}

// TestWAV reads a sealed file as WAV, whole and in pieces.
func TestWAV(t *testing.T) {
	key := NewKey()
	file, _ := write(t, key, 2, 80)
	r, err := NewReader(bytes.NewReader(file), int64(len(file)), key)
	if err != nil {
		t.Fatal(err)
	}
	w := NewWAV(r)
	all, err := io.ReadAll(w)
	if err != nil || int64(len(all)) != w.Size() {
		t.Fatalf("%d of %d bytes: %v", len(all), w.Size(), err)
	}
	mono, err := wav.Read(bytes.NewReader(all)) // another reader's word that it is a WAV file
	if err != nil || len(mono) != 2*Rate+80 {
		t.Fatalf("%d samples: %v", len(mono), err)
	}
	c := numbered(1, Rate)
	left, right := c.Codecs[0].Decode(nil, c.Left), c.Codecs[1].Decode(nil, c.Right)
	if want := int16((int(left[7]) + int(right[7])) / 2); mono[Rate+7] != want {
		t.Errorf("sample %d, want %d", mono[Rate+7], want)
	}
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.Int64Range(0, w.Size()-1).Draw(t, "from")
		n := rapid.IntRange(1, 100).Draw(t, "n")
		if _, err := w.Seek(from, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, min(int64(n), w.Size()-from))
		if _, err := io.ReadFull(w, got); err != nil || !bytes.Equal(got, all[from:from+int64(len(got))]) {
			t.Fatalf("%d bytes from %d differ: %v", n, from, err)
		}
	})
}

func TestKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "recordings.key")
	k, err := LoadKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	key := NewKey()
	wrapped, err := k.Wrap(key)
	if err != nil {
		t.Fatal(err)
	}
	again, err := LoadKeys(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Unwrap(wrapped); err != nil || !bytes.Equal(got, key) {
		t.Errorf("unwrapped %x, %v", got, err)
	}
	stranger, err := LoadKeys(filepath.Join(t.TempDir(), "k"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.Unwrap(wrapped); !errors.Is(err, ErrSealed) {
		t.Errorf("another instance: %v", err)
	}
	if err := os.WriteFile(path, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKeys(path); err == nil {
		t.Error("nonsense was taken for an identity")
	}
}

// BenchmarkSeal seals one second of a call.
func BenchmarkSeal(b *testing.B) {
	w, err := NewWriter(io.Discard, NewKey())
	if err != nil {
		b.Fatal(err)
	}
	c := numbered(1, Rate)
	b.SetBytes(2 * Rate)
	for b.Loop() {
		if err := w.Add(c); err != nil {
			b.Fatal(err)
		}
	}
}
