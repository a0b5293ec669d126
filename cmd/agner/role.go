package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/agner-platform/agner/cmd/agner/speech"
	"github.com/agner-platform/agner/cmd/agner/voice"
	"github.com/agner-platform/agner/cmd/agner/voice/rules"

	"github.com/agner-platform/agner/cmd/agner/analytics"
	"github.com/agner-platform/agner/cmd/agner/exit"
	"github.com/agner-platform/agner/cmd/agner/node"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/httpapi"
	"github.com/agner-platform/agner/web"
	"github.com/agner-platform/agner/web/role"
)

// roleCmd runs one role in this process; `agner serve` starts them.
type roleCmd struct {
	Web       roleWebCmd     `cmd:"" help:"The public door: pages, login, set-up."`
	Switch    voice.Role     `cmd:"" help:"Telephones, menus, queues."`
	Analytics analytics.Role `cmd:"" help:"Lake, imports, reports, live overview."`
	Speech    speech.Role    `cmd:"" help:"Recordings to transcripts, silenced where numbers were said."`
}

// roleWebCmd is the public door.
type roleWebCmd struct{}

// Run serves until ctx ends. The steps are in the order in which each needs the
// one before.
func (roleWebCmd) Run(ctx context.Context, c *node.Root) error {
	inst, err := c.Instance(nil)
	if err != nil {
		return err
	}
	store, err := db.Open(ctx, inst.Paths.Dir)
	if err != nil {
		return err
	}
	defer store.Close()
	key, err := inst.SigningKey()
	if err != nil {
		return err
	}
	files, index, err := web.Pages()
	if err != nil {
		return err
	}
	// A role that does not run here is none that the instance waits for.
	belongs := map[string]bool{"analytics": true, "switch": inst.Cfg.SIP.Address(inst.Cfg.Web.LAN) != "", speech.Node: speech.Ready(inst) == nil}
	sockets := map[string]string{}
	for name, here := range belongs {
		if !here {
			continue
		}
		if sockets[name], err = inst.Paths.RoleSocket(name); err != nil {
			return err
		}
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	h, err := role.NewHandler(role.Deps{
		Store: store, Key: key, Pages: files, Index: index, Logger: inst.Log, Registry: registry,
		Sockets:        sockets,
		TrustedProxies: inst.Cfg.Web.Proxies(), AlwaysTLS: strings.HasPrefix(inst.Cfg.Web.PublicURL, "https:"),
		LoginsPerMinute: inst.Cfg.Limits.LoginsPerMinute,
		Telephony:       rules.New(inst, store),
	})
	if err != nil {
		return err
	}
	defer h.Close()
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", inst.Cfg.Web.Address())
	if err != nil {
		return exit.Unavailable(fmt.Errorf("web.listen = %q: %w; choose another with --listen", inst.Cfg.Web.Address(), err))
	}
	if err := os.WriteFile(inst.AddressFile(), []byte(ln.Addr().String()), 0o600); err != nil {
		return errors.Join(err, ln.Close())
	}
	defer os.Remove(inst.AddressFile())
	return httpapi.Serve(ctx, ln, h, inst.Log)
}
