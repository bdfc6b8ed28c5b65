package exchange_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

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
		"two lengths":      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok", nil},
		"too long":         {"HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n", nil},
		"an endless head":  {"HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 1<<19) + "Content-Length: 2\r\n\r\nok", nil},
		"not the last":     {"HTTP/1.1 100 Continue\r\n\r\n" + good, nil},
		"too long, unsaid": {"HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 1<<20+1), nil},
	} {
		address := raw(t, c.answer)
		if answer, err := post(t.Context(), newClient(t, address), "hello"); err == nil || c.want != nil && !errors.Is(err, c.want) {
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
			if answer, err := post(t.Context(), c, ""); err != nil || answer != "200 ok" {
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
			if _, err := post(t.Context(), client, "one"); err != nil {
				t.Fatal(err)
			}
			client.clock.Add(c.idle)
			_, err := post(t.Context(), client, "two")
			if (err != nil) != c.fails || client.dialed.Load() != c.dialed {
				t.Errorf("%v, %d connections", err, client.dialed.Load())
			}
		})
	}
}
