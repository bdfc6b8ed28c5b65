package gateway

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/spacefinder/spacefinder/internal/xray"
)

// ids are the names of one request.
type ids struct {
	request  string // x-amzn-RequestId
	extended string // x-amz-apigw-id; never the client's choice
	trace    Trace
	header   string // the whole X-Amzn-Trace-Id for the backend
}

// newIDs names a request. fresh is an id that no other request has, from which
// all ids that the client does not bring are derived.
func newIDs(fresh string, h http.Header, now time.Time, sample func(xray.Trace) bool) ids {
	sum := sha256.Sum256(append(make([]byte, 0, 64), fresh...)) // a UUID fits on the stack
	id := ids{request: fresh, extended: base64.StdEncoding.EncodeToString(sum[:11])}
	if own := h[headerRequestIDCanonical]; len(own) == 1 && isUUID(own[0]) {
		id.request = own[0]
	}
	id.trace, id.header = continueTrace(h, sum, now, sample)
	return id
}

// isUUID reports whether s has the form of a UUID, in either case.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f'):
			return false
		}
	}
	return true
}

// Trace is the place of a request in a trace.
type Trace struct {
	Root    string // the trace, as X-Ray spells it: 1-<8 hex digits>-<24 hex digits>
	Parent  string // the client's span; "" when the trace starts here
	Span    string // the span of the integration's call, from which the backend's own come
	Sampled bool   // Config.SampleTrace said so
}

// continueTrace returns the trace of a request and the X-Amzn-Trace-Id of its
// backend. A trace that the client's headers name is continued, otherwise one
// starts here. Where nothing is recorded here, the backend's spans come from
// the client's; a nil sample records nothing and passes on what the client
// decided.
func continueTrace(h http.Header, random [sha256.Size]byte, now time.Time, sample func(xray.Trace) bool) (Trace, string) {
	onward := xray.FromHeader(h)
	if onward.Root == "" {
		onward.Root = newTraceID(random, now)
	}
	t := Trace{Root: onward.Root, Parent: onward.Parent, Sampled: sample != nil && sample(onward)}
	switch {
	case t.Sampled:
		onward.Sampled = xray.Sampled
	case sample != nil || onward.Sampled == xray.Undecided:
		onward.Sampled = xray.NotSampled
	}
	if t.Sampled || t.Parent == "" {
		onward.Parent = hex.EncodeToString(random[23:31])
	}
	t.Span = onward.Parent
	return t, onward.String()
}

func newTraceID(random [sha256.Size]byte, now time.Time) string {
	var seconds [4]byte
	binary.BigEndian.PutUint32(seconds[:], uint32(now.Unix()&0xffffffff))
	b := make([]byte, 0, 35)
	b = append(b, "1-"...)
	b = hex.AppendEncode(b, seconds[:])
	b = append(b, '-')
	return string(hex.AppendEncode(b, random[11:23]))
}
