package sipua

import (
	"os"
	"testing"

	"github.com/emiago/sipgo/sip"
)

func header(name, value string) sip.Header { return sip.NewHeader(name, value) }

func tortureBytes(t testing.TB, file string) []byte {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
