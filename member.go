package parley

import (
	"slices"
	"time"
)

// A Workspace is one organisation's data. Every row carries its id, and none refers to another's.
type Workspace struct {
	ID      WorkspaceID `json:"id"`
	Name    string      `json:"name"`
	Created time.Time   `json:"created"`
}

// A Role is what a member may do in a workspace.
type Role string

const (
	OwnerRole   Role = "owner"   // everything, members and settings included
	AdviserRole Role = "adviser" // everything in the engagements that they may see
	ViewerRole  Role = "viewer"  // read
)

// Roles lists every Role, from most to least.
var Roles = []Role{OwnerRole, AdviserRole, ViewerRole}

// A Member is a person who signs in to a workspace.
type Member struct {
	ID       MemberID    `json:"id"`
	Space    WorkspaceID `json:"-"`
	Name     string      `json:"name"`
	Email    string      `json:"email"` // lower case, unique in the workspace
	Role     Role        `json:"role"`
	Lang     Lang        `json:"lang"`    // of the pages
	Created  time.Time   `json:"created"` // UTC
	Disabled bool        `json:"disabled,omitempty"`
	Version  int         `json:"version"`
}

// A Scope is what an API token may do; its member's role bounds it as well.
type Scope string

const (
	ReadScope  Scope = "read"
	WriteScope Scope = "write" // and read
)

// Scopes lists every Scope.
var Scopes = []Scope{ReadScope, WriteScope}

// A Token lets a program act for a member. Only the hash of its secret is stored.
type Token struct {
	ID       TokenID   `json:"id"`
	Member   MemberID  `json:"member"`
	Name     string    `json:"name"`
	Scope    Scope     `json:"scope"`
	Expires  time.Time `json:"expires"`
	LastUsed time.Time `json:"last_used,omitzero"`
	Created  time.Time `json:"created"`
}

// An Actor is who asks: a member, in their workspace, perhaps through a token. The zero value is nobody
// and may do nothing.
type Actor struct {
	Space  WorkspaceID
	Member MemberID
	Role   Role
	Scope  Scope // of the token; empty for a person at a page, who may what their role may
}

// MayRead returns an error unless a may read an engagement: Unauthenticated for nobody, NotFound for one
// of another workspace or of which a is not a member, so that it does not tell that it is there.
func (a Actor) MayRead(e Engagement) error {
	switch {
	case a.Member == "":
		return &Error{Code: Unauthenticated, Message: "sign in first"}
	case a.Space != e.Space, e.Restricted && a.Role != OwnerRole && !slices.Contains(e.Members, a.Member):
		return &Error{Code: NotFound, Message: "there is no such engagement"}
	}
	return nil
}

// MayEdit returns an error unless a may change what is in an engagement.
func (a Actor) MayEdit(e Engagement) error {
	if err := a.MayRead(e); err != nil {
		return err
	}
	return a.mayWrite()
}

// MayKeep returns an error unless a may keep something of their own in an engagement: whoever may read it, but for a
// token that may only read.
func (a Actor) MayKeep(e Engagement) error {
	if err := a.MayRead(e); err != nil {
		return err
	}
	if a.Scope != "" && a.Scope != WriteScope {
		return &Error{Code: Forbidden, Message: "this token may only read"}
	}
	return nil
}

// MayAdvise returns an error unless a may start engagements in the workspace.
func (a Actor) MayAdvise() error {
	if a.Member == "" {
		return &Error{Code: Unauthenticated, Message: "sign in first"}
	}
	return a.mayWrite()
}

// MayOwn returns an error unless a may manage the workspace: its members, tokens and settings.
func (a Actor) MayOwn() error {
	if err := a.MayAdvise(); err != nil {
		return err
	}
	if a.Role != OwnerRole {
		return &Error{Code: Forbidden, Message: "only an owner of the workspace may do this"}
	}
	return nil
}

func (a Actor) mayWrite() error {
	switch {
	case a.Role != OwnerRole && a.Role != AdviserRole:
		return &Error{Code: Forbidden, Message: "your role lets you read, not change; ask an owner"}
	case a.Scope != "" && a.Scope != WriteScope:
		return &Error{Code: Forbidden, Message: "this token may only read"}
	}
	return nil
}
