package setup

import (
	"context"
	"fmt"
	"net/http"

	"github.com/agner-platform/agner/internal/db/phone"
	"github.com/agner-platform/agner/internal/httpapi"
)

// queueNames are what menus may lead to: names and ids of the queues for calls.
func (a *API) queueNames(ctx context.Context) ([]string, error) {
	queues, err := a.store.Queues().List(ctx)
	if err != nil {
		return nil, err
	}
	out := []string{}
	for _, q := range queues {
		if q.Channel == "voice" {
			out = append(out, q.Name, q.ID)
		}
	}
	return out, nil
}

// report checks a text against what there is today.
func (a *API) report(ctx context.Context, text string) (FlowReport, error) {
	t, err := a.rules()
	if err != nil {
		return FlowReport{}, err
	}
	queues, err := a.queueNames(ctx)
	if err != nil {
		return FlowReport{}, err
	}
	return t.CheckFlow(text, queues), nil
}

// nameOf is the name that a text gives itself, or "".
func (a *API) nameOf(text string) string {
	if a.switching == nil {
		return ""
	}
	return a.switching.CheckFlow(text, nil).Name
}

// usableFlow refuses a text that the switch would leave out; params.problems says where and why.
func (a *API) usableFlow(ctx context.Context, f *phone.Flow) error {
	found, err := a.report(ctx, f.Text)
	if err != nil {
		return err
	}
	if len(found.Problems) > 0 {
		return errFlow.New(fmt.Sprintf("%d problems; the first: %s", len(found.Problems), problemText(found.Problems[0])), "problems", found.Problems, "field", "text")
	}
	if found.Name != f.Name {
		return httpapi.InvalidField.Field("text", found.Name, "the name of a menu stays: numbers lead to it; make another menu instead of renaming "+f.Name)
	}
	return nil
}

func problemText(p FlowProblem) string {
	where := ""
	if p.Line > 0 {
		where = fmt.Sprintf("line %d: ", p.Line)
	}
	if p.Node != "" {
		where += fmt.Sprintf("node %q: ", p.Node)
	}
	return where + fmt.Sprintf("%s = %q: %s", p.Field, p.Value, p.Why)
}

func (a *API) checkFlow(w http.ResponseWriter, r *http.Request) error {
	var in FlowText
	if err := httpapi.ReadJSON(r, &in); err != nil {
		return err
	}
	found, err := a.report(r.Context(), in.Text)
	if err != nil {
		return err
	}
	return httpapi.WriteJSON(w, http.StatusOK, found)
}

func (a *API) testFlow(w http.ResponseWriter, r *http.Request) error {
	t, err := a.rules()
	if err != nil {
		return err
	}
	var in FlowTrial
	if err := httpapi.ReadJSON(r, &in); err != nil {
		return err
	}
	if err := a.usableText(r.Context(), in.Text); err != nil {
		return err
	}
	queues, err := a.queueNames(r.Context())
	if err != nil {
		return err
	}
	run, err := t.TryFlow(in, queues)
	if err != nil {
		return httpapi.InvalidField.Field("dial", in.Dial, err.Error())
	}
	return httpapi.WriteJSON(w, http.StatusOK, run)
}

// usableText is usableFlow for a text that is nobody's yet.
func (a *API) usableText(ctx context.Context, text string) error {
	return a.usableFlow(ctx, &phone.Flow{Name: a.nameOf(text), Text: text})
}
