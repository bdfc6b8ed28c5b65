package backend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// PoolConfig describes a pool of servers that serve the same thing.
type PoolConfig struct {
	URLs []string // http://HOST[:PORT] or https://..., at least one, no path

	// HealthPath is asked for with GET; any status of 200 to 399 is healthy.
	// Default /health.
	HealthPath string
	Interval   time.Duration // between two health checks of a server; default 5 s
	Timeout    time.Duration // of one health check; default 2 s
	// UnhealthyAfter is how many failures in a row (health checks and refused
	// connections alike) take a server out of rotation; default 2. One good
	// health check brings it back.
	UnhealthyAfter int

	Logger *slog.Logger // default discards
}

// Pool sends requests to its healthy servers in turn. While none is healthy it
// tries all of them: a health check that is wrong about every server is
// likelier than every server being down, and costs nothing when it is right.
type Pool struct {
	cfg       PoolConfig
	members   []*member
	transport *http.Transport
	next      atomic.Uint64
	stop      context.CancelFunc
	done      sync.WaitGroup
}

type member struct {
	url      *url.URL
	failures atomic.Int32 // in a row
}

// NewPool starts a pool and its health checks; Close ends them. Every wrong
// setting is in the error.
func NewPool(cfg PoolConfig) (*Pool, error) {
	if cfg.HealthPath == "" {
		cfg.HealthPath = "/health"
	}
	if cfg.Interval <= 0 {
		cfg.Interval = 5 * time.Second
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 2 * time.Second
	}
	if cfg.UnhealthyAfter <= 0 {
		cfg.UnhealthyAfter = 2
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	p := &Pool{cfg: cfg, transport: newTransport()}
	var problems []error
	for _, raw := range cfg.URLs {
		m, err := newMember(raw)
		if err != nil {
			problems = append(problems, err)
		}
		p.members = append(p.members, m)
	}
	if len(cfg.URLs) == 0 {
		problems = append(problems, errors.New("a pool needs at least one URL"))
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	for _, m := range p.members {
		p.done.Go(func() { p.watch(ctx, m) })
	}
	return p, nil
}

func newMember(raw string) (*member, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("backend %q is not a URL", raw)
	}
	bare := url.URL{Scheme: u.Scheme, Host: u.Host}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.String() != bare.String() {
		return nil, fmt.Errorf("backend %q is not of the form http://HOST[:PORT]", raw)
	}
	return &member{url: u}, nil
}

// newTransport speaks HTTP/1.1, as API Gateway does to its backends, straight
// to the server and without compression of its own.
func newTransport() *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:    5 * time.Second,
		MaxIdleConns:           1024,
		MaxIdleConnsPerHost:    256,
		MaxConnsPerHost:        1024,
		IdleConnTimeout:        60 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
		Protocols:              &protocols,
	}
}

// Close ends the health checks and closes idle connections.
func (p *Pool) Close() {
	p.stop()
	p.done.Wait()
	p.transport.CloseIdleConnections()
}

// Call sends the request to the next server. It goes on to another server only
// where that cannot repeat an effect: when no connection was made, so that
// nothing was sent, or when the connection broke before a reply to a GET or
// HEAD. (net/http itself also repeats a request with the client's own
// Idempotency-Key and no body on a connection that turns out to be closed.)
func (p *Pool) Call(r *http.Request) (*Reply, error) {
	var err error
	for attempt, m := range p.candidates() {
		if attempt > 0 && r.GetBody != nil {
			if r.Body, err = r.GetBody(); err != nil {
				return nil, err
			}
		}
		var reply *Reply
		if reply, err = p.callMember(r, m); err == nil {
			return reply, nil
		}
		if r.Context().Err() != nil {
			return nil, context.Cause(r.Context())
		}
		if !mayRetry(r.Method, err) {
			return nil, err
		}
	}
	return nil, err
}

// candidates returns the servers to try in this order: the healthy ones, from
// the next in turn on; all of them when none is healthy.
func (p *Pool) candidates() []*member {
	start := int(p.next.Add(1) % uint64(len(p.members))) //nolint:gosec // smaller than len(p.members)
	order := make([]*member, 0, len(p.members))
	for i := range p.members {
		if m := p.members[(start+i)%len(p.members)]; p.healthy(m) {
			order = append(order, m)
		}
	}
	if len(order) > 0 {
		return order
	}
	for i := range p.members {
		order = append(order, p.members[(start+i)%len(p.members)])
	}
	return order
}

func (p *Pool) callMember(r *http.Request, m *member) (*Reply, error) {
	out := r.WithContext(r.Context())
	target := *r.URL
	target.Scheme, target.Host = m.url.Scheme, m.url.Host
	out.URL = &target
	out.GetBody = nil // net/http shall not send a body twice on its own
	resp, err := p.transport.RoundTrip(out)
	if err != nil {
		if notSent(err) {
			p.failed(m, err)
		}
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode < http.StatusOK {
		return nil, ErrBroken // an upgrade that nobody asked for
	}
	return readReply(resp)
}

func readReply(resp *http.Response) (*Reply, error) {
	if resp.ContentLength > MaxReply {
		return nil, ErrReplyTooLarge
	}
	buf := getBuffer()
	n, err := buf.ReadFrom(io.LimitReader(resp.Body, MaxReply+1))
	if err == nil && n > MaxReply {
		err = ErrReplyTooLarge
	}
	if err != nil {
		putBuffer(buf)
		if !errors.Is(err, ErrReplyTooLarge) {
			err = brokenReplyError{err}
		}
		return nil, err
	}
	return &Reply{Status: resp.StatusCode, Header: resp.Header, buf: buf}, nil
}

// brokenReplyError is the error of a reply that began and did not end.
type brokenReplyError struct{ cause error }

func (e brokenReplyError) Error() string        { return ErrBroken.Error() + ": " + e.cause.Error() }
func (e brokenReplyError) Is(target error) bool { return target == ErrBroken }

// mayRetry reports whether another server may get the request after err.
func mayRetry(method string, err error) bool {
	if errors.Is(err, ErrBroken) || errors.Is(err, ErrReplyTooLarge) {
		return false // a reply had begun
	}
	return notSent(err) || method == http.MethodGet || method == http.MethodHead
}

// notSent reports whether err says that no connection was made.
func notSent(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

func (p *Pool) healthy(m *member) bool { return int(m.failures.Load()) < p.cfg.UnhealthyAfter }

func (p *Pool) failed(m *member, cause error) {
	if int(m.failures.Add(1)) == p.cfg.UnhealthyAfter {
		p.cfg.Logger.Warn("backend is unhealthy", "backend", m.url.String(), "error", cause)
	}
}

// watch checks one server until ctx ends.
func (p *Pool) watch(ctx context.Context, m *member) {
	ticker := time.NewTicker(p.cfg.Interval)
	defer ticker.Stop()
	for {
		err := p.check(ctx, m)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			p.failed(m, err)
		case int(m.failures.Swap(0)) >= p.cfg.UnhealthyAfter:
			p.cfg.Logger.Info("backend is healthy again", "backend", m.url.String())
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// check asks one server for its health.
func (p *Pool) check(ctx context.Context, m *member) error {
	ctx, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.url.String()+p.cfg.HealthPath, nil)
	if err != nil {
		return err
	}
	resp, err := p.transport.RoundTrip(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)); err != nil {
		return err
	}
	if resp.StatusCode < 200 || resp.StatusCode >= 400 {
		return fmt.Errorf("health check answered %d", resp.StatusCode)
	}
	return nil
}
