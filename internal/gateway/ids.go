package gateway

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// ids are the names of one request.
type ids struct {
	request  string // x-amzn-RequestId
	extended string // x-amz-apigw-id; never the client's choice
	trace    string // X-Ray's root, 1-<8 hex>-<24 hex>
	header   string // the whole X-Amzn-Trace-Id for the backend
}

// newIDs names a request. fresh is an id that no other request has, from which
// all ids that the client does not bring are derived.
func newIDs(fresh string, h http.Header, now time.Time, sample func() bool) ids {
	sum := sha256.Sum256([]byte(fresh))
	id := ids{request: fresh, extended: base64.StdEncoding.EncodeToString(sum[:11])}
	if own := h[headerRequestIDCanonical]; len(own) == 1 && isUUID(own[0]) {
		id.request = own[0]
	}
	id.trace, id.header = continueTrace(h[headerTraceID], sum, now, sample)
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

var (
	traceRoot   = regexp.MustCompile(`^1-[0-9a-f]{8}-[0-9a-f]{24}$`)
	traceParent = regexp.MustCompile(`^[0-9a-f]{16}$`)
)

// continueTrace returns the trace id and the X-Amzn-Trace-Id of a request. A
// well-formed header of the client is continued: its root, parent and sampling
// decision stay, and what it lacks is added. Otherwise a trace starts here.
//
// Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
func continueTrace(header []string, random [sha256.Size]byte, now time.Time, sample func() bool) (root, full string) {
	var parent, sampled string
	if len(header) == 1 && len(header[0]) <= 256 {
		root, parent, sampled = parseTrace(header[0])
	}
	if root == "" {
		root = newTraceID(random, now)
		parent, sampled = "", ""
	}
	if parent == "" {
		parent = hex.EncodeToString(random[23:31])
	}
	if sampled == "" {
		sampled = "0"
		if sample() {
			sampled = "1"
		}
	}
	return root, "Root=" + root + ";Parent=" + parent + ";Sampled=" + sampled
}

// parseTrace reads the parts of a header; a malformed part counts as missing.
func parseTrace(header string) (root, parent, sampled string) {
	for part := range strings.SplitSeq(header, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch {
		case name == "Root" && traceRoot.MatchString(value):
			root = value
		case name == "Parent" && traceParent.MatchString(value):
			parent = value
		case name == "Sampled" && (value == "0" || value == "1"):
			sampled = value
		}
	}
	return root, parent, sampled
}

func newTraceID(random [sha256.Size]byte, now time.Time) string {
	b := make([]byte, 0, 35)
	b = append(b, "1-"...)
	seconds := strconv.FormatInt(now.Unix()&0xffffffff, 16)
	for range 8 - len(seconds) {
		b = append(b, '0')
	}
	b = append(b, seconds...)
	b = append(b, '-')
	return string(hex.AppendEncode(b, random[11:23]))
}
