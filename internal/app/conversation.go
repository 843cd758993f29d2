package app

import (
	"context"

	"parley"
	"parley/internal/store"
)

// messagesPage is how many messages of a conversation are shown at a time.
const messagesPage = 100

// messagesContext is how many messages are shown before one that is looked for.
const messagesContext = 20

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
		page.Conversations, err = summaries(ctx, tx, by.Space, list)
		return err
	})
	return page, err
}

// summaries returns conversations with what is in them.
func summaries(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, list []Conversation) ([]ConversationSummary, error) {
	out := make([]ConversationSummary, len(list))
	ids := make([]parley.ConversationID, len(list))
	at := map[parley.ConversationID]int{}
	for i, c := range list {
		out[i], ids[i], at[c.ID] = ConversationSummary{Conversation: c, People: c.People(peopleShown)}, c.ID, i
	}
	counts, err := tx.ConversationCounts(ctx, space, ids)
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
		if page, err = a.conversationOf(ctx, tx, by, id); err != nil {
			return err
		}
		return fillPage(ctx, tx, by.Space, &page, after)
	})
	return page, err
}

// ConversationAt returns the messages of the conversation in which a finding is, with the finding among them: from the
// start where it is in the first 100, else from 20 before it.
func (a *App) ConversationAt(ctx context.Context, by parley.Actor, at parley.FindingID) (page ConversationPage, err error) {
	err = a.read(ctx, func(tx *store.Tx) error {
		f, _, err := a.findingOf(ctx, tx, by, at)
		if err != nil {
			return err
		}
		if page, err = a.conversationOf(ctx, tx, by, f.Conversation); err != nil {
			return err
		}
		return fillAround(ctx, tx, by.Space, &page, f.Message)
	})
	return page, err
}

// ConversationAtMessage returns the messages of the conversation in which a message is, as ConversationAt does.
func (a *App) ConversationAtMessage(ctx context.Context, by parley.Actor, id parley.MessageID) (page ConversationPage, err error) {
	err = a.read(ctx, func(tx *store.Tx) error {
		_, m, err := a.messageOf(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if page, err = a.conversationOf(ctx, tx, by, m.Conversation); err != nil {
			return err
		}
		return fillAround(ctx, tx, by.Space, &page, m)
	})
	return page, err
}

// fillAround puts messages into a page, with m among them.
func fillAround(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, page *ConversationPage, m StoredMessage) error {
	places, err := tx.PlacesBefore(ctx, space, m.Conversation, store.Said{At: m.At, Seq: m.Seq}, messagesPage)
	if err != nil {
		return err
	}
	var after store.Said
	if len(places) == messagesPage {
		after = places[messagesContext]
	}
	return fillPage(ctx, tx, space, page, after)
}

// conversationOf returns a page without messages of a conversation that by may read.
func (a *App) conversationOf(ctx context.Context, tx *store.Tx, by parley.Actor, id parley.ConversationID) (page ConversationPage, err error) {
	if err := mayBeHere(by); err != nil {
		return page, err
	}
	c, err := tx.Conversation(ctx, by.Space, id)
	if err != nil {
		return page, err
	}
	if _, err := a.engagement(ctx, tx, by, c.Engagement); err != nil {
		return page, of("conversation", err)
	}
	list, err := summaries(ctx, tx, by.Space, []Conversation{c})
	if err == nil {
		page.Conversation = list[0]
	}
	return page, err
}

// fillPage puts the messages after a place into a page, and what lies beside them.
func fillPage(ctx context.Context, tx *store.Tx, space parley.WorkspaceID, page *ConversationPage, after store.Said) error {
	id := page.Conversation.ID
	messages, err := tx.Messages(ctx, space, id, after, messagesPage+1)
	if err != nil {
		return err
	}
	if after != (store.Said{}) {
		page.Cursor = cursorOf(after)
	}
	place := func(m StoredMessage) store.Said { return store.Said{At: m.At, Seq: m.Seq} }
	if len(messages) > messagesPage {
		messages = messages[:messagesPage]
		page.Next = cursorOf(place(messages[messagesPage-1]))
	}
	if page.Messages, err = withFindings(ctx, tx, space, messages); err != nil || len(messages) == 0 {
		return err
	}
	first, last := place(messages[0]), place(messages[len(messages)-1])
	places, err := tx.PlacesBefore(ctx, space, id, first, messagesPage+1)
	switch {
	case err != nil:
		return err
	case len(places) > messagesPage:
		page.Prev = cursorOf(places[messagesPage])
	case len(places) > 0:
		page.Prev = cursorOf(store.Said{})
	}
	page.Before, page.After, err = tx.FindingsBeside(ctx, space, id, first, last)
	return err
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
	if err != nil {
		return nil, err
	}
	for _, f := range findings {
		v := &views[at[f.Message.ID]]
		v.Findings = append(v.Findings, f)
	}
	return views, nameMarkers(ctx, tx, space, findings)
}
