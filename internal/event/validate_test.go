package event

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
)

// refused expects that Validate names exactly this field, and the value.
func refused(t *testing.T, e *Event, field, value string) {
	t.Helper()
	err := e.Validate()
	var inv *InvalidError
	if !errors.As(err, &inv) || !errors.Is(err, ErrInvalid) {
		t.Errorf("%s: %s = %s passes (%v)", e.Kind, field, value, err)
		return
	}
	for _, f := range inv.Fields {
		if f.Field == field && fmt.Sprint(f.Value) == value && strings.Contains(err.Error(), field) {
			return
		}
	}
	t.Errorf("%s: %v does not name %s = %s", e.Kind, err, field, value)
}

func TestFullEventsAreValid(t *testing.T) {
	for _, k := range kinds() {
		e := full(t, k)
		if err := e.Validate(); err != nil {
			t.Error(err)
		}
	}
}

func TestNeededFields(t *testing.T) {
	fields := []struct {
		bit   need
		name  string
		value func(*Event) *string
	}{
		{needsInteraction, "interaction_id", func(e *Event) *string { return &e.Interaction }},
		{needsQueue, "queue", func(e *Event) *string { return &e.Queue }},
		{needsVisit, "visit_id", func(e *Event) *string { return &e.Visit }},
		{needsOffer, "offer_id", func(e *Event) *string { return &e.Offer }},
		{needsAgent, "agent", func(e *Event) *string { return &e.Agent }},
		{needsCampaign, "campaign", func(e *Event) *string { return &e.Campaign }},
	}
	for _, k := range kinds() {
		for _, f := range fields {
			e := full(t, k)
			*f.value(&e) = ""
			if specs[k].needs&f.bit != 0 {
				refused(t, &e, f.name, "")
			} else if err := e.Validate(); err != nil {
				t.Errorf("%s without %s: %v", k, f.name, err)
			}
			*f.value(&e) = strings.Repeat("x", maxID+1)
			if err := e.Validate(); err == nil || !strings.Contains(err.Error(), f.name) {
				t.Errorf("%s: a long %s passes: %v", k, f.name, err)
			}
		}
	}
}

func TestEnvelope(t *testing.T) {
	for _, tt := range []struct {
		field, value string
		change       func(*Event)
	}{
		{"kind", "call.lost", func(e *Event) { e.Kind = "call.lost" }},
		{"schema", "7", func(e *Event) { e.Schema = 7 }},
		{"at", "0", func(e *Event) { e.At = 0 }},
		{"precision", "week", func(e *Event) { e.Precision = "week" }},
		{"channel", "fax", func(e *Event) { e.Channel = "fax" }},
		{"payload", "<nil>", func(e *Event) { e.Payload = nil }},
		{"payload", "call.held", func(e *Event) { e.Payload = &CallHeld{By: Customer} }},
	} {
		e := full(t, KindCallEnded)
		tt.change(&e)
		refused(t, &e, tt.field, tt.value)
	}
}

// signed are the numbers that may be negative: a clock set back, a lower
// priority, an instant before 1970.
func signed(k Kind, name string) bool {
	return k == KindNodeClockStepped || k == KindQueuePriorityChanged || name == "Priority" || strings.HasSuffix(name, "At")
}

// TestPayloadFields walks every payload: durations and counts refuse negative
// values, enumerations unlisted ones, shares what is no number.
func TestPayloadFields(t *testing.T) {
	for _, k := range kinds() {
		typ := reflect.TypeOf(k.NewPayload()).Elem()
		walk(t, k, typ, nil, "payload")
	}
}

func walk(t *testing.T, k Kind, typ reflect.Type, index []int, path string) {
	t.Helper()
	for i := range typ.NumField() {
		f := typ.Field(i)
		name := path + "." + strings.Split(f.Tag.Get("json"), ",")[0]
		at := append(append([]int{}, index...), i)
		bad := func(set func(reflect.Value), value string) {
			e := full(t, k)
			set(reflect.ValueOf(e.Payload).Elem().FieldByIndex(at))
			refused(t, &e, name, value)
		}
		switch {
		case f.Type.Kind() == reflect.Pointer:
			walk(t, k, f.Type.Elem(), at, name)
		case firsts[f.Type] != "":
			bad(func(v reflect.Value) { v.SetString("nonsense") }, "nonsense")
		case f.Type.Kind() == reflect.Int64 && !signed(k, f.Name):
			bad(func(v reflect.Value) { v.SetInt(-5) }, "-5")
		case f.Type.Kind() == reflect.Float64:
			bad(func(v reflect.Value) { v.SetFloat(math.NaN()) }, "NaN")
		}
	}
}

func TestRequiredPayloadFields(t *testing.T) {
	for _, tt := range []struct {
		kind  Kind
		field string
		empty Payload
	}{
		{KindQueueAnnounced, "payload.what", &QueueAnnounced{}},
		{KindQueueLeft, "payload.exit", &QueueLeft{}},
		{KindQueueBlocked, "payload.reason", &QueueBlocked{}},
		{KindIVRStepTaken, "payload.node", &IVRStepTaken{}},
		{KindIVRLeft, "payload.outcome", &IVRLeft{}},
		{KindCallOffered, "payload.direction", &CallOffered{}},
		{KindCallTransferred, "payload.transfer", &CallTransferred{}},
		{KindAgentStateChanged, "payload.to", &AgentStateChanged{}},
		{KindInteractionCoded, "payload.code", &InteractionCoded{}},
		{KindCallbackResulted, "payload.result", &CallbackResulted{Ref: "c"}},
		{KindVoicemailLeft, "payload.ref", &VoicemailLeft{}},
		{KindSurveyAnswered, "payload.question", &SurveyAnswered{}},
		{KindConfigChanged, "payload.table", &ConfigChanged{Row: "r", Values: []byte("{}")}},
		{KindConfigChanged, "payload.id", &ConfigChanged{Table: "t", Values: []byte("{}")}},
		{KindConfigChanged, "payload.values", &ConfigChanged{Table: "t", Row: "r"}},
		{KindImportRaw, "payload.format", &ImportRaw{Name: "n"}},
		{KindImportRaw, "payload.name", &ImportRaw{Format: "f"}},
		{KindNodeStarted, "payload.role", &NodeStarted{}},
		{KindNodeStopped, "payload.role", &NodeStopped{}},
		{KindReviewScored, "payload.card", &ReviewScored{By: "u"}},
	} {
		e := full(t, tt.kind)
		e.Payload = tt.empty
		refused(t, &e, tt.field, "")
	}
}

func TestCanonical(t *testing.T) {
	for _, x := range Exits {
		if x.Canonical() != x {
			t.Errorf("%s becomes %s", x, x.Canonical())
		}
	}
	for _, s := range States {
		if s.Canonical() != s {
			t.Errorf("%s becomes %s", s, s.Canonical())
		}
	}
	if Exit("from_the_future").Canonical() != Other || State("asleep").Canonical() != OtherState {
		t.Error("unknown values are not counted as other")
	}
	for name, n := range map[string]int{
		"exits": distinct(Exits), "states": distinct(States), "channels": distinct(Channels), "precisions": distinct(Precisions),
		"sides": distinct(Sides), "directions": distinct(Directions), "outcomes": distinct(IVROutcomes), "block reasons": distinct(BlockReasons),
		"transfers": distinct(TransferKinds), "supervision modes": distinct(SupervisionModes),
	} {
		if n < 2 {
			t.Errorf("%s: %d, or one is listed twice", name, n)
		}
	}
}

// distinct returns the number of values, or 0 if one comes twice or is empty.
func distinct[T ~string](list []T) int {
	seen := map[T]bool{"": true}
	for _, v := range list {
		if seen[v] {
			return 0
		}
		seen[v] = true
	}
	return len(list)
}

// Every kind has a payload of its own, and the payload knows it.
func TestKinds(t *testing.T) {
	types := map[reflect.Type]Kind{}
	for _, k := range kinds() {
		p := k.NewPayload()
		if p.EventKind() != k {
			t.Errorf("%s makes a payload of %s", k, p.EventKind())
		}
		if other, ok := types[reflect.TypeOf(p)]; ok {
			t.Errorf("%s and %s share a payload", k, other)
		}
		types[reflect.TypeOf(p)] = k
		if !k.Known() || k.Schema() == 0 {
			t.Errorf("%s is not known or has no schema", k)
		}
		keys(t, reflect.TypeOf(p).Elem())
	}
	if Kind("no.such").Known() || Kind("no.such").NewPayload() != nil || Kind("no.such").Schema() != 0 {
		t.Error("no.such is known")
	}
}

// keys checks that no struct uses an integer key or a JSON name twice.
func keys(t *testing.T, typ reflect.Type) {
	t.Helper()
	seen := map[string]bool{}
	for i := range typ.NumField() {
		f := typ.Field(i)
		for _, tag := range []string{"cbor", "json"} {
			key := tag + " " + strings.Split(f.Tag.Get(tag), ",")[0]
			if seen[key] || strings.HasSuffix(key, " ") {
				t.Errorf("%s.%s: %s is missing or used twice", typ, f.Name, key)
			}
			seen[key] = true
		}
	}
}
