package parley

import "time"

// A Person is someone who speaks in a conversation. Either field may be empty; both are for a speaker
// whom the source does not name.
type Person struct {
	Name    string `json:"name,omitempty"`
	Address string `json:"address,omitempty"` // e-mail address or handle, as the source has it
}

// String returns the name, else the address, else "".
func (p Person) String() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Address
}

// A Message is one person's turn in a conversation: a mail, a turn in a transcript, a line in a chat, a
// point in minutes, a comment in a survey. It does not change once it is read.
type Message struct {
	ID       string        // unique in its source: the Message-ID of a mail, else "#" and its number from 1
	Source   string        // the file it came from
	Place    string        // where in the source: "line 12", "mail 3"
	Kind     Kind          // what the source is
	Speaker  Person        // who says it
	Role     string        // what the speaker is said to be, if the source says so; may be empty
	Side     Side          // whom the speaker speaks for
	Time     time.Time     // when, UTC; zero if unknown
	Offset   time.Duration // since the start of a recording; meaningful where Recorded is true
	Recorded bool          // Offset is known
	Topic    string        // the subject line, the channel, the agenda item
	Text     string        // UTF-8, NFC, without NUL; spans are byte ranges of it
	Parts    []Part        // what is not the message's own words, in order, not overlapping
	ReplyTo  string        // ID of the message it answers; empty if unknown
	Lang     Lang          // the language of its own words; empty if too short to tell
}

// A Kind is a kind of conversation, found from the content.
type Kind string

const (
	Mail       Kind = "mail"
	Transcript Kind = "transcript" // turns of speech, with or without times
	Chat       Kind = "chat"
	Minutes    Kind = "minutes" // attributed points, reported speech
	Notes      Kind = "notes"   // free text without speakers
	Survey     Kind = "survey"  // comments in a table
)

// Kinds lists every Kind.
var Kinds = []Kind{Mail, Transcript, Chat, Minutes, Notes, Survey}

// A Lang is a language by its ISO 639-1 code.
type Lang string

const (
	English Lang = "en"
	Spanish Lang = "es"
	French  Lang = "fr"
)

// Langs lists the languages that are read.
var Langs = []Lang{English, Spanish, French}

// A Span is a half-open range of bytes in a Message's Text, on rune boundaries.
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// A Part is a span of a message that is not the speaker's own words. It is kept, and not diagnosed.
type Part struct {
	Span
	Kind PartKind
}

// A PartKind says what a Part is.
type PartKind string

const (
	Quoted     PartKind = "quoted"     // an earlier message, quoted or forwarded, with its attribution line
	Signature  PartKind = "signature"  // who signs, and how to reach them
	Disclaimer PartKind = "disclaimer" // what programs add: legal notices, warnings, how to join a meeting, that somebody is away
)

// PartKinds lists every PartKind.
var PartKinds = []PartKind{Quoted, Signature, Disclaimer}

// Own returns the spans of m that are the speaker's own words, in order: its text less its parts.
func (m Message) Own() []Span { return m.AppendOwn(nil) }

// AppendOwn is Own that appends to dst.
func (m Message) AppendOwn(dst []Span) []Span {
	at := 0
	for _, p := range m.Parts {
		if p.Start > at {
			dst = append(dst, Span{at, p.Start})
		}
		at = p.End
	}
	if at < len(m.Text) {
		dst = append(dst, Span{at, len(m.Text)})
	}
	return dst
}
