package web

import (
	"math"
	"slices"
	"strings"

	"parley"
	"parley/internal/app"
	"parley/internal/web/i18n"
)

// A PassageView is the pane of one passage.
type PassageView struct {
	*i18n.Words
	ID                                    string
	Version                               int
	Number                                int
	Who                                   PersonView
	When                                  string
	Quote                                 string
	Lang                                  parley.Lang
	Probability                           string
	Marked                                string // who marked it by hand; empty: Parley heard it
	Rows                                  []LabelRowView
	FirstUnsure                           int // the row that a correction most likely is for
	Why                                   []WhyView
	WhyOpen                               bool
	Matches                               []MatchView
	Likely                                bool      // the first match most likely is the one
	Title                                 FieldView // of a concern of its own
	MayEdit                               bool
	Decided                               bool
	DecidedKind, DecidedIcon, DecidedText string
	ConcernLink                           *Link
	NextOpen                              string
}

// Action is the address that does something with the passage.
func (p PassageView) Action(verb string) string { return "/findings/" + p.ID + "/" + verb }

// Refusal is what is done with the passage if it is no resistance: what a person marked is no passage any more.
func (p PassageView) Refusal() string {
	if p.Marked != "" {
		return "withdraw"
	}
	return "dismiss"
}

// JoinText names what lets the passage join a concern; what a person marked is accepted already.
func (p PassageView) JoinText() string {
	if p.Marked != "" {
		return p.T("heard.join")
	}
	return p.T("heard.accept")
}

// OpenText names what opens a concern for the passage.
func (p PassageView) OpenText() string {
	if p.Marked != "" {
		return p.T("heard.open")
	}
	return p.T("heard.accept_new")
}

// RefusalText names what Refusal does.
func (p PassageView) RefusalText() string {
	if p.Marked != "" {
		return p.T("heard.withdraw")
	}
	return p.T("heard.dismiss")
}

// Said names who said it and when, as far as that is known.
func (p PassageView) Said() string {
	if p.When == "" {
		return p.Who.Name
	}
	return p.Who.Name + ", " + p.When
}

// A LabelRowView is a question about the passage with its answer, and the others that it could have.
type LabelRowView struct {
	Name, Question, Value string
	Chips                 []ChipView
	Options               []LabelOptionView
}

// A LabelOptionView is one answer.
type LabelOptionView struct {
	Value, Text, Meaning, Icon, Class, Sure string
	Chosen                                  bool
}

// A WhyView is words that weighed.
type WhyView struct{ Text, Weight, Width, Class string }

// A MatchView is a concern that the passage may belong to.
type MatchView struct {
	ID, Title, Quote string
	Lang             parley.Lang
	State            StateView
	Alike, Again     string
	Chosen           bool
}

// passageOf makes the pane of a finding.
func passageOf(w *i18n.Words, f app.StoredFinding, number int, mayEdit bool) PassageView {
	p := PassageView{
		Words: w, ID: string(f.ID), Version: f.Version, Number: number, Who: speaker(w, f.Message), When: momentOf(w, f.Message), Quote: f.Text(),
		Lang: f.Message.Lang, Probability: w.Decimal(min(f.Probability, 0.99), 2), Rows: labelRows(w, f), Why: whyOf(w, f), MayEdit: mayEdit,
		Marked: markedBy(w, f),
	}
	p.FirstUnsure = 1 // the driver decides the answer; E opens it first
	p.Title = titleField(w, suggestion(w, f.Final()))
	// It is this passage's own: on the next one, what was typed here goes.
	p.Title.Scope, p.Title.Form, p.Title.Key, p.Title.Complete, p.Title.Hint = "new-"+p.ID+"-", "opening", "n", "off", ""
	return p
}

// suggestion is what a concern with the labels may be called until somebody knows better.
func suggestion(w *i18n.Words, labels parley.Labels) string {
	driver := labelText(w, "driver", string(labels.Driver))
	switch {
	case labels.Driver == "":
		return w.T("concern.suggest_none")
	case labels.Subject == "":
		return driver
	}
	return w.T("concern.suggest", "driver", driver, "subject", strings.ToLower(labelText(w, "subject", string(labels.Subject))))
}

// labelRows are the four questions with the model's answers, or a person's where they gave theirs.
func labelRows(w *i18n.Words, f app.StoredFinding) []LabelRowView {
	final, second := f.Final(), f.Second
	confidence := []float64{f.Confidence.Form, f.Confidence.Driver, f.Confidence.Perception, f.Confidence.Subject}
	given := f.Given.Resistance || f.State == parley.Accepted || f.Marked != nil
	var rows []LabelRowView
	for i, q := range questions {
		value := *q.of(&final)
		chip := labelChip(w, q.name, value)
		r := LabelRowView{Name: q.name, Value: value, Question: questionText(w, q.name)}
		if !given && value != "" {
			chip.Guess, chip.Sure = true, probability(w, confidence[i])
		}
		r.Chips = append(r.Chips, chip)
		next := *q.of(&second)
		if !given && confidence[i] < parley.Sure && next != "" && next != value {
			other := labelChip(w, q.name, next)
			other.Guess, other.Or = true, w.T("or")
			r.Chips = append(r.Chips, other)
		}
		for _, v := range append(slices.Clone(q.values), "") {
			o := LabelOptionView{Value: v, Text: labelText(w, q.name, v), Meaning: labelMeaning(w, q.name, v), Icon: labelIcons[v], Chosen: v == value}
			if q.name == "driver" && v != "" {
				o.Class = "d-" + v
			}
			if v == *q.of(&f.Labels) && v != "" && f.Marked == nil {
				o.Sure = probability(w, confidence[i])
			}
			r.Options = append(r.Options, o)
		}
		rows = append(rows, r)
	}
	return rows
}

// questionText asks one of the four questions in a word or two.
func questionText(w *i18n.Words, name string) string { return w.T("question." + name) }

// maxWhy is how many of the words that weighed are shown.
const maxWhy = 6

func whyOf(w *i18n.Words, f app.StoredFinding) []WhyView {
	var most float64
	for _, r := range f.Why {
		most = max(most, math.Abs(r.Weight))
	}
	var list []WhyView
	for i, r := range f.Why {
		if i == maxWhy {
			break
		}
		v := WhyView{Text: r.Text, Weight: w.Decimal(r.Weight, 1), Width: hundredths(100 * math.Abs(r.Weight) / max(most, 0.001)), Class: "f-they"}
		if r.Weight < 0 {
			v.Class = "f-line"
		} else {
			v.Weight = "+" + v.Weight
		}
		list = append(list, v)
	}
	return list
}

// likely is how alike a concern must be to be offered as the first choice, maxMatches how many are offered.
const (
	likely     = 0.45
	maxMatches = 3
)

// matched puts the concerns that the passage may belong to into its pane.
func (p PassageView) matched(matches []app.Match) PassageView {
	for i, m := range matches {
		if i == maxMatches {
			break
		}
		v := MatchView{ID: string(m.Concern.ID), Title: m.Concern.Title, State: stateOf(p.Words, m.Concern), Alike: p.T("heard.alike", "score", p.Decimal(m.Score, 2))}
		if m.Quote.ID != "" {
			v.Quote, v.Lang = m.Quote.Text(), m.Quote.Message.Lang
		}
		switch m.Concern.State {
		case parley.PlayedBack, parley.Agreed, parley.Answered, parley.Settled:
			v.Again = p.T("heard.again")
		}
		v.Chosen = i == 0 && m.Score >= likely
		p.Likely = p.Likely || v.Chosen
		p.Matches = append(p.Matches, v)
	}
	return p
}

// decided says in the pane what was decided about the passage. One that is accepted and belongs to no
// concern yet can still join one.
func (p PassageView) decided(f app.StoredFinding, concern *Link) PassageView {
	p.ConcernLink = concern
	p.Decided = f.State == parley.Dismissed || f.Concern != ""
	p.DecidedKind, p.DecidedIcon = "we", "check"
	switch {
	case f.State == parley.Dismissed:
		p.DecidedKind, p.DecidedIcon, p.DecidedText = "", "x", p.T("heard.is_dismissed")
	case f.Concern != "":
		p.DecidedText = p.T("heard.is_joined")
	case f.State == parley.Corrected:
		p.DecidedText = p.T("heard.is_corrected")
	case f.State == parley.Accepted:
		p.DecidedText = p.T("heard.is_accepted")
	}
	return p
}

// judged adds to a pane the concern that the passage joined, or those that it could join.
func (c *call) judged(p PassageView, f app.StoredFinding) (PassageView, error) {
	var link *Link
	if f.Concern != "" {
		con, err := c.s.app.Concern(c.ctx(), c.by, f.Concern)
		if err != nil {
			return p, err
		}
		link = &Link{con.Title, "/concerns/" + string(con.ID)}
	}
	p = p.decided(f, link)
	if p.Decided || !p.MayEdit {
		return p, nil
	}
	matches, err := c.s.app.Matches(c.ctx(), c.by, f.ID)
	if err != nil {
		return p, err
	}
	return p.matched(matches), nil
}

// decide carries out what a form says about a finding, then goes on to the next.
func (c *call) decide(toast string, act func(id parley.FindingID) (app.StoredFinding, error)) error {
	id := parley.FindingID(c.r.PathValue("id"))
	f, err := act(id)
	if err != nil {
		return err
	}
	d := done{Key: toast, Undo: "/findings/" + string(id) + "/reopen", Version: f.Version}
	if f.Concern != "" && (toast == "joined" || toast == "opened") {
		con, err := c.s.app.Concern(c.ctx(), c.by, f.Concern)
		if err != nil {
			return err
		}
		d.Name = con.Title
	}
	c.tell(d)
	return c.to(c.local("next", "/conversations/"+string(f.Conversation)))
}

// accept serves POST /findings/{id}/accept.
func (s *Server) accept(c *call) error {
	to, toast := app.Joining{Concern: parley.ConcernID(c.r.FormValue("concern"))}, "joined"
	switch {
	case c.r.FormValue("new") != "":
		to, toast = app.Joining{NewTitle: strings.TrimSpace(c.r.FormValue("title"))}, "opened"
		if to.NewTitle == "" {
			return c.heardAgain("", &parley.Error{Code: parley.Invalid, Field: "title", Message: "say the reason in a few neutral words"})
		}
	case to.Concern == "":
		toast = "accepted"
	}
	err := c.decide(toast, func(id parley.FindingID) (app.StoredFinding, error) {
		return s.app.Accept(c.ctx(), c.by, id, c.version(), to)
	})
	if to.NewTitle != "" && fieldOf(err) == "title" {
		return c.heardAgain(to.NewTitle, err)
	}
	return err
}

// heardAgain shows a passage again with the title that was sent for its concern, and what is wrong with it.
func (c *call) heardAgain(title string, wrong error) error {
	f, err := c.s.app.Finding(c.ctx(), c.by, parley.FindingID(c.r.PathValue("id")))
	if err != nil {
		return err
	}
	return c.heardPage(f.Conversation, f.ID, func(p *PassageView) int {
		p.Title.Value, p.Title.Error, p.Title.Focus, p.Likely = title, message(c.words, wrong), true, false
		return statuses[parley.CodeOf(wrong)]
	})
}

// correct serves POST /findings/{id}/correct. It stays at the passage: one more label may be wrong.
func (s *Server) correct(c *call) error {
	labels := c.labels("")
	id := parley.FindingID(c.r.PathValue("id"))
	f, err := s.app.Correct(c.ctx(), c.by, id, c.version(), labels)
	if err != nil {
		return err
	}
	c.tell(done{Key: "corrected", Undo: "/findings/" + string(id) + "/reopen", Version: f.Version})
	return c.to(findingURL(f))
}

// labels reads the four labels from a form whose fields begin with prefix.
func (c *call) labels(prefix string) parley.Labels {
	labels := parley.Labels{Resistance: true}
	for _, q := range questions {
		*q.of(&labels) = c.r.FormValue(prefix + q.name)
	}
	return labels
}

// dismiss serves POST /findings/{id}/dismiss.
func (s *Server) dismiss(c *call) error {
	return c.decide("dismissed", func(id parley.FindingID) (app.StoredFinding, error) {
		return s.app.Dismiss(c.ctx(), c.by, id, c.version())
	})
}

// reopen serves POST /findings/{id}/reopen: undo.
func (s *Server) reopen(c *call) error {
	f, err := s.app.Reopen(c.ctx(), c.by, parley.FindingID(c.r.PathValue("id")), c.version())
	if err != nil {
		return err
	}
	key := "reopened"
	switch {
	case f.Marked != nil:
		key = "unjoined"
	case f.State == parley.Corrected:
		key = "kept_corrected"
	}
	c.tell(done{Key: key})
	return c.to(findingURL(f))
}
