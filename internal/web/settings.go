package web

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"parley"
	"parley/internal/app"
	"parley/internal/web/i18n"
)

// A SettingsView is a page of settings.
type SettingsView struct {
	LayoutView
	Page     string // "", "members", "tokens" or "learning"
	Tabs     []TabView
	Own      []FieldView
	Fields   []FieldView
	Members  []MemberRowView
	Tokens   []TokenRowView
	Learning *LearningView
	Secret   string // of a token just made: shown once
	Error    string
}

// A MemberRowView is a member in the list.
type MemberRowView struct {
	ID       string
	Version  int
	Person   PersonView
	Roles    []OptionView
	Disabled bool
}

// A TokenRowView is an API token in the list.
type TokenRowView struct{ ID, Name, Note string }

// settings serves GET /settings, and below it the page of a name.
func (s *Server) settings(page string) func(*call) error {
	return func(c *call) error { return c.settingsPage(page, "", nil) }
}

// settingsTabs are the pages of settings; the members are the owners' to see.
func settingsTabs(w *i18n.Words, page string, owner bool) []TabView {
	tabs := []TabView{{Text: w.T("settings.own"), URL: "/settings", Here: page == ""}}
	for _, name := range []string{"members", "tokens", "learning"} {
		if name != "members" || owner {
			tabs = append(tabs, TabView{Text: w.T("settings." + name), URL: "/settings/" + name, Here: page == name})
		}
	}
	return tabs
}

func (c *call) settingsPage(page, secret string, wrong error) error {
	w := c.words
	l, err := c.layout(w.T("nav.settings"), "settings")
	if err != nil {
		return err
	}
	v := SettingsView{LayoutView: l, Page: page, Secret: secret, Tabs: settingsTabs(w, page, c.by.MayOwn() == nil)}
	switch page {
	case "learning":
		err = c.learningSettings(&v)
	case "members":
		err = c.memberSettings(&v)
	case "tokens":
		err = c.tokenSettings(&v)
	default:
		v.Own, v.Fields = c.ownFields(), passwordFields(c)
	}
	if err != nil {
		return err
	}
	if wrong == nil {
		return c.show(http.StatusOK, Settings(v))
	}
	return reject(c, wrong, v.Fields, func(general string, status int) error {
		v.Error = general
		return c.show(status, Settings(v))
	})
}

func (c *call) ownFields() []FieldView {
	w := c.words
	lang := FieldView{Name: "lang", Label: w.T("settings.lang")}
	for _, l := range parley.Langs {
		lang.Options = append(lang.Options, OptionView{string(l), langName(l), l == c.me.Lang})
	}
	theme := FieldView{Name: "theme", Label: w.T("settings.theme")}
	for _, t := range []string{"system", "light", "dark"} {
		theme.Options = append(theme.Options, OptionView{t, w.T("theme." + t), t == c.theme()})
	}
	keys := FieldView{Name: "keys", Label: w.T("settings.keys"), Hint: w.T("settings.keys_hint")}
	for _, k := range []string{"on", "off"} {
		keys.Options = append(keys.Options, OptionView{k, w.T("settings.keys_" + k), (k == "off") == c.keysOff()})
	}
	return []FieldView{lang, theme, keys}
}

func passwordFields(c *call) []FieldView {
	w := c.words
	return []FieldView{
		{Name: "old", Label: w.T("password.old"), Type: "password", Complete: "current-password", Required: true},
		{Name: "password", Label: w.T("password.new"), Type: "password", Complete: "new-password", Required: true, MinLength: 10, Hint: w.T("password.hint")},
	}
}

func (c *call) memberSettings(v *SettingsView) error {
	w := c.words
	if err := c.by.MayOwn(); err != nil {
		return err
	}
	members, err := c.s.app.Members(c.ctx(), c.by)
	if err != nil {
		return err
	}
	roles := func(chosen parley.Role) (list []OptionView) {
		for _, r := range parley.Roles {
			list = append(list, OptionView{string(r), w.T("role." + string(r)), r == chosen})
		}
		return list
	}
	for _, m := range members {
		v.Members = append(v.Members, MemberRowView{ID: string(m.ID), Version: m.Version, Person: PersonView{Name: m.Name, Note: m.Email, Us: true}, Roles: roles(m.Role), Disabled: m.Disabled})
	}
	f := c.r.FormValue
	v.Fields = []FieldView{
		{Name: "name", Label: w.T("field.name"), Type: "text", Value: f("name"), Required: true},
		{Name: "email", Label: w.T("field.email"), Type: "email", Value: f("email"), Required: true},
		{Name: "role", Label: w.T("members.role"), Options: roles(cmp.Or(parley.Role(f("role")), parley.AdviserRole))},
		{Name: "password", Label: w.T("members.password"), Type: "password", Complete: "new-password", Required: true, MinLength: 10, Hint: w.T("members.password_hint")},
	}
	return nil
}

func (c *call) tokenSettings(v *SettingsView) error {
	w := c.words
	tokens, err := c.s.app.Tokens(c.ctx(), c.by)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		used := w.T("tokens.unused")
		if !t.LastUsed.IsZero() {
			used = w.T("tokens.used", "when", w.When(t.LastUsed))
		}
		v.Tokens = append(v.Tokens, TokenRowView{string(t.ID), t.Name, w.T("tokens.note", "scope", w.T("scope."+string(t.Scope)), "day", w.Day(t.Expires), "used", used)})
	}
	typed, chosen := c.r.FormValue("name"), cmp.Or(parley.Scope(c.r.FormValue("scope")), parley.ReadScope)
	if v.Secret != "" { // it was made: the form is for another
		typed, chosen = "", parley.ReadScope
	}
	scope := FieldView{Name: "scope", Label: w.T("tokens.scope")}
	for _, s := range parley.Scopes {
		scope.Options = append(scope.Options, OptionView{string(s), w.T("scope." + string(s)), s == chosen})
	}
	days := FieldView{Name: "days", Label: w.T("tokens.days")}
	for _, d := range []int{7, 30, 90, 365} {
		days.Options = append(days.Options, OptionView{strconv.Itoa(d), w.T("count.days", "n", d), d == 90})
	}
	v.Fields = []FieldView{{Name: "name", Label: w.T("tokens.name"), Type: "text", Value: typed, Required: true, Placeholder: w.T("tokens.name_example")}, scope, days}
	return nil
}

// saveSettings serves POST /settings.
func (s *Server) saveSettings(c *call) error {
	if err := s.app.SetLang(c.ctx(), c.by, parley.Lang(c.r.FormValue("lang"))); err != nil {
		return err
	}
	c.remember("theme", c.r.FormValue("theme"))
	c.remember("keys", c.r.FormValue("keys"))
	c.remember("lang", c.r.FormValue("lang"))
	c.tell(done{Key: "saved"})
	return c.to("/settings")
}

// changePassword serves POST /settings/password.
func (s *Server) changePassword(c *call) error {
	if err := s.app.ChangePassword(c.ctx(), c.by, c.r.FormValue("old"), c.r.FormValue("password")); err != nil {
		return c.settingsPage("", "", err)
	}
	c.tell(done{Key: "password"})
	return c.to("/settings")
}

// addMember serves POST /settings/members.
func (s *Server) addMember(c *call) error {
	f := c.r.FormValue
	m, err := s.app.AddMember(c.ctx(), c.by, app.NewMember{Name: f("name"), Email: f("email"), Password: f("password"), Role: parley.Role(f("role")), Lang: c.me.Lang})
	if err != nil {
		return c.settingsPage("members", "", err)
	}
	c.tell(done{Key: "member_added", Name: m.Name})
	return c.to("/settings/members")
}

// updateMember serves POST /settings/members/{id}.
func (s *Server) updateMember(c *call) error {
	members, err := s.app.Members(c.ctx(), c.by)
	if err != nil {
		return err
	}
	for _, m := range members {
		if string(m.ID) != c.r.PathValue("id") {
			continue
		}
		m.Role, m.Disabled, m.Version = parley.Role(c.r.FormValue("role")), c.r.FormValue("disabled") != "", c.version()
		if _, err := s.app.UpdateMember(c.ctx(), c.by, m); err != nil {
			return c.settingsPage("members", "", err)
		}
		c.tell(done{Key: "saved"})
		return c.to("/settings/members")
	}
	return &parley.Error{Code: parley.NotFound, Message: "there is no such member"}
}

// createToken serves POST /settings/tokens. The secret is shown in the answer and never again.
func (s *Server) createToken(c *call) error {
	days, err := strconv.Atoi(c.r.FormValue("days"))
	if err != nil {
		return c.settingsPage("tokens", "", &parley.Error{Code: parley.Invalid, Field: "days", Message: "say after how many days it ends"})
	}
	in := app.NewToken{Name: c.r.FormValue("name"), Scope: parley.Scope(c.r.FormValue("scope")), Expires: s.o.Now().Add(time.Duration(days) * 24 * time.Hour)}
	_, secret, err := s.app.CreateToken(c.ctx(), c.by, in)
	return c.settingsPage("tokens", secret, err)
}

// deleteToken serves POST /settings/tokens/{id}/delete.
func (s *Server) deleteToken(c *call) error {
	if err := s.app.DeleteToken(c.ctx(), c.by, parley.TokenID(c.r.PathValue("id"))); err != nil {
		return err
	}
	c.tell(done{Key: "token_deleted"})
	return c.to("/settings/tokens")
}
