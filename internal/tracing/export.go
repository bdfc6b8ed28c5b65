package tracing

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

const (
	// firstPause is how long a failed export waits for its first repetition;
	// every further pause is twice as long.
	firstPause = 500 * time.Millisecond
	// maxAnswer bounds what is read of an answer, in bytes.
	maxAnswer = 64 << 10
)

// client is the otlptrace.Client that posts spans to an endpoint.
//
// Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp
type client struct {
	cfg    Config
	http   *http.Client
	losses *losses

	last  context.Context // ends with the grace of the shutdown
	close context.CancelFunc

	stopping context.Context // ends when no time is left for repetitions
	hurry    context.CancelFunc
}

func newClient(cfg Config) *client {
	c := &client{
		cfg:    cfg,
		losses: &losses{logger: cfg.Logger, now: cfg.Now},
		http: &http.Client{
			Transport: cfg.Transport,
			// Spans, and the keys in headers, go to the configured address alone.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	if c.http.Transport == nil {
		c.http.Transport = NewTransport()
	}
	c.last, c.close = context.WithCancel(context.Background())
	c.stopping, c.hurry = context.WithCancel(context.Background())
	return c
}

// NewTransport returns the transport of the exports, for one that wraps it:
// few connections, no proxy.
func NewTransport() *http.Transport {
	return &http.Transport{
		MaxConnsPerHost: 2, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute,
		TLSHandshakeTimeout: 5 * time.Second, ForceAttemptHTTP2: false,
	}
}

// Start implements otlptrace.Client.
func (*client) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client.
func (c *client) Stop(context.Context) error {
	c.http.CloseIdleConnections()
	return nil
}

// UploadTraces implements otlptrace.Client. What goes wrong is logged here and
// not returned: the SDK would hand it to a handler that is global.
func (c *client) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.last, cancel)()
	body, err := c.encode(spans)
	if err == nil {
		err = c.deliver(ctx, body)
	}
	if err != nil {
		c.losses.add(count(spans), err)
	}
	return nil
}

func count(spans []*tracepb.ResourceSpans) (n int) {
	for _, resource := range spans {
		for _, scope := range resource.GetScopeSpans() {
			n += len(scope.GetSpans())
		}
	}
	return n
}

// encode returns the body of an export. TracesData has the same encoding as
// ExportTraceServiceRequest, whose package would bring gRPC.
func (c *client) encode(spans []*tracepb.ResourceSpans) ([]byte, error) {
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	if err != nil || !c.cfg.Gzip {
		return body, err
	}
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return compressed.Bytes(), nil
}

// temporary is a failure that a repetition may mend.
type temporary struct {
	error
	after time.Duration // what the endpoint asks to wait
}

func (e temporary) Unwrap() error { return e.error }

// deliver posts the body until it is taken, refused for good, or its time is
// up. The pauses grow; once the program stops there is none any more.
func (c *client) deliver(ctx context.Context, body []byte) error {
	for pause := firstPause; ; pause *= 2 {
		err := c.post(ctx, body)
		failure, again := errors.AsType[temporary](err)
		if !again || ctx.Err() != nil || c.stopping.Err() != nil {
			return err
		}
		timer := time.NewTimer(max(pause, failure.after))
		select {
		case <-timer.C:
			continue
		case <-ctx.Done():
		case <-c.stopping.Done():
		}
		timer.Stop()
		return err
	}
}

func (c *client) post(ctx context.Context, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.Endpoint, bytes.NewReader(body))
	if err != nil {
		return err
	}
	for name, value := range c.cfg.Headers {
		r.Header.Set(name, value)
	}
	r.Header.Set("Content-Type", "application/x-protobuf")
	r.Header.Set("User-Agent", "spacefinder/"+c.cfg.Version)
	if c.cfg.Gzip {
		r.Header.Set("Content-Encoding", "gzip")
	}
	response, err := c.http.Do(r)
	if err != nil {
		return temporary{error: err}
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return temporary{error: err}
	}
	return judge(response, answer)
}
