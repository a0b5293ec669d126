package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/phone"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/httpapi/local"
	"github.com/agner-platform/agner/speech/audio"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/recording"
)

// spoken speaks a text as samples at telephone band, or skips.
func spoken(t *testing.T, text string) []int16 {
	t.Helper()
	path := filepath.Join(t.TempDir(), "voice.wav")
	if out, err := exec.Command("espeak-ng", "-s", "150", "-w", path, text).CombinedOutput(); err != nil {
		t.Skipf("nobody to speak: espeak-ng: %v %s", err, out)
	}
	s, f, err := audio.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	x, err := s.ReadAll(media.Samples * 50)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]int16, len(x[0]))
	for i, v := range x[0] {
		out[i] = int16(v * 20000)
	}
	return out
}

// say lets a phone speak and returns when it has.
func (p *softphone) say(samples []int16) {
	p.t.Helper()
	done := make(chan struct{})
	p.leg.Play(&media.Samples16{Data: samples}, func() { close(done) })
	select {
	case <-done:
	case <-time.After(eventually):
		p.t.Fatal("the phone does not speak to the end")
	}
}

// models gives the tests' models, or skips.
func models(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("AGNER_MODELS")
	if dir == "" {
		dir = filepath.Join("..", "..", ".tools", "models")
	}
	dir, err := filepath.Abs(dir)
	if err == nil {
		_, err = os.Stat(filepath.Join(dir, "silero_vad.onnx"))
	}
	if err != nil {
		t.Skipf("no speech models (set AGNER_MODELS, or run `agner speech install`): %v", err)
	}
	return dir
}

// TestASpokenCallIsMaskedAndFound makes a call in which a card number is said, through
// the switch, and kills the speech role when the call is over. The call is found by
// what was said; the number is neither in words nor in sound, and nobody could have
// listened before.
func TestASpokenCallIsMaskedAndFound(t *testing.T) {
	t.Setenv("AGNER_MODELS", models(t))
	question := spoken(t, "Thank you for calling. Could you please tell me your card number?")
	number := spoken(t, "Yes of course. My card number is four five three nine, one four eight eight, zero three four three, six four six seven.")
	dir := filepath.Join(t.TempDir(), "data")
	desk := addPhone(t, dir, "7001", "--agent", "Mari", "--queue", "Support")
	ok(t, dir, "number", "set", "600", "--queue", "Support")
	ok(t, dir, "queue", "set", "Support", "--record", "always", "--redact", "--spoken", "en")
	addTrunk(t, dir, outside)
	p := serve(t, dir)
	server := sipAddress(t, dir)
	agent, customer := newSoftphone(t, 0, register(t, server, desk)), newSoftphone(t, 0, outside+":0")
	agent.dial(server, "code", "*11", desk)
	hear(t, agent.up, "the answer to *11")
	hear(t, agent.gone, "the end of *11")
	if err := customer.ua().Invite("c1", call.Target{URI: "sip:600@" + server, From: "+37255501234"}, customer.mine().Offer()); err != nil {
		t.Fatal(err)
	}
	hear(t, customer.up, "the answer")
	hear(t, agent.up, "the agent's call")
	pause(t)
	agent.say(question)
	customer.say(number)
	seenLive(t, dir)

	shelf, err := recording.Browse(recording.Config{Dir: filepath.Join(dir, "recordings"), Identity: filepath.Join(dir, "secrets", "recordings.age")})
	if err != nil {
		t.Fatal(err)
	}
	id := onlyRecording(t, dir)
	if _, err := shelf.Audio(id); !errors.Is(err, recording.ErrPending) {
		t.Errorf("before it was redacted: %v, want ErrPending", err)
	}
	if err := customer.ua().Bye("c1", ""); err != nil {
		t.Error(err)
	}
	hear(t, agent.gone, "the agent's BYE")
	if pid := p.role("speech"); pid != 0 {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(p.errs.String())
		}
	})
	found(t, dir, shelf, id)
}

// seenLive waits until the running call is on the page of a supervisor with the question
// that was asked, and looks for the number there.
func seenLive(t *testing.T, dir string) {
	t.Helper()
	key, err := httpapi.LoadOrCreateKey(filepath.Join(dir, "secrets", "assertion.key"))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := httpapi.NewSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	client := local.Socket(filepath.Join(dir, "run", "speech.sock"))
	for deadline := time.Now().Add(eventually); ; pause(t) {
		for _, grants := range [][]string{nil, {httpapi.GrantRecordings}} {
			token, err := signer.Sign("speech", &httpapi.Identity{User: "u", Roles: []string{httpapi.RoleSupervisor}, Grants: grants})
			if err != nil {
				t.Fatal(err)
			}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://agner/api/v1/speech/live", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set(httpapi.AssertionHeader, token)
			res, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			res.Body.Close()
			switch {
			case err != nil:
				t.Fatal(err)
			case grants == nil && res.StatusCode != http.StatusForbidden:
				t.Fatalf("without the grant: %d", res.StatusCode)
			case strings.Contains(string(body), "six four") || strings.Contains(string(body), "6467"):
				t.Fatalf("the number is seen live: %s", body)
			case grants != nil && strings.Contains(string(body), "calling"):
				return
			case time.Now().After(deadline):
				t.Fatalf("not seen live: %d %s", res.StatusCode, body)
			}
		}
	}
}

// outside is where the provider's calls come from.
const outside = "127.0.0.2"

// addTrunk lets calls from an address in.
func addTrunk(t *testing.T, dir, address string) {
	t.Helper()
	s, err := db.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := phone.Trunks(s).Create(db.As(t.Context(), db.Actor{Name: "test"}), phone.Trunk{Name: "provider", Addresses: []string{address + "/32"}}); err != nil {
		t.Fatal(err)
	}
}

func onlyRecording(t *testing.T, dir string) string {
	t.Helper()
	tapes, err := filepath.Glob(filepath.Join(dir, "recordings", "*", "*.rec"))
	if err != nil || len(tapes) != 1 {
		t.Fatalf("recordings %v, %v, want one", tapes, err)
	}
	return strings.TrimSuffix(filepath.Base(tapes[0]), ".rec")
}

// recognition is how long hearing a call of 20 s may take on a busy machine.
const recognition = 5 * time.Minute

// found waits until the call is found and looks for the number in it.
func found(t *testing.T, dir string, shelf *recording.Shelf, id string) {
	t.Helper()
	client := local.Socket(filepath.Join(dir, "run", "admin.sock"))
	get := func(path string) (int, []byte) {
		res, err := client.Get("http://agner/api/v1" + path)
		if err != nil {
			return 0, nil
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			return 0, nil
		}
		return res.StatusCode, b
	}
	var list struct {
		Hits []struct{ Interaction, Recording, Text string }
	}
	for deadline := time.Now().Add(recognition); ; pause(t) {
		if code, b := get("/transcripts?q=calling"); code == http.StatusOK && json.Unmarshal(b, &list) == nil && len(list.Hits) > 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the call is not found")
		}
	}
	hit := list.Hits[0]
	code, body := get("/transcripts/" + hit.Interaction)
	if text := string(body); code != http.StatusOK || hit.Recording != id || strings.Contains(text, "six four") || strings.Contains(text, "6467") || !strings.Contains(text, "[CARD]") {
		t.Errorf("transcript of %q: %d %s", id, code, text)
	}
	for deadline := time.Now().Add(recognition); ; pause(t) {
		if m, err := shelf.Meta(id); err == nil && m.Redaction == recording.Done {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the recording is not redacted")
		}
	}
	if code, _ := get("/transcripts/" + hit.Interaction + "/audio"); code != http.StatusOK {
		t.Errorf("sound of the redacted copy: %d", code)
	}
	facts := ok(t, dir, "export")
	silenced := 0.0
	for _, line := range strings.Split(facts, "\n") {
		var e struct {
			Kind    string
			Payload struct {
				Spans []struct {
					From int64 `json:"from_us"`
					To   int64 `json:"to_us"`
				}
			}
		}
		if json.Unmarshal([]byte(line), &e) != nil || e.Kind != "recording.redacted" {
			continue
		}
		for _, s := range e.Payload.Spans {
			silenced += float64(s.To-s.From) / 1e6
			if n := loudest(t, shelf, id, s.From, s.To); n > 8 {
				t.Errorf("from %d to %d µs a sample of %d is heard", s.From, s.To, n)
			}
		}
	}
	if silenced < 5 { // the number takes six seconds to say
		t.Errorf("%.1f s are silenced", silenced)
	}
	if n := strings.Count(facts, "transcript.completed"); n != 1 {
		t.Errorf("%d transcripts, want one", n)
	}
	ok(t, dir, "doctor")
}

// loudest is the loudest sample of both sides in a span.
func loudest(t *testing.T, shelf *recording.Shelf, id string, from, to int64) int {
	t.Helper()
	a, err := shelf.Audio(id)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	wav, err := io.ReadAll(a)
	if err != nil {
		t.Fatal(err)
	}
	most := 0
	for i := 44 + 4*int(from*8000/1e6); i+1 < len(wav) && i < 44+4*int(to*8000/1e6); i += 2 {
		v := int(int16(uint16(wav[i]) | uint16(wav[i+1])<<8))
		most = max(most, v, -v)
	}
	return most
}
