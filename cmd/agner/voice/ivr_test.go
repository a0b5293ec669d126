package voice

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/agner-platform/agner/cmd/agner/exit"

	"github.com/alecthomas/kong"
)

// ivrRun runs `agner ivr …` in this process and returns what it prints and its exit code.
func ivrRun(t *testing.T, args ...string) (string, int) {
	t.Helper()
	var c struct {
		IVR IVR `cmd:"" name:"ivr"`
	}
	parser, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.Parse(append([]string{"ivr"}, args...))
	if err != nil {
		return err.Error(), exit.CodeUsage
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, out := os.Stdout, make(chan string)
	go func() {
		b, _ := io.ReadAll(r)
		out <- string(b)
	}()
	os.Stdout = w
	err = parsed.Run()
	os.Stdout = stdout
	w.Close()
	text := <-out
	if err != nil {
		text += err.Error()
	}
	return text, exit.Code(err)
}

func TestIVRCommand(t *testing.T) {
	const flow = "../../../telephony/ivr/testdata/main.yaml"
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte("name: x\nstart: a\nnodes:\n  a: {kind: play, prompt: p.wav, next: z}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"check", flow}, 0, "choices.2      → account"},
		{[]string{"check", bad}, exit.CodeBadInput, `line 4: node "a": next = "z": is no node of this flow`},
		{[]string{"check", "missing.yaml"}, exit.CodeBadInput, "missing.yaml"},
		{[]string{"test", flow, "--at", "2026-05-04T09:30:00+03:00", "--dial", "1,2,4711#"}, 0, "outcome queued at billing"},
		{[]string{"test", flow, "--at", "2026-05-04T23:00:00+03:00"}, 0, "outcome served at night"},
		{[]string{"test", flow, "--at", "2026-05-04T09:30:00+03:00", "--dial", "1,hangup", "--lookup", "who=500"}, 0, "outcome hung_up at menu"},
		{[]string{"test", flow, "--dial", "x"}, exit.CodeBadInput, "must be keys"},
		{[]string{"test", flow, "--at", "noon"}, exit.CodeBadInput, "use RFC 3339"},
		{[]string{"test", flow, "--lookup", "menu=500"}, exit.CodeBadInput, "is no lookup node"},
		{[]string{"test", flow, "--fail", "menu"}, exit.CodeBadInput, "is no transfer or callback node"},
		{[]string{"test"}, exit.CodeUsage, "<file>"},
	} {
		if got, code := ivrRun(t, tt.args...); code != tt.code || !strings.Contains(got, tt.want) {
			t.Errorf("agner ivr %v: exit %d, want %d; printed %q, want … %q …", tt.args, code, tt.code, got, tt.want)
		}
	}
	got, code := ivrRun(t, "test", flow, "--json", "--at", "2026-05-04T09:30:00+03:00", "--dial", "1,1")
	var res struct {
		Outcome, End string
		Facts        []map[string]any
	}
	if err := json.Unmarshal([]byte(got), &res); err != nil || code != 0 || res.Outcome != "queued" || res.End != "queue sales" || len(res.Facts) < 5 {
		t.Errorf("--json: %v, exit %d, %+v", err, code, res)
	}
}
