// Package backend holds what an integration can send a request to: a handler in
// the same process, or a pool of servers. Both give a whole reply of bounded
// size or an error, so that the front door answers with a status of its own as
// long as anything can still go wrong.
package backend

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"sync"
)

// MaxReply is the most bytes of a reply's body: API Gateway's payload limit.
//
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
const MaxReply = 10 << 20

// Errors of a call, besides the error of the request's context.
var (
	ErrReplyTooLarge = errors.New("the reply is longer than 10 MB")
	ErrBroken        = errors.New("the backend ended the connection before its reply was whole")
)

// PanicError is the error of a call to a handler that panicked. It matches
// ErrBroken, as a server that panics breaks its connection.
type PanicError struct {
	Value any
	Stack []byte
}

// Error returns the panic value; the stack is for logs.
func (e *PanicError) Error() string { return fmt.Sprintf("the handler panicked: %v", e.Value) }

// Is reports that a panic is a broken connection.
func (e *PanicError) Is(target error) bool { return target == ErrBroken }

// Target is where an integration sends its requests.
type Target interface {
	// Call sends the request, whose body is in memory, and returns the whole
	// reply. It ends when the request's context does, with the context's error.
	// The request belongs to the target from then on, even after Call returned.
	Call(r *http.Request) (*Reply, error)
	// Close ends background work. Calls after Close fail or not, as the target
	// likes.
	Close()
}

// Reply is the whole answer of a target. Call Release when done with it.
type Reply struct {
	Status int         // 200 to 999
	Header http.Header // the caller may change it
	buf    *bytes.Buffer
}

// Body returns the body, valid until Release.
func (r *Reply) Body() []byte { return r.buf.Bytes() }

// Release hands the memory of the body back.
func (r *Reply) Release() {
	putBuffer(r.buf)
	r.buf = nil
}

// maxPooled is the capacity in bytes above which a buffer is left to the
// collector, so that one large reply does not stay in memory for ever.
const maxPooled = 64 << 10

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func getBuffer() *bytes.Buffer {
	buf, _ := buffers.Get().(*bytes.Buffer)
	buf.Reset()
	return buf
}

func putBuffer(buf *bytes.Buffer) {
	if buf != nil && buf.Cap() <= maxPooled {
		buffers.Put(buf)
	}
}
