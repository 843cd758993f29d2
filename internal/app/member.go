package app

import (
	"context"
	"crypto/subtle"
	"net/mail"
	"slices"
	"strings"
	"time"

	"parley"
	"parley/internal/store"
)

// setupSetting holds the hashes of the secrets in the newest set-up links, with spaces between them.
const (
	setupSetting = "setup"
	setupLinks   = 16
)

// NeedsSetup reports whether there is no workspace yet.
func (a *App) NeedsSetup(ctx context.Context) (needs bool, err error) {
	err = a.read(ctx, func(tx *store.Tx) error {
		list, err := tx.Workspaces(ctx)
		needs = len(list) == 0
		return err
	})
	return needs, err
}

// SetupLink returns a new secret with which SetUp works, as it does with those of the 15 links before: each
// replica that starts on an empty store says one. It reports a conflict if a workspace is there.
func (a *App) SetupLink(ctx context.Context) (secret string, err error) {
	secret = newSecret()
	err = a.write(ctx, func(tx *store.Tx) error {
		list, err := tx.Workspaces(ctx)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			return errSetUp
		}
		links, err := tx.Setting(ctx, setupSetting)
		if err != nil {
			return err
		}
		hashes := append([]string{hashSecret(secret)}, strings.Fields(links)...)
		return tx.SetSetting(ctx, setupSetting, strings.Join(hashes[:min(len(hashes), setupLinks)], " "))
	})
	return secret, err
}

var errSetUp = &parley.Error{Code: parley.Conflict, Message: "Parley is set up already; sign in"}

// SetUp makes the workspace and its first owner, for who has the secret of the set-up link.
func (a *App) SetUp(ctx context.Context, secret string, in NewOwner) (m parley.Member, err error) {
	now := a.now()
	space, m, err := a.newOwner(in, now)
	if err != nil {
		return m, err
	}
	hash, err := a.hashPassword(ctx, in.Password)
	if err != nil {
		return m, err
	}
	err = a.write(ctx, func(tx *store.Tx) error {
		list, err := tx.Workspaces(ctx)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			return errSetUp
		}
		links, err := tx.Setting(ctx, setupSetting)
		if err != nil {
			return err
		}
		shown := []byte(hashSecret(secret))
		if !slices.ContainsFunc(strings.Fields(links), func(h string) bool { return subtle.ConstantTimeCompare([]byte(h), shown) == 1 }) {
			return &parley.Error{Code: parley.Forbidden, Message: "this set-up link is not, or no longer, right; the newest is where Parley was started"}
		}
		if err := tx.SetSetting(ctx, setupSetting, ""); err != nil {
			return err
		}
		return a.createWorkspace(ctx, tx, space, m, hash, now)
	})
	return m, err
}

// CreateWorkspace makes a further workspace and its owner. It is for whoever runs Parley, at the command
// line, and asks nobody's rights.
func (a *App) CreateWorkspace(ctx context.Context, in NewOwner) (m parley.Member, err error) {
	now := a.now()
	space, m, err := a.newOwner(in, now)
	if err != nil {
		return m, err
	}
	hash, err := a.hashPassword(ctx, in.Password)
	if err != nil {
		return m, err
	}
	return m, a.write(ctx, func(tx *store.Tx) error { return a.createWorkspace(ctx, tx, space, m, hash, now) })
}

// newOwner checks in and makes of it a workspace and a member.
func (a *App) newOwner(in NewOwner, now time.Time) (parley.Workspace, parley.Member, error) {
	space := parley.Workspace{ID: newID[parley.WorkspaceID](a, "wsp", now), Name: strings.TrimSpace(in.Workspace), Created: now}
	if space.Name == "" || len(space.Name) > 200 {
		return space, parley.Member{}, &parley.Error{Code: parley.Invalid, Field: "workspace", Message: "name the workspace, in at most 200 bytes: your company or team"}
	}
	m, err := a.newMember(space.ID, NewMember{Name: in.Name, Email: in.Email, Password: in.Password, Role: parley.OwnerRole, Lang: in.Lang}, now)
	return space, m, err
}

func (a *App) createWorkspace(ctx context.Context, tx *store.Tx, space parley.Workspace, owner parley.Member, hash string, now time.Time) error {
	if err := tx.CreateWorkspace(ctx, space); err != nil {
		return err
	}
	if err := tx.CreateMember(ctx, owner, hash); err != nil {
		return err
	}
	by := parley.Actor{Space: space.ID, Member: owner.ID}
	return a.record(ctx, tx, by, now, happening{kind: "workspace.created", subject: string(space.ID), data: map[string]any{"owner": owner.ID}})
}

// newMember checks in and makes a member of it.
func (a *App) newMember(space parley.WorkspaceID, in NewMember, now time.Time) (parley.Member, error) {
	m := parley.Member{
		ID: newID[parley.MemberID](a, "mem", now), Space: space, Name: strings.TrimSpace(in.Name), Email: normalEmail(in.Email),
		Role: in.Role, Lang: in.Lang, Created: now, Version: 1,
	}
	if m.Lang == "" {
		m.Lang = parley.English
	}
	if address, err := mail.ParseAddress(m.Email); err != nil || address.Address != m.Email || len(m.Email) > 254 {
		return m, &parley.Error{Code: parley.Invalid, Field: "email", Message: "that is not an e-mail address", Err: err}
	}
	if err := checkMember(m); err != nil {
		return m, err
	}
	return m, checkPassword(in.Password)
}

func normalEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

func checkMember(m parley.Member) error {
	switch {
	case m.Name == "" || len(m.Name) > 200:
		return &parley.Error{Code: parley.Invalid, Field: "name", Message: "give the name, in at most 200 bytes"}
	case !slices.Contains(parley.Roles, m.Role):
		return &parley.Error{Code: parley.Invalid, Field: "role", Message: "a role is owner, adviser or viewer"}
	case !slices.Contains(parley.Langs, m.Lang):
		return &parley.Error{Code: parley.Invalid, Field: "lang", Message: "the language is en, es or fr"}
	}
	return nil
}

// Failed sign-ins within attemptLong after which there are no more for a while: of one email, and from one
// network address, behind which many people may sit.
const (
	attemptLong     = 15 * time.Minute
	attemptsOfEmail = 10
	attemptsFrom    = 100
)

// SignIn returns the member with this email and password. It is Unauthenticated if there is none, and
// Unavailable after too many tries with the email or from a network address, "" being no address.
func (a *App) SignIn(ctx context.Context, email, password, from string) (m parley.Member, err error) {
	email = normalEmail(email)
	now := a.now()
	// Keys are hashed: what somebody typed by mistake may be a password.
	ofEmail, ofAddress := "email:"+hashSecret(email), "from:"+hashSecret(from)
	var members []parley.Member
	var hashes []string
	err = a.write(ctx, func(tx *store.Tx) error { // the try is counted before it is made, for those who make many at once
		tries, err := tx.Attempts(ctx, ofEmail, now, attemptLong)
		if err != nil {
			return err
		}
		var fromThere int
		if from != "" {
			if fromThere, err = tx.Attempts(ctx, ofAddress, now, attemptLong); err != nil {
				return err
			}
			if err := tx.AddAttempt(ctx, ofAddress, now); err != nil {
				return err
			}
		}
		if tries >= attemptsOfEmail || fromThere >= attemptsFrom {
			return &parley.Error{Code: parley.Unavailable, Message: "that was tried too often; wait a quarter of an hour"}
		}
		if err := tx.AddAttempt(ctx, ofEmail, now); err != nil {
			return err
		}
		members, hashes, err = tx.MembersByEmail(ctx, email)
		return err
	})
	if err != nil {
		return m, err
	}
	found := -1
	if len(members) == 0 {
		hashes = []string{nobody}
	}
	for i, hash := range hashes {
		ok, err := a.isPassword(ctx, password, hash)
		if err != nil {
			return m, err
		}
		if ok && i < len(members) && !members[i].Disabled && found < 0 {
			found = i
		}
	}
	if found < 0 {
		return m, &parley.Error{Code: parley.Unauthenticated, Message: "no member has this e-mail address and password"}
	}
	return members[found], a.write(ctx, func(tx *store.Tx) error { return tx.ForgetAttempts(ctx, ofEmail) })
}

// ActorOf returns a signed-in member as an Actor. It is Unauthenticated if they are gone or disabled.
func (a *App) ActorOf(ctx context.Context, id parley.MemberID) (by parley.Actor, err error) {
	err = a.read(ctx, func(tx *store.Tx) error {
		by, err = actorOf(ctx, tx, id)
		return err
	})
	return by, err
}

func actorOf(ctx context.Context, tx *store.Tx, id parley.MemberID) (parley.Actor, error) {
	m, _, err := tx.Member(ctx, id)
	if err != nil && parley.CodeOf(err) != parley.NotFound {
		return parley.Actor{}, err
	}
	return asActor(m)
}

// asActor returns a member as an Actor, who is nobody if m is, or is disabled.
func asActor(m parley.Member) (parley.Actor, error) {
	if m.ID == "" || m.Disabled {
		return parley.Actor{}, &parley.Error{Code: parley.Unauthenticated, Message: "sign in first"}
	}
	return parley.Actor{Space: m.Space, Member: m.ID, Role: m.Role}, nil
}

// Operator returns the Actor of a member by their email, or with "" the first owner: for whoever runs
// Parley, at the command line, who needs no password since they have the database.
func (a *App) Operator(ctx context.Context, email string) (by parley.Actor, err error) {
	err = a.read(ctx, func(tx *store.Tx) error {
		if email != "" {
			members, _, err := tx.MembersByEmail(ctx, normalEmail(email))
			if err != nil {
				return err
			}
			if len(members) == 0 {
				return &parley.Error{Code: parley.NotFound, Field: "as", Message: "no member has that e-mail address"}
			}
			by, err = actorOf(ctx, tx, members[0].ID)
			return err
		}
		spaces, err := tx.Workspaces(ctx)
		if err != nil {
			return err
		}
		for _, space := range spaces {
			members, err := tx.Members(ctx, space.ID)
			if err != nil {
				return err
			}
			for _, m := range members {
				if m.Role == parley.OwnerRole && !m.Disabled {
					by, err = actorOf(ctx, tx, m.ID)
					return err
				}
			}
		}
		return &parley.Error{Code: parley.NotFound, Message: "there is no workspace yet: run parley serve and follow its link, or parley user add --workspace"}
	})
	return by, err
}

// Me returns the member who asks, and their workspace.
func (a *App) Me(ctx context.Context, by parley.Actor) (m parley.Member, w parley.Workspace, err error) {
	if by.Member == "" {
		return m, w, mayBeHere(by)
	}
	err = a.read(ctx, func(tx *store.Tx) error {
		if m, _, err = tx.Member(ctx, by.Member); err != nil {
			return err
		}
		w, err = tx.Workspace(ctx, by.Space)
		return err
	})
	return m, w, err
}

// mayBeHere returns an error unless by is somebody.
func mayBeHere(by parley.Actor) error {
	return by.MayRead(parley.Engagement{Space: by.Space})
}

// mayChangeSelf returns an error unless by is a person, not a program that acts for them.
func mayChangeSelf(by parley.Actor) error {
	if err := mayBeHere(by); err != nil {
		return err
	}
	if by.Scope != "" {
		return &parley.Error{Code: parley.Forbidden, Message: "a token may not do this; sign in"}
	}
	return nil
}

// SetLang sets the language in which by sees the pages.
func (a *App) SetLang(ctx context.Context, by parley.Actor, lang parley.Lang) error {
	if err := mayChangeSelf(by); err != nil {
		return err
	}
	return a.write(ctx, func(tx *store.Tx) error {
		m, _, err := tx.Member(ctx, by.Member)
		if err != nil {
			return err
		}
		m.Lang = lang
		if err := checkMember(m); err != nil {
			return err
		}
		_, err = tx.UpdateMember(ctx, m)
		return err
	})
}

// ChangePassword gives by a new password, for the old one.
func (a *App) ChangePassword(ctx context.Context, by parley.Actor, old, new string) error {
	if err := mayChangeSelf(by); err != nil {
		return err
	}
	if err := checkPassword(new); err != nil {
		return err
	}
	var m parley.Member
	if err := a.read(ctx, func(tx *store.Tx) (err error) {
		m, _, err = tx.Member(ctx, by.Member)
		return err
	}); err != nil {
		return err
	}
	if m, err := a.SignIn(ctx, m.Email, old, ""); parley.CodeOf(err) == parley.Unauthenticated || err == nil && m.ID != by.Member {
		return &parley.Error{Code: parley.Invalid, Field: "old", Message: "that is not your password"}
	} else if err != nil {
		return err
	}
	return a.setPassword(ctx, by, by.Member, new)
}

// setPassword gives a member a password, and says so in the history.
func (a *App) setPassword(ctx context.Context, by parley.Actor, id parley.MemberID, password string) error {
	hash, err := a.hashPassword(ctx, password)
	if err != nil {
		return err
	}
	now := a.now()
	return a.write(ctx, func(tx *store.Tx) error {
		if err := tx.SetPassword(ctx, by.Space, id, hash); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, happening{kind: "member.password", subject: string(id)})
	})
}

// ResetPassword gives a member of by's workspace a password without the old one: for an owner at the
// command line.
func (a *App) ResetPassword(ctx context.Context, by parley.Actor, email, password string) error {
	if err := by.MayOwn(); err != nil {
		return err
	}
	if err := checkPassword(password); err != nil {
		return err
	}
	members, err := a.Members(ctx, by)
	if err != nil {
		return err
	}
	for _, m := range members {
		if m.Email == normalEmail(email) {
			return a.setPassword(ctx, by, m.ID, password)
		}
	}
	return &parley.Error{Code: parley.NotFound, Field: "email", Message: "no member has that e-mail address"}
}

// Members returns those of by's workspace, in the order in which they came.
func (a *App) Members(ctx context.Context, by parley.Actor) (list []parley.Member, err error) {
	if err := mayBeHere(by); err != nil {
		return nil, err
	}
	err = a.read(ctx, func(tx *store.Tx) error {
		list, err = tx.Members(ctx, by.Space)
		return err
	})
	return list, err
}

// AddMember adds a member with a first password, for an owner.
func (a *App) AddMember(ctx context.Context, by parley.Actor, in NewMember) (m parley.Member, err error) {
	if err := by.MayOwn(); err != nil {
		return m, err
	}
	now := a.now()
	if m, err = a.newMember(by.Space, in, now); err != nil {
		return m, err
	}
	hash, err := a.hashPassword(ctx, in.Password)
	if err != nil {
		return m, err
	}
	return m, a.write(ctx, func(tx *store.Tx) error {
		if err := tx.CreateMember(ctx, m, hash); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, happening{kind: "member.added", subject: string(m.ID), data: map[string]any{"role": m.Role}})
	})
}

// UpdateMember changes a member's name, role, language and whether they may sign in, for an owner. There is
// always an owner who may.
func (a *App) UpdateMember(ctx context.Context, by parley.Actor, m parley.Member) (parley.Member, error) {
	if err := by.MayOwn(); err != nil {
		return parley.Member{}, err
	}
	now := a.now()
	var saved parley.Member
	err := a.write(ctx, func(tx *store.Tx) error {
		old, _, err := tx.Member(ctx, m.ID)
		if err != nil {
			return err
		}
		if old.Space != by.Space {
			return of("member", by.MayRead(parley.Engagement{Space: old.Space}))
		}
		changed := old
		changed.Name, changed.Role, changed.Disabled, changed.Version = strings.TrimSpace(m.Name), m.Role, m.Disabled, m.Version
		if m.Lang != "" {
			changed.Lang = m.Lang
		}
		if err := checkMember(changed); err != nil {
			return err
		}
		if saved, err = tx.UpdateMember(ctx, changed); err != nil {
			return err
		}
		members, err := tx.Members(ctx, by.Space)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(members, func(m parley.Member) bool { return m.Role == parley.OwnerRole && !m.Disabled }) {
			return &parley.Error{Code: parley.Conflict, Field: "role", Message: "a workspace needs an owner who may sign in; make another one first"}
		}
		return a.record(ctx, tx, by, now, happening{kind: "member.updated", subject: string(m.ID), data: map[string]any{"role": saved.Role, "disabled": saved.Disabled}})
	})
	return saved, err
}
