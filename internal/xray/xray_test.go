package xray_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/internal/xray"
)

const (
	root   = "1-5759e988-bd862e3fe1be46a994272793"
	id     = "5759e988bd862e3fe1be46a994272793"
	parent = "53995c3f42cd8ad8"
)

var zeros = strings.Repeat("0", 32)

func TestParse(t *testing.T) {
	whole := xray.Trace{Root: root, Parent: parent, Sampled: xray.Sampled}
	tests := []struct {
		name, header string
		want         xray.Trace
	}{
		{"whole", "Root=" + root + ";Parent=" + parent + ";Sampled=1", whole},
		{"in any order", "Sampled=1;Parent=" + parent + ";Root=" + root, whole},
		{"with blanks", " Root=" + root + " ; Parent=" + parent + ";\tSampled=1 ", whole},
		{"other parts are left out", "Self=1-1-1;Root=" + root + ";Parent=" + parent + ";Sampled=1;Lineage=a:1", whole},
		{"not sampled", "Root=" + root + ";Parent=" + parent + ";Sampled=0", xray.Trace{root, parent, xray.NotSampled}},
		{"undecided", "Root=" + root + ";Parent=" + parent + ";Sampled=?", xray.Trace{root, parent, xray.Undecided}},
		{"a root alone", "Root=" + root, xray.Trace{Root: root}},
		{"a bare root", root, xray.Trace{Root: root}},
		{"empty", "", xray.Trace{}},
		{"a parent without a root", "Parent=" + parent + ";Sampled=1", xray.Trace{}},
		{"a malformed root", "Root=1-x;Parent=" + parent, xray.Trace{}},
		{"a root of capitals", "Root=" + strings.ToUpper(root), xray.Trace{}},
		{"a root of another version", "Root=2" + root[1:], xray.Trace{}},
		{"a root of zeros", "Root=1-00000000-" + zeros[:24], xray.Trace{}},
		{"a malformed parent", "Root=" + root + ";Parent=x", xray.Trace{Root: root}},
		{"a parent of zeros", "Root=" + root + ";Parent=" + zeros[:16], xray.Trace{Root: root}},
		{"too long", "Root=" + root + ";" + strings.Repeat("a", 300), xray.Trace{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := xray.Parse(tt.header); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestParseTraceparent(t *testing.T) {
	sampled := xray.Trace{Root: root, Parent: parent, Sampled: xray.Sampled}
	unsampled := xray.Trace{Root: root, Parent: parent, Sampled: xray.NotSampled}
	tests := []struct {
		name, header string
		want         xray.Trace
	}{
		{"sampled", "00-" + id + "-" + parent + "-01", sampled},
		{"not sampled", "00-" + id + "-" + parent + "-00", unsampled},
		{"sampled among other flags", "00-" + id + "-" + parent + "-ab", sampled},
		{"other flags", "00-" + id + "-" + parent + "-aa", unsampled},
		{"a later version", "01-" + id + "-" + parent + "-01-more", sampled},
		{"a later version without a separator", "01-" + id + "-" + parent + "-01more", xray.Trace{}},
		{"more than version 00 has", "00-" + id + "-" + parent + "-01-more", xray.Trace{}},
		{"the version that is forbidden", "ff-" + id + "-" + parent + "-01", xray.Trace{}},
		{"a trace of zeros", "00-" + zeros + "-" + parent + "-01", xray.Trace{}},
		{"a parent of zeros", "00-" + id + "-" + zeros[:16] + "-01", xray.Trace{}},
		{"capitals", "00-" + strings.ToUpper(id) + "-" + parent + "-01", xray.Trace{}},
		{"no separators", "00_" + id + "_" + parent + "_01", xray.Trace{}},
		{"flags that are no number", "00-" + id + "-" + parent + "-0g", xray.Trace{}},
		{"too short", "00-" + id, xray.Trace{}},
		{"empty", "", xray.Trace{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := xray.ParseTraceparent(tt.header); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestXRayComesBeforeW3C(t *testing.T) {
	const other = "1-66666666-bd862e3fe1be46a994272793"
	traceparent := "00-" + id + "-" + parent + "-01"
	tests := []struct {
		name        string
		amzn        []string
		traceparent []string
		want        string
	}{
		{"neither", nil, nil, ""},
		{"X-Ray", []string{"Root=" + other}, nil, other},
		{"W3C", nil, []string{traceparent}, root},
		{"both", []string{"Root=" + other}, []string{traceparent}, other},
		{"malformed X-Ray", []string{"Root=x"}, []string{traceparent}, root},
		{"X-Ray twice", []string{"Root=" + other, "Root=" + other}, []string{traceparent}, root},
		{"W3C twice", nil, []string{traceparent, traceparent}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			for _, value := range tt.amzn {
				h.Add(xray.Header, value)
			}
			for _, value := range tt.traceparent {
				h.Add(xray.HeaderTraceparent, value)
			}
			if got := xray.FromHeader(h); got.Root != tt.want {
				t.Errorf("got root %q, want %q", got.Root, tt.want)
			}
		})
	}
}

func TestIDJoinsTheRoot(t *testing.T) {
	if got := (xray.Trace{Root: root}).ID(); got != id {
		t.Errorf("got %q, want %q", got, id)
	}
	if got := (xray.Trace{}).ID(); got != "" {
		t.Errorf("got %q for no trace, want none", got)
	}
}

// Whatever a client sends, what is taken of it is well-formed and is read back
// as the same.
func FuzzFromHeader(f *testing.F) {
	f.Add("Root="+root+";Parent="+parent+";Sampled=1", "")
	f.Add(root, "00-"+id+"-"+parent+"-01")
	f.Add("Root=1-x;Parent="+parent+"\t;Sampled=?", "01-"+id+"-"+parent+"-00-x")
	f.Add("", "00-"+zeros+"-"+parent+"-01")
	f.Fuzz(func(t *testing.T, amzn, traceparent string) {
		got := xray.FromHeader(map[string][]string{xray.Header: {amzn}, xray.HeaderTraceparent: {traceparent}})
		if got == (xray.Trace{}) {
			return
		}
		if again := xray.Parse(got.String()); again != got {
			t.Errorf("%q and %q were read as %+v, which is read back as %+v", amzn, traceparent, got, again)
		}
		if len(got.ID()) != 32 {
			t.Errorf("%q and %q gave the id %q", amzn, traceparent, got.ID())
		}
	})
}
