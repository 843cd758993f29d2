package web

import (
	"slices"
	"strings"
	"testing"

	"parley/internal/app"
)

// TestSamePersonIsAskedAboutOnce imports a mail and a call: who is in both is one line of the form, and what is said of
// them holds for both.
func TestSamePersonIsAskedAboutOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.setUp()
	e := s.engagement(owner)
	i := s.imported(owner, e.ID,
		app.Upload{Name: "mail.eml", Body: strings.NewReader("From: Zoe Ruiz <zoe@halden.example>\nSubject: Plan\nDate: Mon, 5 Oct 2026 09:12:44 +0100\nMessage-ID: <a@halden.example>\n\nHere is the plan.\n")},
		app.Upload{Name: "call.vtt", Body: strings.NewReader("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Zoe Ruiz>Shall we begin?\n\n00:03.000 --> 00:04.000\n<v Ana Sanz>It is too expensive for us.\n")},
	)
	v := s.as("ines@halden.example")
	page := importURL(app.Import{ID: i.ID, Engagement: e.ID})
	_, body := v.get(page)
	if n := strings.Count(body, `class="side-pick"`); n != 2 {
		t.Fatalf("asked about %d people, want 2", n)
	}
	if strings.Index(body, `action="/engagements/`+string(e.ID)+`/sides"`) > strings.Index(body, `/heard">Check what was heard`) {
		t.Error("while nobody is known to be ours, that is to be asked before passages are checked")
	}
	in := formOf(t, body, "/sides").values
	in["ours"] = in["person"][:1]
	v.leads("/engagements/"+string(e.ID)+"/sides", in, page)
	e, err := s.app.Engagement(t.Context(), owner, e.ID)
	s.must(err)
	if want := []string{"zoe@halden.example", "Zoe Ruiz"}; !slices.Equal(e.Sides.Advisers, want) || !slices.Equal(e.Sides.Clients, []string{"Ana Sanz"}) {
		t.Errorf("sides are %+v, want advisers %q", e.Sides, want)
	}
}

// TestSurveyShowsItsQuestions: an answer stands under what was asked, in the conversation and where it is quoted, with
// the day alone where no more is known, and never after what another person answered.
func TestSurveyShowsItsQuestions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.setUp()
	e := s.engagement(owner)
	s.imported(owner, e.ID, app.Upload{Name: "survey.csv", Body: strings.NewReader(
		"Submitted,Team,Question,Answer\n2026-03-15,Office,What holds you back?,Nothing at all.\n2026-03-16,Night,What holds you back?,It is far too expensive for what it does.\n")})
	found, err := s.app.Findings(t.Context(), owner, e.ID, app.FindingFilter{})
	s.must(err)
	if len(found.Findings) != 1 {
		t.Fatalf("%d passages, want 1", len(found.Findings))
	}
	f, err := s.app.Accept(t.Context(), owner, found.Findings[0].ID, found.Findings[0].Version, app.Joining{NewTitle: "The price"})
	s.must(err)
	v := s.as("ines@halden.example")
	_, body := v.get("/conversations/" + string(f.Conversation))
	if strings.Count(body, `class="asked"`) != 2 || strings.Contains(body, "00:00") || !strings.Contains(body, "16 Mar") {
		t.Errorf("the conversation has not each answer with its question and its day")
	}
	_, body = v.get("/concerns/" + string(f.Concern))
	if !strings.Contains(body, "What holds you back?") || strings.Contains(body, "Nothing at all") {
		t.Error("the quote does not stand after its question")
	}
}

// TestUndoOfAnImportIsAsked: taking back an import, and all that was decided in it, is a second step, without script too.
func TestUndoOfAnImportIsAsked(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := newWorked(s)
	v := s.as("ines@halden.example")
	page := importURL(app.Import{ID: w.imported, Engagement: w.engagement})
	_, body := v.get(page)
	_, after, found := strings.Cut(body, "<summary class=\"btn quiet\">")
	if undo := formOf(t, after, "/undo"); !found || !strings.Contains(after, "what was decided about them") {
		t.Errorf("%s is one press away, and nothing says what goes", undo.action)
	}
	v.leads(page+"/undo", nil, page)
}
