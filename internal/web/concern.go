package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"parley"
	"parley/internal/app"
	"parley/internal/web/i18n"
)

// A ConcernsView is the register.
type ConcernsView struct {
	LayoutView
	Lead    string
	Tabs    []TabView
	State   string // of the view, as the address has it
	Query   string
	Selects []SelectView
	Clear   string // the view without its filters, if it has any
	Groups  []ConcernGroupView
	More    string
	Empty   *EmptyView
	Bare    bool   // there is no concern yet: nothing to choose from
	URL     string // of this view
	Saved   string // where the view is removed, if it has a name; of another that may be named, empty
	Named   bool   // it may be given a name
	Name    FieldView
	Error   string
	Same    []SameView
}

// A SelectView is a filter of the register.
type SelectView struct {
	Name, Label string
	Set         bool
	Options     []OptionView
}

// A ConcernGroupView is a part of the register.
type ConcernGroupView struct {
	Head    *ChipView // nil where nothing is grouped
	Meaning string
	Rows    []ConcernRowView
}

// A ConcernRowView is a concern in a list.
type ConcernRowView struct {
	ID, Title, URL string
	State          StateView
	Quote          string
	QuoteLang      parley.Lang
	Holders        []PersonView
	HolderNames    string
	Perception     ChipView
	Driver         parley.Driver
	Quotes         int
	Updated        string
	Pick           string // what the box says that picks it; empty without a box
	Picked         bool
}

func concernRow(w *i18n.Words, s app.ConcernSummary) ConcernRowView {
	r := ConcernRowView{
		ID: string(s.ID), Title: s.Title, URL: "/concerns/" + string(s.ID), State: stateOf(w, s.Concern), Driver: s.Labels.Driver,
		Perception: labelChip(w, "perception", string(s.Labels.Perception)), Quotes: s.Quotes, Updated: w.Day(s.Updated),
	}
	r.Perception.Guess = s.Labels.Perception == ""
	if s.Quote != nil {
		r.Quote, r.QuoteLang = strings.TrimSpace(s.Quote.Text), s.Quote.Lang
	}
	for _, h := range s.Holders {
		r.Holders = append(r.Holders, stakeholder(h))
	}
	r.HolderNames = names(w, r.Holders)
	return r
}

func stakeholder(s parley.Stakeholder) PersonView {
	p := PersonView{Name: cmp.Or(s.Name, s.Address), Note: s.Title, Us: s.Side == parley.AdviserSide}
	return p
}

// A register is the view that an address asks for.
type register struct {
	state, driver, person, query, sort, group string
}

func registerOf(q url.Values) register {
	return register{q.Get("state"), q.Get("driver"), q.Get("person"), q.Get("q"), q.Get("sort"), q.Get("group")}
}

// url is the address of the view, without what it leaves open.
func (r register) url(base string) string {
	q := url.Values{}
	for _, f := range [][2]string{{"state", r.state}, {"driver", r.driver}, {"person", r.person}, {"q", r.query}, {"sort", r.sort}, {"group", r.group}} {
		if f[1] != "" {
			q.Set(f[0], f[1])
		}
	}
	if len(q) == 0 {
		return base
	}
	return base + "?" + q.Encode()
}

// filter is what the view asks app for. Without a state it shows what is open.
func (r register) filter() app.ConcernFilter {
	f := app.ConcernFilter{Driver: parley.Driver(r.driver), Person: parley.StakeholderID(r.person), Text: r.query, Sort: app.ConcernSort(r.sort), Limit: 100}
	switch r.state {
	case "":
		f.Open = true
	case "all":
	default:
		f.State = parley.ConcernState(r.state)
	}
	if f.Sort == "" && r.groups() == "driver" {
		f.Sort = app.ByDriver
	}
	return f
}

// groups is what the register is grouped by: the driver, since that decides the answer, unless asked otherwise.
func (r register) groups() string { return cmp.Or(r.group, "driver") }

// look is the view as it is kept under a name.
func (r register) look() parley.Look {
	l := parley.Look{Driver: parley.Driver(r.driver), Person: parley.StakeholderID(r.person), Text: r.query, Sort: r.sort, Group: r.group}
	switch r.state {
	case "":
		l.Open = true
	case "all":
	default:
		l.State = parley.ConcernState(r.state)
	}
	return l
}

// registerAs is the view that was kept so.
func registerAs(l parley.Look) register {
	r := register{string(l.State), string(l.Driver), string(l.Person), l.Text, l.Sort, l.Group}
	if l.State == "" && !l.Open {
		r.state = "all"
	}
	return r
}

// saved are the tabs of the views that the member has given a name, and the one that is looked at.
func (r register) saved(w *i18n.Words, base string, views []app.ViewSummary) (tabs []TabView, here *app.ViewSummary) {
	for _, v := range views {
		t := TabView{Text: v.Name, URL: registerAs(v.Look).url(base), Count: w.Number(v.Concerns), Icon: "bookmark", Here: v.Look == r.look()}
		if t.Here {
			here = &v
		}
		tabs = append(tabs, t)
	}
	return tabs, here
}

// tabs are the views that everybody has.
func (r register) tabs(w *i18n.Words, e *EngagementNav, n app.Counts) []TabView {
	base := e.URL("concerns")
	tab := func(text, state string, count int) TabView {
		t := r
		t.state = state
		return TabView{Text: text, URL: t.url(base), Count: w.Number(count), Here: r.state == state}
	}
	tabs := []TabView{tab(w.T("concerns.open"), "", n.OpenConcerns())}
	for _, s := range []parley.ConcernState{parley.Reopened, parley.Heard, parley.PlayedBack, parley.Agreed, parley.Answered, parley.Settled} {
		if n.Concerns[s] > 0 || r.state == string(s) {
			tabs = append(tabs, tab(w.T("state."+string(s)), string(s), n.Concerns[s]))
		}
	}
	return append(tabs, tab(w.T("concerns.all"), "all", n.AllConcerns()))
}

// selects are the filters, the order and the grouping.
func (r register) selects(w *i18n.Words, people []parley.Stakeholder) []SelectView {
	driver := SelectView{Name: "driver", Label: w.T("question.driver"), Set: r.driver != "", Options: []OptionView{{Value: "", Text: w.T("concerns.any")}}}
	for _, d := range parley.Drivers {
		driver.Options = append(driver.Options, OptionView{string(d), labelText(w, "driver", string(d)), r.driver == string(d)})
	}
	person := SelectView{Name: "person", Label: w.T("concerns.person"), Set: r.person != "", Options: []OptionView{{Value: "", Text: w.T("concerns.anyone")}}}
	for _, p := range people {
		if p.Side != parley.AdviserSide {
			person.Options = append(person.Options, OptionView{string(p.ID), cmp.Or(p.Name, p.Address), r.person == string(p.ID)})
		}
	}
	order := SelectView{Name: "sort", Label: w.T("concerns.sort")}
	for _, o := range concernSorts {
		order.Options = append(order.Options, OptionView{string(o), w.T("sort." + string(o)), r.sort == string(o) || r.sort == "" && o == r.filter().Sort})
	}
	group := SelectView{Name: "group", Label: w.T("concerns.group")}
	for _, g := range groupings {
		group.Options = append(group.Options, OptionView{g, w.T("group." + g), r.groups() == g})
	}
	return []SelectView{driver, person, group, order}
}

// concernSorts are the orders that the register offers.
var concernSorts = []app.ConcernSort{app.ByUpdated, app.ByCreated, app.ByTitle, app.ByDriver, app.ByState}

// groupings are what the register can be grouped by.
var groupings = []string{"driver", "person", "state", "none"}

// groupConcerns parts the rows. Groups come in the order of the taxonomy or the lifecycle; people by how
// much they hold. A concern stands once, with the first of its holders.
func groupConcerns(w *i18n.Words, list []app.ConcernSummary, by string) []ConcernGroupView {
	if by == "none" {
		g := ConcernGroupView{}
		for _, s := range list {
			g.Rows = append(g.Rows, concernRow(w, s))
		}
		return []ConcernGroupView{g}
	}
	groups := map[string]*ConcernGroupView{}
	var order []string
	for _, s := range list {
		key, head, meaning := groupOf(w, s, by)
		if groups[key] == nil {
			head.Class += " plain"
			groups[key] = &ConcernGroupView{Head: &head, Meaning: meaning}
			order = append(order, key)
		}
		groups[key].Rows = append(groups[key].Rows, concernRow(w, s))
	}
	rank := func(key string) int {
		switch by {
		case "driver":
			return (slices.Index(parley.Drivers, parley.Driver(key)) + len(parley.Drivers) + 1) % (len(parley.Drivers) + 1)
		case "state":
			return slices.Index([]parley.ConcernState{parley.Reopened, parley.Heard, parley.PlayedBack, parley.Agreed, parley.Answered, parley.Settled}, parley.ConcernState(key))
		}
		return -len(groups[key].Rows)
	}
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	var out []ConcernGroupView
	for _, key := range order {
		out = append(out, *groups[key])
	}
	return out
}

func groupOf(w *i18n.Words, s app.ConcernSummary, by string) (key string, head ChipView, meaning string) {
	switch by {
	case "person":
		if len(s.Holders) == 0 {
			return "", ChipView{Text: w.T("concerns.nobody"), Icon: "user-question"}, ""
		}
		h := s.Holders[0]
		return string(h.ID), ChipView{Text: cmp.Or(h.Name, h.Address), Icon: "user"}, h.Title
	case "state":
		return string(s.State), ChipView{Text: w.T("state." + string(s.State)), Icon: "message-2"}, ""
	}
	d := string(s.Labels.Driver)
	return d, labelChip(w, "driver", d), labelMeaning(w, "driver", d)
}

// concerns serves GET /engagements/{id}/concerns.
func (s *Server) concerns(c *call) error { return c.register(nil, nil) }

// register shows the register; with wrong, what was picked and why nothing came of it.
func (c *call) register(picked []string, wrong error) error {
	id := parley.EngagementID(c.r.PathValue("id"))
	w := c.words
	l, summary, err := c.engagementLayout(id, w.T("nav.concerns"), "concerns")
	if err != nil {
		return err
	}
	r := registerOf(c.r.URL.Query())
	f := r.filter()
	f.Cursor = c.r.URL.Query().Get("cursor")
	page, err := c.s.app.Concerns(c.ctx(), c.by, id, f)
	if err != nil {
		return err
	}
	people, err := c.s.app.Stakeholders(c.ctx(), c.by, id)
	if err != nil {
		return err
	}
	base := l.Engagement.URL("concerns")
	v := ConcernsView{
		LayoutView: l, Tabs: r.tabs(w, l.Engagement, summary.Counts), State: r.state, Query: r.query, Selects: r.selects(w, people),
		Groups: groupConcerns(w, page.Concerns, r.groups()), URL: r.url(base),
		Lead: w.T("concerns.lead", "n", summary.Counts.OpenConcerns(), "agreed", w.T("concerns.agreed", "n", summary.Counts.Concerns[parley.Agreed]+summary.Counts.Concerns[parley.Answered])),
	}
	views, err := c.s.app.Views(c.ctx(), c.by, id)
	if err != nil {
		return err
	}
	saved, here := r.saved(w, base, views)
	if here != nil {
		v.Saved = "/views/" + string(here.ID) + "/delete"
		for i := range v.Tabs {
			v.Tabs[i].Here = false
		}
	}
	v.Tabs = append(v.Tabs, saved...)
	v.Named = here == nil && r != register{state: r.state}
	v.Name = FieldView{Name: "name", Label: w.T("views.name"), Type: "text", Required: true, Placeholder: w.T("views.example"), Value: c.r.PostFormValue("name")}
	filtered := r.driver != "" || r.person != "" || r.query != ""
	if filtered {
		v.Clear = register{state: r.state, sort: r.sort, group: r.group}.url(base)
	}
	if page.Next != "" {
		v.More = strings.Replace(r.url(base)+"&cursor="+url.QueryEscape(page.Next), "concerns&", "concerns?", 1)
	}
	if len(page.Concerns) == 0 {
		v.Empty = &EmptyView{Icon: "message-2", Title: w.T("concerns.empty"), Text: w.T("concerns.empty_text"), Links: []Link{{w.T("heard.check_next"), l.Engagement.URL("heard")}}}
		if v.Bare = summary.Counts.AllConcerns() == 0; summary.Counts.Messages == 0 {
			v.Empty.Links = nil
			if l.MayEdit {
				v.Empty.Links = []Link{{w.T("overview.import"), l.Engagement.URL("import")}, {w.T("concern.new"), l.Engagement.URL("concerns/new")}}
			}
		}
		if !v.Bare && (filtered || r.state != "") {
			v.Empty = &EmptyView{Icon: "filter", Title: w.T("concerns.no_match"), Text: w.T("concerns.no_match_text"), Links: []Link{{w.T("concerns.show_all"), base + "?state=all"}}}
		}
	}
	if l.MayEdit = c.by.MayEdit(summary.Engagement) == nil; l.MayEdit {
		pickable(w, v.Groups, picked)
		if v.Same, err = c.same(id, "", v.URL); err != nil {
			return err
		}
	}
	v.MayEdit = l.MayEdit
	if wrong == nil {
		return c.show(http.StatusOK, Concerns(v))
	}
	fields := []FieldView{v.Name}
	return reject(c, wrong, fields, func(general string, status int) error {
		v.Error, v.Name = general, fields[0]
		return c.show(status, Concerns(v))
	})
}

// pickable gives the rows of the register their boxes.
func pickable(w *i18n.Words, groups []ConcernGroupView, picked []string) {
	for _, g := range groups {
		for i := range g.Rows {
			r := &g.Rows[i]
			r.Pick, r.Picked = w.T("concerns.pick", "title", r.Title), slices.Contains(picked, r.ID)
		}
	}
}

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
		person.Note = w.T("count.quotes", "n", p.Quotes)
		if p.Title != "" {
			person.Note = p.Title + " · " + person.Note
		}
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
	if q.Before != nil {
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

func concernFields(w *i18n.Words, title string, labels parley.Labels) []FieldView {
	fields := []FieldView{{Name: "title", Label: w.T("concern.title"), Type: "text", Value: title, Required: true, Placeholder: w.T("concern.title_example"), Hint: w.T("concern.title_hint")}}
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
	l, summary, err := c.engagementLayout(con.Engagement, shorten(con.Title, 60), "concerns", Link{c.words.T("nav.concerns"), "/engagements/" + string(con.Engagement) + "/concerns"})
	if err != nil {
		return err
	}
	v := concernPage(c.words, con)
	l.MayEdit = c.by.MayEdit(summary.Engagement) == nil
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
	changed.Title, changed.Labels, changed.Version = c.r.FormValue("title"), c.labels(), c.version()
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
	con, err := s.app.MoveConcern(c.ctx(), c.by, id, c.version(), state, outcome)
	if err != nil {
		return err
	}
	c.tell(done{Key: "moved", Name: stateOf(c.words, con).Text})
	return c.to("/concerns/" + string(id))
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
	in := app.NewConcern{Title: c.r.FormValue("title"), Labels: c.labels()}
	con, err := s.app.CreateConcern(c.ctx(), c.by, parley.EngagementID(c.r.PathValue("id")), in)
	if err != nil {
		return c.concernForm(in.Title, in.Labels, err)
	}
	return c.to("/concerns/" + string(con.ID))
}
