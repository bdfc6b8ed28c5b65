package gateway

import (
	"net"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/spacefinder/spacefinder/internal/xray"
)

// Names of headers. Those of API Gateway's replies are spelled as it spells
// them; net/http would write them in another case.
const (
	headerRequestID          = "x-amzn-RequestId"
	headerRequestIDCanonical = "X-Amzn-Requestid"
	headerExtendedID         = "x-amz-apigw-id"
	headerErrorType          = "x-amzn-ErrorType"
	headerAPIID              = "X-Amzn-Apigateway-Api-Id"
	headerMethodOverride     = "X-Http-Method-Override"
	remappedPrefix           = "x-amzn-Remapped-"
)

// droppedFromRequest are the request headers that http_proxy does not pass, by
// API Gateway's table, and those that belong to one connection (RFC 9110,
// section 7.6.1).
//
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
var droppedFromRequest = set(
	"Content-Encoding", "Content-Length", "Content-Md5", "Expect", "Max-Forwards", "Proxy-Authenticate", "Server", "Te",
	"Trailer", "Transfer-Encoding", "Upgrade", "Via", "Www-Authenticate", headerMethodOverride,
	"Connection", "Keep-Alive", "Proxy-Connection", "Host",
)

// droppedFromReply are the reply headers that http_proxy does not pass. Trailers
// that a handler declares (net/http.TrailerPrefix) are dropped with them.
var droppedFromReply = set(
	"Expect", "Host", "Proxy-Authenticate", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Via", "Keep-Alive",
)

// remapped are the reply headers that arrive under another name.
var remapped = renamed(
	"Authorization", "Connection", "Content-Length", "Content-MD5", "Date", "Max-Forwards", "Server", "User-Agent",
	"WWW-Authenticate", "x-amzn-RequestId",
)

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, name := range names {
		m[name] = true
	}
	return m
}

func renamed(names ...string) map[string]string {
	m := make(map[string]string, len(names))
	for _, name := range names {
		m[textproto.CanonicalMIMEHeaderKey(name)] = remappedPrefix + name
	}
	return m
}

// backendHeader builds the header of the backend's request: what passes of the
// client's, what the gateway adds, and over both what the document maps.
func (x *exchange) backendHeader() http.Header {
	in := x.r.Header
	out := make(http.Header, len(in)+8)
	for name, values := range in {
		if !droppedFromRequest[name] {
			out[name] = values[:len(values):len(values)]
		}
	}
	for _, value := range in["Connection"] {
		for name := range strings.SplitSeq(value, ",") {
			delete(out, textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name)))
		}
	}
	if strings.HasPrefix(out.Get("Authorization"), "AWS4-HMAC-SHA256") {
		delete(out, "Authorization") // a signature is for API Gateway
	}
	if _, ok := out["Accept"]; !ok {
		out["Accept"] = []string{"application/json"}
	}
	if _, ok := out["User-Agent"]; !ok {
		out["User-Agent"] = []string{"AmazonAPIGateway_" + x.g.cfg.APIID}
	}
	values := make([]string, 0, len(x.op.proxy.headers)+5) // one allocation for all
	add := func(name, value string) {
		values = append(values, value)
		out[name] = values[len(values)-1 : len(values) : len(values)]
	}
	x.addForwarded(out, add)
	for _, m := range x.op.proxy.headers {
		if value, ok := m.value.read(x); ok && validHeaderValue(value) {
			add(m.name, value)
		} else {
			delete(out, m.name) // never the client's value in place of a missing one
		}
	}
	add(headerAPIID, x.g.cfg.APIID)
	add(xray.Header, x.ids.header)
	return out
}

// addForwarded says where the request came from; the client's own chain of
// addresses stays in front.
func (x *exchange) addForwarded(out http.Header, add func(name, value string)) {
	chain := x.peer
	if before := out["X-Forwarded-For"]; len(before) > 0 {
		chain = strings.Join(before, ", ") + ", " + x.peer
	}
	add("X-Forwarded-For", chain)
	proto, port := "http", "80"
	if x.r.TLS != nil {
		proto, port = "https", "443"
	}
	if local, ok := x.r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok {
		port = strconv.Itoa(local.Port)
	}
	add("X-Forwarded-Proto", proto)
	add("X-Forwarded-Port", port)
}

// copyReplyHeader copies what passes of a backend's reply.
func copyReplyHeader(out, in http.Header) {
	for name, values := range in {
		switch to, isRemapped := remapped[name]; {
		case isRemapped:
			out[to] = values
		case !droppedFromReply[name] && !strings.HasPrefix(name, http.TrailerPrefix):
			out[name] = values
		}
	}
	if _, ok := out["Content-Type"]; !ok {
		out["Content-Type"] = []string{"application/json"}
	}
}

// validHeaderValue reports whether value can stand in a header without ending
// it: no control character but the tab (RFC 9110, section 5.5).
func validHeaderValue(value string) bool {
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
