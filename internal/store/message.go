package store

import (
	"context"
	"strings"
	"time"

	"parley"
)

type messageRow struct {
	ID           parley.MessageID      `db:"id"`
	Engagement   parley.EngagementID   `db:"engagement"`
	Conversation parley.ConversationID `db:"conversation"`
	Stakeholder  parley.StakeholderID  `db:"stakeholder"`
	Import       parley.ImportID       `db:"import"`
	Content      string                `db:"content"`
	At           int64                 `db:"at"`
	Seq          int64                 `db:"seq"`
	SourceID     string                `db:"source_id"`
	Source       string                `db:"source"`
	Place        string                `db:"place"`
	Kind         parley.Kind           `db:"kind"`
	Name         string                `db:"speaker_name"`
	Address      string                `db:"speaker_address"`
	Role         string                `db:"role"`
	Side         parley.Side           `db:"side"`
	Time         Time                  `db:"time"`
	Elapsed      int64                 `db:"elapsed"`
	Recorded     bool                  `db:"recorded"`
	Topic        string                `db:"topic"`
	Text         string                `db:"text"`
	Parts        JSON[[]Part]          `db:"parts"`
	ReplyTo      string                `db:"reply_to"`
	Lang         parley.Lang           `db:"lang"`
}

const messageColumns = "id, engagement, conversation, stakeholder, import, content, at, seq, source_id, source, place, kind, speaker_name, speaker_address, role, side, time, elapsed, recorded, topic, text, parts, reply_to, lang"

func (r messageRow) message() Message {
	return Message{
		ID: r.ID, Engagement: r.Engagement, Conversation: r.Conversation, Stakeholder: r.Stakeholder, Import: r.Import, Key: r.Content, At: r.At, Seq: r.Seq,
		SourceID: r.SourceID, Source: r.Source, Place: r.Place, Kind: r.Kind, Speaker: parley.Person{Name: r.Name, Address: r.Address}, Role: r.Role,
		Side: r.Side, Time: r.Time.Time, Offset: time.Duration(r.Elapsed), Recorded: r.Recorded, Topic: r.Topic, Text: r.Text, Parts: r.Parts.V,
		ReplyTo: r.ReplyTo, Lang: r.Lang,
	}
}

func messages(rows []messageRow) []Message {
	list := make([]Message, len(rows))
	for i, r := range rows {
		list[i] = r.message()
	}
	return list
}

// prefixed returns columns of a table under the alias of, each named "as.column" for a nested row.
func prefixed(of, as, columns string) string {
	list := strings.Split(columns, ", ")
	for i, c := range list {
		list[i] = of + "." + c + ` AS "` + as + "." + c + `"`
	}
	return strings.Join(list, ", ")
}

// CreateMessages keeps new messages.
func (tx *Tx) CreateMessages(ctx context.Context, space parley.WorkspaceID, list []Message) error {
	rows := make([][]any, len(list))
	for i, m := range list {
		rows[i] = []any{
			space, m.ID, m.Engagement, m.Conversation, m.Stakeholder, m.Import, m.Key, m.At, m.Seq, m.SourceID, m.Source, m.Place, m.Kind, m.Speaker.Name,
			m.Speaker.Address, m.Role, m.Side, Time{m.Time}, int64(m.Offset), m.Recorded, m.Topic, m.Text, JSON[[]Part]{m.Parts}, m.ReplyTo, m.Lang, false,
		}
	}
	return tx.insertRows(ctx, "message (space, "+messageColumns+", unread)", "", rows)
}

// Message returns one message.
func (tx *Tx) Message(ctx context.Context, space parley.WorkspaceID, id parley.MessageID) (Message, error) {
	var row messageRow
	err := tx.get(ctx, "message", &row, "SELECT "+messageColumns+" FROM message WHERE space = $1 AND id = $2", space, id)
	if err != nil {
		return Message{}, err
	}
	return row.message(), nil
}

// KnownMessages returns which of the keys an engagement has, and where.
func (tx *Tx) KnownMessages(ctx context.Context, space parley.WorkspaceID, engagement parley.EngagementID, keys []string) (map[string]parley.ConversationID, error) {
	return tx.lookUp(ctx, keys, "SELECT m.conversation FROM message m WHERE m.space = $1 AND m.engagement = $2 AND m.content = k.value", space, engagement)
}

// MailConversations returns the conversations of the mails of an engagement with these Message-IDs. An
// engagement has one mail of each: its key is made of it.
func (tx *Tx) MailConversations(ctx context.Context, space parley.WorkspaceID, engagement parley.EngagementID, ids []string) (map[string]parley.ConversationID, error) {
	return tx.lookUp(ctx, ids, "SELECT m.conversation FROM message m WHERE m.space = $1 AND m.engagement = $2 AND m.kind = 'mail' AND m.source_id = k.value LIMIT 1", space, engagement)
}

// ThreadConversations returns the conversations of an engagement that have these threads.
func (tx *Tx) ThreadConversations(ctx context.Context, space parley.WorkspaceID, engagement parley.EngagementID, threads []string) (map[string]parley.ConversationID, error) {
	return tx.lookUp(ctx, threads, "SELECT c.id FROM conversation c WHERE c.space = $1 AND c.engagement = $2 AND c.thread = k.value", space, engagement)
}

// A Said is a place in a conversation, or, with Conversation, in an engagement: before which message, and
// which byte of it. The zero value is the start.
type Said struct {
	Conversation parley.ConversationID `json:"c,omitempty"`
	At           int64                 `json:"a"`
	Seq          int64                 `json:"s"`
	Start        int                   `json:"b"`
}

// Messages returns up to limit messages of a conversation after a place, in order.
func (tx *Tx) Messages(ctx context.Context, space parley.WorkspaceID, conversation parley.ConversationID, after Said, limit int) ([]Message, error) {
	query := "SELECT " + messageColumns + " FROM message WHERE space = $1 AND conversation = $2"
	args := []any{space, conversation, limit}
	if after != (Said{}) {
		query += " AND (at, seq) > ($4, $5)"
		args = append(args, after.At, after.Seq)
	}
	var rows []messageRow
	err := tx.list(ctx, &rows, query+" ORDER BY at, seq LIMIT $3", args...)
	return messages(rows), err
}

// PlacesBefore returns up to limit places of messages of a conversation before a place, the nearest first.
func (tx *Tx) PlacesBefore(ctx context.Context, space parley.WorkspaceID, conversation parley.ConversationID, before Said, limit int) ([]Said, error) {
	var rows []struct {
		At  int64 `db:"at"`
		Seq int64 `db:"seq"`
	}
	err := tx.list(ctx, &rows, "SELECT at, seq FROM message WHERE space = $1 AND conversation = $2 AND (at, seq) < ($3, $4) ORDER BY at DESC, seq DESC LIMIT $5",
		space, conversation, before.At, before.Seq, limit)
	places := make([]Said, len(rows))
	for i, r := range rows {
		places[i] = Said{At: r.At, Seq: r.Seq}
	}
	return places, err
}

// MessagesBefore returns, for messages, the one before each in its conversation, by the id of the later.
func (tx *Tx) MessagesBefore(ctx context.Context, space parley.WorkspaceID, ids []parley.MessageID) (map[parley.MessageID]Message, error) {
	var rows []struct {
		messageRow
		Later parley.MessageID `db:"later"`
	}
	// The inner queries pick the nearest by the index on (space, conversation, at, seq), once for each. As one, by
	// (at, seq) < (l.at, l.seq), SQLite walks all that have the same at, which in a meeting are all.
	query := "SELECT " + qualified("b", messageColumns) + `, l.id AS later FROM message l JOIN message b ON b.space = l.space AND b.id = COALESCE(
		(SELECT p.id FROM message p WHERE p.space = l.space AND p.conversation = l.conversation AND p.at = l.at AND p.seq < l.seq ORDER BY p.seq DESC LIMIT 1),
		(SELECT p.id FROM message p WHERE p.space = l.space AND p.conversation = l.conversation AND p.at < l.at ORDER BY p.at DESC, p.seq DESC LIMIT 1))
		WHERE l.space = $1 AND l.id ` + tx.in(2)
	err := tx.list(ctx, &rows, query, space, listOf(ids))
	before := make(map[parley.MessageID]Message, len(rows))
	for _, r := range rows {
		before[r.Later] = r.message()
	}
	return before, err
}

// qualified returns columns with the alias of their table.
func qualified(of, columns string) string {
	return of + "." + strings.ReplaceAll(columns, ", ", ", "+of+".")
}

// ImportConversations returns the conversations that messages of an import are in.
func (tx *Tx) ImportConversations(ctx context.Context, space parley.WorkspaceID, id parley.ImportID) (ids []parley.ConversationID, err error) {
	err = tx.list(ctx, &ids, "SELECT DISTINCT conversation FROM message WHERE space = $1 AND import = $2 ORDER BY conversation", space, id)
	return ids, err
}

// DeleteImportMessages drops the messages of an import and their findings.
func (tx *Tx) DeleteImportMessages(ctx context.Context, space parley.WorkspaceID, id parley.ImportID) error {
	if err := tx.deleteFindings(ctx, space, "message IN (SELECT id FROM message WHERE space = $1 AND import = $2)", id); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "DELETE FROM message WHERE space = $1 AND import = $2", space, id)
	return err
}

// People returns everyone who speaks in an engagement, with the side they are taken to speak for.
func (tx *Tx) People(ctx context.Context, space parley.WorkspaceID, engagement parley.EngagementID) (map[parley.Person]parley.Side, error) {
	var rows []struct {
		Name    string      `db:"name"`
		Address string      `db:"address"`
		Side    parley.Side `db:"side"`
	}
	err := tx.list(ctx, &rows, "SELECT DISTINCT speaker_name AS name, speaker_address AS address, side FROM message WHERE space = $1 AND engagement = $2 ORDER BY 1, 2, 3", space, engagement)
	people := make(map[parley.Person]parley.Side, len(rows))
	for _, r := range rows {
		people[parley.Person{Name: r.Name, Address: r.Address}] = r.Side
	}
	return people, err
}

// SetSide changes for which side a person speaks, in every message of an engagement, drops the findings in
// them that nobody decided about, and marks them to be read again.
func (tx *Tx) SetSide(ctx context.Context, space parley.WorkspaceID, engagement parley.EngagementID, p parley.Person, side parley.Side) error {
	err := tx.deleteFindings(ctx, space, `engagement = $2 AND state = 'open' AND message IN
		(SELECT id FROM message WHERE space = $1 AND engagement = $2 AND speaker_name = $3 AND speaker_address = $4)`, engagement, p.Name, p.Address)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "UPDATE message SET side = $1, unread = $2 WHERE space = $3 AND engagement = $4 AND speaker_name = $5 AND speaker_address = $6",
		side, true, space, engagement, p.Name, p.Address)
	return err
}

// SpeakersOf returns under which names and addresses a stakeholder spoke, in order, at most 100.
func (tx *Tx) SpeakersOf(ctx context.Context, space parley.WorkspaceID, id parley.StakeholderID) (list []parley.Person, err error) {
	err = tx.list(ctx, &list, `SELECT DISTINCT speaker_name AS name, speaker_address AS address FROM message
		WHERE space = $1 AND stakeholder = $2 AND stakeholder <> '' ORDER BY speaker_name, speaker_address LIMIT 100`, space, id)
	return list, err
}

// A ConversationRef names a conversation.
type ConversationRef struct {
	Space parley.WorkspaceID    `db:"space"`
	ID    parley.ConversationID `db:"conversation"`
}

// UnreadConversations returns up to limit conversations that have messages to be read again.
func (tx *Tx) UnreadConversations(ctx context.Context, limit int) (list []ConversationRef, err error) {
	err = tx.list(ctx, &list, "SELECT DISTINCT space, conversation FROM message WHERE unread ORDER BY space, conversation LIMIT $1", limit)
	return list, err
}

// Unread returns which messages of a conversation are to be read again, and for which side each speaks.
func (tx *Tx) Unread(ctx context.Context, space parley.WorkspaceID, conversation parley.ConversationID) (map[parley.MessageID]parley.Side, error) {
	var rows []struct {
		ID   parley.MessageID `db:"id"`
		Side parley.Side      `db:"side"`
	}
	err := tx.list(ctx, &rows, "SELECT id, side FROM message WHERE space = $1 AND conversation = $2 AND unread ORDER BY id", space, conversation)
	sides := make(map[parley.MessageID]parley.Side, len(rows))
	for _, r := range rows {
		sides[r.ID] = r.Side
	}
	return sides, err
}

// MarkRead says that the messages of a conversation are read again.
func (tx *Tx) MarkRead(ctx context.Context, space parley.WorkspaceID, conversation parley.ConversationID) error {
	_, err := tx.exec(ctx, "UPDATE message SET unread = $1 WHERE space = $2 AND conversation = $3 AND unread", false, space, conversation)
	return err
}
