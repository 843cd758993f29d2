// Pocketbase serves what Parley keeps from PocketBase, for internal/bench to measure the two side by side. It
// is a module of its own, so that Parley's has nothing of it.
//
//	pocketbase --dir pb load parley.db    # once; prints the token of a user
//	pocketbase --dir pb serve --http 127.0.0.1:8090
package main

import (
	"fmt"
	"log"
	"slices"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
	"github.com/spf13/cobra"
)

func main() {
	app := pocketbase.New()
	app.RootCmd.AddCommand(&cobra.Command{
		Use: "load parley.db", Short: "Take over the rows of a SQLite file of Parley", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			token, err := load(app, args[0])
			if err == nil {
				fmt.Println(token)
			}
			return err
		},
	})
	if err := app.Start(); err != nil {
		log.Fatal(err)
	}
}

// A table is one of Parley's, with the columns that its API gives away, by kind, and its indexes.
type table struct {
	name      string
	text      string
	number    string
	json      string
	boolean   string
	relations [][2]string // column and table
	indexes   []string
}

// tables are in an order in which they may refer to each other. The indexes are Parley's.
var tables = []table{
	{name: "engagement", text: "name client kind lang starts ends", number: "created version", json: "sides members", boolean: "restricted"},
	{name: "event", text: "engagement member kind subject data prev hash", number: "seq time", indexes: []string{"engagement, seq"}},
	{name: "stakeholder", text: "engagement name address title side", number: "power stance skepticism version", json: "langs", indexes: []string{"engagement"}},
	{
		name: "message", text: "engagement conversation import source_id source place kind speaker_name speaker_address role side topic text reply_to lang",
		number: "at seq time elapsed", json: "parts", boolean: "recorded", relations: [][2]string{{"stakeholder", "stakeholder"}},
		indexes: []string{"conversation, at, seq", "stakeholder", "import"},
	},
	{
		name: "concern", text: "engagement title form driver perception subject state outcome", number: "created updated version",
		indexes: []string{"engagement, updated DESC, id DESC", "engagement, created DESC, id DESC"},
	},
	{
		name: "finding", text: "engagement conversation state driver", number: "at seq start_byte end_byte probability version", json: "labels confidence second why given",
		relations: [][2]string{{"message", "message"}, {"stakeholder", "stakeholder"}, {"concern", "concern"}},
		indexes: []string{
			"engagement, conversation, at, seq, start_byte", "engagement, state, conversation, at, seq, start_byte", "concern", "message", "stakeholder",
		},
	},
}

// load makes the collections, fills them, and returns the token of a user who may read them.
func load(app core.App, path string) (string, error) {
	ids := map[string]string{}
	for _, t := range tables {
		c, err := t.collection(app, ids)
		if err != nil {
			return "", fmt.Errorf("%s: %w", t.name, err)
		}
		ids[t.name] = c.Id
	}
	if err := fill(app, path); err != nil {
		return "", err
	}
	settings := app.Settings()
	settings.Logs.MaxDays = 0 // Parley writes no row for each request either
	if err := app.Save(settings); err != nil {
		return "", err
	}
	if _, err := person(app, core.CollectionNameSuperusers); err != nil { // else serving opens a browser to make one
		return "", err
	}
	user, err := person(app, "users")
	if err != nil {
		return "", err
	}
	return user.NewStaticAuthToken(24 * time.Hour)
}

// collection makes the collection of a table, for users who are signed in.
func (t table) collection(app core.App, ids map[string]string) (*core.Collection, error) {
	c := core.NewBaseCollection(t.name)
	c.ListRule, c.ViewRule = types.Pointer("@request.auth.id != ''"), types.Pointer("@request.auth.id != ''")
	if id, ok := c.Fields.GetByName("id").(*core.TextField); ok { // Parley's ids are longer than its own
		id.Max, id.Pattern = 40, "^[a-z0-9_]+$"
	}
	for name := range strings.FieldsSeq(t.text) {
		c.Fields.Add(&core.TextField{Name: name, Max: 1 << 24})
	}
	for name := range strings.FieldsSeq(t.number) {
		c.Fields.Add(&core.NumberField{Name: name})
	}
	for name := range strings.FieldsSeq(t.json) {
		c.Fields.Add(&core.JSONField{Name: name})
	}
	for name := range strings.FieldsSeq(t.boolean) {
		c.Fields.Add(&core.BoolField{Name: name})
	}
	for _, r := range t.relations {
		c.Fields.Add(&core.RelationField{Name: r[0], CollectionId: ids[r[1]], MaxSelect: 1})
	}
	for i, columns := range t.indexes {
		c.AddIndex(fmt.Sprintf("%s_%d", t.name, i), false, columns, "")
	}
	return c, app.Save(c)
}

// fill copies the rows.
func fill(app core.App, path string) error {
	db := app.NonconcurrentDB()
	if _, err := db.NewQuery("ATTACH '" + strings.ReplaceAll(path, "'", "''") + "' AS parley").Execute(); err != nil {
		return err
	}
	for _, t := range tables {
		columns := slices.Concat([]string{"id"}, strings.Fields(t.text), strings.Fields(t.number), strings.Fields(t.json), strings.Fields(t.boolean))
		values := slices.Clone(columns)
		for _, r := range t.relations {
			columns, values = append(columns, r[0]), append(values, "COALESCE("+r[0]+", '')")
		}
		query := fmt.Sprintf("INSERT INTO main.%s (%s) SELECT %s FROM parley.%[1]s", t.name, strings.Join(columns, ", "), strings.Join(values, ", "))
		if _, err := db.NewQuery(query).Execute(); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	_, err := db.NewQuery("ANALYZE main").Execute()
	return err
}

// person makes a user, or an administrator.
func person(app core.App, collection string) (*core.Record, error) {
	c, err := app.FindCollectionByNameOrId(collection)
	if err != nil {
		return nil, err
	}
	r := core.NewRecord(c)
	r.SetEmail("bench@parley.example")
	r.SetPassword("three quiet herons")
	return r, app.Save(r)
}
