package web

import (
	"net/http"
	"slices"

	"parley"
	"parley/internal/web/i18n"
)

// A PeopleView lists the people of an engagement.
type PeopleView struct {
	LayoutView
	Lead  string
	Rows  []PersonRowView
	Empty EmptyView
}

// A PersonRowView is a person in the list.
type PersonRowView struct {
	*i18n.Words
	ID, URL     string
	Version     int
	Person      PersonView
	ConcernsURL string
	MayEdit     bool
	Fields      []FieldView
}

func personRow(w *i18n.Words, e EngagementNav, s parley.Stakeholder, mayEdit bool) PersonRowView {
	p := stakeholder(s)
	p.Note = w.T("side." + sideKey(s.Side))
	for _, more := range []string{s.Title, s.Address} {
		if more != "" && more != p.Name {
			p.Note += " · " + more
		}
	}
	side := FieldView{Name: "side", Label: w.T("people.side")}
	for _, o := range []parley.Side{parley.UnknownSide, parley.ClientSide, parley.AdviserSide} {
		side.Options = append(side.Options, OptionView{string(o), w.T("side." + sideKey(o)), o == s.Side})
	}
	row := PersonRowView{
		Words: w, ID: string(s.ID), URL: e.URL("people/" + string(s.ID)), Version: s.Version, Person: p, ConcernsURL: e.URL("concerns") + "?state=all&person=" + string(s.ID), MayEdit: mayEdit,
		Fields: []FieldView{
			{Name: "name", Label: w.T("field.name"), Type: "text", Value: s.Name, Required: true},
			{Name: "title", Label: w.T("people.title"), Type: "text", Value: s.Title}, side,
		},
	}
	for i := range row.Fields {
		row.Fields[i].Scope = row.ID + "-"
	}
	return row
}

// sideKey names a side in the catalogue.
func sideKey(s parley.Side) string {
	if s == parley.UnknownSide {
		return "unknown"
	}
	return string(s)
}

// people serves GET /engagements/{id}/people.
func (s *Server) people(c *call) error {
	id := parley.EngagementID(c.r.PathValue("id"))
	l, summary, err := c.engagementLayout(id, c.words.T("nav.people"), "people")
	if err != nil {
		return err
	}
	list, err := s.app.Stakeholders(c.ctx(), c.by, id)
	if err != nil {
		return err
	}
	mayEdit := c.by.MayEdit(summary.Engagement) == nil
	v := PeopleView{LayoutView: l, Empty: EmptyView{Icon: "users", Title: c.words.T("people.empty"), Text: c.words.T("people.empty_text"), Links: []Link{{c.words.T("overview.import"), l.Engagement.URL("import")}}}}
	ours := 0
	for _, p := range list {
		if p.Side == parley.AdviserSide {
			ours++
		}
	}
	v.Lead = c.words.T("people.lead", "n", len(list), "ours", ours)
	slices.SortStableFunc(list, func(a, b parley.Stakeholder) int { return rankSide(a.Side) - rankSide(b.Side) })
	for _, p := range list {
		v.Rows = append(v.Rows, personRow(c.words, *l.Engagement, p, mayEdit))
	}
	return c.show(http.StatusOK, People(v))
}

// rankSide puts those of whom the side is not known first: they wait for an answer.
func rankSide(s parley.Side) int {
	return slices.Index([]parley.Side{parley.UnknownSide, parley.ClientSide, parley.AdviserSide}, s)
}

// updateStakeholder serves POST /engagements/{id}/people/{stakeholder}.
func (s *Server) updateStakeholder(c *call) error {
	eng, id := parley.EngagementID(c.r.PathValue("id")), parley.StakeholderID(c.r.PathValue("stakeholder"))
	list, err := s.app.Stakeholders(c.ctx(), c.by, eng)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(p parley.Stakeholder) bool { return p.ID == id })
	if i < 0 {
		return &parley.Error{Code: parley.NotFound, Message: "there is no such person"}
	}
	p := list[i]
	p.Name, p.Title, p.Side, p.Version = c.r.FormValue("name"), c.r.FormValue("title"), parley.Side(c.r.FormValue("side")), c.version()
	if _, err := s.app.UpdateStakeholder(c.ctx(), c.by, p); err != nil {
		return err
	}
	c.tell(done{Key: "saved"})
	return c.to("/engagements/" + string(eng) + "/people#" + string(id))
}
