// Package xray reads and writes the place of a request in a trace as it stands
// in HTTP headers: AWS X-Ray's X-Amzn-Trace-Id, and W3C's traceparent, with
// which other clients begin traces.
//
// Sources: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
// and https://www.w3.org/TR/trace-context/
package xray

import "strings"

// Names of headers, in the spelling of net/http.
const (
	Header            = "X-Amzn-Trace-Id"
	HeaderTraceparent = "Traceparent"
)

// maxHeader bounds the headers that are read, in bytes: three times what the
// known parts need.
const maxHeader = 256

// Decision says whether a trace is sampled.
type Decision byte

// The decisions that a header can carry.
const (
	Undecided  Decision = iota // left to whoever reads the header
	NotSampled                 // Sampled=0
	Sampled                    // Sampled=1
)

// Trace is the place of a request in a trace.
type Trace struct {
	Root    string // the trace: 1-<8 hex digits>-<24 hex digits>, lower case; "" when there is none
	Parent  string // the span that the request comes from: 16 hex digits, lower case; "" when the trace begins here
	Sampled Decision
}

// ID returns the trace's id as OpenTelemetry spells it: 32 hex digits.
func (t Trace) ID() string {
	if len(t.Root) != lenRoot {
		return ""
	}
	return t.Root[2:10] + t.Root[11:]
}

// String returns the X-Amzn-Trace-Id; parts that are not known are left out.
func (t Trace) String() string {
	var parent, parentIs, sampled string
	if t.Parent != "" {
		parentIs, parent = ";Parent=", t.Parent
	}
	switch t.Sampled {
	case NotSampled:
		sampled = ";Sampled=0"
	case Sampled:
		sampled = ";Sampled=1"
	case Undecided:
	}
	return "Root=" + t.Root + parentIs + parent + sampled // one allocation
}

// FromHeader returns the trace that a request continues: that of its
// X-Amzn-Trace-Id, else that of its traceparent, else the zero Trace. A header
// that is malformed or given twice counts as missing.
func FromHeader(h map[string][]string) Trace {
	if values := h[Header]; len(values) == 1 {
		if t := Parse(values[0]); t.Root != "" {
			return t
		}
	}
	if values := h[HeaderTraceparent]; len(values) == 1 {
		return ParseTraceparent(values[0])
	}
	return Trace{}
}

// Parse reads an X-Amzn-Trace-Id. A malformed part counts as missing; without
// a root nothing else means anything, and the result is the zero Trace. A bare
// root, without "Root=", is what API Gateway's context.xrayTraceId holds.
func Parse(header string) Trace {
	var t Trace
	if len(header) > maxHeader {
		return t
	}
	if isRoot(header) {
		return Trace{Root: header}
	}
	for part := range strings.SplitSeq(header, ";") {
		name, value, _ := strings.Cut(strings.Trim(part, " \t"), "=")
		switch {
		case name == "Root" && isRoot(value):
			t.Root = value
		case name == "Parent" && isSpan(value):
			t.Parent = value
		case name == "Sampled" && value == "0":
			t.Sampled = NotSampled
		case name == "Sampled" && value == "1":
			t.Sampled = Sampled
		}
	}
	if t.Root == "" {
		return Trace{}
	}
	return t
}

// Lengths of ids and headers, in bytes.
const (
	lenRoot        = len("1-5759e988-bd862e3fe1be46a994272793")
	lenSpan        = len("53995c3f42cd8ad8")
	lenTraceparent = len("00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01")
)

// ParseTraceparent reads a traceparent; the zero Trace when it is not valid. Of
// a later version than 00 only the parts of version 00 are read, as the
// standard asks.
func ParseTraceparent(header string) Trace {
	if len(header) < lenTraceparent || len(header) > maxHeader {
		return Trace{}
	}
	version, id, span, flags := header[:2], header[3:35], header[36:52], header[53:55]
	switch {
	case header[2] != '-', header[35] != '-', header[52] != '-',
		!isHex(version), version == "ff", !isID(id), !isSpan(span), !isHex(flags),
		len(header) > lenTraceparent && (version == "00" || header[lenTraceparent] != '-'):
		return Trace{}
	}
	t := Trace{Root: "1-" + id[:8] + "-" + id[8:], Parent: span, Sampled: NotSampled}
	if strings.IndexByte("13579bdf", flags[1]) >= 0 { // the lowest bit
		t.Sampled = Sampled
	}
	return t
}

// isRoot reports whether s is a root whose id is not all zeros, which means no
// id to OpenTelemetry.
func isRoot(s string) bool {
	return len(s) == lenRoot && s[0] == '1' && s[1] == '-' && s[10] == '-' &&
		isHex(s[2:10]) && isHex(s[11:]) && (!isZero(s[2:10]) || !isZero(s[11:]))
}

func isID(s string) bool { return isHex(s) && !isZero(s) }

func isSpan(s string) bool { return len(s) == lenSpan && isID(s) }

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func isZero(s string) bool { return strings.Trim(s, "0") == "" }
