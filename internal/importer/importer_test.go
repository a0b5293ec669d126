package importer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/personal"
	"github.com/agner-platform/agner/internal/journal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a service over a journal and a set-up database, without a lake.
type bench struct {
	t       *testing.T
	dir     string
	store   *db.Store
	vault   *personal.Vault
	journal *journal.Journal
	service *Service
	drained int
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, dir: t.TempDir()}
	var err error
	if b.store, err = db.Open(t.Context(), b.dir); err != nil {
		t.Fatal(err)
	}
	if b.vault, err = personal.Open(t.Context(), b.store); err != nil {
		t.Fatal(err)
	}
	b.open()
	t.Cleanup(func() {
		b.close()
		if err := b.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// open starts journal and service, as after a restart of the platform.
func (b *bench) open() {
	b.t.Helper()
	var err error
	if b.journal, _, err = journal.Open(filepath.Join(b.dir, "journal"), "analytics", journal.Options{}); err != nil {
		b.t.Fatal(err)
	}
	b.service, err = Open(b.t.Context(), Options{
		Journal: b.journal, Journals: filepath.Join(b.dir, "journal"), Dir: filepath.Join(b.dir, "imports"), Store: b.store, Vault: b.vault,
		Changes: func(context.Context) error { b.drained++; return nil },
		Applied: func(context.Context, journal.Vector) error { return nil },
		Zone:    "Europe/Tallinn",
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) close() {
	b.t.Helper()
	if err := errors.Join(b.service.Close(), b.journal.Close()); err != nil {
		b.t.Error(err)
	}
}

// file writes a file to import.
func (b *bench) file(name, text string) string {
	b.t.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return path
}

// run imports and waits.
func (b *bench) run(req Request) Job {
	b.t.Helper()
	job, err := b.service.Submit(req)
	if err != nil {
		b.t.Fatal(err)
	}
	job, err = b.service.Wait(b.t.Context(), job.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	return job
}

// technion has three calls: served, abandoned in the queue, left in the menu.
const technion = `vru_line,call_id,customer,priority,type,vru_entry,vru_exit,vru_time,q_start,q_exit,q_time,outcome,ser_start,ser_exit,ser_time,agent,flags
AA0101,1,777,2,PS,1999-01-03T10:00:00,1999-01-03T10:00:05,5,1999-01-03T10:00:05,1999-01-03T10:00:25,20,AGENT,1999-01-03T10:00:25,1999-01-03T10:02:25,120,TOVA,0
AA0102,2,0,0,NE,1999-01-03T10:01:00,1999-01-03T10:01:05,5,1999-01-03T10:01:05,1999-01-03T10:01:45,40,HANG,,,0,,0
AA0103,3,0,0,PS,1999-01-03T10:02:00,1999-01-03T10:02:05,5,,,0,HANG,,,0,,0
`

func TestImportPublishesNamesNumbersAndEvents(t *testing.T) {
	b := newBench(t)
	file := b.file("calls.csv", technion)
	job := b.run(Request{Format: "csv", Profile: "technion", Files: []string{file}, Zone: "UTC"}) // the profile knows better
	if job.State != Done || job.Mapped != 3 || job.Events == 0 || job.Zone != "Asia/Jerusalem" {
		t.Fatalf("job = %+v, want 3 rows mapped in Asia/Jerusalem", job)
	}
	if b.journal.Durable() < uint64(job.Events) || b.drained == 0 {
		t.Errorf("journal holds %d events, set-up was published %d times", b.journal.Durable(), b.drained)
	}
	sites, err := b.store.Sites().List(t.Context())
	if err != nil || len(sites) != 1 || sites[0].Name != "Jerusalem" || sites[0].Zone != "Asia/Jerusalem" || sites[0].ID != job.Site {
		t.Errorf("sites = %+v, %v, want Jerusalem in its own zone", sites, err)
	}
	queues, err := b.store.Queues().List(t.Context())
	if err != nil || len(queues) != 2 || queues[0].Name != "NE" || queues[1].Name != "PS" {
		t.Errorf("queues = %+v, %v, want NE and PS", queues, err)
	}
	known, err := b.vault.Find(t.Context(), "777", 10)
	if err != nil || len(known) != 1 {
		t.Errorf("callers = %+v, %v, want the one who is known", known, err)
	}
}

func TestTheSameFileTwiceChangesNothing(t *testing.T) {
	b := newBench(t)
	lines := strings.SplitAfter(technion, "\n")
	file := b.file("calls.csv", strings.Join(lines[:3], ""))
	req := Request{Format: "csv", Profile: "technion", Files: []string{file}}
	first := b.run(req)
	if again := b.run(req); again.Events != 0 || again.State != Done {
		t.Errorf("again: %d events, want none", again.Events)
	}
	for _, wipe := range []bool{false, true} { // with the saved ledger, and from the journal alone
		b.close()
		if wipe {
			if err := os.Remove(filepath.Join(b.dir, "imports", "ledger.json")); err != nil {
				t.Fatal(err)
			}
		}
		b.open()
		if again := b.run(req); again.Events != 0 {
			t.Errorf("after a restart (ledger removed: %t): %d events, want none", wipe, again.Events)
		}
	}
	b.file("calls.csv", technion) // grown by one call
	if grown := b.run(req); grown.Rows != 1 || grown.Events == 0 || first.Events == 0 {
		t.Errorf("grown: %d rows, %d events, want the new row only", grown.Rows, grown.Events)
	}
}

func TestJobsAreKeptOverARestart(t *testing.T) {
	b := newBench(t)
	job := b.run(Request{Format: "csv", Profile: "technion", Files: []string{b.file("calls.csv", technion)}, By: "anna"})
	b.close()
	b.open()
	got, err := b.service.Job(job.ID)
	if err != nil || got.Mapped != 3 || got.By != "anna" || got.State != Done || got.Report == nil {
		t.Errorf("job after a restart = %+v, %v", got, err)
	}
	if jobs := b.service.Jobs(); len(jobs) != 1 {
		t.Errorf("%d jobs, want 1", len(jobs))
	}
}

func TestOwnEventsBringTheirSetUp(t *testing.T) {
	b := newBench(t)
	native := `{"kind":"config.changed","at":"2026-01-01T00:00:00Z","payload":{"table":"sites","id":"s1","version":1,"values":{"natural_name":"far","name":"Far","zone":"Asia/Tokyo"}}}
{"kind":"config.changed","at":"2026-01-01T00:00:00Z","payload":{"table":"users","id":"u1","version":1,"values":{"login":"eve"}}}
{"kind":"queue.joined","at":"2026-01-01T09:00:00Z","interaction_id":"i","visit_id":"v","queue":"q","site":"s1"}
`
	job := b.run(Request{Format: "agner", Files: []string{b.file("events.ndjson", native)}})
	if job.State != Done || job.Events != 3 || job.Site != "s1" || job.Zone != "Asia/Tokyo" {
		t.Errorf("job = %+v, want 3 events at s1 in Asia/Tokyo", job)
	}
	site, err := b.store.Sites().Get(t.Context(), "s1")
	if err != nil || site.Name != "Far" {
		t.Errorf("site = %+v, %v", site, err)
	}
	if users, err := b.store.Users().List(t.Context()); err != nil || len(users) != 0 {
		t.Errorf("a file made users %v, %v", users, err)
	}
}

func TestFailuresSayWhatAndKeepTheRest(t *testing.T) {
	b := newBench(t)
	job := b.run(Request{Format: "csv", Profile: "technion", Files: []string{b.dir + "/absent.csv", b.file("calls.csv", technion)}})
	if job.State != Failed || !strings.Contains(job.Error, "absent.csv") || job.Mapped != 3 {
		t.Errorf("job = %s %q with %d rows, want a failure that names absent.csv and 3 rows", job.State, job.Error, job.Mapped)
	}
	for _, bad := range []Request{
		{Format: "nonsense", Files: []string{"x"}},
		{Format: "csv", Profile: "nonsense", Files: []string{"x"}},
		{Format: "csv", Profile: "technion"},
		{Format: "queue_log", Zone: "Mars/Base", Files: []string{"x"}},
	} {
		if _, err := b.service.Submit(bad); !errors.Is(err, ErrRequest) {
			t.Errorf("Submit(%+v) = %v, want ErrRequest", bad, err)
		}
	}
	if _, err := b.service.Job("imp_none"); !errors.Is(err, ErrNoJob) {
		t.Errorf("an unknown job: %v", err)
	}
}

func TestUploadsAreRemovedAfterTheirImport(t *testing.T) {
	b := newBench(t)
	file := b.file("upload", technion)
	b.run(Request{Format: "csv", Profile: "technion", Files: []string{file}, Discard: true, Name: "calls.csv"})
	if _, err := os.Stat(file); err == nil {
		t.Error("the uploaded file is still there")
	}
	bad := b.file("upload-2", "\x1f\x8bno gzip after all")
	job := b.run(Request{Format: "csv", Profile: "technion", Files: []string{bad}, Discard: true, Name: "calls.csv.gz"})
	if job.State != Failed || strings.Contains(job.Error, bad) || !strings.Contains(job.Error, "calls.csv.gz") || job.Report.Files[0].File != "calls.csv.gz" {
		t.Errorf("job = %s %q, want a failure that names calls.csv.gz and no path of ours", job.State, job.Error)
	}
}

func TestAFollowedLogIsReadUntilCancelled(t *testing.T) {
	b := newBench(t)
	file := b.file("queue_log", "1700000000|c1|sales|NONE|ENTERQUEUE||5551234567|1\n")
	job, err := b.service.Submit(Request{Format: "queue_log", Zone: "UTC", Files: []string{file}, Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.journal.Reader(1, journal.ReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	joined, left := false, false
	for !left { // ends when the line written below arrives
		e, err := r.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		switch e.Kind {
		case "queue.joined":
			joined = true
			f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteString("1700000030|c1|sales|NONE|ABANDON|1|1|30\n"); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		case "queue.left":
			left = true
		}
	}
	if err := b.service.Cancel(job.ID); err != nil {
		t.Fatal(err)
	}
	job, err = b.service.Wait(t.Context(), job.ID)
	if err != nil || !joined || job.State != Done {
		t.Errorf("job = %+v, %v, want it done after being cancelled", job, err)
	}
}

func TestOverlappingFilesAreImportedOnce(t *testing.T) {
	b := newBench(t)
	lines := strings.SplitAfter(technion, "\n")
	whole, cut := b.file("calls.csv", technion), b.file("cut.csv", lines[0]+lines[2]+lines[3]+"AA0109,9,778,0,PS,1999-01-03T11:00:00,1999-01-03T11:00:05,5,1999-01-03T11:00:05,1999-01-03T11:00:25,20,HANG,,,0,,0\n")
	job := b.run(Request{Format: "csv", Profile: "technion", Files: []string{whole, cut}}) // in one run
	again := b.run(Request{Format: "csv", Profile: "technion", Files: []string{b.file("last.csv", lines[0]+lines[3])}})
	if job.Mapped != 4 || job.Skipped != 2 || again.Mapped != 0 || again.Skipped != 1 || again.Events != 0 {
		t.Errorf("%s, then %s; want 4 mapped and 2 skipped, then 1 skipped", job.Counts, again.Counts)
	}
	said := ""
	for _, p := range job.Problems {
		said += string(p.Outcome) + " " + p.Reason + ";"
	}
	if !strings.Contains(said, "skipped visits imported before") {
		t.Errorf("problems: %s", said)
	}
}

func TestAProfileOfOnesOwnHasAnyName(t *testing.T) {
	b := newBench(t)
	profile := `name: ours
columns: [id, at, queue, wait, result]
stamps: YYYY-MM-DD hh:mm:ss
key: [id]
queue: {column: queue}
joined: [at]
wait: {column: wait}
outcome: {column: result, rules: [{in: [gone], exit: abandoned}]}
`
	job := b.run(Request{
		Format: "csv", Profile: "ours", ProfileText: []byte(profile), Zone: "UTC",
		Files: []string{b.file("own.csv", "id,at,queue,wait,result\n1,2026-01-05 10:00:00,sales,12,gone\n")},
	})
	if job.State != Done || job.Mapped != 1 || job.Profile != "ours" {
		t.Errorf("job = %+v, want one row mapped by profile ours", job)
	}
}

func TestAnImportOfManyFilesIsListed(t *testing.T) {
	b := newBench(t)
	files := []string{b.file(strings.Repeat("é", 100)+".csv", technion)}
	for i := range 9 {
		files = append(files, b.file(fmt.Sprintf("calls of the branch of the week %02d.csv", i), technion))
	}
	job := b.run(Request{Format: "csv", Profile: "technion", Files: files})
	past, err := b.store.Imports(t.Context(), 10)
	if err != nil || len(past) != 1 || past[0].File != job.File || !strings.HasSuffix(job.File, ", … +7") {
		t.Errorf("the list has %+v, %v; want the import of %q", past, err, job.File)
	}
	for name, want := range map[string]string{"a\x00b\xff.log": "a_b_.log", strings.Repeat("x", 300): strings.Repeat("x", 199) + "…"} {
		if got := (&Request{Name: name}).name(); got != want {
			t.Errorf("the import of %q is named %q, want %q", name, got, want)
		}
	}
}
