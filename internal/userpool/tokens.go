package userpool

import (
	"context"
	"encoding/base64"
	"errors"
	"maps"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

const (
	refreshTokenSize = 48
	userScope        = "aws.cognito.signin.user.admin"
	claimUse         = "token_use"
	claimOrigin      = "origin_jti"
)

// Refusals of access tokens.
var (
	errAccessInvalid = &apiError{kindNotAuthorized, "Invalid Access Token"}
	errAccessExpired = &apiError{kindNotAuthorized, "Access Token has expired"}
	errAccessRevoked = &apiError{kindNotAuthorized, "Access Token has been revoked"}
)

// tokens is an AuthenticationResult.
type tokens struct {
	AccessToken  string `json:"AccessToken"`
	ExpiresIn    int    `json:"ExpiresIn"` // seconds, of the access token
	TokenType    string `json:"TokenType"`
	RefreshToken string `json:"RefreshToken,omitzero"`
	IDToken      string `json:"IdToken"`
}

// grant is what tokens are made of.
type grant struct {
	user   user
	groups []group
	signIn signIn
}

// newRefreshToken returns an opaque token; only its hash is kept.
func (p *Pool) newRefreshToken() string {
	return base64.RawURLEncoding.EncodeToString(p.random(refreshTokenSize))
}

// issue signs an ID token and an access token for the grant.
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
	id, err := p.sign(useID, common, p.idClaims(g, now))
	if err != nil {
		return nil, err
	}
	access, err := p.sign(useAccess, common, jwt.MapClaims{
		"client_id": p.settings.clientID,
		"username":  g.user.sub,
		"scope":     userScope,
		"exp":       now.Add(p.cfg.AccessTokenLifetime).Unix(),
	})
	if err != nil {
		return nil, err
	}
	return &tokens{AccessToken: access, IDToken: id, TokenType: "Bearer", ExpiresIn: int(p.cfg.AccessTokenLifetime.Seconds())}, nil
}

// idClaims returns what only the ID token holds: audience, names, attributes and roles.
func (p *Pool) idClaims(g grant, now time.Time) jwt.MapClaims {
	claims := jwt.MapClaims{}
	for name, value := range g.user.attributes {
		if isBooleanAttribute(name) {
			claims[name] = value == valueTrue
		} else {
			claims[name] = value
		}
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
}

// authenticate returns whom the access token belongs to. The refusals say
// whether it is invalid, expired or revoked, or whether the user is gone or disabled.
func (p *Pool) authenticate(ctx context.Context, token string) (caller, error) {
	claims, err := p.parseAccessToken(token)
	if err != nil {
		return caller{}, err
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
