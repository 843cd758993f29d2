package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"parley"
	"parley/internal/app"
	"parley/internal/web/i18n"
)

// An EngagementView is the overview of an engagement.
type EngagementView struct {
	LayoutView
	Name, Lead string
	First      bool // nothing was imported yet
	Tasks      []TaskView
	Quotes     []QuoteView
	Concerns   []ConcernRowView
	Drivers    []DriverBarView
	Imports    []ImportRowView
	Events     []TimelineView
}

// Empty is the overview before the first import.
func (v EngagementView) Empty() EmptyView {
	e := EmptyView{Icon: "ear", Title: v.T("overview.empty"), Text: v.T("overview.empty_text")}
	if v.MayEdit {
		e.Links = []Link{{v.T("overview.import"), v.Engagement.URL("import")}, {v.T("concern.new"), v.Engagement.URL("concerns/new")}}
	}
	return e
}

// A DriverBarView is how many concerns and passages have one driver.
type DriverBarView struct {
	Chip                       ChipView
	URL, Text                  string
	ConcernWidth, FindingWidth string
}

func driverBars(w *i18n.Words, e EngagementNav, counts []app.DriverCount) []DriverBarView {
	most := 1
	for _, d := range counts {
		most = max(most, d.Concerns+d.Findings)
	}
	var bars []DriverBarView
	for _, d := range counts {
		chip := labelChip(w, "driver", string(d.Driver))
		chip.Class += " plain"
		share := func(n int) string { return hundredths(100 * float64(n) / float64(most)) }
		bars = append(bars, DriverBarView{
			Chip: chip, URL: e.URL("concerns") + "?driver=" + string(d.Driver), ConcernWidth: share(d.Concerns), FindingWidth: share(d.Findings),
			Text: w.T("overview.driver_counts", "n", d.Concerns, "open", d.Findings),
		})
	}
	return bars
}

// engagement serves GET /engagements/{id}.
func (s *Server) engagement(c *call) error {
	id := parley.EngagementID(c.r.PathValue("id"))
	o, err := s.app.Overview(c.ctx(), c.by, id)
	if err != nil {
		return err
	}
	l, summary, err := c.engagementLayout(id, o.Engagement.Name, "")
	if err != nil {
		return err
	}
	w := c.words
	v := EngagementView{
		LayoutView: l, Name: o.Engagement.Name, First: o.Counts.Messages == 0 && o.Counts.AllConcerns() == 0,
		Lead:  overviewLead(w, o.Engagement.Client, o.Counts),
		Tasks: tasks(w, summary, false, l.MayEdit), Drivers: driverBars(w, *l.Engagement, o.Drivers), Events: timeline(w, o.Events),
	}
	for _, f := range o.Findings {
		v.Quotes = append(v.Quotes, quoteOf(w, f))
	}
	for _, cs := range o.Concerns {
		v.Concerns = append(v.Concerns, concernRow(w, cs))
	}
	for _, i := range o.Imports {
		v.Imports = append(v.Imports, importRow(w, i))
	}
	return c.show(http.StatusOK, Engagement(v))
}

// overviewLead says for whom an engagement is, and how much there is in it.
func overviewLead(w *i18n.Words, client string, n app.Counts) string {
	if n.Messages == 0 {
		return client
	}
	return dotted(client, w.T("overview.lead", "conversations", w.T("count.conversations", "n", n.Conversations), "messages", w.T("count.messages", "n", n.Messages), "people", w.T("count.people", "n", n.Stakeholders)))
}

// An EngagementFormView starts an engagement or changes it.
type EngagementFormView struct {
	LayoutView
	Lead, Action, Button, Back, Version, Error string
	Fields                                     []FieldView
	Restricted                                 bool
	Members                                    []MemberPickView
}

// A MemberPickView is a member who may be let into a restricted engagement; an owner always is.
type MemberPickView struct {
	ID             string
	Person         PersonView
	Always, Chosen bool
}

// memberPicks are those who can sign in, with who may see e where it is restricted.
func memberPicks(w *i18n.Words, members []parley.Member, e parley.Engagement, me parley.MemberID) []MemberPickView {
	var picks []MemberPickView
	for _, m := range members {
		if m.Disabled {
			continue
		}
		role, _, _ := strings.Cut(w.T("role."+string(m.Role)), ":")
		p := MemberPickView{ID: string(m.ID), Person: PersonView{Name: m.Name, Note: strings.TrimSpace(role), Us: true}}
		p.Always = m.Role == parley.OwnerRole || m.ID == me
		p.Chosen = p.Always || slices.Contains(e.Members, m.ID)
		picks = append(picks, p)
	}
	return picks
}

func engagementFields(w *i18n.Words, e parley.Engagement) []FieldView {
	kind := FieldView{Name: "kind", Label: w.T("engagement.kind"), Hint: w.T("engagement.kind_hint")}
	for _, k := range parley.EngagementKinds {
		kind.Options = append(kind.Options, OptionView{string(k), w.T("kind.long." + string(k)), k == e.Kind})
	}
	lang := FieldView{Name: "lang", Label: w.T("engagement.lang")}
	for _, l := range parley.Langs {
		lang.Options = append(lang.Options, OptionView{string(l), langName(l), l == e.Lang})
	}
	return []FieldView{
		{Name: "name", Label: w.T("engagement.name"), Type: "text", Value: e.Name, Required: true, Focus: true, Placeholder: w.T("engagement.name_example")},
		{Name: "client", Label: w.T("engagement.client"), Type: "text", Value: e.Client},
		kind, lang,
		{Name: "starts", Label: w.T("engagement.starts"), Type: "date", Value: e.Starts},
		{Name: "ends", Label: w.T("engagement.ends"), Type: "date", Value: e.Ends},
	}
}

// newEngagement serves GET /engagements/new.
func (s *Server) newEngagement(c *call) error {
	if err := c.by.MayAdvise(); err != nil {
		return err
	}
	return c.engagementForm(parley.Engagement{Kind: parley.ClientEngagement, Lang: c.words.Lang}, nil)
}

// editEngagement serves GET /engagements/{id}/edit.
func (s *Server) editEngagement(c *call) error {
	e, err := s.app.Engagement(c.ctx(), c.by, parley.EngagementID(c.r.PathValue("id")))
	if err != nil {
		return err
	}
	if err := c.by.MayEdit(e); err != nil {
		return err
	}
	return c.engagementForm(e, nil)
}

// engagementForm shows the form of an engagement, with what was wrong when it was sent.
func (c *call) engagementForm(e parley.Engagement, wrong error) error {
	w := c.words
	v := EngagementFormView{Fields: engagementFields(w, e), Action: "/engagements", Back: "/today", Button: w.T("engagement.create"), Lead: w.T("engagement.new_lead")}
	title := w.T("engagement.new")
	if e.ID != "" {
		title = w.T("engagement.edit")
		v.Action, v.Version = "/engagements/"+string(e.ID), strconv.Itoa(e.Version)
		v.Back, v.Button, v.Lead = v.Action, w.T("save"), ""
	}
	l, _, err := c.engagementLayout(e.ID, title, "edit")
	if err != nil {
		return err
	}
	members, err := c.s.app.Members(c.ctx(), c.by)
	if err != nil {
		return err
	}
	v.LayoutView, v.Restricted, v.Members = l, e.Restricted, memberPicks(w, members, e, c.by.Member)
	if wrong == nil {
		return c.show(http.StatusOK, EngagementForm(v))
	}
	return reject(c, wrong, v.Fields, func(general string, status int) error {
		v.Error = general
		return c.show(status, EngagementForm(v))
	})
}

// fill puts the fields of the form into e.
func (c *call) fill(e parley.Engagement) parley.Engagement {
	f := c.r.FormValue
	e.Name, e.Client, e.Kind, e.Lang = f("name"), f("client"), parley.EngagementKind(f("kind")), parley.Lang(f("lang"))
	e.Starts, e.Ends = f("starts"), f("ends")
	e.Restricted, e.Members = f("restricted") != "", nil
	for _, id := range c.r.PostForm["member"] {
		e.Members = append(e.Members, parley.MemberID(id))
	}
	return e
}

// createEngagement serves POST /engagements.
func (s *Server) createEngagement(c *call) error {
	e := c.fill(parley.Engagement{})
	made, err := s.app.CreateEngagement(c.ctx(), c.by, e)
	if err != nil {
		return c.engagementForm(e, err)
	}
	return c.to("/engagements/" + string(made.ID))
}

// updateEngagement serves POST /engagements/{id}.
func (s *Server) updateEngagement(c *call) error {
	e, err := s.app.Engagement(c.ctx(), c.by, parley.EngagementID(c.r.PathValue("id")))
	if err != nil {
		return err
	}
	e = c.fill(e)
	e.Version = c.version()
	if _, err := s.app.UpdateEngagement(c.ctx(), c.by, e); err != nil {
		return c.engagementForm(e, err)
	}
	c.tell(done{Key: "saved"})
	return c.to("/engagements/" + string(e.ID))
}
