package api

import (
	"context"

	"parley"
	"parley/internal/app"
)

type conversationsInput struct {
	One[parley.EngagementID]
	Cursored
}

// conversations serves GET /api/v1/engagements/{id}/conversations.
func (s *Server) conversations(ctx context.Context, in *conversationsInput) (*body[List[app.ConversationSummary]], error) {
	p, err := s.app.Conversations(ctx, actor(ctx), in.ID, in.Cursor)
	return &body[List[app.ConversationSummary]]{List[app.ConversationSummary]{p.Conversations, p.Next}}, err
}

type conversationInput struct {
	One[parley.ConversationID]
	Cursored
	At parley.FindingID `query:"at" doc:"Instead of a cursor: the page begins shortly before this finding of the conversation."`
}

// A conversationPage is a conversation with a page of its messages, in order.
type conversationPage struct {
	Conversation app.ConversationSummary `json:"conversation"`
	List[heardMessage]
	Prev string `json:"prev,omitempty" doc:"Cursor of the page before; none: this is the first."`
}

// A heardMessage is a message with what was found in it.
type heardMessage struct {
	app.StoredMessage
	Findings []heardFinding `json:"findings"`
}

// A heardFinding is a finding under its message, which it does not repeat.
type heardFinding struct {
	app.StoredFinding
	Message *app.StoredMessage `json:"message,omitempty" hidden:"true"` // nil; hides the other
}

// conversation serves GET /api/v1/conversations/{id}.
func (s *Server) conversation(ctx context.Context, in *conversationInput) (*body[conversationPage], error) {
	c, err := s.conversationAt(ctx, in)
	out := conversationPage{Conversation: c.Conversation, List: List[heardMessage]{Next: c.Next}, Prev: c.Prev}
	for _, m := range c.Messages {
		heard := heardMessage{StoredMessage: m.StoredMessage}
		for _, f := range m.Findings {
			heard.Findings = append(heard.Findings, heardFinding{StoredFinding: f})
		}
		out.Items = append(out.Items, heard)
	}
	return &body[conversationPage]{out}, err
}

// conversationAt returns the page that is asked for.
func (s *Server) conversationAt(ctx context.Context, in *conversationInput) (app.ConversationPage, error) {
	if in.At == "" {
		return s.app.Conversation(ctx, actor(ctx), in.ID, in.Cursor)
	}
	if in.Cursor != "" {
		return app.ConversationPage{}, &parley.Error{Code: parley.Invalid, Field: "at", Message: "ask for a cursor or a finding, not for both"}
	}
	c, err := s.app.ConversationAt(ctx, actor(ctx), in.At)
	if err == nil && c.Conversation.ID != in.ID {
		return app.ConversationPage{}, &parley.Error{Code: parley.NotFound, Field: "at", Message: "there is no such finding in this conversation"}
	}
	return c, err
}
