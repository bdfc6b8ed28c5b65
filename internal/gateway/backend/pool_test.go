package backend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// server is a member that answers with its name and counts its calls.
type server struct {
	*httptest.Server
	calls     atomic.Int32
	unhealthy atomic.Bool
}

func newServer(t *testing.T, name string, handler http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/health" && s.unhealthy.Load():
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.URL.Path == "/health":
		default:
			s.calls.Add(1)
			if handler != nil {
				handler(w, r)
				return
			}
			_, _ = io.WriteString(w, name)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// refusing returns the address of a server that no longer listens.
func refusing(t *testing.T) string {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return "http://" + l.Addr().String()
}

func newPool(t *testing.T, cfg PoolConfig, urls ...string) *Pool {
	t.Helper()
	cfg.URLs = urls
	if cfg.Interval == 0 {
		cfg.Interval = time.Hour // no check in the course of a test but the first
	}
	p, err := NewPool(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func ask(t *testing.T, p *Pool, method, body string) (string, error) {
	t.Helper()
	reply, err := p.Call(request(t, method, "http://rooms:8081/x?q=1", body))
	if err != nil {
		return "", err
	}
	defer reply.Release()
	return string(reply.Body()), nil
}

// eventually polls until the condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func TestPoolPassesTheRequestAsItIs(t *testing.T) {
	s := newServer(t, "", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprint(w, r.Proto, " ", r.Method, " ", r.RequestURI, " ", r.Host, " ", string(body), " ", r.Header.Get("Accept-Encoding"))
	})
	got, err := ask(t, newPool(t, PoolConfig{}, s.URL), http.MethodPut, "body")
	if want := "HTTP/1.1 PUT /x?q=1 rooms:8081 body "; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestPoolTakesServersInTurn(t *testing.T) {
	a, b, c := newServer(t, "a", nil), newServer(t, "b", nil), newServer(t, "c", nil)
	p := newPool(t, PoolConfig{}, a.URL, b.URL, c.URL)
	for range 30 {
		if _, err := ask(t, p, http.MethodGet, ""); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range []*server{a, b, c} {
		if n := s.calls.Load(); n != 10 {
			t.Errorf("a server got %d of 30 requests, want 10", n)
		}
	}
}

func TestPoolLeavesOutUnhealthyServersUntilTheyRecover(t *testing.T) {
	a, b := newServer(t, "a", nil), newServer(t, "b", nil)
	b.unhealthy.Store(true)
	p := newPool(t, PoolConfig{Interval: time.Millisecond}, a.URL, b.URL)
	eventually(t, "b is out of rotation", func() bool { return !p.healthy(p.members[1]) })
	for range 10 {
		if got, err := ask(t, p, http.MethodGet, ""); got != "a" {
			t.Errorf("got %q, %v, want a", got, err)
		}
	}
	b.unhealthy.Store(false)
	eventually(t, "b is back", func() bool {
		got, _ := ask(t, p, http.MethodGet, "")
		return got == "b"
	})
}

func TestPoolTriesAllServersWhenNoneIsHealthy(t *testing.T) {
	a := newServer(t, "a", nil)
	a.unhealthy.Store(true)
	p := newPool(t, PoolConfig{Interval: time.Millisecond}, a.URL)
	eventually(t, "a is unhealthy", func() bool { return !p.healthy(p.members[0]) })
	if got, err := ask(t, p, http.MethodGet, ""); got != "a" {
		t.Errorf("got %q, %v, want a", got, err)
	}
}

func TestPoolRetriesWhereNothingWasSent(t *testing.T) {
	a := newServer(t, "", func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	for range 4 { // wherever the turn begins
		p := newPool(t, PoolConfig{UnhealthyAfter: 100}, refusing(t), a.URL, refusing(t))
		if got, err := ask(t, p, http.MethodPut, "body"); got != "body" {
			t.Errorf("got %q, %v, want the body once", got, err)
		}
	}
}

func TestPoolWithoutAnyServer(t *testing.T) {
	p := newPool(t, PoolConfig{}, refusing(t), refusing(t))
	if _, err := ask(t, p, http.MethodPut, "body"); err == nil || errors.Is(err, ErrBroken) {
		t.Errorf("got %v, want a refused connection", err)
	}
}

// breakConnection ends the connection before a byte of a reply.
func breakConnection(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	panic(http.ErrAbortHandler)
}

func TestPoolRepeatsOnlyReadsOnABrokenConnection(t *testing.T) {
	for _, tt := range []struct {
		method  string
		repeats bool
	}{{"GET", true}, {"PUT", false}, {"DELETE", false}, {"POST", false}} {
		t.Run(tt.method, func(t *testing.T) {
			a, b := newServer(t, "", breakConnection), newServer(t, "", breakConnection)
			p := newPool(t, PoolConfig{}, a.URL, b.URL)
			body := "body"
			if tt.method == http.MethodGet {
				body = ""
			}
			if _, err := ask(t, p, tt.method, body); err == nil {
				t.Error("a broken connection was a reply")
			}
			if n := a.calls.Load() + b.calls.Load(); n > 1 != tt.repeats {
				t.Errorf("%d requests were sent, want repeats: %t", n, tt.repeats)
			}
		})
	}
}

func TestPoolDoesNotRepeatAReplyThatBegan(t *testing.T) {
	half := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
	}
	a, b := newServer(t, "", half), newServer(t, "", half)
	p := newPool(t, PoolConfig{}, a.URL, b.URL)
	if _, err := ask(t, p, http.MethodGet, ""); !errors.Is(err, ErrBroken) {
		t.Errorf("got %v, want ErrBroken", err)
	}
	if n := a.calls.Load() + b.calls.Load(); n != 1 {
		t.Errorf("%d requests were sent, want 1", n)
	}
}

func TestPoolRefusesLargeReplies(t *testing.T) {
	for name, announce := range map[string]bool{"announced": true, "found out": false} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, "", func(w http.ResponseWriter, _ *http.Request) {
				if announce {
					w.Header().Set("Content-Length", fmt.Sprint(MaxReply+1))
				}
				_, _ = w.Write(make([]byte, MaxReply+1))
			})
			if _, err := ask(t, newPool(t, PoolConfig{}, s.URL), http.MethodGet, ""); !errors.Is(err, ErrReplyTooLarge) {
				t.Errorf("got %v, want ErrReplyTooLarge", err)
			}
		})
	}
}

func TestPoolStopsTheBackendWhenTheCallerLeaves(t *testing.T) {
	stopped := make(chan struct{})
	arrived := make(chan struct{})
	s := newServer(t, "", func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
		close(stopped)
	})
	p := newPool(t, PoolConfig{}, s.URL)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	if _, err := p.Call(request(t, http.MethodGet, "http://rooms/", "").WithContext(ctx)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want Canceled", err)
	}
	<-stopped
}

func TestPoolConfigProblemsAreReportedTogether(t *testing.T) {
	_, err := NewPool(PoolConfig{URLs: []string{"rooms:8081", "http://rooms/path", "http://", "ftp://rooms", "http://u:p@rooms", "http://ok"}})
	if err == nil || strings.Count(err.Error(), "\n") != 4 || strings.Contains(err.Error(), `"http://ok"`) {
		t.Errorf("got %v, want five problems", err)
	}
	if _, err := NewPool(PoolConfig{}); err == nil {
		t.Error("a pool without a server was accepted")
	}
}
