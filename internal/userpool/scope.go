package userpool

import (
	"slices"
	"strings"
)

// The scopes of the client.
// Source: https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html
const (
	scopeOpenID  = "openid"
	scopeEmail   = "email"
	scopePhone   = "phone"
	scopeProfile = "profile"
	scopeUser    = "aws.cognito.signin.user.admin" // lets the user's own operations be called
)

// clientScopes returns the scopes that the client may ask for, in the order of their names.
func clientScopes() []string {
	return []string{scopeUser, scopeEmail, scopeOpenID, scopePhone, scopeProfile}
}

// scope is what a sign-in allows: the names that were asked for at the
// authorization endpoint, separated by spaces, or apiScope.
type scope string

// apiScope is that of a sign-in by the API, which gives an ID token with every
// attribute, and an access token for the user's own operations.
const apiScope scope = ""

// parseScope returns the scope that the parameter asks for, all of the client's
// when it is empty, and whether the client may have it. Without openid there are
// no attributes to ask for.
func parseScope(asked string) (scope, bool) {
	names := strings.Fields(asked)
	if len(names) == 0 {
		names = clientScopes()
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for _, name := range names {
		if !slices.Contains(clientScopes(), name) || (name != scopeUser && !slices.Contains(names, scopeOpenID)) {
			return "", false
		}
	}
	return scope(strings.Join(names, " ")), true
}

func (s scope) has(name string) bool { return slices.Contains(strings.Fields(string(s)), name) }

// hasIDToken reports whether a sign-in of that scope comes with an ID token.
func (s scope) hasIDToken() bool { return s == apiScope || s.has(scopeOpenID) }

// claim is the scope as the access token names it.
func (s scope) claim() string {
	if s == apiScope {
		return scopeUser
	}
	return string(s)
}

// covers reports whether the attribute may be shown: every one with openid
// alone, else those of the other scopes.
func (s scope) covers(attributeName string) bool {
	if !s.has(scopeEmail) && !s.has(scopePhone) && !s.has(scopeProfile) {
		return s.hasIDToken()
	}
	switch attributeName {
	case attrEmail, attrEmailVerified:
		return s.has(scopeEmail)
	case attrPhone, attrPhoneVerified:
		return s.has(scopePhone)
	case "address":
		return false
	}
	return s.has(scopeProfile)
}
