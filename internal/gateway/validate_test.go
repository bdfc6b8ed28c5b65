package gateway

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/internal/gateway/definition"
)

func TestParametersMustBeThereAndNotBlank(t *testing.T) {
	const header = "x-header-param: 1"
	tests := []struct{ name, query, header, missing string }{
		{"all there", "?q1=1", header, ""},
		{"both missing, headers first", "", "", "x-header-param, q1"},
		{"blank query parameter", "?q1=", header, "q1"},
		{"white space", "?q1=%20", header, "q1"},
		{"the last value counts", "?q1=1&q1=", header, "q1"},
		{"other case of a header's name", "?q1=1", "X-Header-PARAM: 1", ""},
		{"other case of a query parameter", "?Q1=1", header, "q1"},
		{"query that cannot be decoded", "?q1=%zz", header, "q1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t)
			got := s.do("PUT", "/rooms/1"+tt.query, validRoom, tt.header)
			if tt.missing == "" {
				s.want(got, 200, `{"ok":true}`)
				return
			}
			s.want(got, 400, `{"message": "Missing required request parameters: [`+tt.missing+`]"}`)
			s.wantHeader(got.Header, "x-amzn-ErrorType", "BadRequestException")
		})
	}
}

func TestBodyIsValidatedByItsType(t *testing.T) {
	tests := []struct {
		name, contentType, body string
		valid                   bool
	}{
		{"valid", "application/json", validRoom, true},
		{"invalid", "application/json", `{"name":7}`, false},
		{"the charset does not matter", "application/json; charset=UTF-8", `{"name":7}`, false},
		{"nor does case", "Application/JSON", `{"name":7}`, false},
		{"no type means JSON", "", `{"name":7}`, false},
		{"a type without a model is not validated", "text/plain", `{"name":7}`, true},
		{"empty body", "application/json", "", false},
		{"duplicate name", "application/json", `{"name":"a","name":"b","type":"room"}`, false},
		{"invalid UTF-8", "application/json", "{\"name\":\"\xff\",\"type\":\"room\"}", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t)
			got := s.do("PUT", "/rooms/1?q1=1", tt.body, "x-header-param: 1", "Content-Type: "+tt.contentType)
			if tt.valid {
				s.want(got, 200, `{"ok":true}`)
				if _, body := s.received(); body != tt.body {
					t.Errorf("the backend got %q, want the body byte for byte", body)
				}
				return
			}
			s.want(got, 400, `{"message": "Invalid request body"}`)
			s.wantHeader(got.Header, "x-amzn-ErrorType", "BadRequestException")
		})
	}
}

func TestWithoutABodyValidatorBodiesPass(t *testing.T) {
	s := start(t, withDocument(strings.Replace(document, "request-validator: all", "request-validator: parameters", 1)))
	s.want(s.do("PUT", "/rooms/1?q1=1", "{", "x-header-param: 1"), 200, `{"ok":true}`)
}

func TestBodyLimit(t *testing.T) {
	body := strings.Repeat("a", maxPayload)
	for _, name := range []string{"announced", "chunked"} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			send := func(body string) reply {
				var content io.Reader = strings.NewReader(body)
				if name == "chunked" {
					content = struct{ io.Reader }{content}
				}
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, s.url+"/rooms/1?q1=1", content)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Authorization", "abc")
				r.Header.Set("X-Header-Param", "1")
				r.Header.Set("Content-Type", "text/plain")
				r.Header.Set("Expect", "100-continue")
				return s.send(r)
			}
			got := send(body + "a")
			s.want(got, 413, `{"message":"Request Too Long"}`)
			s.wantHeader(got.Header, "x-amzn-ErrorType", "RequestTooLargeException")
			s.want(send(body), 200, `{"ok":true}`)
		})
	}
}

func TestSlowBodyIsEndedWhenTheTimeIsOver(t *testing.T) {
	s := start(t, func(c *Config) { c.Now = nil }) // the document gives /open 100 ms
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "POST /open HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(answer), "HTTP/1.1 408 ") || !strings.HasSuffix(string(answer), `{"message":"Request Timeout"}`) {
		t.Errorf("got %s", answer)
	}
	if s.reached() != 0 {
		t.Error("half a body reached the backend")
	}
}

// FuzzBody checks that no body is the gateway's fault: it is passed on or
// refused as the client's.
func FuzzBody(f *testing.F) {
	f.Add([]byte(validRoom), "application/json")
	f.Add([]byte(`{"name":7,"x":[1,{}]}`), "application/json; charset=x")
	f.Add([]byte("\xff"), "")
	f.Add([]byte(``), "text/plain")
	f.Add([]byte(`{"name":"\u0000\"","type":"room","capacity":1e400}`), "APPLICATION/JSON")
	cfg := config()
	cfg.Document = []byte(document + errorsRule)
	cfg.Targets["rooms:8081"] = okTarget()
	cfg.Throttle = Throttle{Rate: 1e9, Burst: 1e9}
	g, err := New(cfg)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(g.Close)
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		if !validHeaderValue(contentType) {
			return
		}
		status, answer := serveBody(t, g, body, contentType)
		if status != 200 && status != 422 {
			t.Errorf("%q of %q: got %d %s", body, contentType, status, answer)
		}
		if status == 422 && !isJSON(answer) {
			t.Errorf("%q: the answer is no JSON: %s", body, answer)
		}
	})
}

func TestParametersOfAPathAreReplacedByThoseOfAnOperation(t *testing.T) {
	var problems definition.Problems
	api := definition.Load([]byte(head+`paths:
  /a:
    parameters:
      - {name: q, in: query, required: true, schema: {type: string}}
      - {name: p, in: query, required: true, schema: {type: string}}
    get:
      parameters: [{name: q, in: query, required: false, schema: {type: string}}]
      responses: {"200": {description: OK}}
      x-amazon-apigateway-integration: {type: http_proxy, uri: "http://a/"}
`), &problems)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	if got := api.Operations[0].Required; len(got) != 1 || got[0].Name != "p" {
		t.Errorf("got %v, want p alone", got)
	}
}

func TestLargeBodiesShareABudget(t *testing.T) {
	s := start(t)
	large := strings.Repeat("a", smallBody+1)
	put := func() reply {
		return s.do(http.MethodPut, "/rooms/7?q1=1", large, "X-Header-Param: 1", "Content-Type: text/plain")
	}
	s.g.bodies.TryAcquire(bodyBudget) // as if others had it all

	s.want(put(), 429, `{"message":"Too Many Requests"}`)
	s.want(s.do(http.MethodPut, "/rooms/7?q1=1", validRoom, "X-Header-Param: 1"), 200, `{"ok":true}`) // small bodies need none of it

	s.g.bodies.Release(bodyBudget)
	for range 3 {
		s.want(put(), 200, `{"ok":true}`)
	}
	if err := s.g.bodies.Acquire(t.Context(), bodyBudget); err != nil { // waits forever if a request keeps its share
		t.Error(err)
	}
}
