package web

import (
	"net/http"
	"strings"
	"testing"
)

// TestSampleCaseFromAnEmptyToday tries the sample case in a new workspace and removes it, by what the pages offer.
func TestSampleCaseFromAnEmptyToday(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.setUp()
	v := s.as("ines@halden.example")
	_, body := v.get("/today")
	load := formOf(t, body, "/sample")
	page := v.leads(load.action, load.values, "/engagements/eng_")
	v.leads(load.action, load.values, "/today") // a second click
	_, body = v.get(page)
	for _, text := range []string{"The sample case is there", "This is a sample case", "What to do next"} {
		if !strings.Contains(body, text) {
			t.Errorf("its page does not say %q", text)
		}
	}
	if r, list := v.get("/today"); r.StatusCode != http.StatusOK || !strings.Contains(list, ">Sample</span>") || strings.Contains(list, "/engagements/sample") {
		t.Error("Today does not mark the sample case, or still offers it")
	}
	remove := formOf(t, body, "/remove")
	v.leads(remove.action, remove.values, "/today")
	if _, body = v.get("/today"); !strings.Contains(body, "/engagements/sample") || strings.Contains(body, page) {
		t.Error("removed, the sample case is still there, or is offered no more")
	}
	if r, _ := v.get(page); r.StatusCode != http.StatusNotFound {
		t.Errorf("removed, its page is %s", r.Status)
	}
}
