package authorizer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/iampolicy"
)

// Authorizer judges tokens. Its methods may be called concurrently.
type Authorizer struct {
	issuers map[string]*issuer // by the "iss" of their tokens
	access  spacefinder.Access
	log     *slog.Logger
}

// New returns an authorizer, or an error that names every problem of the
// configuration. It does not touch the network: keys are fetched when the first
// token asks for one, so an issuer that is down does not keep anything from
// starting. Call Close when done.
func New(config Config) (*Authorizer, error) {
	config = config.withDefaults()
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("authorizer: %w", err)
	}
	client := *config.HTTPClient
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

	a := &Authorizer{
		issuers: make(map[string]*issuer, len(config.Issuers)),
		access:  config.Access,
		log:     config.Logger,
	}
	for _, i := range config.Issuers {
		a.issuers[i.Issuer] = newIssuer(i, config, &client)
	}
	return a, nil
}

// Close ends the fetches of keys that are under way and waits for them.
// Afterwards only tokens with a key already known can be judged.
func (a *Authorizer) Close() {
	for _, i := range a.issuers {
		i.keys.close()
	}
}

// Authorize judges the token of a request: the value of the Authorization
// header, with or without the scheme Bearer. The response's policy covers the
// whole API and stage that the request was made to.
//
// The error is iampolicy.ErrUnauthorized when the token is no good,
// ErrKeysUnavailable when it cannot be judged now, and another error when the
// request is not a TOKEN event with a method ARN. Compare with errors.Is.
func (a *Authorizer) Authorize(ctx context.Context, request iampolicy.TokenRequest) (iampolicy.TokenResponse, error) {
	if request.Type != "TOKEN" {
		return iampolicy.TokenResponse{}, errors.New("authorizer: not an event of type TOKEN")
	}
	arn, err := iampolicy.ParseMethodARN(request.MethodArn)
	if err != nil {
		return iampolicy.TokenResponse{}, fmt.Errorf("authorizer: methodArn: %w", err)
	}
	caller, err := a.authenticate(ctx, request.AuthorizationToken)
	switch {
	case errors.Is(err, iampolicy.ErrUnauthorized):
		a.log.InfoContext(ctx, "token refused", slog.String("reason", err.Error()))
		return iampolicy.TokenResponse{}, err
	case err != nil:
		a.log.WarnContext(ctx, "token not judged", slog.String("error", err.Error()))
		return iampolicy.TokenResponse{}, err
	}
	return respond(arn, caller, a.access)
}

// authenticate returns who the token speaks for.
func (a *Authorizer) authenticate(ctx context.Context, headerValue string) (spacefinder.Caller, error) {
	t, err := parseToken(headerValue)
	if err != nil {
		return spacefinder.Caller{}, err
	}
	// The issuer is believed only so far as to choose whose keys must prove it.
	issuer, ok := a.issuers[t.claims.Issuer]
	if !ok {
		return spacefinder.Caller{}, refuse("the issuer is not one of ours")
	}
	return issuer.authenticate(ctx, t)
}

// refuse returns an ErrUnauthorized with the reason, which is for the log and
// must not quote the token.
func refuse(reason string) error {
	return fmt.Errorf("%w: %s", iampolicy.ErrUnauthorized, reason)
}
