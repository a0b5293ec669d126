package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/agner-platform/agner/cmd/agner/exit"
	"github.com/agner-platform/agner/cmd/agner/node"

	"github.com/agner-platform/agner/internal/backup"
	"github.com/agner-platform/agner/internal/config"
	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/internal/db/personal"
	"github.com/agner-platform/agner/internal/doctor"
	"github.com/agner-platform/agner/internal/journal"
)

// doctorCmd examines the data directory.
type doctorCmd struct {
	JSON   bool `name:"json" help:"Print JSON."`
	Repair bool `help:"Make damaged journals writable again: the damaged segment stays as it is and a new one begins behind it."`
}

// Run prints what it found; the exit code is 1 when something is bad. It reads
// the files directly, whether the platform runs or not, and changes nothing.
func (d *doctorCmd) Run(ctx context.Context, c *node.Root) error {
	inst, err := c.Existing()
	if err != nil {
		return err
	}
	if d.Repair {
		if err := repair(inst); err != nil {
			return err
		}
	}
	fmt.Fprintln(os.Stderr, "examining", inst.Paths.Dir, "directly")
	rep, err := doctor.Run(ctx, doctor.Options{
		Journals: inst.Paths.Journals(), Dir: inst.Paths.Dir, Database: filepath.Join(inst.Paths.DB(), db.FileName),
	})
	if err != nil {
		return err
	}
	if d.JSON {
		err = json.NewEncoder(os.Stdout).Encode(rep)
	} else {
		err = rep.WriteText(os.Stdout)
	}
	if err == nil && rep.Bad() {
		err = errors.New("the data directory needs attention")
	}
	return err
}

// repair makes every journal that cannot be opened writable again.
func repair(i *node.Instance) error {
	lock, err := config.Acquire(i.Paths)
	if err != nil {
		return exit.Unavailable(err)
	}
	defer lock.Release() //nolint:errcheck // the process ends and the kernel releases it anyway
	nodes, err := journal.Nodes(i.Paths.Journals())
	if err != nil {
		return err
	}
	for _, node := range nodes {
		next, err := journal.Repair(i.Paths.Journals(), node)
		switch {
		case err != nil:
			return fmt.Errorf("repair journal %s: %w", node, err)
		case next == 0:
			fmt.Fprintf(os.Stderr, "journal %s needs no repair\n", node)
		default:
			fmt.Fprintf(os.Stderr, "journal %s goes on with event %d; what is damaged stays as it is and is reported below\n", node, next)
		}
	}
	return nil
}

// backupCmd writes an archive of the data directory.
type backupCmd struct {
	File string `arg:"" help:"Archive to write (.tar.gz); - writes to standard output."`
	JSON bool   `name:"json" help:"Print the manifest as JSON."`
}

// Run writes the archive. It works beside the running platform.
func (b *backupCmd) Run(ctx context.Context, c *node.Root) error {
	inst, err := c.Existing()
	if err != nil {
		return err
	}
	out := os.Stdout
	if b.File != "-" {
		if out, err = os.OpenFile(b.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err != nil {
			return exit.BadInput(err)
		}
	}
	m, err := backup.Write(ctx, inst.Paths, c.Version, out)
	if b.File != "-" {
		if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
			return errors.Join(err, os.Remove(b.File))
		}
	}
	if err != nil {
		return err
	}
	return printManifest(m, b.JSON, b.File == "-", "wrote")
}

// restoreCmd makes a data directory from an archive.
type restoreCmd struct {
	File string `arg:"" help:"Archive to read; - reads standard input."`
	JSON bool   `name:"json" help:"Print the manifest as JSON."`
}

// Run restores into an empty data directory.
func (r *restoreCmd) Run(ctx context.Context, c *node.Root) error {
	paths, err := config.PathsOf(c.Data)
	if err != nil {
		return exit.BadInput(err)
	}
	in := io.ReadCloser(os.Stdin)
	if r.File != "-" {
		if in, err = os.Open(r.File); err != nil {
			return exit.BadInput(err)
		}
	}
	defer in.Close()
	m, err := backup.Restore(ctx, in, paths.Dir)
	if errors.Is(err, backup.ErrNotEmpty) || errors.Is(err, backup.ErrDamaged) {
		return exit.BadInput(err)
	}
	if err != nil {
		return err
	}
	return printManifest(m, r.JSON, false, "restored")
}

func printManifest(m backup.Manifest, asJSON, stdoutTaken bool, verb string) error {
	if asJSON && !stdoutTaken {
		return json.NewEncoder(os.Stdout).Encode(m)
	}
	_, err := fmt.Fprintf(os.Stderr, "%s %d files, %d bytes; the lake is rebuilt from them when it is next opened\n", verb, len(m.Files), m.Bytes)
	return err
}

// eraseCmd removes a customer's personal data.
type eraseCmd struct {
	Customer string `required:"" help:"Number or party of the customer."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Run erases, and refuses under legal hold.
func (e *eraseCmd) Run(ctx context.Context, c *node.Root) error {
	inst, err := c.Existing()
	if err != nil {
		return err
	}
	a, err := inst.Connect(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "erasing", a.How)
	var gone personal.Erasure
	err = a.Post(ctx, "/admin/erase", map[string]string{"customer": e.Customer}, &gone)
	if err := errors.Join(err, a.Close()); err != nil {
		return err
	}
	if e.JSON {
		return json.NewEncoder(os.Stdout).Encode(gone)
	}
	fmt.Printf("erased %s: %d numbers, %d notes, %d transcript turns; backups written before still hold them\n",
		gone.Party, gone.Numbers, gone.Notes, gone.Transcripts)
	return nil
}

// holdCmd manages legal holds.
type holdCmd struct {
	Place   holdPlaceCmd   `cmd:"" help:"Forbid erasing a customer."`
	Release holdReleaseCmd `cmd:"" help:"End a hold."`
	List    holdListCmd    `cmd:"" help:"Show the holds in force."`
}

// withVault runs f on the erasable tables, which may be opened beside the
// running platform.
func withVault(ctx context.Context, c *node.Root, f func(context.Context, *personal.Vault) error) error {
	inst, err := c.Existing()
	if err != nil {
		return err
	}
	store, err := db.Open(ctx, inst.Paths.Dir)
	if err != nil {
		return err
	}
	defer store.Close()
	v, err := personal.Open(ctx, store)
	if err != nil {
		return err
	}
	return f(db.As(ctx, db.Actor{Name: "command line"}), v)
}

// holdPlaceCmd places a hold.
type holdPlaceCmd struct {
	Customer string `required:"" help:"Number or party of the customer."`
	Reason   string `required:"" help:"Why; kept for good, so without personal data."`
}

// Run places it and prints its id.
func (h *holdPlaceCmd) Run(ctx context.Context, c *node.Root) error {
	return withVault(ctx, c, func(ctx context.Context, v *personal.Vault) error {
		hold, err := v.PlaceHold(ctx, h.Customer, h.Reason)
		if err == nil {
			fmt.Println(hold.ID)
		}
		return err
	})
}

// holdReleaseCmd ends a hold.
type holdReleaseCmd struct {
	ID string `arg:"" help:"Id of the hold, as place printed it."`
}

// Run ends it.
func (h *holdReleaseCmd) Run(ctx context.Context, c *node.Root) error {
	return withVault(ctx, c, func(ctx context.Context, v *personal.Vault) error { return v.ReleaseHold(ctx, h.ID) })
}

// holdListCmd lists holds.
type holdListCmd struct{}

// Run prints them as JSON lines: they are few and for scripts as well.
func (h *holdListCmd) Run(ctx context.Context, c *node.Root) error {
	return withVault(ctx, c, func(ctx context.Context, v *personal.Vault) error {
		holds, err := v.Holds(ctx, "")
		if err != nil {
			return err
		}
		enc := json.NewEncoder(os.Stdout)
		for _, hold := range holds {
			if err := enc.Encode(hold); err != nil {
				return err
			}
		}
		return nil
	})
}
