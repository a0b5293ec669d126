package engine

import (
	"fmt"
	"os"
	"path/filepath"
)

// Rate is the sample rate of every stream, in Hz.
const Rate = 16000

// Timing says where word times come from.
type Timing string

// Sources of word times.
const (
	Recogniser   Timing = "recogniser"   // the model said so
	Interpolated Timing = "interpolated" // spread over the voiced parts of the segment
)

// Word is one recognised word.
type Word struct {
	Text       string  `json:"word" cbor:"1,keyasint"`
	Start      float64 `json:"start" cbor:"2,keyasint"`
	End        float64 `json:"end" cbor:"3,keyasint"`
	Confidence float64 `json:"confidence" cbor:"4,keyasint"`
}

// Result is a partial or a final.
type Result struct {
	Final      bool     `json:"final" cbor:"1,keyasint"`
	Start      float64  `json:"start" cbor:"2,keyasint"`
	End        float64  `json:"end" cbor:"3,keyasint"`
	Text       string   `json:"text" cbor:"4,keyasint"`
	Words      []Word   `json:"words" cbor:"5,keyasint"`
	Confidence float64  `json:"confidence" cbor:"6,keyasint"`
	Timing     Timing   `json:"timing" cbor:"7,keyasint"`
	Guards     []string `json:"guards,omitempty" cbor:"8,keyasint"`
}

// Names of the engines.
const (
	Sherpa = "sherpa"
	Vosk   = "vosk"
)

// Config says what to load.
type Config struct {
	Engine   string // Sherpa or Vosk
	Models   string // folder that `agner speech install` filled
	Model    string // model folder; empty is the default of the engine below Models
	Second   string // smaller model for partials and a second opinion; empty is the default, "none" is none
	Language string // of multilingual models, such as en or zh; empty lets them guess
	Threads  int    // of the native code; 0 is 1, which is faster than 2 for these models
}

// Options shape one stream.
type Options struct {
	Live     bool // short segments and one decode each; else segments with context, decoded three ways
	Partials bool // report what a segment sounds like while it lasts
}

// Engine is a loaded recogniser.
type Engine interface {
	NewStream(Options) (Stream, error)
	Close()
}

// Stream recognises one party.
type Stream interface {
	// Accept takes 16 kHz mono samples in [-1, 1] and returns what became known.
	Accept(pcm []float32) ([]Result, error)
	// Finish returns what the end of the sound settles. The stream stays usable.
	Finish() ([]Result, error)
	Close()
}

// Open loads libraries and models.
func Open(cfg Config) (Engine, error) {
	if cfg.Threads == 0 {
		cfg.Threads = 1
	}
	switch cfg.Engine {
	case Sherpa, "":
		return openSherpa(cfg)
	case Vosk:
		return openVosk(cfg)
	default:
		return nil, fmt.Errorf("%w: %q, want %s or %s", ErrEngine, cfg.Engine, Sherpa, Vosk)
	}
}

// need returns the path of a file below dir and an error that names it if it is
// not there or empty.
func need(elem ...string) (string, error) {
	path := filepath.Join(elem...)
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("%w: %s (run `agner speech install`): %w", ErrMissing, path, err)
	}
	if info.Size() == 0 {
		return "", fmt.Errorf("%w: %s is empty (run `agner speech install`)", ErrMissing, path)
	}
	return path, nil
}

// round3 keeps times to the millisecond.
func round3(v float64) float64 {
	return float64(int64(v*1000+0.5)) / 1000
}
