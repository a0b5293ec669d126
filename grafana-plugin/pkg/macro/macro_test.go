package macro

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/interval"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := interval.LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func utc(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func plain(t testing.TB) Context {
	return Context{
		From: utc(t, "2026-03-01 00:00"), To: utc(t, "2026-03-02 00:00"), Zone: time.UTC, WeekStart: time.Monday, Interval: "30m",
		Variables: map[string][]string{"queue": {"Private", "O'Hara"}, "one": {"it's"}, "all": {}},
	}
}

func TestExpand(t *testing.T) {
	for in, want := range map[string]string{
		`SELECT 1`:                        `SELECT 1`,
		`WHERE $__timeFilter(joined_at)`:  `WHERE (joined_at) >= TIMESTAMP '2026-03-01 00:00:00.000000' AND (joined_at) < TIMESTAMP '2026-03-02 00:00:00.000000'`,
		`$__timeFilter(coalesce(a, b))`:   `(coalesce(a, b)) >= TIMESTAMP '2026-03-01 00:00:00.000000' AND (coalesce(a, b)) < TIMESTAMP '2026-03-02 00:00:00.000000'`,
		`$__timeFrom() AND ${__timeTo}()`: `TIMESTAMP '2026-03-01 00:00:00.000000' AND TIMESTAMP '2026-03-02 00:00:00.000000'`,
		`$__interval $__interval_ms`:      `INTERVAL '1800 seconds' 1800000`,
		`queue IN ($queue)`:               `queue IN ('Private', 'O''Hara')`,
		`queue IN (${queue:csv})`:         `queue IN ('Private', 'O''Hara')`,
		`$__in(queue, $queue)`:            `(queue) IN ('Private', 'O''Hara')`,
		`$__in(queue, $all)`:              `true`,
		`a = '$one' AND b = '$5'`:         `a = 'it''s' AND b = '$5'`,
		`'it''s $one'`:                    `'it''s it''s'`,
		`-- $nothing` + "\n" + `1`:        `-- $nothing` + "\n" + `1`,
		`/* $__bad( */ "$x" 1`:            `/* $__bad( */ "$x" 1`,
		`'unended $one`:                   `'unended it''s`,
		`$`:                               `$`,
		`$1`:                              `$1`,
	} {
		if got, err := Expand(in, plain(t)); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		`$__prayer()`: "$__prayer", `$__timeFilter()`: "1 to 1", `$__timeFilter(a, b)`: "1 to 1", `$__timeFilter(a`: "not closed", `$team`: "$team",
		`'$queue'`: "without quotes", `$all`: "everything", `$__timeGroup(a, 7m)`: `"7m"`, `$__timeGroup(a, total)`: `"total"`, `$__timeGroup(a, 1d, Mars)`: "Mars",
		`$__in(a, b)`: "variable", `$__in(a, $nothing)`: "variable", `$__timeGroup(a,)`: "1 to 3",
	} {
		if got, err := Expand(in, plain(t)); !errors.Is(err, ErrMacro) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v, want an error with %q", in, got, err, want)
		}
	}
}

var branch = regexp.MustCompile(`< (-?\d+) THEN (NULL|(-?\d+) \+ \(epoch_us\(x\) - -?\d+\) // (\d+) \* \d+)`)

// at evaluates the expression that a group became, as DuckDB does; the host test runs it in DuckDB itself.
func at(t testing.TB, expr string, us int64) (int64, bool) {
	t.Helper()
	for _, m := range branch.FindAllStringSubmatch(expr, -1) {
		limit, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if us >= limit {
			continue
		}
		if m[2] == "NULL" {
			return 0, false
		}
		base, _ := strconv.ParseInt(m[3], 10, 64)
		step, _ := strconv.ParseInt(m[4], 10, 64)
		return base + (us-base)/step*step, true
	}
	return 0, false
}

// TestLocalTime holds the hand-made table: written from the published changes of each zone, in UTC. Each row says into which
// interval an instant falls.
func TestLocalTime(t *testing.T) {
	for _, c := range []struct{ zone, size, at, want string }{
		{"Europe/Tallinn", "1d", "2026-03-28 22:00", "2026-03-28 22:00"}, // 29 March begins at +02
		{"Europe/Tallinn", "1d", "2026-03-29 20:59", "2026-03-28 22:00"}, // and has 23 hours
		{"Europe/Tallinn", "1d", "2026-03-29 21:00", "2026-03-29 21:00"},
		{"Europe/Tallinn", "60m", "2026-03-29 00:59", "2026-03-29 00:00"}, // 02:59 +02
		{"Europe/Tallinn", "60m", "2026-03-29 01:00", "2026-03-29 01:00"}, // 04:00 +03
		{"Europe/Tallinn", "1d", "2026-10-24 21:00", "2026-10-24 21:00"},
		{"Europe/Tallinn", "1d", "2026-10-25 21:59", "2026-10-24 21:00"}, // 25 hours
		{"Europe/Tallinn", "1d", "2026-10-25 22:00", "2026-10-25 22:00"},
		{"Europe/Tallinn", "30m", "2026-10-25 00:45", "2026-10-25 00:30"}, // 03:30 +03
		{"Europe/Tallinn", "30m", "2026-10-25 01:45", "2026-10-25 01:30"}, // 03:30 +02, an interval of its own
		{"Europe/Tallinn", "1w", "2026-03-29 20:59", "2026-03-22 22:00"},  // Monday 23 March at +02
		{"Europe/Tallinn", "1w", "2026-03-29 21:00", "2026-03-29 21:00"},  // Monday 30 March at +03
		{"Asia/Kathmandu", "1d", "2026-05-04 18:14", "2026-05-03 18:15"},
		{"Asia/Kathmandu", "1d", "2026-05-04 18:15", "2026-05-04 18:15"},
		{"Asia/Kathmandu", "60m", "2026-05-04 00:14", "2026-05-03 23:15"},
		{"Asia/Kathmandu", "60m", "2026-05-04 00:15", "2026-05-04 00:15"},
		{"Asia/Kathmandu", "30m", "2026-05-04 00:14", "2026-05-03 23:45"},
		{"Australia/Lord_Howe", "1d", "2026-04-04 13:00", "2026-04-04 13:00"}, // +11 until 15:00 UTC, then +10:30
		{"Australia/Lord_Howe", "1d", "2026-04-05 13:29", "2026-04-04 13:00"},
		{"Australia/Lord_Howe", "1d", "2026-04-05 13:30", "2026-04-05 13:30"},
		{"America/New_York", "1d", "2026-11-01 04:00", "2026-11-01 04:00"},
		{"America/New_York", "1d", "2026-11-02 04:59", "2026-11-01 04:00"},
		{"Africa/Cairo", "1d", "2026-04-23 21:59", "2026-04-22 22:00"}, // 24 April begins at 01:00, an hour later there is no midnight
		{"Africa/Cairo", "1d", "2026-04-23 22:00", "2026-04-23 22:00"},
	} {
		ctx := Context{From: utc(t, "2026-01-01 00:00"), To: utc(t, "2027-01-01 00:00"), Zone: zone(t, c.zone), WeekStart: time.Monday, Interval: c.size}
		expr, err := Expand(`$__timeGroup(x, $__interval)`, ctx)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := at(t, expr, utc(t, c.at).UnixMicro())
		if want := utc(t, c.want); !ok || got != want.UnixMicro() {
			t.Errorf("%s %s: %s falls into %s, want %s", c.zone, c.size, c.at, time.UnixMicro(got).UTC().Format("2006-01-02 15:04"), c.want)
		}
		named, err := Expand(`$__timeGroup(x, '`+c.size+`', '`+c.zone+`')`, Context{From: ctx.From, To: ctx.To, Zone: time.UTC, WeekStart: time.Monday})
		if err != nil || named != expr {
			t.Errorf("%s by name: %v", c.zone, err)
		}
		if n := strings.Count(expr, "WHEN"); n > 12 {
			t.Errorf("%s %s: a year is %d branches", c.zone, c.size, n)
		}
	}
}

// Every instant of a range falls into the interval that Agner's reports put it in.
func FuzzGroup(f *testing.F) {
	f.Add(int64(1774742400), int64(86400*9), int64(3600*30), uint8(0), uint8(3))
	f.Add(int64(1793836800), int64(86400*400), int64(1), uint8(1), uint8(4))
	zones := []string{"Europe/Tallinn", "Asia/Kathmandu", "Australia/Lord_Howe", "America/New_York", "Africa/Cairo", "Pacific/Apia", "Asia/Shanghai"}
	sizes := []interval.Size{interval.Quarter, interval.Half, interval.Hour, interval.Day, interval.Week}
	f.Fuzz(func(t *testing.T, from, length, offset int64, z, s uint8) {
		from, length = 946684800+abs(from)%(86400*365*40), 1+abs(length)%(86400*500)
		loc, size := zone(t, zones[int(z)%len(zones)]), sizes[int(s)%len(sizes)]
		us := (from + abs(offset)%length) * 1_000_000
		expr, err := Expand(`$__timeGroup(x, `+size.String()+`)`, Context{From: time.Unix(from, 0), To: time.Unix(from+length, 0), Zone: loc, WeekStart: time.Sunday})
		if err != nil {
			t.Fatal(err)
		}
		const around = 9 * 24 * interval.HourUs
		buckets, err := interval.Buckets(loc, us-around, us+around, size, time.Sunday)
		if err != nil {
			t.Fatal(err)
		}
		at, ok := at(t, expr, us)
		i, _ := interval.NewGrid(buckets).Index(us)
		if !ok || at != buckets[i].Start {
			t.Errorf("%s %s at %d: %d (%v), want %d", loc, size, us, at, ok, buckets[i].Start)
		}
	})
}

func abs(v int64) int64 { return max(v, -(v + 1)) }

// Whatever a query says, a variable's value never leaves its literal.
func FuzzExpand(f *testing.F) {
	for _, s := range []string{`SELECT $v`, `'$v'`, `"$v" -- $v`, `$__in(a, $v)`, `$__timeFilter($__timeGroup($v, 1d))`, `/* $v`, `$__in((((`, `''$v'`} {
		f.Add(s, `x' OR '1'='1`)
	}
	f.Fuzz(func(t *testing.T, sql, value string) {
		c := plain(t)
		if strings.ContainsAny(value, "$") {
			return
		}
		c.Variables = map[string][]string{"v": {value}}
		got, err := Expand(sql, c)
		if err != nil {
			return
		}
		c.Variables["v"] = []string{"harmless"}
		base, err := Expand(sql, c)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := shape(got), shape(base); a != b {
			t.Errorf("%q with %q: %q, another shape than %q", sql, value, got, base)
		}
	})
}

// shape is a query without what is inside quotes and comments.
func shape(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); {
		switch {
		case s[i] == '\'' || s[i] == '"':
			fmt.Fprintf(&out, "%c", s[i])
			i += closing(s[i:])
		case strings.HasPrefix(s[i:], "--"):
			i += copyUntil(&strings.Builder{}, s[i:], "\n")
		case strings.HasPrefix(s[i:], "/*"):
			i += copyUntil(&strings.Builder{}, s[i:], "*/")
		default:
			out.WriteByte(s[i])
			i++
		}
	}
	return out.String()
}
