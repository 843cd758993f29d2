package web

import (
	"cmp"
	"slices"
	"strings"

	"parley"
	"parley/internal/app"
)

// mergeInto returns the concerns that one may become part of: those of its driver first, then by title.
func (c *call) mergeInto(con parley.Concern) ([]OptionView, error) {
	page, err := c.s.app.Concerns(c.ctx(), c.by, con.Engagement, app.ConcernFilter{Sort: app.ByTitle, Limit: 200, Bare: true})
	if err != nil {
		return nil, err
	}
	list := slices.DeleteFunc(page.Concerns, func(s app.ConcernSummary) bool { return s.ID == con.ID })
	slices.SortStableFunc(list, func(a, b app.ConcernSummary) int {
		return cmp.Compare(unlike(a.Concern, con), unlike(b.Concern, con))
	})
	if len(list) == 0 {
		return nil, nil
	}
	options := []OptionView{{Text: c.words.T("choose")}}
	for _, s := range list {
		options = append(options, OptionView{Value: string(s.ID), Text: shorten(s.Title, 80)})
	}
	return options, nil
}

// unlike is 0 for concerns of one driver, else 1.
func unlike(a, b parley.Concern) int {
	if a.Labels.Driver == b.Labels.Driver {
		return 0
	}
	return 1
}

// mergeConcern serves POST /concerns/{id}/merge: the concern becomes part of the one chosen.
func (s *Server) mergeConcern(c *call) error {
	into, err := s.app.Concern(c.ctx(), c.by, parley.ConcernID(c.r.FormValue("into")))
	if err != nil {
		return err
	}
	merged, err := s.app.MergeConcerns(c.ctx(), c.by, into.ID, into.Version, []parley.ConcernID{parley.ConcernID(c.r.PathValue("id"))})
	if err != nil {
		return err
	}
	c.tellMerged(merged)
	return c.to("/concerns/" + string(merged.ID))
}

// tellMerged has the next page say what was merged, and undo it.
func (c *call) tellMerged(con parley.Concern) {
	c.tell(done{Key: "merged", Name: con.Title, Undo: "/concerns/" + string(con.ID) + "/split", Version: con.Version})
}

// mergePicked serves POST /engagements/{id}/concerns/merge: the concerns picked in the register become one.
func (s *Server) mergePicked(c *call) error {
	base := "/engagements/" + c.r.PathValue("id") + "/concerns"
	back := c.local("back", base)
	if err := c.r.ParseForm(); err != nil {
		return &parley.Error{Code: parley.Invalid, Message: "the form cannot be read", Err: err}
	}
	picked := c.r.PostForm["concern"]
	into, others, err := c.whichStays(picked)
	if err == nil {
		into.Concern, err = s.app.MergeConcerns(c.ctx(), c.by, into.ID, into.Version, others)
	}
	if err != nil {
		_, query, _ := strings.Cut(back, "?") // the same view again
		c.r.URL.RawQuery = query
		return c.register(picked, err)
	}
	c.tellMerged(into.Concern)
	return c.to(back)
}

// whichStays returns the one whose words stay when the picked concerns become one: the one that has come
// furthest, for its words were looked at most, then the one that has most quotes, then the oldest.
func (c *call) whichStays(picked []string) (stays app.ConcernView, others []parley.ConcernID, err error) {
	if len(picked) < 2 || len(picked) > 50 {
		return stays, nil, &parley.Error{Code: parley.Invalid, Field: "concerns", Message: "pick at least two concerns that say the same"}
	}
	list := make([]app.ConcernView, len(picked))
	for i, id := range picked {
		if list[i], err = c.s.app.Concern(c.ctx(), c.by, parley.ConcernID(id)); err != nil {
			return stays, nil, err
		}
	}
	far := func(con app.ConcernView) int {
		if con.State == parley.Reopened {
			return slices.Index(lifecycle, parley.PlayedBack)
		}
		return slices.Index(lifecycle, con.State)
	}
	slices.SortFunc(list, func(a, b app.ConcernView) int {
		return cmp.Or(cmp.Compare(far(b), far(a)), cmp.Compare(len(b.Quotes), len(a.Quotes)), strings.Compare(string(a.ID), string(b.ID)))
	})
	for _, o := range list[1:] {
		others = append(others, o.ID)
	}
	return list[0], others, nil
}

// splitConcern serves POST /concerns/{id}/split: undo of a merge.
func (s *Server) splitConcern(c *call) error {
	id := parley.ConcernID(c.r.PathValue("id"))
	if _, err := s.app.SplitConcern(c.ctx(), c.by, id, c.version(), parley.MergeID(c.r.FormValue("merge"))); err != nil {
		return err
	}
	c.tell(done{Key: "split"})
	return c.to("/concerns/" + string(id))
}
