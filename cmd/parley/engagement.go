package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"parley"
	"parley/internal/app"
)

// An engagementCmd groups what is done with engagements.
type engagementCmd struct {
	Create engagementCreateCmd `cmd:"" help:"Start an engagement."`
	List   engagementListCmd   `cmd:"" help:"List the engagements that the member may see, newest first."`
}

// An engagementCreateCmd starts an engagement.
type engagementCreateCmd struct {
	operator
	Name    string   `arg:"" help:"What it is about."`
	Client  string   `placeholder:"NAME" help:"For whom."`
	Kind    string   `enum:"client,internal" default:"client" help:"Who resists, a client's team or one's own organisation: ${enum}."`
	Lang    string   `enum:"en,es,fr" default:"en" help:"The language of the work: ${enum}."`
	Starts  string   `placeholder:"DAY" help:"Its first day, 2026-03-12."`
	Ends    string   `placeholder:"DAY" help:"Its last day."`
	Adviser []string `sep:"none" placeholder:"NAME|ADDRESS" help:"Who is on our side: a name, an address or a domain. Repeat it for others. Only the others are read for resistance."`
	Only    []string `sep:"none" placeholder:"EMAIL" help:"Let only this member see it, and the owners. Repeat it for others."`
}

func (c *engagementCreateCmd) Help() string {
	return `Its id is printed, for parley import. Example:
  parley import --engagement "$(parley engagement create 'ERP roll-out' --client Ibarra --adviser halden.example)" thread.mbox`
}

// Run starts the engagement.
func (c *engagementCreateCmd) Run(ctx context.Context, s std) error {
	return c.with(ctx, func(a *app.App, by parley.Actor) error {
		e := parley.Engagement{
			Name: c.Name, Client: c.Client, Kind: parley.EngagementKind(c.Kind), Lang: parley.Lang(c.Lang), Starts: c.Starts, Ends: c.Ends,
			Sides: parley.Sides{Advisers: c.Adviser}, Restricted: len(c.Only) > 0,
		}
		var err error
		if e.Members, err = membersByEmail(ctx, a, by, c.Only); err != nil {
			return err
		}
		if e, err = a.CreateEngagement(ctx, by, e); err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.out, e.ID)
		return err
	})
}

// membersByEmail returns the ids of members.
func membersByEmail(ctx context.Context, a *app.App, by parley.Actor, emails []string) (ids []parley.MemberID, err error) {
	list, err := a.Members(ctx, by)
	if err != nil {
		return nil, err
	}
	byEmail := map[string]parley.MemberID{}
	for _, m := range list {
		byEmail[m.Email] = m.ID
	}
	for _, email := range emails {
		id, ok := byEmail[email]
		if !ok {
			return nil, &parley.Error{Code: parley.NotFound, Field: "only", Message: fmt.Sprintf("no member has the e-mail address %s", email)}
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// An engagementListCmd lists engagements.
type engagementListCmd struct {
	operator
	Format string `enum:"table,json" default:"table" help:"How to print: ${enum}."`
}

// Run lists the engagements.
func (c *engagementListCmd) Run(ctx context.Context, s std) error {
	return c.with(ctx, func(a *app.App, by parley.Actor) error {
		list, err := a.Engagements(ctx, by)
		if err != nil {
			return err
		}
		if c.Format == "json" {
			return writeJSON(s.out, list)
		}
		w := tabwriter.NewWriter(s.out, 0, 8, 2, ' ', 0)
		for _, e := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d messages\t%d to check\t%d open concerns\n", e.ID, e.Name, e.Client, e.Kind, e.Counts.Messages, e.Counts.Open(), e.Counts.OpenConcerns())
		}
		return w.Flush()
	})
}
