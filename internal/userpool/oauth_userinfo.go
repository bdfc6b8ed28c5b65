package userpool

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// serveUserInfo answers with the attributes that the access token's scope
// covers. All values are strings, as Cognito has them.
// Source: https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html
func (p *Pool) serveUserInfo(w http.ResponseWriter, r *http.Request) {
	claims, err := p.userInfo(r)
	if err != nil {
		refusal := asOAuthError(err)
		if refusal.status < http.StatusInternalServerError {
			w.Header().Set("WWW-Authenticate", `Bearer error="`+refusal.code+`", error_description="`+refusal.description+`"`)
		}
		p.writeOAuthError(r.Context(), w, err)
		return
	}
	p.writeOAuth(r.Context(), w, claims)
}

func (p *Pool) userInfo(r *http.Request) (map[string]string, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" || len(token) > maxToken {
		return nil, badRequest(oauthInvalidRequest, "Authorization must be Bearer and an access token.")
	}
	c, err := p.authenticate(r.Context(), token, scopeOpenID)
	if refusal := (*apiError)(nil); errors.As(err, &refusal) {
		return nil, &oauthError{http.StatusUnauthorized, oauthInvalidToken, refusal.message}
	}
	if err != nil {
		return nil, err
	}
	claims := map[string]string{}
	for name, value := range c.user.attributes {
		if c.signIn.scope.covers(name) {
			claims[name] = value
		}
	}
	claims[attrSub], claims["username"] = c.user.sub, c.user.sub
	return claims, nil
}

// oauthRevoke is the revocation endpoint: it ends the sign-in of a refresh token.
// Source: https://docs.aws.amazon.com/cognito/latest/developerguide/revocation-endpoint.html
func (p *Pool) oauthRevoke(r *http.Request, form url.Values) (any, error) {
	if err := p.checkClient(r, form, http.StatusUnauthorized); err != nil {
		return nil, err
	}
	token := form.Get("token")
	if token == "" {
		return nil, badRequest(oauthInvalidRequest, "token is missing.")
	}
	_, err := p.revokeToken(r.Context(), revokeTokenRequest{Token: token})
	if refusal := (*apiError)(nil); errors.As(err, &refusal) {
		return nil, badRequest(oauthUnsupportedToken, refusal.message)
	}
	return nil, err
}
