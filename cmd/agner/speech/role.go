package speech

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/agner-platform/agner/cmd/agner/exit"
	"github.com/agner-platform/agner/cmd/agner/node"
	"github.com/agner-platform/agner/cmd/agner/voice"
	"github.com/agner-platform/agner/internal/db/personal"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/httpapi/local"
	"github.com/agner-platform/agner/internal/journal"
	"github.com/agner-platform/agner/internal/supervise"
	"github.com/agner-platform/agner/speech/live"
	"github.com/agner-platform/agner/speech/pipeline"
	"github.com/agner-platform/agner/speech/transcripts"
)

// Node is the journal that the speech role publishes to.
const Node = "speech"

// ModelsDir is where the models of an instance are.
func ModelsDir(i *node.Instance) string {
	if dir := os.Getenv("AGNER_MODELS"); dir != "" {
		return dir
	}
	return i.Paths.Models()
}

// Ready says why the speech role cannot run, or nil.
func Ready(i *node.Instance) error {
	if i.Cfg.Speech.Workers == 0 {
		return errors.New("speech.workers = 0")
	}
	_, err := pipeline.Installed(ModelsDir(i), i.Cfg.Speech.Language)
	return err
}

// Role is the speech role: a coordinator with recogniser processes. It publishes facts
// and keeps no words: those go to their owner, analytics.
type Role struct{}

// Run hears recordings until ctx ends.
func (Role) Run(ctx context.Context, c *node.Root) error {
	inst, err := c.Instance(nil)
	if err != nil {
		return err
	}
	j, found, err := journal.Open(inst.Paths.Journals(), Node, journal.Options{})
	if errors.Is(err, journal.ErrCorrupt) || errors.Is(err, journal.ErrVersion) {
		return exit.With(supervise.ExitGiveUp, err)
	}
	if err != nil {
		return err
	}
	if found.Torn != nil {
		inst.Log.Warn("journal ended in a torn tail, which was cut; nothing acknowledged was in it", "node", Node, "bytes", found.Torn.Bytes)
	}
	r := &role{inst: inst, journal: j}
	return errors.Join(r.run(ctx), j.Close())
}

// role is the role with what it owns.
type role struct {
	inst    *node.Instance
	journal *journal.Journal
}

func (r *role) run(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.inst.Paths.Search(), 0o700); err != nil {
		return err
	}
	tape, err := r.inst.Paths.RoleSocket(voice.TapeSocket)
	if err != nil {
		return err
	}
	calm(r.inst.Log)
	pools := pipeline.NewPools(ctx, []string{self, "speech", "worker"}, ModelsDir(r.inst), r.inst.Cfg.Speech.Workers)
	defer pools.Close()
	rules, err := Rules(r.inst.Cfg.Speech.Alerts)
	if err != nil {
		return exit.With(supervise.ExitGiveUp, err)
	}
	ears := pipeline.NewPools(ctx, []string{self, "speech", "worker"}, ModelsDir(r.inst), r.inst.Cfg.Speech.Workers)
	defer ears.Close()
	room := live.New(live.Config{For: ears.For, Language: r.inst.Cfg.Speech.Language, Calls: r.inst.Cfg.Speech.Live, Rules: rules, Log: r.inst.Log})
	switchboard := &node.Client{HTTP: local.Socket(tape)}
	c, err := pipeline.New(pipeline.Config{
		State: filepath.Join(r.inst.Paths.Search(), "jobs.json"), Journals: r.inst.Paths.Journals(), Node: Node,
		Language: r.inst.Cfg.Speech.Language, Parallel: max(1, r.inst.Cfg.Speech.Workers/2), // a recording has two sides
		Tapes: tapes{switchboard}, Calls: transcripts.New(transcripts.Config{Journal: r.journal, Texts: texts{r.inst.OverSocket()}}),
		Recognisers: pools, Log: r.inst.Log,
	})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	served := make(chan error, 1)
	go func() {
		err := r.serve(ctx, c, pools, room)
		stop(err)
		served <- err
	}()
	if r.inst.Cfg.Speech.Live > 0 {
		go r.listen(ctx, switchboard, room)
	}
	err = c.Run(ctx)
	stop(err)
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, <-served)
}

// texts are the erasable words, which analytics keeps.
type texts struct{ client *node.Client }

// PutTurns implements transcripts.Texts.
func (x texts) PutTurns(ctx context.Context, interaction, party string, turns []personal.Turn) error {
	return x.client.Post(ctx, "/speech/texts", Texts{interaction, party, turns}, nil)
}

// Turns implements transcripts.Texts; the role has no use for them.
func (x texts) Turns(context.Context, string) ([]personal.Turn, error) { return nil, nil }

// Texts are the words of a call on their way to their owner.
type Texts struct {
	Interaction string          `json:"interaction"`
	Party       string          `json:"party"`
	Turns       []personal.Turn `json:"turns"`
}

// maxTexts is 20,000 turns of 20,000 bytes at worst; real calls are a hundredth of it.
const maxTexts = 64 << 20

// Mount adds what the speech role asks of analytics, on the administration socket only.
func Mount(rt *httpapi.Router, vault *personal.Vault) {
	policy := httpapi.Policy{Action: "speech.texts", Roles: []string{httpapi.RoleAdmin}, MaxBody: maxTexts}
	rt.HandleFunc(http.MethodPost, "/api/v1/speech/texts", policy, func(w http.ResponseWriter, r *http.Request) error {
		var in Texts
		if err := httpapi.ReadJSON(r, &in); err != nil {
			return err
		}
		if err := vault.PutTurns(r.Context(), in.Interaction, in.Party, in.Turns); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
}

// tapes are the recordings of the switch, over its socket for this purpose.
type tapes struct{ client *node.Client }

func (t tapes) path(id, what string) string { return "/tapes/" + url.PathEscape(id) + what }

// Tape implements pipeline.Tapes.
func (t tapes) Tape(ctx context.Context, id string) (pipeline.Tape, error) {
	var out pipeline.Tape
	err := t.client.Get(ctx, t.path(id, ""), nil, &out)
	return out, gone(err)
}

// gone tells apart what is not there from a switch that does not answer.
func gone(err error) error {
	if s, ok := errors.AsType[*node.StatusError](err); ok && s.Status == http.StatusNotFound {
		return fmt.Errorf("%w: %w", pipeline.ErrGone, err)
	}
	return err
}

// Open implements pipeline.Tapes.
func (t tapes) Open(ctx context.Context, id string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, node.Base+t.path(id, "/original"), nil)
	if err != nil {
		return nil, err
	}
	res, err := t.client.Send(req)
	if err != nil {
		return nil, gone(err)
	}
	return res.Body, nil
}

// Redact implements pipeline.Tapes.
func (t tapes) Redact(ctx context.Context, id string, spans []event.Span) error {
	if spans == nil {
		spans = []event.Span{}
	}
	body, err := json.Marshal(map[string]any{"spans": spans})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, node.Base+t.path(id, "/redact"), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", httpapi.MediaJSON)
	return gone(t.client.Do(req, nil))
}

// jobView is a job as pages see it.
type jobView struct {
	ID          string    `json:"id"`
	Interaction string    `json:"interaction"`
	Queue       string    `json:"queue,omitempty"`
	Seconds     float64   `json:"seconds"`
	Since       time.Time `json:"since"`
	State       string    `json:"state"` // waiting, running, retry
	First       bool      `json:"first,omitempty"`
	Progress    float64   `json:"progress"`
	Tries       int       `json:"tries,omitempty"`
	Problem     string    `json:"problem,omitempty"`
}
