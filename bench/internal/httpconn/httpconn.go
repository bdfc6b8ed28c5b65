// Package httpconn asks a server over one connection of HTTP/1.1 (RFC 9112)
// with as little work as possible: where client and server share a machine,
// what the client takes is not there for the server.
//
// It knows what the servers of a run send, and takes everything else for an
// error: answers say how long they are or come in chunks.
package httpconn

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

const (
	bufferSize = 32 << 10 // most answers come with one call of the system
	maxBody    = 1 << 20  // bytes of an answer
)

// Conn is a connection that is opened when it is first needed, and again after
// an error. It is for one goroutine at a time.
type Conn struct {
	Addr    string        // of the server: host and port
	Timeout time.Duration // of an exchange
	Idle    time.Duration // after which the connection is replaced; less than the server waits before it closes it

	conn   stream
	ctx    context.Context // whose end closes the connection
	stop   func() bool     // lets ctx go
	used   time.Time
	reader *bufio.Reader
	body   []byte
}

// stream is what a Conn needs of a connection.
type stream interface {
	io.ReadWriteCloser
	SetDeadline(t time.Time) error
}

// Answer is what the server has sent.
type Answer struct {
	Status int
	Body   []byte // until the next exchange
}

// Exchange sends the bytes of a request and reads the answer to its end. The
// end of ctx ends it.
func (c *Conn) Exchange(ctx context.Context, request []byte) (Answer, error) {
	if err := c.prepare(ctx); err != nil {
		return Answer{}, err
	}
	answer, last, err := c.exchange(request)
	if err != nil || last {
		c.Close()
	}
	if err != nil && ctx.Err() != nil {
		err = ctx.Err() // it has closed the connection
	}
	return answer, err
}

// prepare makes sure that there is a connection that the end of ctx closes, and
// that the server has not lost patience with.
func (c *Conn) prepare(ctx context.Context) error {
	now := time.Now()
	if c.conn != nil && (c.ctx != ctx || now.Sub(c.used) > c.Idle) {
		c.Close()
	}
	if c.conn == nil {
		if err := c.open(ctx); err != nil {
			return err
		}
	}
	c.used = now
	return c.conn.SetDeadline(now.Add(c.Timeout))
}

func (c *Conn) open(ctx context.Context) error {
	conn, err := c.dial(ctx)
	if err != nil {
		return err
	}
	c.conn, c.ctx = conn, ctx
	if c.reader == nil {
		c.reader = bufio.NewReaderSize(nil, bufferSize)
	}
	c.reader.Reset(conn)
	return nil
}

func (c *Conn) dial(ctx context.Context) (stream, error) {
	if readable, is := ctx.Value(contextKey{}).(func(int) error); is {
		c.stop = func() bool { return true }
		return dialShared(c.Addr, readable)
	}
	dialer := net.Dialer{Timeout: c.Timeout}
	conn, err := dialer.DialContext(ctx, "tcp", c.Addr)
	if err == nil {
		c.stop = context.AfterFunc(ctx, func() { _ = conn.Close() }) // whoever reads from it gets an error
	}
	return conn, err
}

type contextKey struct{}

// WithReadable returns a context for exchanges that share a thread with others: to
// wait for the answer, they call readable with the file descriptor of the
// connection. Neither Timeout nor the end of the context ends them; who decides
// when readable returns looks after both.
func WithReadable(ctx context.Context, readable func(fd int) error) context.Context {
	return context.WithValue(ctx, contextKey{}, readable)
}

// Close closes the connection, if there is one.
func (c *Conn) Close() {
	if c.conn == nil {
		return
	}
	c.stop()
	_ = c.conn.Close() // nothing is under way that could be lost
	c.conn = nil
}

// exchange reports too whether the server closes the connection after it.
func (c *Conn) exchange(request []byte) (answer Answer, last bool, err error) {
	if _, err := c.conn.Write(request); err != nil {
		return answer, false, err
	}
	h, err := readHead(c.reader)
	if err != nil {
		return answer, false, ended(err)
	}
	c.body = c.body[:0]
	switch {
	case h.chunked:
		err = c.readChunks()
	case h.length > 0:
		err = c.readPart(h.length)
	}
	if err == nil && c.reader.Buffered() > 0 {
		err = errors.New("the server sends more than it was asked for")
	}
	return Answer{Status: h.status, Body: c.body}, h.last, ended(err)
}

// ended says what an end in the middle of an answer is.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readPart appends so many bytes to the body.
func (c *Conn) readPart(size int64) error {
	begin := len(c.body)
	if size > maxBody-int64(begin) {
		return fmt.Errorf("the answer has more than %d bytes", maxBody)
	}
	end := begin + int(size)
	for cap(c.body) < end {
		c.body = append(c.body[:cap(c.body)], 0)
	}
	c.body = c.body[:end]
	_, err := io.ReadFull(c.reader, c.body[begin:])
	return err
}
