package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/agner-platform/agner/cmd/agner/exit"

	"github.com/google/go-cmp/cmp"
)

// TestMain lets this test binary play agner: commands under test, and the roles
// that serve starts, are this very executable.
func TestMain(m *testing.M) {
	if os.Getenv("AGNER_TEST_MAIN") != "" {
		main()
	}
	os.Exit(m.Run())
}

// result is a command that has ended.
type result struct {
	code           int
	stdout, stderr string
}

// agner runs the command line on a data directory.
func agner(t *testing.T, dir string, args ...string) result {
	t.Helper()
	cmd := command(t.Context(), dir, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

func command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], append([]string{"--data", dir}, args...)...)
	cmd.Env = append(os.Environ(), "AGNER_TEST_MAIN=1", "AGNER_SIP_LISTEN=127.0.0.1:0") // no test may need a certain port
	return cmd
}

// ok runs a command that must succeed and returns its standard output.
func ok(t *testing.T, dir string, args ...string) string {
	t.Helper()
	r := agner(t, dir, args...)
	if r.code != 0 {
		t.Fatalf("agner %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

// calls is a small day of the technion form: every fifth caller gives up, waits
// go from 0 to 45 s, caller 5559876 calls twice.
func calls(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("vru_line,call_id,customer,priority,type,vru_entry,vru_exit,vru_time,q_start,q_exit,q_time,outcome,ser_start,ser_exit,ser_time,agent,flags\n")
	day := time.Date(1999, 10, 4, 9, 0, 0, 0, time.UTC) // local wall clock
	stamp := func(at time.Time) string { return at.Format("2006-01-02T15:04:05") }
	for i := range 50 {
		entry := day.Add(time.Duration(i) * 97 * time.Second)
		queued, wait := entry.Add(6*time.Second), i%10*5
		left := queued.Add(time.Duration(wait) * time.Second)
		customer := strconv.Itoa(5550000 + i)
		if i == 7 || i == 19 {
			customer = "5559876"
		}
		if i%5 == 4 {
			fmt.Fprintf(&b, "AA01%02d,%d,%s,2,PS,%s,%s,6,%s,%s,%d,HANG,,,0,,0\n", i, i, customer, stamp(entry), stamp(queued), stamp(queued), stamp(left), wait)
			continue
		}
		end := left.Add(120 * time.Second)
		fmt.Fprintf(&b, "AA01%02d,%d,%s,2,NE,%s,%s,6,%s,%s,%d,AGENT,%s,%s,120,TOVA,0\n", i, i, customer, stamp(entry), stamp(queued), stamp(queued), stamp(left), wait, stamp(left), stamp(end))
	}
	path := filepath.Join(t.TempDir(), "calls.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var importCalls = []string{"import", "--format", "csv", "--profile", "technion"}

func TestImportAndReportOffline(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	file := calls(t)
	if out := ok(t, dir, append(importCalls, file)...); !strings.Contains(out, "50 mapped") {
		t.Errorf("import says:\n%s", out)
	}
	var job struct {
		State  string `json:"state"`
		Events int64  `json:"events"`
	}
	if err := json.Unmarshal([]byte(ok(t, dir, append(importCalls, "--json", file)...)), &job); err != nil || job.Events != 0 || job.State != "done" {
		t.Errorf("the same file again: %+v, %v, want done without events", job, err)
	}
	var rows []map[string]any
	out := ok(t, dir, "report", "service-level", "--interval", "total", "--within", "20s", "--short", "10s", "--json")
	if err := json.Unmarshal([]byte(out), &rows); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	offered, answered, abandoned := 0.0, 0.0, 0.0
	for _, r := range rows {
		offered += r["offered"].(float64)
		answered += r["answered"].(float64)
		abandoned += r["abandoned"].(float64)
		for _, name := range []string{
			"start", "queue", "offered", "answered", "abandoned", "sl", "sl_offered", "sl_abandon_credit", "sl_less_abandons_in_t",
			"sl_answered", "asa_s", "mean_wait_s", "longest_wait_s", "aht_s", "occupancy",
		} {
			if _, there := r[name]; !there {
				t.Errorf("row lacks %q", name)
			}
		}
	}
	if len(rows) != 2 || offered != 50 || answered != 40 || abandoned != 10 {
		t.Errorf("%d rows, offered %g, answered %g, abandoned %g, want 2, 50, 40, 10", len(rows), offered, answered, abandoned)
	}
	var ab struct {
		Abandoned int64   `json:"abandoned"`
		Rate      float64 `json:"rate"`
		Survival  []struct {
			T float64 `json:"t_s"`
			S float64 `json:"s"`
		} `json:"survival"`
		Median    *float64 `json:"median_patience_s"`
		Theta     *float64 `json:"theta_s"`
		Hazard    []any    `json:"hazard"`
		Histogram []any    `json:"histogram"`
	}
	if err := json.Unmarshal([]byte(ok(t, dir, "report", "abandonment", "--json")), &ab); err != nil {
		t.Fatal(err)
	}
	if ab.Abandoned != 10 || ab.Rate != 0.2 || len(ab.Survival) == 0 || ab.Theta == nil || len(ab.Hazard) == 0 || len(ab.Histogram) == 0 {
		t.Errorf("abandonment = %+v, want 10 at 0.2 with curves", ab)
	}
	for _, human := range [][]string{
		{"report", "service-level"},
		{"report", "abandonment"},
		{"report", "heatmap"},
		{"report", "ivr"},
		{"report", "agents"},
		{"report", "distribution"},
		{"report", "kpi"},
		{"report", "calls"},
		{"report", "before-after", "--at", "1999-10-04"},
		{"report", "service-level", "--csv"},
	} {
		if out := ok(t, dir, human...); len(out) < 20 {
			t.Errorf("%v prints %q", human, out)
		}
	}
	sheet := filepath.Join(t.TempDir(), "sl.xlsx")
	ok(t, dir, "report", "service-level", "--xlsx", sheet)
	if b, err := os.ReadFile(sheet); err != nil || !bytes.HasPrefix(b, []byte("PK")) {
		t.Errorf("workbook: %d bytes, %v", len(b), err)
	}
}

func TestBadCommandsExitAsPromised(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	f := func(want int, says string, args ...string) {
		t.Helper()
		if r := agner(t, dir, args...); r.code != want || !strings.Contains(r.stderr, says) {
			t.Errorf("agner %v: exit %d, %q, want %d that says %q", args, r.code, r.stderr, want, says)
		}
	}
	f(exit.CodeBadInput, "no instance here", "report", "service-level")
	f(exit.CodeBadInput, "no instance here", "doctor")
	f(exit.CodeBadInput, "no instance here", "backup", filepath.Join(t.TempDir(), "b.tar.gz"))
	if _, err := os.Stat(dir); err == nil {
		t.Error("a command that reads made the data directory")
	}
	ok(t, dir, append(importCalls, calls(t))...)
	f(exit.CodeUsage, "bogus", "bogus")
	f(exit.CodeUsage, "--format", "import", "file")
	f(exit.CodeUsage, "2h", "report", "service-level", "--interval", "2h")
	f(exit.CodeBadInput, "nonsense", "import", "--format", "nonsense", "file")
	f(exit.CodeBadInput, "absent", append(importCalls, "absent.csv")...)
	f(exit.CodeBadInput, "Mars/Base", "import", "--format", "queue_log", "--zone", "Mars/Base", "x")
	f(exit.CodeBadInput, "from", "report", "service-level", "--from", "yesterday-ish")
	f(exit.CodeBadInput, "within", "report", "service-level", "--within", "soon")
	f(exit.CodeBadInput, "missing.tar.gz", "restore", "missing.tar.gz")
	f(exit.CodeBadInput, "shrinkage", "erlang", "agents", "--calls", "1", "--aht", "1", "--shrinkage", "1")
	if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte("zone: Mars/Base\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f(exit.CodeBadInput, "zone", "doctor")
}

func TestServeRefusesAPortInUseAndADamagedJournal(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if r := agner(t, dir, "serve", "--listen", ln.Addr().String()); r.code != exit.CodeUnavailable || !strings.Contains(r.stderr, "--listen") {
		t.Errorf("a port in use: exit %d %s, want %d", r.code, r.stderr, exit.CodeUnavailable)
	}
	ok(t, dir, append(importCalls, calls(t))...)
	want, _ := total(t, dir)
	segments, err := filepath.Glob(filepath.Join(dir, "journal", "analytics", "*.seg"))
	if err != nil || len(segments) == 0 {
		t.Fatalf("segments: %v, %v", segments, err)
	}
	b, err := os.ReadFile(segments[0])
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(segments[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
	if r := agner(t, dir, "serve", "--listen", "127.0.0.1:0"); r.code != exit.CodeFailed || !strings.Contains(r.stderr, "doctor --repair") {
		t.Errorf("a damaged journal: serve exits %d %s, want %d and what to do", r.code, r.stderr, exit.CodeFailed)
	}
	if r := agner(t, dir, "doctor", "--repair"); r.code != exit.CodeFailed || !strings.Contains(r.stderr, "goes on with event") || !strings.Contains(r.stdout, "bad ") {
		t.Errorf("doctor --repair: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	if got, _ := total(t, dir); cmp.Diff(want, got) != "" {
		t.Error("after the repair the lake, which had it all, shows other figures")
	}
	serve(t, dir) // runs again
}

func TestANewOneTimePassword(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	p := serve(t, dir)
	out := ok(t, dir, "password", "admin")
	if !regexp.MustCompile(`password\s+\S{8,}`).MatchString(out) || strings.Contains(out, p.password) {
		t.Errorf("agner password prints %q", out)
	}
	if r := agner(t, dir, "password", "nobody"); r.code != exit.CodeBadInput {
		t.Errorf("a password for nobody: exit %d", r.code)
	}
}

// platform is a running `agner serve`.
type platform struct {
	t        testing.TB
	dir      string
	cmd      *exec.Cmd
	url      string
	password string
	done     chan struct{}
	errs     bytes.Buffer
}

func serve(t testing.TB, dir string) *platform {
	t.Helper()
	p := &platform{t: t, dir: dir, done: make(chan struct{})}
	p.cmd = command(context.WithoutCancel(t.Context()), dir, "serve", "--listen", "127.0.0.1:0")
	p.cmd.Stderr, p.cmd.WaitDelay = &p.errs, 5*time.Second // a switch that outlives serve keeps stderr open
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	up := make(chan struct{})
	go func() {
		defer close(p.done)
		for sc := bufio.NewScanner(out); sc.Scan(); {
			if m := regexp.MustCompile(`password\s+(\S+)`).FindStringSubmatch(sc.Text()); m != nil {
				p.password = m[1]
			}
			if m := regexp.MustCompile(`runs: (\S+)`).FindStringSubmatch(sc.Text()); m != nil {
				p.url = m[1]
				close(up)
			}
		}
		_ = p.cmd.Wait()
	}()
	t.Cleanup(p.stop)
	select {
	case <-up:
	case <-p.done:
		t.Fatalf("serve ended: %s", &p.errs)
	}
	return p
}

// stop ends the platform in order and expects it to end well.
func (p *platform) stop() {
	p.t.Helper()
	if p.cmd.ProcessState != nil {
		return
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Error(err)
	}
	<-p.done
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		p.t.Errorf("serve ended with %d: %s", code, &p.errs)
	}
}

// role returns the process id of a role, by asking /proc for serve's children.
func (p *platform) role(name string) int {
	p.t.Helper()
	dirs, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(dirs) == 0 {
		p.t.Skip("no /proc to find the role's process in")
	}
	for _, d := range dirs {
		line, err := os.ReadFile(d)
		if err != nil {
			continue // ended meanwhile
		}
		args := strings.Split(string(line), "\x00")
		if i := slices.Index(args, "role"); i > 0 && i+1 < len(args) && args[i+1] == name && slices.Contains(args, p.dir) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(d)))
			if err != nil {
				p.t.Fatal(err)
			}
			return pid
		}
	}
	return 0
}

// total is the service level over everything.
func total(t *testing.T, dir string) (rows []map[string]any, stderr string) {
	t.Helper()
	r := agner(t, dir, "report", "service-level", "--interval", "total", "--json")
	if r.code != 0 {
		t.Fatalf("report: exit %d %s", r.code, r.stderr)
	}
	if err := json.Unmarshal([]byte(r.stdout), &rows); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		delete(row, "queue_id") // drawn anew in another data directory
	}
	return rows, r.stderr
}

func TestThePlatformServesImportsAndSurvivesItsRoles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	p := serve(t, dir)
	if p.password == "" {
		t.Error("no one-time password was printed")
	}
	if r := agner(t, dir, "serve"); r.code != exit.CodeUnavailable || !strings.Contains(r.stderr, "in use") {
		t.Errorf("a second serve: exit %d %s, want %d", r.code, r.stderr, exit.CodeUnavailable)
	}
	ok(t, dir, append(importCalls, calls(t))...)
	online, how := total(t, dir)
	if !strings.Contains(how, "through the running platform") {
		t.Errorf("the report says %q", how)
	}
	res, err := http.Get(p.url + "/api/v1/reports/service-level")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a report without signing in: %s", res.Status)
	}
	for path, want := range map[string]string{"/metrics": "agner_http_request_seconds", "/metrics/analytics": "agner_lake_ready 1", "/readyz": `"ready":true`} {
		if body := fetch(t, p.url+path); !strings.Contains(body, want) {
			t.Errorf("GET %s lacks %q", path, want)
		}
	}
	old := p.role("analytics")
	if err := syscall.Kill(old, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for { // until the supervisor has brought it back; the test's own deadline bounds it
		if r := agner(t, dir, "report", "service-level", "--interval", "total", "--json"); r.code == 0 && p.role("analytics") != old {
			break
		}
	}
	again, _ := total(t, dir)
	if diff := cmp.Diff(online, again); diff != "" {
		t.Errorf("after kill -9 of analytics the figures differ:\n%s", diff)
	}
	p.stop()
	offline, how := total(t, dir)
	if diff := cmp.Diff(online, offline); diff != "" || !strings.Contains(how, "directly") {
		t.Errorf("offline (%q) the figures differ:\n%s", how, diff)
	}
	if out := ok(t, dir, "doctor"); !strings.Contains(out, "50 joined = 50 left + 0 waiting") || strings.Contains(out, "bad ") {
		t.Errorf("doctor says:\n%s", out)
	}
}

// fetch returns the body of a page.
func fetch(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestBackupRestoreAndExportKeepTheFigures(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	serve(t, dir)
	ok(t, dir, append(importCalls, calls(t))...)
	want, _ := total(t, dir)
	archive := filepath.Join(t.TempDir(), "backup.tar.gz")
	ok(t, dir, "backup", archive)
	if r := agner(t, dir, "backup", archive); r.code != exit.CodeBadInput {
		t.Errorf("a backup over another: exit %d", r.code)
	}
	restored := filepath.Join(t.TempDir(), "restored")
	ok(t, restored, "restore", archive)
	got, _ := total(t, restored)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("restored figures differ:\n%s", diff)
	}
	events := filepath.Join(t.TempDir(), "events.ndjson")
	ok(t, dir, "export", "--out", events)
	copied := filepath.Join(t.TempDir(), "copied")
	ok(t, copied, "import", "--format", "agner", events)
	got, _ = total(t, copied)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("figures of the exported events differ:\n%s", diff)
	}
}

func TestEraseLeavesNoByteAndObeysHolds(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	ok(t, dir, append(importCalls, calls(t))...)
	before, _ := total(t, dir)
	const number = "5559876"
	if len(filesWith(t, dir, number)) == 0 {
		t.Fatal("the number is nowhere: the test proves nothing")
	}
	hold := strings.TrimSpace(ok(t, dir, "hold", "place", "--customer", number, "--reason", "court order 7"))
	if r := agner(t, dir, "erase", "--customer", number); r.code != exit.CodeBadInput || !strings.Contains(r.stderr, "court order 7") {
		t.Errorf("erase under hold: exit %d %s", r.code, r.stderr)
	}
	ok(t, dir, "hold", "release", hold)
	if out := ok(t, dir, "erase", "--customer", number); !strings.Contains(out, "1 numbers") {
		t.Errorf("erase says %q", out)
	}
	if left := filesWith(t, dir, number); len(left) > 0 {
		t.Errorf("the number is still in %v", left)
	}
	if r := agner(t, dir, "erase", "--customer", "+372 5550003"); r.code != exit.CodeBadInput || !strings.Contains(r.stderr, "same last digits: p_") {
		t.Errorf("erase of another spelling: exit %d %s, want %d that names the customer alike", r.code, r.stderr, exit.CodeBadInput)
	}
	if after, _ := total(t, dir); cmp.Diff(before, after) != "" {
		t.Error("erasing a customer changed the figures")
	}
}

// filesWith lists the files below dir that contain the text.
func filesWith(t *testing.T, dir, text string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(text)) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
