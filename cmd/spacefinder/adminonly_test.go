package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/authorizer"
	"github.com/spacefinder/spacefinder/internal/iampolicy"
)

// judge is an authorizer that knows three tokens, with or without a scheme.
type judge struct{}

func (judge) Authorize(_ context.Context, r iampolicy.TokenRequest) (iampolicy.TokenResponse, error) {
	if _, err := iampolicy.ParseMethodARN(r.MethodArn); err != nil {
		return iampolicy.TokenResponse{}, err
	}
	groups := map[string]string{"admins": `["staff","apiAdmins"]`, "anns": `["staff"]`, "broken": `apiAdmins`}
	name := strings.TrimPrefix(r.AuthorizationToken, "Bearer ")
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

func TestOnlyAdministratorsPassTheGuard(t *testing.T) {
	tests := []struct {
		name   string
		tokens []string
		status int
		body   string
	}{
		{"an administrator", []string{"Bearer admins"}, http.StatusOK, "secret"},
		{"an administrator without a scheme", []string{"admins"}, http.StatusOK, "secret"},
		{"another user", []string{"Bearer anns"}, http.StatusForbidden, `{"Message":"User is not authorized to access this resource"}`},
		{"no token", nil, http.StatusUnauthorized, `{"message":"Unauthorized"}`},
		{"an empty token", []string{""}, http.StatusUnauthorized, `{"message":"Unauthorized"}`},
		{"a token that is no good", []string{"Bearer x"}, http.StatusUnauthorized, `{"message":"Unauthorized"}`},
		{"two tokens", []string{"Bearer admins", "Bearer admins"}, http.StatusUnauthorized, `{"message":"Unauthorized"}`},
		{"a token that cannot be judged now", []string{"unjudged"}, http.StatusInternalServerError, `{"message":null}`},
		{"groups that cannot be read", []string{"broken"}, http.StatusInternalServerError, `{"message":null}`},
	}
	g := &guard{
		authorizer: judge{}, logger: slog.New(slog.DiscardHandler),
		access: spacefinder.Access{AdminGroup: spacefinder.DefaultAdminGroup, AdminBookings: spacefinder.AdminBookingsOwn},
	}
	handler := g.adminOnly(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("secret")) }))
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
