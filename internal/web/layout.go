package web

import (
	"net/url"
	"strings"
	"unicode"

	"parley"
	"parley/internal/app"
	"parley/internal/web/i18n"
)

// paged is the address of a page of a list, from a cursor on.
func paged(address, cursor string) string {
	sign := "?"
	if strings.Contains(address, "?") {
		sign = "&"
	}
	return address + sign + "cursor=" + url.QueryEscape(cursor)
}

// A Link is a name and where it leads.
type Link struct{ Text, URL string }

// A LayoutView is what surrounds every page of a signed-in member.
type LayoutView struct {
	*i18n.Words
	Title       string
	Theme       string // "light", "dark" or, for that of the system, ""
	KeysOff     bool   // single keys do nothing
	Workspace   string
	Member      PersonView
	Here        string         // the item of the navigation that the page belongs to
	Engagement  *EngagementNav // nil on pages of the whole workspace
	Engagements []Link
	Crumbs      []Link // the page itself last, without a URL
	Toast       *ToastView
	Flush       bool // the page has panes of full height
	Rereading   *RereadView
	Reload      int // seconds after which a browser without script loads the page again; 0 for never
	MayEdit     bool
}

// A RereadView says that an engagement is being read again, since who is whose or the model has changed.
type RereadView struct {
	*i18n.Words
	URL       string // where it is asked for again
	Page      string // the page to show anew at the end, empty while it goes on
	Left      string
	Done, All int
}

// rereadOf shows how far an engagement has been read again; nil where all is read.
func rereadOf(w *i18n.Words, id parley.EngagementID, r app.Reread) *RereadView {
	if r.Left == 0 {
		return nil
	}
	return &RereadView{Words: w, URL: "/engagements/" + string(id) + "/rereading", Left: w.T("reread.left", "n", r.Left, "all", r.All), Done: r.All - r.Left, All: r.All}
}

// An EngagementNav is the navigation within one engagement.
type EngagementNav struct {
	ID, Name, Client                         string
	Sample                                   bool
	ToCheck, Concerns, Conversations, People int
}

// URL returns the address of a page of the engagement; of its overview for "".
func (e EngagementNav) URL(page string) string {
	return "/engagements/" + e.ID + strings.TrimSuffix("/"+page, "/")
}

// A NavItem is one line of the navigation.
type NavItem struct {
	Text, URL, Icon, Key string
	Count                string
	Waits, Here          bool // its count waits for the reader; it is this page
}

// WorkspaceNav returns the pages of the whole workspace.
func (l LayoutView) WorkspaceNav() []NavItem {
	return []NavItem{
		{Text: l.T("nav.today"), URL: "/today", Icon: "sun", Key: "g t", Here: l.Here == "today"},
		{Text: l.T("nav.settings"), URL: "/settings", Icon: "settings", Here: l.Here == "settings"},
	}
}

// A NavGroup is a step of the method with its pages.
type NavGroup struct {
	Step  string
	Items []NavItem
}

// EngagementNav returns the pages of the engagement by the step of the method that they serve.
func (l LayoutView) EngagementNav() []NavGroup {
	e := l.Engagement
	item := func(here, text, icon, key string, n int, waits bool) NavItem {
		i := NavItem{Text: text, URL: e.URL(here), Icon: icon, Key: key, Here: l.Here == here, Waits: waits && n > 0}
		if n > 0 {
			i.Count = l.Number(n)
		}
		return i
	}
	listen := []NavItem{
		item("conversations", l.T("nav.conversations"), "messages", "g m", e.Conversations, false),
		item("heard", l.T("nav.heard"), "ear", "g h", e.ToCheck, true),
	}
	if l.MayEdit {
		listen = append([]NavItem{item("import", l.T("nav.import"), "file-import", "i", 0, false)}, listen...)
	}
	return []NavGroup{
		{"", []NavItem{item("", l.T("nav.overview"), "list-check", "g o", 0, false)}},
		{l.T("step.listen"), listen},
		{l.T("step.align"), []NavItem{
			item("concerns", l.T("nav.concerns"), "message-2", "g c", e.Concerns, false),
			item("people", l.T("nav.people"), "users", "g p", e.People, false),
		}},
	}
}

// Tabs returns the four places that a phone shows at the bottom, beside the rest of the navigation.
func (l LayoutView) Tabs() []NavItem {
	today := l.WorkspaceNav()[0]
	if l.Engagement == nil {
		tabs := []NavItem{today}
		for i, e := range l.Engagements {
			if i < 3 {
				tabs = append(tabs, NavItem{Text: e.Text, URL: e.URL, Icon: "briefcase"})
			}
		}
		return tabs
	}
	tabs := []NavItem{today}
	for _, g := range l.EngagementNav() {
		for _, i := range g.Items {
			if i.Icon == "ear" || i.Icon == "message-2" || i.Icon == "users" {
				tabs = append(tabs, i)
			}
		}
	}
	return tabs
}

// A ToastView says what was done and offers to undo it.
type ToastView struct {
	*i18n.Words
	Text    string
	Undo    string // the address that undoes it, by POST; empty if nothing does
	Version int
}

// A PersonView is a person as pages show one.
type PersonView struct {
	Name, Note string
	Us         bool // on our side
}

// Initials returns one or two letters for the person's badge: of the first and the last word.
func (p PersonView) Initials() string {
	name, _, _ := strings.Cut(p.Name, "@")
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	switch len(words) {
	case 0:
		return "?"
	case 1:
		return first(words[0])
	}
	return first(words[0]) + first(words[len(words)-1])
}

func first(word string) string {
	for _, r := range word {
		return string(unicode.ToUpper(r))
	}
	return ""
}

// names joins the names of people as a sentence does.
func names(w *i18n.Words, people []PersonView) string {
	list := make([]string, len(people))
	for i, p := range people {
		list[i] = p.Name
	}
	return w.List(list)
}

// A KeyGroup is a part of the keyboard help.
type KeyGroup struct {
	Title string
	Keys  []KeyHelp
}

// A KeyHelp is the keys that do one thing.
type KeyHelp struct {
	Keys []string
	Does string
}

// KeyGroups returns the keyboard help.
func (l LayoutView) KeyGroups() []KeyGroup {
	return []KeyGroup{
		{l.T("keys.everywhere"), []KeyHelp{
			{[]string{"Ctrl", "K"}, l.T("keys.goto")}, {[]string{"/"}, l.T("keys.find")}, {[]string{"N"}, l.T("keys.new")}, {[]string{"I"}, l.T("keys.import")},
			{[]string{"Z"}, l.T("keys.undo")}, {[]string{"G", "T"}, l.T("nav.today")}, {[]string{"G", "O"}, l.T("nav.overview")}, {[]string{"G", "M"}, l.T("nav.conversations")}, {[]string{"G", "H"}, l.T("nav.heard")}, {[]string{"G", "C"}, l.T("nav.concerns")},
			{[]string{"G", "P"}, l.T("nav.people")}, {[]string{"Esc"}, l.T("keys.close")}, {[]string{"?"}, l.T("keys.help")},
		}},
		{l.T("keys.lists"), []KeyHelp{
			{[]string{"J", "K"}, l.T("keys.move")}, {[]string{"↵"}, l.T("keys.open")}, {[]string{"X"}, l.T("keys.pick")}, {[]string{"M"}, l.T("keys.merge")},
		}},
		{l.T("nav.heard"), []KeyHelp{
			{[]string{"J", "K"}, l.T("keys.passage")}, {[]string{"A"}, l.T("heard.accept")}, {[]string{"N"}, l.T("heard.new")}, {[]string{"X"}, l.T("heard.dismiss")},
			{[]string{"E"}, l.T("keys.correct")}, {[]string{"1", "…", "7"}, l.T("keys.choose")}, {[]string{"W"}, l.T("heard.why")}, {[]string{"U"}, l.T("keys.undo")}, {[]string{"M"}, l.T("keys.mark")},
		}},
		{l.T("keys.concern"), []KeyHelp{{[]string{"P"}, l.T("keys.next")}, {[]string{"M"}, l.T("keys.merge")}}},
	}
}

// langName returns the name of a language in itself.
func langName(lang parley.Lang) string {
	switch lang {
	case parley.English:
		return "English"
	case parley.Spanish:
		return "Español"
	case parley.French:
		return "Français"
	}
	return string(lang)
}
