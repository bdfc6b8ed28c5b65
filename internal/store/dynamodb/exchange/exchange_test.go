package exchange_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/spacefinder/spacefinder/internal/store/dynamodb/exchange"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A client is a transport whose connections are counted and whose clock is ours.
type client struct {
	*exchange.Transport
	dialed atomic.Int64
	clock  atomic.Int64 // seconds
}

func newClient(t *testing.T, address string, change ...func(*exchange.Options)) *client {
	t.Helper()
	host, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{}
	options := exchange.Options{
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			c.dialed.Add(1)
			return new(net.Dialer).DialContext(ctx, network, address)
		},
		DialTimeout: 5 * time.Second, IdleTime: time.Minute, IdleMost: 2, LongestBody: 1 << 20,
		Now: func() time.Time { return time.Unix(c.clock.Load(), 0) },
	}
	for _, f := range change {
		f(&options)
	}
	c.Transport = exchange.New(host, options)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func post(ctx context.Context, c http.RoundTripper, address, body string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	response, err := c.RoundTrip(r)
	if err != nil {
		return "", err
	}
	answer, err := io.ReadAll(response.Body)
	return fmt.Sprint(response.StatusCode, " ", string(answer)), errors.Join(err, response.Body.Close())
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // what has arrived
	if r.URL.Path == "/flushed" {
		_ = http.NewResponseController(w).Flush() // so that the length is not known
	}
	fmt.Fprintf(w, "%s %s %s", r.Header.Get("X-Test"), r.Host, body)
}

func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

func TestExchanges(t *testing.T) {
	server := serve(t, echo)
	host := strings.TrimPrefix(server.URL, "http://")
	long := strings.Repeat("x", 100_000)
	c := newClient(t, server.URL)
	for name, e := range map[string]struct{ path, body string }{
		"short":                    {"/", "hello"},
		"longer than its buffers":  {"/", long},
		"empty":                    {"/", ""},
		"an answer without length": {"/flushed", long},
	} {
		answer, err := post(t.Context(), c, server.URL+e.path, e.body)
		if want := "200  " + host + " " + e.body; err != nil || answer != want {
			t.Errorf("%s: %.80q, %v", name, answer, err)
		}
	}
	if n := c.dialed.Load(); n != 1 {
		t.Errorf("%d connections for requests that follow each other, want 1", n)
	}
}

func TestExchangesOverTLS(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(echo))
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	trusting := newClient(t, server.URL, func(o *exchange.Options) { o.TLS = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12} })
	for range 2 {
		if answer, err := post(t.Context(), trusting, server.URL, "hello"); err != nil || !strings.HasSuffix(answer, " hello") {
			t.Errorf("%q, %v", answer, err)
		}
	}
	if n := trusting.dialed.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
	var unknown *tls.CertificateVerificationError
	if _, err := post(t.Context(), newClient(t, server.URL), server.URL, ""); !errors.As(err, &unknown) {
		t.Errorf("a certificate of nobody known: %v", err)
	}
}

func TestManyAtOnce(t *testing.T) {
	server := serve(t, echo)
	c := newClient(t, server.URL)
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for range 50 {
				body := strings.Repeat(fmt.Sprint(n), 5000)
				if answer, err := post(t.Context(), c, server.URL, body); err != nil || !strings.HasSuffix(answer, " "+body) {
					t.Errorf("%.80q, %v", answer, err)
				}
			}
		})
	}
	wg.Wait()
}

// What ends a request ends its connection: its answer may still come.
func TestEndsWithItsContext(t *testing.T) {
	arrived := make(chan struct{}, 1)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.URL.Path == "/silent" {
			arrived <- struct{}{}
			<-r.Context().Done()
			return
		}
		echo(w, r)
	})
	c := newClient(t, server.URL)
	canceled, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	if _, err := post(canceled, c, server.URL+"/silent", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	late, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := post(late, c, server.URL+"/silent", ""); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("too late: %v", err)
	}
	if _, err := post(t.Context(), c, server.URL, ""); err != nil {
		t.Errorf("the next one: %v", err)
	}
	if n := c.dialed.Load(); n != 3 {
		t.Errorf("%d connections, want one for each", n)
	}
}

// raw serves connections with what answers a request, in the order in which they
// are made. Each answers one request and is closed then, unless it is to be kept.
func raw(t *testing.T, answers ...string) (address string) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, answer := range answers {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if r, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = io.Copy(io.Discard, r.Body)
				_, _ = io.WriteString(conn, answer)
			}
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	return "http://" + listener.Addr().String()
}

const good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

func TestBrokenAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		want   error // nil: any
	}{
		"none":             {"", io.ErrUnexpectedEOF},
		"half a status":    {"HTTP/1.1 2", nil},
		"half a header":    {"HTTP/1.1 200 OK\r\nContent-Le", nil},
		"no body":          {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", io.ErrUnexpectedEOF},
		"half a body":      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no", io.ErrUnexpectedEOF},
		"half a chunk":     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", io.ErrUnexpectedEOF},
		"not HTTP":         {"SSH-2.0-OpenSSH\r\n", nil},
		"too long":         {"HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n", nil},
		"an endless head":  {"HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 1<<19) + "Content-Length: 2\r\n\r\nok", nil},
		"not the last":     {"HTTP/1.1 100 Continue\r\n\r\n" + good, nil},
		"too long, unsaid": {"HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 1<<20+1), nil},
	} {
		address := raw(t, c.answer)
		if answer, err := post(t.Context(), newClient(t, address), address, "hello"); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %q, %v, want %v", name, answer, err, c.want)
		}
	}
}

// A connection is not used again when the host says so, or when more has arrived
// on it than was asked for.
func TestConnectionsThatEnd(t *testing.T) {
	for name, first := range map[string]string{
		"announced":   "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
		"unasked for": good + good,
	} {
		address := raw(t, first, good)
		c := newClient(t, address)
		for range 2 {
			if answer, err := post(t.Context(), c, address, ""); err != nil || answer != "200 ok" {
				t.Errorf("%s: %q, %v", name, answer, err)
			}
		}
	}
}

// A connection that the host closed while it was idle costs nothing but another
// one; one that was in use a moment ago has failed with its request.
func TestConnectionsThatWereIdle(t *testing.T) {
	for name, c := range map[string]struct {
		idle   int64 // seconds
		dialed int64
		fails  bool
	}{
		"for a moment":   {0, 1, true},
		"for a while":    {30, 2, false},
		"for too long":   {61, 2, false},
		"since long ago": {1000, 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			address := raw(t, good, good)
			client := newClient(t, address)
			if _, err := post(t.Context(), client, address, "one"); err != nil {
				t.Fatal(err)
			}
			client.clock.Add(c.idle)
			_, err := post(t.Context(), client, address, "two")
			if (err != nil) != c.fails || client.dialed.Load() != c.dialed {
				t.Errorf("%v, %d connections", err, client.dialed.Load())
			}
		})
	}
}

func TestIdleConnectionsAreBounded(t *testing.T) {
	const requests = 5
	var open atomic.Int64
	var together sync.WaitGroup
	together.Add(requests)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		together.Done()
		together.Wait()
		echo(w, r)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			open.Add(1)
		case http.StateClosed:
			open.Add(-1)
		case http.StateActive, http.StateIdle, http.StateHijacked:
		}
	}
	server.Start()
	defer server.Close()
	c := newClient(t, server.URL)
	var wg sync.WaitGroup
	for range requests {
		wg.Go(func() {
			if _, err := post(t.Context(), c, server.URL, ""); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for until := time.Now().Add(5 * time.Second); open.Load() != 2; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%d connections are kept, want 2", open.Load())
		}
	}
}

func TestNobodyThere(t *testing.T) {
	address := raw(t)
	refused := newClient(t, address, func(o *exchange.Options) {
		o.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, io.ErrClosedPipe }
	})
	if _, err := post(t.Context(), refused, address, ""); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("%v", err)
	}
}

func TestRequestsThatCannotBeRepeated(t *testing.T) {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1:1", io.LimitReader(bytes.NewReader(nil), 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newClient(t, "http://127.0.0.1:1").RoundTrip(r); err == nil { //nolint:bodyclose // there is none
		t.Error("no error")
	}
}
