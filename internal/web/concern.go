package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"parley"
	"parley/internal/app"
	"parley/internal/web/i18n"
)

// A ConcernPageView is one concern.
type ConcernPageView struct {
	LayoutView
	URL, Heading, Count string
	Version             int
	Chips               []ChipView
	StepBack            bool // what they see is right: no selling while this is open
	Path                []StepView
	Quotes              []QuoteView
	People              []PersonView
	Diagnosis           []AnswerView
	Events              []TimelineView
	Advice              string
	Moves               []MoveView
	Main                *MoveView
	MaySettle           bool
	Outcomes            []OptionView
	Fields              []FieldView
	Error               string
	Into                []OptionView // the concerns that it may become part of, likely ones first
	Merges              []MergeView
	Same                []SameView
}

// A MergeView is what became part of a concern at once.
type MergeView struct {
	ID, Note string
	Titles   []string
}

// A StepView is one step of the lifecycle.
type StepView struct {
	Text, Note, Ring string
	Done, Here, Flag bool
}

// An AnswerView is a question of the diagnosis with its answer.
type AnswerView struct{ Question, Answer, Meaning string }

// A MoveView is a state that may follow, as a button.
type MoveView struct {
	State, Text string
	Back        bool
}

// lifecycle are the states on the way; a concern that came back stands where it is to be confirmed again.
var lifecycle = []parley.ConcernState{parley.Heard, parley.PlayedBack, parley.Agreed, parley.Answered, parley.Settled}

func pathOf(w *i18n.Words, c parley.Concern, quotes int) []StepView {
	at := slices.Index(lifecycle, c.State)
	if c.State == parley.Reopened {
		at = 1
	}
	var steps []StepView
	for i, s := range lifecycle {
		step := StepView{Text: w.T("state." + string(s)), Done: i <= at, Here: i == at}
		switch {
		case i < at || s == parley.Settled && c.State == s:
			step.Ring = "settled"
		case i == at:
			step.Ring = StateView{State: c.State}.Ring()
		}
		switch {
		case s == parley.Heard:
			step.Note = w.T("count.quotes", "n", quotes)
		case i == at && c.State == parley.Reopened:
			step.Note, step.Flag = w.T("state.reopened"), true
		case i == at && c.State == parley.Settled:
			step.Note = w.T("outcome." + string(c.Outcome))
		case i == at:
			step.Note = w.T("path.since", "day", w.Day(c.Updated))
		case i == len(lifecycle)-1:
			step.Note = w.T("path.not_yet")
		}
		steps = append(steps, step)
	}
	return steps
}

// movesOf are the states that may follow as buttons, those forward first. To settle stands apart: one says how.
func movesOf(w *i18n.Words, c parley.Concern, next []parley.ConcernState) (moves []MoveView, settle bool) {
	at := slices.Index(lifecycle, c.State)
	for _, s := range next {
		if s == parley.Settled {
			settle = true
			continue
		}
		back := slices.Index(lifecycle, s) < at && s != parley.Reopened
		text := w.T("move." + string(s))
		if back {
			text = w.T("move.back", "state", strings.ToLower(w.T("state."+string(s))))
		}
		moves = append(moves, MoveView{string(s), text, back})
	}
	slices.SortStableFunc(moves, func(a, b MoveView) int {
		if a.Back == b.Back {
			return 0
		} else if b.Back {
			return -1
		}
		return 1
	})
	return moves, settle
}

// concernPage makes the page of a concern.
func concernPage(w *i18n.Words, con app.ConcernView) ConcernPageView {
	v := ConcernPageView{
		URL: "/concerns/" + string(con.ID), Heading: con.Title, Version: con.Version, Chips: chipsOf(w, con.Labels),
		StepBack: con.Labels.Perception == parley.Accurate && con.State != parley.Settled, Path: pathOf(w, con.Concern, len(con.Quotes)),
		Count:  w.T("concern.count", "quotes", w.T("count.quotes", "n", len(con.Quotes)), "people", w.T("count.people", "n", len(con.People))),
		Events: timeline(w, con.Events), Fields: concernFields(w, con.Title, con.Labels), Advice: w.T("calls." + cmp.Or(string(con.Labels.Perception), "unknown")),
	}
	v.Moves, v.MaySettle = movesOf(w, con.Concern, con.Next)
	if len(v.Moves) > 0 && !v.Moves[0].Back {
		v.Main = &v.Moves[0]
	}
	for _, o := range parley.Outcomes {
		v.Outcomes = append(v.Outcomes, OptionView{Value: string(o), Text: w.T("outcome." + string(o))})
	}
	for _, m := range con.Merges {
		merge := MergeView{ID: string(m.ID), Note: w.T("event.by", "what", w.Day(m.Created), "name", m.ByName)}
		for _, o := range m.Concerns {
			merge.Titles = append(merge.Titles, o.Title)
		}
		v.Merges = append(v.Merges, merge)
	}
	for _, q := range con.Quotes {
		v.Quotes = append(v.Quotes, quoteInContext(w, q))
	}
	for _, p := range con.People {
		person := stakeholder(p.Stakeholder)
		person.Note = dotted(p.Title, w.T("count.quotes", "n", p.Quotes))
		v.People = append(v.People, person)
	}
	for _, q := range questions {
		label := *q.of(&con.Labels)
		v.Diagnosis = append(v.Diagnosis, AnswerView{questionText(w, q.name), labelText(w, q.name, label), labelMeaning(w, q.name, label)})
	}
	return v
}

// Around a quote this many runes of its message are shown on either side.
const around = 160

// quoteInContext shows a quote within its message and after the turn that it answers.
func quoteInContext(w *i18n.Words, q app.Quote) QuoteView {
	v := quoteOf(w, q.StoredFinding)
	v.When = strings.TrimPrefix(w.T("quote.where", "when", w.Day(q.Message.Time), "title", titleText(w, q.Title)), ", ")
	text, s := q.Message.Text, q.Span
	for _, own := range q.Message.Said().Own() {
		if own.Start <= s.Start && s.End <= own.End {
			v.Lead, v.Rest = leadIn(text[own.Start:s.Start]), leadOut(text[s.End:own.End])
		}
	}
	if q.Message.Kind == parley.Survey { // it answers a question, and nobody
		v.Before, v.BeforeLang = shorten(q.Message.Topic, around), q.Message.Lang
	} else if q.Before != nil {
		v.BeforeWho, v.BeforeLang = speaker(w, *q.Before).Name, q.Before.Lang
		var own []string
		for _, o := range q.Before.Said().Own() {
			own = append(own, strings.TrimSpace(q.Before.Text[o.Start:o.End]))
		}
		v.Before = shorten(strings.Join(own, " "), around)
	}
	return v
}

// leadIn keeps the end of what stands before a quote, from a word on.
func leadIn(s string) string {
	r := []rune(s)
	if len(r) <= around {
		return strings.TrimLeft(s, " \n")
	}
	cut := string(r[len(r)-around:])
	_, cut, _ = strings.Cut(cut, " ")
	return "… " + cut
}

// leadOut keeps the beginning of what stands after a quote.
func leadOut(s string) string { return strings.TrimRight(shorten(s, around), " \n") }

// titleField asks what a concern is called.
func titleField(w *i18n.Words, title string) FieldView {
	return FieldView{Name: "title", Label: w.T("concern.title"), Type: "text", Value: title, Required: true, MaxLength: 300, Placeholder: w.T("concern.title_example"), Hint: w.T("concern.title_hint")}
}

func concernFields(w *i18n.Words, title string, labels parley.Labels) []FieldView {
	fields := []FieldView{titleField(w, title)}
	for _, q := range []question{questions[1], questions[2], questions[3], questions[0]} {
		f := FieldView{Name: q.name, Label: questionText(w, q.name)}
		for _, v := range append([]string{""}, q.values...) {
			f.Options = append(f.Options, OptionView{v, labelText(w, q.name, v), v == *q.of(&labels)})
		}
		fields = append(fields, f)
	}
	return fields
}

// concern serves GET /concerns/{id}.
func (s *Server) concern(c *call) error { return c.concernPage(nil, nil) }

// concernPage shows a concern; with wrong, the form as it was sent and what was wrong with it.
func (c *call) concernPage(sent []FieldView, wrong error) error {
	con, err := c.s.app.Concern(c.ctx(), c.by, parley.ConcernID(c.r.PathValue("id")))
	if err != nil {
		return err
	}
	if con.Merged != "" {
		return c.to("/concerns/" + string(con.Merged))
	}
	l, _, err := c.engagementLayout(con.Engagement, shorten(con.Title, 60), "concerns", Link{c.words.T("nav.concerns"), "/engagements/" + string(con.Engagement) + "/concerns"})
	if err != nil {
		return err
	}
	v := concernPage(c.words, con)
	v.LayoutView = l
	if !l.MayEdit {
		v.Main = nil
	} else if v.Into, err = c.mergeInto(con.Concern); err != nil {
		return err
	} else if v.Same, err = c.same(con.Engagement, con.ID, v.URL); err != nil {
		return err
	}
	if wrong == nil {
		return c.show(http.StatusOK, Concern(v))
	}
	v.Fields = sent
	return reject(c, wrong, v.Fields, func(general string, status int) error {
		v.Error = cmp.Or(general, message(c.words, wrong))
		return c.show(status, Concern(v))
	})
}

// updateConcern serves POST /concerns/{id}.
func (s *Server) updateConcern(c *call) error {
	id := parley.ConcernID(c.r.PathValue("id"))
	con, err := s.app.Concern(c.ctx(), c.by, id)
	if err != nil {
		return err
	}
	changed := con.Concern
	changed.Title, changed.Labels, changed.Version = c.r.FormValue("title"), c.labels(""), c.version()
	if _, err := s.app.UpdateConcern(c.ctx(), c.by, changed); err != nil {
		return c.concernPage(concernFields(c.words, changed.Title, changed.Labels), err)
	}
	c.tell(done{Key: "saved"})
	return c.to("/concerns/" + string(id))
}

// moveConcern serves POST /concerns/{id}/move.
func (s *Server) moveConcern(c *call) error {
	id := parley.ConcernID(c.r.PathValue("id"))
	state, outcome := parley.ConcernState(c.r.FormValue("state")), parley.Outcome(c.r.FormValue("outcome"))
	old, err := s.app.Concern(c.ctx(), c.by, id)
	if err != nil {
		return err
	}
	con, err := s.app.MoveConcern(c.ctx(), c.by, id, c.version(), state, outcome)
	if err != nil {
		return err
	}
	d := done{Key: "moved", Name: stateOf(c.words, con).Text, Version: con.Version}
	switch {
	case con.State == parley.Settled:
		d.Undo = "/concerns/" + string(id) + "/unsettle"
	case slices.Contains(con.Next(), old.State) && old.State != parley.Settled: // which would ask again how it ended
		d.Undo = "/concerns/" + string(id) + "/move?state=" + string(old.State)
	}
	c.tell(d)
	return c.to("/concerns/" + string(id))
}

// unsettle serves POST /concerns/{id}/unsettle: undo.
func (s *Server) unsettle(c *call) error {
	con, err := s.app.Unsettle(c.ctx(), c.by, parley.ConcernID(c.r.PathValue("id")), c.version())
	if err != nil {
		return err
	}
	c.tell(done{Key: "moved", Name: stateOf(c.words, con).Text})
	return c.to("/concerns/" + string(con.ID))
}

// A ConcernFormView opens a concern by hand.
type ConcernFormView struct {
	LayoutView
	Fields []FieldView
	Error  string
}

// newConcern serves GET /engagements/{id}/concerns/new.
func (s *Server) newConcern(c *call) error { return c.concernForm("", parley.Labels{}, nil) }

func (c *call) concernForm(title string, labels parley.Labels, wrong error) error {
	id := parley.EngagementID(c.r.PathValue("id"))
	l, summary, err := c.engagementLayout(id, c.words.T("concern.new"), "concerns", Link{c.words.T("nav.concerns"), "/engagements/" + string(id) + "/concerns"})
	if err != nil {
		return err
	}
	if err := c.by.MayEdit(summary.Engagement); err != nil {
		return err
	}
	v := ConcernFormView{LayoutView: l, Fields: concernFields(c.words, title, labels)}
	v.Fields[0].Focus = true
	if wrong == nil {
		return c.show(http.StatusOK, ConcernForm(v))
	}
	return reject(c, wrong, v.Fields, func(general string, status int) error {
		v.Error = general
		return c.show(status, ConcernForm(v))
	})
}

// createConcern serves POST /engagements/{id}/concerns.
func (s *Server) createConcern(c *call) error {
	in := app.NewConcern{Title: c.r.FormValue("title"), Labels: c.labels("")}
	con, err := s.app.CreateConcern(c.ctx(), c.by, parley.EngagementID(c.r.PathValue("id")), in)
	if err != nil {
		return c.concernForm(in.Title, in.Labels, err)
	}
	return c.to("/concerns/" + string(con.ID))
}
