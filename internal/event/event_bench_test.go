package event

import (
	"encoding/json"
	"testing"
)

// typical is one of the most frequent events, as a switch writes it.
func typical() Event {
	e := New(1_777_777_777_123_456, &QueueLeft{Exit: Answered, JoinedAt: 1_777_777_770_000_000, WaitUs: 7_123_456, Position: 1})
	e.Node, e.Seq, e.Source, e.Site = "switch-1", 1_234_567, "switch", "site-1"
	e.Interaction, e.Visit, e.Queue, e.Agent, e.Party = "01JT3M2K8Q5R7S9TAVCXEZ", "01JT3M2K8Q5R7S9TAVCXF0", "q_support", "a_017", "p_5f2a9c01b7"
	return e
}

func BenchmarkAppendBinary(b *testing.B) {
	e, buf := typical(), []byte(nil)
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if buf, err = AppendBinary(buf[:0], &e); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(buf)), "bytes/event")
}

func BenchmarkDecodeBinary(b *testing.B) {
	e := typical()
	raw, err := AppendBinary(nil, &e)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeBinary(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMarshalJSON(b *testing.B) {
	e := typical()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.MarshalJSON(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnmarshalJSON(b *testing.B) {
	e := typical()
	raw, err := json.Marshal(&e)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var back Event
		if err := back.UnmarshalJSON(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	e := typical()
	b.ReportAllocs()
	for b.Loop() {
		if err := e.Validate(); err != nil {
			b.Fatal(err)
		}
	}
}
