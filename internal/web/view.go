package web

import (
	"net/url"
	"strings"

	"parley"
)

// createView serves POST /engagements/{id}/views: the view that one looks at gets a name, and becomes a tab.
func (s *Server) createView(c *call) error {
	id := parley.EngagementID(c.r.PathValue("id"))
	back := c.local("back", "/engagements/"+string(id)+"/concerns")
	_, query, _ := strings.Cut(back, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return &parley.Error{Code: parley.Invalid, Message: "the form cannot be read", Err: err}
	}
	v, err := s.app.CreateView(c.ctx(), c.by, id, c.r.PostFormValue("name"), registerOf(values).look())
	if err != nil {
		c.r.URL.RawQuery = query // the same view again
		return c.register(nil, err)
	}
	c.tell(done{Key: "view_saved", Name: v.Name})
	return c.to(back)
}

// deleteView serves POST /views/{view}/delete.
func (s *Server) deleteView(c *call) error {
	if err := s.app.DeleteView(c.ctx(), c.by, parley.ViewID(c.r.PathValue("view"))); err != nil {
		return err
	}
	c.tell(done{Key: "view_deleted"})
	return c.to(c.local("back", "/today"))
}
