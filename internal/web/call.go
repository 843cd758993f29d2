package web

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"golang.org/x/text/language"

	"parley"
	"parley/internal/app"
	"parley/internal/web/i18n"
)

// htmxConfig switches off what the policy of the pages forbids, and has answers that tell of an error
// shown like any other.
const htmxConfig = `{"includeIndicatorStyles":false,"allowEval":false,"selfRequestsOnly":true,"historyCacheSize":0,"refreshOnHistoryMiss":true,"scrollIntoViewOnBoost":false,"responseHandling":[{"code":"204","swap":false},{"code":"[2345]..","swap":true}]}`

// maxForm bounds the body of every form but that of an import, in bytes.
const maxForm = 1 << 20

// A call is one request with who makes it and in which words it is answered.
type call struct {
	s     *Server
	w     http.ResponseWriter
	r     *http.Request
	words *i18n.Words
	by    parley.Actor // zero for nobody
	me    parley.Member
	space parley.Workspace
}

func (c *call) ctx() context.Context { return c.r.Context() }

// anyone serves a page that needs no sign-in.
func (s *Server) anyone(h func(*call) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := &call{s: s, w: w, r: r, words: i18n.For(preferred(r), s.o.Now(), s.o.Place)}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := h(c); err != nil {
			c.fail(err)
		}
	}
}

// member serves a page to who is signed in, and sends everybody else to sign in.
func (s *Server) member(h func(*call) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := &call{s: s, w: w, r: r, words: i18n.For(preferred(r), s.o.Now(), s.o.Place)}
		if err := c.identify(); err != nil {
			if parley.CodeOf(err) == parley.Unauthenticated {
				c.signInFirst()
				return
			}
			c.fail(err)
			return
		}
		if !strings.HasSuffix(r.URL.Path, "/import") {
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		}
		if err := h(c); err != nil {
			c.fail(err)
		}
	}
}

// actor finds who is signed in.
func (c *call) actor() (parley.Actor, error) {
	id := c.s.who(c.ctx())
	if id == "" && c.s.o.Demo {
		var err error
		if id, err = c.s.app.DemoMember(c.ctx()); err != nil {
			return parley.Actor{}, err
		}
	}
	if id == "" {
		return parley.Actor{}, &parley.Error{Code: parley.Unauthenticated, Message: "sign in first"}
	}
	return c.s.app.ActorOf(c.ctx(), id)
}

// identify finds who asks, and in which words to answer them.
func (c *call) identify() (err error) {
	by, err := c.actor()
	if err != nil {
		return err
	}
	if c.me, c.space, err = c.s.app.Me(c.ctx(), by); err != nil {
		return err
	}
	c.by = by
	c.words = i18n.For(c.me.Lang, c.s.o.Now(), c.s.o.Place)
	return nil
}

// signInFirst sends a browser to the page where one signs in, and back here afterwards.
func (c *call) signInFirst() {
	to := "/sign-in"
	if need, err := c.s.app.NeedsSetup(c.ctx()); err == nil && need {
		to = "/setup"
	} else if c.r.Method == http.MethodGet && c.r.URL.Path != "/" {
		to += "?to=" + url.QueryEscape(c.r.URL.RequestURI())
	}
	if c.r.Header.Get("HX-Request") != "" { // the whole document changes, not the body alone
		c.w.Header().Set("HX-Redirect", to)
		c.w.WriteHeader(http.StatusUnauthorized)
		return
	}
	http.Redirect(c.w, c.r, to, http.StatusSeeOther)
}

// preferred returns the language that a visitor chose before, else the one that the browser asks for.
func preferred(r *http.Request) parley.Lang {
	for _, want := range []string{r.URL.Query().Get("lang"), cookie(r, "lang")} {
		for _, l := range parley.Langs {
			if want == string(l) {
				return l
			}
		}
	}
	_, i := language.MatchStrings(languages, r.Header.Get("Accept-Language"))
	return parley.Langs[i]
}

// languages matches what browsers ask for with parley.Langs, in their order.
var languages = language.NewMatcher([]language.Tag{language.English, language.Spanish, language.French})

func cookie(r *http.Request, name string) string {
	if c, err := r.Cookie(name); err == nil {
		return c.Value
	}
	return ""
}

// remember keeps a setting that is not secret in the browser, for a year.
func (c *call) remember(name, value string) {
	http.SetCookie(c.w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: !c.s.o.Insecure, SameSite: http.SameSiteLaxMode})
}

// show answers with a page. It is written whole or not at all.
func (c *call) show(status int, page templ.Component) error {
	var b bytes.Buffer
	b.Grow(64 << 10)
	if err := page.Render(c.ctx(), &b); err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "HX-Request")
	if status >= 400 && c.r.Method == http.MethodPost {
		h.Set("HX-Push-Url", "false") // the form's page stays where the browser is: its address can be loaded again
	}
	c.w.WriteHeader(status)
	_, _ = c.w.Write(b.Bytes()) // the browser has gone
	return nil
}

// to sends the browser on after a form, or to where a page is.
func (c *call) to(address string) error {
	http.Redirect(c.w, c.r, address, http.StatusSeeOther)
	return nil
}

// local returns a form's value that says where to go next if it is an address of ours, else other.
func (c *call) local(field, other string) string {
	address := c.r.FormValue(field)
	u, err := url.Parse(address)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") || strings.Contains(address, `\`) {
		return other
	}
	return address
}

// formPage is the page of ours on which the form stands that was sent; "" where the browser does not say.
func (c *call) formPage() string {
	at, err := url.Parse(cmp.Or(c.r.Header.Get("HX-Current-URL"), c.r.Referer()))
	if err != nil || c.r.Method != http.MethodPost || at.Host != c.r.Host || !strings.HasPrefix(at.Path, "/") || at.Path == c.r.URL.Path {
		return ""
	}
	return (&url.URL{Path: at.Path, RawQuery: at.RawQuery}).RequestURI()
}

// version is the version that the form was made from.
func (c *call) version() int {
	n, _ := strconv.Atoi(c.r.FormValue("version")) // 0 is no version: a conflict
	return n
}

// A done is what a toast says after the redirect. It rides in a cookie for a minute.
type done struct {
	Key     string `json:"k"`
	Name    string `json:"n,omitempty"`
	Undo    string `json:"u,omitempty"`
	Version int    `json:"v,omitempty"`
}

// toasts are the texts that a toast may say.
var toasts = []string{"accepted", "joined", "opened", "corrected", "dismissed", "reopened", "unjoined", "kept_corrected", "marked", "withdrawn", "moved", "merged", "split", "kept_apart", "view_saved", "view_deleted", "saved", "sides", "import_undone", "created", "sample_loaded", "sample_removed", "member_added", "password", "token_deleted", "version_used", "rereading"}

// tell has the next page say what was done.
func (c *call) tell(d done) {
	data, err := json.Marshal(d)
	if err != nil {
		return // it has no types that fail
	}
	http.SetCookie(c.w, &http.Cookie{
		Name: "done", Value: base64.RawURLEncoding.EncodeToString(data), Path: "/", MaxAge: 60, HttpOnly: true,
		Secure: !c.s.o.Insecure, SameSite: http.SameSiteLaxMode,
	})
}

// told returns what the page before did, once.
func (c *call) told() *ToastView {
	data, err := base64.RawURLEncoding.DecodeString(cookie(c.r, "done"))
	var d done
	if err != nil || len(data) == 0 || json.Unmarshal(data, &d) != nil {
		return nil
	}
	http.SetCookie(c.w, &http.Cookie{Name: "done", Path: "/", MaxAge: -1})
	if !slices.Contains(toasts, d.Key) {
		return nil
	}
	return &ToastView{Words: c.words, Text: c.words.T("toast."+d.Key, "name", shorten(d.Name, 60)), Undo: d.Undo, Version: d.Version}
}

// layout returns what surrounds a page of the whole workspace.
func (c *call) layout(title, here string, crumbs ...Link) (LayoutView, error) {
	l, _, err := c.engagementLayout("", title, here, crumbs...)
	return l, err
}

// engagementLayout returns what surrounds a page of an engagement, and that engagement in short. Without
// an id it is a page of the whole workspace.
func (c *call) engagementLayout(id parley.EngagementID, title, here string, crumbs ...Link) (LayoutView, app.EngagementSummary, error) {
	l := LayoutView{
		Words: c.words, Title: title, Theme: c.theme(), KeysOff: c.keysOff(), Workspace: c.space.Name, Here: here,
		Member: PersonView{Name: c.me.Name, Us: true}, Toast: c.told(), MayEdit: c.by.MayAdvise() == nil,
	}
	all, err := c.s.app.Engagements(c.ctx(), c.by)
	if err != nil {
		return l, app.EngagementSummary{}, err
	}
	var this app.EngagementSummary
	for _, e := range all {
		l.Engagements = append(l.Engagements, Link{e.Name, "/engagements/" + string(e.ID)})
		if e.ID == id {
			this = e
		}
	}
	if id == "" {
		l.Crumbs = append(crumbs, Link{Text: title})
		return l, this, nil
	}
	if this.ID == "" {
		return l, this, &parley.Error{Code: parley.NotFound, Message: "there is no such engagement"}
	}
	l.MayEdit = c.by.MayEdit(this.Engagement) == nil
	l.Engagement = &EngagementNav{
		ID: string(id), Name: this.Name, Client: this.Client, Sample: this.Sample, ToCheck: this.Counts.Open(), Concerns: this.Counts.OpenConcerns(),
		Conversations: this.Counts.Conversations, People: this.Counts.Stakeholders,
	}
	if l.Rereading = rereadOf(c.words, id, this.Counts.Reread); l.Rereading != nil {
		l.Reload = 5
	}
	if here != "" {
		l.Crumbs = append(l.Crumbs, Link{this.Name, l.Engagement.URL("")})
	}
	l.Crumbs = append(append(l.Crumbs, crumbs...), Link{Text: title})
	return l, this, nil
}

// theme is light, dark or, for that of the system, "".
func (c *call) theme() string {
	if t := cookie(c.r, "theme"); t == "light" || t == "dark" {
		return t
	}
	return ""
}

// keysOff tells whether the member wants no single keys, which some ways to speak or to see would press by mistake.
func (c *call) keysOff() bool { return cookie(c.r, "keys") == "off" }

// statuses map what a caller can do about an error to HTTP.
var statuses = map[parley.Code]int{
	parley.Invalid: http.StatusUnprocessableEntity, parley.Unauthenticated: http.StatusUnauthorized, parley.Forbidden: http.StatusForbidden,
	parley.NotFound: http.StatusNotFound, parley.Conflict: http.StatusConflict, parley.Unavailable: http.StatusServiceUnavailable,
	parley.Internal: http.StatusInternalServerError,
}

// fail answers with the page of an error.
func (c *call) fail(err error) {
	if errors.Is(err, context.Canceled) && c.ctx().Err() != nil {
		return // nobody waits for the answer
	}
	code := parley.CodeOf(err)
	if code == parley.Internal {
		c.s.o.Log.Error("request", "method", c.r.Method, "path", c.r.URL.Path, "error", err)
	}
	v := errorView(c.words, code, message(c.words, err))
	v.Theme = c.theme()
	v.LayoutView.Words = c.words
	if back := c.formPage(); back != "" && code != parley.Unauthenticated {
		v.Links = append([]Link{{c.words.T("error.back"), back}}, v.Links...)
	}
	if c.by.Member != "" {
		if l, lerr := c.layout(v.Title, ""); lerr == nil {
			l.Title = v.Title
			v.LayoutView = l
			if c.show(statuses[code], ErrorPage(v)) == nil {
				return
			}
		}
	}
	if err := c.show(statuses[code], BareError(v)); err != nil {
		c.s.o.Log.Error("show error", "error", err)
		http.Error(c.w, v.Text, statuses[code])
	}
}

// message says an error in the reader's language: its own sentence where that is known, else one for its code.
func message(w *i18n.Words, err error) string {
	code := parley.CodeOf(err)
	var e *parley.Error
	if code != parley.Internal && errors.As(err, &e) {
		if w.Lang == parley.English {
			return sentence(e.Message)
		}
		if t, ok := w.Said(e.Message); ok {
			return sentence(t)
		}
	}
	return w.T("error.text." + string(code))
}

// sentence begins with a capital and ends with a stop.
func sentence(s string) string {
	s = first(s) + strings.TrimPrefix(s, firstRune(s))
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}

func firstRune(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

// fieldOf returns the field at fault, if err is about one.
func fieldOf(err error) string {
	var e *parley.Error
	if errors.As(err, &e) && e.Code == parley.Invalid {
		return e.Field
	}
	return ""
}

// atField puts an error at its field, and the cursor. It reports false if err is about none of them.
func atField(w *i18n.Words, fields []FieldView, err error) bool {
	name := fieldOf(err)
	at := slices.IndexFunc(fields, func(f FieldView) bool { return name != "" && f.Name == name })
	if at < 0 {
		return false
	}
	for i := range fields {
		fields[i].Focus = i == at
	}
	fields[at].Error = message(w, err)
	return true
}

// reject shows a form again with what is wrong, or passes on an error that the form cannot mend.
func reject(c *call, err error, fields []FieldView, again func(general string, status int) error) error {
	code := parley.CodeOf(err)
	if code == parley.Internal || code == parley.NotFound || code == parley.Forbidden && c.by.Member != "" {
		return err
	}
	if atField(c.words, fields, err) {
		return again("", statuses[code])
	}
	return again(message(c.words, err), statuses[code])
}
