package install

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// errTokens is a vocabulary that does not look like one.
var errTokens = errors.New("vocabulary is not readable")

// minTokens is a floor under the vocabulary's size; LLaMA's has 32,000.
const minTokens = 1000

// tokens makes sherpa-onnx's tokens.txt (base64 text, blank, number) of the
// vocabulary inside llama-tokenizer.js: a base64 text of one token a line, where ▁
// is a blank and <0x0A> a byte.
func tokens(js []byte) ([]byte, error) {
	_, rest, ok := bytes.Cut(js, []byte(`llama_vocab_base64 = "`))
	if !ok {
		return nil, fmt.Errorf("%w: no llama_vocab_base64", errTokens)
	}
	text, _, ok := bytes.Cut(rest, []byte(`"`))
	if !ok {
		return nil, fmt.Errorf("%w: llama_vocab_base64 has no end", errTokens)
	}
	list, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errTokens, err)
	}
	lines := strings.Split(string(list), "\n")
	if len(lines) < minTokens {
		return nil, fmt.Errorf("%w: %d tokens, want at least %d", errTokens, len(lines), minTokens)
	}
	var out bytes.Buffer
	for i, l := range lines {
		fmt.Fprintf(&out, "%s %d\n", base64.StdEncoding.EncodeToString(token(l)), i)
	}
	return out.Bytes(), nil
}

func token(s string) []byte {
	if code, ok := strings.CutPrefix(s, "<0x"); ok && len(s) == 6 {
		if b, err := hex.DecodeString(strings.TrimSuffix(code, ">")); err == nil {
			return b
		}
	}
	return []byte(strings.ReplaceAll(s, "▁", " "))
}
