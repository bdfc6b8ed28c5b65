package rest_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/arch"
	"github.com/spacefinder/spacefinder/internal/rest"
)

func TestEveryCodeHasItsStatus(t *testing.T) {
	statuses := map[spacefinder.Code]int{
		spacefinder.CodeInvalid:            400,
		spacefinder.CodeForbidden:          403,
		spacefinder.CodeNotFound:           404,
		spacefinder.CodeConflict:           409,
		spacefinder.CodeIDInUse:            409,
		spacefinder.CodeNotEmpty:           409,
		spacefinder.CodePreconditionFailed: 412,
		spacefinder.CodeTooLarge:           413,
		spacefinder.CodeUnsupportedType:    415,
		spacefinder.CodeThrottled:          429,
		spacefinder.CodeInternal:           500,
		spacefinder.CodeUnavailable:        503,
	}
	constants, err := arch.StringConstants("../../error.go", "Code")
	if err != nil {
		t.Fatal(err)
	}
	if len(constants) != len(statuses) {
		t.Errorf("there are %d codes, the table has %d", len(constants), len(statuses))
	}
	if codes := spacefinder.Codes(); len(codes) != len(constants) {
		t.Errorf("Codes returns %q, and the constants are %q", codes, constants)
	}
	for _, constant := range constants {
		code := spacefinder.Code(constant)
		if !slices.Contains(spacefinder.Codes(), code) {
			t.Errorf("Codes does not return %s", code)
		}
		t.Run(constant, func(t *testing.T) {
			w := newFixture(failing(fmt.Errorf("wrapped: %w", spacefinder.Errorf(code, "The message.")))).get("/things/1")
			p := checkRefused(t, w, code)
			if w.Code != statuses[code] {
				t.Errorf("answered %d, want %d", w.Code, statuses[code])
			}
			if code != spacefinder.CodeInternal && p.Message != "The message." {
				t.Errorf("message %q", p.Message)
			}
			retry := w.Code == http.StatusTooManyRequests || w.Code == http.StatusServiceUnavailable
			if got := w.Header().Get("Retry-After"); (got == "1") != retry {
				t.Errorf("a %d with Retry-After %q", w.Code, got)
			}
		})
	}
	t.Run("an unknown code is a fault of ours", func(t *testing.T) {
		checkStatus(t, newFixture(failing(spacefinder.Errorf("teapot", "Short and stout."))).get("/things/1"), http.StatusInternalServerError)
	})
}

func TestErrorAnswersSayWhatAClientNeeds(t *testing.T) {
	t.Run("every problem", func(t *testing.T) {
		problems := []spacefinder.Problem{{Field: "name", Detail: "must not be empty"}, {Field: "type", Detail: "is unknown"}}
		p := readProblem(t, newFixture(failing(spacefinder.Invalid(problems))).get("/things/1"))
		if len(p.Problems) != 2 || p.Problems[0] != problems[0] || p.Problems[1] != problems[1] {
			t.Errorf("problems %v, want %v", p.Problems, problems)
		}
	})
	t.Run("the interval of a clash", func(t *testing.T) {
		clash := spacefinder.Interval{Start: 1795428000, End: 1795433400}
		p := readProblem(t, newFixture(failing(spacefinder.Conflict(clash))).get("/things/1"))
		if p.Conflict == nil || *p.Conflict != clash.Times() {
			t.Errorf("conflict %v, want %v", p.Conflict, clash.Times())
		}
	})
	t.Run("the request's id", func(t *testing.T) {
		if got := readProblem(t, newFixture(failing(errors.New("x"))).get("/things/1")).Instance; got != "urn:uuid:"+requestID {
			t.Errorf("instance %q", got)
		}
	})
	for name, id := range map[string][]string{"no id": nil, "an id that is none": {"a b"}, "bytes that are not UTF-8": {"\xff"}} {
		t.Run("a fresh id for a request with "+name, func(t *testing.T) {
			f := newFixture(failing(errors.New("x")))
			if got := readProblem(t, f.get("/things/1", header("requestId", id...))).Instance; got != "urn:uuid:fresh-1" {
				t.Errorf("instance %q", got)
			}
			if !strings.Contains(f.logs.String(), `"requestId":"fresh-1"`) {
				t.Errorf("the log does not have that id: %s", &f.logs)
			}
			if got := readProblem(t, f.get("/nothing", header("requestId", id...))).Instance; got != "urn:uuid:fresh-2" {
				t.Errorf("instance %q of an unknown operation", got)
			}
		})
	}
}

func TestFaultsOfOursStayInTheLog(t *testing.T) {
	secret := "password=hunter2"
	tests := []struct {
		name     string
		endpoint rest.Endpoint
		status   int
	}{
		{"an unknown error", failing(errors.New(secret)), 500},
		{"a coded fault", failing(spacefinder.Errorf(spacefinder.CodeInternal, "%s", secret)), 500},
		{"the cause of a coded error", failing(spacefinder.Errorf(spacefinder.CodeUnavailable, "Later.").WithCause(errors.New(secret))), 503},
		{"a panic", func(context.Context, *rest.Request) (rest.Reply, error) { panic(secret) }, 500},
		{"a nil pointer", func(context.Context, *rest.Request) (rest.Reply, error) {
			var none *spacefinder.Location
			return rest.Found(none.Name, secret), nil
		}, 500},
		{"an answer that cannot be encoded", func(context.Context, *rest.Request) (rest.Reply, error) {
			return rest.Found(math.NaN(), secret), nil
		}, 500},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(tt.endpoint)
			w := f.get("/things/1")
			checkStatus(t, w, tt.status)
			p := readProblem(t, w)
			if tt.status == http.StatusInternalServerError && (p.Code != spacefinder.CodeInternal || p.Message != "Internal server error") {
				t.Errorf("code %q, message %q", p.Code, p.Message)
			}
			if answer := fmt.Sprint(w.Header(), w.Body); strings.Contains(answer, "hunter2") || strings.Contains(answer, "goroutine") {
				t.Errorf("the answer leaks: %s", answer)
			}
			for _, want := range []string{
				`"level":"ERROR"`, requestID, `"method":"GET"`, `"route":"/things/{thingID}"`, `"caller":"ada"`,
				fmt.Sprintf(`"status":%d`, tt.status), `"duration":`,
			} {
				if !strings.Contains(f.logs.String(), want) {
					t.Errorf("the log has no %s: %s", want, &f.logs)
				}
			}
		})
	}
	t.Run("the log has the cause", func(t *testing.T) {
		f := newFixture(failing(errors.New("disk on fire")))
		f.get("/things/1")
		if !strings.Contains(f.logs.String(), "disk on fire") {
			t.Errorf("log: %s", &f.logs)
		}
	})
	t.Run("the log has the stack of a panic", func(t *testing.T) {
		f := newFixture(func(context.Context, *rest.Request) (rest.Reply, error) { panic("disk on fire") })
		f.get("/things/1")
		if !strings.Contains(f.logs.String(), "disk on fire") || !strings.Contains(f.logs.String(), "service_test.go") {
			t.Errorf("log: %s", &f.logs)
		}
	})
	t.Run("what the caller did wrong is not logged", func(t *testing.T) {
		f := newFixture(failing(spacefinder.Errorf(spacefinder.CodeNotFound, "No.")))
		f.get("/things/1")
		if f.logs.Len() > 0 {
			t.Errorf("log: %s", &f.logs)
		}
	})
}

func TestTimeout(t *testing.T) {
	waiting := func(ctx context.Context, _ *rest.Request) (rest.Reply, error) {
		<-ctx.Done()
		return rest.Reply{}, fmt.Errorf("query: %w", ctx.Err())
	}
	check := func(t *testing.T, f *fixture, change ...func(*http.Request)) {
		t.Helper()
		w := f.get("/things/1", change...)
		checkRefused(t, w, spacefinder.CodeUnavailable)
		if got := w.Header().Get("Retry-After"); got != "1" {
			t.Errorf("Retry-After %q", got)
		}
		if !strings.Contains(f.logs.String(), "query: context") {
			t.Errorf("the cause is not in the log: %s", &f.logs)
		}
	}
	t.Run("of the service", func(t *testing.T) {
		check(t, newFixture(waiting, func(e *rest.Env) { e.Timeout = time.Millisecond }))
	})
	t.Run("of the front door", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		check(t, newFixture(waiting), func(r *http.Request) { *r = *r.WithContext(ctx) })
	})
	t.Run("an error with a code keeps it", func(t *testing.T) {
		err := spacefinder.Errorf(spacefinder.CodeThrottled, "Slower.").WithCause(context.DeadlineExceeded)
		checkRefused(t, newFixture(failing(err)).get("/things/1"), spacefinder.CodeThrottled)
	})
	t.Run("no bound unless one is set", func(t *testing.T) {
		checkStatus(t, newFixture(func(ctx context.Context, _ *rest.Request) (rest.Reply, error) {
			if _, bound := ctx.Deadline(); bound {
				return rest.Reply{}, errors.New("the context has a deadline")
			}
			return rest.Deleted(), nil
		}).get("/things/1"), http.StatusOK)
	})
}

func TestRouting(t *testing.T) {
	served := func(_ context.Context, r *rest.Request) (rest.Reply, error) {
		return rest.Found(r.Path("thingID"), ""), nil
	}
	tests := []struct {
		name, method, path string
		status             int
	}{
		{"a route", "GET", "/things/1", 200},
		{"the same with another verb", "DELETE", "/things/1", 200},
		{"a verb without a route", "POST", "/things/1", 404},
		{"another", "PATCH", "/things/1", 404},
		{"HEAD is not GET", "HEAD", "/things/1", 404},
		{"an unknown verb", "BREW", "/things/1", 404},
		{"CORS is the front door's", "OPTIONS", "/things/1", 404},
		{"an unknown path", "GET", "/nothings/1", 404},
		{"the root", "GET", "/", 404},
		{"a path below", "GET", "/things/1/parts", 404},
		{"the path above", "GET", "/things", 404},
		{"other letters", "GET", "/Things/1", 404},
		{"a slash at the end", "GET", "/things/1/", 400},
		{"a slash in the place of an id", "GET", "/things/", 400},
		{"two slashes", "GET", "/things//1", 400},
		{"two slashes in front", "GET", "//things/1", 400},
		{"a step back", "GET", "/things/1/../2", 400},
		{"an escaped step back", "GET", "/things/%2e%2e", 400},
		{"an escaped step back in an id", "GET", "/things/a%2F..%2Fb", 400},
		{"a step nowhere", "GET", "/things/.", 400},
		{"no path", "GET", "", 400},
		{"a star", "OPTIONS", "*", 404},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(served)
			r := newRequest(tt.method, "/", nil, func(r *http.Request) {
				r.URL.Path, r.URL.RawPath = unescape(tt.path), tt.path
			})
			w := do(f, r)
			checkStatus(t, w, tt.status)
			if tt.status != http.StatusOK {
				readProblem(t, w)
			}
			if got := w.Header().Get("Location"); got != "" {
				t.Errorf("redirected to %s", got)
			}
		})
	}
	t.Run("a query that is not one", func(t *testing.T) {
		for _, query := range []string{"%", "a;b", "%zz=1"} {
			w := newFixture(served).get("/things/1", func(r *http.Request) { r.URL.RawQuery = query })
			checkRefused(t, w, spacefinder.CodeInvalid)
		}
	})
}

func unescape(path string) string {
	return strings.NewReplacer("%2e", ".", "%2F", "/").Replace(path)
}

func TestAnswersCanBeReadFromAnotherOrigin(t *testing.T) {
	tests := []struct {
		name, target string
		endpoint     rest.Endpoint
		status       int
	}{
		{"an item", "/things/1", found("r1"), 200},
		{"an error", "/things/1", failing(spacefinder.Errorf(spacefinder.CodeNotFound, "No.")), 404},
		{"a fault", "/things/1", failing(errors.New("x")), 500},
		{"an unknown operation", "/", found("r1"), 404},
		{"an unclean path", "/things/", found("r1"), 400},
	}
	want := map[string]string{
		"Access-Control-Allow-Origin":   "*",
		"Access-Control-Expose-Headers": "ETag,Link,Location,Retry-After,x-amzn-RequestId,x-amzn-ErrorType",
		"Cache-Control":                 "private, no-cache",
		"X-Content-Type-Options":        "nosniff",
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newFixture(tt.endpoint).get(tt.target)
			checkStatus(t, w, tt.status)
			for name, value := range want {
				if got := w.Header().Get(name); got != value {
					t.Errorf("%s: %q, want %q", name, got, value)
				}
			}
		})
	}
}

func TestReplies(t *testing.T) {
	const body = `{"name":"Isar"}`
	item := map[string]string{"name": "Isar"}
	tests := []struct {
		name    string
		reply   rest.Reply
		status  int
		body    string
		headers map[string]string
	}{
		{"found", rest.Found(item, "r1"), 200, body, map[string]string{"ETag": `"r1"`, "Content-Type": "application/json"}},
		{"a list", rest.Found([]string(nil), ""), 200, `[]`, map[string]string{"ETag": "", "Content-Type": "application/json"}},
		{"created", rest.Stored(item, "r1", true), 201, body, map[string]string{"ETag": `"r1"`}},
		{"created with a new id", rest.Stored(item, "r1", true).At("things/1"), 201, body, map[string]string{"Location": "things/1"}},
		{"replaced", rest.Stored(item, "r1", false), 200, body, map[string]string{"ETag": `"r1"`, "Location": ""}},
		{"deleted", rest.Deleted(), 200, ``, map[string]string{"Content-Type": "", "Content-Length": "0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newFixture(func(context.Context, *rest.Request) (rest.Reply, error) { return tt.reply, nil }).put(`{}`)
			if w.Code != tt.status || w.Body.String() != tt.body {
				t.Errorf("answered %d %s, want %d %s", w.Code, w.Body, tt.status, tt.body)
			}
			for name, value := range tt.headers {
				if got := w.Header().Get(name); got != value {
					t.Errorf("%s: %q, want %q", name, got, value)
				}
			}
		})
	}
}

func TestHealthAndReadiness(t *testing.T) {
	notReady := func(e *rest.Env) { e.Ready = func(context.Context) error { return errors.New("disk on fire") } }
	tests := []struct {
		name, path string
		f          *fixture
		status     int
	}{
		{"alive", "/health", newFixture(found("")), 200},
		{"alive though not ready", "/health", newFixture(found(""), notReady), 200},
		{"ready", "/ready", newFixture(found("")), 200},
		{"not ready", "/ready", newFixture(found(""), notReady), 503},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := tt.f.get(tt.path, func(r *http.Request) { r.Header = nil }) // a load balancer has no caller
			checkStatus(t, w, tt.status)
			if w.Body.Len() > 0 {
				t.Errorf("body %q", w.Body)
			}
			if told := strings.Contains(tt.f.logs.String(), "disk on fire"); told != (tt.status == http.StatusServiceUnavailable) {
				t.Errorf("log: %q", &tt.f.logs)
			}
		})
	}
}

func TestTimestamp(t *testing.T) {
	env := rest.Env{Now: func() time.Time { return time.Date(2026, 11, 22, 10, 30, 0, 5_999_999, time.FixedZone("CET", 3600)) }}
	if got, want := env.Timestamp(), "2026-11-22T09:30:00.005Z"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
