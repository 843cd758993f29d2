package web

import (
	"net"
	"net/http"
	"net/url"

	"parley"
	"parley/internal/app"
	"parley/internal/web/i18n"
)

// A SignView is a page of someone who is not signed in.
type SignView struct {
	*i18n.Words
	Title, Theme string
	Path         string
	To, Secret   string
	Error        string
	Fields       []FieldView
}

// Langs are the languages that the page can be had in.
func (v SignView) Langs() []Link {
	var links []Link
	for _, l := range parley.Langs {
		link := Link{Text: langName(l), URL: v.Path + "?lang=" + string(l)}
		if v.Secret != "" {
			link.URL = v.Path + "?secret=" + v.Secret + "&lang=" + string(l)
		}
		if v.To != "" {
			link.URL = v.Path + "?to=" + url.QueryEscape(v.To) + "&lang=" + string(l)
		}
		links = append(links, link)
	}
	return links
}

func signInView(w *i18n.Words, email, to string) SignView {
	return SignView{
		Words: w, Title: w.T("sign.title"), Path: "/sign-in", To: to,
		Fields: []FieldView{
			{Name: "email", Label: w.T("field.email"), Type: "email", Value: email, Complete: "username", Required: true, Focus: email == ""},
			{Name: "password", Label: w.T("field.password"), Type: "password", Complete: "current-password", Required: true, Focus: email != ""},
		},
	}
}

// signInForm serves GET /sign-in.
func (s *Server) signInForm(c *call) error {
	c.keepLang()
	if c.identify() == nil {
		return c.to("/today")
	}
	if need, err := s.app.NeedsSetup(c.ctx()); err != nil {
		return err
	} else if need {
		return c.to("/setup")
	}
	v := signInView(c.words, "", c.local("to", ""))
	v.Theme = c.theme()
	return c.show(http.StatusOK, SignIn(v))
}

// keepLang remembers a language that was chosen in the address.
func (c *call) keepLang() {
	if c.r.URL.Query().Get("lang") != "" {
		c.remember("lang", string(c.words.Lang))
	}
}

// signIn serves POST /sign-in.
func (s *Server) signIn(c *call) error {
	m, err := s.app.SignIn(c.ctx(), c.r.FormValue("email"), c.r.FormValue("password"), c.from())
	if err != nil {
		code := parley.CodeOf(err)
		if code == parley.Internal {
			return err
		}
		v := signInView(c.words, c.r.FormValue("email"), c.local("to", ""))
		v.Theme = c.theme()
		v.Error = message(c.words, err)
		return c.show(statuses[code], SignIn(v))
	}
	if err := s.start(c.ctx(), m.ID); err != nil {
		return err
	}
	return c.to(c.local("to", "/today"))
}

// from is the address that a request comes from, for the limit on attempts to sign in.
func (c *call) from() string {
	host, _, err := net.SplitHostPort(c.r.RemoteAddr)
	if err != nil {
		return c.r.RemoteAddr
	}
	return host
}

// signOut serves POST /sign-out.
func (s *Server) signOut(c *call) error {
	if err := s.sessions.Destroy(c.ctx()); err != nil {
		return err
	}
	return c.to("/sign-in")
}

func setUpView(w *i18n.Words, secret string, in app.NewOwner) SignView {
	return SignView{
		Words: w, Title: w.T("setup.title"), Path: "/setup", Secret: secret,
		Fields: []FieldView{
			{Name: "workspace", Label: w.T("setup.workspace"), Type: "text", Value: in.Workspace, Complete: "organization", Required: true, Focus: true},
			{Name: "name", Label: w.T("field.name"), Type: "text", Value: in.Name, Complete: "name", Required: true},
			{Name: "email", Label: w.T("field.email"), Type: "email", Value: in.Email, Complete: "username", Required: true},
			{Name: "password", Label: w.T("field.password"), Type: "password", Complete: "new-password", Required: true, MinLength: 10, Hint: w.T("password.hint")},
		},
	}
}

// setUpForm serves GET /setup. Without the secret of the link it only says where that is.
func (s *Server) setUpForm(c *call) error {
	c.keepLang()
	if need, err := s.app.NeedsSetup(c.ctx()); err != nil {
		return err
	} else if !need {
		return c.to("/sign-in")
	}
	secret := c.r.URL.Query().Get("secret")
	v := setUpView(c.words, secret, app.NewOwner{})
	v.Theme = c.theme()
	if secret == "" {
		v.Fields, v.Error = nil, c.words.T("setup.no_link")
	}
	return c.show(http.StatusOK, SetUp(v))
}

// setUp serves POST /setup.
func (s *Server) setUp(c *call) error {
	in := app.NewOwner{
		Workspace: c.r.FormValue("workspace"), Name: c.r.FormValue("name"), Email: c.r.FormValue("email"), Password: c.r.FormValue("password"),
		Lang: c.words.Lang,
	}
	if l := parley.Lang(c.r.FormValue("lang")); l != "" {
		in.Lang = l
		c.words = i18n.For(l, s.o.Now(), s.o.Place)
	}
	secret := c.r.FormValue("secret")
	m, err := s.app.SetUp(c.ctx(), secret, in)
	if err != nil {
		v := setUpView(c.words, secret, in)
		v.Theme = c.theme()
		return reject(c, err, v.Fields, func(general string, status int) error {
			v.Error = general
			return c.show(status, SetUp(v))
		})
	}
	if err := s.start(c.ctx(), m.ID); err != nil {
		return err
	}
	return c.to("/today")
}
