package httpconn

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// dial returns a connection to a server with the handler, and how often it was
// opened.
func dial(t *testing.T, handler http.HandlerFunc) (c *Conn, opened *atomic.Int64) {
	t.Helper()
	opened = &atomic.Int64{}
	server := httptest.NewUnstartedServer(handler)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	c = &Conn{Addr: server.Listener.Addr().String(), Timeout: time.Minute, Idle: time.Minute}
	t.Cleanup(func() {
		c.Close()
		server.Close()
	})
	return c, opened
}

func request(path string) []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: test\r\n\r\n", path)
}

func TestAnswersOfEveryFormAreReadToTheirEnd(t *testing.T) {
	long := strings.Repeat("0123456789", 10_000) // more than a buffer
	c, opened := dial(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/short":
			_, _ = io.WriteString(w, "short")
		case "/long":
			w.Header().Set("Content-Length", fmt.Sprint(len(long)))
			_, _ = io.WriteString(w, long)
		case "/chunked":
			for part := range strings.SplitAfterSeq(long, "9012") {
				_, _ = io.WriteString(w, part)
			}
			w.Header().Set(http.TrailerPrefix+"Digest", "none")
		case "/204":
			w.WriteHeader(http.StatusNoContent)
		case "/304":
			w.Header().Set("Content-Length", "100") // of what is not sent
			w.WriteHeader(http.StatusNotModified)
		case "/409":
			http.Error(w, "taken", http.StatusConflict)
		}
	})
	for _, want := range []struct {
		path   string
		status int
		body   string
	}{
		{"/short", http.StatusOK, "short"},
		{"/long", http.StatusOK, long},
		{"/chunked", http.StatusOK, long},
		{"/204", http.StatusNoContent, ""},
		{"/304", http.StatusNotModified, ""},
		{"/409", http.StatusConflict, "taken\n"},
		{"/none", http.StatusOK, ""},
		{"/short", http.StatusOK, "short"},
	} {
		got, err := c.Exchange(t.Context(), request(want.path))
		if err != nil || got.Status != want.status || string(got.Body) != want.body {
			t.Errorf("%s: got %d with %d bytes, %v, want %d with %d", want.path, got.Status, len(got.Body), err, want.status, len(want.body))
		}
	}
	if opened.Load() != 1 {
		t.Errorf("the connection was opened %d times, want once", opened.Load())
	}
}

// answering returns a connection to a server that sends the bytes and closes.
func answering(t *testing.T, text string) *Conn {
	t.Helper()
	c, _ := dial(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, text)
		_ = conn.Close()
	})
	return c
}

func TestWhatIsNotAWholeAnswerIsAnError(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	for name, c := range map[string]struct{ text, want string }{
		"nothing":                   {"", "unexpected EOF"},
		"an end in the head":        {ok + "Content-Type: te", "unexpected EOF"},
		"an end in the body":        {ok + "Content-Length: 5\r\n\r\n1234", "unexpected EOF"},
		"an end between chunks":     {ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "unexpected EOF"},
		"an end in a chunk":         {ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nab", "unexpected EOF"},
		"an end before the trailer": {ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n", "unexpected EOF"},
		"another protocol":          {"SSH-2.0-server\r\n\r\n", "is not the first line"},
		"an answer in between":      {"HTTP/1.1 103 Early Hints\r\n\r\n", "is not the first line"},
		"no length":                 {ok + "\r\nbody", "does not say how long"},
		"two lengths":               {ok + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", "is not the length"},
		"a negative length":         {ok + "Content-Length: -1\r\n\r\n", "is not the length"},
		"a field without a name":    {ok + "field\r\n\r\n", "is not a field"},
		"an unknown coding":         {ok + "Transfer-Encoding: gzip, chunked\r\n\r\n", "is not known"},
		"a chunk of no size":        {ok + "Transfer-Encoding: chunked\r\n\r\nmany\r\n", "is not the size of a chunk"},
		"a chunk of another size":   {ok + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", "not the size that it says"},
		"more than was asked for":   {ok + "Content-Length: 1\r\n\r\nab", "more than it was asked for"},
		"too much":                  {ok + "Content-Length: 2000000\r\n\r\n", "more than 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := answering(t, c.text).Exchange(t.Context(), request("/")); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %d, %v, want an error with %q", got.Status, err, c.want)
			}
		})
	}
}

func TestAConnectionIsReplacedWhenItIsOfNoUse(t *testing.T) {
	c, opened := dial(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/last" {
			w.Header().Set("Connection", "close")
		}
		if r.URL.Path == "/broken" {
			panic(http.ErrAbortHandler)
		}
	})
	for _, step := range []struct {
		why, path string
		before    func()
		opened    int64
		fails     bool
	}{
		{"the first request", "/", nil, 1, false},
		{"another one", "/last", nil, 1, false},
		{"the server closed it", "/", nil, 2, false},
		{"it was idle for too long", "/", func() { c.used = c.used.Add(-2 * c.Idle) }, 3, false},
		{"an answer that does not come", "/broken", nil, 3, true},
		{"the exchange before failed", "/", nil, 4, false},
	} {
		if step.before != nil {
			step.before()
		}
		if _, err := c.Exchange(t.Context(), request(step.path)); (err != nil) != step.fails {
			t.Fatalf("%s: got %v", step.why, err)
		}
		if opened.Load() != step.opened {
			t.Errorf("%s: the connection was opened %d times, want %d", step.why, opened.Load(), step.opened)
		}
	}
	other, cancel := context.WithCancel(t.Context())
	defer cancel()
	if _, err := c.Exchange(other, request("/")); err != nil || opened.Load() != 5 {
		t.Errorf("another context: got %v, opened %d times", err, opened.Load())
	}
}

func TestASlowServerHitsTheTimeout(t *testing.T) {
	release := make(chan struct{})
	c, _ := dial(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	c.Timeout = 10 * time.Millisecond
	if _, err := c.Exchange(t.Context(), request("/")); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v, want the deadline's error", err)
	}
}

func TestCancellingEndsAnExchange(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	c, _ := dial(t, func(http.ResponseWriter, *http.Request) {
		cancel() // the request is under way
		<-release
	})
	defer close(release)
	if _, err := c.Exchange(ctx, request("/")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if _, err := c.Exchange(ctx, request("/")); !errors.Is(err, context.Canceled) {
		t.Errorf("again: got %v, want the context's error", err)
	}
}

func TestNoServerIsAnError(t *testing.T) {
	c := &Conn{Addr: "127.0.0.1:0", Timeout: time.Second, Idle: time.Second}
	if _, err := c.Exchange(t.Context(), request("/")); err == nil {
		t.Error("nobody answered, and that was no error")
	}
}

const example = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Sun, 22 Nov 2026 00:00:00 GMT\r\nContent-Length: 2\r\n\r\n{}"

// What reading a head costs beside net/http's way, which is why there is one of
// our own.
func BenchmarkHead(b *testing.B) {
	source := strings.NewReader(example)
	reader := bufio.NewReader(source)
	again := func() {
		source.Reset(example)
		reader.Reset(source)
	}
	b.Run("own", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			again()
			if h, err := readHead(reader); err != nil || h.length != 2 {
				b.Fatal(h, err)
			}
		}
	})
	b.Run("net-http", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			again()
			response, err := http.ReadResponse(reader, nil)
			if err != nil {
				b.Fatal(err)
			}
			_ = response.Body.Close()
		}
	})
}
