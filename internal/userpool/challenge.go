package userpool

import (
	"context"
	"errors"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// The challenges that this pool sets.
const (
	challengeVerifier    = "PASSWORD_VERIFIER"
	challengeNewPassword = "NEW_PASSWORD_REQUIRED"
	attributePrefix      = "userAttributes."
)

type challengeAnswer struct {
	clientRef
	ChallengeName      string
	Session            string
	ChallengeResponses map[string]string
}

func (r challengeAnswer) check(c *checks) {
	r.clientRef.check(c)
	if r.ChallengeName == "" {
		c.required("challengeName", "", rule{})
	}
	c.oneOf("challengeName", r.ChallengeName, "SMS_MFA", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA", "SELECT_MFA_TYPE", "MFA_SETUP",
		challengeVerifier, "CUSTOM_CHALLENGE", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER", "ADMIN_NO_SRP_AUTH", challengeNewPassword)
	c.optional("session", r.Session, sessionRule)
	c.parameters("challengeResponses", r.ChallengeResponses)
}

type adminChallengeAnswer struct {
	poolRef
	challengeAnswer
}

func (r adminChallengeAnswer) check(c *checks) {
	r.poolRef.check(c)
	r.challengeAnswer.check(c)
}

// respondToAuthChallenge takes the answer to a challenge.
func (p *Pool) respondToAuthChallenge(ctx context.Context, r challengeAnswer) (authResponse, error) {
	switch r.ChallengeName {
	case challengeVerifier:
		return p.srpSignIn(ctx, r.ChallengeResponses)
	case challengeNewPassword:
		return p.newPasswordSignIn(ctx, r)
	}
	return authResponse{}, errWrongState
}

func (p *Pool) adminRespondToAuthChallenge(ctx context.Context, r adminChallengeAnswer) (authResponse, error) {
	return p.respondToAuthChallenge(ctx, r.challengeAnswer)
}

// demandNewPassword opens the session in which the user replaces a temporary password, if that is still good.
func (p *Pool) demandNewPassword(tx *sqlitedb.Tx, u user, session string) error {
	if p.now().After(u.temporaryUntil) {
		return errTemporaryOld
	}
	return openSession(tx, session, u.sub, p.now().Add(p.cfg.SessionLifetime))
}

// newPasswordChallenge tells the client what is there and what is missing, each as JSON in a string.
func (p *Pool) newPasswordChallenge(u user, session string) (authResponse, error) {
	missing := []string{}
	for _, name := range p.missingAttributes(u) {
		missing = append(missing, attributePrefix+name)
	}
	present, err := json.Marshal(u.attributes, json.Deterministic(true))
	if err != nil {
		return authResponse{}, err
	}
	required, err := json.Marshal(missing)
	if err != nil {
		return authResponse{}, err
	}
	return authResponse{
		ChallengeName: challengeNewPassword,
		Session:       session,
		ChallengeParameters: map[string]string{
			"USER_ID_FOR_SRP":    u.sub,
			"userAttributes":     string(present),
			"requiredAttributes": string(required),
		},
	}, nil
}

// missingAttributes returns the names of the required attributes that the user does not have.
func (p *Pool) missingAttributes(u user) (names []string) {
	for _, name := range p.cfg.RequiredAttributes {
		if u.attributes[name] == "" {
			names = append(names, name)
		}
	}
	return names
}

// newPasswordSignIn replaces a temporary password and signs the user in.
func (p *Pool) newPasswordSignIn(ctx context.Context, r challengeAnswer) (authResponse, error) {
	values, err := parameters(r.ChallengeResponses, "USERNAME", "NEW_PASSWORD")
	if err != nil {
		return authResponse{}, err
	}
	if r.Session == "" {
		return authResponse{}, missingParameter("Session")
	}
	refreshToken := p.newRefreshToken()
	var g grant
	answer := newPassword{session: r.Session, username: values[0], password: values[1], added: addedAttributes(r.ChallengeResponses)}
	err = p.replaceTemporary(ctx, answer, func(tx *sqlitedb.Tx, u user) (err error) {
		g, err = p.newSignIn(tx, u, refreshToken, p.now(), apiScope)
		return err
	})
	if err != nil {
		return authResponse{}, err
	}
	return p.granted(g, refreshToken)
}

// newPassword is the answer to the challenge of a temporary password.
type newPassword struct {
	session, username, password string
	added                       []attribute // required ones that the user lacks
}

// replaceTemporary spends the session, gives the user the password and lets them in.
func (p *Pool) replaceTemporary(ctx context.Context, answer newPassword, enter entry) error {
	u, err := p.sessionUser(ctx, answer.session, answer.username)
	if err != nil {
		return err
	}
	if err := p.checkPassword(answer.password, policyAtChange); err != nil {
		return err
	}
	if err := p.mayAdd(u, answer.added); err != nil {
		return err
	}
	fresh, err := p.newCredential(ctx, u.sub, answer.password)
	if err != nil {
		return err
	}
	return p.changeUser(ctx, u.sub, func(tx *sqlitedb.Tx, now *user) error {
		if err := p.checkOpenSession(tx, answer.session, *now); err != nil {
			return err
		}
		now.apply(answer.added)
		now.setPassword(fresh)
		if err := useSession(tx, answer.session); err != nil {
			return err
		}
		return enter(tx, *now)
	})
}

// sessionUser returns the user of that name who may answer in the session.
func (p *Pool) sessionUser(ctx context.Context, session, name string) (u user, err error) {
	err = p.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		u, err = userByName(tx, name)
		if errors.Is(err, errNoUser) {
			return errSessionInvalid
		}
		if err != nil {
			return err
		}
		return p.checkOpenSession(tx, session, u)
	})
	return u, err
}

func (p *Pool) checkOpenSession(tx *sqlitedb.Tx, session string, u user) error {
	if err := checkSession(tx, session, u.sub, p.now()); err != nil {
		return err
	}
	switch {
	case !u.enabled:
		return errUserDisabled
	case u.status != statusForceChange:
		return errWrongState
	}
	return nil
}

func addedAttributes(responses map[string]string) (added []attribute) {
	for key, value := range responses {
		if name, ok := strings.CutPrefix(key, attributePrefix); ok {
			added = append(added, attribute{Name: name, Value: value})
		}
	}
	return added
}

// mayAdd refuses attributes that the user already has, and the lack of required ones.
func (p *Pool) mayAdd(u user, added []attribute) error {
	for _, a := range added {
		if u.attributes[a.Name] != "" {
			return refuse(kindNotAuthorized, "Cannot modify an already provided %s", a.Name)
		}
	}
	if err := checkAttributes(added, byUser); err != nil {
		return err
	}
	next := u
	next.apply(added)
	return p.missingAttribute(next.attributes)
}
