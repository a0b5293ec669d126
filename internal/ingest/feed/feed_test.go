package feed

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/agner-platform/agner/internal/interval"
)

// TestExpandOrder puts the parts of rotated logs in the order they were written.
func TestExpandOrder(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"queue_log queue_log.1 queue_log.10.gz queue_log.2.gz", "queue_log.10.gz queue_log.2.gz queue_log.1 queue_log"},
		{"q-20260503 q q-20260501.gz q-20260502", "q-20260501.gz q-20260502 q-20260503 q"},
		{"b.csv a.csv b.csv", "b.csv a.csv"},
		{"-", "-"},
		{"x/log.1 y/log x/log", "x/log.1 x/log y/log"},
	} {
		got, err := Expand(strings.Fields(c.in))
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("Expand(%s) = %v, %v; want %s", c.in, got, err, c.want)
		}
	}
}

// TestReaderAgrees reads random text in lines and wants the pieces, numbers and
// offsets of a naive splitter, and the digest that SkipTo recognises.
func TestReaderAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.StringMatching(`[a-z]{0,40}`), 1, 30).Draw(t, "lines")
		limit := rapid.IntRange(1, 50).Draw(t, "limit")
		text := strings.Join(lines, "\n") + "\n"
		r := NewReader(strings.NewReader(text), limit)
		var got []string
		for {
			b, err := r.ReadLine()
			if errors.Is(err, io.EOF) {
				break
			}
			if errors.Is(err, ErrLineTooLong) {
				b = []byte("(too long)")
			}
			r.Commit()
			got = append(got, string(b))
		}
		if len(got) != len(lines) || r.Line() != int64(len(lines)) {
			t.Fatalf("%d lines, want %d", len(got), len(lines))
		}
		pos, ok := r.Position()
		if !ok || pos.Bytes != int64(len(text)) {
			t.Fatalf("position %+v, text has %d bytes", pos, len(text))
		}
		again := NewReader(strings.NewReader(text+"more\n"), limit)
		if same, err := again.SkipTo(pos); !same || err != nil {
			t.Fatalf("SkipTo: %v %v", same, err)
		}
		other := NewReader(strings.NewReader("#"+text), limit)
		if same, err := other.SkipTo(pos); same || err != nil {
			t.Fatalf("SkipTo in other text: %v %v", same, err)
		}
	})
}

// TestPrefix wants the prefix hash to be that of the first 64 KiB, however the
// bytes came.
func TestPrefix(t *testing.T) {
	text := strings.Repeat("0123456789abcdef\n", 9000)
	r := NewReader(strings.NewReader(text), 0)
	for {
		if _, err := r.ReadLine(); err != nil {
			break
		}
		r.Commit()
		p, _ := r.Position()
		if want := PrefixHash([]byte(text[:p.PrefixLen])); p.PrefixHash != want || p.PrefixLen != min(p.Bytes, PrefixLen) {
			t.Fatalf("after %d bytes: prefix of %d bytes is %s, want %s", p.Bytes, p.PrefixLen, p.PrefixHash, want)
		}
	}
}

// TestParseStamp reads what people write, and nothing else.
func TestParseStamp(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"2026-05-04 09:30", "2026-05-04T09:30:00Z"},
		{"2026-05-04T09:30:15", "2026-05-04T09:30:15Z"},
		{"2026-05-04 09:30:15.250", "2026-05-04T09:30:15.25Z"},
		{"2026-05-04 09:30:15.123456", "2026-05-04T09:30:15.123456Z"},
		{"2026-05-04T09:30:15Z", "2026-05-04T09:30:15Z"},
		{"2026-05-04T09:30:15+05:45", "2026-05-04T03:45:15Z"},
		{"2026-05-04 09:30:15 -0300", "2026-05-04T12:30:15Z"},
		{"2024-02-29 00:00:00", "2024-02-29T00:00:00Z"},
		{"2023-02-29 00:00:00", ""}, {"2026-13-01 00:00:00", ""}, {"2026-05-04", ""}, {"2026-05-04 24:00:00", ""},
		{"2026-05-04 09:30:15x", ""}, {"04.05.2026 09:30:15", ""}, {"", ""}, {"2026-05-04 09:30:15.", ""},
	} {
		s, err := ParseStamp(c.in)
		got := ""
		if err == nil {
			got = time.UnixMicro(s.us).UTC().Format(time.RFC3339Nano)
		}
		if got != c.want {
			t.Errorf("ParseStamp(%q) = %s, %v; want %s", c.in, got, err, c.want)
		}
	}
}

// TestClockAgrees compares the cached conversion with interval's, in zones with
// odd rules and at random times.
func TestClockAgrees(t *testing.T) {
	for _, name := range []string{"Asia/Jerusalem", "Europe/Tallinn", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca"} {
		loc, err := interval.LoadZone(name)
		if err != nil {
			t.Fatal(err)
		}
		clock := NewClock(loc, func(string) {})
		clock.Now = func() time.Time { return time.Unix(4e9, 0) }
		rapid.Check(t, func(t *rapid.T) {
			at := rapid.Int64Range(0, 2_000_000_000).Draw(t, "at") * Second
			for step := range int64(8) {
				local := at + step*10*60*Second
				got, err := clock.After(Stamp{us: local, local: true}, 0)
				want, _ := interval.LocalTime(loc, wall(local))
				if err != nil && want < minAt {
					continue
				}
				if err != nil || got != want {
					t.Fatalf("%s %v: %d, %v; want %d", name, wall(local), got, err, want)
				}
			}
		})
	}
}

// TestSplitCSV reads RFC 4180 and survives what is not.
func TestSplitCSV(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
	}{
		{`a,b,c`, []string{"a", "b", "c"}}, {``, []string{""}}, {`,`, []string{"", ""}},
		{`"a,b",c`, []string{"a,b", "c"}}, {`"a ""q"" b",c`, []string{`a "q" b`, "c"}},
		{`a,"b`, []string{"a", "b"}}, {`"a"x,b`, []string{"ax", "b"}}, {`a"b,c`, []string{`a"b`, "c"}}, {"\"a\nb\",c", []string{"a\nb", "c"}},
	} {
		if diff := cmp.Diff(c.want, SplitCSV(nil, c.in, ',')); diff != "" {
			t.Errorf("SplitCSV(%q): %s", c.in, diff)
		}
	}
}

// TestScrub keeps extensions and hides numbers.
func TestScrub(t *testing.T) {
	for in, want := range map[string]bool{
		"200": false, "123456": false, "5551234": true, "+372 555 1234": true, "main-menu": false, "2026-05-04": true, "": false,
	} {
		if got := looksLikeNumber(in); got != want {
			t.Errorf("looksLikeNumber(%q) = %v", in, got)
		}
	}
}

func FuzzSplitCSV(f *testing.F) {
	f.Add(`a,"b ""c""",d`)
	f.Fuzz(func(t *testing.T, text string) {
		// Quoting what was read must read the same again.
		fields := SplitCSV(nil, text, ',')
		var quoted []string
		for _, v := range fields {
			quoted = append(quoted, `"`+strings.ReplaceAll(v, `"`, `""`)+`"`)
		}
		if diff := cmp.Diff(fields, SplitCSV(nil, strings.Join(quoted, ","), ',')); diff != "" {
			t.Error(diff)
		}
	})
}

func FuzzStamps(f *testing.F) {
	f.Add("2026-05-04 09:30:15.5+05:45")
	f.Add("1767600000.25")
	f.Fuzz(func(t *testing.T, s string) {
		if st, err := ParseStamp(s); err == nil && (st.us < -70_000_000_000*Second || st.us > 400_000_000_000*Second) {
			t.Errorf("%q is %d", s, st.us)
		}
		if us, err := ParseSeconds(s, Second); err == nil && us < 0 {
			t.Errorf("duration %q is %d", s, us)
		}
		_, _ = ParseEpoch(s, Second)
	})
}
