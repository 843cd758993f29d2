package web

import (
	"net/url"
	"slices"
	"strconv"

	"parley"
	"parley/internal/app"
	"parley/internal/web/i18n"
)

// A MarkView is the pane in which a sentence is marked that Parley did not take for resistance.
type MarkView struct {
	*i18n.Words
	Start, End  int
	Who         PersonView
	When, Quote string
	Lang        parley.Lang
	Probability string
	Rows        []LabelRowView // with the model's guesses chosen
	Back        string         // to the conversation as it was before
	message     parley.MessageID
}

// Action is where the form of the pane is sent.
func (m MarkView) Action() string { return "/messages/" + string(m.message) + "/mark" }

// Said names who said it and when, as far as that is known.
func (m MarkView) Said() string {
	if m.When == "" {
		return m.Who.Name
	}
	return m.Who.Name + ", " + m.When
}

// marking returns the pane of the sentence that the address asks for, or of the first of its message that may be
// marked; nil if there is none, or the page is not of marking.
func (c *call) marking(page app.ConversationPage, at parley.FindingID) (*MarkView, error) {
	query := c.r.URL.Query()
	id := parley.MessageID(query.Get("mark"))
	i := slices.IndexFunc(page.Messages, func(m app.MessageView) bool { return m.ID == id })
	if i < 0 {
		return nil, nil
	}
	list, err := c.s.app.Sentences(c.ctx(), c.by, id)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(s app.Sentence) bool { return s.Finding != "" })
	if len(list) == 0 {
		return nil, nil
	}
	start, _ := strconv.Atoi(query.Get("s"))
	here := max(0, slices.IndexFunc(list, func(s app.Sentence) bool { return s.Span.Start == start }))
	v := markOf(c.words, page.Messages[i].StoredMessage, list[here])
	v.Back = passageURL(page.Conversation.ID, page.Cursor, at)
	if v.Back == "" {
		v.Back = "/conversations/" + string(page.Conversation.ID)
		if page.Cursor != "" {
			v.Back += "?cursor=" + url.QueryEscape(page.Cursor)
		}
	}
	return &v, nil
}

// markPrefix begins the names of the fields of the pane: radio buttons named "form" hide a form's own property of
// that name from scripts.
const markPrefix = "label_"

// markOf makes the pane of a sentence of m.
func markOf(w *i18n.Words, m app.StoredMessage, s app.Sentence) MarkView {
	v := MarkView{
		Words: w, Start: s.Span.Start, End: s.Span.End, Who: speaker(w, m), When: momentOf(w, m), Quote: s.Text, Lang: m.Lang,
		Probability: w.Decimal(s.Probability, 2), message: m.ID,
	}
	confidence := []float64{s.Confidence.Form, s.Confidence.Driver, s.Confidence.Perception, s.Confidence.Subject}
	for i, q := range questions {
		guess := *q.of(&s.Labels)
		r := LabelRowView{Name: markPrefix + q.name, Value: guess, Question: questionText(w, q.name)}
		for _, value := range append(slices.Clone(q.values), "") {
			o := LabelOptionView{Value: value, Text: labelText(w, q.name, value), Meaning: labelMeaning(w, q.name, value), Icon: labelIcons[value], Chosen: value == guess}
			switch {
			case value == "":
				o.Text, o.Meaning = w.T("mark.unsure"), ""
			case value == guess:
				o.Sure = probability(w, confidence[i])
			}
			if q.name == "driver" && value != "" {
				o.Class = "d-" + value
			}
			r.Options = append(r.Options, o)
		}
		v.Rows = append(v.Rows, r)
	}
	return v
}

// markURL is where a sentence of a message is marked, on the page of a script.
func (s *script) markURL(m app.StoredMessage, start int) string {
	address := "/conversations/" + string(m.Conversation) + "?mark=" + string(m.ID) + "&s=" + strconv.Itoa(start)
	if s.cursor != "" {
		address += "&cursor=" + url.QueryEscape(s.cursor)
	}
	if s.at != "" {
		address += "&at=" + url.QueryEscape(string(s.at))
	}
	return address + "#here"
}

// markedBy says who marked a finding by hand, and when; "" if Parley heard it.
func markedBy(w *i18n.Words, f app.StoredFinding) string {
	if f.Marked == nil {
		return ""
	}
	name := f.Marked.ByName
	if name == "" {
		name = w.T("person.unknown")
	}
	return w.T("heard.marked", "name", name, "when", w.Day(f.Marked.At))
}

// mark serves POST /messages/{id}/mark. It goes on to the passage that comes of it.
func (s *Server) mark(c *call) error {
	number := func(field string) int {
		n, err := strconv.Atoi(c.r.FormValue(field))
		if err != nil {
			return -1 // is in no sentence
		}
		return n
	}
	f, err := s.app.Mark(c.ctx(), c.by, parley.MessageID(c.r.PathValue("id")), parley.Span{Start: number("start"), End: number("end")}, c.labels(markPrefix))
	if err != nil {
		return err
	}
	c.tell(done{Key: "marked", Undo: "/findings/" + string(f.ID) + "/withdraw", Version: f.Version})
	return c.to(findingURL(f))
}

// withdraw serves POST /findings/{id}/withdraw. It goes back to where the sentence may be marked.
func (s *Server) withdraw(c *call) error {
	id := parley.FindingID(c.r.PathValue("id"))
	f, err := s.app.Finding(c.ctx(), c.by, id)
	if err != nil {
		return err
	}
	if err := s.app.Withdraw(c.ctx(), c.by, id, c.version()); err != nil {
		return err
	}
	c.tell(done{Key: "withdrawn"})
	return c.to((&script{}).markURL(f.Message, f.Span.Start))
}
