package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley"
	"parley/internal/app"
	"parley/internal/web/i18n"
)

// A HeardView is a conversation with its passages, and the one that is looked at.
type HeardView struct {
	LayoutView
	Heading, Lead      string
	Checked, Total     int
	Prev, Next         string // the passages beside the one that is looked at
	PrevPage, NextPage string
	Turns              []TurnView
	Passage            *PassageView
	Done               *HeardDoneView
}

// A TurnView is what one person says.
type TurnView struct {
	ID         string
	Who        PersonView
	When       string
	Lang       parley.Lang
	Paragraphs [][]PieceView
	CutText    string // says what was cut off
	Cut        string
}

// A PieceView is a stretch of a turn; with a mark it is a passage.
type PieceView struct {
	Text          string
	Mark          string // "", or the mark's classes: "open", "ok" or "off", and "on" for the one that is looked at
	ID, URL       string
	Number, State string
	finding       app.StoredFinding
}

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
	Rows                                  []LabelRowView
	FirstUnsure                           int // the row that a correction most likely is for
	Why                                   []WhyView
	WhyOpen                               bool
	Matches                               []MatchView
	Likely                                bool // the first match most likely is the one
	Suggestion                            string
	MayEdit                               bool
	Decided                               bool
	DecidedKind, DecidedIcon, DecidedText string
	ConcernLink                           *Link
	NextOpen                              string
}

// Action is the address that does something with the passage.
func (p PassageView) Action(verb string) string { return "/findings/" + p.ID + "/" + verb }

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

// A HeardDoneView says that all is checked.
type HeardDoneView struct {
	*i18n.Words
	EmptyView
}

// marks are the classes of a passage by what was decided.
var marks = map[parley.FindingState]string{parley.Open: "open", parley.Accepted: "ok", parley.Corrected: "ok", parley.Dismissed: "off"}

// turnOf shows a message: its own words with its passages, and apart from them what was cut off. n counts
// the passages of the page; at is the one that is looked at.
func turnOf(w *i18n.Words, m app.MessageView, at parley.FindingID, n *int) TurnView {
	t := TurnView{ID: string(m.ID), Who: speaker(w, m.StoredMessage), When: momentOf(w, m.StoredMessage), Lang: m.Lang}
	kinds := map[parley.PartKind]int{}
	for _, p := range m.Parts {
		kinds[p.Kind]++
		t.Cut += strings.TrimSpace(m.Text[p.Start:p.End]) + "\n\n"
	}
	t.Cut = strings.TrimSpace(t.Cut)
	var cut []string
	for _, k := range parley.PartKinds {
		if kinds[k] > 0 {
			cut = append(cut, w.T("part."+string(k)))
		}
	}
	t.CutText = w.T("heard.cut", "what", w.List(cut))
	findings := slices.Clone(m.Findings)
	slices.SortFunc(findings, func(a, b app.StoredFinding) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	for _, own := range m.Said().Own() {
		if strings.TrimSpace(m.Text[own.Start:own.End]) == "" {
			continue
		}
		t.Paragraphs = append(t.Paragraphs, pieces(w, m.StoredMessage, own, findings, at, n))
	}
	return t
}

// pieces parts the span of a message at its passages.
func pieces(w *i18n.Words, m app.StoredMessage, own parley.Span, findings []app.StoredFinding, at parley.FindingID, n *int) []PieceView {
	var list []PieceView
	from := own.Start
	plain := func(to int) {
		if to > from {
			list = append(list, PieceView{Text: m.Text[from:to]})
		}
	}
	for _, f := range findings {
		if f.Span.Start < from || f.Span.End > own.End || f.Span.Start >= f.Span.End {
			continue // elsewhere, or within another
		}
		plain(f.Span.Start)
		*n++
		f.Message = m
		p := PieceView{
			Text: m.Text[f.Span.Start:f.Span.End], Mark: marks[f.State], ID: string(f.ID), URL: "/conversations/" + string(m.Conversation) + "?at=" + string(f.ID) + "#" + string(f.ID),
			Number: strconv.Itoa(*n), finding: f,
			State: w.T("finding." + string(f.State)),
		}
		if f.State == parley.Dismissed {
			p.Number = ""
		}
		if f.ID == at {
			p.Mark += " on"
		}
		list = append(list, p)
		from = f.Span.End
	}
	plain(own.End)
	return list
}

// momentOf is when something was said: the time in a recording, else that of the day.
func momentOf(w *i18n.Words, m app.StoredMessage) string {
	switch {
	case m.Recorded:
		return offset(m.Offset)
	case m.Time.IsZero():
		return ""
	case m.Kind == parley.Mail:
		return w.When(m.Time)
	}
	return w.Clock(m.Time)
}

// passageOf makes the pane of a finding.
func passageOf(w *i18n.Words, f app.StoredFinding, number int, mayEdit bool) PassageView {
	p := PassageView{
		Words: w, ID: string(f.ID), Version: f.Version, Number: number, Who: speaker(w, f.Message), When: momentOf(w, f.Message), Quote: f.Text(),
		Lang: f.Message.Lang, Probability: w.Decimal(min(f.Probability, 0.99), 2), Rows: labelRows(w, f), Why: whyOf(w, f), MayEdit: mayEdit,
	}
	least := 2.0
	for i, sure := range []float64{f.Confidence.Form, f.Confidence.Driver, f.Confidence.Perception, f.Confidence.Subject} {
		if sure < least {
			p.FirstUnsure, least = i, sure
		}
	}
	p.FirstUnsure = 1 // the driver decides the answer; E opens it first
	labels := f.Final()
	p.Suggestion = w.T("concern.suggest_none")
	if labels.Driver != "" && labels.Subject != "" {
		p.Suggestion = w.T("concern.suggest", "driver", labelText(w, "driver", string(labels.Driver)), "subject", strings.ToLower(labelText(w, "subject", string(labels.Subject))))
	} else if labels.Driver != "" {
		p.Suggestion = labelText(w, "driver", string(labels.Driver))
	}
	return p
}

// labelRows are the four questions with the model's answers, or a person's where they gave theirs.
func labelRows(w *i18n.Words, f app.StoredFinding) []LabelRowView {
	final, second := f.Final(), f.Second
	confidence := []float64{f.Confidence.Form, f.Confidence.Driver, f.Confidence.Perception, f.Confidence.Subject}
	given := f.Given.Resistance || f.State == parley.Accepted
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
			if v == *q.of(&f.Labels) && v != "" {
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
		most = max(most, abs(r.Weight))
	}
	var list []WhyView
	for i, r := range f.Why {
		if i == maxWhy {
			break
		}
		v := WhyView{Text: r.Text, Weight: w.Decimal(r.Weight, 1), Width: hundredths(100 * abs(r.Weight) / max(most, 0.001)), Class: "f-they"}
		if r.Weight < 0 {
			v.Class = "f-line"
		} else {
			v.Weight = "+" + v.Weight
		}
		list = append(list, v)
	}
	return list
}

func abs(f float64) float64 { return max(f, -f) }

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

// heard serves GET /engagements/{id}/heard: the next passage to check, in its conversation.
func (s *Server) heard(c *call) error {
	id := parley.EngagementID(c.r.PathValue("id"))
	page, err := s.app.Findings(c.ctx(), c.by, id, app.FindingFilter{State: parley.Open, Limit: 1})
	if err != nil {
		return err
	}
	if len(page.Findings) > 0 {
		return c.to(findingURL(page.Findings[0]))
	}
	return c.conversationList(id, "heard")
}

// conversations serves GET /engagements/{id}/conversations.
func (s *Server) conversations(c *call) error {
	return c.conversationList(parley.EngagementID(c.r.PathValue("id")), "conversations")
}

// A ConversationsView lists conversations.
type ConversationsView struct {
	LayoutView
	Lead    string
	NextURL string // the next passage to check
	More    string // the next page
	Rows    []ConversationRowView
	Empty   EmptyView
}

// A ConversationRowView is a conversation in the list.
type ConversationRowView struct {
	Icon, Title, URL, Note, Open, Checked string
	People                                []PersonView
}

var sourceIcons = map[parley.Kind]string{
	parley.Mail: "mail", parley.Transcript: "messages", parley.Chat: "message-circle", parley.Minutes: "clipboard-text", parley.Notes: "notes", parley.Survey: "chart-bar",
}

func conversationRow(w *i18n.Words, sides parley.Sides, s app.ConversationSummary) ConversationRowView {
	r := ConversationRowView{Icon: sourceIcons[s.Kind], Title: titleOf(w, s.Conversation), URL: "/conversations/" + string(s.ID)}
	r.Note = w.T("heard.row", "kind", w.T("source."+string(s.Kind)), "messages", w.T("count.messages", "n", s.Messages), "when", span(w, s.Began, s.Ended))
	r.Note = strings.TrimSuffix(strings.TrimSpace(r.Note), "·")
	for _, p := range s.People {
		r.People = append(r.People, PersonView{Name: p.String(), Us: sides.Of(p) == parley.AdviserSide})
	}
	if s.Open > 0 {
		r.Open = w.T("heard.left", "n", s.Open)
	} else if s.Findings > 0 {
		r.Checked = w.T("heard.all_checked", "n", s.Findings)
	} else {
		r.Checked = w.T("heard.none")
	}
	return r
}

// titleOf names a conversation: by its title, else by its file.
func titleOf(w *i18n.Words, c app.Conversation) string {
	if c.Title == "" {
		return fileName(w, c.Source)
	}
	return titleText(w, c.Title)
}

// titleText is the title of a conversation; pasted text has that of its file.
func titleText(w *i18n.Words, title string) string {
	if title == strings.TrimSuffix(pasted, ".txt") {
		return w.T("import.pasted")
	}
	return title
}

// span writes from when to when.
func span(w *i18n.Words, first, last time.Time) string {
	from, to := w.Day(first), w.Day(last)
	if from == to || to == "" {
		return from
	}
	return w.T("date.span", "from", from, "to", to)
}

func (c *call) conversationList(id parley.EngagementID, here string) error {
	w := c.words
	title := w.T("nav.conversations")
	if here == "heard" {
		title = w.T("nav.heard")
	}
	l, summary, err := c.engagementLayout(id, title, here)
	if err != nil {
		return err
	}
	list, err := c.s.app.Conversations(c.ctx(), c.by, id, c.r.URL.Query().Get("cursor"))
	if err != nil {
		return err
	}
	v := ConversationsView{LayoutView: l, Lead: w.T("heard.list_lead", "n", summary.Counts.Conversations, "open", w.T("heard.left", "n", summary.Counts.Open()))}
	for _, s := range list.Conversations {
		v.Rows = append(v.Rows, conversationRow(w, summary.Sides, s))
	}
	if list.Next != "" {
		v.More = l.Engagement.URL(here) + "?cursor=" + url.QueryEscape(list.Next)
	}
	if summary.Counts.Open() > 0 {
		v.NextURL = l.Engagement.URL("heard")
	}
	v.Empty = EmptyView{Icon: "ear", Title: w.T("overview.empty"), Text: w.T("overview.empty_text")}
	if l.MayEdit {
		v.Empty.Links = []Link{{w.T("overview.import"), l.Engagement.URL("import")}}
	}
	return c.show(http.StatusOK, Conversations(v))
}

// conversation serves GET /conversations/{id}?at=finding&cursor=….
func (s *Server) conversation(c *call) error {
	id := parley.ConversationID(c.r.PathValue("id"))
	at := parley.FindingID(c.r.URL.Query().Get("at"))
	page, later, err := c.pageOf(id, at)
	if err != nil {
		return err
	}
	w, conv := c.words, page.Conversation
	title := titleOf(w, conv.Conversation)
	l, _, err := c.engagementLayout(conv.Engagement, title, "heard", Link{w.T("nav.heard"), "/engagements/" + string(conv.Engagement) + "/conversations"})
	if err != nil {
		return err
	}
	l.Flush = true
	v := HeardView{LayoutView: l, Heading: title, Checked: conv.Findings - conv.Open, Total: conv.Findings}
	v.Lead = strings.TrimPrefix(w.T("heard.lead", "when", span(w, conv.Began, conv.Ended), "kind", w.T("source."+string(conv.Kind)), "people", w.T("count.people", "n", len(conv.People)), "source", fileName(w, conv.Source)), " · ")
	if page.Next != "" {
		v.NextPage = "?cursor=" + url.QueryEscape(page.Next)
	}
	if later {
		v.PrevPage = "/conversations/" + string(id) + "?done=1"
	}
	n := 0
	var passages []PieceView
	read := func(at parley.FindingID) {
		n, passages, v.Turns = 0, nil, nil
		for _, m := range page.Messages {
			t := turnOf(w, m, at, &n)
			v.Turns = append(v.Turns, t)
			for _, p := range t.Paragraphs {
				for _, piece := range p {
					if piece.Mark != "" {
						passages = append(passages, piece)
					}
				}
			}
		}
	}
	read(at)
	here := slices.IndexFunc(passages, func(p PieceView) bool { return p.finding.ID == at })
	if here < 0 && c.r.URL.Query().Get("done") == "" {
		if here = slices.IndexFunc(passages, func(p PieceView) bool { return p.finding.State == parley.Open }); here >= 0 {
			read(passages[here].finding.ID)
		}
	}
	next, err := c.nextOpen(conv.Engagement, passages, here)
	if err != nil {
		return err
	}
	if here < 0 {
		v.Done = heardDone(w, l, next, conv.Findings)
		return c.show(http.StatusOK, HeardPage(v))
	}
	f := passages[here].finding
	p := passageOf(w, f, here+1, l.MayEdit)
	p.NextOpen = next
	if p, err = c.judged(p, f); err != nil {
		return err
	}
	v.Passage = &p
	if here > 0 {
		v.Prev = passages[here-1].URL
	}
	if here+1 < len(passages) {
		v.Next = passages[here+1].URL
	} else if v.NextPage != "" {
		v.Next = v.NextPage
	}
	return c.show(http.StatusOK, HeardPage(v))
}

// pageOf returns the page of a conversation that the address asks for: at its cursor, else the one that
// holds the passage at, else the first; later tells that it is not the first.
func (c *call) pageOf(id parley.ConversationID, at parley.FindingID) (page app.ConversationPage, later bool, err error) {
	cursor := c.r.URL.Query().Get("cursor")
	first, err := c.s.app.Conversation(c.ctx(), c.by, id, cursor)
	if err != nil || cursor != "" || at == "" || holds(first, at) {
		return first, cursor != "", err
	}
	for page = first; page.Next != ""; {
		if page, err = c.s.app.Conversation(c.ctx(), c.by, id, page.Next); err != nil {
			return page, true, err
		}
		if holds(page, at) {
			return page, true, nil
		}
	}
	return first, false, nil // the passage went with an import that was undone
}

// holds reports whether a passage is on a page.
func holds(page app.ConversationPage, at parley.FindingID) bool {
	for _, m := range page.Messages {
		if slices.ContainsFunc(m.Findings, func(f app.StoredFinding) bool { return f.ID == at }) {
			return true
		}
	}
	return false
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

// nextOpen returns where the next passage to check is: after the one here on the page, before it, or elsewhere
// in the engagement; "" if none is left.
func (c *call) nextOpen(eng parley.EngagementID, passages []PieceView, here int) (string, error) {
	for i := 1; i < len(passages); i++ {
		p := passages[(max(here, 0)+i)%len(passages)]
		if p.finding.State == parley.Open {
			return findingURL(p.finding), nil
		}
	}
	page, err := c.s.app.Findings(c.ctx(), c.by, eng, app.FindingFilter{State: parley.Open, Limit: 2})
	if err != nil {
		return "", err
	}
	for _, f := range page.Findings {
		if here < 0 || f.ID != passages[here].finding.ID {
			return findingURL(f), nil
		}
	}
	return "", nil
}

// heardDone says that nothing is left here, and leads on.
func heardDone(w *i18n.Words, l LayoutView, next string, findings int) *HeardDoneView {
	d := &HeardDoneView{Words: w, EmptyView: EmptyView{Icon: "circle-check", Title: w.T("heard.done"), Text: w.T("heard.done_text")}}
	if findings == 0 {
		d.Icon, d.Title, d.Text = "ear", w.T("heard.none"), w.T("heard.none_text")
	}
	if next != "" {
		d.Links = append(d.Links, Link{w.T("heard.check_next"), next})
	}
	d.Links = append(d.Links, Link{w.T("heard.to_concerns"), l.Engagement.URL("concerns")})
	return d
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
	return c.to(c.local("next", "/conversations/"+string(f.Conversation)+"?done=1"))
}

// accept serves POST /findings/{id}/accept.
func (s *Server) accept(c *call) error {
	to, toast := app.Joining{Concern: parley.ConcernID(c.r.FormValue("concern"))}, "joined"
	switch {
	case c.r.FormValue("new") != "":
		to, toast = app.Joining{NewTitle: strings.TrimSpace(c.r.FormValue("title"))}, "opened"
		if to.NewTitle == "" {
			return &parley.Error{Code: parley.Invalid, Field: "title", Message: "say the reason in a few neutral words"}
		}
	case to.Concern == "":
		toast = "accepted"
	}
	return c.decide(toast, func(id parley.FindingID) (app.StoredFinding, error) {
		return s.app.Accept(c.ctx(), c.by, id, c.version(), to)
	})
}

// correct serves POST /findings/{id}/correct. It stays at the passage: one more label may be wrong.
func (s *Server) correct(c *call) error {
	labels := c.labels()
	id := parley.FindingID(c.r.PathValue("id"))
	f, err := s.app.Correct(c.ctx(), c.by, id, c.version(), labels)
	if err != nil {
		return err
	}
	c.tell(done{Key: "corrected", Undo: "/findings/" + string(id) + "/reopen", Version: f.Version})
	return c.to(findingURL(f))
}

// labels reads the four labels from a form.
func (c *call) labels() parley.Labels {
	labels := parley.Labels{Resistance: true}
	for _, q := range questions {
		*q.of(&labels) = c.r.FormValue(q.name)
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
	c.tell(done{Key: "reopened"})
	return c.to(findingURL(f))
}
