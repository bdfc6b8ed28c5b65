package gateway

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// buffer is a writer that tests may read while it is written to.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// line waits for one line.
func (b *buffer) line(t *testing.T) string {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !strings.HasSuffix(b.String(), "\n"); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no line was written")
		}
	}
	return b.String()
}

func withAccessLog(b *buffer, format string) option {
	return func(c *Config) { c.AccessLog = AccessLog{Writer: b, Format: format} }
}

func TestAccessLogIsJSON(t *testing.T) {
	var log buffer
	s := start(t, withAccessLog(&log, ""))
	s.do("GET", "/rooms/7?x=1", "", `User-Agent: a"b`)
	var got map[string]string
	if err := json.Unmarshal([]byte(log.line(t)), &got); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"requestId": requestID, "ip": "127.0.0.1", "caller": "-", "user": "-", "requestTime": "22/Nov/2026:09:08:07 +0000", "httpMethod": "GET",
		"resourcePath": "/rooms/{roomID}", "status": "200", "protocol": "HTTP/1.1", "responseLength": "11", "principalId": "ann",
		"responseType": "-",
	} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
}

func TestAccessLogFormat(t *testing.T) {
	var log buffer
	s := start(t, withAccessLog(&log, `$context.identity.sourceIp "$context.httpMethod $context.path" $context.status `+
		`$context.error.message|$context.authorizer.callerId|$context.requestTimeEpoch|$context.identity.userAgent|$context.requestId`))
	s.do("GET", "/nope%22", "", `User-Agent: a"b`)
	want := `127.0.0.1 "GET /nope%22" 403 Missing Authentication Token|-|1795338487000|a\"b|` + requestID + "\n"
	if got := log.line(t); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

func TestAccessLogHoldsNoToken(t *testing.T) {
	var log, errs buffer
	s := start(t, withAccessLog(&log, ""), func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(&errs, nil)) },
		withAuthorizer(authorizerFunc(nil))) // panics
	s.do("GET", "/rooms", "", "Authorization: Bearer sesame")
	if text := log.line(t) + errs.String(); strings.Contains(text, "sesame") || !strings.Contains(text, "authorizer failed") {
		t.Errorf("got %s", text)
	}
}

// blocked is a writer that takes nothing until released, and then fails.
type blocked struct{ release chan struct{} }

func (b blocked) Write([]byte) (int, error) {
	<-b.release
	return 0, errors.New("the disk is full")
}

func TestBlockedAccessLogDelaysNoRequest(t *testing.T) {
	release := make(chan struct{})
	var errs buffer
	s := start(t, func(c *Config) {
		c.AccessLog.Writer = blocked{release}
		c.Logger = slog.New(slog.NewTextHandler(&errs, nil))
	})
	for s.g.AccessLogLinesLost() == 0 {
		s.g.accessLog.add(&exchange{g: s.g, r: newBareRequest(t)})
	}
	s.want(s.do("GET", "/rooms", ""), 200, `{"ok":true}`)
	close(release)
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(errs.String(), "the disk is full"); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("lost lines were not reported: %s", errs.String())
		}
	}
}

func newBareRequest(t *testing.T) *http.Request {
	t.Helper()
	return httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/rooms", nil)
}

func TestCloseWritesWhatWaits(t *testing.T) {
	var log buffer
	l := newAccessLog(&log, nil, slog.New(slog.DiscardHandler))
	const lines = 1000
	for range lines {
		l.add(nil)
	}
	l.close()
	l.add(nil) // late, lost, and harmless
	if got := strings.Count(log.String(), "\n"); got != lines {
		t.Errorf("%d lines were written, want %d", got, lines)
	}
}

func TestWithoutAccessLogNothingIsLost(t *testing.T) {
	if got := start(t).g.AccessLogLinesLost(); got != 0 {
		t.Errorf("%d lines are lost", got)
	}
}

func TestRequestTimeIsThatOfTheRequest(t *testing.T) {
	g := &Gateway{}
	noon := time.Date(2026, 11, 22, 13, 0, 0, 0, time.FixedZone("CET", 3600))
	for _, tt := range []struct {
		at   time.Duration
		want string
	}{
		{0, "22/Nov/2026:12:00:00 +0000"},
		{999 * time.Millisecond, "22/Nov/2026:12:00:00 +0000"},
		{time.Second, "22/Nov/2026:12:00:01 +0000"},
		{0, "22/Nov/2026:12:00:00 +0000"}, // a slow request ends after a quick one
	} {
		if got := g.requestTime(noon.Add(tt.at)); got != tt.want {
			t.Errorf("after %s: %s, want %s", tt.at, got, tt.want)
		}
	}
}
