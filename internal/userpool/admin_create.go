package userpool

import (
	"context"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// What AdminCreateUser does with the invitation.
const (
	messageResend   = "RESEND"
	messageSuppress = "SUPPRESS"
)

type adminCreateUserRequest struct {
	userRef
	TemporaryPassword string
	UserAttributes    []attribute
	MessageAction     string
}

func (r adminCreateUserRequest) check(c *checks) {
	r.userRef.check(c)
	c.optional("temporaryPassword", r.TemporaryPassword, passwordRule)
	c.attributes(r.UserAttributes)
	c.oneOf("messageAction", r.MessageAction, messageResend, messageSuppress)
}

type adminCreateUserResponse struct {
	User wireUser `json:"User"`
}

// adminCreateUser makes a user with a temporary password, or with RESEND sends
// a new one to a user who has not used theirs.
func (p *Pool) adminCreateUser(ctx context.Context, r adminCreateUserRequest) (adminCreateUserResponse, error) {
	plain, err := p.temporaryPassword(r.TemporaryPassword)
	if err != nil {
		return adminCreateUserResponse{}, err
	}
	var u user
	if r.MessageAction == messageResend {
		u, err = p.renewInvitation(ctx, r.Username, plain)
	} else {
		u, err = p.invite(ctx, r, plain)
	}
	if err != nil {
		return adminCreateUserResponse{}, err
	}
	if r.MessageAction != messageSuppress {
		err = p.send(ctx, Message{Kind: MessageInvitation, To: u.email(), Username: u.email(), Password: plain})
	}
	return adminCreateUserResponse{u.onTheWire()}, err
}

// temporaryPassword returns the one given, if the policy allows it, or a random one.
func (p *Pool) temporaryPassword(given string) (string, error) {
	if given == "" {
		return p.cfg.PasswordPolicy.Generate(p.cfg.Rand)
	}
	return given, p.checkPassword(given, policyAtCreation)
}

// invite creates the user. Required attributes may be left for the first sign-in.
func (p *Pool) invite(ctx context.Context, r adminCreateUserRequest, plain string) (user, error) {
	u, err := p.newUser(r.Username, r.UserAttributes, byAdministrator)
	if err != nil {
		return user{}, err
	}
	u.status = statusForceChange
	u.temporaryUntil = u.created.Add(p.cfg.TemporaryPasswordLifetime)
	return u, p.createUser(ctx, &u, plain, func(*sqlitedb.Tx) error { return nil })
}

func (p *Pool) renewInvitation(ctx context.Context, name, plain string) (renewed user, err error) {
	u, err := p.userNamed(ctx, name)
	if err != nil {
		return user{}, err
	}
	fresh, err := p.newCredential(ctx, u.sub, plain)
	if err != nil {
		return user{}, err
	}
	err = p.changeUser(ctx, u.sub, func(tx *sqlitedb.Tx, u *user) error {
		if u.status != statusForceChange {
			return refuse(kindUnsupportedState, "User already has a permanent password; the invitation cannot be sent again.")
		}
		u.setTemporaryPassword(fresh, p.now().Add(p.cfg.TemporaryPasswordLifetime))
		renewed = *u
		return endSessions(tx, u.sub)
	})
	return renewed, err
}

// userNamed returns the user, or errNoUser: administrators may know.
func (p *Pool) userNamed(ctx context.Context, name string) (u user, err error) {
	err = p.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		u, err = userByName(tx, name)
		return err
	})
	return u, err
}
