package userpool

import (
	"context"
	"slices"
	"time"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

var errNotEmail = &apiError{kindInvalidParameter, "Username should be an email."}

type signUpRequest struct {
	clientRef
	Username       string
	Password       string
	UserAttributes []attribute
}

func (r signUpRequest) check(c *checks) {
	r.clientRef.check(c)
	c.required("username", r.Username, usernameRule)
	c.required("password", r.Password, passwordRule)
	c.attributes(r.UserAttributes)
}

type signUpResponse struct {
	UserConfirmed       bool      `json:"UserConfirmed"`
	UserSub             string    `json:"UserSub"`
	CodeDeliveryDetails *delivery `json:"CodeDeliveryDetails,omitzero"`
}

// signUp registers a user, who must confirm the address before signing in.
func (p *Pool) signUp(ctx context.Context, r signUpRequest) (signUpResponse, error) {
	if p.cfg.NoSelfSignUp {
		return signUpResponse{}, errNoSignUp
	}
	u, err := p.newUser(r.Username, r.UserAttributes, byUser)
	if err != nil {
		return signUpResponse{}, err
	}
	if err := p.missingAttribute(u.attributes); err != nil {
		return signUpResponse{}, err
	}
	if err := p.checkPassword(r.Password, policyAtCreation); err != nil {
		return signUpResponse{}, err
	}
	u.status = statusUnconfirmed
	code, err := p.newCode()
	if err != nil {
		return signUpResponse{}, err
	}
	err = p.createUser(ctx, &u, r.Password, func(tx *sqlitedb.Tx) error {
		return p.keepCode(tx, u, purposeSignUp, code, signUpCodeLifetime)
	})
	if err != nil {
		return signUpResponse{}, err
	}
	if err := p.send(ctx, Message{Kind: MessageSignUp, To: u.email(), Code: code}); err != nil {
		return signUpResponse{}, err
	}
	return signUpResponse{UserSub: u.sub, CodeDeliveryDetails: deliveryTo(u.email())}, nil
}

// newUser makes an enabled user of a name, which must be an e-mail address, and attributes.
func (p *Pool) newUser(name string, list []attribute, who writer) (user, error) {
	if !isEmail(name) {
		return user{}, errNotEmail
	}
	if err := checkAttributes(list, who); err != nil {
		return user{}, err
	}
	for _, a := range list {
		if a.Name == attrEmail && emailKey(a.Value) != emailKey(name) {
			return user{}, refuse(kindInvalidParameter, "Attributes did not conform to the schema: email: must be the same as the username")
		}
	}
	now := p.now()
	u := user{sub: p.newUUID(), enabled: true, created: now, modified: now}
	u.apply(append(slices.Clone(list), attribute{attrEmail, name}))
	return u, nil
}

// createUser gives the user a password and inserts them, together with what
// also does in the same transaction.
func (p *Pool) createUser(ctx context.Context, u *user, plain string, also func(*sqlitedb.Tx) error) error {
	free := func(tx *sqlitedb.Tx) error { return emailFree(tx, u.email(), "", errEmailTaken) }
	if err := p.db.Read(ctx, free); err != nil { // before the costly hash
		return err
	}
	var err error
	if u.credential, err = p.newCredential(ctx, u.sub, plain); err != nil {
		return err
	}
	return p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		if err := free(tx); err != nil {
			return err
		}
		if err := insertUser(tx, *u); err != nil {
			return err
		}
		return also(tx)
	})
}

type confirmSignUpRequest struct {
	clientRef
	Username         string
	ConfirmationCode string
}

func (r confirmSignUpRequest) check(c *checks) {
	r.clientRef.check(c)
	c.required("username", r.Username, usernameRule)
	c.required("confirmationCode", r.ConfirmationCode, codeRule)
}

// confirmSignUp spends the code of a sign-up.
func (p *Pool) confirmSignUp(ctx context.Context, r confirmSignUpRequest) (empty, error) {
	s, err := p.subject(ctx, r.Username, errNoClientUser)
	if err != nil {
		return empty{}, err
	}
	if err := p.countTry(ctx, s.key, actionConfirmSignUp); err != nil {
		return empty{}, err
	}
	if !s.known {
		return empty{}, p.noCode(ctx, s, actionResend)
	}
	return empty{}, p.changeUser(ctx, s.sub, func(tx *sqlitedb.Tx, u *user) error {
		if err := mustBeUnconfirmed(*u); err != nil {
			return err
		}
		if err := p.takeCode(tx, *u, purposeSignUp, r.ConfirmationCode); err != nil {
			return err
		}
		u.status = statusConfirmed
		u.attributes[attrEmailVerified] = valueTrue
		return nil
	})
}

func mustBeUnconfirmed(u user) error {
	if u.status != statusUnconfirmed {
		return refuse(kindNotAuthorized, "User cannot be confirmed. Current status is %s", u.status)
	}
	return nil
}

// noCode is the refusal of any code for nobody: the one that a user would get
// who had, or had not, asked for a code.
func (p *Pool) noCode(ctx context.Context, s subject, asking string) error {
	asked, err := p.triedLately(ctx, s.key, asking)
	switch {
	case err != nil:
		return err
	case asked:
		return errCodeMismatch
	}
	return errCodeExpired
}

// changeUser reads the user, lets change edit them, and writes them back, in one transaction.
func (p *Pool) changeUser(ctx context.Context, sub string, change func(*sqlitedb.Tx, *user) error) error {
	return p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		u, err := userBySub(tx, sub)
		if err != nil {
			return err
		}
		if err := change(tx, &u); err != nil {
			return err
		}
		u.modified = p.now()
		return updateUser(tx, u)
	})
}

type resendRequest struct {
	clientRef
	Username string
}

func (r resendRequest) check(c *checks) {
	r.clientRef.check(c)
	c.required("username", r.Username, usernameRule)
}

type deliveryResponse struct {
	CodeDeliveryDetails *delivery `json:"CodeDeliveryDetails"`
}

// resendConfirmationCode replaces the code of a sign-up by a new one.
func (p *Pool) resendConfirmationCode(ctx context.Context, r resendRequest) (deliveryResponse, error) {
	s, err := p.subject(ctx, r.Username, errNoClientUser)
	if err != nil {
		return deliveryResponse{}, err
	}
	code, err := p.countAndKeepCode(ctx, s, actionResend, s.known && s.status == statusUnconfirmed, purposeSignUp, signUpCodeLifetime)
	if err != nil {
		return deliveryResponse{}, err
	}
	if !s.known {
		return deliveryResponse{deliveryTo(r.Username)}, nil
	}
	if s.status != statusUnconfirmed {
		return deliveryResponse{}, errIsConfirmed
	}
	return p.deliver(ctx, Message{Kind: MessageSignUp, To: s.email(), Code: code})
}

// countAndKeepCode counts a try of the action and, when the subject gets a code
// for it, keeps a new one. That is one write for everybody: the second one's
// time would tell who is a user.
func (p *Pool) countAndKeepCode(ctx context.Context, s subject, action string, gets bool, purpose string, lifetime time.Duration,
) (code string, err error) {
	if code, err = p.newCode(); err != nil {
		return "", err
	}
	return code, p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		if err := p.countTryIn(tx, s.key, action); err != nil || !gets {
			return err
		}
		return p.keepCode(tx, s.user, purpose, code, lifetime)
	})
}

// sendCode makes, keeps and sends a code to the user's address.
func (p *Pool) sendCode(ctx context.Context, u user, kind MessageKind, purpose string, lifetime time.Duration) (deliveryResponse, error) {
	code, err := p.newCode()
	if err != nil {
		return deliveryResponse{}, err
	}
	err = p.db.Write(ctx, func(tx *sqlitedb.Tx) error { return p.keepCode(tx, u, purpose, code, lifetime) })
	if err != nil {
		return deliveryResponse{}, err
	}
	return p.deliver(ctx, Message{Kind: kind, To: u.email(), Code: code})
}

// deliver sends a code and says where it went.
func (p *Pool) deliver(ctx context.Context, m Message) (deliveryResponse, error) {
	if err := p.send(ctx, m); err != nil {
		return deliveryResponse{}, err
	}
	return deliveryResponse{deliveryTo(m.To)}, nil
}
