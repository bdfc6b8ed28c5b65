package dynamodb

import (
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/spacefinder/spacefinder"
)

// errRace says that what a write was decided on is no longer so, or that another
// transaction holds one of its items right now. Nothing was written.
var errRace = errors.New("lost a race against another write")

// errUnprocessed says that DynamoDB left part of a batch undone, which it does
// when throughput is exceeded.
var errUnprocessed = errors.New("a batch was not processed in full")

// refused reports whether err is an answer of the contract, such as
// CodeNotFound, and not a failure.
func refused(err error) bool {
	var e *spacefinder.Error
	return errors.As(err, &e)
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

// throttled reports whether DynamoDB asked for fewer requests.
func throttled(err error) bool {
	var canceled *types.TransactionCanceledException
	if errors.As(err, &canceled) {
		return hasReason(canceled, "ThrottlingError", "ProvisionedThroughputExceeded")
	}
	var inProgress *types.TransactionInProgressException
	if errors.As(err, &inProgress) {
		return false // the SDK counts it as throttling, but it says that an attempt of ours is still under way
	}
	return errors.Is(err, errUnprocessed) || retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err) == aws.TrueTernary
}

// passing reports whether the failure may be gone at the next try: DynamoDB was
// not reached, did not answer in time, or failed on its side. What it refuses
// (a table that does not exist, access that is denied, a malformed request) will
// be refused again.
func passing(err error) bool {
	var invalid smithy.InvalidParamsError
	var unsent *smithy.SerializationError
	if errors.As(err, &invalid) || errors.As(err, &unsent) {
		return false
	}
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) && answer.HTTPStatusCode() >= 500 {
		return true
	}
	var inProgress *types.TransactionInProgressException
	if errors.As(err, &inProgress) {
		return true
	}
	var refusal smithy.APIError
	var fault *smithy.OperationError
	return !errors.As(err, &refusal) && errors.As(err, &fault)
}

// raced reports whether a transaction was cancelled because a condition did not
// hold or another transaction was at one of its items.
func raced(err error) bool {
	var canceled *types.TransactionCanceledException
	if errors.As(err, &canceled) {
		return hasReason(canceled, "ConditionalCheckFailed", "TransactionConflict")
	}
	var conflict *types.TransactionConflictException
	return errors.As(err, &conflict)
}

func hasReason(canceled *types.TransactionCanceledException, codes ...string) bool {
	return slices.ContainsFunc(canceled.CancellationReasons, func(reason types.CancellationReason) bool {
		return slices.Contains(codes, aws.ToString(reason.Code))
	})
}
