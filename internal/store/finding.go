package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"parley"
)

type findingRow struct {
	ID           parley.FindingID        `db:"id"`
	Engagement   parley.EngagementID     `db:"engagement"`
	Conversation parley.ConversationID   `db:"conversation"`
	At           int64                   `db:"at"`
	Seq          int64                   `db:"seq"`
	Start        int                     `db:"start_byte"`
	End          int                     `db:"end_byte"`
	Labels       JSON[parley.Labels]     `db:"labels"`
	Probability  float64                 `db:"probability"`
	Confidence   JSON[parley.Confidence] `db:"confidence"`
	Second       JSON[parley.Labels]     `db:"second"`
	Why          JSON[[]Reading]         `db:"why"`
	State        parley.FindingState     `db:"state"`
	Given        JSON[parley.Labels]     `db:"given"`
	Driver       parley.Driver           `db:"driver"`
	Concern      *parley.ConcernID       `db:"concern"`
	Before       JSON[*Joined]           `db:"before"`
	MarkedBy     parley.MemberID         `db:"marked_by"`
	MarkedAt     Time                    `db:"marked_at"`
	Version      int                     `db:"version"`
}

const findingColumns = "id, engagement, conversation, at, seq, start_byte, end_byte, labels, probability, confidence, second, why, state, given, driver, concern, before, marked_by, marked_at, version"

// A saidRow is a finding with its message.
type saidRow struct {
	findingRow
	Message messageRow `db:"message"`
}

var (
	saidColumns = qualified("f", findingColumns) + ", " + prefixed("m", "message", messageColumns)
	saidFrom    = " FROM finding f JOIN message m ON m.space = f.space AND m.id = f.message"
)

func (r saidRow) finding() Finding {
	f := Finding{
		ID: r.ID, Engagement: r.Engagement, Conversation: r.Conversation, Message: r.Message.message(), Span: parley.Span{Start: r.Start, End: r.End},
		Labels: r.Labels.V, Probability: r.Probability, Confidence: r.Confidence.V, Second: r.Second.V, Why: r.Why.V, State: r.State, Given: r.Given.V,
		Before: r.Before.V, Version: r.Version,
	}
	if r.Concern != nil {
		f.Concern = *r.Concern
	}
	if r.MarkedBy != "" {
		f.Marked = &Marked{By: r.MarkedBy, At: r.MarkedAt.Time}
	}
	return f
}

func findings(rows []saidRow) []Finding {
	list := make([]Finding, len(rows))
	for i, r := range rows {
		list[i] = r.finding()
	}
	return list
}

// CreateFindings keeps new findings of messages that are kept.
func (tx *Tx) CreateFindings(ctx context.Context, space parley.WorkspaceID, list []Finding) error {
	rows := make([][]any, len(list))
	for i, f := range list {
		var marked Marked
		if f.Marked != nil {
			marked = *f.Marked
		}
		rows[i] = []any{
			space, f.Message.ID, f.Message.Stakeholder, f.ID, f.Engagement, f.Conversation, f.Message.At, f.Message.Seq, f.Span.Start, f.Span.End,
			JSON[parley.Labels]{f.Labels}, f.Probability, JSON[parley.Confidence]{f.Confidence}, JSON[parley.Labels]{f.Second}, JSON[[]Reading]{f.Why},
			f.State, JSON[parley.Labels]{f.Given}, f.Final().Driver, nil, JSON[*Joined]{f.Before}, marked.By, Time{marked.At}, 1,
		}
	}
	if err := tx.insertRows(ctx, "finding (space, message, stakeholder, "+findingColumns+")", "", rows); err != nil {
		return err
	}
	added, open := map[parley.ConversationID]int{}, map[openOf]int{}
	for _, f := range list {
		added[f.Conversation]++
		if f.State == parley.Open {
			open[openOf{f.Engagement, f.Message.Import, f.Final().Driver}]++
		}
	}
	if err := tx.addFindings(ctx, space, added); err != nil {
		return err
	}
	return tx.addOpen(ctx, space, open)
}

// An openOf is what open findings are counted by.
type openOf struct {
	Engagement parley.EngagementID `db:"engagement"`
	Import     parley.ImportID     `db:"import"` // of their messages
	Driver     parley.Driver       `db:"driver"`
}

// addOpen changes how many findings are said to be open.
func (tx *Tx) addOpen(ctx context.Context, space parley.WorkspaceID, by map[openOf]int) error {
	order := slices.SortedFunc(maps.Keys(by), func(a, b openOf) int { // in one order, so that two writers do not wait for each other
		return cmp.Or(cmp.Compare(a.Engagement, b.Engagement), cmp.Compare(a.Import, b.Import), cmp.Compare(a.Driver, b.Driver))
	})
	for _, o := range order {
		if _, err := tx.exec(ctx, `INSERT INTO finding_open (space, engagement, import, driver, n) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (space, engagement, import, driver) DO UPDATE SET n = finding_open.n + excluded.n`, space, o.Engagement, o.Import, o.Driver, by[o]); err != nil {
			return err
		}
	}
	return nil
}

// stateRow is what a finding counts as.
type stateRow struct {
	openOf
	Conversation parley.ConversationID `db:"conversation"`
	State        parley.FindingState   `db:"state"`
}

// stateColumns are those of a stateRow.
const stateColumns = `engagement, driver, conversation, state,
	(SELECT m.import FROM message m WHERE m.space = finding.space AND m.id = finding.message) AS import`

// addFindings changes how many findings conversations say that they have.
func (tx *Tx) addFindings(ctx context.Context, space parley.WorkspaceID, by map[parley.ConversationID]int) error {
	for _, id := range slices.Sorted(maps.Keys(by)) { // in one order, so that two writers do not wait for each other
		if _, err := tx.exec(ctx, "UPDATE conversation SET findings = findings + $1 WHERE space = $2 AND id = $3", by[id], space, id); err != nil {
			return err
		}
	}
	return nil
}

// deleteFindings drops the findings that a condition chooses.
func (tx *Tx) deleteFindings(ctx context.Context, space parley.WorkspaceID, where string, args ...any) error {
	var rows []stateRow
	if err := tx.list(ctx, &rows, "DELETE FROM finding WHERE space = $1 AND "+where+" RETURNING "+stateColumns, append([]any{space}, args...)...); err != nil {
		return err
	}
	gone, open := map[parley.ConversationID]int{}, map[openOf]int{}
	for _, r := range rows {
		gone[r.Conversation]--
		if r.State == parley.Open {
			open[r.openOf]--
		}
	}
	if err := tx.addFindings(ctx, space, gone); err != nil {
		return err
	}
	return tx.addOpen(ctx, space, open)
}

// DeleteFinding drops a finding if its version is version.
func (tx *Tx) DeleteFinding(ctx context.Context, space parley.WorkspaceID, id parley.FindingID, version int) error {
	if err := tx.update(ctx, "UPDATE finding SET version = version + 1 WHERE space = $1 AND id = $2 AND version = $3", space, id, version); err != nil {
		return err
	}
	return tx.deleteFindings(ctx, space, "id = $2", id)
}

// Finding returns one finding.
func (tx *Tx) Finding(ctx context.Context, space parley.WorkspaceID, id parley.FindingID) (Finding, error) {
	var row saidRow
	err := tx.get(ctx, "finding", &row, "SELECT "+saidColumns+saidFrom+" WHERE f.space = $1 AND f.id = $2", space, id)
	if err != nil {
		return Finding{}, err
	}
	return row.finding(), nil
}

// A FindingFilter chooses findings of an engagement; zero fields do not restrict.
type FindingFilter struct {
	State        parley.FindingState
	Conversation parley.ConversationID
	Driver       parley.Driver
	Person       parley.StakeholderID
	Concern      parley.ConcernID
	Loose        bool // only those accepted or corrected without a concern
	After        Said
	Newest       bool // those imported last first, and without a place to go on from
	Limit        int
}

// Findings returns findings of an engagement in the order in which they were said.
func (tx *Tx) Findings(ctx context.Context, space parley.WorkspaceID, engagement parley.EngagementID, filter FindingFilter) ([]Finding, error) {
	query := "SELECT " + saidColumns + saidFrom + " WHERE f.space = $1 AND f.engagement = $2"
	args := []any{space, engagement}
	where := func(clause string, value any) {
		args = append(args, value)
		query += arg(clause, args)
	}
	if filter.State != "" {
		where(" AND f.state = ", filter.State)
	}
	if filter.Conversation != "" {
		where(" AND f.conversation = ", filter.Conversation)
	}
	if filter.Driver != "" {
		where(" AND f.driver = ", filter.Driver)
	}
	if filter.Person != "" {
		where(" AND f.stakeholder = ", filter.Person)
	}
	if filter.Concern != "" {
		where(" AND f.concern = ", filter.Concern)
	}
	if filter.Loose {
		query += " AND f.state IN ('accepted', 'corrected') AND f.concern IS NULL"
	}
	if a := filter.After; a != (Said{}) {
		n := len(args)
		args = append(args, a.Conversation, a.At, a.Seq, a.Start)
		query += " AND (f.conversation, f.at, f.seq, f.start_byte) > (" + placeholders(n+1, 4) + ")"
	}
	order := " ORDER BY f.conversation, f.at, f.seq, f.start_byte LIMIT "
	if filter.Newest {
		order = " ORDER BY f.conversation DESC, f.at DESC, f.seq DESC, f.start_byte DESC LIMIT "
	}
	args = append(args, filter.Limit)
	var rows []saidRow
	err := tx.list(ctx, &rows, query+arg(order, args), args...)
	return findings(rows), err
}

// FindingsBeside returns the last finding of a conversation in the messages before one place, and the first in those
// after another; "" where there is none.
func (tx *Tx) FindingsBeside(ctx context.Context, space parley.WorkspaceID, conversation parley.ConversationID, first, last Said) (before, after parley.FindingID, err error) {
	one := func(query string, at Said) (id parley.FindingID, err error) {
		var ids []parley.FindingID
		err = tx.list(ctx, &ids, "SELECT id FROM finding WHERE space = $1 AND conversation = $2 AND (at, seq) "+query+" LIMIT 1", space, conversation, at.At, at.Seq)
		if len(ids) > 0 {
			id = ids[0]
		}
		return id, err
	}
	if before, err = one("< ($3, $4) ORDER BY at DESC, seq DESC, start_byte DESC", first); err != nil {
		return "", "", err
	}
	after, err = one("> ($3, $4) ORDER BY at, seq, start_byte", last)
	return before, after, err
}

// FindingsOfMessages returns the findings of messages, in order; of each, Message has only its ID.
func (tx *Tx) FindingsOfMessages(ctx context.Context, space parley.WorkspaceID, ids []parley.MessageID) ([]Finding, error) {
	type row struct {
		findingRow
		Message parley.MessageID `db:"message"`
	}
	var rows []row
	err := tx.list(ctx, &rows, "SELECT message, "+findingColumns+" FROM finding WHERE space = $1 AND message "+tx.in(2), space, listOf(ids))
	// Asked for an order, SQLite takes the index that has it, and walks all findings there are.
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.Conversation, b.Conversation), cmp.Compare(a.At, b.At), cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Start, b.Start))
	})
	list := make([]Finding, len(rows))
	for i, r := range rows {
		list[i] = saidRow{findingRow: r.findingRow}.finding()
		list[i].Message = Message{ID: r.Message}
	}
	return list, err
}

// UpdateFinding saves what a person decided about f, if the stored version is f's.
func (tx *Tx) UpdateFinding(ctx context.Context, space parley.WorkspaceID, f Finding) (Finding, error) {
	var concern *parley.ConcernID
	if f.Concern != "" {
		concern = &f.Concern
	}
	var was []stateRow
	if err := tx.list(ctx, &was, "SELECT "+stateColumns+" FROM finding WHERE space = $1 AND id = $2", space, f.ID); err != nil {
		return f, err
	}
	err := tx.update(ctx, `UPDATE finding SET state = $1, given = $2, driver = $3, concern = $4, before = $5, version = version + 1
		WHERE space = $6 AND id = $7 AND version = $8`,
		f.State, JSON[parley.Labels]{f.Given}, f.Final().Driver, concern, JSON[*Joined]{f.Before}, space, f.ID, f.Version)
	f.Version++
	if err != nil {
		return f, err
	}
	open := map[openOf]int{}
	for _, r := range was {
		if r.State == parley.Open {
			open[r.openOf]--
		}
		if r.Driver = f.Final().Driver; f.State == parley.Open {
			open[r.openOf]++
		}
	}
	maps.DeleteFunc(open, func(_ openOf, n int) bool { return n == 0 })
	return f, tx.addOpen(ctx, space, open)
}

// Quotes returns up to most findings of each of the concerns, newest first.
func (tx *Tx) Quotes(ctx context.Context, space parley.WorkspaceID, ids []parley.ConcernID, most int) (map[parley.ConcernID][]Finding, error) {
	var rows []saidRow
	// The inner query sorts ids alone: SQLite would copy whole rows.
	err := tx.list(ctx, &rows, "SELECT "+saidColumns+` FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY concern ORDER BY conversation DESC, at DESC, seq DESC, start_byte DESC) AS nth
		FROM finding WHERE space = $1 AND concern `+tx.in(2)+`) k JOIN finding f ON f.space = $1 AND f.id = k.id
		JOIN message m ON m.space = f.space AND m.id = f.message WHERE k.nth <= $3 ORDER BY f.concern, k.nth`, space, listOf(ids), most)
	quotes := map[parley.ConcernID][]Finding{}
	for _, r := range rows {
		f := r.finding()
		quotes[f.Concern] = append(quotes[f.Concern], f)
	}
	return quotes, err
}

// NewestQuotes returns up to most quotes of each of the concerns, newest first. It is for few: each is looked up for itself.
func (tx *Tx) NewestQuotes(ctx context.Context, space parley.WorkspaceID, ids []parley.ConcernID, most int) (map[parley.ConcernID][]Excerpt, error) {
	type row struct {
		Concern      parley.ConcernID      `db:"concern"`
		ID           parley.FindingID      `db:"id"`
		Message      parley.MessageID      `db:"message"`
		Conversation parley.ConversationID `db:"conversation"`
		Stakeholder  parley.StakeholderID  `db:"stakeholder"`
		Name         string                `db:"speaker_name"`
		Address      string                `db:"speaker_address"`
		Time         Time                  `db:"time"`
		Lang         parley.Lang           `db:"lang"`
		Text         string                `db:"text"`
		At           int64                 `db:"at"`
		Seq          int64                 `db:"seq"`
		Start        int                   `db:"start_byte"`
		End          int                   `db:"end_byte"`
	}
	var rows []row
	nth := make([]string, most)
	for i := range nth {
		nth[i] = fmt.Sprintf(`SELECT (SELECT g.id FROM finding g WHERE g.space = $1 AND g.concern = k.value
			ORDER BY g.conversation DESC, g.at DESC, g.seq DESC, g.start_byte DESC LIMIT 1 OFFSET %d) FROM %s`, i, tx.each(2))
	}
	err := tx.list(ctx, &rows, `SELECT f.concern, f.id, f.message, f.conversation, f.stakeholder, f.at, f.seq, f.start_byte, f.end_byte, m.speaker_name, m.speaker_address, m.time, m.lang, m.text
		FROM finding f JOIN message m ON m.space = f.space AND m.id = f.message WHERE f.space = $1 AND f.id `+tx.among(strings.Join(nth, " UNION ALL ")), space, listOf(ids))
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(b.Conversation, a.Conversation), cmp.Compare(b.At, a.At), cmp.Compare(b.Seq, a.Seq), cmp.Compare(b.Start, a.Start))
	})
	quotes := make(map[parley.ConcernID][]Excerpt, len(ids))
	for _, r := range rows {
		quotes[r.Concern] = append(quotes[r.Concern], Excerpt{
			Finding: r.ID, Message: r.Message, Conversation: r.Conversation, Stakeholder: r.Stakeholder, Speaker: parley.Person{Name: r.Name, Address: r.Address},
			Time: r.Time.Time, Lang: r.Lang, Text: r.Text[r.Start:r.End],
		})
	}
	return quotes, err
}

// FindingsByID returns findings by their ids.
func (tx *Tx) FindingsByID(ctx context.Context, space parley.WorkspaceID, ids []parley.FindingID) (map[parley.FindingID]Finding, error) {
	var rows []saidRow
	err := tx.list(ctx, &rows, "SELECT "+saidColumns+saidFrom+" WHERE f.space = $1 AND f.id "+tx.in(2), space, listOf(ids))
	byID := make(map[parley.FindingID]Finding, len(rows))
	for _, r := range rows {
		byID[r.ID] = r.finding()
	}
	return byID, err
}

// A Holding is how often a person says what a concern says.
type Holding struct {
	Concern     parley.ConcernID     `db:"concern"`
	Stakeholder parley.StakeholderID `db:"stakeholder"`
	Quotes      int                  `db:"n"`
}

// Holdings returns who holds each of the concerns, those who said it most first; "" is who is not named.
func (tx *Tx) Holdings(ctx context.Context, space parley.WorkspaceID, ids []parley.ConcernID) (list []Holding, err error) {
	err = tx.list(ctx, &list, `SELECT concern, stakeholder, COUNT(*) AS n FROM finding WHERE space = $1 AND concern `+tx.in(2)+`
		GROUP BY concern, stakeholder ORDER BY concern, n DESC, stakeholder`, space, listOf(ids))
	return list, err
}
