package exchange_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"hash/crc32"
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

const longest = 1 << 20 // body of an answer

// A client is a transport whose connections are counted and whose clock is ours.
type client struct {
	*exchange.Transport
	dialed atomic.Int64
	clock  atomic.Int64 // seconds that it is ahead
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
		IdleTime: time.Minute, IdleMost: 2, LongestBody: longest,
		Now: func() time.Time { return time.Now().Add(time.Duration(c.clock.Load()) * time.Second) },
	}
	for _, f := range change {
		f(&options)
	}
	c.Transport = exchange.New(host, options)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// An exchanger is what both transports are.
type exchanger interface {
	Exchange(ctx context.Context, r exchange.Request) (exchange.Answer, error)
}

// post makes an exchange and returns the answer's status and body.
func post(ctx context.Context, c exchanger, body string, header ...exchange.Field) (string, error) {
	answer, err := c.Exchange(ctx, exchange.Request{Host: "host.example", Header: header, Body: []byte(body), Timeout: time.Minute})
	if err == nil && answer.Sum != crc32.ChecksumIEEE([]byte(answer.Body)) {
		err = errors.New("the sum is not the body's")
	}
	return fmt.Sprint(answer.Status, " ", answer.Body), err
}

// echo answers with what was sent: without its length when the header says flush.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // what has arrived
	if r.Header.Get("X-Test") == "flush" {
		_ = http.NewResponseController(w).Flush()
	}
	fmt.Fprintf(w, "%s %s %s %s %s", r.Method, r.URL, r.Host, r.Header.Get("X-Test"), body)
}

func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

func TestExchanges(t *testing.T) {
	server := serve(t, echo)
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 100_000)
	c := newClient(t, server.URL)
	for name, e := range map[string]struct{ test, body string }{
		"short":                    {"", "hello"},
		"longer than its buffers":  {"", long},
		"empty":                    {"", ""},
		"an answer without length": {"flush", long},
	} {
		for kind, each := range map[string]exchanger{
			"ours": c, "another's": exchange.Via{Transport: http.DefaultTransport, URL: address, LongestBody: longest},
		} {
			answer, err := post(t.Context(), each, e.body, exchange.Field{Name: "X-Test", Value: e.test})
			if want := "200 POST / host.example " + e.test + " " + e.body; err != nil || answer != want {
				t.Errorf("%s, %s: %.80q, %v", kind, name, answer, err)
			}
		}
	}
	if n := c.dialed.Load(); n != 1 {
		t.Errorf("%d connections for requests that follow each other, want 1", n)
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestHeaderOfAnAnswer(t *testing.T) {
	address := raw(t, "HTTP/1.1 400 Bad Request\r\nx-amzn-requestid:  one two \r\nConnection: Keep-Alive\r\n"+
		"content-length: 2\r\nempty:\r\n\r\nno")
	answer, err := newClient(t, address).Exchange(t.Context(), exchange.Request{Host: "h", Timeout: time.Minute})
	if err != nil || answer.Status != http.StatusBadRequest || answer.Body != "no" {
		t.Errorf("%+v, %v", answer, err)
	}
	for name, want := range map[string]string{"X-Amzn-RequestId": "one two", "Content-Length": "2", "Empty": "", "None": ""} {
		if got := answer.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestExchangesOverTLS(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(echo))
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	trusting := newClient(t, server.URL, func(o *exchange.Options) { o.TLS = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12} })
	for range 2 {
		if answer, err := post(t.Context(), trusting, "hello"); err != nil || !strings.HasSuffix(answer, " hello") {
			t.Errorf("%q, %v", answer, err)
		}
	}
	if n := trusting.dialed.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
	var unknown *tls.CertificateVerificationError
	if _, err := post(t.Context(), newClient(t, server.URL), ""); !errors.As(err, &unknown) {
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
				if answer, err := post(t.Context(), c, body); err != nil || !strings.HasSuffix(answer, " "+body) {
					t.Errorf("%.80q, %v", answer, err)
				}
			}
		})
	}
	wg.Wait()
}

// An answer that takes longer than an exchange pays no attention to its context is
// read all the same, in parts and over TLS, too, and the connection is used again.
func TestLateAnswers(t *testing.T) {
	late := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Length", "8")
		time.Sleep(80 * time.Millisecond)
		_, _ = w.Write(body[:4])
		_ = http.NewResponseController(w).Flush()
		time.Sleep(80 * time.Millisecond)
		_, _ = w.Write(body[4:8])
	}
	for name, start := range map[string]func(http.Handler) *httptest.Server{"plain": httptest.NewServer, "TLS": httptest.NewTLSServer} {
		t.Run(name, func(t *testing.T) {
			server := start(http.HandlerFunc(late))
			defer server.Close()
			c := newClient(t, server.URL, func(o *exchange.Options) {
				o.TLS = &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
				if certificate := server.Certificate(); certificate != nil {
					o.TLS.RootCAs.AddCert(certificate)
				}
			})
			for range 2 {
				answer, err := c.Exchange(t.Context(), exchange.Request{Host: "h", Body: []byte("in parts"), Timeout: time.Minute})
				if err != nil || answer.Body != "in parts" {
					t.Errorf("%q, %v", answer.Body, err)
				}
			}
			if n := c.dialed.Load(); n != 1 {
				t.Errorf("%d connections, want one", n)
			}
		})
	}
}

// With a context that has ended nothing is sent.
func TestDoesNotBeginAfterItsContext(t *testing.T) {
	asked := false
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = asked || r.Header.Get("X-Test") != ""
		echo(w, r)
	})
	c := newClient(t, server.URL)
	if _, err := post(t.Context(), c, ""); err != nil { // which leaves a connection
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := post(ended, c, "", exchange.Field{Name: "X-Test", Value: "ended"}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the context's error", err)
	}
	if _, err := post(t.Context(), c, ""); err != nil {
		t.Fatal(err)
	}
	if asked {
		t.Error("the request was sent")
	}
}

// What ends a request ends its connection: its answer may still come.
func TestEndsWithItsContext(t *testing.T) {
	arrived := make(chan struct{}, 3)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.Header.Get("X-Test") == "silent" {
			arrived <- struct{}{}
			<-r.Context().Done()
			return
		}
		echo(w, r)
	})
	c := newClient(t, server.URL)
	silent := exchange.Field{Name: "X-Test", Value: "silent"}
	canceled, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	if _, err := post(canceled, c, "", silent); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	late, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := post(late, c, "", silent); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("too late: %v", err)
	}
	var timeout net.Error
	impatient := exchange.Request{Host: "h", Header: []exchange.Field{silent}, Timeout: 20 * time.Millisecond}
	if _, err := c.Exchange(t.Context(), impatient); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("after its own time: %v", err)
	}
	if _, err := post(t.Context(), c, ""); err != nil {
		t.Errorf("the next one: %v", err)
	}
	if n := c.dialed.Load(); n != 4 {
		t.Errorf("%d connections, want one for each", n)
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
			if _, err := post(t.Context(), c, ""); err != nil {
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
	if _, err := post(t.Context(), refused, ""); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("%v", err)
	}
}

func TestRequestsWithLineBreaksAreNotSent(t *testing.T) {
	server := serve(t, echo)
	for name, r := range map[string]exchange.Request{
		"in the host":  {Host: "h\r\nX-Test: 1"},
		"in a name":    {Host: "h", Header: []exchange.Field{{Name: "X-Test: 1\nX", Value: "1"}}},
		"in a value":   {Host: "h", Header: []exchange.Field{{Name: "X-Test", Value: "1\r\n"}, {Name: "X", Value: "1"}}},
		"a lone break": {Host: "h", Header: []exchange.Field{{Name: "X-Test", Value: "1\r"}}},
	} {
		r.Timeout = time.Minute
		if answer, err := newClient(t, server.URL).Exchange(t.Context(), r); err == nil {
			t.Errorf("%s: %+v", name, answer)
		}
	}
}
