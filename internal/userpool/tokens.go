package userpool

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

const (
	refreshTokenSize = 48
	claimUse         = "token_use"
	claimOrigin      = "origin_jti"
)

// Refusals of access tokens.
var (
	errAccessInvalid = &apiError{kindNotAuthorized, "Invalid Access Token"}
	errAccessExpired = &apiError{kindNotAuthorized, "Access Token has expired"}
	errAccessScope   = &apiError{kindNotAuthorized, "Access Token does not have required scopes"}
	errAccessRevoked = &apiError{kindNotAuthorized, "Access Token has been revoked"}
)

// tokens is an AuthenticationResult.
type tokens struct {
	AccessToken  string `json:"AccessToken"`
	ExpiresIn    int    `json:"ExpiresIn"` // seconds, of the access token
	TokenType    string `json:"TokenType"`
	RefreshToken string `json:"RefreshToken,omitzero"`
	IDToken      string `json:"IdToken,omitzero"`
}

// grant is what tokens are made of.
type grant struct {
	user   user
	groups []group
	signIn signIn
	nonce  string // of the authorization request; only in the first ID token
}

// newRefreshToken returns an opaque token; only its hash is kept.
func (p *Pool) newRefreshToken() string {
	return base64.RawURLEncoding.EncodeToString(p.random(refreshTokenSize))
}

// issue signs an access token for the grant, and an ID token if its scope allows one.
func (p *Pool) issue(g grant) (*tokens, error) {
	now := p.now()
	common := jwt.MapClaims{
		"sub":       g.user.sub,
		"iss":       p.Issuer(),
		claimOrigin: g.signIn.originJTI,
		"event_id":  p.newUUID(),
		"auth_time": g.signIn.at.Unix(),
		"iat":       now.Unix(),
	}
	if names := groupNames(g.groups); len(names) > 0 {
		common["cognito:groups"] = names
	}
	access, err := p.sign(useAccess, common, p.accessOnly(g, now))
	if err != nil {
		return nil, err
	}
	issued := &tokens{AccessToken: access, TokenType: "Bearer", ExpiresIn: int(p.cfg.AccessTokenLifetime.Seconds())}
	if g.signIn.scope.hasIDToken() {
		issued.IDToken, err = p.sign(useID, common, p.idClaims(g, access, now))
	}
	return issued, err
}

// accessOnly returns what only the access token holds.
func (p *Pool) accessOnly(g grant, now time.Time) jwt.MapClaims {
	claims := jwt.MapClaims{
		"client_id": p.settings.clientID,
		"username":  g.user.sub,
		"scope":     g.signIn.scope.claim(),
		"exp":       now.Add(p.cfg.AccessTokenLifetime).Unix(),
	}
	if g.signIn.scope != apiScope {
		claims["version"] = 2
	}
	return claims
}

// idClaims returns what only the ID token holds: audience, names, attributes
// and roles. One of hosted sign-in is bound to its access token.
// Source: OpenID Connect Core 1.0, sections 3.1.3.6 and 12.2.
func (p *Pool) idClaims(g grant, access string, now time.Time) jwt.MapClaims {
	claims := jwt.MapClaims{}
	for name, value := range g.user.attributes {
		switch {
		case !g.signIn.scope.covers(name):
		case isBooleanAttribute(name):
			claims[name] = value == valueTrue
		default:
			claims[name] = value
		}
	}
	if g.signIn.scope != apiScope {
		claims["at_hash"] = base64.RawURLEncoding.EncodeToString(digest(access)[:sha256.Size/2])
	}
	if g.nonce != "" {
		claims["nonce"] = g.nonce
	}
	claims["aud"] = p.settings.clientID
	claims["cognito:username"] = g.user.sub
	claims["exp"] = now.Add(p.cfg.IDTokenLifetime).Unix()
	if roles := groupRoles(g.groups); len(roles) > 0 {
		claims["cognito:roles"] = roles
		claims["cognito:preferred_role"] = roles[0]
	}
	return claims
}

func groupNames(groups []group) []string {
	names := make([]string, len(groups))
	for i, g := range groups {
		names[i] = g.name
	}
	return names
}

func groupRoles(groups []group) (roles []string) {
	for _, g := range groups {
		if g.roleARN != "" {
			roles = append(roles, g.roleARN)
		}
	}
	return roles
}

func (p *Pool) sign(use string, common, own jwt.MapClaims) (string, error) {
	claims := maps.Clone(own)
	maps.Copy(claims, common)
	claims[claimUse] = use
	claims["jti"] = p.newUUID()
	key := p.keys.Load().signers[use]
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header = map[string]any{"kid": key.kid, "alg": jwt.SigningMethodRS256.Alg()}
	return token.SignedString(key.private)
}

// caller is the user who sent a valid access token, and the sign-in that it belongs to.
type caller struct {
	user   user
	signIn signIn
}

// accessClaims are the claims of an access token that matter here.
type accessClaims struct {
	jwt.RegisteredClaims
	Use       string `json:"token_use"`
	OriginJTI string `json:"origin_jti"`
	ClientID  string `json:"client_id"`
	Scope     string `json:"scope"`
}

// authenticate returns whom the access token belongs to, if its scope includes
// the needed one. The refusals say whether it is invalid, expired or revoked, or
// whether the user is gone or disabled.
func (p *Pool) authenticate(ctx context.Context, token, needed string) (caller, error) {
	claims, err := p.parseAccessToken(token)
	if err != nil {
		return caller{}, err
	}
	if !slices.Contains(strings.Fields(claims.Scope), needed) {
		return caller{}, errAccessScope
	}
	var c caller
	err = p.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		c, err = currentCaller(tx, claims.Subject, claims.OriginJTI)
		return err
	})
	return c, err
}

// currentCaller reads the user and the sign-in of a token whose signature is right.
func currentCaller(tx *sqlitedb.Tx, sub, originJTI string) (caller, error) {
	u, err := userBySub(tx, sub)
	if err != nil {
		return caller{}, err
	}
	if !u.enabled {
		return caller{}, errUserDisabled
	}
	s, err := signInByJTI(tx, originJTI)
	if errors.Is(err, errNoSignIn) || (err == nil && (s.revoked || s.sub != sub)) {
		return caller{}, errAccessRevoked
	}
	return caller{user: u, signIn: s}, err
}

func (p *Pool) parseAccessToken(token string) (accessClaims, error) {
	var claims accessClaims
	_, err := jwt.ParseWithClaims(token, &claims, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		if key := p.keys.Load().verifying(kid, useAccess); key != nil {
			return key, nil
		}
		return nil, errAccessInvalid
	}, jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}), jwt.WithIssuer(p.Issuer()),
		jwt.WithTimeFunc(p.now), jwt.WithExpirationRequired())
	switch {
	case errors.Is(err, jwt.ErrTokenExpired) && !errors.Is(err, jwt.ErrTokenInvalidIssuer):
		return accessClaims{}, errAccessExpired
	case err != nil, claims.Use != useAccess, claims.ClientID != p.settings.clientID:
		return accessClaims{}, errAccessInvalid
	}
	return claims, nil
}
