package main

import (
	"context"
	"fmt"

	"parley/internal/app"
)

// A migrateCmd brings a database to this version.
type migrateCmd struct {
	database
}

func (c *migrateCmd) Help() string {
	return `A SQLite file is copied beside itself first. Every other command does the same when it finds an older database.
For PostgreSQL, make a copy with pg_dump before.`
}

// Run migrates, and says what it did.
func (c *migrateCmd) Run(ctx context.Context, s std) error {
	st, err := c.store(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	done, err := app.Migrate(ctx, st)
	if err != nil {
		return err
	}
	if done.From == done.To {
		_, err = fmt.Fprintf(s.out, "The database is of version %d already.\n", done.To)
		return err
	}
	if done.Backup != "" {
		fmt.Fprintf(s.out, "A copy of it as it was is at %s\n", done.Backup)
	}
	_, err = fmt.Fprintf(s.out, "The database went from version %d to %d.\n", done.From, done.To)
	return err
}
