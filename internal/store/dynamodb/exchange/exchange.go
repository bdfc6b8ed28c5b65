// Package exchange makes HTTP/1.1 exchanges (RFC 9112) with one host, for a client
// that makes very many small ones. It is http.Transport without its generality:
// the goroutine that makes a request writes it and reads the answer itself, where
// http.Transport hands both to two goroutines of the connection, which takes more
// time than the rest of the exchange. Requests and answers are written and read by
// net/http all the same.
package exchange

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	bufferSize = 16 << 10 // for what is written and for what is read of a connection, in bytes
	roomBeside = 1 << 20  // for what is in an answer beside its body: the head, the sizes of chunks

	// A connection that has been idle for this long may have been closed by the
	// host, of which nothing tells before it is used.
	doubtful = time.Second
)

var (
	errWholeBody = errors.New("exchange: the body of a request has to be of known length, and to be had again")
	errTooLarge  = errors.New("exchange: the answer is too large")
	errNotFinal  = errors.New("exchange: an answer that announces another was not asked for")
)

// Options bound the connections. All are required.
type Options struct {
	Dial        func(ctx context.Context, network, address string) (net.Conn, error)
	DialTimeout time.Duration // for the connection and TLS together
	TLS         *tls.Config   // for https; without a ServerName it is the host's
	IdleTime    time.Duration // how long a connection waits to be used again
	IdleMost    int           // how many do at most
	LongestBody int64         // of an answer, in bytes
	Now         func() time.Time
}

// Transport is an http.RoundTripper for requests to one host whose answers are
// short: it reads them as a whole. It starts no goroutine, and may be used by
// several. A request has GetBody, and may be sent twice: over a connection that
// has been idle until the host has closed it, and then over another.
type Transport struct {
	options Options
	scheme  string
	address string // host and port

	mu   sync.Mutex
	idle []*connection // the one that was used last is at the end
}

var _ http.RoundTripper = (*Transport)(nil)

// New returns a transport for the host of the URL.
func New(host *url.URL, options Options) *Transport {
	port := host.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[host.Scheme]
	}
	if options.TLS == nil {
		options.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if options.TLS.ServerName == "" {
		options.TLS = options.TLS.Clone()
		options.TLS.ServerName = host.Hostname()
	}
	return &Transport{options: options, scheme: host.Scheme, address: net.JoinHostPort(host.Hostname(), port)}
}

// RoundTrip implements http.RoundTripper. It returns soon after the request's
// context ends.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.GetBody == nil || r.ContentLength < 0 {
		return nil, errWholeBody
	}
	defer r.Body.Close() //nolint:errcheck // what is sent is read from GetBody
	for {
		c, err := t.connect(r.Context())
		if err != nil {
			return nil, err
		}
		stale := !c.idleSince.IsZero() && t.options.Now().Sub(c.idleSince) > doubtful
		response, err := t.exchange(r, c)
		if err == nil || !stale || c.heard() || r.Context().Err() != nil {
			return response, err
		}
	}
}

// exchange makes one exchange over the connection, and keeps it or closes it.
func (t *Transport) exchange(r *http.Request, c *connection) (response *http.Response, err error) {
	ctx := r.Context()
	stop := context.AfterFunc(ctx, c.interrupt)
	response, err = c.exchange(r)
	if untouched := stop(); !untouched || err != nil || response.Close || c.reader.Buffered() > 0 {
		_ = c.Close() // it has served its purpose, or failed to
	} else {
		t.keep(c)
	}
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return response, err
}

// connect returns an idle connection, or else a new one.
func (t *Transport) connect(ctx context.Context) (*connection, error) {
	if c := t.takeIdle(); c != nil {
		return c, nil
	}
	ctx, cancel := context.WithTimeout(ctx, t.options.DialTimeout)
	defer cancel()
	conn, err := t.options.Dial(ctx, "tcp", t.address)
	if err != nil {
		return nil, err
	}
	if t.scheme == "https" {
		secured := tls.Client(conn, t.options.TLS)
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		conn = secured
	}
	c := &connection{Conn: conn, writer: bufio.NewWriterSize(conn, bufferSize), longest: t.options.LongestBody}
	c.reader = bufio.NewReaderSize(c, bufferSize)
	return c, nil
}

func (t *Transport) takeIdle() *connection {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.idle) == 0 {
		return nil
	}
	last := len(t.idle) - 1
	c := t.idle[last]
	t.idle[last] = nil
	t.idle = t.idle[:last]
	if t.options.Now().Sub(c.idleSince) > t.options.IdleTime {
		t.closeAll() // the others have been idle for even longer
		_ = c.Close()
		return nil
	}
	return c
}

func (t *Transport) keep(c *connection) {
	c.idleSince = t.options.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.idle) > 0 && (len(t.idle) >= t.options.IdleMost || c.idleSince.Sub(t.idle[0].idleSince) > t.options.IdleTime) {
		_ = t.idle[0].Close()
		t.idle[0] = nil
		t.idle = t.idle[1:]
	}
	t.idle = append(t.idle, c)
}

// CloseIdleConnections closes the connections that are not in use.
func (t *Transport) CloseIdleConnections() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closeAll()
}

func (t *Transport) closeAll() {
	for _, c := range t.idle {
		_ = c.Close() // nobody waits for it
	}
	t.idle = nil
}

// A connection is used by one request at a time.
type connection struct {
	net.Conn
	reader    *bufio.Reader
	writer    *bufio.Writer
	longest   int64     // body that is read, in bytes
	idleSince time.Time // zero: it has not been used yet
	received  int64     // bytes of the current answer
}

// Read implements io.Reader, and counts what arrives: a head could be endless.
func (c *connection) Read(p []byte) (int, error) {
	if c.received > c.longest+roomBeside {
		return 0, errTooLarge
	}
	n, err := c.Conn.Read(p)
	c.received += int64(n)
	return n, err
}

// heard reports whether anything of the answer has arrived.
func (c *connection) heard() bool { return c.received > 0 }

// interrupt ends what is going on at the connection.
func (c *connection) interrupt() { _ = c.SetDeadline(time.Unix(1, 0)) }

// exchange sends the request and returns the answer with its whole body.
func (c *connection) exchange(r *http.Request) (*http.Response, error) {
	c.received = 0
	body, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	out := *r
	out.Body = body
	if err := out.Write(c.writer); err != nil {
		return nil, err
	}
	if err := c.writer.Flush(); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(c.reader, r)
	if err != nil {
		return nil, unexpected(err)
	}
	if response.StatusCode < http.StatusOK {
		return nil, errNotFinal
	}
	whole, err := readAll(response, c.longest)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(whole))
	response.ContentLength = int64(len(whole))
	return response, nil
}

// unexpected returns the end of a connection for what it is before an answer.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func readAll(response *http.Response, longest int64) ([]byte, error) {
	if response.ContentLength > longest {
		return nil, errTooLarge
	}
	if response.ContentLength >= 0 {
		body := make([]byte, response.ContentLength)
		_, err := io.ReadFull(response.Body, body)
		return body, unexpected(err)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, longest+1))
	if err == nil && int64(len(body)) > longest {
		err = errTooLarge
	}
	return body, err
}
