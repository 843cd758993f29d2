package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley"
	"parley/internal/app"
	"parley/internal/store"
)

// TestPagesSayThatItIsReadAgain changes who is whose while nothing works in the background, and then lets it work.
func TestPagesSayThatItIsReadAgain(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	st, err := store.Open(ctx, filepath.Join(t.TempDir(), "parley.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	a, err := app.New(ctx, st, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(New(a, Options{Insecure: true}).Handler())
	t.Cleanup(server.Close)
	s := &site{TB: t, app: a, url: server.URL}
	work := func(until func() bool) {
		ctx, cancel := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() { defer close(done); s.must(a.Run(ctx)) }()
		for !until() && ctx.Err() == nil {
			time.Sleep(20 * time.Millisecond) // the app has no event for it
		}
		cancel()
		<-done
	}
	owner := s.setUp()
	e, err := a.CreateEngagement(ctx, owner, parley.Engagement{Name: "ERP", Kind: parley.ClientEngagement, Lang: parley.English, Sides: parley.Sides{Advisers: []string{"Tom"}}})
	s.must(err)
	i, err := a.StartImport(ctx, owner, e.ID, []app.Upload{{Name: pasted, Body: strings.NewReader(fixtureNotes)}})
	s.must(err)
	work(func() bool {
		i, err = a.Import(ctx, owner, i.ID)
		s.must(err)
		return i.Over()
	})
	v, base := s.as("ines@halden.example"), "/engagements/"+string(e.ID)
	if _, body := v.get(base + "/concerns"); strings.Contains(body, "rereading") {
		t.Error("nothing is to be read again, and the page says so")
	}
	s.must(a.SetSides(ctx, owner, e.ID, parley.Sides{Advisers: []string{"Inés", "Tom"}, Clients: []string{"Joseba", "Nerea", "Luc"}}))
	for _, page := range []string{"", "/concerns", "/conversations", "/heard", "/people", "/import"} {
		if r, body := v.get(base + page); r.StatusCode != http.StatusOK || !strings.Contains(body, "Being read again") || !strings.Contains(body, "messages to go") || !strings.Contains(body, `http-equiv="refresh"`) {
			t.Errorf("%s: %s, and nothing says that it is read again", page, r.Status)
		}
	}
	if _, body := v.get(base + "/rereading"); !strings.Contains(body, `hx-trigger="every 1s"`) || !strings.Contains(body, `value="0"`) {
		t.Errorf("the strip is %s", body)
	}
	work(func() bool {
		list, err := a.Engagements(ctx, owner)
		s.must(err)
		return list[0].Counts.Reread.Left == 0
	})
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+base+"/rereading", nil)
	s.must(err)
	request.Header.Set("HX-Current-URL", s.url+base+"/concerns?sort=title#top")
	r, err := v.client.Do(request)
	s.must(err)
	if _, body := v.body(r); !strings.Contains(body, `hx-get="`+base+`/concerns?sort=title"`) || !strings.Contains(body, "Read again") {
		t.Errorf("at the end the strip is %s", body)
	}
	if _, body := v.get(base + "/concerns"); strings.Contains(body, "rereading") {
		t.Error("all is read again, and the page says that it is not")
	}
}
