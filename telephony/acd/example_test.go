package acd_test

import (
	"fmt"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/acd"
)

// A State is driven by inputs; facts and commands come out.
func Example() {
	s, now := acd.New(), int64(1_777_888_800_000_000)
	post := func(in acd.Input) acd.Result {
		now += 1_000_000
		r := s.Decide(in, now)
		for _, f := range r.Facts {
			if f.Kind != event.KindConfigChanged && f.Kind != event.KindAgentStateChanged {
				fmt.Println(f.Kind)
			}
		}
		for _, c := range r.Commands {
			fmt.Printf("    %T\n", c)
		}
		return r
	}
	post(acd.Start{Node: "switch"})
	post(acd.Configure{Config: acd.Config{
		Version: 1,
		Queues:  []acd.QueueConfig{{ID: "sales"}},
		Agents:  []acd.AgentConfig{{ID: "ann", Queues: []acd.Membership{{Queue: "sales"}}}},
	}})
	post(acd.SignIn{Agent: "ann"})
	r := post(acd.Join{Queue: "sales", Interaction: "call-1"})
	ring := r.Commands[1].(acd.Ring)
	post(acd.Answer{Offer: ring.Offer})
	post(acd.Finish{Visit: ring.Visit, By: event.Customer})
	// Output:
	// node.started
	// agent.signed_in
	// queue.joined
	// offer.made
	//     acd.Wait
	//     acd.Ring
	// offer.accepted
	// queue.left
	//     acd.Connect
	// visit.handled
}
