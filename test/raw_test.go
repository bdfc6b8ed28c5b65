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

// raw sends bytes that no HTTP client would, and returns the answer with its
// body, nil when the server closed the connection without one.
func raw(t *testing.T, s *site, text string) *contract.Answer {
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
	answer, err := readAnswer(bufio.NewReader(conn))
	if err != nil {
		return nil
	}
	return answer
}

// readAnswer reads one answer with its body.
func readAnswer(r *bufio.Reader) (*contract.Answer, error) {
	response, err := http.ReadResponse(r, nil)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	return &contract.Answer{Status: response.StatusCode, Header: response.Header, Body: body}, response.Body.Close()
}

// rawGet sends a GET for a target that is not escaped or cleaned, with header
// lines, holds the answer to the document and returns its status.
func rawGet(t *testing.T, s *site, target string, lines ...string) int {
	t.Helper()
	head := append([]string{"GET " + target + " HTTP/1.1", "Host: spacefinder", "Connection: close"}, lines...)
	answer := raw(t, s, strings.Join(head, "\r\n")+"\r\n\r\n")
	if answer == nil {
		t.Fatalf("GET %s is not answered", target)
	}
	if answer.Header.Get("X-Amzn-Requestid") == "" {
		return answer.Status // refused by the HTTP server itself, before the front door
	}
	answer.Method = http.MethodGet
	answer.Path, _, _ = strings.Cut(target, "?")
	if err := s.api.Document.Check(*answer); err != nil {
		t.Error(err)
	}
	return answer.Status
}
