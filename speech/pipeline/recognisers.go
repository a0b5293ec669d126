package pipeline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/agner-platform/agner/speech/batch"
	"github.com/agner-platform/agner/speech/engine"
	"github.com/agner-platform/agner/speech/worker"
)

// Pools are recogniser processes by language: the installed English model, and for any
// other language whatever model stands in the folder of that name below Models.
type Pools struct {
	Command []string // of a worker process
	Models  string
	Workers int // processes a language
	ctx     context.Context

	mu    sync.Mutex // protects pools
	pools map[string]*worker.Pool
}

// NewPools makes them; processes start when a language is first asked for and live
// as long as the context.
func NewPools(ctx context.Context, command []string, models string, workers int) *Pools {
	return &Pools{Command: command, Models: models, Workers: workers, ctx: ctx, pools: map[string]*worker.Pool{}}
}

// Close ends all processes.
func (p *Pools) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, x := range p.pools {
		x.Close()
	}
	clear(p.pools)
}

// Deaths is how many processes have died.
func (p *Pools) Deaths() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, x := range p.pools {
		n += x.Deaths()
	}
	return n
}

// Model is what recognises a language.
type Model struct {
	Engine string
	Dir    string // empty: the installed one
}

// Installed finds the model of a language below a folder, or ErrNoModel.
func Installed(models, language string) (Model, error) {
	base, _, _ := strings.Cut(language, "-")
	for _, name := range []string{language, base} {
		dir := filepath.Join(models, "lang", name)
		if info, err := os.Stat(dir); name == "" || err != nil || !info.IsDir() {
			continue
		}
		for _, inside := range []string{"am", "conf", "mfcc.conf", "model.conf"} { // what Vosk models hold and others do not
			if _, err := os.Stat(filepath.Join(dir, inside)); err == nil {
				return Model{engine.Vosk, dir}, nil
			}
		}
		return Model{engine.Sherpa, dir}, nil
	}
	if base == "en" {
		if _, err := os.Stat(filepath.Join(models, engine.FileVAD)); err == nil {
			return Model{Engine: engine.Sherpa}, nil
		}
	}
	return Model{}, fmt.Errorf("%w: %q", ErrNoModel, language)
}

// For implements Recognisers.
func (p *Pools) For(language string) (batch.Opener, string, error) {
	m, err := Installed(p.Models, language)
	if err != nil {
		return nil, "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	x, ok := p.pools[language]
	if !ok {
		base, _, _ := strings.Cut(language, "-")
		x, err = worker.NewPool(p.ctx, worker.Config{
			Command: p.Command, Workers: p.Workers, Engine: engine.Config{Engine: m.Engine, Models: p.Models, Model: m.Dir, Language: base},
		})
		if err != nil {
			return nil, "", fmt.Errorf("recogniser of %q: %w", language, err)
		}
		p.pools[language] = x
	}
	return x, m.Engine, nil
}
