package sim

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/ivr"
)

const monday = 1777876200000000 // Monday 2026-05-04 09:30 in Tallinn

func example(t *testing.T) *ivr.Flow {
	t.Helper()
	src, err := os.ReadFile("../testdata/main.yaml")
	if err != nil {
		t.Fatal(err)
	}
	f, err := ivr.Parse(src, ivr.Known{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestDialThrough dials through the example flow and holds where each caller ends.
func TestDialThrough(t *testing.T) {
	f := example(t)
	gold := map[string]Reply{"who": {Status: 200, Body: []byte(`{"customer":{"tier":"gold","name":"Mari"}}`), AfterUs: 50_000}}
	for _, tt := range []struct {
		dial, caller string
		at           int64
		lookups      map[string]Reply
		fails        []string
		outcome      event.IVROutcome
		end          string
	}{
		{dial: "1,1", outcome: event.IVRQueued, end: "queue sales"},
		{dial: "1,!1", outcome: event.IVRQueued, end: "queue sales"},
		{dial: "1,2,4711#", outcome: event.IVRQueued, end: "queue billing"},
		{dial: "1,2,1#,12345678", outcome: event.IVRQueued, end: "queue billing"},
		{dial: "1,*,1", outcome: event.IVRQueued, end: "queue sales"},
		{dial: "1,*,9,1", outcome: event.IVRQueued, end: "queue sales"},
		{dial: "1,3", outcome: event.IVRServed, end: "hang up"},
		{dial: "1,3", fails: []string{"ring-back"}, outcome: event.IVRQueued, end: "queue sales"},
		{dial: "1,0", outcome: event.IVRServed, end: ""},
		{dial: "1,0", fails: []string{"support"}, outcome: event.IVRQueued, end: "queue support"},
		{dial: "1,0,hangup", outcome: event.IVRHungUp, end: "caller"},
		{dial: "2,hangup", outcome: event.IVRHungUp, end: "caller"},
		{dial: "!hangup", outcome: event.IVRHungUp, end: "caller"},
		{dial: "1,wait 2s,1", outcome: event.IVRQueued, end: "queue sales"},
		{dial: "1,silence,1", outcome: event.IVRQueued, end: "queue sales"},
		{dial: "", outcome: event.IVRFailed, end: "hang up"},
		{dial: "1,7,7,7", fails: []string{"support"}, outcome: event.IVRQueued, end: "queue support"},
		{dial: "1,1", caller: "+3725", lookups: gold, outcome: event.IVRQueued, end: "queue sales"},
		{dial: "", at: monday + 12*3600_000_000, outcome: event.IVRServed, end: "voicemail night"},
	} {
		dial, err := ParseDial(tt.dial)
		if err != nil {
			t.Fatal(err)
		}
		at := tt.at
		if at == 0 {
			at = monday
		}
		res := Run(f, Script{At: at, Dial: dial, Lookups: tt.lookups, Fails: tt.fails, Call: ivr.Call{Interaction: "i", Caller: tt.caller}})
		if res.Outcome != tt.outcome || res.End != tt.end {
			t.Errorf("--dial %q (caller %q): %s, %q; want %s, %q\n%s", tt.dial, tt.caller, res.Outcome, res.End, tt.outcome, tt.end, res.Text())
		}
	}
}

func TestProtocol(t *testing.T) {
	dial, err := ParseDial("1,silence,2,4711#")
	if err != nil {
		t.Fatal(err)
	}
	res := Run(example(t), Script{
		At: monday, Dial: dial, Call: ivr.Call{Interaction: "i", Caller: "+37255501234"},
		Lookups: map[string]Reply{"who": {Status: 200, AfterUs: 500_000, Body: []byte(`{"customer":{"tier":"gold","name":"Mari"}}`)}},
	})
	want := strings.TrimLeft(`
   0.0 s  greeting         hears    ♪ welcome.wav
   3.0 s  greeting         passed   attempt 1
   3.0 s  office           passed   with "open", attempt 1
   3.0 s  recording        hears    “This call may be recorded to train our staff. Press 1 to agree, 2 to refuse.”
   6.0 s  recording        dials    1
   6.0 s  recording        consent  given by key
   6.0 s  recording        passed   with "1", attempt 1
   6.0 s  known            passed   attempt 1
   6.0 s  who              asks     https://crm.example/callers/%2B37255501234
   6.0 s  who              hears    “One moment please.”
   6.5 s  who              passed   with "ok", attempt 1
   6.5 s  tier             passed   attempt 1
   6.5 s  vip              passed   attempt 1
   6.5 s  menu             hears    ♪ menu.wav
   6.5 s  menu             hears    “For an agent, press 0.”
  12.5 s  menu             silent   says nothing
  17.5 s  menu             passed   attempt 1
  17.5 s  menu             hears    “We did not hear a key.”
  17.5 s  menu             hears    ♪ menu.wav
  17.5 s  menu             hears    “For an agent, press 0.”
  26.5 s  menu             dials    2
  26.5 s  menu             passed   with "2", attempt 2
  26.5 s  account          hears    “Please enter your customer number, then press the hash key.”
  29.5 s  account          dials    4711#
  29.5 s  account          passed   with "••••", attempt 1
  29.5 s  billing          hears    “Thank you.”
  32.5 s  billing          passed   attempt 1
  32.5 s  billing          left     queued
  32.5 s  billing          queues   billing with priority 50 for vip
outcome queued at billing after 32.5 s: queue billing
`, "\n")
	if diff := cmp.Diff(want, res.Text()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	attrs := map[string]string{"tier": "gold", "name": "Mari", "account": "4711", "greeting": "Mari (+37255501234)"}
	if diff := cmp.Diff(attrs, res.Attributes); diff != "" {
		t.Errorf("attributes -want +got:\n%s", diff)
	}
}

func TestParseDialRefuses(t *testing.T) {
	for _, s := range []string{"x", "1,,2", "wait", "wait -1s", "1 2", "!", "!silence"} {
		if steps, err := ParseDial(s); !errors.Is(err, ErrScript) {
			t.Errorf("ParseDial(%q) = %v, %v", s, steps, err)
		}
	}
}
