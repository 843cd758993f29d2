package app

import (
	"io"
	"time"

	"parley"
	"parley/internal/store"
)

// What is stored, as the edges see it.
type (
	// StoredMessage is a message that is kept.
	StoredMessage = store.Message
	// StoredFinding is a finding that is kept, with what a person decided about it.
	StoredFinding = store.Finding
	// Excerpt is the words of a finding, and who said them.
	Excerpt = store.Excerpt
	// Conversation is a thread, a meeting, a chat, a set of minutes, notes or comments.
	Conversation = store.Conversation
	// Import is one upload of files and what came of it.
	Import = store.Import
	// ImportFile is one file of an import.
	ImportFile = store.ImportFile
	// ImportState is how far an import has come.
	ImportState = store.ImportState
	// Skip is a part of a file that could not be read.
	Skip = store.Skip
	// Reread is how many messages are still to be read again, of how many; all zero where none are.
	Reread = store.Reread
	// ConcernSort is an order of concerns.
	ConcernSort = store.ConcernSort
)

// The orders of concerns.
const (
	ByUpdated = store.ByUpdated
	ByCreated = store.ByCreated
	ByTitle   = store.ByTitle
	ByDriver  = store.ByDriver
	ByState   = store.ByState
)

// The states of an import.
const (
	Queued  = store.Queued
	Running = store.Running
	Done    = store.Done
	Failed  = store.Failed
	Undone  = store.Undone
)

// A NewOwner is who sets a workspace up.
type NewOwner struct {
	Workspace, Name, Email, Password string
	Lang                             parley.Lang // of the pages; empty is English
}

// A NewMember is whom an owner adds.
type NewMember struct {
	Name     string      `json:"name"`
	Email    string      `json:"email"`
	Password string      `json:"password"` // the first one; the member should change it
	Role     parley.Role `json:"role"`
	Lang     parley.Lang `json:"lang,omitempty"` // of the pages; empty is English
}

// A NewToken asks for an API token.
type NewToken struct {
	Name    string       `json:"name"`
	Scope   parley.Scope `json:"scope"`
	Expires time.Time    `json:"expires,omitzero"` // zero: in 90 days; at most in a year
}

// Counts sums an engagement up.
type Counts struct {
	Conversations int                         `json:"conversations"`
	Messages      int                         `json:"messages"`
	Stakeholders  int                         `json:"stakeholders"`
	Findings      map[parley.FindingState]int `json:"findings"` // by state, every state
	Concerns      map[parley.ConcernState]int `json:"concerns"` // by state, every state
	Reread        Reread                      `json:"reread"`   // after a change of sides or of the model; open findings come back as it goes on
}

// Open is the number of findings that nobody has looked at.
func (c Counts) Open() int { return c.Findings[parley.Open] }

// OpenConcerns is the number of concerns that are not settled.
func (c Counts) OpenConcerns() int { return c.AllConcerns() - c.Concerns[parley.Settled] }

// AllConcerns is the number of concerns.
func (c Counts) AllConcerns() (n int) {
	for _, k := range c.Concerns {
		n += k
	}
	return n
}

// An EngagementSummary is an engagement in a list.
type EngagementSummary struct {
	parley.Engagement
	Counts     Counts    `json:"counts"`
	LastImport time.Time `json:"last_import,omitzero"`
}

// A DriverCount is how many concerns and findings have one driver.
type DriverCount struct {
	Driver   parley.Driver `json:"driver"` // empty: not yet known
	Concerns int           `json:"concerns"`
	Findings int           `json:"findings"` // open ones
}

// An Overview is an engagement's first page.
type Overview struct {
	Engagement parley.Engagement `json:"engagement"`
	Counts     Counts            `json:"counts"`
	Drivers    []DriverCount     `json:"drivers"`  // every driver that occurs, in the taxonomy's order
	Findings   []StoredFinding   `json:"findings"` // the newest open ones, at most 5
	Concerns   []ConcernSummary  `json:"concerns"` // changed last, at most 5
	Imports    []Import          `json:"imports"`  // the newest, at most 5, without Skipped and Unknown
	Events     []EventView       `json:"events"`   // the newest, at most 10
}

// An Upload is one file to import. Pasted text is an Upload named "pasted.txt".
type Upload struct {
	Name string
	Body io.Reader
}

// A ConversationSummary is a conversation in a list.
type ConversationSummary struct {
	Conversation
	Findings int             `json:"findings"` // all
	Open     int             `json:"open"`     // those that nobody has looked at
	People   []parley.Person `json:"people"`   // those who say most first
}

// A ConversationList is conversations, those with the newest messages first.
type ConversationList struct {
	Conversations []ConversationSummary `json:"conversations"`
	Next          string                `json:"next,omitempty"` // cursor of the next page
}

// A ConversationPage is messages of a conversation in order, with their findings.
type ConversationPage struct {
	Conversation ConversationSummary `json:"conversation"`
	Messages     []MessageView       `json:"messages"`
	Cursor       string              `json:"cursor,omitempty"` // of this page; of the first, none
	Prev         string              `json:"prev,omitempty"`   // cursor of the page before
	Next         string              `json:"next,omitempty"`   // cursor of the next page
	Before       parley.FindingID    `json:"before,omitempty"` // the last finding before this page
	After        parley.FindingID    `json:"after,omitempty"`  // the first finding after it
}

// A MessageView is a message with its findings in order.
type MessageView struct {
	StoredMessage
	Findings []StoredFinding `json:"findings"` // their Message is not repeated: only its ID is set
}

// A FindingFilter chooses findings; zero fields do not restrict.
type FindingFilter struct {
	State        parley.FindingState
	Conversation parley.ConversationID
	Driver       parley.Driver        // as it holds: a person's where given
	Person       parley.StakeholderID // who speaks
	Concern      parley.ConcernID     // that they joined
	Loose        bool                 // only those accepted or corrected that joined no concern yet
	Cursor       string
	Limit        int // 0 is 50; at most 200
}

// A FindingPage is findings in the order in which they were said.
type FindingPage struct {
	Findings []StoredFinding `json:"findings"`
	Next     string          `json:"next,omitempty"` // cursor of the next page
}

// A Joining says which concern an accepted finding joins: an existing one, a new one of that title, or,
// with neither, none yet.
type Joining struct {
	Concern  parley.ConcernID `json:"concern,omitempty"`
	NewTitle string           `json:"new_title,omitempty"`
}

// A Match is a concern that a finding may belong to.
type Match struct {
	Concern parley.Concern `json:"concern"`
	Score   float64        `json:"score"` // how alike, 0…1
	Quote   StoredFinding  `json:"quote"` // of the concern, the one most alike; without ID if there is none
}

// A ConcernFilter chooses concerns; zero fields do not restrict.
type ConcernFilter struct {
	State  parley.ConcernState
	Open   bool // only those that are not settled
	Driver parley.Driver
	Person parley.StakeholderID // who holds it
	Text   string               // words of its title, case and accents aside
	Sort   ConcernSort
	Cursor string
	Limit  int  // 0 is 50; at most 200
	Bare   bool // without people and quotes
}

// A ConcernSummary is a concern in a list.
type ConcernSummary struct {
	parley.Concern
	Quotes  int                  `json:"quotes"`
	Holders []parley.Stakeholder `json:"holders"`         // who said so, those who said it most first
	Quote   *Excerpt             `json:"quote,omitempty"` // the newest; nil if there is none
}

// A ConcernPage is concerns in the order asked for.
type ConcernPage struct {
	Concerns []ConcernSummary `json:"concerns"`
	Total    int              `json:"total"`          // that the filter chooses, over all pages
	Next     string           `json:"next,omitempty"` // cursor of the next page
}

// A ConcernView is a concern with what is known about it.
type ConcernView struct {
	parley.Concern
	Next   []parley.ConcernState `json:"next_states"`
	Quotes []Quote               `json:"quotes"` // newest first, at most 200
	People []Holder              `json:"people"` // those who said it most first
	Merges []Merge               `json:"merges"` // what became part of it, the last first, at most 100
	Events []EventView           `json:"events"` // newest first, at most 50
}

// A Merge is concerns that became part of another at once. SplitConcern takes it back.
type Merge struct {
	ID       parley.MergeID   `json:"id"`
	By       parley.MemberID  `json:"by"`
	ByName   string           `json:"by_name,omitempty"`
	Created  time.Time        `json:"created"`
	Concerns []parley.Concern `json:"concerns"`
}

// A Quote is a finding of a concern with the turn that it answers.
type Quote struct {
	StoredFinding
	Title  string         `json:"title"`            // of its conversation
	Before *StoredMessage `json:"before,omitempty"` // the message before it in the conversation
}

// A Holder is a person who holds a concern.
type Holder struct {
	parley.Stakeholder
	Quotes int `json:"quotes"`
}

// A ViewSummary is a view with how many concerns it shows.
type ViewSummary struct {
	parley.View
	Concerns int `json:"concerns"`
}

// A NewConcern is a concern that a person opens by hand.
type NewConcern struct {
	Title  string        `json:"title"`
	Labels parley.Labels `json:"labels"`
}

// An EventView is an event with the name of who did it.
type EventView struct {
	parley.Event
	ByName string `json:"by_name,omitempty"` // empty: Parley itself
}

// An EventPage is events, newest first.
type EventPage struct {
	Events []EventView `json:"events"`
	Next   string      `json:"next,omitempty"` // cursor of the next page
}

// A VerifyReport says whether the history is whole.
type VerifyReport struct {
	Workspaces int      `json:"workspaces"`
	Events     int64    `json:"events"`
	Messages   int64    `json:"messages"`
	Findings   int64    `json:"findings"`
	Problems   []string `json:"problems"` // at most 100, each a sentence; none: all is well
}
