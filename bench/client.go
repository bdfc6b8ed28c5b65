package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spacefinder/spacefinder/bench/internal/load"
)

const (
	requestTimeout = 30 * time.Second
	idleTimeout    = time.Minute // less than the server's: it never closes a connection that is about to be used
	maxErrorBody   = 500         // bytes of an answer that an error shows
	maxAnswer      = 1 << 20     // bytes of an answer that is kept
)

// client sends requests to a server, on as many connections as it has clients.
type client struct {
	base      string
	transport *http.Transport
}

func newClient(connections int) *client {
	return &client{transport: &http.Transport{
		MaxConnsPerHost:       connections,
		MaxIdleConnsPerHost:   connections,
		IdleConnTimeout:       idleTimeout,
		DisableCompression:    true,
		ResponseHeaderTimeout: requestTimeout,
	}}
}

// call is a request, and the status that its answer must have.
type call struct {
	method, path string
	token        string // for the front door
	caller       string // for a service itself: the user whom the front door would name, as an administrator
	body         []byte
	want         int
	refusal      int // status of an answer that is Refused; 0: there is none
}

// do sends a request, reads the answer to its end and drops it.
func (c *client) do(ctx context.Context, r call) (load.Outcome, error) {
	response, err := c.send(ctx, r)
	if err != nil {
		return load.Accepted, err
	}
	defer func() { _ = response.Body.Close() }() // it is read to its end
	outcome := load.Accepted
	switch response.StatusCode {
	case r.want:
	case r.refusal:
		outcome = load.Refused
	default:
		return load.Accepted, unexpected(r, response)
	}
	_, err = io.Copy(io.Discard, response.Body)
	return outcome, err
}

// get sends a request and returns the body of the answer.
func (c *client) get(ctx context.Context, r call) ([]byte, error) {
	response, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != r.want {
		return nil, unexpected(r, response)
	}
	return io.ReadAll(io.LimitReader(response.Body, maxAnswer))
}

func (c *client) send(ctx context.Context, r call) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, r.method, c.base+r.path, bytes.NewReader(r.body)) //nolint:gosec // a server of the run
	if err != nil {
		return nil, err
	}
	if len(r.body) > 0 {
		request.Header.Set("Content-Type", "application/json")
	}
	if r.token != "" {
		request.Header.Set("Authorization", r.token)
	}
	if r.caller != "" {
		request.Header.Set("X-Caller-Id", r.caller)
		request.Header.Set("X-Caller-Groups", `["apiAdmins"]`)
	}
	return c.transport.RoundTrip(request)
}

func unexpected(r call, response *http.Response) error {
	text, err := io.ReadAll(io.LimitReader(response.Body, maxErrorBody))
	if err != nil {
		text = []byte(err.Error())
	}
	return fmt.Errorf("%s %s: want %d, got %s: %s", r.method, r.path, r.want, response.Status, text)
}
