package dynamotest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// lateness is how much later a slow answer comes.
const lateness = 40 * time.Millisecond

// A Proxy stands before a DynamoDB server and does to requests what its rule
// says.
type Proxy struct {
	URL string

	server   *httptest.Server
	endpoint string
	client   *http.Client
	rule     atomic.Pointer[Rule]
	closing  chan struct{}

	mu     sync.Mutex
	counts map[string]int
}

// NewProxy starts a proxy before the endpoint, which ends with the test. It lets
// every request pass until a rule is set.
func NewProxy(tb testing.TB, endpoint string) *Proxy {
	tb.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	p := &Proxy{
		endpoint: endpoint, client: &http.Client{Transport: transport},
		closing: make(chan struct{}), counts: make(map[string]int),
	}
	p.SetRule(Never())
	p.server = httptest.NewServer(p)
	p.URL = p.server.URL
	tb.Cleanup(func() {
		close(p.closing)
		p.server.Close()
		transport.CloseIdleConnections()
	})
	return p
}

// SetRule changes what happens to the requests from now on.
func (p *Proxy) SetRule(rule Rule) { p.rule.Store(&rule) }

// Requests returns how many requests of the operation have arrived; "" means of
// all operations.
func (p *Proxy) Requests(operation string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for op, count := range p.counts {
		if operation == "" || operation == op {
			n += count
		}
	}
	return n
}

// ServeHTTP implements http.Handler.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	p.mu.Lock()
	p.counts[operation]++
	p.mu.Unlock()
	fault := (*p.rule.Load())(operation)
	if !fault.possible(operation) {
		fault = None
	}
	p.serve(w, r, fault, body)
}

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request, fault Fault, body []byte) {
	switch fault {
	case Throttle:
		refuse(w, http.StatusBadRequest, "ProvisionedThroughputExceededException", "")
	case Conflict:
		reasons := `,"CancellationReasons":[{"Code":"None"},{"Code":"TransactionConflict"}]`
		refuse(w, http.StatusBadRequest, "TransactionCanceledException", reasons)
	case InProgress:
		refuse(w, http.StatusBadRequest, "TransactionInProgressException", "")
	case Error:
		refuse(w, http.StatusInternalServerError, "InternalServerError", "")
	case Hang:
		p.hang(r)
	case Reset:
		reset(w)
	case Unprocessed:
		// What was asked for has the form of what was left undone.
		asked := bytes.TrimPrefix(body, []byte(`{"RequestItems":`))
		send(w, http.StatusOK, fmt.Appendf(nil, `{"Responses":{},"UnprocessedKeys":%s`, asked))
	default:
		p.serveAfter(w, r, fault, body)
	}
}

// serveAfter has the server carry the request out, and then does what the fault
// says to its answer.
func (p *Proxy) serveAfter(w http.ResponseWriter, r *http.Request, fault Fault, body []byte) {
	// The server goes on even when the client has given up.
	status, answer, err := p.forward(context.WithoutCancel(r.Context()), r, body)
	if err != nil {
		reset(w)
		return
	}
	switch fault {
	case ErrorAfter:
		refuse(w, http.StatusInternalServerError, "InternalServerError", "")
	case HangAfter:
		p.hang(r)
	case ResetAfter:
		reset(w)
	case TruncateAfter:
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)+1))
		send(w, status, answer[:len(answer)/2])
	case Slow:
		time.Sleep(lateness)
		send(w, status, answer)
	default:
		send(w, status, answer)
	}
}

// forward sends the request to the server and returns its answer.
func (p *Proxy) forward(ctx context.Context, r *http.Request, body []byte) (status int, answer []byte, err error) {
	out, err := http.NewRequestWithContext(ctx, r.Method, p.endpoint, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	out.Header = r.Header.Clone()
	response, err := p.client.Do(out)
	if err != nil {
		return 0, nil, err
	}
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, errors.Join(err, response.Body.Close())
}

// hang answers nothing until the client gives up.
func (p *Proxy) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-p.closing:
	}
}

// reset ends the connection with a TCP reset.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err) // a server of HTTP/1.1 can always
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// refuse answers as DynamoDB does when it refuses a request. more is added to the
// JSON members.
func refuse(w http.ResponseWriter, status int, code, more string) {
	send(w, status, fmt.Appendf(nil, `{"__type":"com.amazonaws.dynamodb.v20120810#%s","message":"injected"%s}`, code, more))
}

func send(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may have gone
}
