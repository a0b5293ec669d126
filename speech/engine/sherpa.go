package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"unsafe"
)

// abi is the version of sherpa-onnx whose structs we mirror.
const abi = "1.13."

// vadWindow is the number of samples the Silero detector looks at.
const vadWindow = 512

// sherpaAPI is the part of sherpa-onnx's C interface that is used.
type sherpaAPI struct {
	version    func() string
	newRec     func(*cRecogniser) uintptr
	freeRec    func(uintptr)
	newStream  func(uintptr) uintptr
	freeStream func(uintptr)
	accept     func(stream uintptr, rate int32, pcm *float32, n int32)
	decode     func(rec, stream uintptr)
	result     func(stream uintptr) unsafe.Pointer
	freeResult func(unsafe.Pointer)
	newVAD     func(*cVAD, float32) uintptr
	freeVAD    func(uintptr)
	vadAccept  func(vad uintptr, pcm *float32, n int32)
	vadSpeech  func(vad uintptr) int32
	vadClear   func(vad uintptr)
	vadReset   func(vad uintptr)
}

func bindSherpa(dir string) (*sherpaAPI, error) {
	ort, err := need(dir, LibRuntime)
	if err != nil {
		return nil, err
	}
	path, err := need(dir, LibSherpa)
	if err != nil {
		return nil, err
	}
	if _, err := load(ort, true); err != nil {
		return nil, err
	}
	lib, err := load(path, false)
	if err != nil {
		return nil, err
	}
	a := &sherpaAPI{}
	err = lib.bind([]binding{
		{&a.version, "SherpaOnnxGetVersionStr"},
		{&a.newRec, "SherpaOnnxCreateOfflineRecognizer"}, {&a.freeRec, "SherpaOnnxDestroyOfflineRecognizer"},
		{&a.newStream, "SherpaOnnxCreateOfflineStream"}, {&a.freeStream, "SherpaOnnxDestroyOfflineStream"},
		{&a.accept, "SherpaOnnxAcceptWaveformOffline"}, {&a.decode, "SherpaOnnxDecodeOfflineStream"},
		{&a.result, "SherpaOnnxGetOfflineStreamResultAsJson"}, {&a.freeResult, "SherpaOnnxDestroyOfflineStreamResultJson"},
		{&a.newVAD, "SherpaOnnxCreateVoiceActivityDetector"}, {&a.freeVAD, "SherpaOnnxDestroyVoiceActivityDetector"},
		{&a.vadAccept, "SherpaOnnxVoiceActivityDetectorAcceptWaveform"}, {&a.vadSpeech, "SherpaOnnxVoiceActivityDetectorDetected"},
		{&a.vadClear, "SherpaOnnxVoiceActivityDetectorClear"}, {&a.vadReset, "SherpaOnnxVoiceActivityDetectorReset"},
	})
	if err != nil {
		return nil, err
	}
	if v := a.version(); !strings.HasPrefix(v, abi) {
		return nil, fmt.Errorf("%w: %s is version %s, want %sx (run `agner speech install`)", ErrLibrary, path, v, abi)
	}
	return a, nil
}

// sherpaEngine decodes pieces with an offline model: simulated streaming.
type sherpaEngine struct {
	api    *sherpaAPI
	vad    string // model file
	final  *decoder
	second *decoder // smaller: partials and a second opinion; may be nil
}

// decoder is one loaded model.
type decoder struct {
	api   *sherpaAPI
	rec   uintptr
	latin bool
}

func openSherpa(cfg Config) (Engine, error) {
	api, err := bindSherpa(filepath.Join(cfg.Models, DirLib))
	if err != nil {
		return nil, err
	}
	vad, err := need(cfg.Models, FileVAD)
	if err != nil {
		return nil, err
	}
	e := &sherpaEngine{api: api, vad: vad}
	if cfg.Model == "" {
		cfg.Model = filepath.Join(cfg.Models, DirBase)
		if cfg.Second == "" {
			cfg.Second = filepath.Join(cfg.Models, DirTiny)
		}
	}
	if e.final, err = openDecoder(api, cfg.Model, cfg); err != nil {
		return nil, err
	}
	if cfg.Second != "" && cfg.Second != noneSelected {
		if e.second, err = openDecoder(api, cfg.Second, cfg); err != nil {
			e.Close()
			return nil, err
		}
	}
	return e, nil
}

func openDecoder(api *sherpaAPI, dir string, cfg Config) (*decoder, error) {
	c, shape, err := recognise(dir, cfg)
	if err != nil {
		return nil, err
	}
	rec := api.newRec(c)
	runtime.KeepAlive(c)
	if rec == 0 {
		return nil, fmt.Errorf("%w: %s (%s)", ErrModel, dir, shape.name)
	}
	return &decoder{api, rec, shape.latin || cfg.Language == "en"}, nil
}

// Close frees the models.
func (e *sherpaEngine) Close() {
	for _, d := range []*decoder{e.final, e.second} {
		if d != nil {
			d.api.freeRec(d.rec)
		}
	}
}

// NewStream implements Engine.
func (e *sherpaEngine) NewStream(opt Options) (Stream, error) {
	c := &cVAD{rate: Rate, threads: 1, provider: text("cpu")}
	c.silero = cSilero{model: text(e.vad), threshold: vadThreshold, minSilence: 0.1, minSpeech: 0.06, window: vadWindow, maxSpeech: 30}
	v := e.api.newVAD(c, 60)
	runtime.KeepAlive(c)
	if v == 0 {
		return nil, fmt.Errorf("%w: %s (voice activity)", ErrModel, e.vad)
	}
	s := &sherpaStream{engine: e, opt: opt, vad: v}
	s.seg.cutting = batchCut
	if opt.Live {
		s.seg.cutting = liveCut
	}
	return s, nil
}

// decoded is what sherpa-onnx says about a piece.
type decoded struct {
	Text   string   `json:"text"`
	Tokens []string `json:"tokens"`
}

// run decodes one piece.
func (d *decoder) run(pcm []float32) (words, guards []string, err error) {
	if len(pcm) == 0 {
		return nil, nil, nil
	}
	st := d.api.newStream(d.rec)
	if st == 0 {
		return nil, nil, fmt.Errorf("%w: no stream", ErrModel)
	}
	defer d.api.freeStream(st)
	d.api.accept(st, Rate, &pcm[0], int32(len(pcm)))
	runtime.KeepAlive(pcm)
	d.api.decode(d.rec, st)
	p := d.api.result(st)
	if p == nil {
		return nil, nil, fmt.Errorf("%w: no result", ErrModel)
	}
	defer d.api.freeResult(p)
	var out decoded
	if err := json.Unmarshal(cBytes(p), &out); err != nil {
		return nil, nil, fmt.Errorf("result of the recogniser: %w", err)
	}
	words, guards = guard(out.Text, out.Tokens, float64(len(pcm))/Rate, d.latin)
	return words, guards, nil
}

// maxText bounds how far a C text is followed.
const maxText = 1 << 20

// cBytes copies a NUL-terminated text.
func cBytes(p unsafe.Pointer) []byte {
	n := 0
	for n < maxText && *(*byte)(unsafe.Add(p, n)) != 0 {
		n++
	}
	return append([]byte(nil), unsafe.Slice((*byte)(p), n)...)
}

// errClosed is the use of a stream after Close.
var errClosed = errors.New("speech stream is closed")
