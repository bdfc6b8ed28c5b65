package gateway

import (
	"errors"
	"log/slog"
	"time"

	"github.com/spacefinder/spacefinder/internal/gateway/backend"
)

// logFailure writes why the gateway failed the request. What the client did
// wrong has no cause, and is in the access log alone.
func (x *exchange) logFailure() {
	f := x.failure
	if f == nil || f.cause == nil {
		return
	}
	route, _ := resourcePath(x)
	caller, _ := principal(x)
	line := []slog.Attr{
		slog.String("requestId", x.ids.request),
		slog.String("traceId", x.ids.trace.Root),
		slog.String("caller", caller),
		slog.String("method", x.method),
		slog.String("route", route),
		slog.Int("status", x.status),
		slog.Float64("duration", float64(x.latency())/float64(time.Millisecond)),
		slog.String("type", f.kind.name),
		slog.String("error", f.cause.Error()),
	}
	if p, ok := errors.AsType[*backend.PanicError](f.cause); ok {
		line = append(line, slog.String("stack", string(p.Stack)))
	}
	x.g.cfg.Logger.LogAttrs(x.r.Context(), slog.LevelError, "request failed", line...)
}
