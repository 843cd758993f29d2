package parley

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A ConcernState is how far a concern has come.
type ConcernState string

const (
	Heard      ConcernState = "heard"       // seen in what people said
	PlayedBack ConcernState = "played_back" // put to them in neutral words
	Agreed     ConcernState = "agreed"      // they say that this is what they mean
	Answered   ConcernState = "answered"    // every main reason has its response
	Settled    ConcernState = "settled"     // it ended; Outcome says how
	Reopened   ConcernState = "reopened"    // it came back
)

// ConcernStates lists every ConcernState, in order.
var ConcernStates = []ConcernState{Heard, PlayedBack, Agreed, Answered, Settled, Reopened}

// An Outcome is how a concern was settled.
type Outcome string

const (
	Resolved  Outcome = "resolved"  // the reason is gone
	Adapted   Outcome = "adapted"   // the advice was changed
	Honoured  Outcome = "honoured"  // their choice stands
	Withdrawn Outcome = "withdrawn" // the advice was taken back
)

// Outcomes lists every Outcome.
var Outcomes = []Outcome{Resolved, Adapted, Honoured, Withdrawn}

// A Concern is one reason to resist, in neutral words.
type Concern struct {
	ID         ConcernID    `json:"id"`
	Space      WorkspaceID  `json:"-"`
	Engagement EngagementID `json:"engagement"`
	Title      string       `json:"title"` // neutral words
	Labels     Labels       `json:"labels"`
	State      ConcernState `json:"state"`
	Outcome    Outcome      `json:"outcome,omitempty"` // where settled
	Merged     ConcernID    `json:"merged,omitempty"`  // the concern that it became part of; it is in no list until they are split
	Created    time.Time    `json:"created"`
	Updated    time.Time    `json:"updated"`
	Version    int          `json:"version"`
}

// moves lists, for each state, the states that may follow.
var moves = map[ConcernState][]ConcernState{
	Heard:      {PlayedBack, Settled},
	PlayedBack: {Agreed, Heard, Settled},
	Agreed:     {Answered, PlayedBack, Settled},
	Answered:   {Settled, Agreed},
	Settled:    {Reopened},
	Reopened:   {PlayedBack, Agreed, Answered, Settled},
}

// Next returns the states that may follow c's: heard → played_back → agreed → answered → settled, a step
// back where one was wrong, and from every state but heard to reopened by Reopen.
func (c Concern) Next() []ConcernState { return slices.Clone(moves[c.State]) }

// MoveTo returns c in state, with an outcome if and only if that is settled.
func (c Concern) MoveTo(state ConcernState, outcome Outcome, now time.Time) (Concern, error) {
	switch {
	case !slices.Contains(ConcernStates, state):
		return c, &Error{Code: Invalid, Field: "state", Message: "there is no such state"}
	case !slices.Contains(moves[c.State], state):
		return c, &Error{Code: Conflict, Field: "state", Message: "a concern that is " + string(c.State) + " cannot become " + string(state)}
	case state == Settled && !slices.Contains(Outcomes, outcome):
		return c, &Error{Code: Invalid, Field: "outcome", Message: "say how it was settled: resolved, adapted, honoured or withdrawn"}
	case state != Settled && outcome != "":
		return c, &Error{Code: Invalid, Field: "outcome", Message: "only a settled concern has an outcome"}
	}
	c.State, c.Outcome, c.Updated = state, outcome, now
	return c, nil
}

// HeardAgain returns c after a new quote joined it: what was agreed or settled lapses, and is to be
// confirmed again.
func (c Concern) HeardAgain(now time.Time) Concern {
	switch c.State {
	case Settled:
		c.State, c.Outcome = Reopened, ""
	case PlayedBack, Agreed, Answered:
		c.State = Reopened
	}
	c.Updated = now
	return c
}

// Absorb returns c after others became part of it, quotes of theirs being now its own. Its words stay; of
// the diagnosis, what c does not know yet is the first of the others' that does. Since nobody agreed to c
// with these quotes, what was agreed or settled lapses, as by HeardAgain, if there are any.
func (c Concern) Absorb(others []Concern, quotes int, now time.Time) Concern {
	for _, o := range others {
		c.Labels.Form = cmp.Or(c.Labels.Form, o.Labels.Form)
		c.Labels.Driver = cmp.Or(c.Labels.Driver, o.Labels.Driver)
		c.Labels.Perception = cmp.Or(c.Labels.Perception, o.Labels.Perception)
		c.Labels.Subject = cmp.Or(c.Labels.Subject, o.Labels.Subject)
	}
	c.Updated = now
	if quotes > 0 {
		c = c.HeardAgain(now)
	}
	return c
}

// Check returns an Invalid error unless c can be stored.
func (c Concern) Check() error {
	switch {
	case strings.TrimSpace(c.Title) == "":
		return &Error{Code: Invalid, Field: "title", Message: "say the reason in a few neutral words"}
	case len(c.Title) > 500:
		return &Error{Code: Invalid, Field: "title", Message: "the title has more than 500 bytes"}
	case !c.Labels.Resistance || !c.Labels.Valid():
		return &Error{Code: Invalid, Field: "labels", Message: "the labels are not those of the taxonomy"}
	}
	return nil
}

// A FindingState is what a person decided about a finding.
type FindingState string

const (
	Open      FindingState = "open"      // nobody has looked
	Accepted  FindingState = "accepted"  // it is resistance, with these labels
	Corrected FindingState = "corrected" // it is, with other labels
	Dismissed FindingState = "dismissed" // it is not
)

// FindingStates lists every FindingState.
var FindingStates = []FindingState{Open, Accepted, Corrected, Dismissed}
