package gateway

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/spacefinder/spacefinder/internal/iampolicy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestUnknownPathsAndVerbsAreMissingAuthenticationTokens(t *testing.T) {
	s := start(t, withAuthorizer(authorizerFunc(func(context.Context, iampolicy.TokenRequest) (iampolicy.TokenResponse, error) {
		t.Error("the authorizer was called")
		return iampolicy.TokenResponse{}, nil
	})))
	for _, tt := range []struct{ method, path string }{
		{"GET", "/"}, {"GET", "/nope"}, {"PATCH", "/rooms"}, {"HEAD", "/rooms"}, {"GET", "//rooms"}, {"GET", "/rooms//"},
		{"GET", "/rooms/.."}, {"GET", "/rooms/%2e%2e"}, {"GET", "/rooms/%ff"}, {"OPTIONS", "/rooms/1"},
	} {
		got := s.do(tt.method, tt.path, "")
		body := `{"message":"Missing Authentication Token"}`
		if tt.method == http.MethodHead {
			body = ""
		}
		s.want(got, 403, body)
		s.wantHeader(got.Header, "x-amzn-ErrorType", "MissingAuthenticationTokenException")
	}
}

func TestTheFirstStepThatRefusesAnswers(t *testing.T) {
	denied := withAuthorizer(allow("GET/nothing"))
	noRate := func(c *Config) { c.Throttle = Throttle{Rate: 1e-9, Burst: 1} }
	s := start(t, denied)
	s.want(s.do("PUT", "/rooms/1", "{", "Authorization:"), 401, `{"message":"Unauthorized"}`)
	s.want(s.do("PUT", "/rooms/1", "{"), 403, `{"Message":"User is not authorized to access this resource"}`)

	s = start(t, noRate, denied)
	for range 3 {
		s.want(s.do("PUT", "/rooms/1", "{"), 403, `{"Message":"User is not authorized to access this resource"}`)
	}
	s = start(t, noRate)
	s.want(s.do("PUT", "/rooms/1", "{"), 400, `{"message": "Missing required request parameters: [x-header-param, q1]"}`)
	got := s.do("PUT", "/rooms/1", "{")
	s.want(got, 429, `{"message":"Too Many Requests"}`)
	s.wantHeader(got.Header, "x-amzn-ErrorType", "TooManyRequestsException")

	s = start(t)
	s.want(s.do("PUT", "/rooms/1?q1=1", "{", "X-Header-Param: 1"), 400, `{"message": "Invalid request body"}`)
	if s.reached() != 0 {
		t.Error("a refused request reached the backend")
	}
}

func TestEveryReplyCarriesItsIDs(t *testing.T) {
	s := start(t)
	for name, got := range map[string]reply{
		"proxy": s.do("GET", "/rooms", ""), "mock": s.do("OPTIONS", "/rooms", ""), "error": s.do("GET", "/nope", ""),
	} {
		t.Run(name, func(t *testing.T) {
			s.wantHeader(got.Header, "x-amzn-RequestId", requestID)
			if ext := got.Header.Get("x-amz-apigw-id"); len(ext) != 16 || !strings.HasSuffix(ext, "=") {
				t.Errorf("x-amz-apigw-id: %q", ext)
			}
			s.wantHeader(got.Header, "X-Amzn-Trace-Id", "")
			if got.Header.Get("Content-Type") != "application/json" || got.Header.Get("Date") == "" {
				t.Errorf("got header %v", got.Header)
			}
			if isError := got.Header.Get("x-amzn-ErrorType") != ""; isError != (name == "error") {
				t.Errorf("x-amzn-ErrorType: %q", got.Header.Get("x-amzn-ErrorType"))
			}
		})
	}
}

func TestReplyHeadersAreSpelledAsAPIGatewaySpellsThem(t *testing.T) {
	s := start(t)
	w := httptest.NewRecorder()
	s.g.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/nope", nil))
	for _, name := range []string{"x-amzn-RequestId", "x-amz-apigw-id", "x-amzn-ErrorType"} {
		if len(w.Header()[name]) != 1 {
			t.Errorf("%s: not in %v", name, w.Header())
		}
	}
}

func TestClientMayChooseTheRequestID(t *testing.T) {
	s := start(t)
	const own = "99999999-aaaa-4BBB-8ccc-dddddddddddd"
	got := s.do("GET", "/rooms", "", "x-amzn-RequestId: "+own, "x-amz-apigw-id: mine")
	s.wantHeader(got.Header, "x-amzn-RequestId", own)
	if got.Header.Get("x-amz-apigw-id") == "mine" {
		t.Error("the client set x-amz-apigw-id")
	}
	r, _ := s.received()
	s.wantHeader(r.Header, "requestId", own)
	for _, bad := range []string{"mine", own + "0", strings.Replace(own, "-", "0", 1), strings.Replace(own, "9", "g", 1)} {
		s.wantHeader(s.do("GET", "/nope", "", "x-amzn-RequestId: "+bad).Header, "x-amzn-RequestId", requestID)
	}
}

func TestMethodOverride(t *testing.T) {
	s := start(t)
	s.want(s.do("GET", "/rooms", "", "X-HTTP-Method-Override: OPTIONS"), 200, "")
	s.want(s.do("GET", "/rooms", "", "X-HTTP-Method-Override: BREW"), 403, `{"message":"Missing Authentication Token"}`)

	// The policy is asked about the verb that is served.
	s = start(t, withAuthorizer(allow("GET/*")))
	s.want(s.do("GET", "/rooms/1", "", "X-HTTP-Method-Override: PUT"), 403, `{"Message":"User is not authorized to access this resource"}`)
	s = start(t)
	s.want(s.do("POST", "/rooms/1", "", "X-HTTP-Method-Override: GET"), 200, `{"ok":true}`)
	r, _ := s.received()
	s.wantHeader(r.Header, "X-HTTP-Method-Override", "")
	if r.Method != http.MethodGet {
		t.Errorf("the backend got %s", r.Method)
	}
}

func TestMock(t *testing.T) {
	s := start(t)
	got := s.do("OPTIONS", "/rooms", "", "Authorization:", "Content-Type: application/json; charset=UTF-8")
	s.want(got, 200, "")
	s.wantHeader(got.Header, "Access-Control-Allow-Origin", "*")
	got = s.do("OPTIONS", "/rooms", "", "Content-Type: text/plain")
	s.want(got, 415, `{"message": "Unsupported Media Type"}`)
	if s.reached() != 0 {
		t.Error("a mock integration called a backend")
	}
}

func TestLimitsOfLineAndHeader(t *testing.T) {
	s := start(t)
	long := strings.Repeat("a", maxHeaderValues+1)
	s.want(s.do("GET", "/rooms", "", "X-Long: "+long), 431, `{"message":"Request Header Fields Too Large"}`)
	s.want(s.do("GET", "/rooms", "", "Authorization: "+long), 401, `{"message":"Unauthorized"}`)
	s.want(s.do("OPTIONS", "/rooms", "", "Authorization: "+long), 431, `{"message":"Request Header Fields Too Large"}`)
	s.want(s.do("GET", "/rooms?"+long, ""), 414, `{"message":"Request URI too long"}`)
	s.want(s.do("GET", "/rooms/"+strings.Repeat("a", 1600), ""), 414, `{"message":"Request URI too long"}`)
	s.want(s.do("GET", "/nope", "", "X-Long: "+long), 403, `{"message":"Missing Authentication Token"}`)
	if s.reached() != 0 {
		t.Error("a refused request reached the backend")
	}
	sum := start(t)
	sum.want(sum.do("GET", "/rooms", "", "A: "+long[:5000], "B: "+long[:5000]), 200, `{"ok":true}`)
	sum.want(sum.do("GET", "/rooms", "", "A: "+long[:5000], "A: "+long[:5300]), 431, `{"message":"Request Header Fields Too Large"}`)
}

func TestObserve(t *testing.T) {
	var seen []Observation
	done := make(chan struct{}, 2)
	s := start(t, func(c *Config) { c.Observe = func(o Observation) { seen = append(seen, o); done <- struct{}{} } })
	s.do("GET", "/rooms/1", "")
	<-done
	s.do("GET", "/nope", "")
	<-done
	if o := seen[0]; !slices.Contains(s.g.Operations(), Operation{o.Method, o.ResourcePath}) {
		t.Errorf("%s %s is not among the operations %v", o.Method, o.ResourcePath, s.g.Operations())
	}
	if o := seen[1]; !slices.Contains(ErrorTypes(), o.ErrorType) {
		t.Errorf("%s is not among the types %v", o.ErrorType, ErrorTypes())
	}
	if o := seen[0]; o.Method != http.MethodGet || o.ResourcePath != "/rooms/{roomID}" || o.Status != 200 ||
		o.ErrorType != "" || o.RequestID != requestID {
		t.Errorf("got %+v", o)
	}
	if o := seen[1]; o.ResourcePath != "" || o.Status != 403 || o.ErrorType != "MISSING_AUTHENTICATION_TOKEN" {
		t.Errorf("got %+v", o)
	}
}

func TestObservationSaysWhereTimeWent(t *testing.T) {
	begin := time.Date(2026, 11, 22, 9, 8, 7, 0, time.UTC)
	var mu sync.Mutex
	var ticks int64
	observed := make(chan Observation, 1)
	s := start(t, func(c *Config) {
		c.Observe = func(o Observation) { observed <- o }
		c.Now = func() time.Time { // a second passes between any two looks at the clock
			mu.Lock()
			defer mu.Unlock()
			ticks++
			return begin.Add(time.Duration(ticks) * time.Second)
		}
	})
	observe := func(method, path string) Observation {
		s.do(method, path, "")
		return <-observed
	}

	first := observe("GET", "/rooms")
	authorized := first.AuthorizerStart.Add(first.AuthorizerLatency)
	called := first.IntegrationStart.Add(first.IntegrationLatency)
	for i, next := range []time.Time{first.Start, first.AuthorizerStart, authorized, first.IntegrationStart, called, first.Start.Add(first.Latency)} {
		if !next.After(begin) {
			t.Errorf("moment %d of %+v is not after the one before", i, first)
		}
		begin = next
	}
	if first.Principal != "ann" || first.IntegrationTarget != "rooms:8081" || first.IntegrationStatus != 200 {
		t.Errorf("got %+v", first)
	}
	if again := observe("GET", "/rooms"); !again.AuthorizerStart.IsZero() || again.AuthorizerLatency != 0 || again.Principal != "ann" {
		t.Errorf("a policy that is kept: got %+v, want no call of the authorizer", again)
	}
	for _, path := range []string{"/rooms", "/nope"} {
		if o := observe("OPTIONS", path); !o.IntegrationStart.IsZero() || o.IntegrationTarget != "" || o.Principal != "" {
			t.Errorf("OPTIONS %s: got %+v, want no call of a backend", path, o)
		}
	}
}

func TestClientThatLeavesIsNoFailureOfTheBackend(t *testing.T) {
	observed := make(chan Observation, 1)
	arrived, left := make(chan struct{}), make(chan struct{})
	s := start(t, func(c *Config) { c.Observe = func(o Observation) { observed <- o } },
		withHandler(func(_ http.ResponseWriter, r *http.Request) {
			close(arrived)
			<-r.Context().Done()
			close(left)
		}))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/rooms", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "abc")
	if _, err := http.DefaultTransport.RoundTrip(r); !errors.Is(err, context.Canceled) { //nolint:bodyclose // there is none
		t.Fatal(err)
	}
	<-left
	if o := <-observed; o.Status != 499 || o.ErrorType != "" {
		t.Errorf("got %+v", o)
	}
}
