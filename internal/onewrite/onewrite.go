// Package onewrite sends answers of net/http with one call of the system.
//
// A server of net/http writes through a buffer of 4 kB, so that an answer that is
// longer goes out in two pieces, and each of them makes its way through the network
// and wakes the client. Here a handler says how long the body is that it is about to
// write, and the connection gathers that much before it writes.
package onewrite

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"sync"
)

const (
	shortest = 2 << 10  // body, in bytes, that may not fit in net/http's buffer beside the head
	longest  = 64 << 10 // body, in bytes, of which more pieces are no loss
	room     = 8 << 10  // for what is gathered at first, in bytes
)

// Listener wraps the connections of l for a server with ConnContext.
func Listener(l net.Listener) net.Listener { return listener{l} }

type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &connection{Conn: c}, nil
}

type contextKey struct{}

// ConnContext is for the field of that name of http.Server: it lets Expect find the
// connection of a request.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	if c, ok := c.(*connection); ok {
		return context.WithValue(ctx, contextKey{}, c)
	}
	return ctx
}

// Expect says that the handler of r now writes an answer with a body of so many
// bytes, all of them. It does nothing where the connection was not accepted by a
// Listener, or where one write makes no difference.
func Expect(r *http.Request, body int) {
	if body < shortest || body > longest || r.Method == http.MethodHead { // to which net/http sends no body
		return
	}
	if c, ok := r.Context().Value(contextKey{}).(*connection); ok {
		c.expect(body)
	}
}

// A connection gathers what is expected. net/http writes to it from one goroutine at
// a time.
type connection struct {
	net.Conn
	body     int           // of the answer that is expected
	gathered *bytes.Buffer // of it so far; nil while none is expected
}

var buffers = sync.Pool{New: func() any { return bytes.NewBuffer(make([]byte, 0, room)) }}

func (c *connection) expect(body int) {
	if c.gathered == nil {
		c.body = body
		c.gathered, _ = buffers.Get().(*bytes.Buffer)
	}
}

// Write implements net.Conn. What it holds back counts as written: when it cannot be
// written with the rest, that write fails. Nothing is sent of an answer that turns
// out shorter than expected, whose connection net/http closes.
func (c *connection) Write(p []byte) (int, error) {
	if c.gathered == nil {
		return c.Conn.Write(p)
	}
	c.gathered.Write(p) // never fails
	head, body, whole := bytes.Cut(c.gathered.Bytes(), []byte("\r\n\r\n"))
	if len(body) < c.body && (whole || len(head) <= longest) {
		return len(p), nil
	}
	if err := c.send(); err != nil {
		return 0, err
	}
	return len(p), nil
}

// send writes what has been gathered, and ends the gathering.
func (c *connection) send() error {
	_, err := c.Conn.Write(c.gathered.Bytes())
	c.gathered.Reset()
	buffers.Put(c.gathered)
	c.gathered = nil
	return err
}

// CloseWrite tells the client that nothing follows, while what it still sends is
// read. net/http asks for it before it closes a connection of which it has not read
// everything: to close it at once could take the answer from the client.
func (c *connection) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
