package gateway

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder/internal/gateway/backend"
	"github.com/spacefinder/spacefinder/internal/iampolicy"
	"github.com/spacefinder/spacefinder/internal/xray"
)

func TestRequestHeadersThatPass(t *testing.T) {
	s := start(t)
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/rooms", nil)
	for name, value := range map[string]string{
		"Authorization": "Bearer abc", "Accept": "text/html", "Accept-Charset": "utf-8", "Date": "today", "Range": "bytes=0-1",
		"Content-Encoding": "gzip", "Content-Md5": "x", "Expect": "x", "Max-Forwards": "1", "Proxy-Authenticate": "x", "Server": "x",
		"Te": "trailers", "Trailer": "X", "Transfer-Encoding": "x", "Upgrade": "x", "Via": "x", "Www-Authenticate": "x",
		"Connection": "keep-alive, X-Hop", "X-Hop": "1", "Keep-Alive": "1", "Proxy-Connection": "1",
		"X-Custom": "c", "User-Agent": "agent", "X-Amzn-Apigateway-Api-Id": "forged",
	} {
		r.Header.Set(name, value)
	}
	r.Header.Add("X-Custom", "d")
	s.g.ServeHTTP(httptest.NewRecorder(), r)
	got, _ := s.received()
	want := http.Header{
		"Authorization": {"Bearer abc"}, "Accept": {"text/html"}, "Accept-Charset": {"utf-8"}, "Date": {"today"}, "Range": {"bytes=0-1"},
		"X-Custom": {"c", "d"}, "User-Agent": {"agent"}, "X-Amzn-Apigateway-Api-Id": {"local"},
		"X-Forwarded-For": {"192.0.2.1"}, "X-Forwarded-Proto": {"http"}, "X-Forwarded-Port": {"80"},
		"Requestid": {requestID}, "X-Caller-Id": {"ann"}, "X-Caller-Groups": {"staff"}, "X-Amzn-Trace-Id": got.Header["X-Amzn-Trace-Id"],
	}
	if !maps.EqualFunc(got.Header, want, slices.Equal) {
		t.Errorf("got  %v\nwant %v", got.Header, want)
	}
	if got.Host != "rooms:8081" {
		t.Errorf("Host: got %q", got.Host)
	}
}

func TestRequestHeadersThatAreAdded(t *testing.T) {
	s := start(t)
	s.do("GET", "/open/a", "", "Authorization: AWS4-HMAC-SHA256 Credential=x", "X-Forwarded-For: 1.2.3.4", "X-Forwarded-Proto: gopher",
		"User-Agent: ", "X-Literal: forged")
	r, _ := s.received()
	s.wantHeader(r.Header, "Accept", "application/json")
	s.wantHeader(r.Header, "Authorization", "") // a signature is not for the backend
	s.wantHeader(r.Header, "X-Forwarded-For", "1.2.3.4, 127.0.0.1")
	s.wantHeader(r.Header, "X-Forwarded-Proto", "http")
	s.wantHeader(r.Header, "X-Literal", "fixed")
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	s.wantHeader(r.Header, "X-Forwarded-Port", u.Port())
}

func TestMappedHeadersReplaceTheClients(t *testing.T) {
	forged := []string{"X-Caller-Id: root", "x-caller-groups: apiAdmins", "requestid: mine", "Connection: X-Caller-Id"}
	for name, tt := range map[string]struct {
		context map[string]string
		id      string
		groups  string
	}{
		"with a value":                          {map[string]string{"callerId": "ann", "callerGroups": "staff"}, "ann", "staff"},
		"a missing value removes them":          {nil, "", ""},
		"so does one that would end the header": {map[string]string{"callerId": "ann\r\nX-Caller-Groups: apiAdmins"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, withAuthorizer(authorizerFunc(func(context.Context, iampolicy.TokenRequest) (iampolicy.TokenResponse, error) {
				return iampolicy.TokenResponse{PrincipalID: "ann", PolicyDocument: policy("*"), Context: tt.context}, nil
			})))
			s.do("GET", "/rooms", "", forged...)
			r, _ := s.received()
			s.wantHeader(r.Header, "X-Caller-Id", tt.id)
			s.wantHeader(r.Header, "X-Caller-Groups", tt.groups)
			s.wantHeader(r.Header, "requestId", requestID)
		})
	}
}

func TestPathAndQueryReachTheBackend(t *testing.T) {
	tests := []struct{ name, in, out string }{
		{"a parameter", "/rooms/7", "/rooms/7"},
		{"escapes stay escapes", "/rooms/a%2Fb%20c%25", "/rooms/a%2Fb%20c%25"},
		{"the trailing slash goes", "/rooms/7/", "/rooms/7"},
		{"a greedy parameter", "/open/a/b%2Fc/d", "/files/a/b%2Fc/d"},
		{"the query as it is", "/rooms?b=2&a=1&b=%20&c", "/rooms?b=2&a=1&b=%20&c"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t)
			s.do("GET", tt.in, "")
			r, _ := s.received()
			if got := r.URL.RequestURI(); got != tt.out || r.RequestURI != tt.out {
				t.Errorf("got %s and %s, want %s", got, r.RequestURI, tt.out)
			}
		})
	}
}

func TestMappedQueryParametersAreAdded(t *testing.T) {
	s := start(t)
	s.do("GET", "/open/a?added=1", "", "X-Add: 2 &", "X-Add: 3&4")
	r, _ := s.received()
	if got, want := r.URL.RawQuery, "added=1&added=3%264"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNoContextValueCrossesTheBoundary(t *testing.T) {
	type key struct{}
	s := start(t)
	ctx := context.WithValue(t.Context(), key{}, "secret")
	r := httptest.NewRequestWithContext(ctx, "GET", "/rooms", nil)
	r.Header.Set("Authorization", "abc")
	s.g.ServeHTTP(httptest.NewRecorder(), r)
	got, _ := s.received()
	if v := got.Context().Value(key{}); v != nil {
		t.Errorf("the backend sees %v", v)
	}
	if deadline, ok := got.Context().Deadline(); !ok || time.Until(deadline) > 29*time.Second {
		t.Errorf("deadline %v, %t", deadline, ok)
	}
}

func TestReplyHeaders(t *testing.T) {
	s := start(t, withHandler(func(w http.ResponseWriter, _ *http.Request) {
		for _, name := range []string{
			"Authorization", "Connection", "Content-MD5", "Date", "Max-Forwards", "Server", "User-Agent", "WWW-Authenticate", "x-amzn-RequestId",
			"Expect", "Host", "Proxy-Authenticate", "TE", "Trailer", "Upgrade", "Via", "Keep-Alive",
			"Age", "Content-Encoding", "ETag", "Location", "X-Custom", "Access-Control-Allow-Origin",
		} {
			w.Header().Set(name, "v")
		}
		w.Header().Set(http.TrailerPrefix+"X-Late", "v")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "short and stout")
	}))
	got := s.do("GET", "/rooms", "")
	s.want(got, http.StatusTeapot, "short and stout")
	for _, name := range []string{
		"Authorization", "Connection", "Content-MD5", "Date", "Max-Forwards", "Server", "User-Agent", "WWW-Authenticate", "x-amzn-RequestId",
	} {
		s.wantHeader(got.Header, "x-amzn-Remapped-"+name, "v")
	}
	for _, name := range []string{"Age", "Content-Encoding", "ETag", "Location", "X-Custom", "Access-Control-Allow-Origin"} {
		s.wantHeader(got.Header, name, "v")
	}
	for _, name := range []string{
		"Authorization", "Expect", "Host", "Proxy-Authenticate", "TE", "Upgrade", "Via", "Keep-Alive", "Server", "x-amzn-ErrorType", "X-Late",
	} {
		s.wantHeader(got.Header, name, "")
	}
	s.wantHeader(got.Header, "Content-Type", "application/json")
	s.wantHeader(got.Header, "Content-Length", "15")
	s.wantHeader(got.Header, "x-amzn-RequestId", requestID)
	if len(got.Trailer) > 0 || got.Header.Get("Date") == "v" {
		t.Errorf("got %v, trailer %v", got.Header, got.Trailer)
	}
}

func TestBackendStatusesPassUnchanged(t *testing.T) {
	for _, status := range []int{200, 201, 204, 304, 400, 401, 403, 404, 412, 429, 500, 503} {
		s := start(t, withDocument(document+errorsRule), withHandler(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		s.want(s.do("GET", "/rooms", ""), status, "")
	}
}

func TestBackendFailures(t *testing.T) {
	const (
		network  = `{"message": "Network error communicating with endpoint"}`
		internal = `{"message": "Internal server error"}`
		late     = `{"message": "Endpoint request timed out"}`
	)
	tests := []struct {
		name    string
		path    string
		handler http.HandlerFunc
		status  int
		body    string
	}{
		{"a panic", "/rooms", func(http.ResponseWriter, *http.Request) { panic("hunter2") }, 504, network},
		{"a broken connection", "/rooms", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 504, network},
		{"a reply of more than 10 MB", "/rooms", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, backend.MaxReply+1))
		}, 500, internal},
		{"no reply in time", "/open", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 504, late},
		{"no reply in time after it began", "/open", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			_, _ = io.WriteString(w, "half")
			<-r.Context().Done()
			<-r.Context().Done()
		}, 504, late},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, withHandler(tt.handler))
			method, body := "GET", ""
			if tt.path == "/open" {
				method, body = "POST", validRoom
			}
			got := s.do(method, tt.path, body)
			s.want(got, tt.status, tt.body)
			s.wantHeader(got.Header, "x-amzn-ErrorType", "InternalServerErrorException")
		})
	}
}

func TestPoolAsTarget(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"] = nil // none at all
		_, _ = io.WriteString(w, r.Host+" "+r.RequestURI+" "+r.Header.Get("X-Amzn-Apigateway-Api-Id"))
	}))
	s := start(t, func(c *Config) {
		p, err := backend.NewPool(backend.PoolConfig{URLs: []string{server.URL}, Interval: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		c.Targets["rooms:8081"] = p
	})
	got := s.do("GET", "/rooms/a%2Fb?x=1", "")
	s.want(got, 200, "rooms:8081 /rooms/a%2Fb?x=1 local")
	s.wantHeader(got.Header, "Content-Type", "application/json")
	s.wantHeader(got.Header, "x-amzn-Remapped-Content-Length", "33")
	if got.Header.Get("x-amzn-Remapped-Date") == "" {
		t.Error("the backend's Date is not remapped")
	}
	server.Close()
	s.want(s.do("GET", "/rooms", ""), 504, `{"message": "Network error communicating with endpoint"}`)
}

func TestTraceHeader(t *testing.T) {
	const root, parent = "1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
	full := "Root=" + root + ";Parent=" + parent + ";Sampled=1"
	fresh := "Root=1-6b02b0f7-" // the time of the test's clock
	tests := []struct{ name, in, want string }{
		{"a whole header is continued", full, full},
		{"other parts are left out", "Self=1-1-1;" + full + ";Lineage=a:1", full},
		{"a parent is added", "Root=" + root, "Root=" + root + ";Parent="},
		{"none", "", fresh},
		{"a malformed root", "Root=1-x;Parent=" + parent, fresh},
		{"not sampled stays so", "Root=" + root + ";Parent=" + parent + ";Sampled=0", "Root=" + root + ";Parent=" + parent + ";Sampled=0"},
		{"too long", full + ";" + strings.Repeat("a", 300), fresh},
		{"undecided is not sampled", "Root=" + root + ";Parent=" + parent + ";Sampled=?", "Root=" + root + ";Parent=" + parent + ";Sampled=0"},
		{"injection", "Root=" + root + ";Parent=x\tSampled=1", "Root=" + root + ";Parent="},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t)
			s.do("GET", "/rooms", "", "X-Amzn-Trace-Id: "+tt.in)
			r, _ := s.received()
			got := r.Header["X-Amzn-Trace-Id"]
			if len(got) != 1 || !strings.HasPrefix(got[0], tt.want) || len(got[0]) != len(full) {
				t.Errorf("got %q, want one that begins with %q", got, tt.want)
			}
		})
	}
}

func TestTraceparentIsContinuedWhereThereIsNoXRay(t *testing.T) {
	s := start(t)
	s.do("GET", "/rooms", "", "traceparent: 00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01")
	r, _ := s.received()
	if got := r.Header.Get("X-Amzn-Trace-Id"); got != "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1" {
		t.Errorf("got %q", got)
	}
}

func TestSampling(t *testing.T) {
	const root, parent = "1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
	always := func(xray.Trace) bool { return true }
	never := func(xray.Trace) bool { return false }
	tests := []struct {
		name, in string
		sample   func(xray.Trace) bool
		own      bool // the backend's parent is a span of the front door
		want     string
	}{
		{"a trace that starts here", "", always, true, ";Sampled=1"},
		{"a trace that starts here and is not sampled", "", never, true, ";Sampled=0"},
		{"against the client's will", "Root=" + root + ";Parent=" + parent + ";Sampled=0", always, true, ";Sampled=1"},
		{"not, though the client asks", "Root=" + root + ";Parent=" + parent + ";Sampled=1", never, false, ";Sampled=0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var asked xray.Trace
			observed := make(chan Observation, 1)
			s := start(t, func(c *Config) {
				c.SampleTrace = func(trace xray.Trace) bool { asked = trace; return tt.sample(trace) }
				c.Observe = func(o Observation) { observed <- o }
			})
			s.do("GET", "/rooms", "", "X-Amzn-Trace-Id: "+tt.in)
			r, _ := s.received()
			header, client := xray.Parse(r.Header.Get("X-Amzn-Trace-Id")), xray.Parse(tt.in)
			if !strings.HasSuffix(r.Header.Get("X-Amzn-Trace-Id"), tt.want) || (header.Parent != client.Parent) != tt.own {
				t.Errorf("the backend got %q", r.Header.Get("X-Amzn-Trace-Id"))
			}
			if want := (xray.Trace{Root: header.Root, Parent: client.Parent, Sampled: client.Sampled}); asked != want {
				t.Errorf("asked whether to sample %+v, want %+v", asked, want)
			}
			want := Trace{Root: header.Root, Parent: client.Parent, Span: header.Parent, Sampled: header.Sampled == xray.Sampled}
			if o := <-observed; o.Trace != want {
				t.Errorf("observed %+v, want %+v", o.Trace, want)
			}
		})
	}
}
