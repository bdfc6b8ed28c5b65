package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/spacefinder/spacefinder/internal/gateway/backend"
	"github.com/spacefinder/spacefinder/internal/gateway/deadline"
	"github.com/spacefinder/spacefinder/internal/gateway/route"
)

// serveMock answers with the reply that the document describes.
func (x *exchange) serveMock(w http.ResponseWriter) *failure {
	mock := x.op.mock
	if !mock.Types[contentType(x.r.Header)] {
		return &failure{kind: typeMediaType, message: "Unsupported Media Type"}
	}
	h := w.Header()
	x.setIDs(h)
	h["Content-Type"] = []string{"application/json"}
	for name, value := range mock.Headers {
		h.Set(name, value)
	}
	x.write(w, mock.Status, []byte(mock.Body))
	return nil
}

// serveProxy sends the request to the backend and its reply to the client.
func (x *exchange) serveProxy(w http.ResponseWriter) *failure {
	ctx := deadline.New(x.r.Context(), x.op.proxy.timeout)
	defer ctx.Cancel()

	x.integrationStart = x.g.cfg.Now()
	reply, err := x.op.proxy.target.Call(x.backendRequest(ctx))
	x.integrationLatency = x.g.cfg.Now().Sub(x.integrationStart)
	if err != nil {
		return x.integrationFailed(ctx, err)
	}
	defer reply.Release()
	x.integrationStatus = reply.Status
	h := w.Header()
	copyReplyHeader(h, reply.Header)
	x.setIDs(h)
	x.write(w, reply.Status, reply.Body())
	return nil
}

// integrationFailed turns a backend's failure into a reply.
func (x *exchange) integrationFailed(ctx context.Context, err error) *failure {
	if x.clientGone() {
		return nil
	}
	cause := fmt.Errorf("the backend failed: %w", err)
	switch {
	case errors.Is(err, backend.ErrReplyTooLarge):
		return &failure{kind: typeAPIConfig, message: "Internal server error", cause: cause}
	case ctx.Err() != nil:
		return &failure{kind: typeTimeout, message: "Endpoint request timed out", cause: cause}
	default:
		return &failure{kind: typeFailed, message: "Network error communicating with endpoint", cause: cause}
	}
}

// backendRequest builds the request that the backend gets.
func (x *exchange) backendRequest(ctx context.Context) *http.Request {
	p := x.op.proxy
	u := &url.URL{Scheme: p.scheme, Host: p.host, RawQuery: x.backendQuery()}
	u.Path, u.RawPath = x.backendPath()
	r := &http.Request{
		Method: p.method, URL: u, Host: p.host, Header: x.backendHeader(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		RemoteAddr: "127.0.0.1:0", Body: http.NoBody,
	}
	if r.Method == "" {
		r.Method = x.method
	}
	if body := x.body; len(body) > 0 {
		r.ContentLength = int64(len(body))
		r.Body = io.NopCloser(bytes.NewReader(body))
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	}
	return r.WithContext(ctx)
}

// backendPath fills the path parameters in; escaped is "" when it would be the
// same.
func (x *exchange) backendPath() (path, escaped string) {
	decoded, raw := make([]byte, 0, 128), make([]byte, 0, 128) // on the stack
	for _, part := range x.op.proxy.path {
		segments := route.Path{part.literal}
		if part.parameter != "" {
			segments, _ = x.params.Get(part.parameter)
		}
		for _, segment := range segments {
			decoded = append(append(decoded, '/'), segment...)
			raw = append(append(raw, '/'), url.PathEscape(segment)...)
		}
	}
	if bytes.Equal(decoded, raw) {
		return string(decoded), ""
	}
	return string(decoded), string(raw)
}

// backendQuery returns the client's query as it was sent, followed by what is
// mapped: mapped values are added to the client's of the same name.
func (x *exchange) backendQuery() string {
	query := x.r.URL.RawQuery
	for _, m := range x.op.proxy.query {
		value, ok := m.value.read(x)
		if !ok {
			continue
		}
		if query != "" {
			query += "&"
		}
		query += url.QueryEscape(m.name) + "=" + url.QueryEscape(value)
	}
	return query
}
