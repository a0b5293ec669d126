package engine

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"unsafe"
)

// voskAPI is the part of Vosk's C interface that is used.
type voskAPI struct {
	logLevel   func(int32)
	newModel   func(string) uintptr
	freeModel  func(uintptr)
	newRec     func(model uintptr, rate float32) uintptr
	freeRec    func(uintptr)
	setWords   func(rec uintptr, on int32)
	accept     func(rec uintptr, pcm *int16, n int32) int32
	result     func(rec uintptr) unsafe.Pointer
	partial    func(rec uintptr) unsafe.Pointer
	final      func(rec uintptr) unsafe.Pointer
	newGrammar func(model uintptr, rate float32, grammar string) uintptr // nil in versions without it
}

type voskEngine struct {
	api   *voskAPI
	model uintptr
}

func openVosk(cfg Config) (Engine, error) {
	path, err := need(cfg.Models, DirLib, LibVosk)
	if err != nil {
		return nil, err
	}
	dir, err := voskModel(cfg)
	if err != nil {
		return nil, err
	}
	lib, err := load(path, false)
	if err != nil {
		return nil, err
	}
	a := &voskAPI{}
	list := []binding{
		{&a.logLevel, "vosk_set_log_level"}, {&a.newModel, "vosk_model_new"}, {&a.freeModel, "vosk_model_free"},
		{&a.newRec, "vosk_recognizer_new"}, {&a.freeRec, "vosk_recognizer_free"}, {&a.setWords, "vosk_recognizer_set_words"},
		{&a.accept, "vosk_recognizer_accept_waveform_s"}, {&a.result, "vosk_recognizer_result"},
		{&a.partial, "vosk_recognizer_partial_result"}, {&a.final, "vosk_recognizer_final_result"},
	}
	if lib.has("vosk_recognizer_new_grm") {
		list = append(list, binding{&a.newGrammar, "vosk_recognizer_new_grm"})
	}
	if err := lib.bind(list); err != nil {
		return nil, err
	}
	a.logLevel(-1)
	m := a.newModel(dir)
	if m == 0 {
		return nil, fmt.Errorf("%w: %s", ErrModel, dir)
	}
	return &voskEngine{a, m}, nil
}

// voskModel returns the model folder: the one given, or the only one below
// Models/vosk. Vosk ends the process on some broken folders, so what can be
// checked before is.
func voskModel(cfg Config) (string, error) {
	dir := cfg.Model
	if dir == "" {
		found, err := filepath.Glob(filepath.Join(cfg.Models, Vosk, "*"))
		if err != nil || len(found) != 1 {
			return "", fmt.Errorf("%w: %d model folders in %s, want one; or name one", ErrMissing, len(found), filepath.Join(cfg.Models, Vosk))
		}
		dir = found[0]
	}
	for _, files := range [][]string{{"am/final.mdl", "final.mdl"}, {"conf/mfcc.conf", "mfcc.conf"}} {
		if !anyFile(dir, files) {
			return "", fmt.Errorf("%w: %s is no Vosk model: it lacks %s", ErrMissing, dir, files[0])
		}
	}
	return dir, nil
}

func anyFile(dir string, names []string) bool {
	for _, n := range names {
		if info, err := os.Stat(filepath.Join(dir, n)); err == nil && info.Size() > 0 {
			return true
		}
	}
	return false
}

// Close implements Engine.
func (e *voskEngine) Close() { e.api.freeModel(e.model) }

// NewStream implements Engine.
func (e *voskEngine) NewStream(opt Options) (Stream, error) {
	rec := e.api.newRec(e.model, Rate)
	if rec == 0 {
		return nil, fmt.Errorf("%w: no recogniser", ErrModel)
	}
	e.api.setWords(rec, 1)
	return &voskStream{api: e.api, rec: rec, opt: opt}, nil
}

// NewDigits returns a stream that hears nothing but the given words, for menus and
// numbers. ErrLibrary means this version of Vosk has no grammars.
func (e *voskEngine) NewDigits(words []string) (Stream, error) {
	if e.api.newGrammar == nil {
		return nil, fmt.Errorf("%w: no grammars", ErrLibrary)
	}
	grammar, err := json.Marshal([]string{strings.Join(words, " "), "[unk]"})
	if err != nil {
		return nil, err
	}
	rec := e.api.newGrammar(e.model, Rate, string(grammar))
	if rec == 0 {
		return nil, fmt.Errorf("%w: grammar refused", ErrModel)
	}
	e.api.setWords(rec, 1)
	return &voskStream{api: e.api, rec: rec}, nil
}

type voskStream struct {
	api  *voskAPI
	rec  uintptr
	opt  Options
	said string // last partial
}

// voskResult is Vosk's JSON.
type voskResult struct {
	Text    string `json:"text"`
	Partial string `json:"partial"`
	Result  []struct {
		Conf  float64 `json:"conf"`
		Start float64 `json:"start"`
		End   float64 `json:"end"`
		Word  string  `json:"word"`
	} `json:"result"`
}

// Accept implements Stream.
func (s *voskStream) Accept(pcm []float32) ([]Result, error) {
	if s.rec == 0 {
		return nil, errClosed
	}
	var out []Result
	const step = Rate / 5 // an end point is noticed within 0.2 s
	for at := 0; at < len(pcm); at += step {
		x := make([]int16, min(step, len(pcm)-at))
		for i := range x {
			x[i] = int16(max(-1, min(1, pcm[at+i])) * 32767)
		}
		ended := s.api.accept(s.rec, &x[0], int32(len(x)))
		runtime.KeepAlive(x)
		r, err := s.after(ended)
		if err != nil {
			return out, err
		}
		out = append(out, r...)
	}
	return out, nil
}

// after asks for what an accept settled.
func (s *voskStream) after(ended int32) ([]Result, error) {
	switch {
	case ended < 0:
		return nil, fmt.Errorf("%w: Vosk failed while decoding", ErrModel)
	case ended > 0:
		return s.parse(s.api.result(s.rec))
	case !s.opt.Partials:
		return nil, nil
	}
	r, err := s.parse(s.api.partial(s.rec))
	if err != nil || len(r) == 0 || r[0].Text == s.said {
		return nil, err
	}
	s.said = r[0].Text
	return r, nil
}

// Finish implements Stream.
func (s *voskStream) Finish() ([]Result, error) {
	if s.rec == 0 {
		return nil, errClosed
	}
	return s.parse(s.api.final(s.rec))
}

// Close implements Stream.
func (s *voskStream) Close() {
	if s.rec != 0 {
		s.api.freeRec(s.rec)
		s.rec = 0
	}
}

func (s *voskStream) parse(p unsafe.Pointer) ([]Result, error) {
	if p == nil {
		return nil, nil
	}
	return voskResults(cBytes(p))
}

// voskResults reads Vosk's answer; an empty text is no result.
func voskResults(b []byte) ([]Result, error) {
	var v voskResult
	if err := json.Unmarshal(b, &v); err != nil {
		return nil, fmt.Errorf("result of the recogniser: %w", err)
	}
	if v.Partial != "" {
		return []Result{{Text: v.Partial, Confidence: confidence(1, 2), Timing: Recogniser}}, nil
	}
	if len(v.Result) == 0 {
		return nil, nil
	}
	r := Result{Final: true, Text: v.Text, Timing: Recogniser, Start: round3(v.Result[0].Start), End: round3(v.Result[len(v.Result)-1].End)}
	sum := 0.0
	for _, w := range v.Result {
		r.Words = append(r.Words, Word{w.Word, round3(w.Start), round3(w.End), round3(w.Conf)})
		sum += w.Conf
	}
	r.Confidence = round3(sum / float64(len(v.Result)))
	return []Result{r}, nil
}
