package gateway

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/internal/iampolicy"
)

// logged sends a request to a gateway with this change and returns the one line
// of its log.
func logged(t *testing.T, change option) map[string]any {
	t.Helper()
	var log, access buffer
	s := start(t, withAccessLog(&access, ""), func(c *Config) { c.Logger = slog.New(slog.NewJSONHandler(&log, nil)) }, change)
	s.do("GET", "/rooms/7", "", "X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793")
	access.line(t) // the request is over
	if log.String() == "" {
		return nil
	}
	var line map[string]any
	if err := json.Unmarshal([]byte(log.String()), &line); err != nil {
		t.Fatalf("not one line: %v: %s", err, log.String())
	}
	return line
}

func TestFailuresAreLoggedWithWhatLeadsToThem(t *testing.T) {
	failing := func(err error) option {
		return withAuthorizer(authorizerFunc(func(context.Context, iampolicy.TokenRequest) (iampolicy.TokenResponse, error) {
			return iampolicy.TokenResponse{}, err
		}))
	}
	for _, test := range []struct {
		name   string
		change option
		want   map[string]any // nil: no line
		cause  string
	}{
		{
			"the authorizer fails", failing(errors.New("no keys")),
			map[string]any{"type": "AUTHORIZER_FAILURE", "status": 500.0, "caller": ""}, "no keys",
		},
		{
			"the backend panics", withHandler(func(http.ResponseWriter, *http.Request) { panic("oops") }),
			map[string]any{"type": "INTEGRATION_FAILURE", "status": 504.0, "caller": "ann"}, "oops",
		},
		{"the token is no good", failing(iampolicy.ErrUnauthorized), nil, ""},
		{"the backend answers an error", withHandler(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
		}), nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			line := logged(t, test.change)
			if test.want == nil {
				if line != nil {
					t.Errorf("logged %v", line)
				}
				return
			}
			for name, want := range map[string]any{
				"level": "ERROR", "requestId": requestID, "traceId": "1-5759e988-bd862e3fe1be46a994272793",
				"method": "GET", "route": "/rooms/{roomID}",
			} {
				test.want[name] = want
			}
			for name, want := range test.want {
				if line[name] != want {
					t.Errorf("%s is %v, want %v", name, line[name], want)
				}
			}
			if _, ok := line["duration"].(float64); !ok {
				t.Errorf("the duration is %v", line["duration"])
			}
			if text, _ := line["error"].(string); !strings.Contains(text, test.cause) {
				t.Errorf("the error is %q, want one that has %q", text, test.cause)
			}
			if stack, _ := line["stack"].(string); (stack != "") != (test.cause == "oops") {
				t.Errorf("the stack is %q", stack)
			}
		})
	}
}
