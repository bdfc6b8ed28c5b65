package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"runtime/debug"
	"time"

	"github.com/spacefinder/spacefinder/internal/gateway/definition"
	"github.com/spacefinder/spacefinder/internal/iampolicy"
)

const (
	// authorizerTimeout bounds one call of an authorizer.
	authorizerTimeout = 29 * time.Second
	// maxGrants bounds the tokens whose policies are kept.
	maxGrants = 4096
)

// grant is what an authorizer said about a token.
type grant struct {
	principal string
	context   map[string]string
	policy    iampolicy.Document
}

// errBadResponse is the error of an authorizer's answer that is not valid.
var errBadResponse = errors.New("the authorizer's response is not valid")

// authorization is a security scheme with its authorizer.
type authorization struct {
	authorizer Authorizer
	header     string
	pattern    *regexp.Regexp // nil when any token may be
	grants     *grantCache
}

func newAuthorization(a Authorizer, scheme definition.Scheme, pattern *regexp.Regexp, now func() time.Time) *authorization {
	return &authorization{
		authorizer: a, header: scheme.Header, pattern: pattern,
		grants: newGrantCache(scheme.TTL, maxGrants, authorizerTimeout, now),
	}
}

func (a *authorization) close() { a.grants.close() }

// token returns the whole value of the header, which must be there exactly once.
func (a *authorization) token(h http.Header) (string, bool) {
	values := h[a.header]
	if len(values) != 1 || a.tokenTooLong(h) {
		return "", false
	}
	return values[0], values[0] != ""
}

func (a *authorization) tokenTooLong(h http.Header) bool {
	values := h[a.header]
	return len(values) > 0 && len(values[0]) > maxHeaderValues
}

// authorize finds out who the caller is and whether the policy allows the
// request.
func (x *exchange) authorize() *failure {
	a := x.op.auth
	if a == nil {
		return nil
	}
	token, ok := a.token(x.r.Header)
	if !ok {
		return unauthorized()
	}
	x.arn = x.methodARN()
	if len(x.arn) > iampolicy.MaxMethodARNLength {
		return &failure{kind: typeURITooLong, message: "Request URI too long"}
	}
	granted, err := x.grantFor(token)
	switch {
	case err != nil:
		return x.authorizerFailed(err)
	case granted == nil:
		return unauthorized()
	}
	x.grant = granted
	switch granted.policy.Evaluate(iampolicy.ActionInvoke, x.arn) {
	case iampolicy.Allow:
		return nil
	case iampolicy.ExplicitDeny:
		return &failure{kind: typeAccessDenied, message: "User is not authorized to access this resource with an explicit deny"}
	default:
		return &failure{kind: typeAccessDenied, message: "User is not authorized to access this resource"}
	}
}

// grantFor returns what the authorizer says, or said, about the token; nil for a
// token that does not fit the expression. One that is kept did fit, which spares
// matching about a thousand bytes for each request.
func (x *exchange) grantFor(token string) (*grant, error) {
	a, key := x.op.auth, hashOf(token)
	if granted := a.grants.kept(key); granted != nil {
		return granted, nil
	}
	if a.pattern != nil && !a.pattern.MatchString(token) {
		return nil, nil
	}
	x.authorizerStart = x.g.cfg.Now()
	defer func() { x.authorizerLatency = x.g.cfg.Now().Sub(x.authorizerStart) }()
	return a.grants.get(x.r.Context(), key, func(ctx context.Context) (*grant, error) {
		return a.call(ctx, iampolicy.TokenRequest{Type: "TOKEN", AuthorizationToken: token, MethodArn: x.arn})
	})
}

// methodARN names the method and path that a policy is asked about.
func (x *exchange) methodARN() string {
	b := make([]byte, 0, 256)
	b = append(b, x.g.arnPrefix...)
	b = append(b, x.method...)
	b = append(b, '/')
	return string(x.path.AppendARN(b))
}

func unauthorized() *failure { return &failure{kind: typeUnauthorized, message: "Unauthorized"} }

// authorizerFailed turns an authorizer's error into a reply. Only that it
// failed is for the client; why is for the log.
func (x *exchange) authorizerFailed(err error) *failure {
	if errors.Is(err, iampolicy.ErrUnauthorized) {
		return unauthorized()
	}
	if x.clientGone() {
		return nil
	}
	cause := fmt.Errorf("the authorizer failed: %w", err)
	if errors.Is(err, errBadResponse) {
		return &failure{kind: typeAuthConfig, cause: cause}
	}
	return &failure{kind: typeAuthFailure, cause: cause}
}

// call asks the authorizer and checks its answer.
func (a *authorization) call(ctx context.Context, r iampolicy.TokenRequest) (g *grant, err error) {
	defer func() {
		if v := recover(); v != nil {
			g, err = nil, fmt.Errorf("the authorizer panicked: %v\n%s", v, debug.Stack())
		}
	}()
	response, err := a.authorizer.Authorize(ctx, r)
	if err != nil {
		return nil, err
	}
	if response.PrincipalID == "" {
		return nil, fmt.Errorf("%w: no principalId", errBadResponse)
	}
	if err := response.PolicyDocument.Validate(); err != nil {
		return nil, fmt.Errorf("%w: %w", errBadResponse, err)
	}
	return &grant{principal: response.PrincipalID, context: response.Context, policy: response.PolicyDocument}, nil
}
