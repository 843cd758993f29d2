package parley

import (
	"strings"
	"time"
)

// A View is a way to look at the concerns of an engagement that a member has given a name.
type View struct {
	ID         ViewID       `json:"id"`
	Space      WorkspaceID  `json:"-"`
	Engagement EngagementID `json:"engagement"`
	Member     MemberID     `json:"-"` // whose it is
	Name       string       `json:"name"`
	Look       Look         `json:"look"`
	Created    time.Time    `json:"created"`
}

// A Look says which concerns one looks at and how; zero fields do not restrict.
type Look struct {
	State  ConcernState  `json:"state,omitempty"`
	Open   bool          `json:"open,omitempty"` // only those that are not settled
	Driver Driver        `json:"driver,omitempty"`
	Person StakeholderID `json:"person,omitempty"` // who holds them
	Text   string        `json:"text,omitempty"`   // words of their titles
	Sort   string        `json:"sort,omitempty"`   // an order of the list
	Group  string        `json:"group,omitempty"`  // what the page groups them by
}

// Check returns an Invalid error unless v can be stored.
func (v View) Check() error {
	switch {
	case strings.TrimSpace(v.Name) == "":
		return &Error{Code: Invalid, Field: "name", Message: "give the view a name"}
	case len(v.Name) > 80:
		return &Error{Code: Invalid, Field: "name", Message: "the name has more than 80 bytes"}
	case len(v.Look.Text) > 200:
		return &Error{Code: Invalid, Field: "text", Message: "look for at most 200 bytes"}
	}
	return nil
}
