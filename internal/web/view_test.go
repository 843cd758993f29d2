package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// TestAViewBecomesATab names a filter, finds it among the tabs with its count, and removes it.
func TestAViewBecomesATab(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := newWorked(s)
	v := s.as("vera@halden.example") // who only reads
	base := "/engagements/" + string(w.engagement) + "/concerns"
	tab := regexp.MustCompile(`(?s)<a href="([^"]*)"( aria-current="page")?>\s*<svg[^>]*><use href="[^"]*#bookmark"></use></svg>\s*(.*?)\s*<span class="n">(\d+)</span>`)
	if _, body := v.get(base); strings.Contains(body, "Save this view") {
		t.Error("the view that everybody has can be saved")
	}
	_, body := v.get(base + "?driver=experience&state=all&sort=title")
	f := formOf(t, body, "/views")
	f.values.Set("name", "")
	if r, body := v.post(f.action, f.values); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "Give the view a name") || !strings.Contains(body, "The last change") {
		t.Errorf("without a name: %s", r.Status)
	}
	f.values.Set("name", "What went wrong")
	at := v.leads(f.action, f.values, base+"?")
	_, body = v.get(at)
	m := tab.FindStringSubmatch(body)
	if m == nil || m[2] == "" || !strings.HasPrefix(m[3], "What went wrong") || m[4] != "1" || strings.Contains(body, "Save this view") || strings.Count(body, `aria-current="page"`) > 5 {
		t.Fatalf("the tab is %q", m)
	}
	_, body = v.get(base)
	if m = tab.FindStringSubmatch(body); m == nil || m[2] != "" {
		t.Fatalf("elsewhere the tab is %q", m)
	}
	if to, err := url.Parse(strings.ReplaceAll(m[1], "&amp;", "&")); err != nil || to.Query().Get("driver") != "experience" || to.Query().Get("state") != "all" {
		t.Errorf("the tab leads to %s", m[1])
	}
	if _, body := s.as("tom@halden.example").get(base); strings.Contains(body, "What went wrong") {
		t.Error("another member has it")
	}
	_, body = v.get(at)
	gone := formOf(t, body, "/delete")
	v.leads(gone.action, gone.values, base)
	if _, body = v.get(base); strings.Contains(body, "#bookmark") {
		t.Error("removed, it is still a tab")
	}
}
