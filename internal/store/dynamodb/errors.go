package dynamodb

import (
	"errors"
	"net/http"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
)

// errRace says that what a write was decided on is no longer so, or that another
// transaction holds one of its items right now. Nothing was written.
var errRace = errors.New("lost a race against another write")

// refused reports whether err is an answer of the contract, such as
// CodeNotFound, and not a failure.
func refused(err error) bool {
	_, is := errors.AsType[*spacefinder.Error](err)
	return is
}

func notFound() error {
	return spacefinder.Errorf(spacefinder.CodeNotFound, "There is no such item.")
}

// failure translates an error of DynamoDB, or on the way there, to the contract.
func failure(err error) error {
	switch {
	case err == nil, refused(err):
		return err
	case throttled(err), errors.Is(err, errRace), raced(err):
		return spacefinder.Errorf(spacefinder.CodeThrottled, "Too many requests at this moment.").WithCause(err)
	case passing(err):
		return spacefinder.Errorf(spacefinder.CodeUnavailable, "The store cannot answer at this moment.").WithCause(err)
	}
	return err
}

// throttleReasons are the reasons of a cancelled transaction that ask for fewer
// requests.
func throttleReasons() []string { return []string{"ThrottlingError", "ProvisionedThroughputExceeded"} }

// throttled reports whether DynamoDB asked for fewer requests.
func throttled(err error) bool {
	if answer, is := errors.AsType[*table.Error](err); is {
		return answer.Throttled() || answer.Canceled(throttleReasons()...)
	}
	return errors.Is(err, table.ErrUnprocessed)
}

// passing reports whether the failure may be gone at the next try: DynamoDB was
// not reached, did not answer in time, failed on its side, or is still at an
// earlier attempt of ours. What it refuses (a table that does not exist, access
// that is denied, a malformed request) will be refused again.
func passing(err error) bool {
	if answer, is := errors.AsType[*table.Error](err); is {
		return answer.Status >= http.StatusInternalServerError || answer.Code == table.CodeTransactionInProgress
	}
	_, is := errors.AsType[*table.NoAnswerError](err)
	return is
}

// raced reports whether a transaction was cancelled because a condition did not
// hold or another transaction was at one of its items.
func raced(err error) bool {
	answer, is := errors.AsType[*table.Error](err)
	return is && (answer.Canceled("ConditionalCheckFailed", "TransactionConflict") || answer.Code == table.CodeTransactionConflict)
}
