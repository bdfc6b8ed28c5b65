package telemetry

import (
	"maps"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// GatewayRecorder counts the requests of the front door.
type GatewayRecorder struct {
	operations children[Operation, *gatewayOperation]
	errors     children[string, prometheus.Counter]
}

type gatewayOperation struct {
	classes     [6]prometheus.Counter // by the first digit of the status
	throttled   prometheus.Counter
	duration    prometheus.Observer
	integration prometheus.Observer
}

// GatewayRequest is what the front door tells of a request that is done.
type GatewayRequest struct {
	Operation   Operation
	Status      int
	ErrorType   string // of the gateway response; "" when the backend answered
	Latency     time.Duration
	Called      bool          // whether a backend was
	Integration time.Duration // how long it was waited for
}

// throttledType is the gateway response of the throttle.
const throttledType = "THROTTLED"

// Classes of statuses.
const (
	class2XX = "2xx"
	class3XX = "3xx"
	class4XX = "4xx"
	class5XX = "5xx"
)

func classOf(status int) string {
	switch status / 100 {
	case 2:
		return class2XX
	case 3:
		return class3XX
	case 4:
		return class4XX
	case 5:
		return class5XX
	default:
		return Other
	}
}

// Gateway returns the recorder of a front door with these operations, which
// answers with gateway responses of these types.
func (m *Metrics) Gateway(operations []Operation, errorTypes []string) *GatewayRecorder {
	return &GatewayRecorder{
		operations: newChildren(operations, Operation{Other, Other}, m.gatewayOperation),
		errors: newChildren(errorTypes, Other, func(errorType string) prometheus.Counter {
			return m.counter(GatewayErrors, errorType)
		}),
	}
}

func (m *Metrics) gatewayOperation(o Operation) *gatewayOperation {
	child := &gatewayOperation{
		throttled:   m.counter(GatewayThrottled, o.Method, o.Route),
		duration:    m.timing(GatewayDuration, o.Method, o.Route),
		integration: m.timing(GatewayIntegration, o.Method, o.Route),
	}
	for digit := range child.classes {
		child.classes[digit] = m.counter(GatewayRequests, o.Method, o.Route, classOf(digit*100))
	}
	return child
}

// Observe counts a request.
func (g *GatewayRecorder) Observe(r GatewayRequest) {
	o := g.operations.get(r.Operation)
	class := r.Status / 100
	if class < 0 || class >= len(o.classes) {
		class = 0
	}
	o.classes[class].Inc()
	o.duration.Observe(r.Latency.Seconds())
	if r.Called {
		o.integration.Observe(r.Integration.Seconds())
	}
	if r.ErrorType == "" {
		return
	}
	g.errors.get(r.ErrorType).Inc()
	if r.ErrorType == throttledType {
		o.throttled.Inc()
	}
}

// Results of an authorizer's call, beside OK.
const (
	ResultUnauthorized = "unauthorized" // the token is no good
	ResultFailed       = "failed"       // it could not be judged
)

// AuthorizerRecorder counts the calls of the authorizer.
type AuthorizerRecorder struct {
	results  children[string, prometheus.Counter]
	duration prometheus.Observer
}

// Authorizer returns the recorder of the authorizer.
func (m *Metrics) Authorizer() *AuthorizerRecorder {
	return &AuthorizerRecorder{
		results: newChildren([]string{OK, ResultUnauthorized}, ResultFailed, func(result string) prometheus.Counter {
			return m.counter(AuthorizerCalls, result)
		}),
		duration: m.timing(AuthorizerDuration),
	}
}

// Observe counts a call with its result.
func (a *AuthorizerRecorder) Observe(result string, d time.Duration) {
	a.results.get(result).Inc()
	a.duration.Observe(d.Seconds())
}

// timed is what is counted by code and timed.
type timed struct {
	codes    children[string, prometheus.Counter]
	duration prometheus.Observer
}

func (t *timed) observe(code string, d time.Duration) {
	if code == "" {
		code = OK
	}
	t.codes.get(code).Inc()
	t.duration.Observe(d.Seconds())
}

// withOK returns the codes and OK.
func withOK(codes []string) []string { return append([]string{OK}, codes...) }

// ServiceRecorder counts the requests of one service.
type ServiceRecorder struct{ operations children[Operation, *timed] }

// Service returns the recorder of a service with these operations, which
// answers its errors, by code, with these statuses.
func (m *Metrics) Service(name string, operations []Operation, errors map[string]int) *ServiceRecorder {
	codes := slices.Sorted(maps.Keys(errors))
	child := func(o Operation) *timed {
		return &timed{
			codes: newChildren(withOK(codes), Other, func(code string) prometheus.Counter {
				return m.counter(ServiceRequests, name, o.Method, o.Route, classOfCode(code, errors), code)
			}),
			duration: m.timing(ServiceDuration, name, o.Method, o.Route),
		}
	}
	return &ServiceRecorder{newChildren(operations, Operation{Other, Other}, child)}
}

func classOfCode(code string, errors map[string]int) string {
	if code == OK {
		return class2XX
	}
	return classOf(errors[code])
}

// Observe counts a request that was answered with an error code, or without
// one.
func (s *ServiceRecorder) Observe(o Operation, code string, d time.Duration) {
	s.operations.get(o).observe(code, d)
}

// StoreOperation is one method of one of the contracts of the store.
type StoreOperation struct {
	Resource string // such as bookings
	Method   string // such as ListByUser
}

// StoreRecorder counts the operations of the store.
type StoreRecorder struct {
	operations children[StoreOperation, *timed]
}

// Store returns the recorder of a store with these operations, which fails with
// these codes.
func (m *Metrics) Store(operations []StoreOperation, codes []string) *StoreRecorder {
	child := func(o StoreOperation) *timed {
		name := o.Resource + "." + o.Method
		return &timed{
			codes: newChildren(withOK(codes), Other, func(code string) prometheus.Counter {
				return m.counter(StoreOperations, name, code)
			}),
			duration: m.timing(StoreDuration, name),
		}
	}
	return &StoreRecorder{newChildren(operations, StoreOperation{Other, Other}, child)}
}

// Observe counts an operation that failed with an error code, or succeeded
// without one.
func (s *StoreRecorder) Observe(o StoreOperation, code string, d time.Duration) {
	s.operations.get(o).observe(code, d)
}

// UserPoolRecorder counts the requests to the user pool.
type UserPoolRecorder struct {
	outcomes children[[2]string, prometheus.Counter]
}

// UserPool returns the recorder of a user pool with these operations, which
// refuses with these results.
func (m *Metrics) UserPool(operations, results []string) *UserPoolRecorder {
	var pairs [][2]string
	for _, operation := range append([]string{Other}, operations...) {
		for _, result := range withOK(results) {
			pairs = append(pairs, [2]string{operation, result})
		}
	}
	return &UserPoolRecorder{newChildren(pairs, [2]string{Other, Other}, func(pair [2]string) prometheus.Counter {
		return m.counter(UserPoolRequests, pair[0], pair[1])
	})}
}

// Observe counts a request.
func (u *UserPoolRecorder) Observe(operation, result string) {
	u.outcomes.get([2]string{operation, result}).Inc()
}

// SignInRecorder counts attempts to sign in with a password.
type SignInRecorder struct {
	results children[string, prometheus.Counter]
}

// SignIns returns the recorder of sign-ins with these results.
func (m *Metrics) SignIns(results []string) *SignInRecorder {
	return &SignInRecorder{newChildren(results, Other, func(result string) prometheus.Counter {
		return m.counter(UserPoolSignIns, result)
	})}
}

// Observe counts an attempt.
func (s *SignInRecorder) Observe(result string) { s.results.get(result).Inc() }
