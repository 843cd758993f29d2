package store

import (
	"context"
	"time"

	"parley"
)

type conversationRow struct {
	Space      parley.WorkspaceID    `db:"space"`
	ID         parley.ConversationID `db:"id"`
	Engagement parley.EngagementID   `db:"engagement"`
	Thread     string                `db:"thread"`
	Kind       parley.Kind           `db:"kind"`
	Title      string                `db:"title"`
	Source     string                `db:"source"`
	Messages   int                   `db:"messages"`
	NextSeq    int64                 `db:"next_seq"`
	Began      Time                  `db:"began"`
	Ended      Time                  `db:"ended"`
	Recent     Time                  `db:"recent"`
	People     JSON[[]Speaking]      `db:"people"`
	Created    Time                  `db:"created"`
}

const conversationColumns = "space, id, engagement, thread, kind, title, source, messages, next_seq, began, ended, recent, people, created"

func (r conversationRow) conversation() Conversation {
	return Conversation{
		ID: r.ID, Engagement: r.Engagement, Thread: r.Thread, Kind: r.Kind, Title: r.Title, Source: r.Source, Messages: r.Messages,
		NextSeq: r.NextSeq, Began: r.Began.Time, Ended: r.Ended.Time, Speakings: r.People.V, Created: r.Created.Time,
	}
}

func conversations(rows []conversationRow) []Conversation {
	list := make([]Conversation, len(rows))
	for i, r := range rows {
		list[i] = r.conversation()
	}
	return list
}

// Conversation returns one conversation.
func (tx *Tx) Conversation(ctx context.Context, space parley.WorkspaceID, id parley.ConversationID) (Conversation, error) {
	var row conversationRow
	err := tx.get(ctx, "conversation", &row, "SELECT "+conversationColumns+" FROM conversation WHERE space = $1 AND id = $2", space, id)
	return row.conversation(), err
}

// ConversationsByID returns those conversations of an engagement that have one of the ids, in any order.
func (tx *Tx) ConversationsByID(ctx context.Context, space parley.WorkspaceID, ids []parley.ConversationID) ([]Conversation, error) {
	var rows []conversationRow
	err := tx.list(ctx, &rows, "SELECT "+conversationColumns+" FROM conversation WHERE space = $1 AND id "+tx.in(2)+" ORDER BY id", space, listOf(ids))
	return conversations(rows), err
}

// A ConversationPlace is a place in the list of conversations; the zero value is its start.
type ConversationPlace struct {
	Recent int64                 `json:"r"`
	ID     parley.ConversationID `json:"i"`
}

// Conversations returns up to limit conversations of an engagement after a place, those with the newest
// messages first, and the place after the last.
func (tx *Tx) Conversations(ctx context.Context, space parley.WorkspaceID, engagement parley.EngagementID, after ConversationPlace, limit int) ([]Conversation, ConversationPlace, error) {
	query := "SELECT " + conversationColumns + " FROM conversation WHERE space = $1 AND engagement = $2"
	args := []any{space, engagement, limit}
	if after.ID != "" {
		query += " AND (recent, id) < ($4, $5)"
		args = append(args, after.Recent, after.ID)
	}
	var rows []conversationRow
	if err := tx.list(ctx, &rows, query+" ORDER BY recent DESC, id DESC LIMIT $3", args...); err != nil {
		return nil, after, err
	}
	if n := len(rows); n > 0 {
		after = ConversationPlace{rows[n-1].Recent.UnixMicro(), rows[n-1].ID}
	}
	return conversations(rows), after, nil
}

// SaveConversations keeps conversations, new ones and what changes when messages come to them.
func (tx *Tx) SaveConversations(ctx context.Context, space parley.WorkspaceID, list []Conversation) error {
	rows := make([][]any, len(list))
	for i, c := range list {
		recent := c.Ended
		if recent.IsZero() {
			recent = c.Created
		}
		rows[i] = []any{space, c.ID, c.Engagement, c.Thread, c.Kind, c.Title, c.Source, c.Messages, c.NextSeq, Time{c.Began}, Time{c.Ended}, Time{recent}, JSON[[]Speaking]{c.Speakings}, Time{c.Created}}
	}
	return tx.insertRows(ctx, "conversation ("+conversationColumns+")", `ON CONFLICT (space, id) DO UPDATE SET messages = excluded.messages,
		next_seq = excluded.next_seq, began = excluded.began, ended = excluded.ended, recent = excluded.recent, people = excluded.people`, rows)
}

// A ConversationCount is what there is in a conversation.
type ConversationCount struct {
	Conversation parley.ConversationID `db:"id"`
	Findings     int                   `db:"findings"`
	Open         int                   `db:"open"`
}

// ConversationCounts counts the findings of conversations. Only those that somebody decided about are looked up.
func (tx *Tx) ConversationCounts(ctx context.Context, space parley.WorkspaceID, ids []parley.ConversationID) (list []ConversationCount, err error) {
	err = tx.list(ctx, &list, `SELECT id, findings, findings - (SELECT COUNT(*) FROM finding f WHERE f.space = conversation.space AND f.engagement = conversation.engagement
		AND f.state IN ('accepted', 'corrected', 'dismissed') AND f.conversation = conversation.id) AS open
		FROM conversation WHERE space = $1 AND id `+tx.in(2), space, listOf(ids))
	return list, err
}

// Recount brings conversations to what their messages say, and drops those that have none.
func (tx *Tx) Recount(ctx context.Context, space parley.WorkspaceID, ids []parley.ConversationID) error {
	list, err := tx.ConversationsByID(ctx, space, ids)
	if err != nil {
		return err
	}
	var rows []struct {
		Conversation parley.ConversationID `db:"conversation"`
		Name         string                `db:"name"`
		Address      string                `db:"address"`
		Time         Time                  `db:"time"`
	}
	if err := tx.list(ctx, &rows, "SELECT conversation, speaker_name AS name, speaker_address AS address, time FROM message WHERE space = $1 AND conversation "+tx.in(2)+" ORDER BY conversation, at, seq",
		space, listOf(ids)); err != nil {
		return err
	}
	counted := map[parley.ConversationID]Conversation{}
	for _, c := range list {
		c.Messages, c.Began, c.Ended, c.Speakings = 0, time.Time{}, time.Time{}, nil
		counted[c.ID] = c
	}
	for _, r := range rows {
		c := counted[r.Conversation]
		next := c.NextSeq // it goes on from where it was: a number is not given twice
		c = c.Heard(parley.Person{Name: r.Name, Address: r.Address}, r.Time.Time)
		c.NextSeq = next
		counted[r.Conversation] = c
	}
	kept := list[:0]
	for _, c := range list {
		if c = counted[c.ID]; c.Messages > 0 {
			kept = append(kept, c)
		}
	}
	if err := tx.SaveConversations(ctx, space, kept); err != nil {
		return err
	}
	_, err = tx.exec(ctx, "DELETE FROM conversation WHERE space = $1 AND id "+tx.in(2)+` AND NOT EXISTS
		(SELECT 1 FROM message WHERE message.space = conversation.space AND message.conversation = conversation.id)`, space, listOf(ids))
	return err
}
