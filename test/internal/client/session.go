package client

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/go-json-experiment/json"
)

// Session sends requests with one value of the Authorization header.
type Session struct {
	API   *API
	Token string
}

// As returns a session with the token, "" for nobody.
func (a *API) As(token string) Session { return Session{API: a, Token: token} }

// Option changes a request before it is sent.
type Option func(*Request)

// With adds a header.
func With(name, value string) Option {
	return func(r *Request) {
		if r.Header == nil {
			r.Header = http.Header{}
		}
		r.Header.Add(name, value)
	}
}

// Get reads a path.
func (s Session) Get(t testing.TB, path string, options ...Option) Response {
	t.Helper()
	return s.Do(t, http.MethodGet, path, nil, options...)
}

// Put writes body, a value to be encoded or []byte to be sent as it is.
func (s Session) Put(t testing.TB, path string, body any, options ...Option) Response {
	t.Helper()
	return s.Do(t, http.MethodPut, path, body, options...)
}

// Delete deletes a path.
func (s Session) Delete(t testing.TB, path string, options ...Option) Response {
	t.Helper()
	return s.Do(t, http.MethodDelete, path, nil, options...)
}

// Do sends a request.
func (s Session) Do(t testing.TB, method, path string, body any, options ...Option) Response {
	t.Helper()
	return s.API.Do(t, s.request(t, method, path, body, options...))
}

func (s Session) request(t testing.TB, method, path string, body any, options ...Option) Request {
	t.Helper()
	r := Request{Method: method, Path: path, Token: s.Token}
	switch body := body.(type) {
	case nil:
	case []byte:
		r.Body = body
	default:
		var err error
		if r.Body, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	for _, option := range options {
		option(&r)
	}
	return r
}

// Send writes body without a test to end: for clients that run beside it.
func (s Session) Send(method, path string, body any) (Response, error) {
	r := Request{Method: method, Path: path, Token: s.Token}
	if body != nil {
		var err error
		if r.Body, err = json.Marshal(body); err != nil {
			return Response{}, err
		}
	}
	return s.API.Send(r)
}

var nextLink = regexp.MustCompile(`^<(\?[^>]*)>; rel="next"$`)

// Next returns the path of the next page of a list, "" on the last one.
func (r Response) Next(t testing.TB, path string) string {
	t.Helper()
	link := r.Header.Get("Link")
	if link == "" {
		return ""
	}
	m := nextLink.FindStringSubmatch(link)
	if m == nil {
		t.Fatalf("the Link header %q does not name a next page", link)
	}
	u, err := url.Parse(path)
	if err != nil {
		t.Fatal(err)
	}
	return u.EscapedPath() + m[1]
}

// All reads a list of bookings or resources to its end and returns the items
// and the number of pages.
func All[T any](t testing.TB, s Session, path string) (items []T, pages int) {
	t.Helper()
	for path != "" {
		r := s.Get(t, path).Expect(t, http.StatusOK)
		items = append(items, Decode[[]T](t, r)...)
		pages++
		path = r.Next(t, path)
	}
	return items, pages
}
