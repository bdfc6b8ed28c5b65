// Package client is the API's client in the end-to-end suite. Every answer is
// held to the OpenAPI document before a test sees it.
package client

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/test/internal/contract"
)

// API is one system's API.
type API struct {
	Base     string // without a slash at the end
	Document *contract.Document

	http *http.Client
}

const (
	requestTimeout = 60 * time.Second
	idleConns      = 128
)

// New returns a client of the API at the endpoint.
func New(endpoint string, document *contract.Document) *API {
	transport := &http.Transport{
		MaxIdleConns:        idleConns,
		MaxIdleConnsPerHost: idleConns,
		DisableCompression:  true,
	}
	return &API{
		Base:     strings.TrimSuffix(endpoint, "/"),
		Document: document,
		http: &http.Client{
			Transport:     transport,
			Timeout:       requestTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Close drops the idle connections.
func (a *API) Close() { a.http.CloseIdleConnections() }

// Request is one request. Path is escaped and may carry a query; it is sent as
// it is written.
type Request struct {
	Method string
	Path   string
	Token  string // the Authorization header; "" for none
	Header http.Header
	Body   []byte
}

// Response is an answer that kept the contract.
type Response struct {
	Status  int
	Header  http.Header
	Body    []byte
	request string
}

// Send sends a request and returns the answer, whatever it is. The error tells
// of a broken connection or a broken contract.
func (a *API) Send(r Request) (Response, error) {
	request, err := a.newRequest(r)
	if err != nil {
		return Response{}, err
	}
	answer, err := a.http.Do(request)
	if err != nil {
		return Response{}, err
	}
	defer func() { _ = answer.Body.Close() }() // it is read to its end
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return Response{}, fmt.Errorf("read the answer: %w", err)
	}
	path, _, _ := strings.Cut(r.Path, "?")
	err = a.Document.Check(contract.Answer{
		Method: r.Method, Path: path, Status: answer.StatusCode, Header: answer.Header, Body: body,
	})
	return Response{Status: answer.StatusCode, Header: answer.Header, Body: body, request: r.Method + " " + r.Path}, err
}

func (a *API) newRequest(r Request) (*http.Request, error) {
	u, err := url.Parse(a.Base + r.Path)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest(r.Method, u.String(), bytes.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	if len(r.Body) > 0 {
		request.Header.Set("Content-Type", "application/json")
	}
	if r.Token != "" {
		request.Header.Set("Authorization", r.Token)
	}
	for name, values := range r.Header {
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	return request, nil
}

// Do is Send for a test that cannot go on without an answer.
func (a *API) Do(t testing.TB, r Request) Response {
	t.Helper()
	response, err := a.Send(r)
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.Path, err)
	}
	return response
}

// Expect ends the test unless the answer has the status.
func (r Response) Expect(t testing.TB, status int) Response {
	t.Helper()
	if r.Status != status {
		t.Fatalf("%s: want %d, got %d %s", r.request, status, r.Status, r.Body)
	}
	return r
}

// RequestID returns the id under which logs know the request.
func (r Response) RequestID() string { return r.Header.Get("X-Amzn-Requestid") }

// ETag returns the entity tag.
func (r Response) ETag() string { return r.Header.Get("Etag") }

// Decode reads the body into a T; members that T lacks end the test.
func Decode[T any](t testing.TB, r Response) T {
	t.Helper()
	var value T
	if err := json.Unmarshal(r.Body, &value, json.RejectUnknownMembers(true)); err != nil {
		t.Fatalf("%s: %v in %s", r.request, err, r.Body)
	}
	return value
}

// Message returns the message of an error, of the front door or a service.
func (r Response) Message(t testing.TB) string {
	t.Helper()
	var body struct {
		Message string `json:"message"`
	}
	if err := json.Unmarshal(r.Body, &body); err != nil {
		t.Fatalf("%s: %v in %s", r.request, err, r.Body)
	}
	return body.Message
}
