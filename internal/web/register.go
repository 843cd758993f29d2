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
	l := r.look()
	f := app.ConcernFilter{Open: l.Open, State: l.State, Driver: l.Driver, Person: l.Person, Text: l.Text, Sort: app.ConcernSort(l.Sort), Limit: 100}
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
	}
	if err := c.named(&v, r); err != nil {
		return err
	}
	if r.driver != "" || r.person != "" || r.query != "" {
		v.Clear = register{state: r.state, sort: r.sort, group: r.group}.url(base)
	}
	if page.Next != "" {
		v.More = paged(v.URL, page.Next)
	}
	if len(page.Concerns) == 0 {
		v.Empty = emptyRegister(l, summary.Counts)
	}
	if v.Bare = summary.Counts.AllConcerns() == 0; !v.Bare {
		agreed := w.T("concerns.agreed_none")
		if n := summary.Counts.Concerns[parley.Agreed] + summary.Counts.Concerns[parley.Answered]; n > 0 {
			agreed = w.T("concerns.agreed", "n", n)
		}
		v.Lead = w.T("concerns.lead", "n", summary.Counts.OpenConcerns(), "agreed", agreed)
	}
	if l.MayEdit {
		pickable(w, v.Groups, picked)
		if v.Same, err = c.same(id, "", v.URL); err != nil {
			return err
		}
	}
	if wrong == nil {
		return c.show(http.StatusOK, Concerns(v))
	}
	fields := []FieldView{v.Name}
	return reject(c, wrong, fields, func(general string, status int) error {
		v.Error, v.Name = general, fields[0]
		return c.show(status, Concerns(v))
	})
}

// named adds to the register the views that the member has given a name, and what gives this one a name or takes it away.
func (c *call) named(v *ConcernsView, r register) error {
	views, err := c.s.app.Views(c.ctx(), c.by, parley.EngagementID(v.Engagement.ID))
	if err != nil {
		return err
	}
	saved, here := r.saved(c.words, v.Engagement.URL("concerns"), views)
	if here != nil {
		v.Saved = "/views/" + string(here.ID) + "/delete"
		for i := range v.Tabs {
			v.Tabs[i].Here = false
		}
	}
	v.Tabs = append(v.Tabs, saved...)
	v.Named = here == nil && r != register{state: r.state}
	v.Name = FieldView{Name: "name", Label: v.T("views.name"), Type: "text", Required: true, Placeholder: v.T("views.example"), Value: c.r.PostFormValue("name")}
	return nil
}

// emptyRegister says why a register has no row: what was chosen leaves them out, or there is nothing yet.
func emptyRegister(l LayoutView, n app.Counts) *EmptyView {
	if n.AllConcerns() > 0 {
		return &EmptyView{Icon: "filter", Title: l.T("concerns.no_match"), Text: l.T("concerns.no_match_text"), Links: []Link{{l.T("concerns.show_all"), l.Engagement.URL("concerns") + "?state=all"}}}
	}
	e := &EmptyView{Icon: "message-2", Title: l.T("concerns.empty"), Text: l.T("concerns.empty_text")}
	switch {
	case n.Messages > 0:
		e.Links = []Link{{l.T("heard.check_next"), l.Engagement.URL("heard")}}
	case l.MayEdit:
		e.Links = []Link{{l.T("overview.import"), l.Engagement.URL("import")}, {l.T("concern.new"), l.Engagement.URL("concerns/new")}}
	}
	return e
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
