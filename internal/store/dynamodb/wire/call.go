package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/spacefinder/spacefinder/internal/store/dynamodb/exchange"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
)

// LargestAnswer bounds what is read of an answer, in bytes. DynamoDB returns up
// to 16 MB of items, to which JSON adds.
const LargestAnswer = 64 << 20

// tolerance is how wrong the clock may be before DynamoDB refuses signatures (5
// minutes), less some time for the way.
const tolerance = 4 * time.Minute

// call makes a call and returns the body of the answer. It makes it again when
// that can help, with the same body, so with the same client request token. It takes
// back the writer.
func (c *Client) call(ctx context.Context, operation string, request *writer) (string, error) {
	defer c.writers.put(request)
	if request.err != nil {
		return "", fmt.Errorf("DynamoDB %s: %w", operation, request.err)
	}
	credentials, err := c.options.Credentials(ctx)
	if err != nil {
		return "", &table.NoAnswerError{Operation: operation, Err: fmt.Errorf("AWS credentials: %w", err)}
	}
	for attempt, price := 1, int64(earning); ; attempt++ {
		answer, err := c.attempt(ctx, credentials, operation, request)
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
func (c *Client) attempt(ctx context.Context, credentials Credentials, operation string, request *writer) (string, error) {
	answer, err := c.options.Transport.Exchange(ctx, c.request(credentials, operation, request))
	if err == nil {
		err = verify(&answer)
	}
	if err != nil {
		return "", &table.NoAnswerError{Operation: operation, Err: err}
	}
	if answer.Status != http.StatusOK {
		return "", c.refusal(operation, &answer)
	}
	return answer.Body, nil
}

// request returns the signed request. Its header lies in the writer of its body.
func (c *Client) request(credentials Credentials, operation string, w *writer) exchange.Request {
	target := targetPrefix + operation
	date, authorization := c.signer.sign(credentials, target, w.body, c.now())
	w.header = append(w.header[:0],
		exchange.Field{Name: "Content-Type", Value: contentType},
		exchange.Field{Name: "Accept-Encoding", Value: "identity"},
		exchange.Field{Name: "User-Agent", Value: userAgent},
		exchange.Field{Name: "X-Amz-Date", Value: date},
		exchange.Field{Name: "X-Amz-Target", Value: target},
		exchange.Field{Name: "Authorization", Value: authorization},
	)
	if credentials.SessionToken != "" {
		w.header = append(w.header, exchange.Field{Name: "X-Amz-Security-Token", Value: credentials.SessionToken})
	}
	return exchange.Request{Host: c.signer.host, Header: w.header, Body: w.body, Timeout: c.options.Timeout}
}

// verify compares the checksum that DynamoDB sent with that of the answer.
func verify(answer *exchange.Answer) error {
	if want := answer.Get("X-Amz-Crc32"); want != "" && want != strconv.FormatUint(uint64(answer.Sum), 10) {
		return fmt.Errorf("the answer has the checksum %d instead of %s", answer.Sum, want)
	}
	return nil
}

// refusal returns the error that an answer is.
func (c *Client) refusal(operation string, answer *exchange.Answer) error {
	e := readError(answer.Body)
	e.Operation, e.Status, e.RequestID = operation, answer.Status, answer.Get("X-Amzn-Requestid")
	if aboutTime(e.Code) {
		c.setClock(answer.Get("Date"))
	}
	return e
}

// mayHelp reports whether it makes sense to make the same call again.
func (c *Client) mayHelp(err error) bool {
	var answer *table.Error
	if !errors.As(err, &answer) {
		return !errors.Is(err, exchange.ErrTooLarge) // else there was none
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
