package tracing

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/spacefinder/spacefinder/internal/gateway"
	"github.com/spacefinder/spacefinder/internal/xray"
)

// Names of attributes that OpenTelemetry has none for.
const (
	keyRequestID       = attribute.Key("spacefinder.request_id")       // x-amzn-RequestId; leads to the access log
	keyGatewayResponse = attribute.Key("spacefinder.gateway_response") // type of the front door's own answer: THROTTLED
	keyErrorCode       = attribute.Key("spacefinder.error.code")       // code of a service's error: booking_conflict
)

// statusClientGone is what the front door notes for a client that left: no
// answer was sent.
const statusClientGone = 499

// FrontDoor makes the spans of a request at the front door, when it is done:
// one of the request, below it one of the authorizer, if it was called, and one
// of the call of the service, under the id that the service was told. It fits
// gateway.Config.Observe.
func (t *Tracer) FrontDoor(o gateway.Observation) {
	if !o.Trace.Sampled {
		return
	}
	ctx := t.enter(context.Background(), xray.Trace{Root: o.Trace.Root, Parent: o.Trace.Parent})
	ctx, end := t.span(ctx, requestName(o.Method, o.ResourcePath), trace.SpanKindServer, o.Start, o.Latency)
	if !o.AuthorizerStart.IsZero() {
		t.authorizerSpan(ctx, o)
	}
	if !o.IntegrationStart.IsZero() {
		t.integrationSpan(ctx, o)
	}
	end(o.Status >= http.StatusInternalServerError, requestAttributes(o)...)
}

func (t *Tracer) authorizerSpan(ctx context.Context, o gateway.Observation) {
	_, end := t.span(ctx, "authorizer", trace.SpanKindInternal, o.AuthorizerStart, o.AuthorizerLatency)
	if strings.HasPrefix(o.ErrorType, "AUTHORIZER_") { // it failed; one that refuses has done its work
		end(true, semconv.ErrorTypeKey.String(o.ErrorType))
		return
	}
	end(false)
}

func (t *Tracer) integrationSpan(ctx context.Context, o gateway.Observation) {
	ctx = withIDs(ctx, ids{span: spanID(o.Trace.Span)})
	_, end := t.span(ctx, requestName(o.Method, o.ResourcePath), trace.SpanKindClient, o.IntegrationStart, o.IntegrationLatency)
	attributes := append(make([]attribute.KeyValue, 0, 5),
		requestMethod(o.Method), semconv.URLTemplate(o.ResourcePath), semconv.ServerAddress(o.IntegrationTarget))
	if o.IntegrationStatus != 0 {
		attributes = append(attributes, semconv.HTTPResponseStatusCode(o.IntegrationStatus))
	}
	failed := o.IntegrationStatus == 0 || o.IntegrationStatus >= http.StatusBadRequest // as the conventions ask of a client
	if failed {
		attributes = append(attributes, errorType(o, o.IntegrationStatus))
	}
	end(failed, attributes...)
}

func requestAttributes(o gateway.Observation) []attribute.KeyValue {
	attributes := append(make([]attribute.KeyValue, 0, 6), requestMethod(o.Method), keyRequestID.String(o.RequestID))
	if o.ResourcePath != "" {
		attributes = append(attributes, semconv.HTTPRoute(o.ResourcePath))
	}
	if o.ErrorType != "" {
		attributes = append(attributes, keyGatewayResponse.String(o.ErrorType))
	}
	if o.Status != statusClientGone {
		attributes = append(attributes, semconv.HTTPResponseStatusCode(o.Status))
	}
	if o.Status == statusClientGone || o.Status >= http.StatusInternalServerError {
		attributes = append(attributes, errorType(o, o.Status))
	}
	return attributes
}

// errorType names why a span failed that has this status, 0 for none.
func errorType(o gateway.Observation, status int) attribute.KeyValue {
	switch {
	case o.Status == statusClientGone:
		return semconv.ErrorTypeKey.String("canceled")
	case o.ErrorType != "":
		return semconv.ErrorTypeKey.String(o.ErrorType)
	default:
		return semconv.ErrorTypeKey.String(strconv.Itoa(status))
	}
}

// span starts a span that is over already and returns what ends it.
func (t *Tracer) span(ctx context.Context, name string, kind trace.SpanKind, start time.Time, latency time.Duration) (
	context.Context, func(failed bool, attributes ...attribute.KeyValue),
) {
	ctx, span := t.tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithTimestamp(start))
	return ctx, func(failed bool, attributes ...attribute.KeyValue) {
		span.SetAttributes(attributes...)
		if failed {
			span.SetStatus(codes.Error, "")
		}
		span.End(trace.WithTimestamp(start.Add(latency)))
	}
}

// requestName names a span with a bounded number of names: a method that HTTP
// does not know, or a path without a route, is the client's invention.
func requestName(method, route string) string {
	if !knownMethod(method) {
		method = "HTTP"
	}
	if route == "" {
		return method
	}
	return method + " " + route
}

func requestMethod(method string) attribute.KeyValue {
	if !knownMethod(method) {
		return semconv.HTTPRequestMethodOther
	}
	return semconv.HTTPRequestMethodKey.String(method)
}

func knownMethod(method string) bool {
	switch method {
	case http.MethodGet, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodPost, http.MethodPatch,
		http.MethodHead, http.MethodConnect, http.MethodTrace:
		return true
	default:
		return false
	}
}
