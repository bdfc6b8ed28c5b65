package main

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/authorizer"
	"github.com/spacefinder/spacefinder/internal/gateway"
	"github.com/spacefinder/spacefinder/internal/iampolicy"
)

// guardARN is the method that the guard asks the authorizer about. Who the
// caller is does not depend on it.
const guardARN = "arn:aws:execute-api:us-east-1:000000000000:local/Prod/GET/"

// guard lets administrators through to what is not part of the API: metrics,
// the console. It knows them as the API does, by an ID token in the
// Authorization header, with or without the scheme Bearer. Nothing is cached,
// so a token counts for no longer than it is valid.
type guard struct {
	authorizer gateway.Authorizer
	access     spacefinder.Access
	logger     *slog.Logger
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
	err = json.Unmarshal([]byte(response.Context[authorizer.ContextCallerGroups]), &caller.Groups)
	return caller, err
}

func refuse(w http.ResponseWriter, status int, errorType, body string) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Amzn-ErrorType", errorType)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // an error means that the client is gone
}
