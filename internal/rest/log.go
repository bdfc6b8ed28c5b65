package rest

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/spacefinder/spacefinder/internal/xray"
)

// log writes what became of a request: as an error with its cause when the
// fault is ours, else for debugging, for the access log has it.
func (s *Service) log(ctx context.Context, r *Request, route string, o Outcome, start time.Time) {
	level, message := slog.LevelDebug, "request"
	ours := o.Status >= http.StatusInternalServerError
	if ours {
		level, message = slog.LevelError, "request failed"
	}
	if !s.env.Logger.Enabled(ctx, level) {
		return
	}
	line := []slog.Attr{
		slog.String("requestId", r.RequestID),
		slog.String("traceId", xray.FromHeader(r.http.Header).Root),
		slog.String("caller", r.Caller.ID),
		slog.String("method", r.http.Method),
		slog.String("route", route),
		slog.Int("status", o.Status),
		slog.Float64("duration", float64(s.env.Now().Sub(start))/float64(time.Millisecond)),
	}
	if o.Code != "" {
		line = append(line, slog.String("code", string(o.Code)))
	}
	if ours && o.Err != nil {
		line = append(line, slog.String("error", o.Err.Error()))
	}
	s.env.Logger.LogAttrs(ctx, level, message, line...)
}
