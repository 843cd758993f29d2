package app

import (
	"context"

	"parley"
	"parley/internal/store"
)

// messagesPage is how many messages of a conversation are shown at a time.
const messagesPage = 100

// peopleShown is how many of those who speak in a conversation a list names.
const peopleShown = 8

// Conversations returns those of an engagement, those with the newest messages first, 50 at a time.
func (a *App) Conversations(ctx context.Context, by parley.Actor, eng parley.EngagementID, cursor string) (page ConversationList, err error) {
	var after store.ConversationPlace
	if err := parseCursor(cursor, &after); err != nil {
		return page, err
	}
	err = a.read(ctx, func(tx *store.Tx) error {
		if _, err := a.engagement(ctx, tx, by, eng); err != nil {
			return err
		}
		list, next, err := tx.Conversations(ctx, by.Space, eng, after, limitDefault)
		if err != nil {
			return err
		}
		page.Next = ""
		if len(list) == limitDefault {
			page.Next = cursorOf(next)
		}
		page.Conversations, err = summaries(ctx, tx, by.Space, eng, list)
		return err
	})
	return page, err
}

// summaries returns conversations with what is in them.
func summaries(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, eng parley.EngagementID, list []Conversation) ([]ConversationSummary, error) {
	out := make([]ConversationSummary, len(list))
	ids := make([]parley.ConversationID, len(list))
	at := map[parley.ConversationID]int{}
	for i, c := range list {
		out[i], ids[i], at[c.ID] = ConversationSummary{Conversation: c, People: c.People(peopleShown)}, c.ID, i
	}
	counts, err := tx.ConversationCounts(ctx, space, eng, ids)
	if err != nil {
		return nil, err
	}
	for _, c := range counts {
		out[at[c.Conversation]].Findings, out[at[c.Conversation]].Open = c.Findings, c.Open
	}
	return out, nil
}

// Conversation returns messages of a conversation in order with their findings, 100 at a time.
func (a *App) Conversation(ctx context.Context, by parley.Actor, id parley.ConversationID, cursor string) (page ConversationPage, err error) {
	var after store.Said
	if err := parseCursor(cursor, &after); err != nil {
		return page, err
	}
	err = a.read(ctx, func(tx *store.Tx) error {
		if err := mayBeHere(by); err != nil {
			return err
		}
		c, err := tx.Conversation(ctx, by.Space, id)
		if err != nil {
			return err
		}
		if _, err := a.engagement(ctx, tx, by, c.Engagement); err != nil {
			return of("conversation", err)
		}
		list, err := summaries(ctx, tx, by.Space, c.Engagement, []Conversation{c})
		if err != nil {
			return err
		}
		page.Conversation = list[0]
		messages, err := tx.Messages(ctx, by.Space, id, after, messagesPage)
		if err != nil {
			return err
		}
		page.Next = ""
		if n := len(messages); n == messagesPage {
			page.Next = cursorOf(store.Said{At: messages[n-1].At, Seq: messages[n-1].Seq})
		}
		page.Messages, err = withFindings(ctx, tx, by.Space, messages)
		return err
	})
	return page, err
}

// withFindings returns messages with their findings.
func withFindings(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, messages []StoredMessage) ([]MessageView, error) {
	views := make([]MessageView, len(messages))
	ids := make([]parley.MessageID, len(messages))
	at := map[parley.MessageID]int{}
	for i, m := range messages {
		views[i], ids[i], at[m.ID] = MessageView{StoredMessage: m}, m.ID, i
	}
	findings, err := tx.FindingsOfMessages(ctx, space, ids)
	for _, f := range findings {
		v := &views[at[f.Message.ID]]
		v.Findings = append(v.Findings, f)
	}
	return views, err
}
