package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"parley"
	"parley/internal/app"
)

// A userCmd groups what is done with members.
type userCmd struct {
	Add      userAddCmd      `cmd:"" help:"Add a member; with --workspace, a new workspace with its owner."`
	List     userListCmd     `cmd:"" help:"List the members."`
	Password userPasswordCmd `cmd:"" help:"Give a member a new password."`
	Disable  userDisableCmd  `cmd:"" help:"Let a member no longer sign in."`
	Enable   userEnableCmd   `cmd:"" help:"Let a member sign in again."`
}

// A userAddCmd adds a member.
type userAddCmd struct {
	operator
	Email     string `arg:"" help:"The member's e-mail address."`
	Name      string `required:"" help:"The member's name."`
	Role      string `enum:"owner,adviser,viewer" default:"adviser" help:"What the member may do: ${enum}."`
	Lang      string `enum:"en,es,fr" default:"en" help:"The language of the member's pages: ${enum}."`
	Workspace string `placeholder:"NAME" help:"Make a new workspace of this name, with the member as its owner."`
}

func (c *userAddCmd) Help() string {
	return "The password is asked for, or read from standard input."
}

// Run adds the member.
func (c *userAddCmd) Run(ctx context.Context, s std) error {
	password, err := askPassword(s)
	if err != nil {
		return err
	}
	if c.Workspace == "" {
		return c.with(ctx, func(a *app.App, by parley.Actor) error {
			m, err := a.AddMember(ctx, by, app.NewMember{Name: c.Name, Email: c.Email, Password: password, Role: parley.Role(c.Role), Lang: parley.Lang(c.Lang)})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(s.out, m.ID)
			return err
		})
	}
	a, closeStore, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer closeStore()
	m, err := a.CreateWorkspace(ctx, app.NewOwner{Workspace: c.Workspace, Name: c.Name, Email: c.Email, Password: password, Lang: parley.Lang(c.Lang)})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, m.ID)
	return err
}

// A userListCmd lists the members.
type userListCmd struct {
	operator
	Format string `enum:"table,json" default:"table" help:"How to print: ${enum}."`
}

// Run lists the members.
func (c *userListCmd) Run(ctx context.Context, s std) error {
	return c.with(ctx, func(a *app.App, by parley.Actor) error {
		list, err := a.Members(ctx, by)
		if err != nil {
			return err
		}
		if c.Format == "json" {
			return writeJSON(s.out, list)
		}
		w := tabwriter.NewWriter(s.out, 0, 8, 2, ' ', 0)
		for _, m := range list {
			disabled := ""
			if m.Disabled {
				disabled = "disabled"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", m.Email, m.Name, m.Role, disabled)
		}
		return w.Flush()
	})
}

// A userPasswordCmd gives a member a new password.
type userPasswordCmd struct {
	operator
	Email string `arg:"" help:"The member's e-mail address."`
}

func (c *userPasswordCmd) Help() string {
	return "The password is asked for, or read from standard input."
}

// Run sets the password.
func (c *userPasswordCmd) Run(ctx context.Context, s std) error {
	password, err := askPassword(s)
	if err != nil {
		return err
	}
	return c.with(ctx, func(a *app.App, by parley.Actor) error { return a.ResetPassword(ctx, by, c.Email, password) })
}

// A userDisableCmd shuts a member out.
type userDisableCmd struct {
	operator
	Email string `arg:"" help:"The member's e-mail address."`
}

// Run shuts the member out.
func (c *userDisableCmd) Run(ctx context.Context) error { return c.setDisabled(ctx, c.Email, true) }

// A userEnableCmd lets a member in again.
type userEnableCmd struct {
	operator
	Email string `arg:"" help:"The member's e-mail address."`
}

// Run lets the member in again.
func (c *userEnableCmd) Run(ctx context.Context) error { return c.setDisabled(ctx, c.Email, false) }

func (o operator) setDisabled(ctx context.Context, email string, disabled bool) error {
	return o.with(ctx, func(a *app.App, by parley.Actor) error {
		list, err := a.Members(ctx, by)
		if err != nil {
			return err
		}
		for _, m := range list {
			if m.Email == email {
				m.Disabled = disabled
				_, err := a.UpdateMember(ctx, by, m)
				return err
			}
		}
		return &parley.Error{Code: parley.NotFound, Field: "email", Message: "no member has that e-mail address"}
	})
}
