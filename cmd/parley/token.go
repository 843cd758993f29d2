package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"parley"
	"parley/internal/app"
)

// A tokenCmd groups what is done with API tokens.
type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make a token and print its secret, this once."`
	List   tokenListCmd   `cmd:"" help:"List the tokens."`
	Delete tokenDeleteCmd `cmd:"" help:"End a token."`
}

// A tokenCreateCmd makes a token.
type tokenCreateCmd struct {
	operator
	Name  string `required:"" help:"What the token is for."`
	Scope string `enum:"read,write" default:"read" help:"What it may do: ${enum}."`
	Days  int    `default:"90" help:"In how many days it ends, at most 366."`
}

// Run makes the token. Its secret is all that goes to standard output.
func (c *tokenCreateCmd) Run(ctx context.Context, s std) error {
	if c.Days < 1 {
		return &parley.Error{Code: parley.Invalid, Field: "days", Message: "a token ends in 1 to 366 days"}
	}
	return c.with(ctx, func(a *app.App, by parley.Actor) error {
		t, secret, err := a.CreateToken(ctx, by, app.NewToken{Name: c.Name, Scope: parley.Scope(c.Scope), Expires: time.Now().AddDate(0, 0, c.Days)})
		if err != nil {
			return err
		}
		fmt.Fprintf(s.err, "%s may %s until %s. Its secret is shown only now.\n", t.ID, t.Scope, t.Expires.Format(time.DateOnly))
		_, err = fmt.Fprintln(s.out, secret)
		return err
	})
}

// A tokenListCmd lists the tokens.
type tokenListCmd struct {
	operator
	Format string `enum:"table,json" default:"table" help:"How to print: ${enum}."`
}

// Run lists the tokens.
func (c *tokenListCmd) Run(ctx context.Context, s std) error {
	return c.with(ctx, func(a *app.App, by parley.Actor) error {
		list, err := a.Tokens(ctx, by)
		if err != nil {
			return err
		}
		if c.Format == "json" {
			return writeJSON(s.out, list)
		}
		w := tabwriter.NewWriter(s.out, 0, 8, 2, ' ', 0)
		for _, t := range list {
			used := "never used"
			if !t.LastUsed.IsZero() {
				used = "used " + t.LastUsed.Format(time.DateOnly)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\tends %s\t%s\n", t.ID, t.Name, t.Scope, t.Expires.Format(time.DateOnly), used)
		}
		return w.Flush()
	})
}

// A tokenDeleteCmd ends a token.
type tokenDeleteCmd struct {
	operator
	ID string `arg:"" help:"The token's id, tok_…"`
}

// Run ends the token.
func (c *tokenDeleteCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(a *app.App, by parley.Actor) error { return a.DeleteToken(ctx, by, parley.TokenID(c.ID)) })
}
