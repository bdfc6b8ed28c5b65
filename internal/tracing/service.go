package tracing

import (
	"context"
	"net/http"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/rest"
	"github.com/spacefinder/spacefinder/internal/store/observed"
	"github.com/spacefinder/spacefinder/internal/xray"
)

// Service returns the observer that makes a span of every sampled request of a
// service, below the front door's.
func (t *Tracer) Service() rest.Observer { return serviceObserver{t} }

type serviceObserver struct{ *Tracer }

// Begin implements rest.Observer. Who calls is left out of the span: the
// request's id leads to the access log, which says so and does not leave the
// account.
func (t serviceObserver) Begin(ctx context.Context, c rest.Call) (context.Context, func(rest.Outcome)) {
	in := xray.FromHeader(c.Header)
	if in.Root == "" {
		in.Root = t.ids.root()
	}
	if !t.Sample(in) {
		return ctx, unsampled
	}
	attributes := append(make([]attribute.KeyValue, 0, 3), requestMethod(c.Method), keyRequestID.String(c.RequestID))
	if c.Route != "" {
		attributes = append(attributes, semconv.HTTPRoute(c.Route))
	}
	ctx, span := t.tracer.Start(t.enter(ctx, in), requestName(c.Method, c.Route),
		trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attributes...))
	return ctx, func(o rest.Outcome) {
		span.SetAttributes(semconv.HTTPResponseStatusCode(o.Status))
		if o.Code != "" {
			span.SetAttributes(keyErrorCode.String(string(o.Code)))
		}
		if o.Status >= http.StatusInternalServerError {
			span.SetAttributes(semconv.ErrorTypeKey.String(strconv.Itoa(o.Status)))
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

func unsampled(rest.Outcome) {}

// Store returns the observer that makes a span of every operation of a store
// that a sampled request does. The system is one of db.system.name: "sqlite" or
// "aws.dynamodb".
func (t *Tracer) Store(system string) observed.Observer {
	return storeObserver{t, semconv.DBSystemNameKey.String(system)}
}

type storeObserver struct {
	*Tracer
	system attribute.KeyValue
}

// Begin implements observed.Observer. The error's text stays out of the span,
// as it may quote what is stored.
func (t storeObserver) Begin(ctx context.Context, op observed.Operation) (context.Context, func(error)) {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ctx, ignore
	}
	ctx, span := t.tracer.Start(ctx, op.Method+" "+op.Resource, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(t.system, semconv.DBOperationName(op.Method), semconv.DBCollectionName(op.Resource)))
	return ctx, func(err error) {
		switch code := spacefinder.CodeOf(err); code {
		case "":
		case spacefinder.CodeInternal, spacefinder.CodeUnavailable, spacefinder.CodeThrottled:
			span.SetAttributes(semconv.ErrorTypeKey.String(string(code)))
			span.SetStatus(codes.Error, "")
		default: // an answer of the store: not found, a conflict
			span.SetAttributes(keyErrorCode.String(string(code)))
		}
		span.End()
	}
}

func ignore(error) {}
