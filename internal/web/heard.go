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
	"parley/diagnose"
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
	MarkURL            string // a sentence that may be marked
	Passage            *PassageView
	Mark               *MarkView
	Done               *HeardDoneView
}

// PrevText names what Prev leads to.
func (v HeardView) PrevText() string {
	if v.Mark != nil {
		return v.T("mark.prev")
	}
	return v.T("heard.prev")
}

// NextText names what Next leads to.
func (v HeardView) NextText() string {
	if v.Mark != nil {
		return v.T("mark.next")
	}
	return v.T("heard.next")
}

// A TurnView is what one person says.
type TurnView struct {
	ID         string
	Who        PersonView
	When       string
	Asked      string // what it answers, in a survey
	Lang       parley.Lang
	Paragraphs [][]PieceView
	CutText    string // says what was cut off
	Cut        string
	MarkURL    string // where marking begins in it
	MarkText   string
}

// A PieceView is a stretch of a turn; with a mark it is a passage, with a MarkURL a sentence that may be marked.
type PieceView struct {
	Text          string
	Mark          string // "", or the mark's classes: "open", "ok" or "off", and "on" for the one that is looked at
	ID, URL       string
	Number, State string
	MarkURL       string
	Start         string // of the sentence, in its message
	Choice        string // of the turn in which a sentence is being marked: "here" is the sentence, "there" another
	finding       app.StoredFinding
}

// A HeardDoneView says that all is checked.
type HeardDoneView struct {
	*i18n.Words
	EmptyView
}

// marks are the classes of a passage by what was decided.
var marks = map[parley.FindingState]string{parley.Open: "open", parley.Accepted: "ok", parley.Corrected: "ok", parley.Dismissed: "off"}

// A script is what the turns of a page are shown with.
type script struct {
	*i18n.Words
	cursor  string           // of the page
	at      parley.FindingID // the passage that is looked at
	marking parley.MessageID // the message in which a sentence is being marked,
	start   int              // and where that begins
	mayMark bool
	n       int // passages so far
}

// turnOf shows a message: its own words with its passages, and apart from them what was cut off.
func (s *script) turnOf(m app.MessageView) TurnView {
	t := TurnView{ID: string(m.ID), Who: speaker(s.Words, m.StoredMessage), When: momentOf(s.Words, m.StoredMessage), Lang: m.Lang}
	if m.Kind == parley.Survey {
		t.Asked = m.Topic
	}
	kinds := map[parley.PartKind]int{}
	for _, p := range m.Parts {
		kinds[p.Kind]++
		t.Cut += strings.TrimSpace(m.Text[p.Start:p.End]) + "\n\n"
	}
	t.Cut = strings.TrimSpace(t.Cut)
	var cut []string
	for _, k := range parley.PartKinds {
		if kinds[k] > 0 {
			cut = append(cut, s.T("part."+string(k)))
		}
	}
	t.CutText = s.T("heard.cut", "what", s.List(cut))
	findings := slices.Clone(m.Findings)
	slices.SortFunc(findings, func(a, b app.StoredFinding) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	for _, own := range m.Said().Own() {
		if strings.TrimSpace(m.Text[own.Start:own.End]) == "" {
			continue
		}
		t.Paragraphs = append(t.Paragraphs, s.pieces(m.StoredMessage, own, findings))
	}
	if t.MarkURL = unmarked(slices.Concat(t.Paragraphs...)); t.MarkURL != "" {
		t.MarkText = s.T("heard.mark_of", "name", t.Who.Name)
	}
	return t
}

// pieces parts the span of a message at its passages, and what lies between them into sentences where they may be marked.
func (s *script) pieces(m app.StoredMessage, own parley.Span, findings []app.StoredFinding) []PieceView {
	var list []PieceView
	var sentences []parley.Span // that may be marked
	if s.mayMark && m.Side != parley.AdviserSide {
		sentences = diagnose.Sentences(nil, m.Text[own.Start:own.End])
		for i := range sentences {
			sentences[i].Start += own.Start
			sentences[i].End += own.Start
		}
	}
	from := own.Start
	for _, f := range findings {
		if f.Span.Start < from || f.Span.End > own.End || f.Span.Start >= f.Span.End {
			continue // elsewhere, or within another
		}
		list, sentences = s.between(list, m, sentences, from, f.Span.Start)
		s.n++
		f.Message = m
		p := PieceView{
			Text: m.Text[f.Span.Start:f.Span.End], Mark: marks[f.State], ID: string(f.ID), URL: passageURL(m.Conversation, s.cursor, f.ID),
			Number: strconv.Itoa(s.n), finding: f, State: s.T("finding." + string(f.State)),
		}
		if f.State == parley.Dismissed {
			p.Number = ""
		} else if f.Marked != nil {
			p.State = s.T("finding.marked")
		}
		if f.ID == s.at {
			p.Mark += " on"
		}
		list = append(list, p)
		from = f.Span.End
	}
	list, _ = s.between(list, m, sentences, from, own.End)
	return list
}

// between appends the words of m from one byte to another, in which there is no passage, and returns which of the
// sentences come later.
func (s *script) between(list []PieceView, m app.StoredMessage, sentences []parley.Span, from, to int) (longer []PieceView, later []parley.Span) {
	plain := func(to int) {
		if to > from {
			list = append(list, PieceView{Text: m.Text[from:to]})
		}
	}
	for len(sentences) > 0 && sentences[0].Start < to {
		x := sentences[0]
		sentences = sentences[1:]
		if x.Start < from || x.End > to {
			continue // it is a passage, or a part of it is
		}
		plain(x.Start)
		p := PieceView{Text: m.Text[x.Start:x.End], Start: strconv.Itoa(x.Start), MarkURL: s.markURL(m, x.Start)}
		switch {
		case m.ID != s.marking:
		case x.Start == s.start:
			p.Choice = "here"
		default:
			p.Choice = "there"
		}
		list, from = append(list, p), x.End
	}
	plain(to)
	return list, sentences
}

// momentOf is when something was said: the time in a recording, else that of the day. A source that knows only the day
// says midnight, wherever it was.
func momentOf(w *i18n.Words, m app.StoredMessage) string {
	at := m.Time.UTC()
	switch {
	case m.Recorded:
		return offset(m.Offset)
	case m.Time.IsZero():
		return ""
	case m.Kind != parley.Mail && at.Equal(at.Truncate(24*time.Hour)):
		return w.Day(time.Date(at.Year(), at.Month(), at.Day(), 12, 0, 0, 0, w.Place))
	case m.Kind == parley.Mail, m.Kind == parley.Chat, m.Kind == parley.Survey: // they go over days
		return w.When(m.Time)
	}
	return w.Clock(m.Time)
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
	r.Note = dotted(w.T("source."+string(s.Kind)), w.T("count.messages", "n", s.Messages), span(w, s.Began, s.Ended))
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
	v := ConversationsView{LayoutView: l}
	if summary.Counts.Conversations > 0 {
		open := w.T("heard.left_none")
		if n := summary.Counts.Open(); n > 0 {
			open = w.T("heard.left", "n", n)
		}
		v.Lead = w.T("heard.list_lead", "n", summary.Counts.Conversations, "open", open)
	}
	for _, s := range list.Conversations {
		v.Rows = append(v.Rows, conversationRow(w, summary.Sides, s))
	}
	if list.Next != "" {
		v.More = paged(l.Engagement.URL(here), list.Next)
	}
	if summary.Counts.Open() > 0 && l.MayEdit {
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
	return c.heardPage(parley.ConversationID(c.r.PathValue("id")), parley.FindingID(c.r.URL.Query().Get("at")), nil)
}

// heardPage shows a conversation with one of its passages. With again, that changes the pane of the passage, and says with which status.
func (c *call) heardPage(id parley.ConversationID, at parley.FindingID, again func(*PassageView) int) error {
	page, err := c.pageOf(id, at)
	if err != nil {
		return err
	}
	v, err := c.heardView(page)
	if err != nil {
		return err
	}
	if v.MayEdit {
		if v.Mark, err = c.marking(page, at); err != nil {
			return err
		}
	}
	pieces := v.read(page, at)
	if v.Mark != nil {
		v.besideMark(pieces)
		return c.show(http.StatusOK, HeardPage(v))
	}
	passages := only(pieces, func(p PieceView) bool { return p.Mark != "" })
	here := slices.IndexFunc(passages, func(p PieceView) bool { return p.finding.ID == at })
	if here < 0 {
		if here = slices.IndexFunc(passages, func(p PieceView) bool { return p.finding.State == parley.Open }); here >= 0 {
			v.read(page, passages[here].finding.ID)
		}
	}
	v.besidePassage(page, passages, here)
	next, err := c.nextOpen(page.Conversation.Engagement, passages, here)
	if err != nil {
		return err
	}
	if here < 0 {
		v.Done = heardDone(v.Words, v.LayoutView, next, page.Conversation.Findings)
		if v.MarkURL != "" && v.Rereading == nil {
			v.Done.Links = append(v.Done.Links, Link{v.T("heard.mark"), v.MarkURL})
		}
		return c.show(http.StatusOK, HeardPage(v))
	}
	f := passages[here].finding
	p := passageOf(v.Words, f, here+1, v.MayEdit)
	p.NextOpen = next
	if p, err = c.judged(p, f); err != nil {
		return err
	}
	v.Passage = &p
	status := http.StatusOK
	if again != nil {
		status = again(&p)
	}
	return c.show(status, HeardPage(v))
}

// heardView says which conversation a page is of, and leads to the pages beside it.
func (c *call) heardView(page app.ConversationPage) (HeardView, error) {
	w, conv := c.words, page.Conversation
	title := titleOf(w, conv.Conversation)
	l, _, err := c.engagementLayout(conv.Engagement, title, "heard", Link{w.T("nav.heard"), "/engagements/" + string(conv.Engagement) + "/conversations"})
	l.Flush = true
	v := HeardView{LayoutView: l, Heading: title, Checked: conv.Findings - conv.Open, Total: conv.Findings}
	v.Lead = dotted(span(w, conv.Began, conv.Ended), w.T("source."+string(conv.Kind)), w.T("count.people", "n", len(conv.People)), fileName(w, conv.Source))
	if page.Next != "" {
		v.NextPage = "?cursor=" + url.QueryEscape(page.Next)
	}
	if page.Prev != "" {
		v.PrevPage = "?cursor=" + url.QueryEscape(page.Prev)
	}
	return v, err
}

// read shows the turns of a page, of whose passages one is looked at, and returns their pieces in order.
func (v *HeardView) read(page app.ConversationPage, at parley.FindingID) (pieces []PieceView) {
	s := script{Words: v.Words, cursor: page.Cursor, at: at, mayMark: v.MayEdit}
	if v.Mark != nil {
		s.marking, s.start = v.Mark.message, v.Mark.Start
	}
	v.Turns = nil
	for _, m := range page.Messages {
		t := s.turnOf(m)
		v.Turns = append(v.Turns, t)
		pieces = append(pieces, slices.Concat(t.Paragraphs...)...)
	}
	v.MarkURL = unmarkedAfter(pieces, at)
	return pieces
}

// besideMark leads to the sentences beside the one that is being marked.
func (v *HeardView) besideMark(pieces []PieceView) {
	sentences := only(pieces, func(p PieceView) bool { return p.MarkURL != "" })
	here := slices.IndexFunc(sentences, func(p PieceView) bool { return p.Choice == "here" })
	if here > 0 {
		v.Prev = sentences[here-1].MarkURL
	}
	if here >= 0 && here+1 < len(sentences) {
		v.Next = sentences[here+1].MarkURL
	}
}

// besidePassage leads to the passages beside the one that is looked at, on the page or on those beside it; here is -1
// for none.
func (v *HeardView) besidePassage(page app.ConversationPage, passages []PieceView, here int) {
	id := page.Conversation.ID
	v.Prev, v.Next = passageURL(id, "", page.Before), passageURL(id, "", page.After)
	if here > 0 {
		v.Prev = passages[here-1].URL
	}
	if here+1 < len(passages) {
		v.Next = passages[here+1].URL
	}
}

// only returns the pieces that are wanted.
func only(pieces []PieceView, wanted func(PieceView) bool) (list []PieceView) {
	for _, p := range pieces {
		if wanted(p) {
			list = append(list, p)
		}
	}
	return list
}

// unmarkedAfter returns where marking begins after a passage, or from the top where nothing but trifles is left after it; "" if
// there is nothing to mark.
func unmarkedAfter(pieces []PieceView, at parley.FindingID) string {
	here := slices.IndexFunc(pieces, func(p PieceView) bool { return p.Mark != "" && p.finding.ID == at })
	return unmarked(slices.Concat(pieces[here+1:], pieces))
}

// trifle is how many words a sentence has at most that is passed over where marking begins: greetings and thanks, mostly.
const trifle = 3

// unmarked returns where the first sentence of pieces that is no trifle may be marked, else the first; "" if there is none.
func unmarked(pieces []PieceView) (first string) {
	for _, p := range pieces {
		if p.MarkURL != "" && len(diagnose.FoldedWords(p.Text)) > trifle {
			return p.MarkURL
		}
		first = cmp.Or(first, p.MarkURL)
	}
	return first
}

// pageOf returns the page of a conversation that the address asks for: at its cursor, where that has the passage at
// or there is none; else the page around the passage, or around the message in which a sentence is to be marked.
func (c *call) pageOf(id parley.ConversationID, at parley.FindingID) (app.ConversationPage, error) {
	query := c.r.URL.Query()
	cursor := query.Get("cursor")
	if message := parley.MessageID(query.Get("mark")); message != "" && cursor == "" {
		page, err := c.s.app.ConversationAtMessage(c.ctx(), c.by, message)
		if err == nil && page.Conversation.ID == id || err != nil && parley.CodeOf(err) != parley.NotFound {
			return page, err
		}
	}
	if at != "" && cursor == "" {
		page, err := c.s.app.ConversationAt(c.ctx(), c.by, at)
		if err == nil && page.Conversation.ID == id || err != nil && parley.CodeOf(err) != parley.NotFound {
			return page, err
		} // else the passage went: with an import that was undone, or while it was read again
	}
	return c.s.app.Conversation(c.ctx(), c.by, id, cursor)
}

// passageURL is where a passage of a conversation is read, on the page at a cursor; "" for no passage.
func passageURL(id parley.ConversationID, cursor string, at parley.FindingID) string {
	if at == "" {
		return ""
	}
	query := url.Values{"at": {string(at)}}
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	return "/conversations/" + string(id) + "?" + query.Encode() + "#" + string(at)
}

// nextOpen returns where the next passage to check is: after the one here on the page, before it, or elsewhere
// in the engagement; "" if none is left.
func (c *call) nextOpen(eng parley.EngagementID, passages []PieceView, here int) (string, error) {
	for i := 1; i < len(passages); i++ {
		p := passages[(max(here, 0)+i)%len(passages)]
		if p.finding.State == parley.Open {
			return p.URL, nil
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
	switch {
	case l.Rereading != nil:
		d.Icon, d.Title, d.Text = "rotate", w.T("reread.title"), w.T("reread.wait")
	case findings == 0:
		d.Icon, d.Title, d.Text = "ear", w.T("heard.none"), w.T("heard.none_text")
	}
	if next != "" {
		d.Links = append(d.Links, Link{w.T("heard.check_next"), next})
	}
	d.Links = append(d.Links, Link{w.T("heard.to_concerns"), l.Engagement.URL("concerns")})
	return d
}
