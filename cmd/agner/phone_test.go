package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/agner-platform/agner/internal/httpapi/local"
	"github.com/agner-platform/agner/telephony/call"
	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/media/desc"
	"github.com/agner-platform/agner/telephony/media/g711"
	"github.com/agner-platform/agner/telephony/media/tone"
	"github.com/agner-platform/agner/telephony/sipua"
	"github.com/agner-platform/agner/telephony/sipua/registrar"
)

// eventually is how long a step may take on a busy machine.
const eventually = time.Minute

// softphone answers every call and speaks in a tone.
type softphone struct {
	t        *testing.T
	leg      *media.Leg
	mu       sync.Mutex
	agent    *sipua.UA // protected by mu
	up, gone chan string
}

func newSoftphone(t *testing.T, hz float64, address string) *softphone {
	t.Helper()
	relay, err := media.New(media.Config{Host: netip.MustParseAddr("127.0.0.1")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { relay.Close() })
	p := &softphone{t: t, up: make(chan string, 9), gone: make(chan string, 9)}
	if p.leg, err = relay.Open(nil); err != nil {
		t.Fatal(err)
	}
	p.leg.Play(media.Endless{From: &tone.Sine{Hz: hz, Level: 8000}}, nil)
	cfg := sipua.Default()
	cfg.UDP = address
	cfg.Trunks = []sipua.Trunk{{Name: "switch", Prefixes: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.agent, err = sipua.Listen(cfg, p); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.ua().Close() })
	return p
}

func (p *softphone) ua() *sipua.UA {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.agent
}

func (p *softphone) mine() *desc.Media {
	return &desc.Media{Addr: p.leg.Addr(), Codecs: []g711.Codec{g711.ALaw}, Direction: desc.SendRecv}
}

// SIPEvent answers.
func (p *softphone) SIPEvent(e sipua.Event) {
	switch e := e.(type) {
	case sipua.Invited:
		remote, err := desc.Parse(e.SDP)
		if err != nil {
			p.t.Error(err)
			return
		}
		text, agreed, err := p.mine().Answer(remote)
		if err == nil {
			err = p.leg.Connect(remote, agreed)
		}
		if err == nil {
			err = p.ua().Answer(e.Leg, text)
		}
		if err != nil {
			p.t.Error(err)
		}
		p.up <- e.Leg
	case sipua.Answered:
		if remote, err := desc.Parse(e.SDP); err != nil {
			p.t.Error(err)
		} else if e.Leg == "code" { // a service code is not talked to: its port may be the next call's
		} else if err := p.leg.Connect(remote, p.mine()); err != nil {
			p.t.Error(err)
		}
		p.up <- e.Leg
	case sipua.Ended:
		p.gone <- e.Cause
	case sipua.Failed:
		p.gone <- fmt.Sprint(e.Status)
	}
}

// Reoffer has nothing to change.
func (p *softphone) Reoffer(string, []byte) []byte { return p.mine().Offer() }

// dial calls a number as an account.
func (p *softphone) dial(server, leg, number string, a account) {
	p.t.Helper()
	to := call.Target{URI: "sip:" + number + "@" + server, From: a.Account, User: a.Account, Secret: a.Password}
	if err := p.ua().Invite(leg, to, p.mine().Offer()); err != nil {
		p.t.Fatal(err)
	}
}

// account is what agner phone add prints.
type account struct{ Account, Password string }

func addPhone(t *testing.T, dir string, args ...string) account {
	t.Helper()
	var a account
	if err := json.Unmarshal([]byte(ok(t, dir, append([]string{"phone", "add", "--json"}, args...)...)), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// register registers a phone by hand and returns the address it did so from, which is
// where its calls will be sent.
func register(t *testing.T, server string, a account) string {
	t.Helper()
	conn, err := net.Dial("udp", server)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	contact := conn.LocalAddr().String()
	uri, auth := "sip:"+server, ""
	for n := range 2 {
		text := fmt.Sprintf("REGISTER %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%d;rport\r\nMax-Forwards: 70\r\nFrom: <sip:%s@agner>;tag=t1\r\n"+
			"To: <sip:%s@agner>\r\nCall-ID: reg-%s\r\nCSeq: %d REGISTER\r\nContact: <sip:%s@%s>\r\nExpires: 600\r\n%sContent-Length: 0\r\n\r\n",
			uri, conn.LocalAddr(), a.Account, n, a.Account, a.Account, a.Account, n+1, a.Account, contact, auth)
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := conn.SetReadDeadline(time.Now().Add(eventually)); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 4096)
		size, err := conn.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		answer := string(buf[:size])
		if strings.HasPrefix(answer, "SIP/2.0 200") {
			return contact
		}
		var challenges []string
		for _, m := range regexp.MustCompile(`(?m)^WWW-Authenticate: (.*?)\r?$`).FindAllStringSubmatch(answer, -1) {
			challenges = append(challenges, m[1])
		}
		value, can := registrar.Answer(challenges, registrar.Login{User: a.Account, Secret: a.Password, Method: "REGISTER", URI: uri})
		if !can {
			t.Fatalf("no challenge to answer in %s", answer)
		}
		auth = "Authorization: " + value + "\r\n"
	}
	t.Fatal("the registration was refused")
	return ""
}

func hear(t *testing.T, c <-chan string, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(eventually):
		t.Fatalf("%s does not come", what)
	}
}

// sipAddress asks the switch where it listens, and waits until it knows the set-up.
func sipAddress(t *testing.T, dir string) string {
	t.Helper()
	client := local.Socket(filepath.Join(dir, "run", "switch.sock"))
	for deadline := time.Now().Add(eventually); time.Now().Before(deadline); {
		var v struct {
			SIP   string `json:"sip"`
			Setup int64  `json:"setup"`
		}
		res, err := client.Get("http://agner/healthz")
		if err == nil {
			err = json.NewDecoder(res.Body).Decode(&v)
			res.Body.Close()
		}
		if err == nil && v.SIP != "" && v.Setup != 0 {
			return v.SIP
		}
		pause(t)
	}
	t.Fatal("the switch does not answer")
	return ""
}

// pause lets a tenth of a second pass.
func pause(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	<-ctx.Done()
}

// TestACallThroughThePlatform takes a call with telephones as a newcomer would set them
// up: the agent signs in by *11, the customer dials, they talk, analytics is killed
// meanwhile, and the report and the call's timeline tell what happened.
func TestACallThroughThePlatform(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	desk, guest := addPhone(t, dir, "7001", "--agent", "Mari", "--queue", "Support"), addPhone(t, dir, "7099")
	ok(t, dir, "number", "set", "600", "--queue", "Support")
	ok(t, dir, "queue", "set", "Support", "--record", "always", "--keep-days", "30", "--wrap-up", "5s")
	if r := agner(t, dir, "queue", "set", "Support", "--strategy", "best"); r.code != 3 || !strings.Contains(r.stderr, "strategy") {
		t.Errorf("a strategy that is none: exit %d %s", r.code, r.stderr)
	}
	if r := agner(t, dir, "phone", "add", "a@b"); r.code != 3 || !strings.Contains(r.stderr, "account") {
		t.Errorf("an account that cannot be: exit %d %s", r.code, r.stderr)
	}
	if out := ok(t, dir, "number", "list"); !strings.Contains(out, "queue Support") {
		t.Errorf("number list prints %q", out)
	}
	p := serve(t, dir)
	server := sipAddress(t, dir)
	agent, customer := newSoftphone(t, 1000, register(t, server, desk)), newSoftphone(t, 400, "127.0.0.1:0")
	agent.dial(server, "code", "*11", desk)
	hear(t, agent.up, "the answer to *11")
	hear(t, agent.gone, "the end of *11")

	customer.dial(server, "c1", "600", guest)
	hear(t, customer.up, "the answer")
	hear(t, agent.up, "the agent's call")
	if pid := p.role("analytics"); pid != 0 {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	pause(t)
	if err := customer.ua().Bye("c1", ""); err != nil {
		t.Errorf("the call did not outlive analytics: %v", err)
	}
	hear(t, agent.gone, "the agent's BYE")
	var rows []map[string]any
	for deadline := time.Now().Add(eventually); ; pause(t) {
		r := agner(t, dir, "report", "service-level", "--interval", "total", "--json")
		rows = nil
		if r.code == 0 && json.Unmarshal([]byte(r.stdout), &rows) == nil && len(rows) == 1 && rows[0]["answered"] == 1.0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("report: %s %s", r.stdout, r.stderr)
		}
	}
	if rows[0]["offered"] != 1.0 || rows[0]["sl"] != 1.0 || rows[0]["queue"] != "Support" {
		t.Errorf("report %v", rows[0])
	}
	if calls := ok(t, dir, "report", "calls", "--json"); !strings.Contains(calls, `"Support"`) || !strings.Contains(calls, `"Mari"`) {
		t.Errorf("calls %s", calls)
	}
	if facts := ok(t, dir, "export"); !strings.Contains(facts, "recording.started") || !strings.Contains(facts, "recording.finished") {
		t.Error("the call was not recorded to its end")
	}
	if tapes, err := filepath.Glob(filepath.Join(dir, "recordings", "*", "*.rec")); err != nil || len(tapes) != 1 {
		t.Errorf("recordings %v, %v, want one", tapes, err)
	}
	ok(t, dir, "doctor") // every leg of the call ends once
	survives(t, p, dir)
}

// survives kills the supervisor: the switch goes on and is adopted by the next one.
func survives(t *testing.T, p *platform, dir string) {
	t.Helper()
	before := p.role("switch")
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.done
	if err := syscall.Kill(before, 0); err != nil {
		t.Fatalf("the switch died with its supervisor: %v", err)
	}
	serve(t, dir)
	res, err := local.Socket(filepath.Join(dir, "run", "switch.sock")).Get("http://agner/healthz")
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("after the restart: %v %v", res, err)
	}
	res.Body.Close()
	if err := syscall.Kill(before, 0); err != nil {
		t.Errorf("the switch was not adopted but replaced: %v", err)
	}
}
