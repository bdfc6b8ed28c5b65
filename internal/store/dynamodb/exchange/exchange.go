// Package exchange makes HTTP/1.1 exchanges (RFC 9112) with one host, for a client
// that makes very many small ones: POST of a body to the path "/". It is
// http.Transport without its generality. The goroutine that makes a request writes
// it and reads the answer itself, where http.Transport hands both to two goroutines
// of the connection, which takes more time than the rest of the exchange. A request
// is written at once, and an answer as hosts send it to programs is read here; any
// other is left to net/http.
package exchange

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

// A connection that has been idle for this long may have been closed by the
// host, of which nothing tells before it is used.
const doubtful = time.Second

// A Request is a POST to the path "/".
type Request struct {
	Host    string
	Header  []Field       // all others but Content-Length
	Body    []byte        // neither it nor Header is read any more once Exchange has returned
	Timeout time.Duration // for all of the exchange, a connection made for it included
}

// A Field is a line of a header. Neither part has a line break.
type Field struct{ Name, Value string }

// An Answer is what came back, read as a whole.
type Answer struct {
	Status int
	Header []Field
	Body   string
	Sum    uint32 // of the body: CRC-32 (IEEE)
}

// Get returns the first value of a header, "" for none. In names, case does not
// matter.
func (a *Answer) Get(name string) string {
	for _, f := range a.Header {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// Options bound the connections. All but TLS are required.
type Options struct {
	Dial        func(ctx context.Context, network, address string) (net.Conn, error)
	TLS         *tls.Config   // for https; without a ServerName it is the host's
	IdleTime    time.Duration // how long a connection waits to be used again
	IdleMost    int           // how many do at most
	LongestBody int           // of an answer, in bytes
	Now         func() time.Time
}

// Transport makes exchanges with one host, whose answers are short. It starts no
// goroutine, and may be used by several. It may send a request twice: over a
// connection that has been idle until the host has closed it, and then over
// another.
type Transport struct {
	options Options
	scheme  string
	address string // host and port

	mu   sync.Mutex
	idle []*connection // the one that was used last is at the end
}

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

// Exchange sends the request and returns the answer, whatever its status. It
// returns soon after the context ends, and with a net.Error that says Timeout
// after the request's time.
func (t *Transport) Exchange(ctx context.Context, r Request) (Answer, error) {
	deadline := t.options.Now().Add(r.Timeout)
	for {
		c, err := t.connect(ctx, deadline)
		if err != nil {
			return Answer{}, err
		}
		stale := !c.idleSince.IsZero() && t.options.Now().Sub(c.idleSince) > doubtful
		answer, err := t.over(ctx, c, deadline, r)
		if err == nil || !stale || c.heard() || ctx.Err() != nil || errors.Is(err, os.ErrDeadlineExceeded) {
			return answer, err
		}
	}
}

// over makes one exchange over the connection, and keeps it or closes it.
func (t *Transport) over(ctx context.Context, c *connection, deadline time.Time, r Request) (answer Answer, err error) {
	reusable := false
	if err = c.begin(ctx, deadline, r); err == nil {
		answer, reusable, err = c.exchange(r)
	}
	if untouched := c.end(); untouched && reusable && err == nil {
		t.keep(c)
	} else {
		_ = c.Close() // it has served its purpose, or failed to
	}
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return answer, err
}

// connect returns an idle connection, or else a new one, made by the deadline.
func (t *Transport) connect(ctx context.Context, deadline time.Time) (*connection, error) {
	c := t.takeIdle()
	if c == nil {
		conn, err := t.dial(ctx, deadline)
		if err != nil {
			return nil, err
		}
		c = newConnection(conn, t.options.LongestBody)
	}
	return c, nil
}

// dial makes a connection, secured when the scheme says so.
func (t *Transport) dial(ctx context.Context, deadline time.Time) (net.Conn, error) {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	conn, err := t.options.Dial(ctx, "tcp", t.address)
	if err != nil || t.scheme != "https" {
		return conn, err
	}
	secured := tls.Client(conn, t.options.TLS)
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return secured, nil
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
