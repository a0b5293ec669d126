package desk

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd"
)

// TestDesk keeps an agent with two calls occupied until the second one ends, and leaves
// alone whoever rests, is gone or was moved by somebody else.
func TestDesk(t *testing.T) {
	states := map[string]acd.AgentView{
		"ann": {SignedIn: true, State: event.Available}, "bob": {SignedIn: true, State: event.OnBreak}, "eve": {SignedIn: true, State: event.Reserved}, "out": {},
	}
	var did []string
	d := New(func(_ context.Context, a string) (acd.AgentView, error) {
		v, ok := states[a]
		if !ok {
			return v, errors.New("unknown")
		}
		return v, nil
	}, func(_ context.Context, in acd.Input) error {
		s := in.(acd.SetState)
		states[s.Agent] = acd.AgentView{SignedIn: true, State: s.State, Reason: s.Reason}
		did = append(did, s.Agent+" "+string(s.State)+" "+s.Reason)
		return nil
	})
	ctx := t.Context()
	d.Occupy(ctx, "ann", "l1")
	d.Occupy(ctx, "ann", "l2") // occupied already: the first leg holds
	d.Occupy(ctx, "bob", "l3")
	d.Occupy(ctx, "out", "l4")
	d.Occupy(ctx, "nobody", "l5")
	d.Occupy(ctx, "eve", "l6")
	states["eve"] = acd.AgentView{SignedIn: true, State: event.OnMeal}
	for _, leg := range []string{"l3", "l4", "l5", "l6", "l2", "l1", "l1"} {
		d.Vacate(ctx, leg)
	}
	states["zoe"] = acd.AgentView{SignedIn: true, State: event.OtherState, Reason: Reason}
	states["yan"] = acd.AgentView{SignedIn: true, State: event.OtherState, Reason: "errand"}
	d.Open(ctx, []string{"zoe", "yan", "ann", "nobody"})
	if want := []string{"ann other call", "eve other call", "ann available call", "zoe available call"}; !slices.Equal(did, want) {
		t.Errorf("did %q, want %q", did, want)
	}
}
