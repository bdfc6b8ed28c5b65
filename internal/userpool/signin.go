package userpool

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// What requests call the flows that have a second name, and those that only administrators use.
const (
	flowRefreshAlias = "REFRESH_TOKEN"
	flowAdminNoSRP   = "ADMIN_NO_SRP_AUTH"
)

type authParameters struct {
	AuthFlow       string
	AuthParameters map[string]string
}

func (r authParameters) check(c *checks) {
	if r.AuthFlow == "" {
		c.required("authFlow", "", rule{})
	}
	c.oneOf("authFlow", r.AuthFlow, FlowUserSRP, FlowRefreshToken, flowRefreshAlias, "CUSTOM_AUTH", flowAdminNoSRP, FlowUserPassword,
		FlowAdminPassword, "USER_AUTH")
	c.parameters("authParameters", r.AuthParameters)
}

type initiateAuthRequest struct {
	clientRef
	authParameters
}

func (r initiateAuthRequest) check(c *checks) {
	r.clientRef.check(c)
	r.authParameters.check(c)
}

type adminInitiateAuthRequest struct {
	poolRef
	initiateAuthRequest
}

func (r adminInitiateAuthRequest) check(c *checks) {
	r.poolRef.check(c)
	r.initiateAuthRequest.check(c)
}

// authResponse is the answer of every operation that may end in tokens.
type authResponse struct {
	ChallengeName        string            `json:"ChallengeName,omitzero"`
	Session              string            `json:"Session,omitzero"`
	ChallengeParameters  map[string]string `json:"ChallengeParameters"`
	AuthenticationResult *tokens           `json:"AuthenticationResult,omitzero"`
}

// initiateAuth starts a flow that users may start.
func (p *Pool) initiateAuth(ctx context.Context, r initiateAuthRequest) (authResponse, error) {
	switch r.AuthFlow {
	case FlowAdminPassword, flowAdminNoSRP:
		return authResponse{}, refuse(kindInvalidParameter, "Initiate Auth method not supported.")
	case FlowUserPassword:
		if p.allows(FlowUserPassword) {
			return p.passwordSignIn(ctx, r.AuthParameters)
		}
	case FlowUserSRP:
		if p.allows(FlowUserSRP) {
			return p.srpChallenge(ctx, r.AuthParameters)
		}
	case FlowRefreshToken, flowRefreshAlias:
		if p.allows(FlowRefreshToken) {
			return p.refreshSignIn(ctx, r.AuthParameters)
		}
	}
	return authResponse{}, refuse(kindInvalidParameter, "%s flow not enabled for this client", r.AuthFlow)
}

// adminInitiateAuth starts a flow on behalf of a user.
func (p *Pool) adminInitiateAuth(ctx context.Context, r adminInitiateAuthRequest) (authResponse, error) {
	switch r.AuthFlow {
	case FlowAdminPassword, flowAdminNoSRP:
		if p.allows(FlowAdminPassword) {
			return p.passwordSignIn(ctx, r.AuthParameters)
		}
	case FlowUserSRP, FlowRefreshToken, flowRefreshAlias:
		return p.initiateAuth(ctx, r.initiateAuthRequest)
	}
	return authResponse{}, refuse(kindInvalidParameter, "Auth flow not enabled for this client")
}

func (p *Pool) allows(flow string) bool { return slices.Contains(p.cfg.AuthFlows, flow) }

// parameters returns the values of the names, all of which must be there.
func parameters(given map[string]string, names ...string) ([]string, error) {
	values := make([]string, len(names))
	for i, name := range names {
		if values[i] = given[name]; values[i] == "" {
			return nil, missingParameter(name)
		}
	}
	return values, nil
}

func (p *Pool) passwordSignIn(ctx context.Context, given map[string]string) (authResponse, error) {
	values, err := parameters(given, "USERNAME", "PASSWORD")
	if err != nil {
		return authResponse{}, err
	}
	s, err := p.subject(ctx, values[0], errNoUser)
	if err != nil {
		return authResponse{}, err
	}
	return p.signIn(ctx, s, p.passwordProof(ctx, s, values[1]))
}

// proof is how a client shows that it knows the password.
type proof struct {
	holds   func() (bool, error)
	once    string    // when set, a value that must not be presented twice
	expires time.Time // until when once must be remembered
}

// passwordProof is the password itself.
func (p *Pool) passwordProof(ctx context.Context, s subject, plain string) proof {
	return proof{holds: func() (bool, error) { return p.hasher.Verify(ctx, plain, s.credential.hash) }}
}

// entry is what comes of a sign-in, written in the transaction that lets the user in.
type entry func(tx *sqlitedb.Tx, u user) error

// signIn lets a user of the API in: it ends in tokens, a challenge or a refusal.
func (p *Pool) signIn(ctx context.Context, s subject, presented proof) (authResponse, error) {
	refreshToken := p.newRefreshToken()
	var g grant
	session, err := p.letIn(ctx, s, presented, func(tx *sqlitedb.Tx, u user) (err error) {
		g, err = p.newSignIn(tx, u, refreshToken, p.now(), apiScope)
		return err
	})
	switch {
	case err != nil:
		return authResponse{}, err
	case session != "":
		return p.newPasswordChallenge(s.user, session)
	}
	return p.granted(g, refreshToken)
}

// letIn applies the rules that every kind of sign-in shares: the lockout, the
// user's state, the proof. Who has to replace a temporary password gets the
// session to do that in instead of the entry.
func (p *Pool) letIn(ctx context.Context, s subject, presented proof, enter entry) (session string, err error) {
	defer func() { p.cfg.ObserveSignIn(outcomeOf(err)) }()
	err = p.db.Read(ctx, func(tx *sqlitedb.Tx) error { return p.checkLockout(tx, s.key) })
	if err != nil {
		return "", err
	}
	switch s.status {
	case statusUnconfirmed:
		return "", errNotConfirmed
	case statusReset:
		return "", errMustReset
	}
	holds, err := presented.holds()
	if err != nil {
		return "", err
	}
	if !holds || !s.known {
		return "", p.recordFailure(ctx, s.key)
	}
	if !s.enabled {
		return "", p.disabled()
	}
	return p.admit(ctx, s, presented, enter)
}

// disabled is the refusal of a disabled user whose password was right.
func (p *Pool) disabled() error {
	if p.cfg.RevealUserExistence {
		return errUserDisabled
	}
	return errWrongPassword
}

// admit lets in a user whose proof holds, unless what it was checked against
// has changed meanwhile or too many wrong guesses came in beside it.
func (p *Pool) admit(ctx context.Context, s subject, presented proof, enter entry) (session string, err error) {
	fresh := p.newRefreshToken()
	err = p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		if err := p.checkLockout(tx, s.key); err != nil {
			return err
		}
		u, err := userBySub(tx, s.sub)
		if errors.Is(err, errNoUser) || (err == nil && (u.credential.hash != s.credential.hash || u.status != s.status || !u.enabled)) {
			return errWrongPassword
		}
		if err != nil {
			return err
		}
		if presented.once != "" {
			if err := useOnce(tx, presented.once, u.sub, presented.expires); err != nil {
				return err
			}
		}
		if err := clearFailures(tx, s.key); err != nil {
			return err
		}
		if u.status == statusForceChange {
			session = fresh
			return p.demandNewPassword(tx, u, session)
		}
		return enter(tx, u)
	})
	if err != nil {
		return "", err
	}
	return session, nil
}

// newSignIn records a sign-in of that time and scope, and returns what its tokens are made of.
func (p *Pool) newSignIn(tx *sqlitedb.Tx, u user, refreshToken string, at time.Time, granted scope) (grant, error) {
	s := signIn{
		originJTI: p.newUUID(), sub: u.sub, refreshHash: digest(refreshToken), scope: granted,
		at: at, expires: p.now().Add(p.cfg.RefreshTokenLifetime),
	}
	if err := insertSignIn(tx, s, p.cfg.MaxSignIns); err != nil {
		return grant{}, err
	}
	groups, err := groupsOf(tx, u.sub)
	return grant{user: u, groups: groups, signIn: s}, err
}

// granted answers with the tokens of a sign-in.
func (p *Pool) granted(g grant, refreshToken string) (authResponse, error) {
	issued, err := p.issue(g)
	if err != nil {
		return authResponse{}, err
	}
	issued.RefreshToken = refreshToken
	return authResponse{AuthenticationResult: issued}, nil
}
