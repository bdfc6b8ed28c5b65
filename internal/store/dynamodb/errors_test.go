package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
)

func answered(status int, code string, reasons ...string) error {
	return &table.Error{Operation: "GetItem", Status: status, Code: code, Reasons: reasons}
}

func unanswered(err error) error { return &table.NoAnswerError{Operation: "GetItem", Err: err} }

func TestFailure(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		code spacefinder.Code
	}{
		"throughput exceeded":       {answered(400, "ProvisionedThroughputExceededException"), spacefinder.CodeThrottled},
		"request limit":             {answered(400, "RequestLimitExceeded"), spacefinder.CodeThrottled},
		"throttled by name":         {answered(400, "ThrottlingException"), spacefinder.CodeThrottled},
		"throttled in transaction":  {answered(400, table.CodeTransactionCanceled, "None", "ThrottlingError"), spacefinder.CodeThrottled},
		"batch left undone":         {table.ErrUnprocessed, spacefinder.CodeThrottled},
		"too many races":            {errRace, spacefinder.CodeThrottled},
		"too many conflicts":        {answered(400, table.CodeTransactionCanceled, "TransactionConflict"), spacefinder.CodeThrottled},
		"a conflict while reading":  {answered(400, table.CodeTransactionConflict), spacefinder.CodeThrottled},
		"still in progress":         {answered(400, table.CodeTransactionInProgress), spacefinder.CodeUnavailable},
		"server error":              {answered(500, "InternalServerError"), spacefinder.CodeUnavailable},
		"bad gateway":               {answered(502, ""), spacefinder.CodeUnavailable},
		"connection lost":           {unanswered(io.ErrUnexpectedEOF), spacefinder.CodeUnavailable},
		"deadline":                  {unanswered(context.DeadlineExceeded), spacefinder.CodeUnavailable},
		"given up for now":          {fmt.Errorf("enough: %w", unanswered(io.EOF)), spacefinder.CodeUnavailable},
		"no such table":             {answered(400, "ResourceNotFoundException"), spacefinder.CodeInternal},
		"malformed transaction":     {answered(400, table.CodeTransactionCanceled, "ValidationError"), spacefinder.CodeInternal},
		"denied":                    {answered(400, "AccessDeniedException"), spacefinder.CodeInternal},
		"redirected":                {answered(301, ""), spacefinder.CodeInternal},
		"malformed on our side":     {errors.New("not UTF-8"), spacefinder.CodeInternal},
		"an answer of the contract": {notFound(), spacefinder.CodeNotFound},
		"nothing":                   {nil, ""},
	} {
		got := failure(c.err)
		if spacefinder.CodeOf(got) != c.code {
			t.Errorf("%s: %v, want %s", name, got, c.code)
		}
		if c.err != nil && !errors.Is(got, c.err) {
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
	for name, damage := range map[string]table.Attribute{
		"an amenity that is a number": {Name: "amenities", Value: table.Value{Kind: table.KindList, List: []table.Value{{Kind: table.KindNumber}}}},
		"a broken capacity":           {Name: "capacity", Value: table.Value{Kind: table.KindNumber, Text: "1.5"}},
		"a name that is a number":     number("name", 1),
	} {
		resource := encodeResource(spacefinder.Resource{})
		for n := range resource {
			if resource[n].Name == damage.Name {
				resource[n] = damage
			}
		}
		if _, err := decodeResource(resource); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
