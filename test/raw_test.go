package test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder/test/internal/contract"
)

const rawTimeout = 30 * time.Second

// raw sends bytes that no HTTP client would, and returns the answer, nil when
// the server closed the connection without one.
func raw(t *testing.T, s *site, text string) *http.Response {
	t.Helper()
	if !strings.HasPrefix(s.api.Base, "http://") {
		t.Skip("needs a plain connection")
	}
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(s.api.Base, "http://"), rawTimeout)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(rawTimeout)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return nil
	}
	return response
}

// rawGet sends a GET for a target that is not escaped or cleaned, with header
// lines, and holds the answer to the document.
func rawGet(t *testing.T, s *site, target string, lines ...string) *http.Response {
	t.Helper()
	head := append([]string{"GET " + target + " HTTP/1.1", "Host: spacefinder", "Connection: close"}, lines...)
	response := raw(t, s, strings.Join(head, "\r\n")+"\r\n\r\n")
	if response == nil {
		t.Fatalf("GET %s is not answered", target)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	path, _, _ := strings.Cut(target, "?")
	if response.Header.Get("X-Amzn-Requestid") == "" {
		return response // refused by the HTTP server itself, before the front door
	}
	answer := contract.Answer{Method: http.MethodGet, Path: path, Status: response.StatusCode, Header: response.Header, Body: body}
	if err := s.api.Document.Check(answer); err != nil {
		t.Error(err)
	}
	return response
}
