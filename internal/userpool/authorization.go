package userpool

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// maxNonce bounds what is kept until the code is exchanged.
const maxNonce = 1024

// challengePattern is a SHA-256 digest in base64url: RFC 7636, section 4.2.
var challengePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// What an application may ask of a user who is signed in already.
// Source: OpenID Connect Core 1.0, section 3.1.2.1.
const (
	promptNone    = "none"
	promptLogin   = "login"
	promptSelect  = "select_account"
	promptConsent = "consent" // there is none to give: the client belongs to the pool
)

// authorization is a request of the authorization endpoint whose client,
// redirect address and parameters have been found right.
type authorization struct {
	clientID    string
	redirectURI string
	state       string
	scope       scope
	nonce       string
	challenge   string // of PKCE; empty: none
	prompt      []string
	loginHint   string
}

// The error codes of the authorization and token endpoints.
// Source: RFC 6749, sections 4.1.2.1 and 5.2; OpenID Connect Core 1.0, section
// 3.1.2.6; the last three are Cognito's own, RFC 7009's and RFC 6750's.
const (
	oauthInvalidRequest     = "invalid_request"
	oauthInvalidClient      = "invalid_client"
	oauthInvalidGrant       = "invalid_grant"
	oauthInvalidScope       = "invalid_scope"
	oauthUnauthorizedClient = "unauthorized_client"
	oauthUnsupportedGrant   = "unsupported_grant_type"
	oauthServerError        = "server_error"
	oauthUnavailable        = "temporarily_unavailable"
	oauthLoginRequired      = "login_required"
	oauthRedirectMismatch   = "redirect_mismatch"
	oauthUnsupportedToken   = "unsupported_token_type"
	oauthInvalidToken       = "invalid_token"
)

// authorizationError is what is wrong with an authorization request. When even
// the application that sent it cannot be known, there is no redirect to it, and
// the error is for the person alone.
type authorizationError struct {
	code     string
	redirect string
}

func (e *authorizationError) Error() string { return e.code }

// parse checks the parameters of an authorization request. An error is an *authorizationError.
func (r registration) parse(query url.Values) (authorization, error) {
	a := authorization{
		clientID: query.Get("client_id"), redirectURI: query.Get("redirect_uri"), state: query.Get("state"), nonce: query.Get("nonce"),
		challenge: query.Get("code_challenge"), prompt: strings.Fields(query.Get("prompt")), loginHint: query.Get("login_hint"),
	}
	switch {
	case len(query["client_id"]) > 1 || len(query["redirect_uri"]) > 1 || a.clientID == "":
		return authorization{}, &authorizationError{code: oauthInvalidRequest}
	case a.clientID != r.clientID:
		return authorization{}, &authorizationError{code: oauthInvalidClient}
	case !slices.Contains(r.callbacks, a.redirectURI):
		return authorization{}, &authorizationError{code: oauthRedirectMismatch}
	}
	granted, scopeAllowed := parseScope(query.Get("scope"))
	a.scope = granted
	switch fault := a.fault(query); {
	case fault != "":
		return authorization{}, &authorizationError{fault, a.withError(fault)}
	case !scopeAllowed:
		return authorization{}, &authorizationError{oauthInvalidScope, a.withError(oauthInvalidScope)}
	}
	return a, nil
}

// fault returns the error that the application is told of, or "".
func (a authorization) fault(query url.Values) string {
	for _, values := range query {
		if len(values) > 1 { // RFC 6749, section 3.1
			return oauthInvalidRequest
		}
	}
	switch responseType := query.Get("response_type"); {
	case responseType == "token": // the implicit grant, which the client does not have
		return oauthUnauthorizedClient
	case responseType != "code", a.hasBadParameters(query):
		return oauthInvalidRequest
	}
	return ""
}

// hasBadParameters reports whether one of the parameters with rules of their own breaks them.
func (a authorization) hasBadParameters(query url.Values) bool {
	method, provider := query.Get("code_challenge_method"), query.Get("identity_provider")
	if (a.challenge != "" || method != "") && (method != "S256" || !challengePattern.MatchString(a.challenge)) {
		return true
	}
	for _, prompt := range a.prompt {
		if !slices.Contains([]string{promptNone, promptLogin, promptSelect, promptConsent}, prompt) ||
			(prompt == promptNone && len(a.prompt) > 1) {
			return true
		}
	}
	return len(a.nonce) > maxNonce || (provider != "" && provider != identityProvider)
}

// identityProvider is what requests call the pool itself, the only one there is.
const identityProvider = "COGNITO"

func (a authorization) prompts(what string) bool { return slices.Contains(a.prompt, what) }

// query returns the request's parameters, for the links and forms that carry it on.
func (a authorization) query() url.Values {
	query := url.Values{"client_id": {a.clientID}, "response_type": {"code"}, "redirect_uri": {a.redirectURI}}
	for name, value := range map[string]string{
		"scope": string(a.scope), "state": a.state, "nonce": a.nonce, "code_challenge": a.challenge,
		"prompt": strings.Join(a.prompt, " "), "login_hint": a.loginHint,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if a.challenge != "" {
		query.Set("code_challenge_method", "S256")
	}
	return query
}

// withCode returns where the person goes with the code.
func (a authorization) withCode(code string) string {
	return a.answer(url.Values{"code": {code}})
}

// withError returns where the person goes with an error for the application.
func (a authorization) withError(code string) string {
	return a.answer(url.Values{"error": {code}})
}

func (a authorization) answer(parameters url.Values) string {
	if a.state != "" {
		parameters.Set("state", a.state)
	}
	return withParameters(a.redirectURI, parameters)
}
