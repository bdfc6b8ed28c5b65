package main

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// The stub tells where it is, answers there, and goes with its standard input.
func TestServesUntilItsInputEnds(t *testing.T) {
	in, end := io.Pipe()
	told, out := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- run([]string{"-items", "2"}, in, out) }()
	endpoint, err := bufio.NewReader(told).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	endpoint = strings.TrimSpace(endpoint)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Amz-Target", "DynamoDB_20120810.TransactWriteItems")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK {
		t.Errorf("status %d", answer.StatusCode)
	}
	if err := errors.Join(answer.Body.Close(), end.Close(), <-done); err != nil {
		t.Error(err)
	}
}

func TestRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, args := range [][]string{{"-what"}, {"-addr", "nowhere"}} {
		if err := run(args, strings.NewReader(""), io.Discard); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}
