package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	headerWait   = 10 * time.Second // a connection that sends no header by then only holds a file descriptor
	idleWait     = 2 * time.Minute
	headerMax    = 256 << 10       // bytes; the longest assertion and its company
	streamGrace  = 2 * time.Second // ordinary requests end by themselves within this; streams never do
	shutdownWait = 8 * time.Second // below the 10 s after which supervisors kill
)

// Serve serves h on the listener until ctx ends, then lets requests finish, ends streams, and returns nil. Requests
// still running after shutdownWait are cut off.
func Serve(ctx context.Context, ln net.Listener, h http.Handler, log *slog.Logger) error {
	base, endStreams := context.WithCancel(context.WithoutCancel(ctx))
	defer endStreams()
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: headerWait, IdleTimeout: idleWait, MaxHeaderBytes: headerMax,
		BaseContext: func(net.Listener) context.Context { return base },
		ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }() // ends with Shutdown or Close below
	select {
	case err := <-failed:
		return fmt.Errorf("serve %s: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	timer := time.AfterFunc(streamGrace, endStreams)
	defer timer.Stop()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownWait)
	defer cancel()
	err := srv.Shutdown(end)
	if errors.Is(err, context.DeadlineExceeded) {
		log.Warn("requests were cut off at shutdown", "address", ln.Addr().String())
		err = srv.Close()
	}
	<-failed
	if err != nil {
		return fmt.Errorf("shut down %s: %w", ln.Addr(), err)
	}
	return nil
}
