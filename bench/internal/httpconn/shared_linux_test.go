package httpconn

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Over a connection that is waited for elsewhere, answers are read as over others.
func TestSharedConnection(t *testing.T) {
	long := strings.Repeat("0123456789", 10_000)
	c, opened := dial(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, string(body)+long)
	})
	waited := 0
	ctx := WithReadable(t.Context(), func(fd int) error {
		waited++
		_, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1)
		return err
	})
	for _, body := range []string{"short", long} {
		request := fmt.Appendf(nil, "PUT / HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		answer, err := c.Exchange(ctx, request)
		if err != nil || string(answer.Body) != body+long {
			t.Errorf("got %d bytes, %v, want %d", len(answer.Body), err, len(body)+len(long))
		}
	}
	if opened.Load() != 1 || waited == 0 {
		t.Errorf("opened %d times, want once; waited %d times", opened.Load(), waited)
	}
	if _, err := c.Exchange(t.Context(), request("/")); err != nil || opened.Load() != 2 {
		t.Errorf("with a context of another kind: %v, opened %d times, want a second connection", err, opened.Load())
	}
}

func TestSharedConnectionThatFails(t *testing.T) {
	stopped := errors.New("stopped")
	stop := WithReadable(t.Context(), func(int) error { return stopped })
	c, _ := dial(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	if _, err := c.Exchange(stop, request("/")); !errors.Is(err, stopped) {
		t.Errorf("got %v, want what readable returns", err)
	}
	for _, addr := range []string{"127.0.0.1:1", "localhost:80", "[::1]:80"} {
		c := &Conn{Addr: addr}
		if _, err := c.Exchange(stop, request("/")); err == nil {
			t.Errorf("%s: no error", addr)
		}
	}
	c = answering(t, "")
	poll := WithReadable(t.Context(), func(fd int) error {
		_, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1)
		return err
	})
	if _, err := c.Exchange(poll, request("/")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want the end of the connection", err)
	}
}
