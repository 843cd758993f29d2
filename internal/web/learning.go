package web

import (
	"fmt"
	"math"
	"strconv"

	"parley"
	"parley/internal/app"
	"parley/internal/web/i18n"
)

// A LearningView is the page of what Parley learned in the workspace.
type LearningView struct {
	*i18n.Words
	MayOwn   bool
	Enabled  bool
	Used     string // which model is in use
	Decided  string
	Notice   *NoticeView
	Heads    []LearnedHeadView
	Groups   []LearnedGroupView
	Versions []VersionView
}

// A LearnedHeadView is a question with how often the model agreed with decisions before and after.
type LearnedHeadView struct {
	Name string
	Few  string // said instead, where there are too few decisions
	Text string
	From string        // how many decisions
	Note string        // of the difference, whether it can be told
	Bar  *IntervalView // of the difference; nil with Few
}

// An IntervalView is an interval with its point on an axis of 400 units, the middle of which is none.
type IntervalView struct {
	X, Width, Point string
	Label           string
}

// A LearnedGroupView is the words that weigh otherwise for one label.
type LearnedGroupView struct {
	Chip  ChipView
	Words []LearnedWordView
}

// A LearnedWordView is a word, what became of its weight, and where it stands.
type LearnedWordView struct {
	Word, Note string
	Less       bool
	Quotes     []QuoteView
}

// A VersionView is a version of the model that one can go back to.
type VersionView struct {
	Version    int
	Name, Note string
	Used       bool
	Stale      bool // made for an earlier model
}

// learningView makes the page from what the app says.
func learningView(w *i18n.Words, l app.Learning, mayOwn bool) *LearningView {
	v := &LearningView{Words: w, MayOwn: mayOwn, Enabled: l.Enabled, Used: w.T("learning.used_shipped")}
	v.Decided = w.T("learning.decided", "n", l.Decided.All(), "accepted", l.Decided.Accepted, "corrected", l.Decided.Corrected, "dismissed", l.Decided.Dismissed, "marked", l.Decided.Marked)
	switch {
	case !l.Enabled:
		v.Notice = &NoticeView{Icon: "info-circle", Text: w.T("learning.off")}
	case l.Needed > 0:
		v.Notice = &NoticeView{Icon: "info-circle", Text: w.T("learning.needed", "n", l.Needed)}
	case l.Waiting:
		v.Notice = &NoticeView{Kind: "we", Icon: "clock", Text: w.T("learning.waiting")}
	}
	for _, x := range l.Versions {
		if x.Version == l.Used {
			v.Used = w.T("learning.used", "n", x.Version, "when", w.When(x.Created))
		}
		v.Versions = append(v.Versions, VersionView{
			Version: x.Version, Name: w.T("learning.version", "n", x.Version), Used: x.Version == l.Used, Stale: !x.Current,
			Note: w.T("learning.version_note", "n", x.From.All(), "when", w.When(x.Created)),
		})
	}
	v.Versions = append(v.Versions, VersionView{Name: w.T("learning.shipped"), Note: w.T("learning.shipped_note"), Used: l.Used == 0})
	for _, q := range l.Questions {
		v.Heads = append(v.Heads, learnedHead(w, q))
	}
	v.Groups = learnedGroups(w, l.Changes)
	return v
}

func headName(w *i18n.Words, head string) string {
	if head == "resistance" {
		return w.T("learning.resistance")
	}
	return w.T("question." + head)
}

// learnedHead says how often the model agreed before and after, or that there is too little to say.
func learnedHead(w *i18n.Words, q app.LearnedHead) LearnedHeadView {
	v := LearnedHeadView{Name: headName(w, q.Head)}
	if q.Needed > 0 {
		v.Few = w.T("learning.few", "n", q.Needed)
		return v
	}
	percent := func(f float64) string { return w.Decimal(100*f, 0) }
	v.Text = w.T("learning.before_after", "before", percent(q.Before), "after", percent(q.After))
	v.From = w.T("learning.of", "n", q.N)
	switch {
	case q.Low > 0:
		v.Note = w.T("learning.better")
	case q.High < 0:
		v.Note = w.T("learning.worse")
	default:
		v.Note = w.T("learning.same")
	}
	const most = 0.4 // the ends of the axis: more is drawn as that
	at := func(d float64) float64 { return 200 + 200*max(-most, min(most, d))/most }
	v.Bar = &IntervalView{
		X: fmt.Sprintf("%.0f", at(q.Low)), Width: fmt.Sprintf("%.0f", max(2, at(q.High)-at(q.Low))), Point: fmt.Sprintf("%.0f", at(q.After-q.Before)-2),
		Label: w.T("learning.interval", "points", percent(q.After-q.Before), "low", percent(q.Low), "high", percent(q.High)),
	}
	return v
}

// learnedGroups puts words under the label that they speak for. What one label of several gains the others
// lose; so only gains are shown, but for resistance itself.
func learnedGroups(w *i18n.Words, changes []app.LearnedWord) []LearnedGroupView {
	var groups []LearnedGroupView
	last := ""
	for _, c := range changes {
		if c.Weight < 0 && c.Head != "resistance" {
			continue
		}
		if key := c.Head + " " + c.Label; key != last {
			last = key
			chip := ChipView{Text: w.T("learning.resistance"), Icon: "ear"}
			if c.Head != "resistance" {
				chip = labelChip(w, c.Head, c.Label)
			}
			groups = append(groups, LearnedGroupView{Chip: chip})
		}
		g := &groups[len(groups)-1]
		word := LearnedWordView{Word: c.Word, Note: changeNote(w, c.Weight), Less: c.Weight < 0}
		for _, q := range c.Quotes {
			word.Quotes = append(word.Quotes, QuoteView{
				Words: w, Text: q.Text, Lang: q.Lang, Who: PersonView{Name: q.Speaker.String()}, URL: findingURL(app.StoredFinding{ID: q.Finding, Conversation: q.Conversation}),
			})
		}
		g.Words = append(g.Words, word)
	}
	return groups
}

// changeNote says how much a weight in log-odds changed: from 0.3 on it moves one half to more than 57 %.
func changeNote(w *i18n.Words, weight float64) string {
	much := math.Abs(weight) >= 0.3
	switch {
	case weight > 0 && much:
		return w.T("learning.much_more")
	case weight > 0:
		return w.T("learning.more")
	case much:
		return w.T("learning.much_less")
	}
	return w.T("learning.less")
}

func (c *call) learningSettings(v *SettingsView) error {
	l, err := c.s.app.Learning(c.ctx(), c.by)
	if err == nil {
		v.Learning = learningView(c.words, l, c.by.MayOwn() == nil)
	}
	return err
}

// setLearning serves POST /settings/learning.
func (s *Server) setLearning(c *call) error {
	if err := s.app.SetLearning(c.ctx(), c.by, c.r.FormValue("enabled") == "1"); err != nil {
		return err
	}
	c.tell(done{Key: "saved"})
	return c.to("/settings/learning")
}

// useVersion serves POST /settings/learning/use.
func (s *Server) useVersion(c *call) error {
	version, err := strconv.Atoi(c.r.FormValue("version"))
	if err != nil {
		return &parley.Error{Code: parley.Invalid, Field: "version", Message: "there is no such version"}
	}
	if err := s.app.UseVersion(c.ctx(), c.by, version); err != nil {
		return err
	}
	c.tell(done{Key: "version_used"})
	return c.to("/settings/learning")
}

// rereadOpen serves POST /settings/learning/reread.
func (s *Server) rereadOpen(c *call) error {
	if err := s.app.RereadOpen(c.ctx(), c.by); err != nil {
		return err
	}
	c.tell(done{Key: "rereading"})
	return c.to("/settings/learning")
}
