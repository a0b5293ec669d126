package voice

import (
	"strings"
	"testing"

	"github.com/agner-platform/agner/internal/db/phone"
)

func TestQueueOptions(t *testing.T) {
	r := phone.Routing{QueueID: "q", Options: phone.RoutingOptions{Callback: phone.CallbackOptions{RetryS: 60}}}
	c := QueueSet{
		Option: []string{"language=et", "code_required=true", "age_s=60", "callback.attempts=5", `message_mail=["boss@example.com"]`, `need=[{"after_s":0,"skills":"fr"}]`},
		Action: []string{"key_2=callback", "full=queue:Sales", "timeout="},
	}
	if err := c.change(&r); err != nil {
		t.Fatal(err)
	}
	o := r.Options
	if o.Language != "et" || !o.CodeRequired || o.AgeS != 60 || o.Callback.Attempts != 5 || o.Callback.RetryS != 60 || len(o.MessageMail) != 1 || o.Need[0].Skills != "fr" {
		t.Errorf("options %+v", o)
	}
	if r.Actions["key_2"].Do != "callback" || r.Actions["full"] != (phone.RoutingAction{Do: "queue", Target: "Sales"}) || r.Actions["timeout"].Do != "" {
		t.Errorf("actions %+v", r.Actions)
	}
	if err := r.Check(); err != nil {
		t.Error(err)
	}
	for _, bad := range []QueueSet{
		{Option: []string{"language"}}, {Option: []string{"=x"}}, {Option: []string{"colour=red"}}, {Option: []string{"age_s=long"}},
		{Option: []string{"callback.colour=1"}}, {Action: []string{"key_2"}},
	} {
		err := bad.change(&phone.Routing{})
		if given := strings.Join(append(bad.Option, bad.Action...), ""); err == nil || !strings.Contains(err.Error(), given) {
			t.Errorf("%s: %v", given, err)
		}
	}
}
