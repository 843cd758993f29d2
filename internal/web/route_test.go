package web

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"parley"
	"parley/internal/app"
)

// A person is one who asks for a page.
type person string

const (
	nobody  person = "nobody"
	owner   person = "owner"
	adviser person = "adviser"
	viewer  person = "viewer"
	leftOut person = "adviser left out"
	other   person = "owner of another workspace"
)

// TestEveryRouteAsksWhoComes walks all routes as each role, as nobody, and as a member of another workspace.
func TestEveryRouteAsksWhoComes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := newWorked(s)
	visitors := map[person]*visitor{nobody: s.visitor(), owner: s.as("ines@halden.example"), adviser: s.as("tom@halden.example"), viewer: s.as("vera@halden.example"), leftOut: s.as("luz@halden.example"), other: s.as("otto@nordhaus.example")}

	// What each answers: the status of members who may, and which others may too.
	const ok, seeOther, forbidden, notFound = http.StatusOK, http.StatusSeeOther, http.StatusForbidden, http.StatusNotFound
	type row struct {
		method, path string
		form         url.Values
		want         map[person]int // of those not named: nobody is sent to sign in
	}
	read := map[person]int{owner: ok, adviser: ok, viewer: ok, other: notFound}
	write := map[person]int{owner: ok, adviser: ok, viewer: forbidden, other: notFound}
	change := map[person]int{adviser: seeOther, viewer: forbidden, other: notFound}
	everyone := map[person]int{owner: ok, adviser: ok, viewer: ok, other: ok}
	owners := map[person]int{owner: ok, adviser: forbidden, viewer: forbidden, other: ok}
	eng, con := "/engagements/"+string(w.engagement), "/concerns/"+string(w.concern)
	rows := []row{
		{"GET", "/today", nil, everyone},
		{"GET", "/engagements/new", nil, map[person]int{owner: ok, adviser: ok, viewer: forbidden, other: ok}},
		{"POST", "/engagements", url.Values{"name": {"One more"}, "kind": {"client"}, "lang": {"en"}}, map[person]int{adviser: seeOther, viewer: forbidden, other: seeOther}},
		{"GET", eng, nil, read},
		{"POST", eng + "/remove", nil, map[person]int{owner: http.StatusConflict, adviser: http.StatusConflict, viewer: forbidden, other: notFound}},
		{"POST", "/engagements/sample", nil, map[person]int{owner: seeOther, adviser: seeOther, viewer: forbidden, other: seeOther}},
		{"GET", eng + "/edit", nil, write},
		{"POST", eng, url.Values{"name": {"ERP"}, "kind": {"client"}, "lang": {"en"}, "restricted": {"1"}, "version": {"1"}}, map[person]int{viewer: forbidden, other: notFound}},
		{"GET", eng + "/import", nil, write},
		{"POST", eng + "/import", url.Values{"text": {"Joseba: We would rather keep our spreadsheets."}}, change},
		{"GET", eng + "/imports/" + string(w.imported), nil, read},
		{"POST", eng + "/imports/" + string(w.imported) + "/undo", nil, map[person]int{viewer: forbidden, other: notFound}},
		{"POST", eng + "/sides", url.Values{"person": {"Zoe"}, "ours": {"Zoe"}}, change},
		{"GET", eng + "/rereading", nil, read},
		{"GET", eng + "/conversations", nil, read},
		{"GET", eng + "/heard", nil, map[person]int{owner: seeOther, adviser: seeOther, viewer: seeOther, other: notFound}},
		{"GET", eng + "/concerns", nil, read},
		{"GET", eng + "/concerns?state=all&group=person&sort=title&q=word", nil, read},
		{"GET", eng + "/concerns/new", nil, write},
		{"POST", eng + "/concerns", url.Values{"title": {"A reason"}}, change},
		{"GET", eng + "/people", nil, read},
		{"POST", eng + "/people/" + string(w.stakeholder), url.Values{"name": {"Joseba"}, "version": {"1"}}, map[person]int{viewer: forbidden, other: notFound}},
		{"GET", "/conversations/" + string(w.finding.Conversation), nil, read},
		{"GET", "/conversations/" + string(w.finding.Conversation) + "?at=" + string(w.finding.ID), nil, read},
		{"POST", "/findings/" + string(w.finding.ID) + "/accept", url.Values{"version": {"99"}}, map[person]int{adviser: http.StatusConflict, viewer: forbidden, other: notFound}},
		{"POST", "/findings/" + string(w.finding.ID) + "/correct", url.Values{"version": {"99"}}, map[person]int{adviser: http.StatusConflict, viewer: forbidden, other: notFound}},
		{"POST", "/findings/" + string(w.finding.ID) + "/dismiss", url.Values{"version": {"99"}}, map[person]int{adviser: http.StatusConflict, viewer: forbidden, other: notFound}},
		{"POST", "/findings/" + string(w.finding.ID) + "/reopen", url.Values{"version": {"99"}}, map[person]int{adviser: http.StatusConflict, viewer: forbidden, other: notFound}},
		{"POST", "/findings/" + string(w.finding.ID) + "/withdraw", url.Values{"version": {"99"}}, map[person]int{adviser: http.StatusConflict, viewer: forbidden, other: notFound}},
		{"GET", "/conversations/" + string(w.finding.Conversation) + "?mark=" + string(w.finding.Message.ID), nil, read},
		{"POST", "/messages/" + string(w.finding.Message.ID) + "/mark", url.Values{"start": {strconv.Itoa(w.finding.Span.Start)}, "end": {strconv.Itoa(w.finding.Span.End)}}, map[person]int{adviser: http.StatusConflict, viewer: forbidden, other: notFound}},
		{"GET", con, nil, read},
		{"POST", con, url.Values{"title": {"x"}, "version": {"99"}}, map[person]int{adviser: http.StatusConflict, viewer: forbidden, other: notFound}},
		{"POST", con + "/move", url.Values{"state": {"played_back"}, "version": {"99"}}, map[person]int{adviser: http.StatusConflict, viewer: forbidden, other: notFound}},
		{"POST", con + "/apart", url.Values{"other": {string(w.concern)}}, map[person]int{adviser: http.StatusUnprocessableEntity, viewer: forbidden, other: notFound}},
		{"POST", eng + "/concerns/merge", url.Values{"concern": {string(w.concern)}}, map[person]int{adviser: http.StatusUnprocessableEntity, viewer: http.StatusUnprocessableEntity, other: notFound}},
		{"POST", eng + "/concerns/merge", url.Values{"concern": {string(w.concern), string(w.second)}}, map[person]int{viewer: forbidden, other: notFound}},
		{"POST", "/concerns/" + string(w.second) + "/merge", url.Values{"into": {string(w.concern)}}, map[person]int{adviser: seeOther, viewer: forbidden, other: notFound}},
		{"GET", "/concerns/" + string(w.second), nil, map[person]int{adviser: seeOther, viewer: seeOther, other: notFound}},
		{"POST", con + "/split", url.Values{"version": {"2"}}, map[person]int{adviser: seeOther, viewer: forbidden, other: notFound}},
		{"POST", eng + "/views", url.Values{"name": {"Trust"}, "back": {eng + "/concerns?driver=trust"}}, map[person]int{adviser: seeOther, viewer: seeOther, other: notFound}},
		{"POST", eng + "/views", url.Values{"name": {" "}, "back": {eng + "/concerns?driver=trust"}}, map[person]int{adviser: http.StatusUnprocessableEntity, viewer: http.StatusUnprocessableEntity, other: notFound}},
		{"POST", "/views/vew_00000000000000000000000000/delete", nil, map[person]int{adviser: notFound, viewer: notFound, other: notFound}},
		{"GET", "/settings", nil, everyone},
		{"GET", "/settings/members", nil, owners},
		{"GET", "/settings/tokens", nil, everyone},
		{"GET", "/settings/learning", nil, everyone},
		{"POST", "/settings/learning", url.Values{"enabled": {"0"}}, map[person]int{owner: seeOther, adviser: forbidden, viewer: forbidden, other: seeOther}},
		{"POST", "/settings/learning/use", url.Values{"version": {"0"}}, map[person]int{owner: seeOther, adviser: forbidden, viewer: forbidden, other: seeOther}},
		{"POST", "/settings/learning/use", url.Values{"version": {"7"}}, map[person]int{owner: http.StatusUnprocessableEntity, other: http.StatusUnprocessableEntity}},
		{"POST", "/settings/learning/reread", nil, map[person]int{owner: seeOther, adviser: forbidden, viewer: forbidden, other: seeOther}},
		{"POST", "/settings/members", url.Values{"name": {"Mallory"}}, map[person]int{adviser: forbidden, viewer: forbidden}},
		{"POST", "/settings/members/" + string(w.owner.Member), url.Values{"role": {"viewer"}, "version": {"1"}}, map[person]int{adviser: forbidden, viewer: forbidden, other: notFound}},
		{"POST", "/settings/tokens/tok_00000000000000000000000000/delete", nil, map[person]int{owner: notFound, viewer: notFound, other: notFound}},
		{"GET", "/no/such/page", nil, map[person]int{owner: notFound, adviser: notFound, viewer: notFound, other: notFound}},
	}
	order := []person{nobody, other, leftOut, viewer, owner, adviser} // who may goes last: it may be done but once
	for _, r := range rows {
		if _, ok := r.want[other]; ok && r.want[other] == notFound && r.path != "/no/such/page" && !strings.HasPrefix(r.path, "/settings") {
			r.want = maps.Clone(r.want)
			r.want[leftOut] = notFound // what is in an engagement that they may not see is not there
		}
		if r.want[nobody] == 0 {
			r.want[nobody] = seeOther
		}
		for _, who := range order {
			want, ok := r.want[who]
			if !ok {
				continue
			}
			var answer *http.Response
			var body string
			if r.method == "GET" {
				answer, body = visitors[who].get(r.path)
			} else {
				answer, body = visitors[who].post(r.path, r.form)
			}
			if answer.StatusCode != want {
				t.Errorf("%s %s as %s: %d, want %d\n%s", r.method, r.path, who, answer.StatusCode, want, heading(body))
			}
			if to := answer.Header.Get("Location"); who == nobody && !strings.HasPrefix(to, "/sign-in") {
				t.Errorf("%s %s as nobody leads to %q", r.method, r.path, to)
			}
		}
	}
}

func heading(body string) string {
	if m := regexp.MustCompile(`(?s)<h1>(.*?)</h1>.*?<p>(.*?)</p>`).FindStringSubmatch(body); m != nil {
		return m[1] + ": " + m[2]
	}
	return ""
}

// worked is a site with people, an engagement, an import that was read, and a concern.
type worked struct {
	*site
	owner       parley.Actor
	engagement  parley.EngagementID
	imported    parley.ImportID
	finding     app.StoredFinding
	concern     parley.ConcernID
	second      parley.ConcernID
	stakeholder parley.StakeholderID
}

func newWorked(s *site) *worked {
	s.Helper()
	ctx := s.Context()
	w := &worked{site: s, owner: s.setUp()}
	var in []parley.MemberID // who may see the engagement
	for _, m := range []app.NewMember{{Name: "Tom Halden", Email: "tom@halden.example", Role: parley.AdviserRole}, {Name: "Luz Halden", Email: "luz@halden.example", Role: parley.AdviserRole}, {Name: "Vera Reyes", Email: "vera@halden.example", Role: parley.ViewerRole}} {
		m.Password, m.Lang = fixturePassword, parley.English
		made, err := s.app.AddMember(ctx, w.owner, m)
		s.must(err)
		if m.Name != "Luz Halden" {
			in = append(in, made.ID)
		}
	}
	_, err := s.app.CreateWorkspace(ctx, app.NewOwner{Workspace: "Nordhaus", Name: "Otto", Email: "otto@nordhaus.example", Password: fixturePassword})
	s.must(err)
	e, err := s.app.CreateEngagement(ctx, w.owner, parley.Engagement{Name: "ERP", Client: "Aceros Ibarra", Kind: parley.ClientEngagement, Lang: parley.English, Sides: parley.Sides{Advisers: []string{"Inés", "Tom"}, Clients: []string{"Joseba", "Nerea", "Luc"}}, Restricted: true, Members: in})
	s.must(err)
	w.engagement = e.ID
	i, err := s.app.StartImport(ctx, w.owner, e.ID, []app.Upload{{Name: pasted, Body: strings.NewReader(fixtureNotes)}})
	s.must(err)
	w.imported = i.ID
	s.read(w.owner, i.ID)
	page, err := s.app.Findings(ctx, w.owner, e.ID, app.FindingFilter{})
	s.must(err)
	if len(page.Findings) == 0 {
		s.Fatal("nothing was heard in the notes")
	}
	w.finding = page.Findings[0]
	c, err := s.app.CreateConcern(ctx, w.owner, e.ID, app.NewConcern{Title: "The last change took four months", Labels: parley.Labels{Resistance: true, Driver: parley.Experience}})
	s.must(err)
	w.concern = c.ID
	c, err = s.app.CreateConcern(ctx, w.owner, e.ID, app.NewConcern{Title: "They remember the months on paper"})
	s.must(err)
	w.second = c.ID
	people, err := s.app.Stakeholders(ctx, w.owner, e.ID)
	s.must(err)
	w.stakeholder = people[0].ID
	return w
}

// TestWithoutScript does the job with forms and links alone.
func TestWithoutScript(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	if r, _ := v.get("/today"); r.Header.Get("Location") != "/setup" {
		t.Fatalf("before set-up one is sent to %s", r.Header.Get("Location"))
	}
	secret, err := s.app.SetupLink(t.Context())
	s.must(err)
	if _, body := v.get("/setup?secret=" + secret + "&lang=fr"); !strings.Contains(body, "Mettre Parley en place") {
		t.Error("the page is not in the language chosen")
	}
	in := url.Values{"secret": {secret}, "lang": {"en"}, "workspace": {"Halden & Reyes"}, "name": {"Inés Carrasco"}, "email": {"ines@halden.example"}, "password": {"short"}}
	if r, body := v.post("/setup", in); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, `aria-invalid="true"`) || !strings.Contains(body, "Halden &amp; Reyes") {
		t.Errorf("a short password: %s; the form must come again with its error and what was typed", r.Status)
	} else if focus := regexp.MustCompile(`<input[^>]* autofocus`).FindAllString(body, -1); len(focus) != 1 || !strings.Contains(focus[0], "f-password") {
		t.Errorf("the cursor is at %q, not where the error is", focus)
	}
	in.Set("password", fixturePassword)
	v.leads("/setup", in, "/today")
	eng := v.leads("/engagements", url.Values{"name": {"ERP roll-out"}, "kind": {"client"}, "lang": {"en"}}, "/engagements/eng_")
	imported := v.leads(eng+"/import", url.Values{"text": {fixtureNotes}}, eng+"/imports/imp_")
	s.read(s.owner(), parley.ImportID(imported[strings.LastIndex(imported, "/")+1:]))
	if _, body := v.get(imported); !strings.Contains(body, "6 new messages") || !strings.Contains(body, "Who is on our side?") {
		t.Errorf("the import says\n%s", body)
	}
	r, _ := v.get(eng + "/heard")
	at, _, _ := strings.Cut(r.Header.Get("Location"), "#")
	_, body := v.get(at)
	f := formOf(t, body, "/correct")
	f.values.Set("driver", "capacity")
	again := v.leads(f.action, f.values, "/conversations/")
	_, body = v.get(again)
	if !strings.Contains(body, "Corrected.") {
		t.Error("nothing says that it was corrected")
	}
	f = formOf(t, body, "/accept", "new")
	f.values.Set("title", "The last change took four months")
	v.leads(f.action, f.values, "/conversations/")
	_, body = v.get(eng + "/concerns")
	if !strings.Contains(body, "The last change took four months") || !strings.Contains(body, "Capacity") {
		t.Error("the concern is not in the register")
	}
	con := regexp.MustCompile(`/concerns/con_[0-9a-z]+`).FindString(body)
	_, body = v.get(con)
	f = formOf(t, body, "/move")
	f.values.Set("state", "played_back")
	v.leads(f.action, f.values, con)
	if r, body := v.post(f.action, f.values); r.StatusCode != http.StatusConflict || !strings.Contains(body, "Somebody") {
		t.Errorf("a form that is out of date: %s", r.Status)
	}
	f = form{con + "/move", url.Values{"version": {strconv.Itoa(2)}, "state": {"settled"}, "outcome": {"honoured"}}}
	v.leads(f.action, f.values, con)
	if _, body := v.get(con); !strings.Contains(body, "Honoured: they declined") {
		t.Error("the outcome is not said in full")
	}
	v.leads("/settings", url.Values{"lang": {"es"}, "theme": {"dark"}, "keys": {"off"}}, "/settings")
	if _, body := v.get("/today"); !strings.Contains(body, `<html lang="es" data-theme="dark" data-keys="off">`) {
		t.Error("language, appearance and keys were not kept")
	}
	v.leads("/sign-out", nil, "/sign-in")
	if r, _ := v.get(eng); !strings.HasPrefix(r.Header.Get("Location"), "/sign-in?to=") {
		t.Error("after signing out the pages are still there")
	}
	v.leads("/sign-in", url.Values{"email": {"ines@halden.example"}, "password": {fixturePassword}, "to": {eng}}, eng)
}

// leads posts a form, which must send the browser on to an address that begins so, and returns that.
func (v *visitor) leads(path string, form url.Values, to string) string {
	v.Helper()
	r, body := v.post(path, form)
	if got := r.Header.Get("Location"); r.StatusCode != http.StatusSeeOther || !strings.HasPrefix(got, to) {
		v.Fatalf("POST %s: %s to %q, want %q…\n%s", path, r.Status, got, to, heading(body))
	}
	got, _, _ := strings.Cut(r.Header.Get("Location"), "#")
	return got
}

// A form is one on a page: where it goes and what it hides.
type form struct {
	action string
	values url.Values
}

var (
	formTag   = regexp.MustCompile(`(?s)<form[^>]* action="([^"]*)"[^>]*>(.*?)</form>`)
	hiddenTag = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)
)

// formOf finds the first form whose action ends so and that hides fields of these names.
func formOf(t *testing.T, body, action string, names ...string) form {
	t.Helper()
	for _, m := range formTag.FindAllStringSubmatch(body, -1) {
		f := form{m[1], url.Values{}}
		for _, h := range hiddenTag.FindAllStringSubmatch(m[2], -1) {
			f.values.Add(h[1], strings.ReplaceAll(h[2], "&amp;", "&"))
		}
		has := strings.HasSuffix(f.action, action)
		for _, n := range names {
			has = has && f.values.Has(n)
		}
		if has {
			return f
		}
	}
	t.Fatalf("no form goes to …%s", action)
	return form{}
}

// TestForeignSitesMayNotPost: a form on another site is refused, whoever is signed in.
func TestForeignSitesMayNotPost(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.setUp()
	v := s.as("ines@halden.example")
	for name, header := range map[string][2]string{"another site": {"Sec-Fetch-Site", "cross-site"}, "another origin": {"Origin", "https://evil.example"}} {
		r, err := http.NewRequest("POST", s.url+"/engagements", strings.NewReader("name=x"))
		s.must(err)
		r.Header.Set(header[0], header[1])
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer, err := v.client.Do(r)
		s.must(err)
		if answer.Body.Close(); answer.StatusCode != http.StatusForbidden {
			t.Errorf("from %s: %s", name, answer.Status)
		}
	}
}

// TestConflictLeadsBack: who decides about what somebody else decided meanwhile is told so, and led back to look again.
func TestConflictLeadsBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := newWorked(s)
	v := s.as("ines@halden.example")
	f := w.finding
	_, err := s.app.Dismiss(t.Context(), w.owner, f.ID, f.Version)
	s.must(err)
	page := passageURL(f.Conversation, "", f.ID)
	page, _, _ = strings.Cut(page, "#")
	for origin, back := range map[string]bool{s.url + page: true, "https://evil.example" + page: false} {
		r, err := http.NewRequest("POST", s.url+"/findings/"+string(f.ID)+"/accept", strings.NewReader("version="+strconv.Itoa(f.Version)))
		s.must(err)
		r.Header.Set("Referer", origin)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer, err := v.client.Do(r)
		s.must(err)
		answer, body := v.body(answer)
		if answer.StatusCode != http.StatusConflict || strings.Contains(body, `href="`+page+`"`) != back {
			t.Errorf("from %s: %s; leads back: %t, want %t", origin, answer.Status, !back, back)
		}
	}
}

// TestHeaders: every answer carries the policy; static files are kept for good, pages are not.
func TestHeaders(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.setUp()
	v := s.as("ines@halden.example")
	for path, cache := range map[string]string{"/today": "no-store", asset("parley.css"): "public, max-age=31536000, immutable", "/static/old/app.js": "no-cache", "/no/such": "no-store"} {
		r, _ := v.get(path)
		if got := r.Header.Get("Cache-Control"); got != cache {
			t.Errorf("%s: Cache-Control %q, want %q", path, got, cache)
		}
		if got := r.Header.Get("Content-Security-Policy"); got != policy || strings.Contains(got, "unsafe") {
			t.Errorf("%s: policy %q", path, got)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %s %q, want %q", path, name, got, want)
			}
		}
	}
	r, err := http.NewRequest("GET", s.url+asset("parley.css"), nil)
	s.must(err)
	_, hash := statics()
	r.Header.Set("If-None-Match", `"`+hash+`"`)
	answer, err := v.client.Do(r)
	s.must(err)
	if answer.Body.Close(); answer.StatusCode != http.StatusNotModified {
		t.Errorf("a file that has not changed: %s", answer.Status)
	}
	for _, c := range v.client.Jar.Cookies(answer.Request.URL) {
		if c.Name == "parley" && len(c.Value) < 32 {
			t.Errorf("the session's token has %d letters", len(c.Value))
		}
	}
}

// TestSignInLeadsOnlyHome: the address to go to afterwards must be one of ours.
func TestSignInLeadsOnlyHome(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.setUp()
	for _, to := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "javascript:alert(1)", ""} {
		s.visitor().leads("/sign-in", url.Values{"email": {"ines@halden.example"}, "password": {fixturePassword}, "to": {to}}, "/today")
	}
	v := s.visitor()
	if r, body := v.post("/sign-in", url.Values{"email": {"ines@halden.example"}, "password": {"wrong"}}); r.StatusCode != http.StatusUnauthorized || !strings.Contains(body, `value="ines@halden.example"`) {
		t.Errorf("a wrong password: %s; the address typed must stay", r.Status)
	}
}

// TestWordsOfOthersStayWords: what was imported is shown, and never becomes part of the page.
func TestWordsOfOthersStayWords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.setUp()
	v := s.as("ines@halden.example")
	eng := v.leads("/engagements", url.Values{"name": {`<script>alert("e")</script>`}, "kind": {"client"}, "lang": {"en"}}, "/engagements/eng_")
	imported := v.leads(eng+"/import", url.Values{"text": {`Joseba <b>: We tried "that" <script>alert('m')</script> before and it was a disaster, I am not going through it again.`}}, eng+"/imports/imp_")
	s.read(s.owner(), parley.ImportID(imported[strings.LastIndex(imported, "/")+1:]))
	for _, path := range []string{"/today", eng, imported, eng + "/conversations", eng + "/people", eng + "/concerns?q=" + url.QueryEscape(`"><script>alert(1)</script>`)} {
		if _, body := v.get(path); strings.Contains(body, "<script>") || strings.Contains(body, "<b>:") {
			t.Errorf("%s: foreign words became part of the page", path)
		}
	}
}

// TestPassageOnALaterPage: a passage far down in a long conversation is opened on its own page.
func TestPassageOnALaterPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.setUp()
	e, err := s.app.CreateEngagement(t.Context(), owner, parley.Engagement{Name: "Long", Kind: parley.ClientEngagement, Lang: parley.English, Sides: parley.Sides{Advisers: []string{"Tom"}, Clients: []string{"Luc"}}})
	s.must(err)
	notes := strings.Repeat("Tom: The next step is in June.\nLuc: Thank you, noted.\n", 130) + "Luc: I don't believe your numbers, every vendor promises that.\n"
	s.imported(owner, e.ID, app.Upload{Name: pasted, Body: strings.NewReader(notes)})
	v := s.as("ines@halden.example")
	r, _ := v.get("/engagements/" + string(e.ID) + "/heard")
	at, _, _ := strings.Cut(r.Header.Get("Location"), "#")
	_, body := v.get(at)
	if !strings.Contains(body, `<blockquote class="said" lang="en">I don&#39;t believe your numbers`) || !strings.Contains(body, "Read what came before") {
		t.Errorf("%s does not show the passage", at)
	}
}

// TestFormsComeAgain sends each form with something missing: it comes again with what was typed and what is wrong, not a page of an error.
func TestFormsComeAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := newWorked(s)
	v := s.as("ines@halden.example")
	eng := "/engagements/" + string(w.engagement)
	c, err := s.app.Concern(t.Context(), w.owner, w.concern)
	s.must(err)
	people, err := s.app.Stakeholders(t.Context(), w.owner, w.engagement)
	s.must(err)
	long := strings.Repeat("long ", 110)
	for _, tt := range []struct {
		name, path string
		form       url.Values
		kept       string // what was typed
	}{
		{"an engagement", "/engagements", url.Values{"name": {" "}, "client": {"Aceros"}, "kind": {"client"}, "lang": {"en"}}, `value="Aceros"`},
		{"an engagement's settings", eng, url.Values{"name": {""}, "client": {"Aceros"}, "kind": {"client"}, "lang": {"en"}, "version": {"1"}}, `value="Aceros"`},
		{"an engagement for nobody's member", eng, url.Values{"name": {"ERP"}, "kind": {"client"}, "lang": {"en"}, "restricted": {"1"}, "member": {"mem_none"}, "version": {"1"}}, `name="restricted" value="1" checked`},
		{"a concern", eng + "/concerns", url.Values{"title": {""}, "driver": {"trust"}}, `value="trust" selected`},
		{"a concern's words", "/concerns/" + string(w.concern), url.Values{"title": {" "}, "driver": {"trust"}, "version": {strconv.Itoa(c.Version)}}, `value="trust" selected`},
		{"a passage's new concern", "/findings/" + string(w.finding.ID) + "/accept", url.Values{"new": {"1"}, "title": {""}, "version": {"1"}}, `id="f-new-` + string(w.finding.ID) + `-title"`},
		{"a passage's new concern, too long", "/findings/" + string(w.finding.ID) + "/accept", url.Values{"new": {"1"}, "title": {long}, "version": {"1"}}, "long long long"},
		{"a person", eng + "/people/" + string(people[0].ID), url.Values{"name": {""}, "title": {"Shift lead"}, "version": {"1"}}, `value="Shift lead"`},
		{"a person's power", eng + "/people/" + string(people[0].ID), url.Values{"power": {"7"}, "version": {"1"}}, "from 0 to 4"},
		{"a person's stance", eng + "/people/" + string(people[0].ID), url.Values{"stance": {"much"}, "version": {"1"}}, "Choose one"},
		{"an import", eng + "/import", url.Values{"text": {" "}}, "Choose a file"},
		{"a member", "/settings/members", url.Values{"name": {""}, "email": {"eve@halden.example"}, "role": {"viewer"}, "password": {"long enough it is"}}, `value="viewer" selected`},
		{"a token", "/settings/tokens", url.Values{"name": {""}, "scope": {"write"}, "days": {"7"}}, `value="write" selected`},
		{"a password", "/settings/password", url.Values{"old": {fixturePassword}, "password": {"short"}}, "10"},
	} {
		r, body := v.post(tt.path, tt.form)
		if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, tt.kept) || !strings.Contains(body, `role="alert"`) && !strings.Contains(body, `class="err"`) || strings.Contains(body, "wholepage") {
			t.Errorf("%s: %s, without what was typed (%s) or what is wrong: %s", tt.name, r.Status, tt.kept, heading(body))
		}
	}
}

// TestRegisterWhereNothingIsOpen looks at the open concerns once all are settled: there are some, and the page says so.
func TestRegisterWhereNothingIsOpen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := newWorked(s)
	for _, id := range []parley.ConcernID{w.concern, w.second} {
		_, err := s.app.MoveConcern(t.Context(), w.owner, id, 1, parley.PlayedBack, "")
		s.must(err)
		_, err = s.app.MoveConcern(t.Context(), w.owner, id, 2, parley.Settled, parley.Withdrawn)
		s.must(err)
	}
	v := s.as("tom@halden.example")
	base := "/engagements/" + string(w.engagement) + "/concerns"
	if _, body := v.get(base); !strings.Contains(body, "No concern in this view") || !strings.Contains(body, base+"?state=all") || strings.Contains(body, "No concern yet") {
		t.Error("two settled concerns are taken for none")
	}
}

// TestWhoMaySeeAnEngagement restricts one in its settings to a member, and lets it be seen again.
func TestWhoMaySeeAnEngagement(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := newWorked(s)
	eng := "/engagements/" + string(w.engagement)
	ines, luz := s.as("ines@halden.example"), s.as("luz@halden.example")
	members, err := s.app.Members(t.Context(), w.owner)
	s.must(err)
	id := map[string]string{}
	for _, m := range members {
		id[m.Email] = string(m.ID)
	}
	form := url.Values{"name": {"ERP"}, "kind": {"client"}, "lang": {"en"}, "version": {"1"}, "restricted": {"1"}, "member": {id["luz@halden.example"]}}
	ines.leads(eng, form, eng)
	if r, body := luz.get(eng + "/edit"); r.StatusCode != http.StatusOK || !strings.Contains(body, `name="restricted" value="1" checked`) {
		t.Errorf("who was chosen sees %s", r.Status)
	}
	tom := s.as("tom@halden.example")
	for _, path := range []string{eng, eng + "/concerns", "/concerns/" + string(w.concern), "/conversations/" + string(w.finding.Conversation)} {
		if r, _ := tom.get(path); r.StatusCode != http.StatusNotFound {
			t.Errorf("who was not chosen sees %s: %s", path, r.Status)
		}
	}
	if _, body := tom.get("/today"); strings.Contains(body, eng) {
		t.Error("it is in the list of who was not chosen")
	}
	form.Del("restricted")
	form.Set("version", "2")
	luz.leads(eng, form, eng)
	if r, _ := tom.get(eng); r.StatusCode != http.StatusOK {
		t.Errorf("for all again: %s", r.Status)
	}
}

// TestStandingIsChangedInPlace changes power, stance and side of a person with the forms of the list.
func TestStandingIsChangedInPlace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := newWorked(s)
	v := s.as("tom@halden.example")
	page := "/engagements/" + string(w.engagement) + "/people"
	person := func(name string) parley.Stakeholder {
		list, err := s.app.Stakeholders(t.Context(), w.owner, w.engagement)
		s.must(err)
		for _, p := range list {
			if p.Name == name {
				return p
			}
		}
		t.Fatalf("%s is not there", name)
		return parley.Stakeholder{}
	}
	joseba := person("Joseba")
	_, body := v.get(page)
	f := formOf(t, body, "/people/"+string(joseba.ID))
	f.values.Set("power", "4")
	f.values.Set("stance", "-2")
	v.leads(f.action, f.values, page)
	if p := person("Joseba"); p.Power != 4 || p.Stance != -2 || p.Name != "Joseba" || p.Side != parley.ClientSide {
		t.Errorf("then he is %+v", p)
	}
	if _, body = s.as("vera@halden.example").get(page); !strings.Contains(body, "decides</span>") || strings.Contains(body, `name="power"`) {
		t.Error("who only reads does not see it in words, or could change it")
	}
	v.leads(f.action, url.Values{"name": {"Joseba Uriarte"}, "title": {"Shift lead"}, "side": {"adviser"}, "version": {strconv.Itoa(person("Joseba").Version)}}, page)
	e, err := s.app.Engagement(t.Context(), w.owner, w.engagement)
	s.must(err)
	if slices.Contains(e.Sides.Clients, "Joseba") || !slices.Contains(e.Sides.Advisers, "Joseba") || person("Joseba Uriarte").Side != parley.AdviserSide {
		t.Errorf("the sides are %+v", e.Sides)
	}
}

// TestALongConversationOpensAtAPassage opens the last passage of a conversation of several pages, and follows the links to the
// one before until the first, and back.
func TestALongConversationOpensAtAPassage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.setUp()
	e := s.engagement(owner)
	var notes strings.Builder
	for i := range 260 {
		if i%20 == 10 {
			notes.WriteString("Joseba: Last time they promised us two weeks and we spent four months writing everything down on paper, number " + strconv.Itoa(i) + ".\n")
		} else {
			notes.WriteString("Joseba: Item " + strconv.Itoa(i) + " is the canteen.\n")
		}
	}
	s.imported(owner, e.ID, app.Upload{Name: "long.txt", Body: strings.NewReader(notes.String())})
	list, err := s.app.Findings(t.Context(), owner, e.ID, app.FindingFilter{Limit: 200})
	s.must(err)
	findings := list.Findings
	if len(findings) < 13 {
		t.Fatalf("%d findings", len(findings))
	}
	v := s.as("ines@halden.example")
	link := func(body, key string) string {
		m := regexp.MustCompile(`<a class="btn quiet icon" href="([^"]*)" data-key="` + key + `"`).FindStringSubmatch(body)
		if m == nil {
			return ""
		}
		to, _, _ := strings.Cut(strings.ReplaceAll(m[1], "&amp;", "&"), "#")
		return to
	}
	last := len(findings) - 1
	_, body := v.get("/conversations/" + string(findings[last].Conversation) + "?at=" + string(findings[last].ID))
	if strings.Contains(body, "Item 0 ") || !strings.Contains(body, "Item 259") {
		t.Error("the page of the last passage is not that of the end")
	}
	for _, step := range []struct {
		key      string
		from, to int
	}{{"k", last - 1, 0}, {"j", 1, last}} {
		by := 1
		if step.key == "k" {
			by = -1
		}
		for i := step.from; i != step.to+by; i += by {
			to := link(body, step.key)
			if !strings.Contains(to, "at="+string(findings[i].ID)) {
				t.Fatalf("%s leads to %q, want passage %d", step.key, to, i)
			}
			if _, body = v.get(to); !strings.Contains(body, `<mark class="open on" id="`+string(findings[i].ID)+`"`) {
				t.Fatalf("passage %d is not looked at", i)
			}
		}
		if to := link(body, step.key); to != "" {
			t.Errorf("after the end %s leads to %q", step.key, to)
		}
	}
}
