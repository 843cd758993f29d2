package web

import "parley"

// loadSample serves POST /engagements/sample. Who asks twice is led to where it is.
func (s *Server) loadSample(c *call) error {
	e, err := s.app.LoadSample(c.ctx(), c.by)
	if parley.CodeOf(err) == parley.Conflict {
		return c.to("/today")
	}
	if err != nil {
		return err
	}
	c.tell(done{Key: "sample_loaded"})
	return c.to("/engagements/" + string(e.ID))
}

// removeSample serves POST /engagements/{id}/remove.
func (s *Server) removeSample(c *call) error {
	if err := s.app.RemoveSample(c.ctx(), c.by, parley.EngagementID(c.r.PathValue("id"))); err != nil {
		return err
	}
	c.tell(done{Key: "sample_removed"})
	return c.to("/today")
}
