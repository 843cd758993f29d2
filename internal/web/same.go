package web

import (
	"strings"

	"parley"
)

// A SameView is two concerns that may be one reason.
type SameView struct {
	Sides [2]SameSideView
	Back  string // the page to come back to
}

// A SameSideView is one of the two.
type SameSideView struct{ ID, Title, URL, Words string }

// sameShown is how many pairs a page puts forward.
const sameShown = 3

// same returns the pairs that a page puts forward; with of, those with that concern.
func (c *call) same(eng parley.EngagementID, of parley.ConcernID, back string) (views []SameView, err error) {
	list, err := c.s.app.SameReasons(c.ctx(), c.by, eng, of)
	for _, s := range list[:min(len(list), sameShown)] {
		v := SameView{Back: back}
		for i, con := range s.Concerns {
			v.Sides[i] = SameSideView{ID: string(con.ID), Title: con.Title, URL: "/concerns/" + string(con.ID)}
			if words := s.Words[i]; len(words) > 0 {
				v.Sides[i].Words = c.words.T("same.words", "words", strings.Join(words, ", "))
			}
		}
		views = append(views, v)
	}
	return views, err
}

// keepApart serves POST /concerns/{id}/apart: the other one is not the same reason.
func (s *Server) keepApart(c *call) error {
	id := parley.ConcernID(c.r.PathValue("id"))
	back := c.local("back", "/concerns/"+string(id))
	if err := s.app.KeepApart(c.ctx(), c.by, id, parley.ConcernID(c.r.FormValue("other"))); err != nil {
		return err
	}
	c.tell(done{Key: "kept_apart"})
	return c.to(back)
}
