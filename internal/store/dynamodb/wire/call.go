package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
)

// LargestAnswer bounds what is read of an answer, in bytes. DynamoDB returns up
// to 16 MB of items, to which JSON adds.
const LargestAnswer = 64 << 20

// tolerance is how wrong the clock may be before DynamoDB refuses signatures (5
// minutes), less some time for the way.
const tolerance = 4 * time.Minute

var errTooLarge = errors.New("the answer is too large")

// call makes a call and returns the body of the answer. It makes it again when
// that can help, with the same body, so with the same client request token.
func (c *Client) call(ctx context.Context, operation string, request *writer) (string, error) {
	if request.err != nil {
		return "", fmt.Errorf("DynamoDB %s: %w", operation, request.err)
	}
	credentials, err := c.options.Credentials(ctx)
	if err != nil {
		return "", &table.NoAnswerError{Operation: operation, Err: fmt.Errorf("AWS credentials: %w", err)}
	}
	for attempt, price := 1, int64(earning); ; attempt++ {
		answer, err := c.attempt(ctx, credentials, operation, request.body)
		if err == nil {
			c.budget.give(price)
			return answer, nil
		}
		if attempt == c.options.Attempts || ctx.Err() != nil || !c.mayHelp(err) {
			return "", err
		}
		if price = priceOf(err); !c.budget.take(price) {
			return "", fmt.Errorf("too much is failing to try again: %w", err)
		}
		if pause(ctx, c.options.Jitter(c.options.Backoff(attempt))) != nil {
			return "", err
		}
	}
}

// attempt makes one HTTP exchange.
func (c *Client) attempt(ctx context.Context, credentials Credentials, operation string, body []byte) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	response, err := c.options.Transport.RoundTrip(c.request(ctx, credentials, operation, body))
	if err != nil {
		return "", &table.NoAnswerError{Operation: operation, Err: err}
	}
	answer, err := read(response)
	if err != nil {
		return "", &table.NoAnswerError{Operation: operation, Err: err}
	}
	if response.StatusCode != http.StatusOK {
		return "", c.refusal(operation, response, answer)
	}
	return answer, nil
}

// request returns the signed request. Only names in their canonical form are set
// in the header, as if by its Set.
func (c *Client) request(ctx context.Context, credentials Credentials, operation string, body []byte) *http.Request {
	target := targetPrefix + operation
	date, authorization := c.signer.sign(credentials, target, body, c.now())
	values := []string{date, authorization, target, credentials.SessionToken}
	header := http.Header{
		"Accept-Encoding": c.constant.identity,
		"Content-Type":    c.constant.contentType,
		"User-Agent":      c.constant.userAgent,
		"X-Amz-Date":      values[0:1:1],
		"Authorization":   values[1:2:2],
		"X-Amz-Target":    values[2:3:3],
	}
	if credentials.SessionToken != "" {
		header["X-Amz-Security-Token"] = values[3:4:4]
	}
	request := &http.Request{
		Method: http.MethodPost, URL: c.url, Host: c.signer.host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil },
	}
	return request.WithContext(ctx)
}

// read reads the whole body of an answer, which it closes, and checks it.
func read(response *http.Response) (string, error) {
	if response.ContentLength > LargestAnswer {
		return "", errors.Join(errTooLarge, response.Body.Close())
	}
	var body checked
	if response.ContentLength > 0 {
		body.text.Grow(int(response.ContentLength))
	}
	_, err := io.Copy(&body, response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return "", err
	}
	if want := response.Header.Get("X-Amz-Crc32"); want != "" && want != strconv.FormatUint(uint64(body.sum), 10) {
		return "", fmt.Errorf("the answer has the checksum %d instead of %s", body.sum, want)
	}
	return body.text.String(), nil
}

// checked is a text of bounded length that is summed up as it is written.
type checked struct {
	text strings.Builder
	sum  uint32 // CRC-32 as DynamoDB counts it
}

// Write implements io.Writer.
func (c *checked) Write(p []byte) (int, error) {
	if c.text.Len()+len(p) > LargestAnswer {
		return 0, errTooLarge
	}
	c.sum = crc32.Update(c.sum, crc32.IEEETable, p)
	return c.text.Write(p)
}

// refusal returns the error that an answer is.
func (c *Client) refusal(operation string, response *http.Response, answer string) error {
	e := readError(answer)
	e.Operation, e.Status, e.RequestID = operation, response.StatusCode, response.Header.Get("X-Amzn-Requestid")
	if aboutTime(e.Code) {
		c.setClock(response.Header.Get("Date"))
	}
	return e
}

// mayHelp reports whether it makes sense to make the same call again.
func (c *Client) mayHelp(err error) bool {
	var answer *table.Error
	if !errors.As(err, &answer) {
		return !errors.Is(err, errTooLarge) // else there was none
	}
	switch answer.Status {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	switch answer.Code {
	case table.CodeTransactionInProgress, "RequestTimeout", "RequestTimeoutException":
		return true
	}
	return answer.Throttled() || aboutTime(answer.Code) && c.skew.Load() != 0
}

// priceOf returns what an attempt after the error costs.
func priceOf(err error) int64 {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return priceOfWait
	}
	return priceOfNext
}

// aboutTime reports whether an error can come from a clock that is wrong.
func aboutTime(code string) bool {
	switch code {
	case "InvalidSignatureException", "RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed", "SignatureDoesNotMatch":
		return true
	}
	return false
}

// setClock notes how far this machine's clock is from DynamoDB's, when that is
// enough to have signatures refused.
func (c *Client) setClock(date string) {
	theirs, err := http.ParseTime(date)
	if err != nil {
		return
	}
	skew := theirs.Sub(c.options.Now())
	if skew.Abs() < tolerance {
		skew = 0
	}
	c.skew.Store(int64(skew))
}

// now returns the time as DynamoDB has it, as far as that is known.
func (c *Client) now() time.Time { return c.options.Now().Add(time.Duration(c.skew.Load())) }

// pause waits, but not beyond the context.
func pause(ctx context.Context, length time.Duration) error {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
