package gateway

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spacefinder/spacefinder/internal/iampolicy"
)

// asked records what an authorizer is asked.
func asked(events *[]iampolicy.TokenRequest, answer authorizerFunc) authorizerFunc {
	var mu sync.Mutex
	return func(ctx context.Context, r iampolicy.TokenRequest) (iampolicy.TokenResponse, error) {
		mu.Lock()
		*events = append(*events, r)
		mu.Unlock()
		return answer(ctx, r)
	}
}

func TestAuthorizerEvent(t *testing.T) {
	var events []iampolicy.TokenRequest
	s := start(t, withAuthorizer(asked(&events, allow("*"))))
	s.do("GET", "/rooms/a%2Fb/?view=1", "", "Authorization: Bearer abc")
	want := iampolicy.TokenRequest{
		Type: "TOKEN", AuthorizationToken: "Bearer abc",
		MethodArn: "arn:aws:execute-api:us-east-1:000000000000:local/Prod/GET/rooms/a%2Fb",
	}
	if len(events) != 1 || events[0] != want {
		t.Errorf("got %+v, want %+v", events, want)
	}
}

func TestTokensThatAreNotAskedAbout(t *testing.T) {
	var events []iampolicy.TokenRequest
	s := start(t, withAuthorizer(asked(&events, allow("*"))))
	for name, headers := range map[string][]string{
		"none":                       {"Authorization:"},
		"empty":                      {"Authorization: "},
		"outside the expression":     {"Authorization: ABC"},
		"a part fits":                {"Authorization: abc!"},
		"two headers":                {"Authorization: abc", "X: 1"},
		"longer than a header's sum": {"Authorization: " + strings.Repeat("a", 10_241)},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/rooms", nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range headers {
				if k, v, _ := strings.Cut(h, ": "); v != "" {
					r.Header.Add(k, v)
				}
			}
			if name == "two headers" {
				r.Header.Add("Authorization", "def")
			}
			got := s.send(r)
			s.want(got, 401, `{"message":"Unauthorized"}`)
			s.wantHeader(got.Header, "x-amzn-ErrorType", "UnauthorizedException")
		})
	}
	if len(events) > 0 || s.reached() > 0 {
		t.Errorf("the authorizer was asked %v, the backend %d times", events, s.reached())
	}
}

func TestAuthorizerOutcomes(t *testing.T) {
	const null = `{"message":null}`
	answer := func(r iampolicy.TokenResponse, err error) authorizerFunc {
		return func(context.Context, iampolicy.TokenRequest) (iampolicy.TokenResponse, error) { return r, err }
	}
	tests := []struct {
		name      string
		a         Authorizer
		status    int
		body      string
		errorType string
	}{
		{"allowed", allow("GET/rooms"), 200, `{"ok":true}`, ""},
		{"a wildcard crosses slashes", allow("*/rooms*"), 200, `{"ok":true}`, ""},
		{"nothing matches", allow("GET/rooms/*"), 403,
			`{"Message":"User is not authorized to access this resource"}`, "AccessDeniedException"},
		{"a deny matches", allow("*", "-GET/rooms"), 403,
			`{"Message":"User is not authorized to access this resource with an explicit deny"}`, "AccessDeniedException"},
		{"the token is refused", answer(iampolicy.TokenResponse{}, iampolicy.ErrUnauthorized), 401,
			`{"message":"Unauthorized"}`, "UnauthorizedException"},
		{"it fails", answer(iampolicy.TokenResponse{}, errors.New("database password is hunter2")), 500, null, "AuthorizerFailureException"},
		{"it panics", authorizerFunc(func(context.Context, iampolicy.TokenRequest) (iampolicy.TokenResponse, error) { panic("x") }),
			500, null, "AuthorizerFailureException"},
		{"no principal", answer(iampolicy.TokenResponse{PolicyDocument: policy("*")}, nil), 500, null, "AuthorizerConfigurationException"},
		{"no policy", answer(iampolicy.TokenResponse{PrincipalID: "ann"}, nil), 500, null, "AuthorizerConfigurationException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, withAuthorizer(tt.a))
			got := s.do("GET", "/rooms", "")
			s.want(got, tt.status, tt.body)
			s.wantHeader(got.Header, "x-amzn-ErrorType", tt.errorType)
			if reached := s.reached() == 1; reached != (tt.status == 200) {
				t.Errorf("reached the backend: %t", reached)
			}
		})
	}
}

// A policy for one user's path never covers another path, however it is
// written.
func TestRouteAndPolicySeeTheSamePath(t *testing.T) {
	s := start(t, withAuthorizer(allow("GET/rooms/ann", "GET/rooms/ann/*")))
	for path, status := range map[string]int{
		"/rooms/ann":            200,
		"/rooms/ann/":           200,
		"/rooms/%61nn":          200,
		"/rooms/ann%2Fx":        403, // one segment "ann/x"
		"/rooms/ann%2F..%2Fbob": 403,
		"/rooms/ann%252Fx":      403,
		"/rooms/ann/../bob":     403,
		"/rooms/ann/%2e%2e/bob": 403,
		"/rooms/*":              403,
		"/rooms/an%3F":          403,
		"/rooms/Ann":            403,
		"//rooms/ann":           403,
		"/rooms/bob%2F..%2Fann": 403,
		"/rooms/%2e%2e%2Frooms": 403,
		"/rooms/bob?x=/ann":     403,
	} {
		if got := s.do("GET", path, ""); got.StatusCode != status {
			t.Errorf("%s: got %d, want %d", path, got.StatusCode, status)
		}
	}
}

func TestPolicyIsKeptAndEvaluatedForEachRequest(t *testing.T) {
	var events []iampolicy.TokenRequest
	s := start(t, withAuthorizer(asked(&events, allow("GET/rooms/1"))))
	for range 2 {
		s.want(s.do("GET", "/rooms/1", ""), 200, `{"ok":true}`)
		s.want(s.do("GET", "/rooms/2", ""), 403, `{"Message":"User is not authorized to access this resource"}`)
	}
	if len(events) != 1 {
		t.Errorf("%d calls for one token, want 1", len(events))
	}
	s.do("GET", "/rooms/1", "", "Authorization: other")
	if len(events) != 2 {
		t.Errorf("%d calls for two tokens, want 2", len(events))
	}
}

// cacheTest is a cache with a clock that the test moves.
type cacheTest struct {
	*grantCache
	time  time.Time
	calls atomic.Int32
}

func newCacheTest(ttl time.Duration, limit int) *cacheTest {
	c := &cacheTest{time: time.Unix(0, 0)}
	c.grantCache = newGrantCache(ttl, limit, time.Minute, func() time.Time { return c.time })
	return c
}

func (c *cacheTest) ask(ctx context.Context, key byte, err error) (*grant, error) {
	return c.get(ctx, tokenHash{key}, func(context.Context) (*grant, error) {
		c.calls.Add(1)
		if err != nil {
			return nil, err
		}
		return &grant{principal: string(key)}, nil
	})
}

func (c *cacheTest) wantCalls(t *testing.T, what string, want int32) {
	t.Helper()
	if got := c.calls.Swap(0); got != want {
		t.Errorf("%s: %d calls, want %d", what, got, want)
	}
}

func TestGrantsExpire(t *testing.T) {
	c := newCacheTest(300*time.Second, 10)
	defer c.close()
	_, _ = c.ask(t.Context(), 'a', nil)
	c.time = c.time.Add(300*time.Second - 1)
	_, _ = c.ask(t.Context(), 'a', nil)
	c.wantCalls(t, "before the end", 1)
	c.time = c.time.Add(1)
	_, _ = c.ask(t.Context(), 'a', nil)
	c.wantCalls(t, "at the end", 1)
}

func TestErrorsAreNotKept(t *testing.T) {
	c := newCacheTest(300*time.Second, 10)
	defer c.close()
	for range 2 {
		if _, err := c.ask(t.Context(), 'a', iampolicy.ErrUnauthorized); !errors.Is(err, iampolicy.ErrUnauthorized) {
			t.Error(err)
		}
	}
	c.wantCalls(t, "errors", 2)
}

func TestTTLOfZeroKeepsNothing(t *testing.T) {
	c := newCacheTest(0, 10)
	defer c.close()
	_, _ = c.ask(t.Context(), 'a', nil)
	_, _ = c.ask(t.Context(), 'a', nil)
	c.wantCalls(t, "without a cache", 2)
}

func TestTheGrantNotUsedForLongestGoesFirst(t *testing.T) {
	c := newCacheTest(300*time.Second, 2)
	defer c.close()
	for _, key := range []byte("abaca") { // c takes the place of b
		_, _ = c.ask(t.Context(), key, nil)
	}
	c.wantCalls(t, "first uses", 3)
	_, _ = c.ask(t.Context(), 'b', nil)
	c.wantCalls(t, "b again", 1)
	if len(c.entries) != 2 || c.recent.Len() != 2 {
		t.Errorf("%d entries, want 2", len(c.entries))
	}
}

func TestRequestsAtOneTimeShareACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCacheTest(300*time.Second, 10)
		defer c.close()
		release := make(chan struct{})
		ask := func(ctx context.Context) error {
			_, err := c.get(ctx, tokenHash{}, func(ctx context.Context) (*grant, error) {
				c.calls.Add(1)
				select {
				case <-release:
					return &grant{}, nil
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			})
			return err
		}
		impatient, leave := context.WithCancel(t.Context())
		errs := make(chan error, 10)
		left := make(chan error, 1)
		go func() { left <- ask(impatient) }() // begins the call
		synctest.Wait()
		for range 10 {
			go func() { errs <- ask(t.Context()) }()
		}
		synctest.Wait()
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("the one that left got %v", err)
		}
		close(release)
		for range 10 {
			if err := <-errs; err != nil {
				t.Errorf("one that stayed got %v", err)
			}
		}
		c.wantCalls(t, "eleven requests", 1)
	})
}

func TestCallEndsWhenNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCacheTest(300*time.Second, 10)
		defer c.close()
		ctx, leave := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			_, _ = c.get(ctx, tokenHash{}, func(ctx context.Context) (*grant, error) {
				<-ctx.Done()
				close(ended)
				return nil, ctx.Err()
			})
		}()
		synctest.Wait()
		leave()
		<-ended
		if _, err := c.ask(t.Context(), 0, nil); err != nil { // a new call, not the one that ended
			t.Error(err)
		}
	})
}

func TestAuthorizerThatNeverAnswersTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCacheTest(300*time.Second, 10)
		defer c.close()
		release := make(chan struct{})
		_, err := c.get(t.Context(), tokenHash{}, func(context.Context) (*grant, error) { <-release; return &grant{}, nil })
		if !errors.Is(err, errAuthorizerTimeout) {
			t.Errorf("got %v", err)
		}
		close(release)
	})
}
