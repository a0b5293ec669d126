package node

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

	"github.com/agner-platform/agner/cmd/agner/exit"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/internal/httpapi/local"
)

// SigningKey is the instance's key for assertions between roles.
func (i *Instance) SigningKey() (ed25519.PrivateKey, error) {
	return httpapi.LoadOrCreateKey(filepath.Join(i.Paths.Secrets(), "assertion.key"))
}

// AddressFile says where the public door listens while it runs: with port 0 only
// the kernel knows.
func (i *Instance) AddressFile() string { return filepath.Join(i.Paths.Run(), "web.addr") }

// WebAddress returns where the public door listens.
func (i *Instance) WebAddress() (string, error) {
	text, err := os.ReadFile(i.AddressFile())
	if errors.Is(err, fs.ErrNotExist) {
		return "", exit.Unavailable(errors.New("the web role is not listening yet"))
	}
	return string(text), err
}

// WebReady asks the public door whether it answers.
func (i *Instance) WebReady(ctx context.Context) error {
	addr, err := i.WebAddress()
	if err != nil {
		return err
	}
	return Healthy(ctx, http.DefaultClient, "http://"+Loopback(addr)+"/healthz")
}

// SwitchReady asks the switch over its socket.
func (i *Instance) SwitchReady(ctx context.Context) error {
	socket, err := i.Paths.RoleSocket("switch")
	if err != nil {
		return err
	}
	return Healthy(ctx, local.Socket(socket), "http://agner/healthz")
}

// SpeechReady asks the speech role over its socket.
func (i *Instance) SpeechReady(ctx context.Context) error {
	socket, err := i.Paths.RoleSocket("speech")
	if err != nil {
		return err
	}
	return Healthy(ctx, local.Socket(socket), "http://agner/healthz")
}

// AnalyticsReady asks analytics over its administration socket.
func (i *Instance) AnalyticsReady(ctx context.Context) error {
	return Healthy(ctx, local.Socket(i.Paths.AdminSocket()), "http://agner/healthz")
}

// Healthy is nil when the URL answers 200.
func Healthy(ctx context.Context, client *http.Client, url string) error {
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

// Loopback replaces a wildcard address by one that can be dialled from here.
func Loopback(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return addr
}

// ListenUnix listens on a socket that only this user may open. A socket file that
// a crash left behind is removed: the owner of the data directory's lock is the
// only one who listens there.
func ListenUnix(ctx context.Context, path string) (net.Listener, error) {
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
