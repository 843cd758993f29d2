package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"parley"
	"parley/internal/app"
	"parley/internal/web/i18n"
)

// A TodayView is what to do next, over all engagements, and these.
type TodayView struct {
	LayoutView
	Tasks []TaskView // the first maxTasks
	More  int        // tasks that are not shown
	Rows  []EngagementRowView
}

// Lead says how much there is to do.
func (v TodayView) Lead() string {
	switch {
	case len(v.Rows) == 0 && v.MayEdit:
		return v.T("today.start")
	case len(v.Tasks) == 0:
		return v.T("today.all_done")
	}
	return v.T("today.lead", "n", len(v.Tasks)+v.More)
}

// Empty is the page of a workspace without engagements.
func (v TodayView) Empty() EmptyView {
	e := EmptyView{Icon: "briefcase", Title: v.T("today.empty"), Text: v.T("today.empty_text")}
	if v.MayEdit {
		e.Links = []Link{{v.T("engagement.new"), "/engagements/new"}}
		e.Post = &Link{v.T("sample.load"), "/engagements/sample"}
	}
	return e
}

// A TaskView is one thing to do: why, for whom, and one button.
type TaskView struct {
	*i18n.Words
	Kind        string // "flag", "they" or ""
	Icon        string
	Title, Text string
	Quote       string
	Lang        parley.Lang
	Who         []PersonView
	URL, Button string
	rank        int
}

// tasks are what an engagement asks for: what lapsed first, then what was promised an ear, then the rest
// of the method in its order. Who may only read is asked for nothing.
func tasks(w *i18n.Words, e app.EngagementSummary, named, mayEdit bool) []TaskView {
	if !mayEdit {
		return nil
	}
	at := "/engagements/" + string(e.ID)
	where := ""
	if named {
		where = e.Name
	}
	var list []TaskView
	add := func(n, rank int, kind, icon, title, text, url, button string) {
		if n > 0 {
			list = append(list, TaskView{Words: w, Kind: kind, Icon: icon, Title: title, Text: dotted(where, text), URL: at + url, Button: button, rank: rank})
		}
	}
	state := func(s parley.ConcernState) int { return e.Counts.Concerns[s] }
	n := state(parley.Reopened)
	add(n, 0, "flag", "rotate", w.T("task.again", "n", n), w.T("task.again_why"), "/concerns?state=reopened", w.T("task.again_do"))
	n = e.Counts.Open()
	add(n, 1, "they", "ear", w.T("task.check", "n", n), w.T("task.check_why"), "/heard", w.T("task.check_do"))
	n = state(parley.Heard)
	add(n, 2, "", "message-circle", w.T("task.play_back", "n", n), w.T("task.play_back_why"), "/concerns?state=heard", w.T("task.play_back_do"))
	n = state(parley.Agreed)
	add(n, 3, "", "pencil-check", w.T("task.answer", "n", n), w.T("task.answer_why"), "/concerns?state=agreed", w.T("task.answer_do"))
	n = state(parley.PlayedBack)
	add(n, 4, "", "clock", w.T("task.wait", "n", n), w.T("task.wait_why"), "/concerns?state=played_back", w.T("task.wait_do"))
	n = state(parley.Answered)
	add(n, 5, "", "circle-check", w.T("task.settle", "n", n), w.T("task.settle_why"), "/concerns?state=answered", w.T("task.settle_do"))
	if e.Counts.Messages == 0 {
		add(1, 6, "", "file-import", w.T("task.import"), w.T("task.import_why"), "/import", w.T("nav.import"))
	}
	return list
}

// An EngagementRowView is an engagement in the list.
type EngagementRowView struct {
	*i18n.Words
	Name, URL, Note string
	Sample          bool
	ToCheck         int
	Agreed, Open    int // open concerns, and those of them agreed or answered
	Mix             MixView
	Messages        int
	LastImport      string
}

// A MixView is how far concerns have come, as parts of a bar.
type MixView struct {
	Label string
	Parts []MixPart
}

// A MixPart is one part; its place and width are hundredths.
type MixPart struct{ X, Width, Class string }

func engagementRow(w *i18n.Words, e app.EngagementSummary) EngagementRowView {
	return EngagementRowView{
		Words: w, Name: e.Name, URL: "/engagements/" + string(e.ID), Note: dotted(e.Client, kindText(w, e.Kind)), Sample: e.Sample, ToCheck: e.Counts.Open(),
		Agreed: e.Counts.Concerns[parley.Agreed] + e.Counts.Concerns[parley.Answered], Open: e.Counts.OpenConcerns(),
		Mix: mix(w, e.Counts.Concerns), Messages: e.Counts.Messages, LastImport: w.Day(e.LastImport),
	}
}

func kindText(w *i18n.Words, k parley.EngagementKind) string { return w.T("kind." + string(k)) }

// mix draws the concerns by state. What came back counts as heard, what is answered as agreed.
func mix(w *i18n.Words, n map[parley.ConcernState]int) MixView {
	parts := []struct {
		state parley.ConcernState
		n     int
		class string
	}{
		{parley.Heard, n[parley.Heard] + n[parley.Reopened], "f-they"}, {parley.PlayedBack, n[parley.PlayedBack], "f-they o2"},
		{parley.Agreed, n[parley.Agreed] + n[parley.Answered], "f-we o2"}, {parley.Settled, n[parley.Settled], "f-we"},
	}
	all := 0
	for _, p := range parts {
		all += p.n
	}
	var m MixView
	var said []string
	at := 0.0
	for _, p := range parts {
		if p.n == 0 {
			continue
		}
		width := 100 * float64(p.n) / float64(all)
		m.Parts = append(m.Parts, MixPart{hundredths(at), hundredths(max(width-1, 0.5)), p.class})
		at += width
		said = append(said, w.Number(p.n)+" "+strings.ToLower(w.T("state."+string(p.state))))
	}
	m.Label = w.List(said)
	return m
}

func hundredths(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// maxTasks bounds what Today asks for at once.
const maxTasks = 7

// today serves GET /today.
func (s *Server) today(c *call) error {
	l, err := c.layout(c.words.T("nav.today"), "today")
	if err != nil {
		return err
	}
	all, err := s.app.Engagements(c.ctx(), c.by)
	if err != nil {
		return err
	}
	v := TodayView{LayoutView: l}
	for _, e := range all {
		v.Rows = append(v.Rows, engagementRow(c.words, e))
		v.Tasks = append(v.Tasks, tasks(c.words, e, true, l.MayEdit)...)
	}
	slices.SortStableFunc(v.Tasks, func(a, b TaskView) int { return cmp.Compare(a.rank, b.rank) })
	v.More = max(len(v.Tasks)-maxTasks, 0)
	v.Tasks = v.Tasks[:len(v.Tasks)-v.More]
	return c.show(http.StatusOK, Today(v))
}
