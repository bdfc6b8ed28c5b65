package onewrite_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/spacefinder/spacefinder/internal/onewrite"
)

// counting counts the writes to its connections.
type counting struct {
	net.Listener
	mu     sync.Mutex
	writes []int // their lengths
}

func (c *counting) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	return &counted{conn, c}, err
}

func (c *counting) take() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	writes := c.writes
	c.writes = nil
	return writes
}

type counted struct {
	net.Conn
	by *counting
}

func (c *counted) Write(p []byte) (int, error) {
	c.by.mu.Lock()
	c.by.writes = append(c.by.writes, len(p))
	c.by.mu.Unlock()
	return c.Conn.Write(p)
}

// serve serves the handler as this package is meant to be used.
func serve(t *testing.T, handler http.HandlerFunc) (*httptest.Server, *counting) {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	counted := &counting{Listener: s.Listener}
	s.Listener = onewrite.Listener(counted)
	s.Config.ConnContext = onewrite.ConnContext
	s.Start()
	t.Cleanup(s.Close)
	return s, counted
}

// answer writes a body in so many parts.
func answer(w http.ResponseWriter, body string, parts int) {
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	for n := range parts {
		_, _ = io.WriteString(w, body[n*len(body)/parts:(n+1)*len(body)/parts])
	}
}

func request(t *testing.T, method, url string) (head http.Header, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.Header, string(content)
}

// An answer that is expected leaves in one write, whatever its length and however
// the handler writes it; all others leave as without this package.
func TestWrites(t *testing.T) {
	for name, tt := range map[string]struct {
		length, parts int
		expect        bool
		want          int // writes, 0: more than one
	}{
		"short":                  {100, 1, true, 1},
		"as long as the buffer":  {4096, 1, true, 1},
		"longer":                 {7500, 1, true, 1},
		"in parts":               {20_000, 7, true, 1},
		"the longest":            {64 << 10, 1, true, 1},
		"too long":               {64<<10 + 1, 1, true, 0},
		"longer, not expected":   {7500, 1, false, 0},
		"shorter than is worth":  {2047, 1, true, 1},
		"around net/http's":      {4096 - 130, 1, true, 1},
		"in parts, not expected": {20_000, 7, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			body := strings.Repeat("0123456789", tt.length/10+1)[:tt.length]
			s, written := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if tt.expect {
					onewrite.Expect(r, len(body))
				}
				answer(w, body, tt.parts)
			})
			for range 3 { // over one connection
				if _, got := request(t, http.MethodGet, s.URL); got != body {
					t.Errorf("answered %d bytes, want %d", len(got), len(body))
				}
				if writes := written.take(); len(writes) != tt.want && (tt.want > 0 || len(writes) < 2) {
					t.Errorf("written in %v, want %d", writes, tt.want)
				}
			}
		})
	}
}

// To HEAD, net/http sends the head alone: nothing may wait for a body.
func TestHead(t *testing.T) {
	s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		onewrite.Expect(r, 7500)
		answer(w, strings.Repeat("x", 7500), 1)
	})
	for range 2 {
		if head, body := request(t, http.MethodHead, s.URL); body != "" || head.Get("Content-Length") != "7500" {
			t.Errorf("%q %v", body, head)
		}
	}
}

// A head that does not fit in net/http's buffer, with a body or without one.
func TestLongHead(t *testing.T) {
	for _, long := range []int{4000, 5000, 70_000} {
		body := strings.Repeat("x", 5000)
		s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Long", strings.Repeat("y", long))
			onewrite.Expect(r, len(body))
			answer(w, body, 1)
		})
		if head, got := request(t, http.MethodGet, s.URL); got != body || len(head.Get("Long")) != long {
			t.Errorf("a head of %d: %d bytes of it, and %d of the body", long, len(head.Get("Long")), len(got))
		}
	}
}

// What an answer fails to write is not made up for by the next one: the connection
// is closed, as by net/http alone.
func TestShorterThanExpected(t *testing.T) {
	s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		onewrite.Expect(r, 7500)
		w.Header().Set("Content-Length", "7500")
		_, _ = io.WriteString(w, "too little")
	})
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(conn); err != nil || len(got) > 0 {
		t.Errorf("%q, %v, want nothing but the end of the connection", got, err)
	}
}

// One direction can be closed before the other, as net/http does where it has not
// read all of a request.
func TestCloseWrite(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	wrapped := onewrite.Listener(listener)
	defer func() { _ = wrapped.Close() }()
	client, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	server, err := wrapped.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	half, ok := server.(interface{ CloseWrite() error })
	if !ok {
		t.Fatal("net/http cannot close one direction")
	}
	if err := half.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if n, err := client.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("the client reads %d bytes, %v, want the end", n, err)
	}
	if _, err := io.WriteString(client, "x"); err != nil {
		t.Fatal(err)
	}
	if n, err := server.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("the server reads %d bytes, %v, want what the client still sends", n, err)
	}
}

// Requests that arrive in one go are answered in their order.
func TestPipelined(t *testing.T) {
	s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body := strings.Repeat(r.URL.Path[1:], 6000)
		if r.URL.Path != "/b" {
			onewrite.Expect(r, len(body))
		}
		answer(w, body, 2)
	})
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	var requests strings.Builder
	for _, path := range []string{"a", "b", "c"} {
		requests.WriteString("GET /" + path + " HTTP/1.1\r\nHost: h\r\n\r\n")
	}
	if _, err := io.WriteString(conn, requests.String()); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	for _, path := range []string{"a", "b", "c"} {
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || string(body) != strings.Repeat(path, 6000) {
			t.Errorf("/%s: %d bytes, %v", path, len(body), err)
		}
		_ = response.Body.Close()
	}
}

// Over a connection that no Listener accepted there is nothing to expect.
func TestOtherConnections(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		onewrite.Expect(r, 7500)
		answer(w, strings.Repeat("x", 7500), 1)
	}))
	s.Config.ConnContext = onewrite.ConnContext
	s.Start()
	defer s.Close()
	if _, body := request(t, http.MethodGet, s.URL); len(body) != 7500 {
		t.Errorf("answered %d bytes", len(body))
	}
}
