package userpool

import (
	"context"
	"errors"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// Refusals of a password reset.
var (
	errNoRecovery = &apiError{kindInvalidParameter,
		"Cannot reset password for the user as there is no registered/verified email or phone_number"}
	errNotResetable = &apiError{kindNotAuthorized, "User password cannot be reset in the current state."}
)

type forgotPasswordRequest = resendRequest

// forgotPassword sends a code that allows a new password. Who may not learn
// whether a user exists is told of a message that nobody gets.
func (p *Pool) forgotPassword(ctx context.Context, r forgotPasswordRequest) (deliveryResponse, error) {
	s, err := p.subject(ctx, r.Username, errNoClientUser)
	if err != nil {
		return deliveryResponse{}, err
	}
	refusal := recoverable(s.user)
	code, err := p.countAndKeepCode(ctx, s, actionForgot, s.known && refusal == nil, purposeReset, resetCodeLifetime)
	switch {
	case err != nil:
		return deliveryResponse{}, err
	case !s.known:
		return deliveryResponse{deliveryTo(r.Username)}, nil
	case refusal == nil:
		return p.deliver(ctx, Message{Kind: MessageReset, To: s.email(), Code: code})
	case errors.Is(refusal, errNotResetable) || p.cfg.RevealUserExistence:
		return deliveryResponse{}, refusal
	}
	return deliveryResponse{deliveryTo(r.Username)}, nil
}

// recoverable returns why the user cannot get a code for a new password.
func recoverable(u user) error {
	switch {
	case u.status == statusForceChange:
		return errNotResetable
	case !u.enabled:
		return errUserDisabled
	case u.attributes[attrEmailVerified] != valueTrue:
		return errNoRecovery
	}
	return nil
}

type confirmForgotRequest struct {
	clientRef
	Username         string
	ConfirmationCode string
	Password         string
}

func (r confirmForgotRequest) check(c *checks) {
	r.clientRef.check(c)
	c.required("username", r.Username, usernameRule)
	c.required("confirmationCode", r.ConfirmationCode, codeRule)
	c.required("password", r.Password, passwordRule)
}

// confirmForgotPassword spends the code and sets the password.
func (p *Pool) confirmForgotPassword(ctx context.Context, r confirmForgotRequest) (empty, error) {
	if err := p.checkPassword(r.Password, policyAtChange); err != nil {
		return empty{}, err
	}
	s, err := p.subject(ctx, r.Username, errNoClientUser)
	if err != nil {
		return empty{}, err
	}
	if err := p.countTry(ctx, s.key, actionConfirmForgot); err != nil {
		return empty{}, err
	}
	if !s.known || (!s.enabled && !p.cfg.RevealUserExistence) {
		return empty{}, p.noCode(ctx, s, actionForgot)
	}
	// The code is looked at before the costly hash, and spent after it.
	err = p.db.Read(ctx, func(tx *sqlitedb.Tx) error { return p.checkCode(tx, s.user, purposeReset, r.ConfirmationCode) })
	if err != nil {
		return empty{}, err
	}
	fresh, err := p.newCredential(ctx, s.sub, r.Password)
	if err != nil {
		return empty{}, err
	}
	return empty{}, p.changeUser(ctx, s.sub, func(tx *sqlitedb.Tx, u *user) error {
		if err := p.takeCode(tx, *u, purposeReset, r.ConfirmationCode); err != nil {
			return err
		}
		u.setPassword(fresh)
		u.attributes[attrEmailVerified] = valueTrue
		return clearFailures(tx, u.sub)
	})
}
