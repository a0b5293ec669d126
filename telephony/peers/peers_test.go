package peers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/acd"
	"github.com/agner-platform/agner/telephony/exchange"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/media/tone"
	"github.com/agner-platform/agner/telephony/media/wav"
	"github.com/agner-platform/agner/telephony/sipua"
	"github.com/agner-platform/agner/telephony/sipua/registrar"
)

const (
	patience = 60 * time.Second // of one step: programs of others start slowly on a busy machine
	realm    = "agner"
	musicHz  = 1700
)

// needs skips the test where a program is missing.
func needs(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s is not installed", program)
	}
	return path
}

// voice speaks in tones.
type voice struct{}

func (voice) Say(context.Context, string, string) ([]int16, error) {
	out := make([]int16, 8*300)
	(&tone.Sine{Hz: 2100, Level: 8000}).Read(out)
	return out, nil
}
func (v voice) File(string) ([]int16, error) { return v.Say(context.Background(), "", "") }
func (voice) Music() media.Source            { return media.Endless{From: &tone.Sine{Hz: musicHz, Level: 8000}} }

// book keeps the facts.
type book struct {
	mu    sync.Mutex
	facts []event.Event // protected by mu
	more  chan struct{}
}

// Publish implements loop.Sink.
func (b *book) Publish(facts []event.Event) {
	b.mu.Lock()
	b.facts = append(b.facts, facts...)
	b.mu.Unlock()
	select {
	case b.more <- struct{}{}:
	default:
	}
}

// Commit implements loop.Sink.
func (b *book) Commit(_ context.Context, facts []event.Event) error {
	b.Publish(facts)
	return nil
}

// await waits for a fact.
func (b *book) await(t *testing.T, what string, good func(*event.Event) bool) event.Event {
	t.Helper()
	deadline := time.After(patience)
	for {
		b.mu.Lock()
		i := slices.IndexFunc(b.facts, func(e event.Event) bool { return good(&e) })
		e, kinds := event.Event{}, []event.Kind{}
		if i >= 0 {
			e = b.facts[i]
		}
		for _, f := range b.facts {
			kinds = append(kinds, f.Kind)
		}
		b.mu.Unlock()
		if i >= 0 {
			return e
		}
		select {
		case <-b.more:
		case <-deadline:
			t.Fatalf("%s does not come; facts: %v", what, kinds)
		}
	}
}

func of(k event.Kind) func(*event.Event) bool {
	return func(e *event.Event) bool { return e.Kind == k }
}

const menu = `
name: main
start: hello
nodes:
  hello: {kind: menu, prompt: Press one., choices: {1: support}, no_input: bye, no_match: bye, timeout: 20s}
  support: {kind: enqueue, queue: Support}
  bye: {kind: hangup}
`

// start runs a switch with a queue and agents a1 to a3 whose phones are 7a1 to 7a3.
func start(t *testing.T) (*exchange.Exchange, *book) {
	t.Helper()
	s := exchange.Setup{
		Version: 1, Names: map[string]string{"Support": "q1"}, Flows: []exchange.Flow{{Name: "main", Text: menu}},
		Numbers: []exchange.Number{{Number: "600", Flow: "main"}, {Number: "601", Queue: "Support"}},
		Trunks:  []exchange.Trunk{{Name: "outside", Prefixes: []string{"127.0.0.2"}}},
		ACD:     acd.Config{Version: 1, Queues: []acd.QueueConfig{{ID: "q1", RingUs: 20 * interval.Second, WrapUpUs: interval.Minute, MissedUs: interval.Second}}},
	}
	for _, a := range []string{"a1", "a2", "a3"} {
		user := "7" + a
		s.Phones = append(s.Phones, exchange.Phone{User: user, Agent: a, MD5: registrar.HA1("MD5", user, realm, "secret"), SHA256: registrar.HA1("SHA-256", user, realm, "secret")})
		s.ACD.Agents = append(s.ACD.Agents, acd.AgentConfig{ID: a, Queues: []acd.Membership{{Queue: "q1"}}})
	}
	b := &book{more: make(chan struct{}, 1)}
	sip := sipua.Default()
	sip.UDP, sip.TCP, sip.Realm = "127.0.0.1:0", "127.0.0.1:0", realm
	sip.Digests = []string{"MD5"} // baresip 1.0 gives up when it is offered SHA-256
	x, err := exchange.Start(exchange.Config{
		Node: "switch", SIP: sip, Media: media.Config{Host: netip.MustParseAddr("127.0.0.1")}, Sink: b, Voice: voice{}, Setup: s,
		Party: func(string) string { return "pseudonym" },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x, b
}

// free returns a port nobody listens on.
func free(t *testing.T, host string) int {
	t.Helper()
	c, err := net.ListenPacket("udp", host+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).Port
}

// sipp begins a scenario; the function it returns waits for its success.
func sipp(t *testing.T, x *exchange.Exchange, scenario, number string, calls int) func() {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	var out bytes.Buffer
	file, err := filepath.Abs(filepath.Join("testdata", scenario+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, needs(t, "sipp"), "-sf", file, "-i", "127.0.0.2", "-p", fmt.Sprint(free(t, "127.0.0.2")),
		"-mi", "127.0.0.2", "-mp", fmt.Sprint(free(t, "127.0.0.2")&^1), "-m", fmt.Sprint(calls), "-r", "20", "-s", number, "-nostdin",
		"-timeout", "40s", "-timeout_error", x.Addr("udp"))
	cmd.Stdout, cmd.Stderr, cmd.Dir = &out, &out, t.TempDir()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cancel)
	return func() {
		t.Helper()
		if err := cmd.Wait(); err != nil {
			text := out.String()
			t.Fatalf("sipp %s: %v\n%s", scenario, err, text[max(0, len(text)-3000):])
		}
	}
}

// baresip is an agent's phone that speaks in a tone and keeps what it hears.
type baresip struct {
	t    *testing.T
	dir  string
	ctrl net.Conn
}

// newBaresip starts a phone and waits until it is registered.
func newBaresip(t *testing.T, x *exchange.Exchange, agent, host string, hz int, answer string) *baresip {
	t.Helper()
	program := needs(t, "baresip")
	dir := t.TempDir()
	p := &baresip{t: t, dir: dir}
	ctrl := free(t, host)
	sound := filepath.Join(dir, "tone.wav")
	minute := make([]int16, 60*tone.Rate)
	(&tone.Sine{Hz: float64(hz), Level: 8000}).Read(minute)
	var b bytes.Buffer
	if err := errors.Join(wav.Write(&b, minute, 1), os.WriteFile(sound, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"config": fmt.Sprintf("net_interface %s\nctrl_tcp_listen %s:%d\nmodule_path /usr/lib/baresip/modules\nmodule g711.so\nmodule aufile.so\nmodule aubridge.so\n"+
			"module sndfile.so\nsnd_path %s\nmodule_tmp uuid.so\nmodule_tmp account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\naudio_source aufile,%s\n"+
			"audio_player aubridge,play\naudio_alert aubridge,alert\nausrc_srate 8000\nauplay_srate 8000\nrtp_ports 23000-23999\n", host, host, ctrl, dir, sound),
		"accounts": fmt.Sprintf("<sip:7%s@%s>;auth_user=7%s;auth_pass=secret;answermode=%s;audio_codecs=PCMA/8000/1;regint=600\n", agent, x.Addr("udp"), agent, answer),
		"contacts": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-4", "-f", dir)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), "HOME="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill() //nolint:errcheck // it may be gone
		cmd.Wait()         //nolint:errcheck // killed
		if text, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("baresip %s:\n%s", agent, text)
		}
		log.Close()
	})
	p.connect(fmt.Sprintf("%s:%d", host, ctrl))
	await(t, "registration of "+agent, func() bool {
		live, err := x.Live(t.Context())
		return err == nil && slices.ContainsFunc(live.Agents, func(a exchange.LiveAgent) bool { return a.ID == agent && a.Registered })
	})
	return p
}

// await asks again and again.
func await(t *testing.T, what string, good func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !good() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s does not come", what)
		}
	}
}

func (p *baresip) connect(addr string) {
	p.t.Helper()
	await(p.t, "baresip's control port", func() bool {
		c, err := net.Dial("tcp", addr)
		p.ctrl = c
		return err == nil
	})
	p.t.Cleanup(func() { p.ctrl.Close() })
}

// command gives the phone a command (a netstring of JSON).
func (p *baresip) command(name, params string) {
	p.t.Helper()
	text, err := json.Marshal(map[string]string{"command": name, "params": params})
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(p.ctrl, "%d:%s,", len(text), text); err != nil {
		p.t.Fatal(err)
	}
}

// heard returns what the phone heard, when all its calls are over, in tenths of a
// second: of each the first of the given tones that is present, or 0.
func (p *baresip) heard(tones ...float64) []float64 {
	p.t.Helper()
	list, err := filepath.Glob(filepath.Join(p.dir, "*dec.wav"))
	if err != nil || len(list) == 0 {
		p.t.Fatalf("baresip kept nothing of what it heard: %v, %v", list, err)
	}
	var out []float64
	for _, file := range list {
		f, err := os.Open(file)
		if err != nil {
			p.t.Fatal(err)
		}
		pcm, err := wav.Read(f)
		f.Close()
		if err != nil {
			p.t.Fatal(err)
		}
		for ; len(pcm) >= 800; pcm = pcm[800:] {
			i := slices.IndexFunc(tones, func(hz float64) bool { return tone.Hears(pcm[:800], hz) })
			if i < 0 {
				out = append(out, 0)
			} else {
				out = append(out, tones[i])
			}
		}
	}
	return slices.Compact(out)
}

func signIn(t *testing.T, x *exchange.Exchange, agent string) {
	t.Helper()
	if err := x.SetState(t.Context(), agent, event.Available, "", "test"); err != nil {
		t.Fatal(err)
	}
}

// TestNormal: sipp calls in, presses 1 by RFC 4733 packets of a capture, a baresip
// phone answers, sipp hangs up.
func TestNormal(t *testing.T) {
	needs(t, "sipp")
	if os.Geteuid() != 0 {
		t.Skip("sipp plays captures through a raw socket, which needs root")
	}
	x, facts := start(t)
	newBaresip(t, x, "a1", "127.0.0.3", 1000, "auto")
	signIn(t, x, "a1")
	done := sipp(t, x, "normal", "600", 1)
	step := facts.await(t, "the key in the menu", func(e *event.Event) bool {
		p, ok := e.Payload.(*event.IVRStepTaken)
		return ok && p.Input == "1"
	})
	facts.await(t, "the agent's answer", func(e *event.Event) bool {
		return e.Kind == event.KindCallAnswered && e.Agent == "a1" && e.Interaction == step.Interaction
	})
	done()
	left := facts.await(t, "queue.left", of(event.KindQueueLeft))
	if p := left.Payload.(*event.QueueLeft); p.Exit != event.Answered {
		t.Errorf("left the queue: %+v", p)
	}
	end := facts.await(t, "the agent's end with measurements", func(e *event.Event) bool { return e.Kind == event.KindCallEnded && e.Agent == "a1" })
	if q := end.Payload.(*event.CallEnded).Quality; q == nil || q.Packets == 0 {
		t.Errorf("quality %+v", q)
	}
}

// TestPhones: one baresip phone calls another, which holds, resumes and transfers
// the call to a third by its own keys. Who heard whom is read from their recordings.
func TestPhones(t *testing.T) {
	x, facts := start(t)
	caller, agent := newBaresip(t, x, "a2", "127.0.0.4", 400, "manual"), newBaresip(t, x, "a1", "127.0.0.3", 1000, "auto")
	third := newBaresip(t, x, "a3", "127.0.0.5", 2300, "auto")
	answered := func(agent string) func(*event.Event) bool {
		return func(e *event.Event) bool { return e.Kind == event.KindCallAnswered && e.Agent == agent }
	}
	talk := func() { <-time.After(time.Second) } // the phones' own sound needs time to pass
	caller.command("dial", "sip:7a1@"+x.Addr("udp"))
	facts.await(t, "the answer", answered("a1"))
	talk()
	agent.command("hold", "")
	facts.await(t, "call.held", of(event.KindCallHeld))
	talk()
	agent.command("resume", "")
	facts.await(t, "call.resumed", of(event.KindCallResumed))
	talk()
	agent.command("transfer", "sip:7a3@"+x.Addr("udp"))
	facts.await(t, "call.transferred", of(event.KindCallTransferred))
	facts.await(t, "the third phone's answer", answered("a3"))
	talk()
	caller.command("hangup", "")
	facts.await(t, "the end of the third phone's call", func(e *event.Event) bool { return e.Kind == event.KindCallEnded && e.Agent == "a3" })
	talk() // baresip closes its files

	got := slices.DeleteFunc(caller.heard(1000, musicHz, 2300), func(hz float64) bool { return hz == 0 })
	if want := []float64{1000, musicHz, 1000}; len(got) < 4 || !slices.Equal(got[:3], want) || got[len(got)-1] != 2300 {
		t.Errorf("the caller heard %v Hz", got)
	}
	if got := agent.heard(400, musicHz, 2300); !slices.Contains(got, 400) || slices.Contains(got, 2300) || slices.Contains(got, musicHz) {
		t.Errorf("the agent heard %v Hz", got)
	}
	if got := third.heard(400, 1000); !slices.Contains(got, 400) || slices.Contains(got, 1000) {
		t.Errorf("the third heard %v Hz", got)
	}
}

// TestAbandon: a caller hangs up while waiting.
func TestAbandon(t *testing.T) {
	x, facts := start(t)
	done := sipp(t, x, "abandon", "601", 3)
	done()
	left := facts.await(t, "queue.left", of(event.KindQueueLeft))
	if p := left.Payload.(*event.QueueLeft); p.Exit != event.Abandoned {
		t.Errorf("left the queue: %+v", p)
	}
}

// TestCancel: a caller gives up while a phone rings, and the phone stops ringing.
func TestCancel(t *testing.T) {
	x, facts := start(t)
	newBaresip(t, x, "a1", "127.0.0.3", 1000, "manual")
	done := sipp(t, x, "cancel", "7a1", 1)
	done()
	facts.await(t, "the end of the caller", func(e *event.Event) bool {
		return e.Kind == event.KindCallEnded && e.Cause == "cancelled" && e.Agent == ""
	})
	facts.await(t, "the end of the phone's ringing", func(e *event.Event) bool { return e.Kind == event.KindCallEnded && e.Agent == "a1" })
}

// TestMalformed: what is no SIP is told so, without a call.
func TestMalformed(t *testing.T) {
	x, facts := start(t)
	sipp(t, x, "malformed", "600", 5)()
	facts.mu.Lock()
	defer facts.mu.Unlock()
	if len(facts.facts) > 0 && slices.ContainsFunc(facts.facts, func(e event.Event) bool { return e.Kind == event.KindCallOffered }) {
		t.Error("a malformed INVITE became a call")
	}
}

// TestAttack: svmap finds nobody, svwar no user, and both are banned.
func TestAttack(t *testing.T) {
	x, _ := start(t)
	host, port, err := net.SplitHostPort(x.Addr("udp"))
	if err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, needs(t, args[0]), args[1:]...)
		cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
		out, err := cmd.CombinedOutput()
		if ctx.Err() != nil {
			t.Fatalf("%s does not end: %v", args[0], err)
		}
		return string(out)
	}
	if out := run("svmap", "-b", "127.0.0.5", "-x", "127.0.0.5", "-p", port, host); strings.Contains(out, host) && strings.Contains(out, "|") {
		t.Errorf("svmap found the switch:\n%s", out)
	}
	for _, method := range []string{"REGISTER", "INVITE"} {
		out := run("svwar", "-b", "127.0.0.6", "-x", "127.0.0.6", "-p", port, "-m", method, "--force", "-e", "7a1,100-110", host)
		if strings.Contains(out, "noauth") || strings.Count(out, "reqauth") == 1 {
			t.Errorf("svwar by %s tells users apart:\n%s", method, out)
		}
	}
}
