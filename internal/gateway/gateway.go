package gateway

import (
	"net/http"
	"strconv"

	"github.com/spacefinder/spacefinder/internal/onewrite"
)

// Limits of API Gateway.
//
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
const (
	maxHeaderValues = 10_240   // bytes of all header values
	maxURL          = 10_240   // bytes of path and query
	maxPayload      = 10 << 20 // bytes of a request's body
)

// statusClientGone is logged for a client that left before it was answered. It
// is never sent. nginx uses the same number.
const statusClientGone = 499

// ServeHTTP serves a request.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := g.begin(w, r)
	if r.ContentLength != 0 {
		x.limitReading(maxDuration)
	}
	if f := x.serve(w); f != nil {
		x.failure = f
		x.writeFailure(w)
	}
	x.finish()
}

// serve takes the request through the steps in the order of API Gateway. It
// returns nil when a reply has been written or nobody waits for one.
func (x *exchange) serve(w http.ResponseWriter) *failure {
	steps := [...]func(*exchange) *failure{
		(*exchange).findRoute, (*exchange).checkSize, (*exchange).authorize, (*exchange).throttle,
		(*exchange).checkParameters, (*exchange).readBody, (*exchange).checkBody,
	}
	for _, step := range steps {
		if f := step(x); f != nil {
			return f
		}
		if x.status == statusClientGone {
			return nil
		}
	}
	if x.op.mock != nil {
		return x.serveMock(w)
	}
	return x.serveProxy(w)
}

func (x *exchange) findRoute() *failure {
	path, ok := parsePath(x.r)
	if ok {
		x.op, x.params, ok = x.g.table.Find(x.method, path)
	}
	if !ok {
		return &failure{kind: typeNoRoute, message: "Missing Authentication Token"}
	}
	x.path = path
	return nil
}

// checkSize enforces the limits of the request line and header. A token that is
// too long is left to authorization, which refuses it.
func (x *exchange) checkSize() *failure {
	if len(x.r.URL.RawPath)+len(x.r.URL.Path)+len(x.r.URL.RawQuery) > maxURL && len(x.r.URL.RequestURI()) > maxURL {
		return &failure{kind: typeURITooLong, message: "Request URI too long"}
	}
	sum := 0
	for _, values := range x.r.Header {
		for _, value := range values {
			sum += len(value)
		}
	}
	if sum <= maxHeaderValues {
		return nil
	}
	if x.op.auth != nil && x.op.auth.tokenTooLong(x.r.Header) {
		return nil
	}
	return &failure{kind: typeHeadersTooBig, message: "Request Header Fields Too Large"}
}

func (x *exchange) throttle() *failure {
	if x.g.limiter.AllowN(x.g.cfg.Now(), 1) {
		return nil
	}
	return &failure{kind: typeThrottled, message: "Too Many Requests"}
}

// ownHeaders is how many headers the gateway itself sets: the ids and the length.
const ownHeaders = 3

// setIDs sets the headers that every reply has, in the spelling of API Gateway.
func (x *exchange) setIDs(h http.Header) {
	x.replyHeader = x.replyValues[:0]
	x.replyHeader.set(h, headerRequestID, x.ids.request)
	x.replyHeader.set(h, headerExtendedID, x.ids.extended)
}

// write sends status and body. The reply's headers are set.
func (x *exchange) write(w http.ResponseWriter, status int, body []byte) {
	x.status = status
	h := w.Header()
	if status == http.StatusNoContent || status == http.StatusNotModified {
		delete(h, "Content-Length")
		w.WriteHeader(status)
		return
	}
	x.replyHeader.set(h, "Content-Length", strconv.Itoa(len(body)))
	onewrite.Expect(x.r, len(body))
	w.WriteHeader(status)
	x.responseLength, _ = w.Write(body) // an error means that the client is gone
}

// clientGone reports whether the client has left, and notes it.
func (x *exchange) clientGone() bool {
	if x.r.Context().Err() == nil {
		return false
	}
	x.status = statusClientGone
	return true
}

// finish logs and observes the request.
func (x *exchange) finish() {
	g := x.g
	x.end = g.cfg.Now()
	if x.bodyShare > 0 {
		g.bodies.Release(x.bodyShare)
	}
	x.logFailure()
	if g.accessLog != nil {
		g.accessLog.add(x)
	}
	if g.cfg.Observe == nil {
		return
	}
	g.cfg.Observe(x.observation())
}

func (x *exchange) observation() Observation {
	o := Observation{
		RequestID: x.ids.request, Trace: x.ids.trace, Method: x.method, Status: x.status,
		Start: x.start, Latency: x.latency(),
		AuthorizerStart: x.authorizerStart, AuthorizerLatency: x.authorizerLatency,
		IntegrationStart: x.integrationStart, IntegrationLatency: x.integrationLatency, IntegrationStatus: x.integrationStatus,
	}
	o.ResourcePath, _ = resourcePath(x)
	o.Principal, _ = principal(x)
	if !x.integrationStart.IsZero() {
		o.IntegrationTarget = x.op.proxy.host
	}
	if x.failure != nil {
		o.ErrorType = x.failure.kind.name
	}
	return o
}
