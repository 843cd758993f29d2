package parley

import (
	"strings"
	"time"
)

// An EngagementKind tells on which side the resistance is met.
type EngagementKind string

const (
	ClientEngagement   EngagementKind = "client"   // a client's team is advised
	InternalEngagement EngagementKind = "internal" // a client's interest is championed in one's own organisation
)

// EngagementKinds lists every EngagementKind.
var EngagementKinds = []EngagementKind{ClientEngagement, InternalEngagement}

// An Engagement is one piece of advice work.
type Engagement struct {
	ID         EngagementID   `json:"id"`
	Space      WorkspaceID    `json:"-"`
	Name       string         `json:"name"`
	Client     string         `json:"client"`
	Kind       EngagementKind `json:"kind"`
	Lang       Lang           `json:"lang"`
	Starts     string         `json:"starts,omitempty"` // a day, 2006-01-02
	Ends       string         `json:"ends,omitempty"`
	Sides      Sides          `json:"sides"`            // who speaks for which side
	Sample     bool           `json:"sample,omitempty"` // invented, to try things with; may be removed
	Restricted bool           `json:"restricted,omitempty"`
	Members    []MemberID     `json:"members,omitempty"` // who may see it where it is restricted; owners always may
	Created    time.Time      `json:"created"`
	Version    int            `json:"version"`
}

// Check returns an Invalid error, with the field at fault, unless e can be stored.
func (e Engagement) Check() error {
	switch {
	case strings.TrimSpace(e.Name) == "":
		return &Error{Code: Invalid, Field: "name", Message: "give the engagement a name"}
	case len(e.Name) > 200:
		return &Error{Code: Invalid, Field: "name", Message: "the name has more than 200 bytes"}
	case e.Kind != ClientEngagement && e.Kind != InternalEngagement:
		return &Error{Code: Invalid, Field: "kind", Message: "an engagement is client or internal"}
	case e.Lang != English && e.Lang != Spanish && e.Lang != French:
		return &Error{Code: Invalid, Field: "lang", Message: "the language is en, es or fr"}
	case !validDay(e.Starts):
		return &Error{Code: Invalid, Field: "starts", Message: "write the day as 2026-03-12"}
	case !validDay(e.Ends):
		return &Error{Code: Invalid, Field: "ends", Message: "write the day as 2026-03-12"}
	case e.Starts != "" && e.Ends != "" && e.Ends < e.Starts:
		return &Error{Code: Invalid, Field: "ends", Message: "it ends before it starts"}
	}
	return nil
}

// MayRemove returns a Conflict error unless e may be removed with all that is in it: what was really said is kept.
func (e Engagement) MayRemove() error {
	if !e.Sample {
		return &Error{Code: Conflict, Message: "only a sample case can be removed"}
	}
	return nil
}

func validDay(s string) bool {
	if s == "" {
		return true
	}
	_, err := time.Parse("2006-01-02", s)
	return err == nil
}

// A Stakeholder is a person with an interest in the outcome, on either side. Those who speak in imported
// conversations become stakeholders by their address, else their name.
type Stakeholder struct {
	ID         StakeholderID `json:"id"`
	Space      WorkspaceID   `json:"-"`
	Engagement EngagementID  `json:"engagement"`
	Name       string        `json:"name"`
	Address    string        `json:"address,omitempty"` // lower case
	Title      string        `json:"title,omitempty"`   // what they are: "plant manager"
	Side       Side          `json:"side"`
	Power      int           `json:"power"`      // how much they decide, 0…4
	Stance     int           `json:"stance"`     // −2 against … +2 in favour
	Skepticism int           `json:"skepticism"` // 0…4
	Langs      []Lang        `json:"langs,omitempty"`
	Version    int           `json:"version"`
}
