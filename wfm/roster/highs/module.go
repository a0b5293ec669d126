package highs

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

//go:embed wasm
var files embed.FS

// Hash is the pinned module's SHA-256.
const Hash = "528be4365bea1d4188988646b244263f50320df55782e14d6af5bce7cd45c840"

var (
	// ErrAbsent tells that this build has no module.
	ErrAbsent = errors.New("the HiGHS module is not there (wfm/roster/highs/fetch.sh gets it)")
	// ErrModule tells that the module is not the pinned one or does not run.
	ErrModule = errors.New("the HiGHS module is not usable")
	// ErrSolve tells that a programme could not be solved.
	ErrSolve = errors.New("the programme was not solved")
)

// Available tells whether there is a module to open.
func Available() bool {
	_, err := module()
	return err == nil
}

// module reads the module and checks its hash.
func module() ([]byte, error) {
	var data []byte
	var err error
	if path := os.Getenv("AGNER_HIGHS"); path != "" {
		data, err = os.ReadFile(path)
	} else {
		data, err = files.ReadFile("wasm/highs.wasm")
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrAbsent
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModule, err)
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != Hash {
		return nil, fmt.Errorf("%w: its hash is %x", ErrModule, sum)
	}
	return data, nil
}
