package web

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"parley"
	"parley/internal/app"
	"parley/internal/web/i18n"
)

// A ChipView is a label or a filter: dashed with a number where it is a guess, solid where a person said so.
type ChipView struct {
	Text  string
	Icon  string
	Class string // "d-trust" and so on for a driver; "we", "they", "flag" or "plain"
	Guess bool
	Sure  string // how sure a guess is: ".58"
	Or    string // the word before the second of two candidates
}

// labelIcons are the icons of all labels and of what is not yet known.
var labelIcons = map[string]string{
	"uncertainty": "mist", "trust": "heart-handshake", "value": "diamond", "experience": "history", "culture": "building-community", "capacity": "hourglass",
	"missing": "circle-dashed", "incomplete": "circle-half-2", "incorrect": "equal-not", "skeptical": "eye-question", "accurate": "equal",
	"objection": "message-2", "noncompliance": "corner-down-right", "passive": "eye-off",
	"adviser": "user", "company": "building", "product": "package", "technology": "cpu", "plan": "map",
	"": "dots",
}

// A question is one of the four that a person can answer otherwise than the model.
type question struct {
	name   string
	values []string
	of     func(*parley.Labels) *string
}

// questions are the four, in the order in which the pages ask them.
var questions = []question{
	{"form", values(parley.Forms), func(l *parley.Labels) *string { return (*string)(&l.Form) }},
	{"driver", values(parley.Drivers), func(l *parley.Labels) *string { return (*string)(&l.Driver) }},
	{"perception", values(parley.Perceptions), func(l *parley.Labels) *string { return (*string)(&l.Perception) }},
	{"subject", values(parley.Subjects), func(l *parley.Labels) *string { return (*string)(&l.Subject) }},
}

func values[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// labelText names a label in the reader's language; an empty one is not yet known.
func labelText(w *i18n.Words, question, label string) string {
	if label == "" {
		return w.T("label.unknown")
	}
	switch question {
	case "form":
		return w.T("form." + label)
	case "driver":
		return w.T("driver." + label)
	case "perception":
		return w.T("perception." + label)
	}
	return w.T("subject." + label)
}

// labelMeaning says in a few words what a label means.
func labelMeaning(w *i18n.Words, question, label string) string {
	if label == "" {
		return ""
	}
	switch question {
	case "form":
		return w.T("form.means." + label)
	case "driver":
		return w.T("driver.means." + label)
	case "perception":
		return w.T("perception.means." + label)
	}
	return w.T("subject.means." + label)
}

// labelChip is the chip of a label that a person gave, or nobody.
func labelChip(w *i18n.Words, question, label string) ChipView {
	c := ChipView{Text: labelText(w, question, label), Icon: labelIcons[label]}
	if question == "driver" && label != "" {
		c.Class = "d-" + label
	}
	return c
}

// chipsOf are the chips of all four labels.
func chipsOf(w *i18n.Words, labels parley.Labels) []ChipView {
	var chips []ChipView
	for _, q := range []int{1, 2, 3, 0} { // what decides the answer first
		if label := *questions[q].of(&labels); label != "" {
			chips = append(chips, labelChip(w, questions[q].name, label))
		}
	}
	return chips
}

// probability writes p as ".58".
func probability(w *i18n.Words, p float64) string {
	if p >= 0.995 {
		p = 0.99 // nothing is certain
	}
	s := w.Decimal(p, 2)
	return s[1:]
}

// A StateView is how far a concern has come.
type StateView struct {
	Text  string
	State parley.ConcernState
}

// Ring returns the class of the ring that fills along the lifecycle.
func (s StateView) Ring() string {
	switch s.State {
	case parley.PlayedBack:
		return "played"
	case parley.Reopened:
		return "lapsed"
	}
	return string(s.State)
}

// stateOf says the state in words; what is settled is said in full.
func stateOf(w *i18n.Words, c parley.Concern) StateView {
	if c.State == parley.Settled {
		return StateView{Text: w.T("outcome." + string(c.Outcome)), State: c.State}
	}
	return StateView{Text: w.T("state." + string(c.State)), State: c.State}
}

// A QuoteView is somebody's words: never edited, with who said them where and when.
type QuoteView struct {
	*i18n.Words
	Before     string // the turn that it answers, shortened
	BeforeWho  string // empty: it is the question of a survey
	BeforeLang parley.Lang
	Lead, Text string // the words before it in the same message; the words themselves
	Rest       string
	Lang       parley.Lang
	Who        PersonView
	When       string // and where
	URL        string // in context
	Marked     string // who marked it by hand; empty: Parley heard it
	New        bool
}

// quoteOf shows a finding in its sentence.
func quoteOf(w *i18n.Words, f app.StoredFinding) QuoteView {
	return QuoteView{
		Words: w, Text: f.Text(), Lang: f.Message.Lang, Who: speaker(w, f.Message),
		When: w.Day(f.Message.Time), URL: findingURL(f), Marked: markedBy(w, f),
	}
}

// findingURL is where a finding is read.
func findingURL(f app.StoredFinding) string {
	return "/conversations/" + string(f.Conversation) + "?at=" + string(f.ID) + "#" + string(f.ID)
}

// speaker is who says m.
func speaker(w *i18n.Words, m app.StoredMessage) PersonView {
	p := PersonView{Name: m.Speaker.String(), Us: m.Side == parley.AdviserSide}
	if p.Name == "" {
		p.Name = w.T("person.unknown")
	}
	return p
}

// A NoticeView says something that is not the matter itself.
type NoticeView struct {
	Kind  string // "", "we", "they" or "flag"
	Icon  string
	Title string
	Text  string
	Link  *Link
}

// An EmptyView says what will be here and how to get it.
type EmptyView struct {
	Icon, Title, Text string
	Links             []Link // the first is the main one; at most three with Post
	Post              *Link  // makes something to begin with
}

// A FieldView is an input with its label, a hint, and what is wrong with it.
type FieldView struct {
	Name, Label, Type, Value string
	Scope                    string // tells fields of one name on one page apart
	Hint, Error, Complete    string // Complete is the autocomplete attribute
	Placeholder, Key         string
	Required, Focus          bool
	MinLength, MaxLength     int
	Form                     string       // the id of the form that it belongs to, where that is another than around it
	Options                  []OptionView // a select if there are any
}

// HintID is the id of what describes the field; empty if nothing does.
func (f FieldView) HintID() string {
	if f.Hint == "" && f.Error == "" {
		return ""
	}
	return "hint-" + f.Scope + f.Name
}

// ID is the id of the input.
func (f FieldView) ID() string { return "f-" + f.Scope + f.Name }

// An OptionView is one value to choose.
type OptionView struct {
	Value, Text string
	Chosen      bool
}

// A TimelineView is one entry of a history.
type TimelineView struct {
	Kind       string // "they", "we", "flag" or, for housekeeping, ""
	Text, When string
}

// A TabView is one saved view of a list; its address is the view.
type TabView struct {
	Text, URL string
	Count     string
	Icon      string
	Here      bool
}

// timeline shows events as a history.
func timeline(w *i18n.Words, events []app.EventView) []TimelineView {
	var list []TimelineView
	for _, e := range events {
		list = append(list, TimelineView{Kind: eventKind(e.Kind), Text: eventText(w, e), When: w.When(e.Time)})
	}
	return list
}

// eventKinds are the events that pages tell, with whose act each is.
var eventKinds = map[string]string{
	"workspace.created": "", "member.added": "", "member.updated": "", "member.password": "", "token.created": "", "token.deleted": "",
	"engagement.created": "we", "engagement.updated": "", "engagement.removed": "", "engagement.sides": "", "stakeholder.updated": "",
	"import.started": "", "import.finished": "they", "import.failed": "flag", "import.undone": "flag",
	"finding.accepted": "they", "finding.corrected": "", "finding.dismissed": "", "finding.reopened": "", "finding.marked": "they", "finding.withdrawn": "",
	"concern.created": "they", "concern.heard": "they", "concern.moved": "we", "concern.updated": "", "concern.left": "", "concern.deleted": "", "concern.merged": "", "concern.split": "", "concern.kept_apart": "", "view.created": "", "view.deleted": "",
}

func eventKind(kind string) string { return eventKinds[kind] }

// eventText tells an event in a few words, then who did it.
func eventText(w *i18n.Words, e app.EventView) string {
	text := w.T("event.other", "kind", e.Kind)
	if _, ok := eventKinds[e.Kind]; ok {
		text = w.T("event." + e.Kind)
	}
	var data struct {
		To      parley.ConcernState
		Outcome parley.Outcome
	}
	if e.Kind == "concern.moved" && json.Unmarshal(e.Data, &data) == nil && data.To != "" {
		text = stateOf(w, parley.Concern{State: data.To, Outcome: data.Outcome}).Text
	}
	if e.ByName == "" {
		return text
	}
	return w.T("event.by", "what", text, "name", e.ByName)
}

// dotted joins what there is of parts.
func dotted(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

// offset writes the place in a recording: "1:08:30".
func offset(d time.Duration) string {
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	two := func(n int) string {
		if n < 10 {
			return "0" + strconv.Itoa(n)
		}
		return strconv.Itoa(n)
	}
	if h > 0 {
		return strconv.Itoa(h) + ":" + two(m) + ":" + two(s)
	}
	return two(m) + ":" + two(s)
}

// shorten cuts text after a word so that it has at most n runes.
func shorten(text string, n int) string {
	space, count := 0, 0
	for i, r := range text {
		if count >= n {
			if space == 0 {
				space = i
			}
			return text[:space] + "…"
		}
		if r == ' ' || r == '\n' {
			space = i
		}
		count++
	}
	return text
}

// fieldAttributes are those attributes of an input that it may be without.
func fieldAttributes(f FieldView) templ.Attributes {
	a := templ.Attributes{}
	set := func(name, value string) {
		if value != "" {
			a[name] = value
		}
	}
	set("autocomplete", f.Complete)
	set("placeholder", f.Placeholder)
	set("aria-describedby", f.HintID())
	set("data-key", f.Key)
	set("form", f.Form)
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	if f.Required {
		a["required"] = true
	}
	if f.Focus {
		a["autofocus"] = true
	}
	if f.MinLength > 0 {
		a["minlength"] = strconv.Itoa(f.MinLength)
	}
	if f.MaxLength > 0 {
		a["maxlength"] = strconv.Itoa(f.MaxLength)
	}
	return a
}
