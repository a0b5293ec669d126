package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/httpapi/local"
	"github.com/agner-platform/agner/web"
	"github.com/agner-platform/agner/web/role"
)

// roleCmd runs one role in this process; `agner serve` starts them.
type roleCmd struct {
	Web       roleWebCmd       `cmd:"" help:"The public door: pages, login, set-up."`
	Analytics roleAnalyticsCmd `cmd:"" help:"Lake, imports, reports, live overview."`
}

// roleWebCmd is the public door.
type roleWebCmd struct{}

// Run serves until ctx ends. The steps are in the order in which each needs the
// one before.
func (roleWebCmd) Run(ctx context.Context, c *cli) error {
	inst, err := c.instance(nil)
	if err != nil {
		return err
	}
	store, err := db.Open(ctx, inst.paths.Dir)
	if err != nil {
		return err
	}
	defer store.Close()
	key, err := inst.signingKey()
	if err != nil {
		return err
	}
	files, index, err := web.Pages()
	if err != nil {
		return err
	}
	socket, err := inst.paths.RoleSocket("analytics")
	if err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	h, err := role.NewHandler(role.Deps{
		Store: store, Key: key, Pages: files, Index: index, Logger: inst.log, Registry: registry,
		Sockets:        map[string]string{"analytics": socket},
		TrustedProxies: inst.cfg.Web.Proxies(), AlwaysTLS: strings.HasPrefix(inst.cfg.Web.PublicURL, "https:"),
		LoginsPerMinute: inst.cfg.Limits.LoginsPerMinute,
	})
	if err != nil {
		return err
	}
	defer h.Close()
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", inst.cfg.Web.Address())
	if err != nil {
		return unavailable(fmt.Errorf("web.listen = %q: %w; choose another with --listen", inst.cfg.Web.Address(), err))
	}
	if err := os.WriteFile(inst.addressFile(), []byte(ln.Addr().String()), 0o600); err != nil {
		return errors.Join(err, ln.Close())
	}
	defer os.Remove(inst.addressFile())
	return httpapi.Serve(ctx, ln, h, inst.log)
}

// signingKey is the instance's key for assertions between roles.
func (i *instance) signingKey() (ed25519.PrivateKey, error) {
	return httpapi.LoadOrCreateKey(filepath.Join(i.paths.Secrets(), "assertion.key"))
}

// addressFile says where the public door listens while it runs: with port 0 only
// the kernel knows.
func (i *instance) addressFile() string { return filepath.Join(i.paths.Run(), "web.addr") }

// webAddress returns where the public door listens.
func (i *instance) webAddress() (string, error) {
	text, err := os.ReadFile(i.addressFile())
	if errors.Is(err, fs.ErrNotExist) {
		return "", unavailable(errors.New("the web role is not listening yet"))
	}
	return string(text), err
}

// webReady asks the public door whether it answers.
func (i *instance) webReady(ctx context.Context) error {
	addr, err := i.webAddress()
	if err != nil {
		return err
	}
	return healthy(ctx, http.DefaultClient, "http://"+loopback(addr)+"/healthz")
}

// analyticsReady asks analytics over its administration socket.
func (i *instance) analyticsReady(ctx context.Context) error {
	return healthy(ctx, local.Socket(i.paths.AdminSocket()), "http://agner/healthz")
}

// healthy is nil when the URL answers 200.
func healthy(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, res.Status)
	}
	return nil
}

// loopback replaces a wildcard address by one that can be dialled from here.
func loopback(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return addr
}

// listenUnix listens on a socket that only this user may open. A socket file that
// a crash left behind is removed: the owner of the data directory's lock is the
// only one who listens there.
func listenUnix(ctx context.Context, path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove old socket: %w", err)
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("protect socket: %w", err), ln.Close())
	}
	return ln, nil
}
