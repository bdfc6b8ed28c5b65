package gateway

import (
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/spacefinder/spacefinder/internal/gateway/route"
)

// exchange is one request on its way through the gateway and what becomes known
// of it.
type exchange struct {
	g      *Gateway
	r      *http.Request
	w      http.ResponseWriter
	method string // the request's, or what X-HTTP-Method-Override says
	start  time.Time
	ids    ids
	peer   string // address of the client's connection, without the port

	op     *operation // nil until routed
	path   route.Path
	params route.Params
	query  url.Values // nil until asked for
	grant  *grant     // nil until authorized
	arn    string

	body      []byte
	bodyShare int64    // of the budget for large bodies
	failure   *failure // nil unless the gateway answers itself

	replyValues        [ownHeaders]string // memory of replyHeader
	replyHeader        headerValues       // of the reply to the client
	status             int
	responseLength     int
	authorizerStart    time.Time
	authorizerLatency  time.Duration
	integrationStart   time.Time
	integrationLatency time.Duration
	integrationStatus  int
	end                time.Time
}

func (g *Gateway) begin(w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{g: g, r: r, w: w, method: r.Method, start: g.cfg.Now(), peer: r.RemoteAddr}
	x.ids = newIDs(g.cfg.NewRequestID(), r.Header, x.start, g.cfg.SampleTrace)
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		x.peer = host
	}
	if override := r.Header[headerMethodOverride]; len(override) > 0 {
		x.method = override[len(override)-1]
	}
	return x
}

// queryValues returns the decoded query parameters. Parts that cannot be
// decoded are left out.
func (x *exchange) queryValues() url.Values {
	if x.query == nil {
		x.query = x.r.URL.Query()
	}
	return x.query
}

func (x *exchange) latency() time.Duration { return x.end.Sub(x.start) }

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
