package backend

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func request(t *testing.T, method, url, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func call(t *testing.T, h http.HandlerFunc) (*Reply, error) {
	t.Helper()
	return Handler(h).Call(request(t, http.MethodPut, "http://rooms/a%2Fb?q=1", "body"))
}

func TestHandlerSeesARequestLikeAServer(t *testing.T) {
	reply, err := call(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Seen", r.Method+" "+r.RequestURI+" "+r.URL.Path+" "+r.Host+" "+string(body))
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "done")
	})
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Release()
	if got, want := reply.Header.Get("X-Seen"), "PUT /a%2Fb?q=1 /a/b rooms body"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if reply.Status != http.StatusCreated || string(reply.Body()) != "done" {
		t.Errorf("got %d %q", reply.Status, reply.Body())
	}
}

func TestHandlerRepliesFollowTheRulesOfServers(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc
		status  int
		body    string
	}{
		{"nothing written is 200", func(http.ResponseWriter, *http.Request) {}, 200, ""},
		{"a write implies 200", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("a")) }, 200, "a"},
		{"the first status counts", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			w.WriteHeader(http.StatusOK)
		}, http.StatusNotFound, ""},
		{"informational replies are not the reply", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusCreated)
		}, 201, ""},
		{"no body with 204", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
			if _, err := w.Write([]byte("a")); !errors.Is(err, http.ErrBodyNotAllowed) {
				panic("the write succeeded")
			}
		}, 204, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			reply, err := call(t, tt.handler)
			if err != nil {
				t.Fatal(err)
			}
			if reply.Status != tt.status || string(reply.Body()) != tt.body {
				t.Errorf("got %d %q, want %d %q", reply.Status, reply.Body(), tt.status, tt.body)
			}
			reply.Release()
		})
	}
}

func TestHandlerHeaderIsTakenWithTheStatus(t *testing.T) {
	reply, err := call(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("A", "1")
		w.WriteHeader(http.StatusOK)
		w.Header().Set("B", "2")
	})
	if err != nil || reply.Header.Get("A") != "1" || reply.Header.Get("B") != "" {
		t.Errorf("got %v, %v", reply, err)
	}
}

func TestHandlerFailures(t *testing.T) {
	large := make([]byte, MaxReply/2)
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    error
	}{
		{"a panic is a broken connection", func(http.ResponseWriter, *http.Request) { panic("oops") }, ErrBroken},
		{"so is an abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, ErrBroken},
		{"and an impossible status", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(42) }, ErrBroken},
		{"a reply of more than 10 MB", func(w http.ResponseWriter, _ *http.Request) {
			for range 3 {
				_, _ = w.Write(large)
			}
		}, ErrReplyTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if reply, err := call(t, tt.handler); !errors.Is(err, tt.want) {
				t.Errorf("got %v, %v, want %v", reply, err, tt.want)
			}
		})
	}
}

func TestPanicKeepsItsStackForTheLog(t *testing.T) {
	_, err := call(t, func(http.ResponseWriter, *http.Request) { panic("oops") })
	p, ok := errors.AsType[*PanicError](err)
	if !ok || p.Value != "oops" || !strings.Contains(string(p.Stack), "handler_test.go") {
		t.Errorf("got %#v", err)
	}
}

func TestReplyOfExactly10MBPasses(t *testing.T) {
	reply, err := call(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, MaxReply)) })
	if err != nil || len(reply.Body()) != MaxReply {
		t.Error(err)
	}
}

func TestReplyAfterTheDeadlineIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r := request(t, http.MethodGet, "http://rooms/", "").WithContext(ctx)
		_, err := Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			_, _ = io.WriteString(w, "too late")
		})).Call(r)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the deadline's error", err)
		}
	})
}
