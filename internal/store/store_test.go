package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley"
	"parley/internal/store"
	"parley/internal/store/storetest"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 123_000_000, time.UTC)

const space = parley.WorkspaceID("wsp_1")

// begin gives a store a workspace, a member and an engagement.
func begin(t *testing.T, st *store.Store) parley.Engagement {
	t.Helper()
	e := parley.Engagement{
		ID: "eng_1", Space: space, Name: "Roll-out", Client: "Aceros", Kind: parley.ClientEngagement, Lang: parley.Spanish, Starts: "2026-03-12",
		Sides: parley.Sides{Advisers: []string{"halden.example"}}, Restricted: true, Members: []parley.MemberID{"mem_1"}, Created: now, Version: 1,
	}
	write(t, st, func(tx *store.Tx) error {
		return errors.Join(
			tx.CreateWorkspace(t.Context(), parley.Workspace{ID: space, Name: "Halden", Created: now}),
			tx.CreateMember(t.Context(), parley.Member{ID: "mem_1", Space: space, Name: "Inés", Email: "ines@halden.example", Role: parley.OwnerRole, Lang: parley.Spanish, Created: now}, "hash"),
			tx.CreateEngagement(t.Context(), e),
			tx.CreateImport(t.Context(), store.Import{ID: "imp_1", Space: space, Engagement: e.ID, By: "mem_1", State: store.Receiving, Created: now}, now),
		)
	})
	return e
}

func write(t *testing.T, st *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := st.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, st *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := st.Read(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestMigrateGivesBothDatabasesTheSameTables(t *testing.T) {
	t.Parallel()
	st := storetest.Open(t, storetest.SQLite(t))
	other := storetest.Open(t, storetest.Postgres(t))
	tables := func(st *store.Store) []string {
		columns, err := st.Schema(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return columns
	}
	a, b := tables(st), tables(other)
	if len(a) < 100 {
		t.Fatalf("SQLite has only %d columns", len(a))
	}
	same(t, "columns of SQLite and PostgreSQL", a, b)
}

func TestMigrateTwiceAndAtOnce(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				st, err := store.Open(t.Context(), dsn, store.Options{MaxConns: 4})
				if err != nil {
					t.Error(err)
					return
				}
				defer st.Close()
				for range 2 {
					if _, err := st.Migrate(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	})
}

// TestOpenAtOnce opens and closes new files from many sides, each of which makes the journal a WAL or cleans it up.
func TestOpenAtOnce(t *testing.T) {
	t.Parallel()
	for range 60 {
		file := storetest.SQLite(t)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				st, err := store.Open(t.Context(), file, store.Options{})
				if err != nil {
					t.Error(err)
					return
				}
				_ = st.Close()
			})
		}
		wg.Wait()
	}
}

func TestBackupIsWhole(t *testing.T) {
	t.Parallel()
	st := storetest.Open(t, storetest.SQLite(t))
	e := begin(t, st)
	file := storetest.SQLite(t)
	if err := st.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	read(t, storetest.Open(t, file), func(tx *store.Tx) error {
		got, err := tx.Engagement(t.Context(), space, e.ID)
		same(t, "engagement", e, got)
		return err
	})
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the backup: %v, %v", info.Mode(), err)
	}
}

func TestErrorsHaveCodes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		e := begin(t, st)
		tests := []struct {
			name string
			want parley.Code
			fn   func(ctx context.Context, tx *store.Tx) error
		}{
			{"absent", parley.NotFound, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Engagement(ctx, space, "eng_2")
				return err
			}},
			{"of another workspace", parley.NotFound, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Engagement(ctx, "wsp_2", e.ID)
				return err
			}},
			{"twice", parley.Conflict, func(ctx context.Context, tx *store.Tx) error { return tx.CreateEngagement(ctx, e) }},
			{"email twice", parley.Conflict, func(ctx context.Context, tx *store.Tx) error {
				return tx.CreateMember(ctx, parley.Member{ID: "mem_2", Space: space, Name: "I", Email: "ines@halden.example", Role: parley.OwnerRole}, "")
			}},
			{"stale", parley.Conflict, func(ctx context.Context, tx *store.Tx) error {
				stale := e
				stale.Version = 7
				_, err := tx.UpdateEngagement(ctx, stale)
				return err
			}},
			{"not of the closed set", parley.Internal, func(ctx context.Context, tx *store.Tx) error {
				wrong := e
				wrong.ID, wrong.Kind = "eng_3", "party"
				return tx.CreateEngagement(ctx, wrong)
			}},
		}
		for _, tt := range tests {
			err := st.Write(t.Context(), func(tx *store.Tx) error { return tt.fn(t.Context(), tx) })
			if got := parley.CodeOf(err); got != tt.want {
				t.Errorf("%s: %v has the code %q, want %q", tt.name, err, got, tt.want)
			}
		}
	})
}

func TestWriteIsSerializable(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		begin(t, st)
		const writers, each = 6, 10
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					err := st.Write(t.Context(), func(tx *store.Tx) error {
						return tx.AppendEvent(t.Context(), parley.Event{ID: parley.EventID(fmt.Sprintf("evt_%d_%d", w, i)), Space: space, Time: now, Kind: "test"})
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		read(t, st, func(tx *store.Tx) error {
			list, err := tx.EventsAfter(t.Context(), space, 0, 1000)
			if len(list) != writers*each {
				t.Errorf("there are %d events, want %d", len(list), writers*each)
			}
			var prev parley.Event
			for _, e := range list {
				if err := e.Follows(prev); err != nil {
					t.Error(err)
				}
				prev = e
			}
			last, _ := tx.LastEvent(t.Context(), space)
			same(t, "last event", prev.Hash, last.Hash)
			return err
		})
	})
}

func TestReadCannotWrite(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		err := st.Read(t.Context(), func(tx *store.Tx) error { return tx.SetSetting(t.Context(), "a", "b") })
		if err == nil {
			t.Error("a write in Read was let through")
		}
	})
}

// TestVersionsThatImportsAreReadWithStay drops old versions of the model while an import that began with one is under way.
func TestVersionsThatImportsAreReadWithStay(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		begin(t, st)
		left := func(fn func(tx *store.Tx) error) (versions []int) {
			write(t, st, func(tx *store.Tx) error { return errors.Join(fn(tx), tx.DeleteAdaptations(ctx, space, 5, 1)) })
			read(t, st, func(tx *store.Tx) error {
				list, err := tx.Adaptations(ctx, space, 10)
				for _, a := range list {
					versions = append(versions, a.Version)
				}
				return err
			})
			return versions
		}
		under := left(func(tx *store.Tx) error {
			for v := range 6 {
				if err := tx.CreateAdaptation(ctx, space, store.Adaptation{Version: v + 1, Created: now}, []byte{1}); err != nil {
					return err
				}
			}
			return errors.Join(
				tx.SaveLearning(ctx, space, store.Learning{Enabled: true, Used: 3}),
				tx.QueueImport(ctx, space, "imp_1", now),
				tx.SaveLearning(ctx, space, store.Learning{Enabled: true, Used: 6}),
			)
		})
		same(t, "versions while the import is under way", []int{6, 5, 3, 1}, under)
		over := left(func(tx *store.Tx) error { return tx.EndImport(ctx, space, "imp_1", store.Done, "", now) })
		same(t, "versions when it is over", []int{6, 5, 1}, over)
	})
}
