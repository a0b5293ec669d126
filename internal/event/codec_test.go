package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRoundTrip(t *testing.T) {
	for _, k := range kinds() {
		for _, e := range []Event{full(t, k), New(1, k.NewPayload())} {
			b, err := AppendBinary([]byte("before"), &e)
			if err != nil {
				t.Fatal(err)
			}
			rest, ok := bytes.CutPrefix(b, []byte("before"))
			if !ok {
				t.Fatalf("%s: what was in the buffer is gone", k)
			}
			back, err := DecodeBinary(rest)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(e, back); d != "" {
				t.Errorf("%s, binary: %s", k, d)
			}
			j, err := json.Marshal(&e)
			if err != nil {
				t.Fatal(err)
			}
			back = Event{}
			if err := json.Unmarshal(j, &back); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(e, back); d != "" {
				t.Errorf("%s, readable: %s", k, d)
			}
		}
	}
}

// An older build passes on what a newer one wrote without understanding it.
func TestUnknownKind(t *testing.T) {
	e := full(t, KindCallEnded)
	raw, err := AppendBinary(nil, &e)
	if err != nil {
		t.Fatal(err)
	}
	newer := bytes.Replace(raw, []byte("call.ended"), []byte("call.xnded"), 1)
	got, err := DecodeBinary(newer)
	if err != nil {
		t.Fatal(err)
	}
	u, ok := got.Payload.(*Unknown)
	if !ok || u.EventKind() != "call.xnded" || got.Kind.Known() {
		t.Fatalf("payload %T of %s", got.Payload, got.Kind)
	}
	again, err := AppendBinary(nil, &got)
	if err != nil || !bytes.Equal(again, newer) {
		t.Errorf("written again it differs: %v\n%x\n%x", err, newer, again)
	}
	if err := got.Validate(); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "call.xnded") {
		t.Errorf("publishing an unknown kind: %v", err)
	}
	j, err := json.Marshal(&got)
	if err != nil || !strings.Contains(string(j), `"payload":{"cbor":`) {
		t.Errorf("%s, %v", j, err)
	}
	if err := json.Unmarshal(j, new(Event)); !errors.Is(err, ErrUnknownKind) || !strings.Contains(err.Error(), "call.xnded") {
		t.Errorf("reading an unknown kind: %v", err)
	}
	p := &problems{}
	if u.check(p); len(p.list) != 1 {
		t.Errorf("an unknown payload passes: %v", p.list)
	}
}

func TestNewerSchema(t *testing.T) {
	e := full(t, KindQueueLeft)
	e.Schema = KindQueueLeft.Schema() + 1
	raw, err := AppendBinary(nil, &e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := DecodeBinary(raw); !errors.Is(err, ErrNewerSchema) {
		t.Errorf("binary: %v", err)
	}
	if err := e.Validate(); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "schema") {
		t.Errorf("Validate: %v", err)
	}
	j, err := json.Marshal(&e)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(j, new(Event)); err == nil || !strings.Contains(err.Error(), "schema = 2") {
		t.Errorf("readable: %v", err)
	}
}

func TestUpcast(t *testing.T) {
	suffix := func(s string) upcaster {
		return func(raw []byte) ([]byte, error) { return append(bytes.Clone(raw), s...), nil }
	}
	broken := errors.New("broken")
	steps := map[uint16]upcaster{1: suffix("→2"), 2: suffix("→3"), 4: func([]byte) ([]byte, error) { return nil, broken }}
	for _, tt := range []struct {
		schema, current uint16
		want            string
		err             string
	}{
		{schema: 1, current: 3, want: "x→2→3"},
		{schema: 2, current: 3, want: "x→3"},
		{schema: 3, current: 3, want: "x"},
		{schema: 4, current: 3, err: "newer"},
		{schema: 3, current: 4, err: "schema 3 has no upcaster to 4"},
		{schema: 4, current: 5, err: "upcast schema 4 to 5: broken"},
		{schema: 0, current: 1, err: "schema 0 has no upcaster to 1"},
	} {
		schema := tt.schema
		got, err := upcastWith(steps, tt.current, &schema, []byte("x"))
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%d to %d: %v, want %q", tt.schema, tt.current, err, tt.err)
			}
			continue
		}
		if err != nil || string(got) != tt.want || schema != tt.current {
			t.Errorf("%d to %d: %q, schema %d, %v", tt.schema, tt.current, got, schema, err)
		}
	}
}

// Bytes that no build wrote: an error, never a panic or a half-read event.
func TestDecodeRefuses(t *testing.T) {
	e := full(t, KindQueueJoined)
	good, err := AppendBinary(nil, &e)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "half": good[:len(good)/2], "more than one": append(bytes.Clone(good), good...), "not a map": {0x01},
		"a key twice":     {0xa2, 0x03, 0x61, 'a', 0x03, 0x61, 'b'},
		"an endless map":  {0xbf, 0x03, 0x61, 'a', 0xff},
		"a tag":           {0xc1, 0x1a, 0, 0, 0, 0},
		"a huge array":    {0xa1, 0x15, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"a wrong type":    {0xa1, 0x03, 0x01},
		"a wrong payload": append([]byte("\xa4\x03\x6aqueue.left"), 0x04, 0x01, 0x05, 0x01, 0x15, 0x01),
	} {
		if got, err := DecodeBinary(b); err == nil {
			t.Errorf("%s: read as %+v", name, got)
		}
	}
}

// Text that is not UTF-8 must not make a record unreadable once it is written.
func TestInvalidUTF8(t *testing.T) {
	e := New(1, &ImportRaw{Format: "queue_log", Name: "x", Fields: []string{"caf\xe9"}})
	b, err := AppendBinary(nil, &e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := DecodeBinary(b); err != nil {
		t.Errorf("what was written cannot be read: %v", err)
	}
	e.Queue = "caf\xe9"
	if err := e.Validate(); err == nil || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("an id that is not UTF-8: %v", err)
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"no object":        `[]`,
		"no kind":          `{"at":"2026-05-04T09:30:00Z"}`,
		"no zone":          `{"kind":"node.stopped","at":"2026-05-04T09:30:00"}`,
		"a number as time": `{"kind":"node.stopped","at":5}`,
		"a bad payload":    `{"kind":"node.stopped","at":"2026-05-04T09:30:00Z","payload":5}`,
		"a wrong field":    `{"kind":"node.stopped","at":"2026-05-04T09:30:00Z","payload":{"role":5}}`,
	} {
		if err := json.Unmarshal([]byte(text), new(Event)); err == nil {
			t.Errorf("%s: %s is taken", name, text)
		}
	}
	var e Event
	if err := json.Unmarshal([]byte(`{"kind":"node.stopped","at":"2026-05-04T09:30:00.5+03:00","payload":{"role":"web","from_the_future":1}}`), &e); err != nil {
		t.Fatal(err)
	}
	want := New(1777876200500000, &NodeStopped{Role: "web"})
	if d := cmp.Diff(want, e); d != "" {
		t.Error(d)
	}
	if e.ID() != (ID{}) {
		t.Errorf("identity %v before any journal gave one", e.ID())
	}
}

func FuzzDecodeBinary(f *testing.F) {
	for _, k := range kinds() {
		e := full(f, k)
		b, err := AppendBinary(nil, &e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := DecodeBinary(b)
		if err != nil {
			return
		}
		again, err := AppendBinary(nil, &e)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		back, err := DecodeBinary(again)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		third, err := AppendBinary(nil, &back)
		if err != nil || !bytes.Equal(again, third) {
			t.Fatalf("the form is not stable: %v\n%x\n%x", err, again, third)
		}
		_ = e.Validate()
	})
}

func FuzzUnmarshalJSON(f *testing.F) {
	for _, k := range kinds() {
		e := full(f, k)
		b, err := json.Marshal(&e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var e, back Event
		if json.Unmarshal(b, &e) != nil || e.Validate() != nil {
			return
		}
		j, err := json.Marshal(&e)
		if err != nil {
			t.Fatalf("a valid event cannot be written: %v", err)
		}
		if err := json.Unmarshal(j, &back); err != nil {
			t.Fatalf("%s cannot be read: %v", j, err)
		}
		if back.At != e.At || back.Kind != e.Kind || back.Interaction != e.Interaction {
			t.Fatalf("%s became %+v", j, back)
		}
	})
}
