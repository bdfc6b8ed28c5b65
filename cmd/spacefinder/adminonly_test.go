package main

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/authorizer"
	"github.com/spacefinder/spacefinder/internal/iampolicy"
	"github.com/spacefinder/spacefinder/internal/userpool"
)

// tokenOf returns what looks like a token of the user pool, or of another
// provider, of which only the judge and the roll know what it is worth.
func tokenOf(name, issuer string) string {
	claims := base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"` + issuer + `","origin_jti":"sign-in of ` + name + `"}`))
	return "header." + claims + "." + name
}

// judge is an authorizer that knows some tokens, with or without a scheme.
type judge struct{}

func (judge) Authorize(_ context.Context, r iampolicy.TokenRequest) (iampolicy.TokenResponse, error) {
	if _, err := iampolicy.ParseMethodARN(r.MethodArn); err != nil {
		return iampolicy.TokenResponse{}, err
	}
	groups := map[string]string{
		"admins": `["staff","apiAdmins"]`, "anns": `["staff"]`, "removed": `["apiAdmins"]`, "gone": `["apiAdmins"]`, "promoted": `[]`,
		"lost": `["apiAdmins"]`, "broken": `apiAdmins`,
	}
	name := strings.TrimPrefix(r.AuthorizationToken, "Bearer ")
	name = name[strings.LastIndexByte(name, '.')+1:]
	switch encoded, ok := groups[name]; {
	case ok:
		return iampolicy.TokenResponse{PrincipalID: name, Context: map[string]string{
			authorizer.ContextCallerID: name, authorizer.ContextCallerGroups: encoded,
		}}, nil
	case name == "unjudged":
		return iampolicy.TokenResponse{}, errors.New("no keys")
	default:
		return iampolicy.TokenResponse{}, iampolicy.ErrUnauthorized
	}
}

// roll are the members as they are now.
type roll struct{}

func (roll) Issuer() string { return "pool" }

func (roll) CurrentGroups(_ context.Context, sub, originJTI string) ([]string, error) {
	if originJTI != "sign-in of "+sub {
		return nil, userpool.ErrNotSignedIn
	}
	switch sub {
	case "admins", "promoted":
		return []string{"staff", "apiAdmins"}, nil
	case "anns", "removed":
		return []string{"staff"}, nil
	case "gone":
		return nil, userpool.ErrNotSignedIn
	default:
		return nil, errors.New("the disk is gone")
	}
}

func newGuard() *guard {
	return &guard{
		authorizer: judge{}, members: roll{}, logger: slog.New(slog.DiscardHandler),
		access: spacefinder.Access{AdminGroup: spacefinder.DefaultAdminGroup, AdminBookings: spacefinder.AdminBookingsOwn},
	}
}

const forbidden = `{"Message":"User is not authorized to access this resource"}`

func TestOnlyAdministratorsPassTheGuard(t *testing.T) {
	tests := []struct {
		name   string
		tokens []string
		status int
		body   string
	}{
		{"an administrator", []string{"Bearer " + tokenOf("admins", "pool")}, http.StatusOK, "secret"},
		{"an administrator without a scheme", []string{tokenOf("admins", "pool")}, http.StatusOK, "secret"},
		{"another user", []string{tokenOf("anns", "pool")}, http.StatusForbidden, forbidden},
		{"an administrator since the token was issued", []string{tokenOf("promoted", "pool")}, http.StatusOK, "secret"},
		{"an administrator no longer", []string{tokenOf("removed", "pool")}, http.StatusForbidden, forbidden},
		{"one who is deleted, disabled or signed out", []string{tokenOf("gone", "pool")}, http.StatusUnauthorized, `{"message":"Unauthorized"}`},
		{"an administrator by another provider", []string{tokenOf("removed", "elsewhere")}, http.StatusOK, "secret"},
		{"an administrator whose groups cannot be read now", []string{tokenOf("lost", "pool")}, http.StatusOK, "secret"},
		{"what the authorizer alone can read", []string{"admins"}, http.StatusInternalServerError, `{"message":null}`},
		{"no token", nil, http.StatusUnauthorized, `{"message":"Unauthorized"}`},
		{"an empty token", []string{""}, http.StatusUnauthorized, `{"message":"Unauthorized"}`},
		{"a token that is no good", []string{"Bearer x"}, http.StatusUnauthorized, `{"message":"Unauthorized"}`},
		{"two tokens", []string{tokenOf("admins", "pool"), tokenOf("admins", "pool")}, http.StatusUnauthorized, `{"message":"Unauthorized"}`},
		{"a token that cannot be judged now", []string{"unjudged"}, http.StatusInternalServerError, `{"message":null}`},
		{"groups that cannot be read", []string{"broken"}, http.StatusInternalServerError, `{"message":null}`},
	}
	handler := newGuard().adminOnly(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("secret")) }))
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody)
			for _, token := range test.tokens {
				r.Header.Add("Authorization", token)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != test.status || w.Body.String() != test.body {
				t.Errorf("got %d %s, want %d %s", w.Code, w.Body, test.status, test.body)
			}
			if challenge := w.Header().Get("WWW-Authenticate"); (challenge == "Bearer") != (test.status == http.StatusUnauthorized) {
				t.Errorf("%d with the challenge %q", w.Code, challenge)
			}
		})
	}
}

// Who was removed while the user pool does not answer may look on, but not act.
func TestNothingIsChangedByATokenAlone(t *testing.T) {
	handler := newGuard().adminOnly(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was let through") }))
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, "OTHER"} {
		r := httptest.NewRequestWithContext(t.Context(), method, "/console/api/users", http.NoBody)
		r.Header.Set("Authorization", tokenOf("lost", "pool"))
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusInternalServerError {
			t.Errorf("%s: %d %s", method, w.Code, w.Body)
		}
	}
}
