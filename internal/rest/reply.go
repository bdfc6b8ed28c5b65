package rest

import (
	"net/http"
	"strconv"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/onewrite"
)

// Reply is the answer of an endpoint.
type Reply struct {
	Status   int
	Body     any    // nil: no body. A Body encodes itself, anything else json.Marshal
	Revision string // of the item in the body; becomes the ETag
	Location string // of a new item, relative to the request's path
	Link     string // of the next page (RFC 8288)
}

// Found answers with an item as it is stored.
func Found(body any, revision string) Reply {
	return Reply{Status: http.StatusOK, Body: body, Revision: revision}
}

// Stored answers a PUT: 201 when the item was created, 200 when it was there.
func Stored(body any, revision string, created bool) Reply {
	reply := Found(body, revision)
	if created {
		reply.Status = http.StatusCreated
	}
	return reply
}

// At adds the address of an item created with a new id, relative to the
// request's path.
func (r Reply) At(location string) Reply {
	r.Location = location
	return r
}

// Deleted answers a DELETE: 200 with an empty body, as the ancestor did.
func Deleted() Reply { return Reply{Status: http.StatusOK} }

// write sends the reply and returns its status. It returns an error only while
// nothing has been sent.
func (r Reply) write(w http.ResponseWriter, request *Request) (status int, err error) {
	if r.notModified(request) {
		r = Reply{Status: http.StatusNotModified, Revision: r.Revision}
	}
	e := getEncoder()
	defer e.release()
	if err := e.encode(r.Body); err != nil {
		return 0, err
	}
	h := newHeaders(w)
	if r.Body != nil {
		h.set("Content-Type", applicationJSON)
	}
	if r.Revision != "" {
		h.set("Etag", etag(r.Revision))
	}
	if r.Location != "" {
		h.set("Location", r.Location)
	}
	if r.Link != "" {
		h.set("Link", r.Link)
	}
	onewrite.Expect(request.http, len(e.text))
	h.send(r.Status, e.text)
	return r.Status, nil
}

// notModified reports whether a GET may be answered 304 (RFC 9110 section
// 13.1.2). A header that cannot be read is no reason to withhold the item.
func (r Reply) notModified(request *Request) bool {
	if request.http.Method != http.MethodGet || r.Revision == "" {
		return false
	}
	tags, every, err := parseTags(request.http.Header[headerIfNoneMatch])
	return err == nil && (every || tags.containsWeakly(r.Revision))
}

// headers are those of one answer. Their values share one allocation.
type headers struct {
	w      http.ResponseWriter
	values []string
}

// maxHeaders is how many headers an answer has at most.
const maxHeaders = 9

// newHeaders begins with what all answers have: it lets browsers read the answer
// from a page of another origin (API Gateway adds no CORS headers to a proxied
// answer) and keeps caches from handing one user's answer to another.
func newHeaders(w http.ResponseWriter) *headers {
	h := &headers{w: w, values: make([]string, 0, maxHeaders)}
	h.set("Access-Control-Allow-Origin", "*")
	h.set("Access-Control-Expose-Headers", "ETag,Link,Location,Retry-After,x-amzn-RequestId,x-amzn-ErrorType")
	h.set("Cache-Control", "private, no-cache")
	h.set("X-Content-Type-Options", "nosniff")
	return h
}

// set gives a header, in the spelling of net/http, one value.
func (h *headers) set(name, value string) {
	h.values = append(h.values, value)
	end := len(h.values)
	h.w.Header()[name] = h.values[end-1 : end : end]
}

// send sends status, headers and body.
func (h *headers) send(status int, body []byte) {
	if status != http.StatusNotModified {
		h.set("Content-Length", strconv.Itoa(len(body)))
	}
	h.w.WriteHeader(status)
	if _, err := h.w.Write(body); err != nil {
		return // the client has gone; the front door's access log tells
	}
}

// StatusOf maps every code to its HTTP status: the only place that does.
func StatusOf(code spacefinder.Code) int {
	switch code {
	case spacefinder.CodeInvalid:
		return http.StatusBadRequest
	case spacefinder.CodeForbidden:
		return http.StatusForbidden
	case spacefinder.CodeNotFound:
		return http.StatusNotFound
	case spacefinder.CodeConflict, spacefinder.CodeIDInUse, spacefinder.CodeNotEmpty:
		return http.StatusConflict
	case spacefinder.CodePreconditionFailed:
		return http.StatusPreconditionFailed
	case spacefinder.CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case spacefinder.CodeUnsupportedType:
		return http.StatusUnsupportedMediaType
	case spacefinder.CodeThrottled:
		return http.StatusTooManyRequests
	case spacefinder.CodeUnavailable:
		return http.StatusServiceUnavailable
	case spacefinder.CodeInternal:
		return http.StatusInternalServerError
	default:
		return http.StatusInternalServerError
	}
}
