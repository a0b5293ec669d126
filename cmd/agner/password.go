package main

import (
	"context"
	"fmt"

	"github.com/agner-platform/agner/cmd/agner/exit"
	"github.com/agner-platform/agner/cmd/agner/node"

	"github.com/agner-platform/agner/internal/db"
	"github.com/agner-platform/agner/web/api/auth"
)

// passwordCmd is the way back in for whoever owns the data directory.
type passwordCmd struct {
	Login string `arg:"" help:"Login of the user, e.g. admin."`
}

// Run prints a one-time password; it works beside the running platform. Every
// session of the user ends.
func (p *passwordCmd) Run(ctx context.Context, c *node.Root) error {
	inst, err := c.Existing()
	if err != nil {
		return err
	}
	store, err := db.Open(ctx, inst.Paths.Dir)
	if err != nil {
		return err
	}
	defer store.Close()
	users, err := store.Users().List(ctx, db.Where("login", p.Login))
	if err != nil {
		return err
	}
	if len(users) == 0 {
		return exit.BadInput(fmt.Errorf("there is no user %q", p.Login))
	}
	ctx = db.As(ctx, db.Actor{Name: "command line"})
	password, err := auth.NewAccounts(store).ResetPassword(ctx, users[0].ID)
	if err != nil {
		return err
	}
	fmt.Printf("user      %s\npassword  %s   (works once; a new one is chosen when signing in)\n", users[0].Login, password)
	return nil
}
