// Package local lets a program of the same machine use an API of ours without a
// port: over a Unix socket ([Socket]), or in its own process by calling the
// handler ([Transport]). Commands have thereby one way to do a thing, whether the
// platform runs or not.
//
// # Guarantees
//
//   - Answers stream: the handler runs while the caller reads, and ends when the
//     caller closes the body.
//   - Nothing is kept alive between requests, so that shutdown waits for nobody.
package local

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
)

// Socket returns a client whose every request goes to the Unix socket at path;
// only the path of its URLs counts.
func Socket(path string) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		},
		DisableKeepAlives: true,
	}}
}

// Transport answers requests by calling a handler: HTTP without a network.
type Transport struct{ Handler http.Handler }

// RoundTrip serves the request in a goroutine of its own, so that long answers
// stream and the reader may stop early.
func (t Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	r, w := io.Pipe()
	rw := &pipeWriter{header: http.Header{}, body: w, ready: make(chan struct{})}
	go func() {
		t.Handler.ServeHTTP(rw, req)
		rw.WriteHeader(http.StatusOK) // for handlers that wrote nothing
		w.Close()
	}()
	select {
	case <-rw.ready:
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", rw.status, http.StatusText(rw.status)), StatusCode: rw.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: rw.header, Body: r, ContentLength: -1, Request: req,
	}, nil
}

// pipeWriter is the handler's side of a Transport.
type pipeWriter struct {
	header http.Header
	status int
	body   *io.PipeWriter
	ready  chan struct{} // closed when status and header are final
}

// Header returns the header map.
func (w *pipeWriter) Header() http.Header { return w.header }

// WriteHeader sends status and headers; only the first call counts.
func (w *pipeWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		close(w.ready)
	}
}

// Write sends part of the body.
func (w *pipeWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}
