package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

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
	Open        bool         // the form is, since something in it is wrong
	Error       string       // what is wrong with no field of it
	Selects     []SelectView // power and stance, changed in place; none for our own side
	Facts       []string     // the same in words, for those who only read
}

func stakeholder(s parley.Stakeholder) PersonView {
	p := PersonView{Name: cmp.Or(s.Name, s.Address), Note: s.Title, Us: s.Side == parley.AdviserSide}
	return p
}

func personRow(w *i18n.Words, e EngagementNav, s parley.Stakeholder, mayEdit bool) PersonRowView {
	p := stakeholder(s)
	address := s.Address
	if s.Name == "" {
		address = "" // it is the name
	}
	p.Note = dotted(w.T("side."+sideKey(s.Side)), s.Title, address)
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
	if s.Side != parley.AdviserSide {
		row.Selects = standing(w, s)
		for _, f := range row.Selects {
			for _, o := range f.Options {
				if o.Chosen {
					row.Facts = append(row.Facts, o.Text)
				}
			}
		}
	}
	for i := range row.Fields {
		row.Fields[i].Scope = row.ID + "-"
	}
	return row
}

// The least and the most of what is known of a person's standing.
const (
	powerMost               = 4
	stanceLeast, stanceMost = -2, 2
)

// standing are how much a person decides and where they stand, as choices.
func standing(w *i18n.Words, s parley.Stakeholder) []SelectView {
	power := SelectView{Name: "power", Label: w.T("people.power"), Set: s.Power == powerMost}
	for n := 0; n <= powerMost; n++ {
		power.Options = append(power.Options, OptionView{strconv.Itoa(n), w.T("power." + strconv.Itoa(n)), n == s.Power})
	}
	stance := SelectView{Name: "stance", Label: w.T("people.stance")}
	for n := stanceLeast; n <= stanceMost; n++ {
		stance.Options = append(stance.Options, OptionView{strconv.Itoa(n), w.T("stance." + strconv.Itoa(n)), n == s.Stance})
	}
	return []SelectView{power, stance}
}

// sideKey names a side in the catalogue.
func sideKey(s parley.Side) string {
	if s == parley.UnknownSide {
		return "unknown"
	}
	return string(s)
}

// people serves GET /engagements/{id}/people.
func (s *Server) people(c *call) error { return c.peoplePage(parley.Stakeholder{}, nil) }

// peoplePage shows the people; with wrong, one of them as they were sent and why they could not be kept so.
func (c *call) peoplePage(sent parley.Stakeholder, wrong error) error {
	id := parley.EngagementID(c.r.PathValue("id"))
	l, _, err := c.engagementLayout(id, c.words.T("nav.people"), "people")
	if err != nil {
		return err
	}
	list, err := c.s.app.Stakeholders(c.ctx(), c.by, id)
	if err != nil {
		return err
	}
	v := PeopleView{LayoutView: l, Empty: EmptyView{Icon: "users", Title: c.words.T("people.empty"), Text: c.words.T("people.empty_text")}}
	if l.MayEdit {
		v.Empty.Links = []Link{{c.words.T("overview.import"), l.Engagement.URL("import")}}
	}
	ours := 0
	for _, p := range list {
		if p.Side == parley.AdviserSide {
			ours++
		}
	}
	if len(list) > 0 {
		v.Lead = c.words.T("people.lead", "n", len(list), "ours", ours)
	}
	slices.SortStableFunc(list, func(a, b parley.Stakeholder) int { return rankSide(a.Side) - rankSide(b.Side) })
	status := http.StatusOK
	for _, p := range list {
		if wrong == nil || p.ID != sent.ID {
			v.Rows = append(v.Rows, personRow(c.words, *l.Engagement, p, l.MayEdit))
			continue
		}
		row := personRow(c.words, *l.Engagement, sent, l.MayEdit)
		row.Person, row.Open = personRow(c.words, *l.Engagement, p, l.MayEdit).Person, true
		if !atField(c.words, row.Fields, wrong) {
			row.Error = message(c.words, wrong)
		}
		v.Rows, status = append(v.Rows, row), statuses[parley.CodeOf(wrong)]
	}
	return c.show(status, People(v))
}

// rankSide puts those of whom the side is not known first: they wait for an answer.
func rankSide(s parley.Side) int {
	return slices.Index([]parley.Side{parley.UnknownSide, parley.ClientSide, parley.AdviserSide}, s)
}

// updateStakeholder serves POST /engagements/{id}/people/{stakeholder}: what the form has of a person. Whom they
// speak for is kept with the engagement, for all that they said.
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
	if err := c.r.ParseForm(); err != nil {
		return &parley.Error{Code: parley.Invalid, Message: "the form did not arrive whole; send it again", Err: err}
	}
	p, side, err := c.person(list[i])
	if err == nil {
		_, err = s.app.UpdateStakeholder(c.ctx(), c.by, p)
	}
	if parley.CodeOf(err) == parley.Invalid {
		p.Side = side
		return c.peoplePage(p, err)
	}
	if err != nil {
		return err
	}
	toast := "saved"
	if side != p.Side {
		toast = "sides"
		if err := s.app.SetSide(c.ctx(), c.by, id, side); err != nil {
			return err
		}
	}
	c.tell(done{Key: toast})
	return c.to("/engagements/" + string(eng) + "/people#" + string(id))
}

// person puts what the form has of a person into p, and returns the side that it says.
func (c *call) person(p parley.Stakeholder) (parley.Stakeholder, parley.Side, error) {
	form, side := c.r.PostForm, p.Side
	p.Version = c.version()
	if form.Has("name") {
		p.Name = form.Get("name")
	}
	if form.Has("title") {
		p.Title = form.Get("title")
	}
	if form.Has("side") {
		side = parley.Side(form.Get("side"))
	}
	for name, n := range map[string]*int{"power": &p.Power, "stance": &p.Stance} {
		if !form.Has(name) {
			continue
		}
		var err error
		if *n, err = strconv.Atoi(form.Get(name)); err != nil {
			return p, side, &parley.Error{Code: parley.Invalid, Field: name, Message: "choose one of the answers", Err: err}
		}
	}
	return p, side, nil
}
