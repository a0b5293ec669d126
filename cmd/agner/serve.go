package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/agner-platform/agner/cmd/agner/exit"
	"github.com/agner-platform/agner/cmd/agner/node"
	"github.com/agner-platform/agner/cmd/agner/speech"

	"github.com/agner-platform/agner/internal/config"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/importer"
	"github.com/agner-platform/agner/internal/supervise"
	"github.com/agner-platform/agner/web/role"
)

// serveCmd runs the platform.
type serveCmd struct {
	Listen string `placeholder:"HOST:PORT" help:"Where the pages are served (default 127.0.0.1:8480)."`
	SIP    string `name:"sip" placeholder:"HOST:PORT" help:"Where telephones register (default 127.0.0.1:5060); off for no telephony."`
	LAN    bool   `name:"lan" help:"Listen on every address of this machine and show them. Use only in a network you trust, or behind a proxy with TLS."`
	Zone   string `help:"Time zone of new sites, e.g. Europe/Tallinn."`
	Sample bool   `help:"Load the sample centre when the store is empty."`
	Demo   bool   `help:"Let virtual customers and agents telephone, marked as such, so that the live pages move."`
}

// flags are the configuration keys that were given.
func (s *serveCmd) flags() map[string]string {
	f := map[string]string{}
	if s.Listen != "" {
		f["web.listen"] = s.Listen
	}
	switch s.SIP {
	case "":
	case "off":
		f["sip.listen"] = ""
	default:
		f["sip.listen"] = s.SIP
	}
	if s.LAN {
		f["web.lan"] = "true"
	}
	if s.Zone != "" {
		f["zone"] = s.Zone
	}
	return f
}

// Run owns the data directory, migrates it, and keeps the roles running until
// ctx ends.
func (s *serveCmd) Run(ctx context.Context, c *node.Root) error {
	inst, err := c.Instance(s.flags())
	if err != nil {
		return err
	}
	lock, err := config.Acquire(inst.Paths)
	if err != nil {
		return exit.Unavailable(err)
	}
	defer lock.Release() //nolint:errcheck // the process ends and the kernel releases it anyway
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if err := portFree(ctx, inst.Cfg.Web.Address()); err != nil {
		return err
	}
	if err := firstStart(ctx, inst); err != nil {
		return err
	}
	sup, err := supervise.New(supervise.Config{Children: children(inst, s.flags()), Log: inst.Log})
	if err != nil {
		return err
	}
	var demonstration sync.WaitGroup
	ready := func() {
		greet(inst, os.Stdout)
		if s.Sample {
			if err := offerSample(ctx, inst); err != nil && ctx.Err() == nil {
				inst.Log.Error("the sample centre was not loaded", "error", err)
			}
		}
		if s.Demo {
			demonstration.Go(func() { demonstrate(ctx, inst) })
		}
	}
	err = sup.Run(ctx, ready)
	stop() // whatever ended the roles ends the demonstration
	demonstration.Wait()
	fmt.Println("stopped")
	if errors.Is(err, supervise.ErrGaveUp) {
		err = fmt.Errorf("%w, see above; `agner --data %s doctor` says what is damaged, `doctor --repair` makes a journal writable again", err, inst.Paths.Dir)
	}
	return err
}

// portFree says at once that somebody else listens there; the web role would find
// out again and again.
func portFree(ctx context.Context, address string) error {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return exit.Unavailable(fmt.Errorf("web.listen = %q: %w; choose another with --listen", address, err))
	}
	return ln.Close()
}

// children are the roles in the order they start. What was given on the command
// line reaches them by the environment.
func children(i *node.Instance, flags map[string]string) []supervise.Child {
	var env []string
	for k, v := range flags {
		env = append(env, config.EnvName(k)+"="+v)
	}
	run := func(name string, ready func(context.Context) error) supervise.Child {
		return supervise.Child{Name: name, Args: []string{"--data", i.Paths.Dir, "role", name}, Env: env, Ready: ready}
	}
	roles := []supervise.Child{run("analytics", i.AnalyticsReady), run("web", i.WebReady)}
	if telephony(i) {
		phones := run("switch", i.SwitchReady)
		phones.Survivor = true
		roles = append(roles, phones)
	}
	if err := speech.Ready(i); err != nil {
		fmt.Fprintf(os.Stderr, "agner: recordings are not transcribed: %v; `agner --data %s speech install` fetches recognisers\n", err, i.Paths.Dir)
	} else {
		roles = append(roles, run(speech.Node, i.SpeechReady))
	}
	return roles
}

// telephony tells whether the switch is to run, and says why not. A port that somebody
// else has must not keep the pages from running.
func telephony(i *node.Instance) bool {
	address := i.Cfg.SIP.Address(i.Cfg.Web.LAN)
	if address == "" {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if i.SwitchReady(ctx) == nil { // one of an earlier start, to be adopted
		return true
	}
	conn, err := (&net.ListenConfig{}).ListenPacket(ctx, "udp", address)
	if err == nil {
		err = conn.Close()
	}
	if err == nil {
		err = portFree(ctx, address)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "agner: telephony is off: sip.listen = %q: %v; choose another address with --sip, or --sip off\n", address, err)
	}
	return err == nil
}

// firstStart migrates the set-up database and, on an empty one, makes the first
// administrator and prints the one-time password.
func firstStart(ctx context.Context, i *node.Instance) error {
	store, err := db.Open(ctx, i.Paths.Dir)
	if err != nil {
		return err
	}
	defer store.Close()
	login, password, made, err := role.FirstAdmin(ctx, store)
	if err != nil {
		return err
	}
	if made {
		fmt.Printf("\n  user      %s\n  password  %s   (works once; you choose a new one when you sign in)\n", login, password)
	}
	return store.Close()
}

// greet says where the pages are.
func greet(i *node.Instance, w io.Writer) {
	addr, err := i.WebAddress()
	if err != nil {
		fmt.Fprintln(w, "Agner runs, but the pages do not answer yet:", err)
		return
	}
	fmt.Fprintf(w, "\n  Agner %s runs: http://%s\n", version, node.Loopback(addr))
	if i.Cfg.Web.LAN {
		for _, a := range lanAddresses(addr) {
			fmt.Fprintf(w, "  also:          http://%s\n", a)
		}
	}
	if telephone := i.Cfg.SIP.Address(i.Cfg.Web.LAN); telephone != "" && i.SwitchReady(context.Background()) == nil {
		fmt.Fprintf(w, "  telephones     %s (agner phone add makes accounts)\n", telephone)
	}
	fmt.Fprintf(w, "  data in        %s\n  stop with      Ctrl-C\n\n", i.Paths.Dir)
}

// lanAddresses are the addresses of this machine at which others reach addr.
func lanAddresses(addr string) []string {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var out []string
	for _, a := range all {
		if ip, ok := a.(*net.IPNet); ok && !ip.IP.IsLoopback() && !ip.IP.IsLinkLocalUnicast() {
			out = append(out, net.JoinHostPort(ip.IP.String(), port))
		}
	}
	return out
}

// demonstrate keeps the process of virtual callers running until ctx ends.
func demonstrate(ctx context.Context, i *node.Instance) {
	child := supervise.Child{Name: "demo", Args: []string{"--data", i.Paths.Dir, "demo"}}
	sup, err := supervise.New(supervise.Config{Children: []supervise.Child{child}, Log: i.Log})
	if err == nil {
		err = sup.Run(ctx, nil)
	}
	if err != nil && ctx.Err() == nil {
		i.Log.Error("the live demo has ended", "error", err)
	}
}

// offerSample loads the sample centre into an empty store.
func offerSample(ctx context.Context, i *node.Instance) error {
	a := i.OverSocket()
	var meta struct {
		HasData bool `json:"has_data"`
	}
	if err := a.Get(ctx, "/meta", nil, &meta); err != nil {
		return err
	}
	if meta.HasData {
		return nil
	}
	var job importer.Job
	if err := a.Post(ctx, "/sample", struct{}{}, &job); err != nil {
		return err
	}
	fmt.Println("  Loading the sample centre: fifteen months of synthetic calls, clearly marked as such.")
	job, err := a.Watch(ctx, job, os.Stdout)
	if err != nil {
		return err
	}
	if job.Error != "" {
		return errors.New(job.Error)
	}
	fmt.Println("  The sample centre is there.")
	return nil
}
