package dynamodb

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/spacefinder/spacefinder"
)

func canceled(codes ...string) error {
	e := &types.TransactionCanceledException{}
	for _, code := range codes {
		e.CancellationReasons = append(e.CancellationReasons, types.CancellationReason{Code: aws.String(code)})
	}
	return e
}

func answered(status int, err error) error {
	return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: err}
}

func TestFailure(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		code spacefinder.Code
	}{
		"throughput exceeded":       {answered(400, &types.ProvisionedThroughputExceededException{}), spacefinder.CodeThrottled},
		"request limit":             {answered(400, &types.RequestLimitExceeded{}), spacefinder.CodeThrottled},
		"throttled by name":         {answered(400, &smithy.GenericAPIError{Code: "ThrottlingException"}), spacefinder.CodeThrottled},
		"throttled in transaction":  {answered(400, canceled("None", "ThrottlingError")), spacefinder.CodeThrottled},
		"batch left undone":         {errUnprocessed, spacefinder.CodeThrottled},
		"too many races":            {errRace, spacefinder.CodeThrottled},
		"too many conflicts":        {answered(400, canceled("TransactionConflict")), spacefinder.CodeThrottled},
		"still in progress":         {answered(400, &types.TransactionInProgressException{}), spacefinder.CodeUnavailable},
		"server error":              {answered(500, &types.InternalServerError{}), spacefinder.CodeUnavailable},
		"bad gateway":               {answered(502, errors.New("not JSON")), spacefinder.CodeUnavailable},
		"connection lost":           {io.ErrUnexpectedEOF, spacefinder.CodeUnavailable},
		"deadline":                  {context.DeadlineExceeded, spacefinder.CodeUnavailable},
		"no such table":             {answered(400, &types.ResourceNotFoundException{}), spacefinder.CodeInternal},
		"malformed transaction":     {answered(400, canceled("ValidationError")), spacefinder.CodeInternal},
		"denied":                    {answered(400, &smithy.GenericAPIError{Code: "AccessDeniedException"}), spacefinder.CodeInternal},
		"malformed on our side":     {smithy.InvalidParamsError{}, spacefinder.CodeInternal},
		"cannot be written as JSON": {&smithy.SerializationError{Err: io.EOF}, spacefinder.CodeInternal},
		"an answer of the contract": {notFound(), spacefinder.CodeNotFound},
		"nothing":                   {nil, ""},
	} {
		err := c.err
		if err != nil && !refused(err) && !errors.Is(err, errRace) && !errors.Is(err, errUnprocessed) {
			err = &smithy.OperationError{ServiceID: "DynamoDB", OperationName: "GetItem", Err: err} // as the SDK returns it
		}
		got := failure(err)
		if spacefinder.CodeOf(got) != c.code {
			t.Errorf("%s: %v, want %s", name, got, c.code)
		}
		if err != nil && !errors.Is(got, err) {
			t.Errorf("%s: the cause is lost in %v", name, got)
		}
	}
}

func TestDamagedItems(t *testing.T) {
	for name, decode := range map[string]func(item) error{
		"location": func(it item) error { _, err := decodeLocation(it); return err },
		"resource": func(it item) error { _, err := decodeResource(it); return err },
		"booking":  func(it item) error { _, err := decodeBooking(it); return err },
		"claim":    func(it item) error { _, err := locationOf(it, spacefinder.Booking{}); return err },
		"counter":  func(it item) error { return empty("location", it, "resources") },
	} {
		if err := decode(item{}); err == nil {
			t.Errorf("%s without attributes: no error", name)
		}
	}
	resource := encodeResource(spacefinder.Resource{})
	resource["amenities"] = &types.AttributeValueMemberL{Value: []types.AttributeValue{number(1)}}
	if _, err := decodeResource(resource); err == nil {
		t.Error("an amenity that is a number: no error")
	}
	resource = encodeResource(spacefinder.Resource{})
	resource["capacity"] = &types.AttributeValueMemberN{Value: "1.5"}
	if _, err := decodeResource(resource); err == nil {
		t.Error("a broken capacity: no error")
	}
}
