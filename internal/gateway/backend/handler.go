package backend

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"runtime/debug"
)

type handlerTarget struct{ h http.Handler }

// Handler returns a target in this process. The handler sees what it would see
// as a server of its own: nothing passes but the request. A handler that goes
// on after its request's context has ended is left behind; what it then writes
// goes nowhere.
func Handler(h http.Handler) Target { return handlerTarget{h} }

func (handlerTarget) Close() {}

func (t handlerTarget) Call(r *http.Request) (*Reply, error) {
	r.RequestURI = r.URL.RequestURI()
	rec := &recorder{header: make(http.Header, 8), buf: getBuffer(), done: make(chan error, 1)}
	go t.serve(rec, r)
	select {
	case err := <-rec.done:
		return rec.reply(err)
	case <-r.Context().Done():
		// The handler still owns the recorder, so its buffer is not reused.
		return nil, context.Cause(r.Context())
	}
}

func (t handlerTarget) serve(rec *recorder, r *http.Request) {
	defer func() {
		switch v := recover(); v {
		case nil:
			rec.done <- nil
		case http.ErrAbortHandler:
			rec.done <- ErrBroken
		default:
			rec.done <- &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	t.h.ServeHTTP(rec, r)
}

// recorder is the http.ResponseWriter of a handler in process.
type recorder struct {
	header   http.Header
	sent     http.Header // header as it was at WriteHeader
	status   int
	buf      *bytes.Buffer
	tooLarge bool
	done     chan error // capacity 1
}

func (rec *recorder) Header() http.Header { return rec.header }

func (rec *recorder) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic("invalid status code") // as net/http does
	}
	if rec.status != 0 || status < 200 {
		return // superfluous, or informational
	}
	rec.status = status
	rec.sent = maps.Clone(rec.header)
}

func (rec *recorder) Write(b []byte) (int, error) {
	if rec.status == 0 {
		rec.WriteHeader(http.StatusOK)
	}
	if !bodyAllowed(rec.status) {
		return 0, http.ErrBodyNotAllowed
	}
	if rec.tooLarge || len(b) > MaxReply-rec.buf.Len() {
		rec.tooLarge = true
		return 0, ErrReplyTooLarge
	}
	return rec.buf.Write(b)
}

func (rec *recorder) reply(err error) (*Reply, error) {
	if err == nil && rec.tooLarge {
		err = ErrReplyTooLarge
	}
	if err != nil {
		putBuffer(rec.buf)
		return nil, err
	}
	if rec.status == 0 {
		rec.status, rec.sent = http.StatusOK, rec.header
	}
	return &Reply{Status: rec.status, Header: rec.sent, buf: rec.buf}, nil
}

func bodyAllowed(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}
