package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Folders and files that `agner speech install` makes.
const (
	DirBase      = "moonshine-base"
	DirTiny      = "moonshine-tiny"
	DirLib       = "lib"
	FileVAD      = "silero_vad.onnx"
	LibRuntime   = "libonnxruntime.so"
	LibSherpa    = "libsherpa-onnx-c-api.so"
	LibVosk      = "libvosk.so"
	fileTokens   = "tokens.txt"
	noneSelected = "none"
)

// shape is a kind of model folder: the files that betray it, each with the names
// under which it is found in the wild.
type shape struct {
	name  string
	files [][]string
	latin bool // writes Latin script only
	set   func(m *cModel, paths []string, language string)
}

// shapes are tried in order; the first whose files are all there is taken.
var shapes = []shape{
	{
		"moonshine",
		[][]string{{"encoder_model.onnx", "encoder_model.ort"}, {"decoder_model_merged.onnx", "decoder_model_merged.ort"}}, true,
		func(m *cModel, p []string, _ string) {
			m.moonshine.encoder, m.moonshine.merged = text(p[0]), text(p[1])
		},
	},
	{
		"moonshine (four parts)",
		[][]string{{"preprocess.onnx"}, {"encode.int8.onnx", "encode.onnx"}, {"uncached_decode.int8.onnx", "uncached_decode.onnx"}, {"cached_decode.int8.onnx", "cached_decode.onnx"}}, true,
		func(m *cModel, p []string, _ string) {
			m.moonshine = cMoonshine{preprocessor: text(p[0]), encoder: text(p[1]), uncached: text(p[2]), cached: text(p[3])}
		},
	},
	{
		"transducer",
		[][]string{{"encoder.int8.onnx", "encoder.onnx"}, {"decoder.int8.onnx", "decoder.onnx"}, {"joiner.int8.onnx", "joiner.onnx"}}, false,
		func(m *cModel, p []string, _ string) { m.transducer = cTransducer{text(p[0]), text(p[1]), text(p[2])} },
	},
	{
		"whisper",
		[][]string{{"encoder.int8.onnx", "encoder.onnx"}, {"decoder.int8.onnx", "decoder.onnx"}}, false,
		func(m *cModel, p []string, language string) {
			m.whisper = cWhisper{encoder: text(p[0]), decoder: text(p[1]), language: text(language), task: text("transcribe"), tailPaddings: -1}
		},
	},
	{
		"sense voice",
		[][]string{{"model.int8.onnx", "model.onnx"}}, false,
		func(m *cModel, p []string, language string) {
			m.senseVoice = cSenseVoice{model: text(p[0]), language: text(language), useITN: 1}
		},
	},
}

// recognise finds out what kind of model a folder holds and fills the
// configuration for it.
func recognise(dir string, cfg Config) (*cRecogniser, shape, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, shape{}, fmt.Errorf("%w: model folder %s: %w", ErrMissing, dir, err)
	}
	tokens, err := need(dir, fileTokens)
	if err != nil {
		return nil, shape{}, err
	}
	for _, s := range shapes {
		paths := s.find(dir)
		if paths == nil {
			continue
		}
		c := &cRecogniser{features: cFeatures{Rate, 80}, method: text("greedy_search")}
		c.model.tokens, c.model.threads, c.model.provider = text(tokens), int32(cfg.Threads), text("cpu")
		s.set(&c.model, paths, cfg.Language)
		return c, s, nil
	}
	return nil, shape{}, fmt.Errorf("%w: %s holds no model of a known kind (Moonshine, transducer, Whisper, SenseVoice)", ErrMissing, dir)
}

// find returns the shape's files in dir, or nil unless all are there. Names may
// carry a prefix, as in tiny.en-encoder.onnx.
func (s shape) find(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	paths := make([]string, 0, len(s.files))
	for _, names := range s.files {
		i := slices.IndexFunc(names, func(name string) bool { return pick(entries, name) != "" })
		if i < 0 {
			return nil
		}
		paths = append(paths, filepath.Join(dir, pick(entries, names[i])))
	}
	return paths
}

// pick returns the entry that is called name, or ends in -name.
func pick(entries []os.DirEntry, name string) string {
	for _, e := range entries {
		if e.Name() == name {
			return name
		}
	}
	for _, e := range entries {
		if match, err := filepath.Match("*-"+name, e.Name()); err == nil && match {
			return e.Name()
		}
	}
	return ""
}
