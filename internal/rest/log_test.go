package rest_test

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/rest"
)

// debugging has the fixture log everything, with a clock that advances by
// 1.5 ms whenever it is read.
func debugging(f *fixture) func(*rest.Env) {
	now := time.Date(2026, 11, 22, 10, 30, 0, 0, time.UTC)
	return func(e *rest.Env) {
		e.Logger = slog.New(slog.NewJSONHandler(&f.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
		e.Now = func() time.Time {
			now = now.Add(1500 * time.Microsecond)
			return now
		}
	}
}

func TestEveryRequestIsInTheLogOfADebugger(t *testing.T) {
	const trace = "1-5759e988-bd862e3fe1be46a994272793"
	tests := []struct {
		name     string
		endpoint rest.Endpoint
		path     string
		want     map[string]any
	}{
		{
			"one that succeeds", func(context.Context, *rest.Request) (rest.Reply, error) { return rest.Deleted(), nil }, "/things/1",
			map[string]any{"level": "DEBUG", "msg": "request", "route": "/things/{thingID}", "status": 200.0},
		},
		{
			"one that is refused", failing(spacefinder.Errorf(spacefinder.CodeNotFound, "No.")), "/things/1",
			map[string]any{"level": "DEBUG", "msg": "request", "route": "/things/{thingID}", "status": 404.0, "code": "not_found"},
		},
		{
			"one that fits no route", nil, "/nothing",
			map[string]any{"level": "DEBUG", "msg": "request", "route": "", "status": 404.0, "code": "not_found"},
		},
		{
			"one that fails", failing(context.Canceled), "/things/1",
			map[string]any{
				"level": "ERROR", "msg": "request failed", "route": "/things/{thingID}", "status": 503.0, "code": "unavailable",
				"error": "unavailable: The request took too long.: context canceled",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var logged fixture
			f := newFixture(tt.endpoint, debugging(&logged))
			do(f, newRequest(http.MethodGet, tt.path, http.NoBody, header("X-Amzn-Trace-Id", "Root="+trace)))
			var line map[string]any
			if err := json.Unmarshal(logged.logs.Bytes(), &line); err != nil {
				t.Fatalf("not one line: %v: %s", err, &logged.logs)
			}
			for name, want := range map[string]any{
				"requestId": requestID, "traceId": trace, "caller": "ada", "method": "GET", "duration": 1.5,
			} {
				tt.want[name] = want
			}
			delete(line, "time")
			for name, want := range tt.want {
				if line[name] != want {
					t.Errorf("%s is %v, want %v", name, line[name], want)
				}
			}
			if len(line) != len(tt.want) {
				t.Errorf("got  %v\nwant %v", line, tt.want)
			}
		})
	}
}
