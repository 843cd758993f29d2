package store

import (
	"slices"
	"time"

	"parley"
)

// A Conversation is one thread of mail, one meeting, one chat, one set of minutes, notes or comments.
type Conversation struct {
	ID         parley.ConversationID `json:"id"`
	Engagement parley.EngagementID   `json:"engagement"`
	Kind       parley.Kind           `json:"kind"`
	Title      string                `json:"title"`
	Source     string                `json:"source"` // the file it came from first
	Messages   int                   `json:"messages"`
	Began      time.Time             `json:"began,omitzero"` // time of the first message, where known
	Ended      time.Time             `json:"ended,omitzero"` // and of the last
	Created    time.Time             `json:"created"`
	Thread     string                `json:"-"` // what makes it one: the mail that began it, or the import and file
	NextSeq    int64                 `json:"-"` // of the next message
	Speakings  []Speaking            `json:"-"` // the first who speak in it, at most 50, and how often
}

// A Speaking is how often a person speaks in a conversation.
type Speaking struct {
	Person parley.Person `json:"p"`
	N      int           `json:"n"`
}

// speakingsMost bounds what a conversation remembers of who speaks: a survey has thousands.
const speakingsMost = 50

// Heard returns c with one more message by p at a time, zero if unknown.
func (c Conversation) Heard(p parley.Person, at time.Time) Conversation {
	c.Messages++
	c.NextSeq++
	if !at.IsZero() {
		if c.Began.IsZero() || at.Before(c.Began) {
			c.Began = at
		}
		if at.After(c.Ended) {
			c.Ended = at
		}
	}
	i := slices.IndexFunc(c.Speakings, func(s Speaking) bool { return s.Person == p })
	switch {
	case i >= 0:
		c.Speakings = slices.Clone(c.Speakings)
		c.Speakings[i].N++
	case p != (parley.Person{}) && len(c.Speakings) < speakingsMost:
		c.Speakings = append(slices.Clip(c.Speakings), Speaking{p, 1})
	}
	return c
}

// People returns up to most of those who speak in c, those who say most first.
func (c Conversation) People(most int) []parley.Person {
	list := slices.Clone(c.Speakings)
	slices.SortStableFunc(list, func(a, b Speaking) int { return b.N - a.N })
	people := make([]parley.Person, min(most, len(list)))
	for i := range people {
		people[i] = list[i].Person
	}
	return people
}

// A Message is a parley.Message that is kept, with where it belongs.
type Message struct {
	ID           parley.MessageID      `json:"id"`
	Engagement   parley.EngagementID   `json:"engagement"`
	Conversation parley.ConversationID `json:"conversation"`
	Stakeholder  parley.StakeholderID  `json:"stakeholder,omitempty"` // who speaks; empty if the source names nobody
	Import       parley.ImportID       `json:"import"`
	At           int64                 `json:"-"` // with Seq, the order in the conversation: microseconds for mail and chat, else 0
	Seq          int64                 `json:"-"`
	Key          string                `json:"-"`                   // of the content: the same message again has the same
	SourceID     string                `json:"source_id,omitempty"` // Message.ID: its Message-ID, or its number in the source
	Source       string                `json:"source"`
	Place        string                `json:"place,omitempty"`
	Kind         parley.Kind           `json:"kind"`
	Speaker      parley.Person         `json:"speaker"`
	Role         string                `json:"role,omitempty"`
	Side         parley.Side           `json:"side,omitempty"`
	Time         time.Time             `json:"time,omitzero"`
	Offset       time.Duration         `json:"offset,omitempty"` // since the start of a recording, in nanoseconds, where Recorded
	Recorded     bool                  `json:"recorded,omitempty"`
	Topic        string                `json:"topic,omitempty"`
	Text         string                `json:"text"`
	Parts        []Part                `json:"parts,omitempty"`
	ReplyTo      string                `json:"reply_to,omitempty"`
	Lang         parley.Lang           `json:"lang,omitempty"`
}

// A Part is a span of a message that is not the speaker's own words.
type Part struct {
	Start int             `json:"start"`
	End   int             `json:"end"`
	Kind  parley.PartKind `json:"kind"`
}

// Said returns m as the steps of the method take it.
func (m Message) Said() parley.Message {
	said := parley.Message{
		ID: m.SourceID, Source: m.Source, Place: m.Place, Kind: m.Kind, Speaker: m.Speaker, Role: m.Role, Side: m.Side, Time: m.Time,
		Offset: m.Offset, Recorded: m.Recorded, Topic: m.Topic, Text: m.Text, ReplyTo: m.ReplyTo, Lang: m.Lang,
	}
	for _, p := range m.Parts {
		said.Parts = append(said.Parts, parley.Part{Span: parley.Span{Start: p.Start, End: p.End}, Kind: p.Kind})
	}
	return said
}

// A Finding is a parley.Finding that is kept, with what a person decided about it.
type Finding struct {
	ID           parley.FindingID      `json:"id"`
	Engagement   parley.EngagementID   `json:"engagement"`
	Conversation parley.ConversationID `json:"conversation"`
	Message      Message               `json:"message"`
	Span         parley.Span           `json:"span"`
	Marked       *Marked               `json:"marked,omitempty"` // who marked it by hand; nil: the model found it
	Labels       parley.Labels         `json:"labels"`           // what the model says, or who marked it
	Probability  float64               `json:"probability"`      // that it is resistance, as the model says
	Confidence   parley.Confidence     `json:"confidence"`       // of the model; of what was marked by hand, none
	Second       parley.Labels         `json:"second"`
	Why          []Reading             `json:"why"`
	State        parley.FindingState   `json:"state"`
	Given        parley.Labels         `json:"given,omitzero"`    // what a person says, where corrected
	Concern      parley.ConcernID      `json:"concern,omitempty"` // that it joined
	Before       *Joined               `json:"-"`                 // what joining changed, to undo it
	Version      int                   `json:"version"`
}

// A Marked says who marked a sentence that the model had missed.
type Marked struct {
	By     parley.MemberID `json:"by"`
	ByName string          `json:"by_name,omitempty"` // is not kept with it
	At     time.Time       `json:"at"`
}

// A Reading is words of a message that weighed in its diagnosis.
type Reading struct {
	Start  int     `json:"start"`
	End    int     `json:"end"`
	Text   string  `json:"text"`
	Weight float64 `json:"weight"`
}

// A Joined remembers a concern as it was before a finding joined it, and the version it had after.
type Joined struct {
	State   parley.ConcernState `json:"state,omitempty"` // empty: the concern was opened for the finding
	Outcome parley.Outcome      `json:"outcome,omitempty"`
	Version int                 `json:"version"`
}

// A Merge is concerns that became part of another at once, with what is needed to split them again.
type Merge struct {
	ID      parley.MergeID
	Space   parley.WorkspaceID
	Concern parley.ConcernID // that the others became part of
	By      parley.MemberID
	Created time.Time
	After   int // the version that the concern had then
	Before  MergeBefore
}

// A MergeBefore is what a merge changed, as it was before.
type MergeBefore struct {
	Concern ConcernBefore   `json:"concern"`
	Others  []ConcernBefore `json:"others"`
}

// A ConcernBefore is a concern as it was. Findings are its quotes, and what joining it had changed; of the concern
// that others became part of, none.
type ConcernBefore struct {
	ID       parley.ConcernID    `json:"id"`
	Labels   parley.Labels       `json:"labels"`
	State    parley.ConcernState `json:"state"`
	Outcome  parley.Outcome      `json:"outcome,omitempty"`
	Updated  time.Time           `json:"updated"`
	Version  int                 `json:"version"`
	Findings []FindingBefore     `json:"findings,omitempty"`
}

// A FindingBefore is a quote with what joining its concern had changed.
type FindingBefore struct {
	ID     parley.FindingID `json:"id"`
	Before *Joined          `json:"before,omitempty"`
}

// Text returns the words of the finding.
func (f Finding) Text() string { return f.Message.Text[f.Span.Start:f.Span.End] }

// An Excerpt is the words of a finding, and who said them.
type Excerpt struct {
	Finding      parley.FindingID      `json:"finding"`
	Message      parley.MessageID      `json:"message"`
	Conversation parley.ConversationID `json:"conversation"`
	Stakeholder  parley.StakeholderID  `json:"stakeholder,omitempty"` // who speaks; empty if the source names nobody
	Speaker      parley.Person         `json:"speaker"`
	Time         time.Time             `json:"time,omitzero"`
	Lang         parley.Lang           `json:"lang,omitempty"`
	Text         string                `json:"text"`
}

// Final returns the labels that hold: a person's where given, else the model's.
func (f Finding) Final() parley.Labels {
	if f.Given.Resistance {
		return f.Given
	}
	return f.Labels
}

// An ImportState is how far an import has come.
type ImportState string

const (
	Receiving ImportState = "receiving" // the upload is coming in; nothing is promised yet
	Queued    ImportState = "queued"    // stored; a worker will take it up
	Running   ImportState = "running"
	Done      ImportState = "done"
	Failed    ImportState = "failed" // it cannot go on; what was read stays
	Undone    ImportState = "undone" // its messages were taken out again
)

// ImportStates lists every ImportState.
var ImportStates = []ImportState{Receiving, Queued, Running, Done, Failed, Undone}

// An Import is one upload of files and what came of it.
type Import struct {
	ID         parley.ImportID     `json:"id"`
	Space      parley.WorkspaceID  `json:"-"`
	Engagement parley.EngagementID `json:"engagement"`
	By         parley.MemberID     `json:"by"`
	State      ImportState         `json:"state"`
	Bytes      int64               `json:"bytes"`
	Done       int64               `json:"done"` // bytes read
	Messages   int                 `json:"messages"`
	New        int                 `json:"new"`
	Known      int                 `json:"known"` // were there already
	Findings   int                 `json:"findings"`
	Files      []ImportFile        `json:"files"`
	Skipped    []Skip              `json:"skipped"` // at most 200 of SkippedAll
	SkippedAll int                 `json:"skipped_all"`
	Unknown    []parley.Person     `json:"unknown"`         // once it is over: who speaks for no known side, those who say most first
	Error      string              `json:"error,omitempty"` // where failed, for people
	Created    time.Time           `json:"created"`
	Finished   time.Time           `json:"finished,omitzero"`
}

// Over reports whether nothing more will happen to the import by itself.
func (i Import) Over() bool { return i.State == Done || i.State == Failed || i.State == Undone }

// An ImportFile is one file of an import.
type ImportFile struct {
	N        int         `json:"n"` // from 1
	Name     string      `json:"name"`
	Kind     parley.Kind `json:"kind,omitempty"` // of its first message
	Bytes    int64       `json:"bytes"`
	Done     int64       `json:"done"` // bytes read
	Messages int         `json:"messages"`
	New      int         `json:"new"`
	Known    int         `json:"known"`
	Findings int         `json:"findings"`
	Skipped  int         `json:"skipped"`
	Finished bool        `json:"finished"`
}

// A Skip is a part of a file that could not be read, or not wholly.
type Skip struct {
	File   string   `json:"file"`
	Place  string   `json:"place,omitempty"` // "line 12", "mail 3"
	Code   string   `json:"code"`            // one of listen.FlawCodes, or "other"
	Args   []string `json:"args,omitempty"`  // what the reason names; see listen.FlawCode
	Reason string   `json:"reason"`          // a sentence in English
}
