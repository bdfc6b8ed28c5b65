package exchange

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"
)

const (
	bufferSize = 16 << 10 // for what is written and for what is read of a connection, in bytes
	roomBeside = 1 << 20  // for what is in an answer beside its body: the head, the sizes of chunks
)

// ErrTooLarge says that an answer is longer than is read.
var ErrTooLarge = errors.New("exchange: the answer is too large")

var (
	errNotFinal = errors.New("exchange: an answer that announces another was not asked for")
	errNotALine = errors.New("exchange: a header of the request has a line break")
)

// A connection is used by one request at a time.
type connection struct {
	net.Conn
	reader    *bufio.Reader
	out       []byte    // memory for what is written
	longest   int       // body that is read, in bytes
	idleSince time.Time // zero: it has not been used yet
	received  int64     // bytes of the current answer
	interrupt func()    // ends what is going on at the connection

	ctx      context.Context // of the current exchange
	deadline time.Time       // of the current exchange
	unwatch  func() bool     // nil: the exchange does not hear of the end of ctx yet
}

func newConnection(conn net.Conn, longest int) *connection {
	c := &connection{Conn: conn, longest: longest}
	c.reader = bufio.NewReaderSize(c, bufferSize)
	c.interrupt = func() { _ = c.SetDeadline(time.Unix(1, 0)) }
	return c
}

// glance is how long an exchange lasts before it looks after its context. To be
// told of its end from the beginning would cost as much as to sign the request, and
// most answers come much sooner.
const glance = 50 * time.Millisecond

// begin begins an exchange, which ends at the deadline or soon after ctx.
func (c *connection) begin(ctx context.Context, deadline time.Time, r Request) error {
	c.ctx, c.deadline, c.unwatch = ctx, deadline, nil
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.SetWriteDeadline(deadline); err != nil {
		return err
	}
	if len(r.Body) > bufferSize { // to send it may take longer
		return c.watch()
	}
	first := earlier(deadline, time.Now().Add(glance))
	if ends, is := ctx.Deadline(); is {
		first = earlier(first, ends)
	}
	return c.SetReadDeadline(first)
}

// watch has the end of the context end the exchange from now on.
func (c *connection) watch() error {
	err := c.SetReadDeadline(c.deadline)
	c.unwatch = context.AfterFunc(c.ctx, c.interrupt)
	return err
}

// end ends the exchange, and reports whether nothing has interrupted it.
func (c *connection) end() bool {
	c.ctx = nil // a connection may be idle for longer than a request's context is of use
	return c.unwatch == nil || c.unwatch()
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Read implements io.Reader, and counts what arrives: a head could be endless.
func (c *connection) Read(p []byte) (int, error) {
	if c.received > int64(c.longest)+roomBeside {
		return 0, ErrTooLarge
	}
	n, err := c.Conn.Read(p)
	if c.unwatch == nil && errors.Is(err, os.ErrDeadlineExceeded) {
		if err = c.watch(); err == nil && n == 0 {
			n, err = c.Conn.Read(p)
		}
	}
	c.received += int64(n)
	return n, err
}

// heard reports whether anything of the answer has arrived.
func (c *connection) heard() bool { return c.received > 0 }

// exchange sends the request and returns the answer, and whether the connection
// may be used for another.
func (c *connection) exchange(r Request) (answer Answer, reusable bool, err error) {
	c.received = 0
	if err := c.send(r); err != nil {
		return Answer{}, false, err
	}
	if answer, reusable, err = c.receive(); err != nil {
		return Answer{}, false, err
	}
	return answer, reusable && c.reader.Buffered() == 0, nil
}

// send writes the request, with one call of the system when it is short.
func (c *connection) send(r Request) error {
	head, err := appendHead(c.out[:0], r)
	if err != nil {
		return err
	}
	c.out = head
	if len(head)+len(r.Body) > bufferSize {
		_, err := (&net.Buffers{head, r.Body}).WriteTo(c.Conn)
		return err
	}
	c.out = append(head, r.Body...)
	_, err = c.Write(c.out)
	return err
}

// appendHead appends what comes before the body of a request.
func appendHead(to []byte, r Request) ([]byte, error) {
	to = append(to, "POST / HTTP/1.1\r\nContent-Length: "...)
	to = strconv.AppendInt(to, int64(len(r.Body)), 10)
	to = append(to, "\r\n"...)
	to, err := appendField(to, Field{"Host", r.Host})
	for _, f := range r.Header {
		if err != nil {
			return nil, err
		}
		to, err = appendField(to, f)
	}
	return append(to, "\r\n"...), err
}

func appendField(to []byte, f Field) ([]byte, error) {
	start := len(to)
	to = append(to, f.Name...)
	to = append(to, ": "...)
	to = append(to, f.Value...)
	if line := to[start:]; bytes.IndexByte(line, '\n') >= 0 || bytes.IndexByte(line, '\r') >= 0 {
		return nil, errNotALine
	}
	return append(to, "\r\n"...), nil
}

// receive reads an answer.
func (c *connection) receive() (answer Answer, reusable bool, err error) {
	if _, err := c.reader.Peek(1); err != nil {
		return Answer{}, false, unexpected(err)
	}
	arrived, err := c.reader.Peek(c.reader.Buffered())
	if err != nil {
		return Answer{}, false, err
	}
	head, _, whole := bytes.Cut(arrived, []byte("\r\n\r\n"))
	if !whole {
		return c.receiveOther()
	}
	answer, length, plain := parseHead(string(head))
	if !plain {
		return c.receiveOther()
	}
	if _, err := c.reader.Discard(len(head) + len("\r\n\r\n")); err != nil {
		return Answer{}, false, err
	}
	answer.Body, answer.Sum, err = c.body(length)
	return answer, true, err
}

// body reads a body of that length.
func (c *connection) body(length int) (string, uint32, error) {
	body := text{longest: c.longest}
	if err := body.expect(int64(length)); err != nil {
		return "", 0, err
	}
	for body.written.Len() < length {
		if _, err := c.reader.Peek(1); err != nil {
			return "", 0, unexpected(err)
		}
		part, err := c.reader.Peek(min(c.reader.Buffered(), length-body.written.Len()))
		if err != nil {
			return "", 0, err
		}
		if _, err := body.Write(part); err != nil {
			return "", 0, err
		}
		if _, err := c.reader.Discard(len(part)); err != nil {
			return "", 0, err
		}
	}
	return body.written.String(), body.sum, nil
}

// receiveOther reads an answer that is not plain: in chunks, with a head that has
// arrived in part, the last one of its connection, or broken.
func (c *connection) receiveOther() (answer Answer, reusable bool, err error) {
	response, err := http.ReadResponse(c.reader, &http.Request{Method: http.MethodPost})
	if err != nil {
		return Answer{}, false, unexpected(err)
	}
	if response.StatusCode < http.StatusOK {
		return Answer{}, false, errors.Join(errNotFinal, response.Body.Close())
	}
	answer, err = answerOf(response, c.longest)
	return answer, !response.Close, unexpected(err)
}

// unexpected returns the end of a connection for what it is before the end of an
// answer.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
