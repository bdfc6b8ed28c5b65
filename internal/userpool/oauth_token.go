package userpool

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// oauthTokens is the answer of the token endpoint.
// Source: RFC 6749, section 5.1; OpenID Connect Core 1.0, section 3.1.3.3.
type oauthTokens struct {
	IDToken      string `json:"id_token,omitzero"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitzero"`
	ExpiresIn    int    `json:"expires_in"` // seconds, of the access token
	TokenType    string `json:"token_type"`
}

// oauthToken is the token endpoint.
// Source: https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
func (p *Pool) oauthToken(r *http.Request, form url.Values) (any, error) {
	if err := p.checkClient(r, form, http.StatusBadRequest); err != nil {
		return nil, err
	}
	switch form.Get("grant_type") {
	case "authorization_code":
		return p.exchangeCode(r.Context(), form)
	case "refresh_token":
		return p.exchangeRefreshToken(r.Context(), form.Get("refresh_token"))
	case "client_credentials": // only for clients with a secret
		return nil, badRequest(oauthUnauthorizedClient, "")
	case "":
		return nil, badRequest(oauthInvalidRequest, "grant_type is missing.")
	}
	return nil, badRequest(oauthUnsupportedGrant, "")
}

// exchangeCode gives tokens for a code, once. A code that comes a second time
// has been seen by somebody else, so what it was exchanged for ends.
// Source: RFC 6749, sections 4.1.2 and 10.5.
func (p *Pool) exchangeCode(ctx context.Context, form url.Values) (any, error) {
	code := form.Get("code")
	if code == "" || form.Get("redirect_uri") == "" {
		return nil, badRequest(oauthInvalidRequest, "code or redirect_uri is missing.")
	}
	refreshToken := p.newRefreshToken()
	var g grant
	accepted := false
	err := p.db.Write(ctx, func(tx *sqlitedb.Tx) (err error) {
		g, accepted, err = p.redeem(tx, code, form, refreshToken)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !accepted {
		return nil, badRequest(oauthInvalidGrant, "")
	}
	return p.oauthGranted(g, refreshToken)
}

// redeem spends the code, whether or not it is good for a sign-in: there is one try.
func (p *Pool) redeem(tx *sqlitedb.Tx, code string, form url.Values, refreshToken string) (g grant, accepted bool, err error) {
	issued, err := codeByText(tx, code)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return grant{}, false, nil
	case err != nil:
		return grant{}, false, err
	case issued.used:
		return grant{}, false, revokeSignIn(tx, issued.originJTI)
	case !p.now().Before(issued.expires) || !issued.matches(form):
		return grant{}, false, useCode(tx, code, "")
	}
	u, err := userBySub(tx, issued.sub)
	if err != nil { // the user's codes go with the user, so there is one
		return grant{}, false, err
	}
	if !u.enabled || u.status != statusConfirmed {
		return grant{}, false, useCode(tx, code, "")
	}
	g, err = p.newSignIn(tx, u, refreshToken, issued.at, issued.scope)
	if err != nil {
		return grant{}, false, err
	}
	g.nonce = issued.nonce
	return g, true, useCode(tx, code, g.signIn.originJTI)
}

// matches reports whether the form comes from who asked for the code: it names
// the same redirect address and knows what the challenge was made of. A verifier
// without a challenge is refused too: somebody has taken the challenge away.
// Source: RFC 7636, section 4.6; RFC 9700, section 2.1.1.
func (c issuedCode) matches(form url.Values) bool {
	verifier := form.Get("code_verifier")
	if form.Get("redirect_uri") != c.redirectURI || (c.challenge == "") != (verifier == "") {
		return false
	}
	if verifier == "" {
		return true
	}
	sum := sha256.Sum256([]byte(verifier))
	return len(verifier) >= 43 && len(verifier) <= 128 &&
		hmac.Equal([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(c.challenge))
}

// exchangeRefreshToken gives new tokens of an earlier sign-in, by either way.
func (p *Pool) exchangeRefreshToken(ctx context.Context, token string) (any, error) {
	if token == "" {
		return nil, badRequest(oauthInvalidRequest, "refresh_token is missing.")
	}
	var g grant
	err := p.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		g, err = p.refreshable(tx, token)
		return err
	})
	if refusal := (*apiError)(nil); errors.As(err, &refusal) {
		return nil, badRequest(oauthInvalidGrant, refusal.message)
	}
	if err != nil {
		return nil, err
	}
	return p.oauthGranted(g, "")
}

func (p *Pool) oauthGranted(g grant, refreshToken string) (any, error) {
	issued, err := p.issue(g)
	if err != nil {
		return nil, err
	}
	return oauthTokens{
		IDToken: issued.IDToken, AccessToken: issued.AccessToken, RefreshToken: refreshToken,
		ExpiresIn: issued.ExpiresIn, TokenType: issued.TokenType,
	}, nil
}
