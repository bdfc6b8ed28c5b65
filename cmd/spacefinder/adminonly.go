package main

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/authorizer"
	"github.com/spacefinder/spacefinder/internal/gateway"
	"github.com/spacefinder/spacefinder/internal/iampolicy"
	"github.com/spacefinder/spacefinder/internal/userpool"
)

// guardARN is the method that the guard asks the authorizer about. Who the
// caller is does not depend on it.
const guardARN = "arn:aws:execute-api:us-east-1:000000000000:local/Prod/GET/"

// membersTimeout is how long the user pool may take to say who is in a group.
const membersTimeout = time.Second

// guard lets administrators through to what is not part of the API: metrics,
// the console. It knows them as the API does, by an ID token in the
// Authorization header, with or without the scheme Bearer. More than the API it
// asks the user pool whether they still are administrators: a token says so for
// an hour, in which whoever was removed could undo that here. Nothing is cached.
type guard struct {
	authorizer gateway.Authorizer
	members    members
	access     spacefinder.Access
	logger     *slog.Logger
}

// members are the users of a *userpool.Pool, which documents the methods.
type members interface {
	Issuer() string
	CurrentGroups(ctx context.Context, sub, originJTI string) ([]string, error)
}

// adminOnly returns a handler that serves administrators by next and refuses
// everybody else in the words of the front door: 401 without a valid token, 403
// to other callers, 500 when the token cannot be judged.
func (g *guard) adminOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, err := g.caller(r)
		switch {
		case errors.Is(err, iampolicy.ErrUnauthorized):
			w.Header().Set("WWW-Authenticate", "Bearer")
			refuse(w, http.StatusUnauthorized, "UnauthorizedException", `{"message":"Unauthorized"}`)
		case err != nil:
			g.logger.ErrorContext(r.Context(), "an administrator's token was not judged", "error", err.Error())
			refuse(w, http.StatusInternalServerError, "AuthorizerFailureException", `{"message":null}`)
		case !g.access.IsAdmin(caller):
			refuse(w, http.StatusForbidden, "AccessDeniedException", `{"Message":"User is not authorized to access this resource"}`)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// caller returns who the request's token speaks for.
func (g *guard) caller(r *http.Request) (spacefinder.Caller, error) {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return spacefinder.Caller{}, iampolicy.ErrUnauthorized
	}
	response, err := g.authorizer.Authorize(r.Context(), iampolicy.TokenRequest{
		Type: "TOKEN", AuthorizationToken: values[0], MethodArn: guardARN,
	})
	if err != nil {
		return spacefinder.Caller{}, err
	}
	caller := spacefinder.Caller{ID: response.Context[authorizer.ContextCallerID]}
	if err := json.Unmarshal([]byte(response.Context[authorizer.ContextCallerGroups]), &caller.Groups); err != nil {
		return spacefinder.Caller{}, err
	}
	return g.asOfNow(r, values[0], caller)
}

// asOfNow returns the caller of a good token with the groups of this moment. Of
// the users of another provider nothing is known but what the token says. When
// the user pool does not answer that must do for the own ones too, but only to
// read: it is then that metrics are wanted.
func (g *guard) asOfNow(r *http.Request, token string, caller spacefinder.Caller) (spacefinder.Caller, error) {
	issuer, originJTI, err := signInOf(token)
	if err != nil {
		return spacefinder.Caller{}, err
	}
	if issuer != g.members.Issuer() {
		return caller, nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), membersTimeout)
	defer cancel()
	groups, err := g.members.CurrentGroups(ctx, caller.ID, originJTI)
	switch {
	case errors.Is(err, userpool.ErrNotSignedIn):
		return spacefinder.Caller{}, iampolicy.ErrUnauthorized
	case err != nil && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		g.logger.WarnContext(ctx, "an administrator's token alone is believed", "error", err.Error())
		return caller, nil
	case err != nil:
		return spacefinder.Caller{}, err
	}
	caller.Groups = groups
	return caller, nil
}

// signInOf returns who issued a token that was found good, and the id of the
// sign-in that it came from.
func signInOf(token string) (issuer, originJTI string, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", "", errors.New("the token does not have three parts")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", "", err
	}
	var claims struct {
		Issuer    string `json:"iss"`
		OriginJTI string `json:"origin_jti"`
	}
	err = json.Unmarshal(payload, &claims)
	return claims.Issuer, claims.OriginJTI, err
}

func refuse(w http.ResponseWriter, status int, errorType, body string) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Amzn-ErrorType", errorType)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // an error means that the client is gone
}
