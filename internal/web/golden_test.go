package web

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"parley"
	"parley/internal/app"
	"parley/internal/store"
	"parley/internal/web/i18n"
)

var update = flag.Bool("update", false, "write the golden files anew")

// An example is a component with a view of it.
type example struct {
	name      string
	component templ.Component
}

// examples are the components, each in its states, by the name of their golden file.
func examples() map[string][]example {
	w := fixtureWords(parley.English)
	es, fr := fixtureWords(parley.Spanish), fixtureWords(parley.French)
	heard := fixtureHeard(w)
	passage := *heard.Passage
	decided := passage
	decided.Decided, decided.DecidedKind, decided.DecidedIcon, decided.DecidedText, decided.ConcernLink = true, "we", "check", w.T("heard.is_joined"), &Link{"Training", "/concerns/con_3"}
	alone := passage
	alone.Matches, alone.Likely = nil, false
	viewer := passage
	viewer.MayEdit = false
	byHand := viewer
	byHand.Marked, byHand.Probability = markedBy(w, app.StoredFinding{Marked: &store.Marked{ByName: "Inés Carrasco", At: fixtureNow}}), "0.31"
	byHand.Rows, byHand.Why = nil, nil
	withdrawn := alone
	withdrawn.Marked = byHand.Marked
	marking := fixtureMark(w)
	marking.Mark.Rows = marking.Mark.Rows[:1]
	concern := fixtureConcernPage(w)
	learned := fixtureLearning(w, true)
	heads := learned.Heads
	learned.Heads, learned.Groups = learned.Heads[:1], learned.Groups[:1]
	imported, reading := importView(w, fixtureImport(false), fixtureSides), importView(w, fixtureImport(true), fixtureSides)
	reading.Files, reading.Unknown = reading.Files[3:], nil
	imported.ToCheck = 3
	asking := imported
	asking.AskFirst, asking.Anew, asking.Files, asking.Unknown = true, true, asking.Files[:1], asking.Unknown[:1]
	sum := fixtureEngagements()
	rows := groupConcerns(w, fixtureConcerns(), "none")[0].Rows
	layout := fixtureLayout(w, "heard", "Heard")
	today := fixtureLayout(es, "today", "Hoy")
	guess := labelChip(w, "driver", "experience")
	guess.Guess, guess.Sure = true, probability(w, 0.58)
	second := guess
	second.Or = "or"
	joseba, ines := PersonView{Name: "Joseba Uriarte", Note: "Shift lead"}, PersonView{Name: "Inés Carrasco", Us: true}
	states := func(render func(StateView) templ.Component) (list []example) {
		for _, s := range parley.ConcernStates {
			c := parley.Concern{State: s}
			if s == parley.Settled {
				c.Outcome = parley.Honoured
			}
			list = append(list, example{string(s), render(stateOf(w, c))})
		}
		return list
	}
	return map[string][]example{
		"learned":      {{"owner", Learned(learned)}, {"viewer, too few", Learned(fixtureLearning(fr, false))}},
		"learned-head": {{"cannot tell", LearnedHead(heads[0])}, {"worse", LearnedHead(heads[2])}, {"too few", LearnedHead(heads[3])}, {"better", LearnedHead(learnedHead(es, app.LearnedHead{Head: "driver", N: 64, Before: 0.5, After: 0.61, Low: 0.02, High: 0.2}))}},
		"icon":         {{"", Icon("ear")}},
		"chip":         {{"guess", Chip(guess)}, {"second", Chip(second)}, {"said", Chip(labelChip(w, "driver", "trust"))}, {"unknown", Chip(labelChip(es, "perception", ""))}, {"flag", Chip(ChipView{Text: "To review", Icon: "flag", Class: "flag"})}},
		"ring":         states(func(s StateView) templ.Component { return Ring(s) }),
		"state":        states(func(s StateView) templ.Component { return State(s) }),
		"avatar":       {{"theirs", Avatar(joseba)}, {"ours", Avatar(ines)}, {"unknown", Avatar(PersonView{Name: w.T("person.unknown")})}, {"address", Avatar(PersonView{Name: "a.lertxundi@ibarra.example"})}},
		"avatars":      {{"two", Avatars([]PersonView{joseba, ines}, "Joseba Uriarte and Inés Carrasco")}, {"six", Avatars([]PersonView{joseba, joseba, joseba, joseba, joseba, ines}, "six")}},
		"person":       {{"with a note", Person(joseba)}, {"without", Person(ines)}},
		"quote":        {{"in context", Quote(concern.Quotes[0])}, {"alone", Quote(quoteOf(w, fixtureTurns()[7].Findings[0]))}},
		"notice":       {{"plain", Notice(NoticeView{Icon: "clock", Text: "Read again."})}, {"flag", Notice(NoticeView{Kind: "flag", Icon: "alert-triangle", Title: "Not sent.", Text: "Your text is safe.", Link: &Link{"Try now", "/again"}})}},
		"empty":        {{"", Empty(EmptyView{Icon: "ear", Title: "Nothing heard yet", Text: "Paste a mail.", Links: []Link{{"Paste", "/import"}, {"New", "/new"}}})}},
		"field":        {{"text", Field(FieldView{Name: "name", Label: "Name", Type: "text", Value: `"Ana" & Co`, Required: true, Hint: "Any."})}, {"error", Field(FieldView{Name: "email", Label: "E-mail", Type: "email", Error: "There is no such address.", Complete: "username"})}, {"select", Field(FieldView{Name: "role", Label: "Role", Scope: "m1-", Options: []OptionView{{"a", "A", false}, {"b", "B", true}}})}},
		"timeline":     {{"", Timeline(fixtureEvents(w))}, {"fr", Timeline(fixtureEvents(fr))}},
		"tabs":         {{"", Tabs("Views", []TabView{{Text: "Open", URL: "/c", Count: "7", Here: true}, {Text: "All", URL: "/c?state=all", Count: "", Here: false}})}},
		"navlink":      {{"here", NavLink(NavItem{Text: "Heard", URL: "/h", Icon: "ear", Key: "g h", Count: "3", Waits: true, Here: true})}, {"plain", NavLink(NavItem{Text: "Today", URL: "/today", Icon: "sun"})}},
		"sidebar":      {{"engagement", Sidebar(layout)}, {"workspace", Sidebar(today)}},
		"palette":      {{"", Palette(layout)}},
		"toast":        {{"undo", Toast(*heard.Toast)}, {"plain", Toast(ToastView{Words: w, Text: "Saved."})}},
		"task":         {{"first", Task(tasks(w, sum[0], true, true)[0], true)}, {"quote", Task(TaskView{Words: w, Kind: "they", Icon: "ear", Title: "One to check", Quote: "Claro, cuando tengamos un rato.", Lang: "es", Who: []PersonView{joseba}, URL: "/h", Button: "Check"}, false)}},
		"engagement":   {{"", EngagementRow(engagementRow(w, sum[0]))}, {"es", EngagementRow(engagementRow(es, sum[2]))}},
		"driverbar":    {{"", DriverBar(driverBars(w, *layout.Engagement, []app.DriverCount{{Driver: parley.Trust, Concerns: 2, Findings: 1}})[0])}},
		"turn":         {{"theirs", Turn(heard.Turns[3])}, {"ours", Turn(heard.Turns[0])}, {"cut", Turn(fixtureCut(w))}, {"being marked", Turn(marking.Turns[1])}},
		"passage":      {{"viewer", Passage(viewer)}, {"marked by hand", Passage(byHand)}},
		"labelpick":    {{"driver", LabelPick(passage.Rows[1], passage, true)}},
		"decide":       {{"open", Decide(passage)}, {"decided", Decide(decided)}, {"no concern yet", Decide(alone)}, {"marked by hand", Decide(withdrawn)}},
		"mark":         {{"", Mark(*marking.Mark)}},
		"import":       {{"done", ImportState(withLayout(imported, w))}, {"asking", ImportState(withLayout(asking, w))}, {"reading", ImportState(withLayout(reading, w))}},
		"sidepick":     {{"", SidePick(imported.Unknown[0], 0)}},
		"concernrow":   {{"quote", ConcernRow(rows[0])}, {"settled", ConcernRow(rows[5])}},
		"path":         {{"reopened", Path(concern)}},
		"moves":        {{"", Moves(concern)}},
		"personrow":    {{"", PersonRow(personRow(w, *layout.Engagement, parley.Stakeholder{ID: "sta_1", Name: "Joseba", Version: 2}, true))}, {"viewer", PersonRow(personRow(w, *layout.Engagement, parley.Stakeholder{ID: "sta_2", Address: "ines@halden.example", Side: parley.AdviserSide}, false))}},
	}
}

func withLayout(v ImportView, w *i18n.Words) ImportView {
	v.LayoutView = fixtureLayout(w, "import", w.T("nav.import"))
	return v
}

// fixtureCut is a mail with a quoted reply and a signature.
func fixtureCut(w *i18n.Words) TurnView {
	m := fixtureMessage("msg_20", "Nerea Zubiri", "10:00", "es", "No puedo mandar a nadie.\n\nNerea\nAlmacén\n\n> ¿Qué semana sería posible?\n")
	sign, quote := strings.Index(m.Text, "Nerea\n"), strings.Index(m.Text, "> ")
	m.Kind = parley.Mail
	m.Parts = []store.Part{{Start: sign, End: quote, Kind: parley.Signature}, {Start: quote, End: len(m.Text), Kind: parley.Quoted}}
	return (&script{Words: w}).turnOf(app.MessageView{StoredMessage: m})
}

// TestGolden holds each component against its golden file: all its examples, one element to a line.
func TestGolden(t *testing.T) {
	t.Parallel()
	all := examples()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		var got bytes.Buffer
		for _, e := range all[name] {
			var page bytes.Buffer
			if err := e.component.Render(t.Context(), &page); err != nil {
				t.Fatal(name, err)
			}
			got.WriteString("<!-- " + strings.TrimSpace(name+" "+e.name) + " -->\n" + lines(page.String()) + "\n")
		}
		file := filepath.Join("testdata", name+".html")
		if *update {
			if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
			t.Errorf("%s (-want +got; go test -update writes it anew):\n%s", file, diff)
		}
	}
}

// lines puts each tag and text on a line of its own, so that a change shows where it is. The hash of the
// static files, which changes with each of them, is left out.
func lines(page string) string {
	_, hash := statics()
	page = strings.ReplaceAll(page, hash, "HASH")
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return b.String()
		}
		if text := string(z.Raw()); strings.TrimSpace(text) != "" {
			b.WriteString(strings.ReplaceAll(text, "\n", "⏎") + "\n")
		}
	}
}
