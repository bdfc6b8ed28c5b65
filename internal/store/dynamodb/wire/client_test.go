package wire

import (
	"context"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder/internal/store/dynamodb/exchange"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
)

// A step is what happens to one attempt.
type step struct {
	err     error             // instead of an answer
	before  func()            // called first, if not nil
	status  int               // of the answer
	headers map[string]string // of the answer
	body    string
	endless bool  // the body never ends
	length  int64 // Content-Length; 0: that of the body
}

// A script is a transport that takes its steps one after the other, and keeps what
// it was sent.
type script struct {
	steps   []step
	bodies  []string
	headers []http.Header
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	s.bodies, s.headers = append(s.bodies, string(body)), append(s.headers, r.Header)
	if len(s.steps) == 0 {
		return nil, errors.New("one attempt too many")
	}
	next := s.steps[0]
	s.steps = s.steps[1:]
	if next.before != nil {
		next.before()
	}
	if next.err != nil {
		return nil, next.err
	}
	response := &http.Response{StatusCode: next.status, Header: http.Header{}, ContentLength: next.length}
	for name, value := range next.headers {
		response.Header.Set(name, value)
	}
	response.Body = io.NopCloser(strings.NewReader(next.body))
	if next.endless {
		response.Body = io.NopCloser(zeros{})
	}
	if next.length == 0 {
		response.ContentLength = int64(len(next.body))
	}
	return response, nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// answer answers with a status and headers, which are pairs of a name and a value.
func answer(status int, body string, headers ...string) step {
	s := step{status: status, body: body, headers: map[string]string{}}
	for pair := range slices.Chunk(headers, 2) {
		s.headers[pair[0]] = pair[1]
	}
	return s
}

func refuses(status int, code string) step { return answer(status, `{"__type":"x#`+code+`"}`) }

func fails(err error) step { return step{err: err} }

func scripted(t *testing.T, steps ...step) (*Client, *script) {
	t.Helper()
	s := &script{steps: steps}
	tokens := 0
	endpoint := &url.URL{Scheme: "https", Host: "dynamodb.example:443"}
	c, err := New(Options{
		Transport: exchange.Via{Transport: s, URL: endpoint, LongestBody: LargestAnswer},
		Endpoint:  endpoint.String(), Region: "r", Timeout: time.Minute, Attempts: 3,
		Credentials: func(context.Context) (Credentials, error) {
			return Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret", SessionToken: "session"}, nil
		},
		Backoff: func(int) time.Duration { return time.Hour },
		Jitter:  func(time.Duration) time.Duration { return 0 },
		Now:     func() time.Time { return when },
		Token:   func() string { tokens++; return "token-" + strconv.Itoa(tokens) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

const found = `{"Item":{"a":{"S":"x"}}}`

func TestWhatIsTriedAgain(t *testing.T) {
	good := answer(200, found)
	for name, c := range map[string]struct {
		first    step
		attempts int
	}{
		"an answer":                 {good, 1},
		"throttled":                 {refuses(400, "ProvisionedThroughputExceededException"), 2},
		"throttled by the account":  {refuses(400, "ThrottlingException"), 2},
		"the same transaction":      {refuses(400, table.CodeTransactionInProgress), 2},
		"a fault of theirs":         {refuses(500, "InternalServerError"), 2},
		"unavailable":               {answer(503, "<html>"), 2},
		"a gateway in between":      {answer(502, ""), 2},
		"a connection that is lost": {fails(io.ErrUnexpectedEOF), 2},
		"silence":                   {fails(context.DeadlineExceeded), 2},
		"a wrong checksum":          {answer(200, found, "X-Amz-Crc32", "1"), 2},
		"no checksum at all":        {answer(200, found, "X-Amz-Crc32", "zero"), 2},
		"a condition":               {refuses(400, table.CodeTransactionCanceled), 1},
		"another transaction":       {refuses(400, table.CodeTransactionConflict), 1},
		"no such table":             {refuses(400, "ResourceNotFoundException"), 1},
		"denied":                    {refuses(400, "AccessDeniedException"), 1},
		"not implemented":           {refuses(501, "Other"), 1},
		"sent elsewhere":            {answer(301, "", "Location", "https://evil.example"), 1},
		"a wrong signature":         {refuses(400, "InvalidSignatureException"), 1},
		"an answer that is no JSON": {answer(200, "<html>"), 1},
	} {
		client, s := scripted(t, c.first, good)
		_, err := client.Get(t.Context(), k("t", "p", "s"))
		if len(s.bodies) != c.attempts || (c.attempts == 2 && err != nil) {
			t.Errorf("%s: %d attempts, %v", name, len(s.bodies), err)
		}
	}
}

// However often a write is sent, it is one and the same; the next write is another.
func TestAttemptsHaveOneToken(t *testing.T) {
	client, s := scripted(t, fails(io.EOF), refuses(500, ""), answer(200, "{}"), answer(200, "{}"))
	for range 2 {
		if err := client.TransactWrite(t.Context(), []table.Write{{Action: table.Delete, Key: k("t", "p", "s")}}); err != nil {
			t.Fatal(err)
		}
	}
	tokens := make([]bool, len(s.bodies))
	for n, body := range s.bodies {
		tokens[n] = strings.HasPrefix(body, `{"ClientRequestToken":"token-1"`)
	}
	if !slices.Equal(tokens, []bool{true, true, true, false}) || s.bodies[0] != s.bodies[2] {
		t.Errorf("sent %q", s.bodies)
	}
}

func TestRequestHeaders(t *testing.T) {
	client, s := scripted(t, answer(200, "{}"))
	if _, err := client.Get(t.Context(), k("t", "p", "s")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.GetItem",
		"X-Amz-Date": "20260102T235959Z", "X-Amz-Security-Token": "session", "Accept-Encoding": "identity",
	} {
		if got := s.headers[0].Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if client.signer.host != "dynamodb.example" {
		t.Errorf("signed for host %q, which has the port that is sent by nobody", client.signer.host)
	}
}

func TestGivesUp(t *testing.T) {
	lost := fails(io.ErrUnexpectedEOF)
	t.Run("after its attempts", func(t *testing.T) {
		client, s := scripted(t, lost, lost, lost)
		_, err := client.Get(t.Context(), k("t", "p", "s"))
		var none *table.NoAnswerError
		if !errors.As(err, &none) || !errors.Is(err, io.ErrUnexpectedEOF) || len(s.bodies) != 3 {
			t.Errorf("%d attempts, %v", len(s.bodies), err)
		}
	})
	t.Run("when the caller has", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		client, s := scripted(t, step{before: cancel, err: context.Canceled})
		_, err := client.Get(ctx, k("t", "p", "s"))
		if !errors.Is(err, context.Canceled) || len(s.bodies) != 1 {
			t.Errorf("%d attempts, %v", len(s.bodies), err)
		}
	})
	t.Run("while it pauses", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		client, s := scripted(t, lost)
		client.options.Jitter = func(limit time.Duration) time.Duration { return limit }
		if _, err := client.Get(ctx, k("t", "p", "s")); !errors.Is(err, io.ErrUnexpectedEOF) || len(s.bodies) != 1 {
			t.Errorf("%d attempts, %v", len(s.bodies), err)
		}
	})
	t.Run("without credentials", func(t *testing.T) {
		client, s := scripted(t)
		missing := errors.New("no role")
		client.options.Credentials = func(context.Context) (Credentials, error) { return Credentials{}, missing }
		if _, err := client.Get(t.Context(), k("t", "p", "s")); !errors.Is(err, missing) || len(s.bodies) != 0 {
			t.Errorf("%d attempts, %v", len(s.bodies), err)
		}
	})
	t.Run("without a request that can be written", func(t *testing.T) {
		client, s := scripted(t)
		_, err := client.Get(t.Context(), k("t", "\xff", "s"))
		var none *table.NoAnswerError
		if err == nil || errors.As(err, &none) || len(s.bodies) != 0 {
			t.Errorf("%d attempts, %v", len(s.bodies), err)
		}
	})
}

// When everything fails, calls are soon made once only; when things work again,
// the budget for further attempts grows back.
func TestBudgetOfAttempts(t *testing.T) {
	client, s := scripted(t)
	get := func() int {
		before := len(s.bodies)
		_, _ = client.Get(t.Context(), k("t", "p", "s")) // what it costs is looked at
		return len(s.bodies) - before
	}
	for range 50 {
		get()
	}
	if n := get(); n != 1 {
		t.Errorf("%d attempts when the budget is spent, want 1", n)
	}
	for range priceOfNext {
		s.steps = append(s.steps, answer(200, "{}"))
		get()
	}
	if n := get(); n != 2 {
		t.Errorf("%d attempts when the price of one has been earned, want 2", n)
	}
	s.steps = append(s.steps, answer(200, "{}"))
	for range 2 * wholeBudget {
		s.steps = append(s.steps, answer(200, "{}"))
		get()
	}
	if spent := client.budget.spent.Load(); spent != 0 {
		t.Errorf("%d of the budget are spent when all is well", spent)
	}
}

// A clock that is wrong is found out by the answer's date, and made up for.
func TestWrongClock(t *testing.T) {
	theirs := when.Add(17 * time.Minute)
	expired := answer(400, `{"__type":"x#InvalidSignatureException","message":"Signature expired"}`, "Date", theirs.Format(http.TimeFormat))
	client, s := scripted(t, expired, answer(200, "{}"), answer(200, "{}"))
	for range 2 {
		if _, err := client.Get(t.Context(), k("t", "p", "s")); err != nil {
			t.Fatal(err)
		}
	}
	for n, want := range []time.Time{when, theirs, theirs} {
		if got := s.headers[n].Get("X-Amz-Date"); got != want.Format(timeLayout) {
			t.Errorf("attempt %d is signed at %s, want %s", n+1, got, want.Format(timeLayout))
		}
	}
}

func TestErrorTellsWhatIsKnown(t *testing.T) {
	client, _ := scripted(t, answer(400,
		`{"__type":"x#TransactionCanceledException","message":"cancelled","CancellationReasons":[{"Code":"None"},{"Code":"ConditionalCheckFailed"}]}`,
		"X-Amzn-Requestid", "REQ"))
	err := client.TransactWrite(t.Context(), nil)
	const want = "DynamoDB TransactWriteItems: status 400 TransactionCanceledException: cancelled None,ConditionalCheckFailed, request REQ"
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

func TestAnswersAreBounded(t *testing.T) {
	for name, length := range map[string]int64{"that say so": LargestAnswer + 1, "that do not": -1} {
		endless := step{status: http.StatusOK, endless: true, length: length}
		client, _ := scripted(t, endless, endless, endless)
		if _, err := client.Get(t.Context(), k("t", "p", "s")); !errors.Is(err, exchange.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestChecksumThatIsRight(t *testing.T) {
	sum := strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(found))), 10)
	client, _ := scripted(t, answer(200, found, "X-Amz-Crc32", sum))
	if it, err := client.Get(t.Context(), k("t", "p", "s")); err != nil || len(it) != 1 {
		t.Errorf("%v, %v", it, err)
	}
}

func TestEndpoints(t *testing.T) {
	for endpoint, good := range map[string]bool{
		"https://dynamodb.eu-central-1.amazonaws.com": true, "http://127.0.0.1:8000": true, "http://localhost:8000/": true,
		"": false, "127.0.0.1:8000": false, "ftp://x": false, "http://": false, "http://x/path": false, "http://x?q": false,
		"http://user@x": false, "http://x:port": false,
	} {
		if _, err := New(Options{Endpoint: endpoint}); (err == nil) != good {
			t.Errorf("%q: %v", endpoint, err)
		}
	}
}
