package app_test

import (
	"testing"
	"time"

	"parley"
	"parley/internal/app"
	"parley/internal/store"
	"parley/internal/store/storetest"
)

// openAt is open with a clock that the test sets.
func openAt(t *testing.T, c *clock) *world {
	t.Helper()
	st := storetest.Open(t, storetest.SQLite(t))
	a, err := app.New(t.Context(), st, app.Options{Now: c.now})
	must(t, err)
	return &world{App: a, t: t, store: st}
}

func TestSetUpWorksOnceAndWithAnyOfTheNewestLinks(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := openAt(t, &clock{t: time.Now()})
	in := app.NewOwner{Workspace: "Halden", Name: "Inés", Email: "ines@halden.example", Password: password}
	old, err := w.SetupLink(ctx)
	must(t, err)
	secret, err := w.SetupLink(ctx)
	must(t, err)
	for range 15 { // as many replicas start after it
		_, err = w.SetupLink(ctx)
		must(t, err)
	}
	for _, wrong := range []string{"", "guess", old} {
		_, err := w.SetUp(ctx, wrong, in)
		wantCode(t, "a wrong secret", err, parley.Forbidden)
	}
	short := in
	short.Password = "short"
	_, err = w.SetUp(ctx, secret, short)
	wantCode(t, "a short password", err, parley.Invalid)
	m, err := w.SetUp(ctx, secret, in)
	must(t, err)
	if m.Role != parley.OwnerRole || m.Lang != parley.English {
		t.Errorf("the first member is %+v", m)
	}
	_, err = w.SetUp(ctx, secret, in)
	wantCode(t, "a second time", err, parley.Conflict)
	_, err = w.SetupLink(ctx)
	wantCode(t, "a link when set up", err, parley.Conflict)
}

func TestSignInIsSlowedDown(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c := &clock{t: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	w := openAt(t, c)
	_, err := w.CreateWorkspace(ctx, app.NewOwner{Workspace: "Halden", Name: "Inés", Email: "ines@halden.example", Password: password})
	must(t, err)
	_, err = w.SignIn(ctx, " Ines@halden.example ", password, "192.0.2.1")
	must(t, err)
	for range 10 {
		_, err = w.SignIn(ctx, "ines@halden.example", "a wrong password", "192.0.2.1")
		wantCode(t, "a wrong password", err, parley.Unauthenticated)
	}
	_, err = w.SignIn(ctx, "ines@halden.example", password, "192.0.2.2")
	wantCode(t, "the right one after ten wrong ones", err, parley.Unavailable)
	_, err = w.SignIn(ctx, "nobody@halden.example", password, "192.0.2.2")
	wantCode(t, "somebody else meanwhile", err, parley.Unauthenticated)
	c.t = c.t.Add(20 * time.Minute)
	_, err = w.SignIn(ctx, "ines@halden.example", password, "192.0.2.1")
	must(t, err)
}

func TestMembersAndTheirTokens(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c := &clock{t: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	w := openAt(t, c)
	m, err := w.CreateWorkspace(ctx, app.NewOwner{Workspace: "Halden", Name: "Inés", Email: "ines@halden.example", Password: password})
	must(t, err)
	owner, err := w.ActorOf(ctx, m.ID)
	must(t, err)
	tom, err := w.AddMember(ctx, owner, app.NewMember{Name: "Tom", Email: "tom@halden.example", Password: password, Role: parley.ViewerRole})
	must(t, err)
	viewer, err := w.ActorOf(ctx, tom.ID)
	must(t, err)

	_, _, err = w.CreateToken(ctx, viewer, app.NewToken{Name: "sync", Scope: parley.WriteScope})
	wantCode(t, "a viewer's token that writes", err, parley.Forbidden)
	token, secret, err := w.CreateToken(ctx, viewer, app.NewToken{Name: "sync", Scope: parley.ReadScope, Expires: c.t.Add(time.Hour)})
	must(t, err)
	by, err := w.ActorOfToken(ctx, secret)
	must(t, err)
	same(t, "whom the token acts for", parley.Actor{Space: owner.Space, Member: tom.ID, Role: parley.ViewerRole, Scope: parley.ReadScope}, by)
	_, err = w.ActorOfToken(ctx, secret+"x")
	wantCode(t, "a wrong token", err, parley.Unauthenticated)
	tokens, err := w.Tokens(ctx, owner)
	must(t, err)
	if len(tokens) != 1 || tokens[0].LastUsed.IsZero() {
		t.Errorf("the owner sees %+v", tokens)
	}
	c.t = c.t.Add(2 * time.Hour)
	_, err = w.ActorOfToken(ctx, secret)
	wantCode(t, "a token that has ended", err, parley.Unauthenticated)
	must(t, w.DeleteToken(ctx, viewer, token.ID))

	wantCode(t, "a wrong old password", w.ChangePassword(ctx, viewer, "not the old one", "another password"), parley.Invalid)
	must(t, w.ChangePassword(ctx, viewer, password, "another password"))
	_, err = w.SignIn(ctx, tom.Email, "another password", "")
	must(t, err)

	tom.Disabled = true
	_, err = w.UpdateMember(ctx, owner, tom)
	must(t, err)
	_, err = w.ActorOf(ctx, tom.ID)
	wantCode(t, "a disabled member", err, parley.Unauthenticated)
	_, err = w.SignIn(ctx, tom.Email, "another password", "")
	wantCode(t, "a disabled member signing in", err, parley.Unauthenticated)
	m.Role = parley.ViewerRole
	_, err = w.UpdateMember(ctx, owner, m)
	wantCode(t, "the last owner stepping down", err, parley.Conflict)
	w.whole()
}

func TestSecretsAreNotInTheDatabase(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := open(t, storetest.SQLite(t))
	_, secret, err := w.CreateToken(ctx, w.owner, app.NewToken{Name: "sync", Scope: parley.ReadScope})
	must(t, err)
	must(t, w.Sessions().CommitCtx(ctx, "cookie", []byte("data"), time.Now().Add(time.Hour)))
	data, found, err := w.Sessions().FindCtx(ctx, "cookie")
	must(t, err)
	if !found || string(data) != "data" {
		t.Errorf("the session is %q, %v", data, found)
	}
	must(t, w.store.Read(ctx, func(tx *store.Tx) error {
		for _, kept := range []string{secret, "cookie"} {
			if _, _, err := tx.TokenByHash(ctx, kept); parley.CodeOf(err) != parley.NotFound {
				t.Errorf("a token is kept as it is")
			}
			if _, found, _ := tx.Session(ctx, kept, time.Now()); found {
				t.Errorf("a session is kept as it is")
			}
		}
		return nil
	}))
	must(t, w.Sessions().DeleteCtx(ctx, "cookie"))
	if _, found, _ := w.Sessions().FindCtx(ctx, "cookie"); found {
		t.Error("the session is still there")
	}
}

func TestOnceAnswersTwiceAndDoesItOnce(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		w := open(t, dsn)
		e := w.engagement()
		create := func(a *app.App) ([]byte, error) {
			c, err := a.CreateConcern(ctx, w.owner, e.ID, app.NewConcern{Title: "x"})
			return []byte(c.ID), err
		}
		first, err := w.Once(ctx, w.owner, "key", "POST x", create)
		must(t, err)
		second, err := w.Once(ctx, w.owner, "key", "POST x", create)
		must(t, err)
		same(t, "answers", string(first), string(second))
		_, err = w.Once(ctx, w.owner, "key", "POST y", create)
		wantCode(t, "the key for another request", err, parley.Conflict)
		page, err := w.Concerns(ctx, w.owner, e.ID, app.ConcernFilter{})
		must(t, err)
		if page.Total != 1 {
			t.Errorf("there are %d concerns, want 1", page.Total)
		}
		w.whole()
	})
}
