// Package prompt makes what callers hear: recordings from a folder, texts spoken by
// espeak-ng or flite as a subprocess and kept by their hash, and music on hold.
//
// A machine without a speech engine still works: texts become two short tones, and
// [Library.Say] says what to install. Everything is mono at 8 kHz.
package prompt

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/agner-platform/agner/telephony/media"
	"github.com/agner-platform/agner/telephony/media/tone"
	"github.com/agner-platform/agner/telephony/media/wav"
)

// ErrNoEngine is returned with the two tones that stand for a text nobody can speak.
var ErrNoEngine = errors.New("no speech engine: install espeak-ng or flite")

// ErrName marks a name that is no plain file name.
var ErrName = errors.New("prompt name")

const (
	speakLimit = 20 * time.Second // a minute of speech takes a second to make
	maxText    = 4000             // characters of one prompt
	keep       = 500              // prompts held in memory
)

// Library is a folder of recordings with a cache of spoken texts in it.
type Library struct {
	dir    string
	engine string // path of the program, empty if there is none

	mu     sync.Mutex
	spoken map[string][]int16 // by hash, protected by mu
	music  []int16            // protected by mu
}

// Open uses a folder, which is made if needed: recordings are DIR/NAME.wav, music is
// DIR/music.wav where there is one, spoken texts go to DIR/spoken.
func Open(dir string) (*Library, error) {
	if err := os.MkdirAll(filepath.Join(dir, "spoken"), 0o700); err != nil {
		return nil, fmt.Errorf("prompts: %w", err)
	}
	l := &Library{dir: dir, spoken: map[string][]int16{}}
	for _, name := range []string{"espeak-ng", "flite"} {
		if path, err := exec.LookPath(name); err == nil {
			l.engine = path
			break
		}
	}
	return l, nil
}

// Engine names the program that speaks, or is empty.
func (l *Library) Engine() string { return l.engine }

// File reads a recording. Names are plain file names.
func (l *Library) File(name string) ([]int16, error) {
	if name == "" || name != filepath.Base(name) || strings.HasPrefix(name, ".") {
		return nil, fmt.Errorf("%w %q: must be a file name without a folder", ErrName, name)
	}
	f, err := os.Open(filepath.Join(l.dir, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return wav.Read(f)
}

// Say speaks a text; lang is a language tag such as en or zh-Hans. Without an engine
// the error is ErrNoEngine and the sound two tones.
func (l *Library) Say(ctx context.Context, lang, text string) ([]int16, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	if len(text) > maxText {
		return nil, fmt.Errorf("a text of %d bytes: must be at most %d", len(text), maxText)
	}
	if l.engine == "" {
		return tones(), ErrNoEngine
	}
	sum := sha256.Sum256([]byte(filepath.Base(l.engine) + "\x00" + lang + "\x00" + text))
	key := hex.EncodeToString(sum[:])
	l.mu.Lock()
	pcm, ok := l.spoken[key]
	l.mu.Unlock()
	if ok {
		return pcm, nil
	}
	pcm, err := l.kept(ctx, key, lang, text)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.spoken) >= keep {
		clear(l.spoken)
	}
	l.spoken[key] = pcm
	return pcm, nil
}

// kept reads a spoken text from the disk, or makes it and puts it there.
func (l *Library) kept(ctx context.Context, key, lang, text string) ([]int16, error) {
	path := filepath.Join(l.dir, "spoken", key+".wav")
	if f, err := os.Open(path); err == nil {
		defer f.Close()
		if pcm, err := wav.Read(f); err == nil {
			return pcm, nil
		}
	}
	pcm, err := l.speak(ctx, lang, text)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := wav.Write(&b, pcm, 1); err != nil {
		return nil, err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return pcm, nil //nolint:nilerr // a cache that cannot be written costs time, not the call
	}
	defer os.Remove(tmp.Name())
	_, werr := tmp.Write(b.Bytes())
	if err := errors.Join(werr, tmp.Close()); err == nil {
		_ = os.Rename(tmp.Name(), path) //nolint:errcheck // as above
	}
	return pcm, nil
}

// speak runs the engine; the text goes in by standard input, never by a shell.
func (l *Library) speak(ctx context.Context, lang, text string) ([]int16, error) {
	ctx, cancel := context.WithTimeout(ctx, speakLimit)
	defer cancel()
	out, err := os.CreateTemp("", "agner-prompt-*.wav")
	if err != nil {
		return nil, err
	}
	defer os.Remove(out.Name())
	if err := out.Close(); err != nil {
		return nil, err
	}
	args := []string{"-s", "150", "-v", voice(lang), "-w", out.Name(), "--stdin"}
	if filepath.Base(l.engine) == "flite" {
		args = []string{"-o", out.Name(), "/dev/stdin"}
	}
	cmd := exec.CommandContext(ctx, l.engine, args...)
	cmd.Stdin = strings.NewReader(text)
	if msg, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("speak with %s: %w: %s", filepath.Base(l.engine), err, bytes.TrimSpace(msg))
	}
	b, err := os.ReadFile(out.Name())
	if err != nil {
		return nil, err
	}
	return mono8k(b)
}

// voice maps a language tag to an espeak-ng voice.
func voice(lang string) string {
	switch base, _, _ := strings.Cut(strings.ToLower(lang), "-"); base {
	case "zh":
		return "cmn"
	case "":
		return "en"
	default:
		if slices.ContainsFunc([]rune(base), func(r rune) bool { return r < 'a' || r > 'z' }) {
			return "en"
		}
		return base
	}
}

// tones are two short beeps.
func tones() []int16 {
	var out []int16
	for _, hz := range []float64{660, 880} {
		s := tone.Sine{Hz: hz, Level: 6000}
		frame := make([]int16, 1200)
		s.Read(frame)
		out = append(append(out, frame...), make([]int16, 400)...)
	}
	return out
}

// Music is DIR/music.wav for ever, or a quiet melody of our own.
func (l *Library) Music() media.Source {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.music == nil {
		if pcm, err := l.File("music.wav"); err == nil && len(pcm) > 0 {
			l.music = pcm
		} else {
			l.music = melody()
		}
	}
	return &media.Samples16{Data: l.music, Loop: true}
}
