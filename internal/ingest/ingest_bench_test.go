package ingest_test

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/ingest"
	"github.com/agner-platform/agner/internal/ingest/feed/feedtest"
)

// benchmark imports a file again and again and reports rows a minute.
func benchmark(b *testing.B, format, text string) {
	name := write(b, "file", text)
	rows, bytes := int64(0), int64(len(text))
	b.SetBytes(bytes)
	for b.Loop() {
		rep, err := ingest.Run(b.Context(), ingest.Options{
			Format: format, Files: []string{name}, Directory: &feedtest.Directory{},
			Sink: ingest.SinkFunc(func(context.Context, ingest.Batch) error { return nil }),
		})
		if err != nil || rep.Rejected > 0 {
			b.Fatal(err, rep.Files)
		}
		rows += rep.Rows
	}
	b.ReportMetric(float64(rows)*60/b.Elapsed().Seconds()/1e6, "Mrows/min")
}

func BenchmarkQueueLog(b *testing.B) { benchmark(b, "queue_log", log(50_000)) }

func BenchmarkCallcenter(b *testing.B) {
	text, err := os.ReadFile("callcenter/testdata/lines.json")
	if err != nil {
		b.Fatal(err)
	}
	good := strings.Split(string(text), "\n")[:17]
	benchmark(b, "callcenter", strings.Repeat(strings.Join(good, "\n")+"\n", 2000))
}

func BenchmarkNative(b *testing.B) {
	j := &journal{}
	j.mustRun(b, ingest.Options{Files: []string{write(b, "queue_log", log(10_000))}})
	var text strings.Builder
	for i := range j.events {
		if j.events[i].Kind == event.KindImportRaw {
			continue
		}
		line, err := json.Marshal(&j.events[i])
		if err != nil {
			b.Fatal(err)
		}
		text.Write(append(line, '\n'))
	}
	benchmark(b, "agner", text.String())
}
