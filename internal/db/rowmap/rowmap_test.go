package rowmap

import (
	"database/sql"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"
	"pgregory.net/rapid"
)

type inner struct {
	ID string `db:"id,key,fixed"`
}

type sample struct {
	inner
	Text    string   `db:"text"`
	Ref     string   `db:"ref,null"`
	Count   int64    `db:"count"`
	Small   int      `db:"small"`
	Flag    bool     `db:"flag"`
	Share   float64  `db:"share"`
	List    []string `db:"list,json"`
	Version int64    `db:"version"`
	Ignored string
}

func TestStatements(t *testing.T) {
	tab := New[sample]("samples")
	f := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	f(tab.Select(), "SELECT t.id, t.text, t.ref, t.count, t.small, t.flag, t.share, t.list, t.version FROM samples t")
	f(tab.Insert(), "INSERT INTO samples (id, text, ref, count, small, flag, share, list, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
	f(tab.Update(func(c Column) bool { return c.Key }),
		"UPDATE samples SET text = $2, ref = $3, count = $4, small = $5, flag = $6, share = $7, list = $8, version = $9 WHERE id = $1 AND version = $10")
	if !tab.Has("ref") || tab.Has("Ref") || tab.Has("ignored") {
		t.Error("columns are not those of the tags")
	}
}

func TestRowsRoundTrip(t *testing.T) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE TABLE samples (id TEXT, text TEXT, ref TEXT, count BIGINT, small BIGINT, flag BIGINT, share DOUBLE PRECISION, list TEXT, version BIGINT)`); err != nil {
		t.Fatal(err)
	}
	tab := New[sample]("samples")
	rapid.Check(t, func(t *rapid.T) {
		in := sample{
			inner: inner{rapid.String().Draw(t, "id")}, Text: rapid.String().Draw(t, "text"), Ref: rapid.String().Draw(t, "ref"),
			Count: rapid.Int64().Draw(t, "count"), Small: rapid.Int().Draw(t, "small"), Flag: rapid.Bool().Draw(t, "flag"),
			Share: rapid.Float64Range(-1e300, 1e300).Draw(t, "share"), List: rapid.SliceOf(rapid.String()).Draw(t, "list"),
		}
		args, err := tab.Args(&in)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(tab.Insert(), args...); err != nil {
			t.Fatal(err)
		}
		got, err := tab.Collect(db.Query(tab.Select()))
		if err != nil || len(got) != 1 {
			t.Fatalf("%d rows, %v", len(got), err)
		}
		if d := cmp.Diff(in, got[0], cmp.AllowUnexported(sample{})); d != "" {
			t.Fatalf("(-want +got):\n%s", d)
		}
		if _, err := db.Exec(`DELETE FROM samples`); err != nil {
			t.Fatal(err)
		}
	})
}

func TestDiffAndFixed(t *testing.T) {
	tab := New[sample]("samples")
	old := sample{inner: inner{"a"}, Text: "x", Version: 1, List: []string{}}
	row := sample{inner: inner{"b"}, Text: "y", Version: 2, List: []string{"l"}}
	tab.KeepFixed(&row, &old)
	if row.ID != "a" {
		t.Errorf("fixed column became %q", row.ID)
	}
	got, err := tab.Diff(&old, &row)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][2]any{"text": {"x", "y"}, "list": {"[]", `["l"]`}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestWhatCannotBeStoredIsRefused(t *testing.T) {
	type bad struct {
		C complex128 `db:"c"`
	}
	if _, err := New[bad]("b").Args(&bad{}); err == nil {
		t.Error("a complex number was accepted")
	}
	type nan struct {
		F float64 `db:"f,json"`
	}
	if _, err := New[nan]("n").Args(&nan{math.NaN()}); err == nil {
		t.Error("a NaN was accepted as JSON")
	}
}

func TestDiffHidesSecrets(t *testing.T) {
	type row struct {
		Name string `db:"name"`
		Key  string `db:"key_text,secret"`
	}
	tab := New[row]("rows")
	diff, err := tab.Diff(&row{Name: "a"}, &row{Name: "b", Key: "quiet"})
	if err != nil {
		t.Fatal(err)
	}
	if got := diff["key_text"]; got != [2]any{"", "•••"} || diff["name"] != [2]any{"a", "b"} {
		t.Errorf("diff %v", diff)
	}
}
