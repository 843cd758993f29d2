package app_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"parley"
	"parley/internal/app"
	"parley/internal/store/storetest"
)

// A useCase is one method as somebody calls it, and who may: "any" who is signed in, "read" the engagement,
// "edit" it, "advise", "own" the workspace, "self" without a token, "all" even nobody.
type useCase struct {
	name string
	may  string
	call func(ctx context.Context, by parley.Actor) error
}

// useCases lists every method of App that takes an Actor, on things of one restricted engagement. Its
// arguments are such that a call by who may is no error of permission.
func useCases(w *world, e parley.Engagement, member parley.Member, s parley.Stakeholder, imp app.Import, f app.StoredFinding, c parley.Concern) []useCase {
	conversation := f.Conversation
	return []useCase{
		{"Me", "any", func(ctx context.Context, by parley.Actor) error { _, _, err := w.Me(ctx, by); return err }},
		{"SetLang", "self", func(ctx context.Context, by parley.Actor) error { return w.SetLang(ctx, by, parley.French) }},
		{"ChangePassword", "self", func(ctx context.Context, by parley.Actor) error {
			return w.ChangePassword(ctx, by, "wrong", "short")
		}},
		{"ResetPassword", "own", func(ctx context.Context, by parley.Actor) error {
			return w.ResetPassword(ctx, by, "nobody@else.example", "short")
		}},
		{"Members", "any", func(ctx context.Context, by parley.Actor) error { _, err := w.Members(ctx, by); return err }},
		{"AddMember", "own", func(ctx context.Context, by parley.Actor) error {
			_, err := w.AddMember(ctx, by, app.NewMember{Name: "x"})
			return err
		}},
		{"UpdateMember", "own", func(ctx context.Context, by parley.Actor) error {
			m := member
			m.Version = 99
			_, err := w.UpdateMember(ctx, by, m)
			return err
		}},
		{"Tokens", "self", func(ctx context.Context, by parley.Actor) error { _, err := w.Tokens(ctx, by); return err }},
		{"CreateToken", "self", func(ctx context.Context, by parley.Actor) error {
			_, _, err := w.CreateToken(ctx, by, app.NewToken{})
			return err
		}},
		{"DeleteToken", "self", func(ctx context.Context, by parley.Actor) error { return gone(w.DeleteToken(ctx, by, "tok_none")) }},
		{"Engagements", "any", func(ctx context.Context, by parley.Actor) error { _, err := w.Engagements(ctx, by); return err }},
		{"Engagement", "read", func(ctx context.Context, by parley.Actor) error { _, err := w.Engagement(ctx, by, e.ID); return err }},
		{"CreateEngagement", "advise", func(ctx context.Context, by parley.Actor) error {
			_, err := w.CreateEngagement(ctx, by, parley.Engagement{})
			return err
		}},
		{"LoadSample", "advise", func(ctx context.Context, by parley.Actor) error {
			sample, err := w.LoadSample(ctx, by)
			if err != nil {
				return err
			}
			return w.RemoveSample(ctx, by, sample.ID)
		}},
		{"RemoveSample", "edit", func(ctx context.Context, by parley.Actor) error { return w.RemoveSample(ctx, by, e.ID) }},
		{"UpdateEngagement", "edit", func(ctx context.Context, by parley.Actor) error {
			changed := e
			changed.Version = 99
			_, err := w.UpdateEngagement(ctx, by, changed)
			return err
		}},
		{"Overview", "read", func(ctx context.Context, by parley.Actor) error { _, err := w.Overview(ctx, by, e.ID); return err }},
		{"Stakeholders", "read", func(ctx context.Context, by parley.Actor) error { _, err := w.Stakeholders(ctx, by, e.ID); return err }},
		{"UpdateStakeholder", "edit", func(ctx context.Context, by parley.Actor) error {
			changed := s
			changed.Version = 99
			_, err := w.UpdateStakeholder(ctx, by, changed)
			return err
		}},
		{"StartImport", "edit", func(ctx context.Context, by parley.Actor) error {
			_, err := w.StartImport(ctx, by, e.ID, nil)
			return err
		}},
		{"Import", "read", func(ctx context.Context, by parley.Actor) error { _, err := w.Import(ctx, by, imp.ID); return err }},
		{"Imports", "read", func(ctx context.Context, by parley.Actor) error { _, err := w.Imports(ctx, by, e.ID); return err }},
		{"SetSides", "edit", func(ctx context.Context, by parley.Actor) error { return w.SetSides(ctx, by, e.ID, e.Sides) }},
		{"SetSide", "edit", func(ctx context.Context, by parley.Actor) error { return w.SetSide(ctx, by, s.ID, "none of them") }},
		{"Conversations", "read", func(ctx context.Context, by parley.Actor) error {
			_, err := w.Conversations(ctx, by, e.ID, "")
			return err
		}},
		{"Conversation", "read", func(ctx context.Context, by parley.Actor) error {
			_, err := w.Conversation(ctx, by, conversation, "")
			return err
		}},
		{"ConversationAt", "read", func(ctx context.Context, by parley.Actor) error {
			_, err := w.ConversationAt(ctx, by, f.ID)
			return err
		}},
		{"ConversationAtMessage", "read", func(ctx context.Context, by parley.Actor) error {
			_, err := w.ConversationAtMessage(ctx, by, f.Message.ID)
			return err
		}},
		{"Findings", "read", func(ctx context.Context, by parley.Actor) error {
			_, err := w.Findings(ctx, by, e.ID, app.FindingFilter{})
			return err
		}},
		{"Finding", "read", func(ctx context.Context, by parley.Actor) error { _, err := w.Finding(ctx, by, f.ID); return err }},
		{"Accept", "edit", func(ctx context.Context, by parley.Actor) error {
			_, err := w.Accept(ctx, by, f.ID, 99, app.Joining{})
			return err
		}},
		{"Correct", "edit", func(ctx context.Context, by parley.Actor) error {
			_, err := w.Correct(ctx, by, f.ID, 99, parley.Labels{Resistance: true})
			return err
		}},
		{"Dismiss", "edit", func(ctx context.Context, by parley.Actor) error { _, err := w.Dismiss(ctx, by, f.ID, 99); return err }},
		{"Reopen", "edit", func(ctx context.Context, by parley.Actor) error { _, err := w.Reopen(ctx, by, f.ID, 99); return err }},
		{"Sentences", "read", func(ctx context.Context, by parley.Actor) error {
			_, err := w.Sentences(ctx, by, f.Message.ID)
			return err
		}},
		{"Mark", "edit", func(ctx context.Context, by parley.Actor) error {
			_, err := w.Mark(ctx, by, f.Message.ID, f.Span, f.Labels)
			return err
		}},
		{"Withdraw", "edit", func(ctx context.Context, by parley.Actor) error { return w.Withdraw(ctx, by, f.ID, 99) }},
		{"Matches", "read", func(ctx context.Context, by parley.Actor) error { _, err := w.Matches(ctx, by, f.ID); return err }},
		{"Concerns", "read", func(ctx context.Context, by parley.Actor) error {
			_, err := w.Concerns(ctx, by, e.ID, app.ConcernFilter{})
			return err
		}},
		{"Concern", "read", func(ctx context.Context, by parley.Actor) error { _, err := w.Concern(ctx, by, c.ID); return err }},
		{"CreateConcern", "edit", func(ctx context.Context, by parley.Actor) error {
			_, err := w.CreateConcern(ctx, by, e.ID, app.NewConcern{})
			return err
		}},
		{"UpdateConcern", "edit", func(ctx context.Context, by parley.Actor) error {
			changed := c
			changed.Version = 99
			_, err := w.UpdateConcern(ctx, by, changed)
			return err
		}},
		{"MoveConcern", "edit", func(ctx context.Context, by parley.Actor) error {
			_, err := w.MoveConcern(ctx, by, c.ID, 99, parley.PlayedBack, "")
			return err
		}},
		{"Unsettle", "edit", func(ctx context.Context, by parley.Actor) error {
			_, err := w.Unsettle(ctx, by, c.ID, 99)
			return err
		}},
		{"MergeConcerns", "edit", func(ctx context.Context, by parley.Actor) error {
			_, err := w.MergeConcerns(ctx, by, c.ID, 99, []parley.ConcernID{c.ID})
			return err
		}},
		{"SplitConcern", "edit", func(ctx context.Context, by parley.Actor) error {
			_, err := w.SplitConcern(ctx, by, c.ID, 99, "")
			return err
		}},
		{"Views", "read", func(ctx context.Context, by parley.Actor) error { _, err := w.Views(ctx, by, e.ID); return err }},
		{"CreateView", "keep", func(ctx context.Context, by parley.Actor) error {
			_, err := w.CreateView(ctx, by, e.ID, "", parley.Look{})
			return err
		}},
		{"DeleteView", "any", func(ctx context.Context, by parley.Actor) error { return gone(w.DeleteView(ctx, by, "vew_none")) }},
		{"SameReasons", "read", func(ctx context.Context, by parley.Actor) error {
			_, err := w.SameReasons(ctx, by, e.ID, "")
			return err
		}},
		{"KeepApart", "edit", func(ctx context.Context, by parley.Actor) error { return w.KeepApart(ctx, by, c.ID, c.ID) }},
		{"Events", "read", func(ctx context.Context, by parley.Actor) error {
			_, err := w.Events(ctx, by, e.ID, "", "")
			return err
		}},
		{"Once", "any", func(ctx context.Context, by parley.Actor) error {
			_, err := w.Once(ctx, by, "k", "r", func(*app.App) ([]byte, error) { return []byte("x"), nil })
			return err
		}},
		{"Learning", "any", func(ctx context.Context, by parley.Actor) error { _, err := w.Learning(ctx, by); return err }},
		{"SetLearning", "own", func(ctx context.Context, by parley.Actor) error { return w.SetLearning(ctx, by, true) }},
		{"UseVersion", "own", func(ctx context.Context, by parley.Actor) error { return w.UseVersion(ctx, by, 0) }},
		{"RereadOpen", "own", func(ctx context.Context, by parley.Actor) error { return w.RereadOpen(ctx, by) }},
		{"Labelled", "own", func(ctx context.Context, by parley.Actor) error { _, err := w.Labelled(ctx, by); return err }},
		{"UndoImport", "edit", func(ctx context.Context, by parley.Actor) error { return w.UndoImport(ctx, by, imp.ID) }},
	}
}

// gone returns nil for a NotFound error: the call came as far as to look.
func gone(err error) error {
	if parley.CodeOf(err) == parley.NotFound {
		return nil
	}
	return err
}

func TestEveryUseCaseAsksWhoAsks(t *testing.T) {
	t.Parallel()
	w := open(t, storetest.SQLite(t))
	stop := w.run()
	ctx := t.Context()
	actor := map[string]parley.Actor{"nobody": {}}
	ids := map[string]parley.Member{}
	for name, role := range map[string]parley.Role{"owner": parley.OwnerRole, "adviser": parley.AdviserRole, "viewer": parley.ViewerRole, "adviser left out": parley.AdviserRole} {
		m, err := w.AddMember(ctx, w.owner, app.NewMember{Name: name, Email: strings.ReplaceAll(name, " ", ".") + "@halden.example", Password: password, Role: role})
		must(t, err)
		ids[name] = m
		actor[name], err = w.ActorOf(ctx, m.ID)
		must(t, err)
	}
	stranger, err := w.CreateWorkspace(ctx, app.NewOwner{Workspace: "Others", Name: "Olga", Email: "olga@others.example", Password: password})
	must(t, err)
	actor["stranger"], err = w.ActorOf(ctx, stranger.ID)
	must(t, err)
	for name, scope := range map[string]parley.Scope{"owner's read token": parley.ReadScope, "owner's write token": parley.WriteScope} {
		_, secret, err := w.CreateToken(ctx, actor["owner"], app.NewToken{Name: name, Scope: scope})
		must(t, err)
		actor[name], err = w.ActorOfToken(ctx, secret)
		must(t, err)
	}

	e := w.engagement()
	imp := w.imported(e.ID, "thread.mbox", mails)
	e.Restricted, e.Members = true, []parley.MemberID{ids["adviser"].ID, ids["viewer"].ID}
	e, err = w.UpdateEngagement(ctx, w.owner, e)
	must(t, err)
	findings, err := w.Findings(ctx, w.owner, e.ID, app.FindingFilter{})
	must(t, err)
	people, err := w.Stakeholders(ctx, w.owner, e.ID)
	must(t, err)
	c, err := w.CreateConcern(ctx, w.owner, e.ID, app.NewConcern{Title: "It took long", Labels: parley.Labels{Driver: parley.Experience}})
	must(t, err)
	stop()

	const ok, no, hidden, who = parley.Code(""), parley.Forbidden, parley.NotFound, parley.Unauthenticated
	want := map[string]map[string]parley.Code{ // by may, by who
		"any":    {"nobody": who},
		"self":   {"nobody": who, "owner's read token": no, "owner's write token": no},
		"own":    {"nobody": who, "adviser": no, "viewer": no, "adviser left out": no, "owner's read token": no},
		"advise": {"nobody": who, "viewer": no, "owner's read token": no},
		"read":   {"nobody": who, "stranger": hidden, "adviser left out": hidden},
		"keep":   {"nobody": who, "stranger": hidden, "adviser left out": hidden, "owner's read token": no},
		"edit":   {"nobody": who, "stranger": hidden, "adviser left out": hidden, "viewer": no, "owner's read token": no},
	}
	cases := useCases(w, e, ids["viewer"], people[0], imp, findings.Findings[0], c)
	for _, u := range cases {
		// Who may not goes first: the last of all undoes the import.
		for _, name := range []string{"nobody", "stranger", "adviser left out", "viewer", "owner's read token", "owner's write token", "adviser", "owner"} {
			got := parley.CodeOf(u.call(ctx, actor[name]))
			switch got {
			case parley.Invalid, parley.Conflict: // what was asked is wrong, but that was looked at: permission was given
				got = ok
			}
			wanted := want[u.may][name]
			if u.name == "UpdateMember" && name == "stranger" {
				wanted = hidden
			}
			if u.name == "ResetPassword" && got == hidden {
				got = ok
			}
			if got != wanted {
				t.Errorf("%s by %s gives %q, want %q", u.name, name, got, wanted)
			}
		}
	}
	checkComplete(t, cases)
	summaries, err := w.Engagements(ctx, actor["adviser left out"])
	must(t, err)
	if len(summaries) != 0 {
		t.Error("a member sees a restricted engagement that is not theirs in the list")
	}
}

// checkComplete fails if a method that takes an Actor is not among the cases.
func checkComplete(t *testing.T, cases []useCase) {
	t.Helper()
	listed := map[string]bool{}
	for _, u := range cases {
		listed[u.name] = true
	}
	typ := reflect.TypeFor[*app.App]()
	for i := range typ.NumMethod() {
		m := typ.Method(i)
		if m.Type.NumIn() > 2 && m.Type.In(2) == reflect.TypeFor[parley.Actor]() && !listed[m.Name] {
			t.Errorf("no case calls %s", m.Name)
		}
	}
}
