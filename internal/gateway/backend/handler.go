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
// as a server of its own: nothing passes but the request. It runs on the
// caller's goroutine, so it must heed the request's context, as everything here
// that waits does; a reply that comes after the context has ended is dropped. The
// header is taken, not copied, with the status: a handler that changes it later
// must ask for it again, and changes nothing of what is sent.
func Handler(h http.Handler) Target { return handlerTarget{h} }

func (handlerTarget) Close() {}

func (t handlerTarget) Call(r *http.Request) (*Reply, error) {
	r.RequestURI = r.URL.RequestURI()
	rec := &recorder{header: make(http.Header, 8), buf: getBuffer()}
	err := t.serve(rec, r)
	if ctx := r.Context(); ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return rec.reply(err)
}

// serve calls the handler; a panic breaks this connection alone.
func (t handlerTarget) serve(rec *recorder, r *http.Request) (err error) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			err = ErrBroken
		default:
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	t.h.ServeHTTP(rec, r)
	return nil
}

// recorder is the http.ResponseWriter of a handler in process.
type recorder struct {
	header   http.Header // nil once it is sent, until somebody asks for it
	sent     http.Header // header as it was at WriteHeader
	status   int
	buf      *bytes.Buffer
	tooLarge bool
}

func (rec *recorder) Header() http.Header {
	if rec.header == nil {
		rec.header = maps.Clone(rec.sent)
	}
	return rec.header
}

func (rec *recorder) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic("invalid status code") // as net/http does
	}
	if rec.status != 0 || status < 200 {
		return // superfluous, or informational
	}
	rec.status = status
	rec.sent, rec.header = rec.header, nil
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
