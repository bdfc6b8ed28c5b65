package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/console/tail"
	"github.com/spacefinder/spacefinder/internal/gateway"
	"github.com/spacefinder/spacefinder/internal/iampolicy"
	"github.com/spacefinder/spacefinder/internal/rest"
	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/store/observed"
	"github.com/spacefinder/spacefinder/internal/telemetry"
	"github.com/spacefinder/spacefinder/internal/userpool"
)

// instruments are what the parts of a process are observed with: metrics,
// traces and the tail of the access log, each of which may be nil.
type instruments struct {
	metrics *telemetry.Metrics
	traces  *traces
	traffic *tail.Log
}

// handler serves the metrics.
func (i *instruments) handler() http.Handler {
	if i.metrics == nil {
		return http.NotFoundHandler()
	}
	return i.metrics.Handler()
}

// attach has the front door of this configuration observed. The returned
// function is to be called with it before it serves.
func (i *instruments) attach(cfg *gateway.Config) func(*gateway.Gateway) {
	defer i.traces.attach(cfg) // it keeps what observes already
	if i.metrics == nil {
		return func(*gateway.Gateway) {}
	}
	calls := i.metrics.Authorizer()
	for name, next := range cfg.Authorizers {
		cfg.Authorizers[name] = &countedAuthorizer{next, calls}
	}
	var recorder *telemetry.GatewayRecorder // the operations to count are known when the document has been read
	cfg.Observe = func(o gateway.Observation) { recorder.Observe(gatewayRequest(o)) }
	return func(g *gateway.Gateway) {
		var operations []telemetry.Operation
		for _, o := range g.Operations() {
			operations = append(operations, telemetry.Operation{Method: o.Method, Route: o.ResourcePath})
		}
		recorder = i.metrics.Gateway(operations, gateway.ErrorTypes())
		i.metrics.Log("access", g.AccessLogLinesLost)
	}
}

func gatewayRequest(o gateway.Observation) telemetry.GatewayRequest {
	return telemetry.GatewayRequest{
		Operation:   telemetry.Operation{Method: o.Method, Route: o.ResourcePath},
		Status:      o.Status,
		ErrorType:   o.ErrorType,
		Latency:     o.Latency,
		Called:      !o.IntegrationStart.IsZero(),
		Integration: o.IntegrationLatency,
	}
}

// countedAuthorizer counts the calls of an authorizer.
type countedAuthorizer struct {
	next  gateway.Authorizer
	calls *telemetry.AuthorizerRecorder
}

// Authorize implements gateway.Authorizer.
func (a *countedAuthorizer) Authorize(ctx context.Context, r iampolicy.TokenRequest) (iampolicy.TokenResponse, error) {
	start := time.Now()
	response, err := a.next.Authorize(ctx, r)
	result := telemetry.OK
	switch {
	case errors.Is(err, iampolicy.ErrUnauthorized):
		result = telemetry.ResultUnauthorized
	case errors.Is(err, context.Canceled): // nobody waits for the answer any more
		return response, err
	case err != nil:
		result = telemetry.ResultFailed
	}
	a.calls.Observe(result, time.Since(start))
	return response, err
}

// service makes a service that is observed.
func (i *instruments) service(name string, env rest.Env, makeService func(rest.Env) *rest.Service) *rest.Service {
	env.Observers = append(env.Observers, i.traces.service()...)
	if i.metrics == nil {
		return makeService(env)
	}
	requests := &countedRequests{}
	env.Observers = append(env.Observers, requests)
	s := makeService(env)
	var operations []telemetry.Operation
	for _, route := range s.Routes() {
		operations = append(operations, telemetry.Operation{Method: route.Method, Route: route.Path})
	}
	statuses := map[string]int{}
	for _, code := range spacefinder.Codes() {
		statuses[string(code)] = rest.StatusOf(code)
	}
	requests.recorder = i.metrics.Service(name, operations, statuses)
	return s
}

// countedRequests counts the requests of a service.
type countedRequests struct{ recorder *telemetry.ServiceRecorder }

// Begin implements rest.Observer.
func (c *countedRequests) Begin(ctx context.Context, call rest.Call) (context.Context, func(rest.Outcome)) {
	start, operation := time.Now(), telemetry.Operation{Method: call.Method, Route: call.Route}
	return ctx, func(o rest.Outcome) { c.recorder.Observe(operation, string(o.Code), time.Since(start)) }
}

// stores returns the observers of the store's operations.
func (i *instruments) stores() []observed.Observer {
	if i.metrics == nil {
		return i.traces.stores()
	}
	var operations []telemetry.StoreOperation
	for _, o := range observed.Operations() {
		operations = append(operations, telemetry.StoreOperation(o))
	}
	var codes []string
	for _, code := range spacefinder.Codes() {
		codes = append(codes, string(code))
	}
	return append(i.traces.stores(), &countedOperations{i.metrics.Store(operations, codes)})
}

// countedOperations counts the operations of the store.
type countedOperations struct{ recorder *telemetry.StoreRecorder }

// Begin implements observed.Observer.
func (c *countedOperations) Begin(ctx context.Context, o observed.Operation) (context.Context, func(error)) {
	start := time.Now()
	return ctx, func(err error) {
		c.recorder.Observe(telemetry.StoreOperation(o), string(spacefinder.CodeOf(err)), time.Since(start))
	}
}

// database shows the statistics of the embedded database.
func (i *instruments) database(db *sqlitedb.DB) {
	if i.metrics == nil {
		return
	}
	i.metrics.SQLite(func() telemetry.SQLiteStats {
		s := db.Stats()
		return telemetry.SQLiteStats{
			Writes: s.Writes, FailedWrites: s.FailedWrites, Commits: s.Commits, LargestBatch: s.LargestBatch,
			Queued: s.Queued, WALBytes: s.WALBytes, CommitTime: s.CommitTime,
		}
	})
}

// signIns returns what counts attempts to sign in.
func (i *instruments) signIns() func(userpool.SignInOutcome) {
	if i.metrics == nil {
		return nil
	}
	var outcomes []string
	for _, outcome := range userpool.SignInOutcomes() {
		outcomes = append(outcomes, string(outcome))
	}
	recorder := i.metrics.SignIns(outcomes)
	return func(o userpool.SignInOutcome) { recorder.Observe(string(o)) }
}

// userPool returns the handler of a user pool with its operations counted.
func (i *instruments) userPool(next http.Handler) http.Handler {
	if i.metrics == nil {
		return next
	}
	recorder := i.metrics.UserPool(signInOperations(), signInRefusals())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, operation, isOperation := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		next.ServeHTTP(w, r)
		if !isOperation {
			return
		}
		refusal, _, _ := strings.Cut(w.Header().Get("X-Amzn-ErrorType"), ":")
		if refusal == "" {
			refusal = telemetry.OK
		}
		recorder.Observe(operation, refusal)
	})
}

// signInOperations are the operations of the user pool that are counted by
// name: those that people sign in and up with.
func signInOperations() []string {
	return []string{
		"InitiateAuth", "RespondToAuthChallenge", "SignUp", "ConfirmSignUp", "ForgotPassword", "ConfirmForgotPassword",
		"ChangePassword", "GlobalSignOut", "RevokeToken",
	}
}

// signInRefusals are the refusals that are counted by name.
func signInRefusals() []string {
	return []string{
		"NotAuthorizedException", "UserNotFoundException", "UserNotConfirmedException", "PasswordResetRequiredException",
		"CodeMismatchException", "ExpiredCodeException", "LimitExceededException", "TooManyRequestsException",
		"UsernameExistsException", "InvalidPasswordException", "InvalidParameterException", "InternalErrorException",
	}
}
