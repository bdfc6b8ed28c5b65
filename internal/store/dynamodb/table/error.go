package table

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrUnprocessed says that DynamoDB left part of a batch undone, which it does
// when throughput is exceeded.
var ErrUnprocessed = errors.New("a batch was not processed in full")

// Codes of errors that need to be told apart. Source:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
const (
	CodeTransactionCanceled   = "TransactionCanceledException"
	CodeTransactionConflict   = "TransactionConflictException"
	CodeTransactionInProgress = "TransactionInProgressException"
)

// An Error is DynamoDB's answer that it did not do what was asked. It is for logs
// and for decisions, never for a client.
type Error struct {
	Operation string // such as GetItem
	Status    int    // of HTTP
	Code      string // such as ResourceNotFoundException; "" when the answer does not say
	Message   string
	RequestID string
	Reasons   []string // of a cancelled transaction: the code for each of its items, "None" for those that are not to blame
}

// Error returns all that is known.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "DynamoDB %s: status %d", e.Operation, e.Status)
	for _, part := range []struct{ before, text string }{
		{" ", e.Code}, {": ", e.Message}, {" ", strings.Join(e.Reasons, ",")}, {", request ", e.RequestID},
	} {
		if part.text != "" {
			b.WriteString(part.before)
			b.WriteString(part.text)
		}
	}
	return b.String()
}

// Throttled reports whether DynamoDB asked for fewer requests. A cancelled
// transaction tells that in its reasons instead.
func (e *Error) Throttled() bool {
	switch e.Code {
	case "ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException", "Throttling",
		"ThrottledException", "RequestThrottledException", "RequestThrottled", "TooManyRequestsException",
		"BandwidthLimitExceeded", "LimitExceededException", "SlowDown", "PriorRequestNotComplete", "EC2ThrottledException":
		return true
	}
	return false
}

// Canceled reports whether a transaction was cancelled for one of the reasons.
func (e *Error) Canceled(reasons ...string) bool {
	return e.Code == CodeTransactionCanceled &&
		slices.ContainsFunc(e.Reasons, func(reason string) bool { return slices.Contains(reasons, reason) })
}

// A NoAnswerError says that a call was not answered, or not in a way that can be
// read. Whether it was carried out is not known.
type NoAnswerError struct {
	Operation string
	Err       error
}

// Error returns the operation and the cause.
func (e *NoAnswerError) Error() string {
	return fmt.Sprintf("DynamoDB %s: no answer: %v", e.Operation, e.Err)
}

// Unwrap returns the cause.
func (e *NoAnswerError) Unwrap() error { return e.Err }

// KeyOf returns the key of an item of the table. The error says that it has none.
func KeyOf(tableName string, it Item) (Key, error) {
	pk, _ := it.Get("pk")
	sk, _ := it.Get("sk")
	if pk.Kind != KindText || sk.Kind != KindText {
		return Key{}, fmt.Errorf("an item of table %s has no key", tableName)
	}
	return Key{Table: tableName, PK: pk.Text, SK: sk.Text}, nil
}
