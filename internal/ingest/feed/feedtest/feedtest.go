// Package feedtest helps to test importers: a directory with readable ids, and a
// one-line form of events for golden files.
package feedtest

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/agner-platform/agner/internal/event"
)

// Directory answers with readable ids: "q:sales", "a:Ann", "p:5551234", "c:7".
type Directory struct {
	// Err, if set, is returned by every look-up.
	Err error
	// Asked counts the look-ups.
	Asked int
}

func (d *Directory) id(prefix, name string) (string, error) {
	d.Asked++
	return prefix + name, d.Err
}

// Queue returns "q:" and the name.
func (d *Directory) Queue(name string) (string, error) { return d.id("q:", name) }

// Agent returns "a:" and the name.
func (d *Directory) Agent(name string) (string, error) { return d.id("a:", name) }

// Party returns "p:" and the number.
func (d *Directory) Party(number string) (string, error) { return d.id("p:", number) }

// Code returns "c:" and the name.
func (d *Directory) Code(name string) (string, error) { return d.id("c:", name) }

// Line shows an event in one line, ids of contacts cut to four characters.
func Line(e *event.Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", time.UnixMicro(e.At).UTC().Format("2006-01-02T15:04:05.999999Z"), e.Kind)
	for _, f := range []struct{ name, value string }{
		{"i", cut(e.Interaction)}, {"v", cut(e.Visit)}, {"o", cut(e.Offer)}, {"queue", e.Queue}, {"agent", e.Agent},
		{"party", e.Party}, {"cause", e.Cause}, {"precision", string(e.Precision)},
	} {
		if f.value != "" {
			fmt.Fprintf(&b, " %s=%s", f.name, f.value)
		}
	}
	text, err := e.MarshalJSON()
	if err != nil {
		return b.String() + " " + err.Error()
	}
	if _, payload, ok := strings.Cut(string(text), `"payload":`); ok {
		b.WriteString(" " + strings.TrimSuffix(payload, "}"))
	}
	return b.String()
}

func cut(id string) string { return id[:min(len(id), 4)] }

// Itoa writes a number in decimal.
func Itoa(n int64) string { return strconv.FormatInt(n, 10) }
