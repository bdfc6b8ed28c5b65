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
	headerAuthorization      = "Authorization"
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

// changedInReply are the reply headers that http_proxy does not pass as they
// are: the name under which they arrive, "" for those that are dropped. Trailers
// that a handler declares (net/http.TrailerPrefix) are dropped with them.
var changedInReply = changed(
	[]string{"Expect", "Host", "Proxy-Authenticate", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Via", "Keep-Alive"},
	[]string{
		headerAuthorization, "Connection", "Content-Length", "Content-MD5", "Date", "Max-Forwards", "Server", "User-Agent",
		"WWW-Authenticate", "x-amzn-RequestId",
	},
)

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, name := range names {
		m[name] = true
	}
	return m
}

func changed(dropped, remapped []string) map[string]string {
	m := make(map[string]string, len(dropped)+len(remapped))
	for _, name := range dropped {
		m[name] = ""
	}
	for _, name := range remapped {
		m[textproto.CanonicalMIMEHeaderKey(name)] = remappedPrefix + name
	}
	return m
}

// headerValues is where the values of headers stand: one allocation for all.
type headerValues []string

// set gives a header, in the spelling that it is sent with, one value.
func (v *headerValues) set(h http.Header, name, value string) {
	*v = append(*v, value)
	end := len(*v)
	h[name] = (*v)[end-1 : end : end]
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
	if token := out[headerAuthorization]; len(token) > 0 && strings.HasPrefix(token[0], "AWS4-HMAC-SHA256") {
		delete(out, headerAuthorization) // a signature is for API Gateway
	}
	values := make(headerValues, 0, len(x.op.proxy.headers)+7)
	if _, ok := out["Accept"]; !ok {
		values.set(out, "Accept", "application/json")
	}
	if _, ok := out["User-Agent"]; !ok {
		values.set(out, "User-Agent", "AmazonAPIGateway_"+x.g.cfg.APIID)
	}
	x.addForwarded(out, &values)
	for _, m := range x.op.proxy.headers {
		if value, ok := m.value.read(x); ok && validHeaderValue(value) {
			values.set(out, m.name, value)
		} else {
			delete(out, m.name) // never the client's value in place of a missing one
		}
	}
	values.set(out, headerAPIID, x.g.cfg.APIID)
	values.set(out, xray.Header, x.ids.header)
	return out
}

// addForwarded says where the request came from; the client's own chain of
// addresses stays in front.
func (x *exchange) addForwarded(out http.Header, values *headerValues) {
	chain := x.peer
	if before := out["X-Forwarded-For"]; len(before) > 0 {
		chain = strings.Join(before, ", ") + ", " + x.peer
	}
	values.set(out, "X-Forwarded-For", chain)
	proto, port := "http", "80"
	if x.r.TLS != nil {
		proto, port = "https", "443"
	}
	if local, ok := x.r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok {
		port = strconv.Itoa(local.Port)
	}
	values.set(out, "X-Forwarded-Proto", proto)
	values.set(out, "X-Forwarded-Port", port)
}

// copyReplyHeader copies what passes of a backend's reply.
func copyReplyHeader(out, in http.Header) {
	for name, values := range in {
		switch to, isChanged := changedInReply[name]; {
		case to != "":
			out[to] = values
		case !isChanged && !strings.HasPrefix(name, http.TrailerPrefix):
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
