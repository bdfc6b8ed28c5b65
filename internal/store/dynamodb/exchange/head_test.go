package exchange

import (
	"bufio"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestPlainHeads(t *testing.T) {
	for head, plain := range map[string]bool{
		"HTTP/1.1 200 OK\r\nContent-Length: 2":                         true,
		"HTTP/1.1 400 Bad Request\r\ncontent-LENGTH:2\r\nDate: \tnow":  false, // the tab is unusual
		"HTTP/1.1 503 \r\nConnection: keep-alive\r\nContent-Length: 0": true,
		"HTTP/1.1 200\r\nContent-Length: 2":                            false,
		"HTTP/1.0 200 OK\r\nContent-Length: 2":                         false,
		"HTTP/1.1 +20 OK\r\nContent-Length: 2":                         false,
		"HTTP/1.1 100 Continue\r\nContent-Length: 2":                   false,
		"HTTP/1.1 204 No Content\r\nContent-Length: 2":                 false,
		"HTTP/1.1 200 OK":                                                  false,
		"HTTP/1.1 200 OK\r\nContent-Length: -1":                            false,
		"HTTP/1.1 200 OK\r\nContent-Length: 2, 2":                          false,
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2":        false,
		"HTTP/1.1 200 OK\r\nContent-Length: 99999999999":                   false,
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close":        false,
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: x":     false,
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSpace : x":                false,
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n folded: x":               false,
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nno field":                 false,
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: b\nC: d":               false,
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Amzn-Requestid: A\x7fB": false,
	} {
		if _, _, got := parseHead(head); got != plain {
			t.Errorf("%q: plain is %t", head, got)
		}
	}
}

// What is read here means to net/http the same.
func FuzzPlainHeads(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nServer: Server\r\nContent-Length: 2\r\nConnection: keep-alive\r\nx-amz-crc32: 1")
	f.Add("HTTP/1.1 200 \n\r\nContent-Length: 0")
	f.Add("HTTP/1.1 500 \r\ncontent-length:0\r\nA: \r\na:  b")
	f.Add("HTTP/1.1 299 x\ty\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\nConnection: close")
	f.Fuzz(func(t *testing.T, head string) {
		if strings.Contains(head+"\r\n", "\r\n\r\n") {
			t.Skip("more than a head")
		}
		answer, length, plain := parseHead(head)
		if !plain {
			return
		}
		theirs, err := http.ReadResponse(bufio.NewReader(strings.NewReader(head+"\r\n\r\n")), &http.Request{Method: http.MethodPost})
		if err != nil {
			t.Fatalf("net/http refuses %q: %v", head, err)
		}
		_ = theirs.Body.Close()
		if theirs.StatusCode != answer.Status || theirs.ContentLength != int64(length) || theirs.Close || theirs.TransferEncoding != nil {
			t.Errorf("%q: %d, length %d; to net/http %+v", head, answer.Status, length, theirs)
		}
		fields := 0
		for name, values := range theirs.Header {
			fields += len(values)
			if got := answer.Get(name); got != values[0] {
				t.Errorf("%q: %s is %q, to net/http %q", head, name, got, values[0])
			}
		}
		hidden := func(f Field) bool {
			return strings.EqualFold(f.Name, "Connection") || strings.EqualFold(f.Name, "Content-Length")
		}
		if n := len(slices.DeleteFunc(answer.Header, hidden)); fields < n {
			t.Errorf("%q: %d fields, to net/http %d", head, n, fields)
		}
	})
}
