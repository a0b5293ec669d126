package setup

import (
	"errors"
	"strings"
	"testing"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/telephony/routing"
)

func sound() Config {
	return Config{
		Queues: []QueueConfig{{ID: "sales", OnFull: Action{Do: ToQueue, Target: "help"}}, {ID: "help"}},
		Agents: []AgentConfig{{ID: "ann", Queues: []Membership{{Queue: "sales"}, {Queue: "help", Tier: 2}}}},
	}
}

// TestValidate spoils a sound configuration in one place each; the error names it.
func TestValidate(t *testing.T) {
	if c := sound(); c.Validate() != nil {
		t.Fatal(c.Validate())
	}
	two := 2
	for want, spoil := range map[string]func(c *Config){
		`queues[].id = "": must not be empty`:          func(c *Config) { c.Queues[1].ID = "" },
		`queues[].id = "sales": must be unique`:        func(c *Config) { c.Queues[1].ID = "sales" },
		`queue sales strategy`:                         func(c *Config) { c.Queues[0].Strategy = "best" },
		`queue sales ring_us = "-1"`:                   func(c *Config) { c.Queues[0].RingUs = -1 },
		`queue sales max_wait_us`:                      func(c *Config) { c.Queues[0].MaxWaitUs = maxDuration + 1 },
		`queue sales weight`:                           func(c *Config) { c.Queues[0].Weight = routing.MaxPriority + 1 },
		`queue sales need = "2": stages must be`:       func(c *Config) { c.Queues[0].Need = routing.Stages{{AfterUs: 9}, {AfterUs: 1}} },
		`queue sales need = "sometimes"`:               func(c *Config) { c.Queues[0].Entry.Need = "sometimes" },
		`queue sales leave = "available"`:              func(c *Config) { c.Queues[0].Leave = NeedAvailable },
		`queue sales hours = "Mars/Base"`:              func(c *Config) { c.Queues[0].Hours = &Opening{Zone: "Mars/Base"} },
		`queue sales on_full = "nowhere"`:              func(c *Config) { c.Queues[0].OnFull.Target = "nowhere" },
		`queue sales on_full = "sales"`:                func(c *Config) { c.Queues[0].OnFull.Target = "sales" },
		`queue sales on_timeout = "number"`:            func(c *Config) { c.Queues[0].OnTimeout.Do = ToNumber },
		`queue sales keys.1 = "dance": is not known`:   func(c *Config) { c.Queues[0].Keys = map[string]Action{"1": {Do: "dance"}} },
		`agents[].id = "": must not be empty`:          func(c *Config) { c.Agents[0].ID = "" },
		`agent ann queues[].queue = "x"`:               func(c *Config) { c.Agents[0].Queues[0].Queue = "x" },
		`agent ann queues[].queue = "help": must be u`: func(c *Config) { c.Agents[0].Queues[0].Queue = "help" },
		`agent ann queues[].tier = "-1"`:               func(c *Config) { c.Agents[0].Queues[0].Tier = -1 },
		`agent ann max_missed = "-1"`:                  func(c *Config) { c.Agents[0].MaxMissed = -1 },
		`agent ann missed_state = "talking"`:           func(c *Config) { c.Agents[0].MissedState = event.Talking },
		`agent ann voice = "2"`:                        func(c *Config) { c.Agents[0].Voice = &two },
	} {
		c := sound()
		spoil(&c)
		if err := c.Validate(); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("Validate = %v, want %q", err, want)
		}
	}
}

// TestRow: equal rows have equal bytes, whatever the order of maps.
func TestRow(t *testing.T) {
	a := QueueConfig{ID: "q", Keys: map[string]Action{"1": {Do: ToCallback}, "2": {}, "3": {Do: ToVoicemail}}}
	b := QueueConfig{ID: "q", Keys: map[string]Action{"3": {Do: ToVoicemail}, "2": {}, "1": {Do: ToCallback}}}
	if string(Row(&a)) != string(Row(&b)) {
		t.Errorf("%s\n%s", Row(&a), Row(&b))
	}
}

func TestCheckAction(t *testing.T) {
	exists := func(id string) bool { return id == "help" }
	if err := CheckAction("sales", Action{Do: ToQueue, Target: "help"}, exists); err != nil {
		t.Error(err)
	}
	if err := CheckAction("sales", Action{Do: ToQueue, Target: "gone"}, exists); !errors.Is(err, ErrConfig) {
		t.Errorf("CheckAction = %v", err)
	}
}
