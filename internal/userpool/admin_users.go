package userpool

import (
	"context"
	"errors"
	"time"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// wireUser is a user in lists and in AdminCreateUser: UserType.
type wireUser struct {
	Username             string      `json:"Username"`
	Attributes           []attribute `json:"Attributes"`
	UserCreateDate       float64     `json:"UserCreateDate"`
	UserLastModifiedDate float64     `json:"UserLastModifiedDate"`
	Enabled              bool        `json:"Enabled"`
	UserStatus           string      `json:"UserStatus"`
}

func (u user) onTheWire() wireUser {
	return wireUser{
		Username: u.sub, Attributes: u.listed(), UserCreateDate: epoch(u.created), UserLastModifiedDate: epoch(u.modified),
		Enabled: u.enabled, UserStatus: u.status,
	}
}

// epoch is how times travel: seconds since 1970 with a fraction.
func epoch(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

type adminGetUserResponse struct {
	Username             string      `json:"Username"`
	UserAttributes       []attribute `json:"UserAttributes"`
	UserCreateDate       float64     `json:"UserCreateDate"`
	UserLastModifiedDate float64     `json:"UserLastModifiedDate"`
	Enabled              bool        `json:"Enabled"`
	UserStatus           string      `json:"UserStatus"`
}

func (p *Pool) adminGetUser(ctx context.Context, r userRef) (adminGetUserResponse, error) {
	u, err := p.userNamed(ctx, r.Username)
	if err != nil {
		return adminGetUserResponse{}, err
	}
	return adminGetUserResponse{
		Username: u.sub, UserAttributes: u.listed(), UserCreateDate: epoch(u.created), UserLastModifiedDate: epoch(u.modified),
		Enabled: u.enabled, UserStatus: u.status,
	}, nil
}

// changeNamed is changeUser for whom an administrator names.
func (p *Pool) changeNamed(ctx context.Context, name string, change func(*sqlitedb.Tx, *user) error) error {
	u, err := p.userNamed(ctx, name)
	if err != nil {
		return err
	}
	return p.changeUser(ctx, u.sub, change)
}

func (p *Pool) adminConfirmSignUp(ctx context.Context, r userRef) (empty, error) {
	return empty{}, p.changeNamed(ctx, r.Username, func(_ *sqlitedb.Tx, u *user) error {
		if err := mustBeUnconfirmed(*u); err != nil {
			return err
		}
		u.status = statusConfirmed
		return nil
	})
}

type adminSetPasswordRequest struct {
	userRef
	Password  string
	Permanent bool
}

func (r adminSetPasswordRequest) check(c *checks) {
	r.userRef.check(c)
	c.required("password", r.Password, passwordRule)
}

func (p *Pool) adminSetUserPassword(ctx context.Context, r adminSetPasswordRequest) (empty, error) {
	u, err := p.userNamed(ctx, r.Username)
	if err != nil {
		return empty{}, err
	}
	if err := p.checkPassword(r.Password, policyAtChange); err != nil {
		return empty{}, err
	}
	fresh, err := p.newCredential(ctx, u.sub, r.Password)
	if err != nil {
		return empty{}, err
	}
	return empty{}, p.changeUser(ctx, u.sub, func(tx *sqlitedb.Tx, u *user) error {
		if r.Permanent {
			u.setPassword(fresh)
			return clearFailures(tx, u.sub)
		}
		u.setTemporaryPassword(fresh, p.now().Add(p.cfg.TemporaryPasswordLifetime))
		// Who has begun to replace an earlier temporary password shall not go on.
		return errors.Join(endSessions(tx, u.sub), clearFailures(tx, u.sub))
	})
}

type adminUpdateAttributesRequest struct {
	userRef
	UserAttributes []attribute
}

func (r adminUpdateAttributesRequest) check(c *checks) {
	r.userRef.check(c)
	c.attributes(r.UserAttributes)
}

// adminUpdateUserAttributes sets attributes at once; only administrators can
// declare an address verified.
func (p *Pool) adminUpdateUserAttributes(ctx context.Context, r adminUpdateAttributesRequest) (empty, error) {
	u, err := p.userNamed(ctx, r.Username)
	if err != nil {
		return empty{}, err
	}
	if err := checkAttributes(r.UserAttributes, byAdministrator); err != nil {
		return empty{}, err
	}
	_, err = p.setAttributes(ctx, u.sub, r.UserAttributes)
	return empty{}, err
}

type adminDeleteAttributesRequest struct {
	userRef
	UserAttributeNames []string
}

func (r adminDeleteAttributesRequest) check(c *checks) {
	r.userRef.check(c)
	c.names("userAttributeNames", r.UserAttributeNames)
}

func (p *Pool) adminDeleteUserAttributes(ctx context.Context, r adminDeleteAttributesRequest) (empty, error) {
	u, err := p.userNamed(ctx, r.Username)
	if err != nil {
		return empty{}, err
	}
	return empty{}, p.removeAttributes(ctx, u.sub, r.UserAttributeNames, byAdministrator)
}

// adminResetUserPassword makes the password useless and sends a code for a new one.
func (p *Pool) adminResetUserPassword(ctx context.Context, r userRef) (empty, error) {
	var target user
	err := p.changeNamed(ctx, r.Username, func(_ *sqlitedb.Tx, u *user) error {
		if err := recoverable(*u); err != nil {
			return err
		}
		u.status = statusReset
		target = *u
		return nil
	})
	if err != nil {
		return empty{}, err
	}
	_, err = p.sendCode(ctx, target, MessageReset, purposeReset, resetCodeLifetime)
	return empty{}, err
}

func (p *Pool) adminDeleteUser(ctx context.Context, r userRef) (empty, error) {
	u, err := p.userNamed(ctx, r.Username)
	if err != nil {
		return empty{}, err
	}
	return empty{}, p.db.Write(ctx, func(tx *sqlitedb.Tx) error { return deleteUser(tx, u.sub) })
}

// adminDisableUser keeps the user from signing in and ends every sign-in.
func (p *Pool) adminDisableUser(ctx context.Context, r userRef) (empty, error) {
	return empty{}, p.changeNamed(ctx, r.Username, func(tx *sqlitedb.Tx, u *user) error {
		u.enabled = false
		return revokeSignIns(tx, u.sub)
	})
}

func (p *Pool) adminEnableUser(ctx context.Context, r userRef) (empty, error) {
	return empty{}, p.changeNamed(ctx, r.Username, func(_ *sqlitedb.Tx, u *user) error {
		u.enabled = true
		return nil
	})
}

func (p *Pool) adminUserGlobalSignOut(ctx context.Context, r userRef) (empty, error) {
	u, err := p.userNamed(ctx, r.Username)
	if err != nil {
		return empty{}, err
	}
	return empty{}, p.signOutEverywhere(ctx, u.sub)
}
