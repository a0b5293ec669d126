package speech

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/agner-platform/agner/cmd/agner/exit"
	"github.com/agner-platform/agner/cmd/agner/node"
	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/speech/audio"
	"github.com/agner-platform/agner/speech/batch"
	"github.com/agner-platform/agner/speech/silence"
	"github.com/agner-platform/agner/speech/transcripts"
	"github.com/agner-platform/agner/speech/worker"
	"github.com/agner-platform/agner/telephony/recording"
	"github.com/agner-platform/agner/telephony/recording/seal"
)

// speechIngestCmd takes recordings from elsewhere in: words, masked, and sound,
// silenced where numbers were said.
type speechIngestCmd struct {
	recogniser
	Files   []string  `arg:"" name:"file" help:"Recordings; with two channels the first is the agent unless --parties says otherwise."`
	Call    string    `help:"Interaction that the recording belongs to; without it one is made of the file's name. Only with one file."`
	Queue   string    `help:"Id of the queue."`
	Agent   string    `help:"Id of the agent."`
	Site    string    `help:"Id of the site."`
	Party   string    `help:"Pseudonym of the customer (p_…), so that erasing finds the call."`
	At      time.Time `format:"2006-01-02T15:04:05Z07:00" help:"When the call began; without it the file's time."`
	Parties []string  `help:"Names of the channels; without it agent,customer."`
	JSON    bool      `name:"json" help:"Print a JSON object a file."`
}

// unnamed are the characters of a file's name that an id, which stands in addresses, leaves out.
var unnamed = regexp.MustCompile(`[^0-9A-Za-z_-]+`)

// ingested is what came of a file.
type ingested struct {
	File        string  `json:"file"`
	Interaction string  `json:"interaction,omitempty"`
	Recording   string  `json:"recording,omitempty"`
	Turns       int     `json:"turns"`
	Duration    float64 `json:"duration_s"`
	Silenced    float64 `json:"silenced_s"`
	Error       string  `json:"error,omitempty"`
}

// Run takes file after file; one that cannot be read does not stop the others.
func (c *speechIngestCmd) Run(ctx context.Context, root *node.Root) error {
	if c.Call != "" && len(c.Files) > 1 {
		return exit.BadInput(fmt.Errorf("--call = %q: names one call, but there are %d files", c.Call, len(c.Files)))
	}
	inst, err := root.Instance(nil)
	if err != nil {
		return err
	}
	shelf, err := recording.Browse(recording.Config{Dir: inst.Paths.Recordings(), Identity: inst.Paths.RecordingIdentity(), Node: "speech"})
	if err != nil {
		return err
	}
	pool, err := c.pool(ctx, root)
	if err != nil {
		return err
	}
	defer pool.Close()
	client, err := inst.Connect(ctx)
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	var bad []error
	for _, file := range c.Files {
		res, err := c.one(ctx, pool, shelf, client, file)
		if ctx.Err() != nil {
			return errors.Join(ctx.Err(), client.Close())
		}
		if err != nil {
			res.Error = err.Error()
			bad = append(bad, err)
		}
		switch {
		case c.JSON:
			bad = append(bad, out.Encode(res))
		case err == nil:
			fmt.Printf("%s: call %s, %d turns, %.1f s silenced\n", file, res.Interaction, res.Turns, res.Silenced)
		}
	}
	return errors.Join(exit.BadInput(errors.Join(bad...)), client.Close())
}

// one recognises, masks, seals and hands over a file.
func (c *speechIngestCmd) one(ctx context.Context, pool *worker.Pool, shelf *recording.Shelf, client *node.Client, file string) (ingested, error) {
	res := ingested{File: filepath.Clean(file)}
	t, err := batch.Transcribe(ctx, pool, file, c.Parties)
	if err != nil {
		return res, err
	}
	began, err := c.began(file)
	if err != nil {
		return res, err
	}
	id := c.Call
	if id == "" {
		id = "rec_" + unnamed.ReplaceAllString(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), "-") + "_" + began.UTC().Format("20060102T150405")
	}
	masked, spans := silence.Of(t.Turns, t.Duration)
	customer, agent, err := sides(file, t.Channels, c.Parties, spans)
	if err != nil {
		return res, err
	}
	meta, err := shelf.Add(ctx, recording.Head{Interaction: id, Site: c.Site, Queue: c.Queue, Agent: c.Agent, Party: c.Party}, began, customer, agent)
	if err != nil {
		return res, err
	}
	call := transcripts.Call{
		Interaction: id, Recording: meta.ID, StartedAt: began, Site: c.Site, Queue: c.Queue, Agent: c.Agent, Party: c.Party,
		Language: c.language(), Engine: c.Engine, Turns: transcripts.Masked(t.Turns, masked),
	}
	res.Interaction, res.Recording, res.Turns, res.Duration = id, meta.ID, len(call.Turns), t.Duration
	for _, s := range spans {
		res.Silenced += float64(s.ToUs-s.FromUs) / 1e6
	}
	if err := client.Post(ctx, "/transcripts", call, nil); err != nil { // sound nobody can find must not stay
		return res, errors.Join(err, shelf.Erase(meta.ID, "failed"))
	}
	return res, nil
}

// language is what the transcript is in: the default models are English.
func (c *speechIngestCmd) language() string {
	if c.Language != "" {
		return c.Language
	}
	return "en"
}

func (c *speechIngestCmd) began(file string) (time.Time, error) {
	if !c.At.IsZero() {
		return c.At, nil
	}
	info, err := os.Stat(file)
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

// sides reads a file as the customer's and the agent's sound at 8 kHz, silent in the
// spans; a mixed channel is both.
func sides(file string, channels int, names []string, spans []event.Span) (customer, agent []int16, err error) {
	s, f, err := audio.OpenFile(file)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	pcm, err := s.ReadAll(seal.Rate)
	if err != nil {
		return nil, nil, err
	}
	parties, err := batch.Parties(channels, names)
	if err != nil {
		return nil, nil, err
	}
	customer, agent = make([]int16, len(pcm[0])), make([]int16, len(pcm[0]))
	for ch, x := range pcm {
		for i, v := range x {
			n := int16(max(-1, min(1, v)) * 32767)
			if parties[ch] != "agent" {
				customer[i] = n
			}
			if parties[ch] != "customer" {
				agent[i] = n
			}
		}
	}
	for _, sp := range spans {
		from, to := int(sp.FromUs*seal.Rate/1e6), int((sp.ToUs*seal.Rate+999_999)/1e6)
		for i := max(0, from); i < min(to, len(agent)); i++ {
			customer[i], agent[i] = 0, 0
		}
	}
	return customer, agent, nil
}
