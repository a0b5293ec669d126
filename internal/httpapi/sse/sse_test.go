package sse

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open starts a stream against a real server and gives a reader of its blocks.
func open(t *testing.T, srv *httptest.Server, lastID string) (*bufio.Scanner, func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "GET", srv.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	resp, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("content type %q", got)
	}
	sc := bufio.NewScanner(resp.Body)
	sc.Split(blocks)
	return sc, func() {
		cancel()
		_ = resp.Body.Close()
	}
}

// blocks splits at empty lines.
func blocks(data []byte, atEOF bool) (int, []byte, error) {
	if i := strings.Index(string(data), "\n\n"); i >= 0 {
		return i + 2, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

func next(t *testing.T, sc *bufio.Scanner) string {
	t.Helper()
	if !sc.Scan() {
		t.Fatalf("the stream ended: %v", sc.Err())
	}
	return sc.Text()
}

func event(i int) Event {
	return Event{ID: fmt.Sprintf("n:%d", i), Name: "snapshot", Data: fmt.Appendf(nil, `{"n":%d}`, i)}
}

func TestStreamBringsNewestThenNew(t *testing.T) {
	var hub Hub
	hub.Publish(event(1))
	hub.Publish(event(2))
	srv := httptest.NewServer(&hub)
	defer srv.Close()
	sc, end := open(t, srv, "")
	defer end()
	if got := next(t, sc); got != "retry: 2000" {
		t.Errorf("first block %q", got)
	}
	if got := next(t, sc); got != "id: n:2\nevent: snapshot\ndata: {\"n\":2}" {
		t.Errorf("newest %q", got)
	}
	hub.Publish(event(3))
	if got := next(t, sc); !strings.HasPrefix(got, "id: n:3\n") {
		t.Errorf("new %q", got)
	}
	if hub.Len() != 1 {
		t.Errorf("%d streams", hub.Len())
	}
	hub.Close()
	if sc.Scan() {
		t.Errorf("after close: %q", sc.Text())
	}
}

func TestLastEventIDBringsWhatWasMissed(t *testing.T) {
	var hub Hub
	for i := range hubReplay + 10 {
		hub.Publish(event(i))
	}
	ids := func(lastID string) []string {
		missed, ch, err := hub.subscribe(lastID)
		if err != nil {
			t.Fatal(err)
		}
		defer hub.unsubscribe(ch)
		out := []string{}
		for _, e := range missed {
			out = append(out, e.ID)
		}
		return out
	}
	if diff := cmp.Diff([]string{"n:72", "n:73"}, ids("n:71")); diff != "" {
		t.Errorf("after a known id: %s", diff)
	}
	if diff := cmp.Diff([]string{}, ids("n:73")); diff != "" {
		t.Errorf("after the newest: %s", diff)
	}
	if diff := cmp.Diff([]string{"n:73"}, ids("n:2")); diff != "" {
		t.Errorf("after one long gone: %s", diff)
	}
	if diff := cmp.Diff([]string{"n:73"}, ids("")); diff != "" {
		t.Errorf("without: %s", diff)
	}
}

func TestSlowReaderIsDroppedAndPublishingNeverWaits(t *testing.T) {
	dropped := 0
	hub := Hub{Dropped: func() { dropped++ }}
	_, slow, err := hub.subscribe("")
	if err != nil {
		t.Fatal(err)
	}
	_, quick, err := hub.subscribe("")
	if err != nil {
		t.Fatal(err)
	}
	for i := range hubQueue + 1 {
		hub.Publish(event(i))
		<-quick
	}
	if dropped != 1 || hub.Len() != 1 {
		t.Errorf("%d dropped, %d left", dropped, hub.Len())
	}
	n := 0
	for range slow { // closed, so that its stream ends after what it has
		n++
	}
	if n != hubQueue {
		t.Errorf("the slow reader kept %d events", n)
	}
	hub.unsubscribe(slow) // what the stream does when it ends; must not close again
	hub.unsubscribe(quick)
}

func TestClosedHubAnswersProblem(t *testing.T) {
	var hub Hub
	hub.Close()
	hub.Close()
	hub.Publish(event(1))
	w := httptest.NewRecorder()
	hub.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("status %d", w.Code)
	}
}

func TestFramingCannotBeBroken(t *testing.T) {
	w := httptest.NewRecorder()
	s, err := NewStream(w, httptest.NewRequest("GET", "/", nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(Event{ID: "1\nevent: evil", Name: "x\r\ndata: evil", Data: []byte("a\r\nb\n\nid: evil")}); err != nil {
		t.Fatal(err)
	}
	const want = "retry: 2000\n\nid: 1event: evil\nevent: xdata: evil\ndata: a\ndata: b\ndata: \ndata: id: evil\n\n"
	if diff := cmp.Diff(want, w.Body.String()); diff != "" {
		t.Error(diff)
	}
}

// brokenWriter fails every write, like a connection whose reader is gone.
type brokenWriter struct{ *httptest.ResponseRecorder }

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestStreamEndsWithItsReader(t *testing.T) {
	var hub Hub
	hub.ServeHTTP(brokenWriter{httptest.NewRecorder()}, httptest.NewRequest("GET", "/", nil))
	if hub.Len() != 0 {
		t.Error("a stream without reader stayed")
	}
}

func TestHeartbeatAndLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hub Hub
		w := httptest.NewRecorder()
		begun := time.Now()
		hub.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if took := time.Since(begun); took != streamLife {
			t.Errorf("the stream lived %s", took)
		}
		beats := strings.Count(w.Body.String(), ": beat\n\n")
		if want := int(streamLife / heartbeat); beats != want && beats != want-1 { // the last may meet the end
			t.Errorf("%d beats, want %d", beats, want)
		}
		if hub.Len() != 0 {
			t.Error("the stream stayed subscribed")
		}
	})
}

func TestReaderLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hub Hub
		ctx, leave := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			hub.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(ctx))
		}()
		synctest.Wait()
		if hub.Len() != 1 {
			t.Fatalf("%d streams", hub.Len())
		}
		leave()
		<-done
		if hub.Len() != 0 {
			t.Error("the stream stayed")
		}
	})
}

func TestLongLastEventIDIsIgnored(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Last-Event-ID", strings.Repeat("x", 1025))
	if got := lastEventID(r); got != "" {
		t.Errorf("kept %d bytes", len(got))
	}
}
