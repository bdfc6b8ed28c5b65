package userpool

import (
	"context"
	"errors"
	"strings"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// Refusals of refresh tokens.
var (
	errRefreshInvalid = &apiError{kindNotAuthorized, "Invalid Refresh Token"}
	errRefreshExpired = &apiError{kindNotAuthorized, "Refresh Token has expired"}
	errRefreshRevoked = &apiError{kindNotAuthorized, "Refresh Token has been revoked"}
)

func (p *Pool) refreshSignIn(ctx context.Context, given map[string]string) (authResponse, error) {
	values, err := parameters(given, "REFRESH_TOKEN")
	if err != nil {
		return authResponse{}, err
	}
	return p.refresh(ctx, values[0])
}

// refresh issues new tokens under an earlier sign-in. There is no new refresh token.
func (p *Pool) refresh(ctx context.Context, token string) (authResponse, error) {
	var g grant
	err := p.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		g, err = p.refreshable(tx, token)
		return err
	})
	if err != nil {
		return authResponse{}, err
	}
	return p.granted(g, "")
}

// refreshable returns the grant of a live refresh token.
func (p *Pool) refreshable(tx *sqlitedb.Tx, token string) (grant, error) {
	s, err := signInByRefreshToken(tx, token)
	if errors.Is(err, errNoSignIn) {
		return grant{}, errRefreshInvalid
	}
	if err != nil {
		return grant{}, err
	}
	u, err := userBySub(tx, s.sub)
	if err != nil {
		return grant{}, err
	}
	switch {
	case !u.enabled:
		return grant{}, errUserDisabled
	case s.revoked:
		return grant{}, errRefreshRevoked
	case p.now().After(s.expires):
		return grant{}, errRefreshExpired
	}
	groups, err := groupsOf(tx, u.sub)
	return grant{user: u, groups: groups, signIn: s}, err
}

type refreshRequest struct {
	clientRef
	RefreshToken string
}

func (r refreshRequest) check(c *checks) {
	r.clientRef.check(c)
	c.required("refreshToken", r.RefreshToken, tokenRule)
}

type refreshResponse struct {
	AuthenticationResult *tokens `json:"AuthenticationResult"`
}

func (p *Pool) getTokensFromRefreshToken(ctx context.Context, r refreshRequest) (refreshResponse, error) {
	answer, err := p.refresh(ctx, r.RefreshToken)
	return refreshResponse{answer.AuthenticationResult}, err
}

type revokeTokenRequest struct {
	clientRef
	Token string
}

func (r revokeTokenRequest) check(c *checks) {
	r.clientRef.check(c)
	c.required("token", r.Token, tokenRule)
}

// revokeToken ends the sign-in of a refresh token. A token that is unknown or
// already revoked is a success, so that the answer tells nothing (RFC 7009, section 2.2).
func (p *Pool) revokeToken(ctx context.Context, r revokeTokenRequest) (empty, error) {
	if strings.Count(r.Token, ".") == 2 { // a signed JWT: an ID or access token
		return empty{}, refuse(kindUnsupportedToken, "Only refresh tokens can be revoked.")
	}
	return empty{}, p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		s, err := signInByRefreshToken(tx, r.Token)
		if errors.Is(err, errNoSignIn) {
			return nil
		}
		if err != nil {
			return err
		}
		return revokeSignIn(tx, s.originJTI)
	})
}
