package tracing

import (
	"context"
	"encoding/binary"
	"encoding/hex"

	"go.opentelemetry.io/otel/trace"
)

// ids are ids that a span is to have; the zero value of each leaves it to the
// generator.
type ids struct {
	trace trace.TraceID // of a span without a parent
	span  trace.SpanID
}

type idsKey struct{}

// withIDs returns a context in which a span gets these ids. Where want names a
// span, no child may be started from it.
func withIDs(ctx context.Context, want ids) context.Context {
	return context.WithValue(ctx, idsKey{}, want)
}

// generator gives a span the ids that its context asks for, else random ones.
type generator struct{ random func() uint64 }

// NewIDs implements sdktrace.IDGenerator for a span without a parent.
func (g generator) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	want, _ := ctx.Value(idsKey{}).(ids)
	for !want.trace.IsValid() {
		binary.BigEndian.PutUint64(want.trace[:8], g.random())
		binary.BigEndian.PutUint64(want.trace[8:], g.random())
	}
	return want.trace, g.NewSpanID(ctx, want.trace)
}

// NewSpanID implements sdktrace.IDGenerator for a span with a parent.
func (g generator) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	want, _ := ctx.Value(idsKey{}).(ids)
	for !want.span.IsValid() {
		binary.BigEndian.PutUint64(want.span[:], g.random())
	}
	return want.span
}

// root returns a new trace's id in X-Ray's spelling.
func (g generator) root() string {
	id, _ := g.NewIDs(context.Background())
	digits := id.String()
	return "1-" + digits[:8] + "-" + digits[8:]
}

// traceID reads X-Ray's spelling of a trace's id; zero for anything else.
func traceID(root string) (id trace.TraceID) {
	if len(root) != 35 {
		return id
	}
	var digits [32]byte
	copy(digits[copy(digits[:8], root[2:10]):], root[11:])
	if _, err := hex.Decode(id[:], digits[:]); err != nil {
		return trace.TraceID{}
	}
	return id
}

// spanID reads 16 hex digits; zero for anything else.
func spanID(s string) (id trace.SpanID) {
	if len(s) != 16 {
		return id
	}
	var digits [16]byte
	copy(digits[:], s)
	if _, err := hex.Decode(id[:], digits[:]); err != nil {
		return trace.SpanID{}
	}
	return id
}
