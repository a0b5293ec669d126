// Package sse sends Server-Sent Events: a Stream to one reader, a Hub to many.
//
// # Guarantees
//
//   - Publishing never waits for a reader. One that falls hubQueue events behind, or takes no bytes for streamWrite, is
//     ended and comes back by itself with Last-Event-ID; it then gets what it missed, or the newest event.
//   - A quiet stream carries a comment every heartbeat; a stream ends after streamLife, so that a session that was
//     ended loses its streams.
//   - Ids are opaque text; neither ids nor names can break the framing.
package sse

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/agner-platform/agner/internal/httpapi"
)

// ErrClosed says that a hub no longer takes or gives events.
var ErrClosed = errors.New("hub is closed")

const (
	heartbeat   = 15 * time.Second // below the idle time-out of the usual proxies (30-60 s)
	streamWrite = 10 * time.Second // a reader that takes no bytes for so long is gone
	// streamLife ends a stream, which the browser then opens again: a revoked session loses its streams within it.
	streamLife = 10 * time.Minute
	hubQueue   = 16 // events a reader may fall behind
	hubReplay  = 64 // events kept for readers that come back with Last-Event-ID
)

// Event is one Server-Sent Event. The id is opaque to the reader, who sends the last one back when reconnecting.
type Event struct {
	ID   string
	Name string
	Data []byte // without carriage returns; every line becomes a data line
}

// Hub fans events out to streams. Publishing never waits: a stream that is hubQueue events behind is ended, and its
// reader comes back with Last-Event-ID. The zero value is ready.
type Hub struct {
	// Dropped, if set, is called for every stream that is ended because its reader fell behind. It must not block.
	Dropped func()

	mu     sync.Mutex // protects all below
	subs   map[chan Event]struct{}
	recent []Event
	closed bool
}

// Publish gives e to every stream.
func (h *Hub) Publish(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	if len(h.recent) == hubReplay {
		h.recent = append(h.recent[:0], h.recent[1:]...)
	}
	h.recent = append(h.recent, e)
	for ch := range h.subs {
		select {
		case ch <- e:
		default:
			delete(h.subs, ch)
			close(ch)
			if h.Dropped != nil {
				h.Dropped()
			}
		}
	}
}

// Len gives the number of open streams; a publisher may rest while there is none.
func (h *Hub) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.subs)
}

// Close ends every stream.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for ch := range h.subs {
		delete(h.subs, ch)
		close(ch)
	}
}

// subscribe gives the events after lastID (only the newest when lastID is unknown) and the channel of those to come.
func (h *Hub) subscribe(lastID string) ([]Event, chan Event, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, nil, ErrClosed
	}
	if h.subs == nil {
		h.subs = map[chan Event]struct{}{}
	}
	ch := make(chan Event, hubQueue)
	h.subs[ch] = struct{}{}
	from := max(len(h.recent)-1, 0)
	for i, e := range h.recent {
		if lastID != "" && e.ID == lastID {
			from = i + 1
		}
	}
	return append([]Event(nil), h.recent[from:]...), ch, nil
}

func (h *Hub) unsubscribe(ch chan Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.subs, ch) // the channel is not closed here: Publish may have closed it already
}

// ServeHTTP streams the events until the reader leaves, falls behind or its time is up. Give its route the policy
// Timeout: httpapi.Unlimited.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	missed, ch, err := h.subscribe(lastEventID(r))
	if err != nil {
		w.Header().Set("Retry-After", "1")
		httpapi.WriteError(w, r, httpapi.RoleDown.New("shutting down", "role", "stream").Because(err))
		return
	}
	defer h.unsubscribe(ch)
	s, err := NewStream(w, r)
	if err != nil {
		return // the reader left before the first byte
	}
	for _, e := range missed {
		if s.Send(e) != nil {
			return
		}
	}
	s.pump(ch)
}

// lastEventID bounds what a reader may hand back; our own ids are far shorter.
func lastEventID(r *http.Request) string {
	id := r.Header.Get("Last-Event-ID")
	if len(id) > 1024 {
		return ""
	}
	return id
}

// Stream writes Server-Sent Events to one reader. It is for one goroutine.
type Stream struct {
	w   http.ResponseWriter
	rc  *http.ResponseController
	ctx context.Context
	buf bytes.Buffer
}

// NewStream sends the headers of an event stream.
func NewStream(w http.ResponseWriter, r *http.Request) (*Stream, error) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	s := &Stream{w: w, rc: http.NewResponseController(w), ctx: r.Context()}
	w.WriteHeader(http.StatusOK)
	s.buf.WriteString("retry: 2000\n\n")
	return s, s.flush()
}

var oneLine = strings.NewReplacer("\r", "", "\n", "", "\x00", "")

// Send writes one event and flushes it.
func (s *Stream) Send(e Event) error {
	if e.ID != "" {
		s.buf.WriteString("id: " + oneLine.Replace(e.ID) + "\n")
	}
	if e.Name != "" {
		s.buf.WriteString("event: " + oneLine.Replace(e.Name) + "\n")
	}
	for line := range bytes.SplitSeq(e.Data, []byte("\n")) {
		s.buf.WriteString("data: ")
		s.buf.Write(bytes.ReplaceAll(line, []byte("\r"), nil))
		s.buf.WriteByte('\n')
	}
	s.buf.WriteByte('\n')
	return s.flush()
}

// Beat writes a comment, which keeps proxies from closing a quiet stream and finds readers that are gone.
func (s *Stream) Beat() error {
	s.buf.WriteString(": beat\n\n")
	return s.flush()
}

func (s *Stream) flush() error {
	_ = s.rc.SetWriteDeadline(time.Now().Add(streamWrite)) // not every writer has a connection below it
	_, err := s.w.Write(s.buf.Bytes())
	s.buf.Reset()
	if err != nil {
		return err
	}
	return s.rc.Flush()
}

// pump sends what ch brings until it closes, the reader leaves, or the stream's life is over.
func (s *Stream) pump(ch <-chan Event) {
	beat, end := time.NewTicker(heartbeat), time.NewTimer(streamLife)
	defer beat.Stop()
	defer end.Stop()
	for {
		var err error
		select {
		case <-s.ctx.Done():
			return
		case <-end.C:
			return
		case <-beat.C:
			err = s.Beat()
		case e, ok := <-ch:
			if !ok {
				return
			}
			err = s.Send(e)
		}
		if err != nil {
			return
		}
	}
}
