package event

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// kinds returns every kind in a fixed order.
func kinds() []Kind {
	out := make([]Kind, 0, len(specs))
	for k := range specs {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// firsts are values for the fields whose type is a closed enumeration.
var firsts = map[reflect.Type]string{
	reflect.TypeFor[Exit](): string(Overflowed), reflect.TypeFor[State](): string(WrapUp), reflect.TypeFor[Side](): string(AgentSide),
	reflect.TypeFor[Direction](): string(Inbound), reflect.TypeFor[IVROutcome](): string(IVRServed), reflect.TypeFor[BlockReason](): string(NobodyStaffed),
	reflect.TypeFor[TransferKind](): string(Attended), reflect.TypeFor[SupervisionMode](): string(Whisper),
	reflect.TypeFor[Channel](): string(Callback), reflect.TypeFor[Precision](): string(Second),
}

// fill sets every field below v to a value that is not its zero value. Numbers
// rise with n, so that mixed-up fields show.
func fill(t testing.TB, v reflect.Value, name string, n *int64) {
	t.Helper()
	*n++
	switch {
	case v.Type() == reflect.TypeFor[json.RawMessage]():
		v.SetBytes([]byte(`{"name":"Support"}`))
		return
	case firsts[v.Type()] != "":
		v.SetString(firsts[v.Type()])
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("%s-%d", strings.ToLower(name), *n))
	case reflect.Int64:
		v.SetInt(1_000_000 + *n)
	case reflect.Float64:
		v.SetFloat(0.5)
		if name == "MOS" {
			v.SetFloat(4.25)
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), name, n)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), v.Type().Field(i).Name, n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(t, v.Index(0), name, n)
		fill(t, v.Index(1), name, n)
	case reflect.Map:
		key, val := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(t, key, name, n)
		fill(t, val, name, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, val)
	default:
		t.Fatalf("field %s of type %s: teach fill about it", name, v.Type())
	}
}

// full returns an event of the kind with every field of envelope and payload set.
func full(t testing.TB, k Kind) Event {
	t.Helper()
	e := New(1_777_777_777_123_456, k.NewPayload())
	e.Node, e.Seq, e.RecordedAt = "switch-1", 42, e.At+250_000
	e.Source, e.SourceRef, e.Precision = "queue_log", "file:7", Second
	e.Site, e.Channel, e.Interaction, e.Leg, e.Visit, e.Offer = "site-1", Voice, "i-1", "l-1", "v-1", "o-1"
	e.Queue, e.Agent, e.Campaign, e.Party, e.Cause = "q-1", "a-1", "c-1", "p-1", "normal"
	n := int64(0)
	fill(t, reflect.ValueOf(e.Payload).Elem(), string(k), &n)
	return e
}
