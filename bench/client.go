package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spacefinder/spacefinder/bench/internal/httpconn"
	"github.com/spacefinder/spacefinder/bench/internal/load"
)

const (
	requestTimeout = 30 * time.Second
	idleTimeout    = time.Minute // less than the server's: it never closes a connection that is about to be used
	maxErrorBody   = 500         // bytes of an answer that an error shows
)

// client sends requests to a server. Each client of a load has a connection of
// its own; preparations have that of the first.
type client struct {
	host        string
	connections []connection
}

// connection is what one client of a load has.
type connection struct {
	httpconn.Conn
	request []byte // kept for the next one
}

func newClient(connections int) *client {
	c := &client{connections: make([]connection, connections)}
	for i := range c.connections {
		c.connections[i].Timeout, c.connections[i].Idle = requestTimeout, idleTimeout
	}
	return c
}

// connect names the server, such as http://127.0.0.1:8080, and leaves the one
// before.
func (c *client) connect(url string) {
	c.host = strings.TrimPrefix(url, "http://")
	c.close()
	for i := range c.connections {
		c.connections[i].Addr = c.host
	}
}

// close closes the connections. They are opened anew when they are needed.
func (c *client) close() {
	for i := range c.connections {
		c.connections[i].Close()
	}
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

// do sends a request as the client of that number, from 0, and reads the answer
// to its end.
func (c *client) do(ctx context.Context, number int, r call) (load.Outcome, error) {
	answer, err := c.send(ctx, number, r)
	switch {
	case err != nil:
		return load.Accepted, err
	case answer.Status == r.want:
		return load.Accepted, nil
	case answer.Status == r.refusal:
		return load.Refused, nil
	default:
		return load.Accepted, unexpected(r, answer)
	}
}

// get sends a request, when there is no load, and returns the body of the
// answer, which is good until the next.
func (c *client) get(ctx context.Context, r call) ([]byte, error) {
	answer, err := c.send(ctx, 0, r)
	if err == nil && answer.Status != r.want {
		err = unexpected(r, answer)
	}
	return answer.Body, err
}

func (c *client) send(ctx context.Context, number int, r call) (httpconn.Answer, error) {
	own := &c.connections[number]
	own.request = r.append(own.request[:0], c.host)
	answer, err := own.Exchange(ctx, own.request)
	if err != nil {
		err = fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	return answer, err
}

// append appends the request as it is sent (RFC 9112, 2.1). Everything in it is
// the run's own and needs no escapes.
func (r call) append(b []byte, host string) []byte {
	b = append(append(append(append(b, r.method...), ' '), r.path...), " HTTP/1.1\r\n"...)
	b = appendField(b, "Host", host)
	b = appendField(b, "User-Agent", "spacefinder-bench")
	if len(r.body) > 0 {
		b = appendField(b, "Content-Type", "application/json")
	}
	if len(r.body) > 0 || r.method != http.MethodGet {
		b = appendField(b, "Content-Length", strconv.Itoa(len(r.body)))
	}
	if r.token != "" {
		b = appendField(b, "Authorization", r.token)
	}
	if r.caller != "" {
		b = appendField(b, "X-Caller-Id", r.caller)
		b = appendField(b, "X-Caller-Groups", `["apiAdmins"]`)
	}
	return append(append(b, "\r\n"...), r.body...)
}

func appendField(b []byte, name, value string) []byte {
	return append(append(append(append(b, name...), ": "...), value...), "\r\n"...)
}

func unexpected(r call, answer httpconn.Answer) error {
	text := answer.Body[:min(len(answer.Body), maxErrorBody)]
	return fmt.Errorf("%s %s: want %d, got %d %s: %s", r.method, r.path, r.want, answer.Status, http.StatusText(answer.Status), text)
}
