package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"parley"
	"parley/internal/app"
)

// TestMergeAndSplitWithoutScript merges two concerns in the register and on the page of one, and splits them.
func TestMergeAndSplitWithoutScript(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := newWorked(s)
	v := s.as("tom@halden.example")
	_, err := s.app.MoveConcern(t.Context(), w.owner, w.concern, 1, parley.PlayedBack, "") // so it has come furthest
	s.must(err)
	base := "/engagements/" + string(w.engagement) + "/concerns"
	con, second := "/concerns/"+string(w.concern), "/concerns/"+string(w.second)

	r, body := v.post(base+"/merge", url.Values{"concern": {string(w.second)}, "back": {base + "?sort=title"}})
	if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "Pick at least two") || !strings.Contains(body, "checked") {
		t.Errorf("one alone: %s; the register must come again with what was picked and what is missing", r.Status)
	}
	v.leads(base+"/merge", url.Values{"concern": {string(w.second), string(w.concern)}, "back": {base + "?sort=title"}}, base+"?sort=title")
	_, body = v.get(base)
	if strings.Contains(body, "months on paper") || !strings.Contains(body, "Merged into “The last change took four months”") {
		t.Error("the register still has what was merged, or nothing says that it was")
	}
	undo := formOf(t, body, "/split")
	v.leads(undo.action, undo.values, con)
	if _, body = v.get(base); !strings.Contains(body, "months on paper") {
		t.Error("undone, the concern is not in the register")
	}

	_, body = v.get(con)
	merge := formOf(t, body, con+"/merge")
	merge.values.Set("into", string(w.second))
	v.leads(merge.action, merge.values, second)
	if r, _ := v.get(con); r.Header.Get("Location") != second {
		t.Errorf("what became part of another leads to %q", r.Header.Get("Location"))
	}
	_, body = v.get(second)
	if !strings.Contains(body, "Merged into it") || !strings.Contains(body, "The last change took four months") {
		t.Error("the page does not say what became part of it")
	}
	split := formOf(t, body, "/split")
	v.leads(split.action, split.values, second)
	_, body = v.get(con)
	if !strings.Contains(body, "<h1>The last change took four months</h1>") {
		t.Error("split, the concern has no page")
	}
}

// TestMergeByKeyboard picks two concerns with X, merges them with M and takes it back with Z.
func TestMergeByKeyboard(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := newWorked(s)
	b := newBrowser(s)
	_, err := s.app.CreateConcern(t.Context(), w.owner, w.engagement, app.NewConcern{Title: "Nobody asked", Labels: parley.Labels{Driver: parley.Culture}})
	s.must(err)
	b.do(chromedp.Navigate(s.url+"/sign-in"), chromedp.WaitVisible("#f-email"), chromedp.SendKeys("#f-email", "ines@halden.example"), chromedp.SendKeys("#f-password", fixturePassword), chromedp.Click("form .btn.pri"))
	b.sees(`location.pathname === "/today"`)
	b.do(chromedp.Navigate(s.url + "/engagements/" + string(w.engagement) + "/concerns?group=none&sort=title"))
	b.press("m") // nothing is picked: nothing happens
	for range 2 {
		b.press("j")
		b.press("x")
	}
	b.sees(`document.querySelectorAll("[data-pick]:checked").length === 2 && document.querySelector(".picked").checkVisibility()`)
	b.shot("merge-picked")
	b.press("m")
	b.says("Merged into")
	b.sees(`document.querySelectorAll("tr[data-row]").length === 2 && document.querySelectorAll("[data-pick]:checked").length === 0`)
	b.press("z")
	b.says("Split again")
	b.sees(`location.pathname.startsWith("/concerns/")`)
	b.press("g")
	b.press("c")
	b.sees(`document.querySelectorAll("tr[data-row]").length === 3`)
	if n := s.violations.Load(); n > 0 {
		t.Errorf("the policy was violated %d times", n)
	}
}
