// Package voice is telephony on the command line: menus are checked and dialled
// through without a telephone.
package voice

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/agner-platform/agner/cmd/agner/exit"

	"github.com/agner-platform/agner/internal/interval"
	"github.com/agner-platform/agner/telephony/ivr"
	"github.com/agner-platform/agner/telephony/ivr/sim"
)

// IVR works on flows of the menu.
type IVR struct {
	Check ivrCheckCmd `cmd:"" help:"Check a flow and list its nodes and ways."`
	Test  ivrTestCmd  `cmd:"" help:"Dial through a flow without a telephone."`
}

// ivrCheckCmd checks a flow.
type ivrCheckCmd struct {
	File string `arg:"" help:"Flow in YAML or JSON."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run prints the graph, or everything that is wrong with it.
func (c *ivrCheckCmd) Run() error {
	f, err := readFlow(c.File)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(map[string]any{"flow": f.Name, "start": f.First, "nodes": f.Nodes(), "ways": f.Ways()})
	}
	fmt.Printf("flow %s: %d nodes, starts at %s\n", f.Name, len(f.Nodes()), f.First)
	for _, w := range f.Ways() {
		fmt.Printf("%-16s %-10s %-14s → %s\n", w.From, f.KindOf(w.From), w.When, w.To)
	}
	return nil
}

// ivrTestCmd simulates one call.
type ivrTestCmd struct {
	File   string            `arg:"" help:"Flow in YAML or JSON."`
	Dial   string            `help:"What the caller does whenever the flow waits: keys, !keys (into the prompt), silence, wait 10s, hangup; separated by commas."`
	Caller string            `default:"+37255501234" help:"The caller's number; empty is withheld."`
	Number string            `default:"+3726000000" help:"The number that was dialled."`
	At     string            `help:"When the call comes in (RFC 3339); now by default."`
	Lookup map[string]string `help:"Reply to a lookup: NODE=FILE.json, NODE=STATUS; others time out."`
	Fail   []string          `help:"Nodes whose transfer or callback does not work."`
	JSON   bool              `name:"json" help:"Print JSON."`
}

// Run prints what the caller hears and where the call ends.
func (c *ivrTestCmd) Run() error {
	f, err := readFlow(c.File)
	if err != nil {
		return err
	}
	s := sim.Script{At: time.Now().UnixMicro(), Fails: c.Fail, Lookups: map[string]sim.Reply{}}
	s.Call = ivr.Call{Interaction: "test", Caller: c.Caller, Number: c.Number}
	if s.Dial, err = sim.ParseDial(c.Dial); err != nil {
		return exit.BadInput(err)
	}
	if c.At != "" {
		at, err := time.Parse(time.RFC3339, c.At)
		if err != nil {
			return exit.BadInput(fmt.Errorf("--at = %q: use RFC 3339, such as 2026-05-04T09:30:00+03:00", c.At))
		}
		s.At = interval.FromTime(at)
	}
	for node, reply := range c.Lookup {
		if s.Lookups[node], err = lookupReply(f, node, reply); err != nil {
			return exit.BadInput(err)
		}
	}
	for _, node := range c.Fail {
		if f.KindOf(node) != ivr.Transfer && f.KindOf(node) != ivr.Callback {
			return exit.BadInput(fmt.Errorf("--fail = %q: is no transfer or callback node of the flow", node))
		}
	}
	res := sim.Run(f, s)
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(res)
	}
	_, err = fmt.Print(res.Text())
	return err
}

// lookupReply reads "FILE.json" or a status.
func lookupReply(f *ivr.Flow, node, reply string) (sim.Reply, error) {
	if f.KindOf(node) != ivr.Lookup {
		return sim.Reply{}, fmt.Errorf("--lookup %s=%s: %q is no lookup node of the flow", node, reply, node)
	}
	if status, err := strconv.Atoi(reply); err == nil {
		return sim.Reply{Status: status}, nil
	}
	body, err := os.ReadFile(reply)
	if err != nil {
		return sim.Reply{}, fmt.Errorf("--lookup %s=%s: %w", node, reply, err)
	}
	return sim.Reply{Status: 200, Body: body}, nil
}

// readFlow reads and checks a flow; what is wrong with it is bad input.
func readFlow(file string) (*ivr.Flow, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, exit.BadInput(err)
	}
	f, err := ivr.Parse(src, ivr.Known{})
	if err != nil {
		return nil, exit.BadInput(fmt.Errorf("%s: %s", file, strings.TrimSpace(err.Error())))
	}
	return f, nil
}
