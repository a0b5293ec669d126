package journal_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/agner-platform/agner/internal/event"
	"github.com/agner-platform/agner/internal/journal"
)

// A role writes its journal; the lake follows all of them from the vector that it
// committed with its last rows.
func Example() {
	root, err := os.MkdirTemp("", "journal")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(root)

	j, rec, err := journal.Open(root, "switch", journal.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer j.Close()
	fmt.Println("seqs so far:", rec.Last)

	ctx := context.Background()
	first, err := j.Append(ctx,
		event.New(1_000_000, &event.NodeStarted{Role: "switch"}),
		event.New(2_000_000, &event.NodeStopped{Role: "switch"}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("durable from seq", first)

	cursor, err := journal.ParseVector("switch:1")
	if err != nil {
		log.Fatal(err)
	}
	tail, err := journal.TailAll(root, cursor, journal.TailOptions{Local: []*journal.Journal{j}})
	if err != nil {
		log.Fatal(err)
	}
	defer tail.Close()
	batch := make([]event.Event, 100)
	n, err := tail.Read(ctx, batch)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n, batch[0].Kind, tail.Vector())
	// Output:
	// seqs so far: 0
	// durable from seq 1
	// 1 node.stopped switch:2
}
