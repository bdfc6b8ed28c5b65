package table_test

import (
	"errors"
	"io"
	"testing"

	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
)

func keyed(pk, sk string) table.Item { return table.Key{PK: pk, SK: sk}.Attributes() }

func TestInOrder(t *testing.T) {
	keys := []table.Key{{Table: "a", PK: "p", SK: "1"}, {Table: "b", PK: "p", SK: "1"}, {Table: "a", PK: "p", SK: "2"}}
	items, err := table.InOrder(keys, map[string][]table.Item{"a": {keyed("p", "2"), keyed("p", "1")}})
	if err != nil || len(items) != len(keys) {
		t.Fatalf("%d items, %v", len(items), err)
	}
	for n, want := range []string{"1", "", "2"} {
		sk, there := items[n].Get("sk")
		if sk.Text != want || there != (want != "") || (items[n] == nil) != (want == "") {
			t.Errorf("item %d is %v, want the one with sort key %q", n, items[n], want)
		}
	}
	for name, broken := range map[string]table.Item{
		"no key":                {{Name: "x", Value: table.Text("y")}},
		"a key of another type": {{Name: "pk", Value: table.Text("p")}, {Name: "sk", Value: table.Value{Kind: table.KindNumber, Text: "1"}}},
	} {
		if _, err := table.InOrder(keys, map[string][]table.Item{"a": {broken}}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestErrors(t *testing.T) {
	cancelled := &table.Error{Code: table.CodeTransactionCanceled, Reasons: []string{"None", "ThrottlingError"}}
	for name, c := range map[string]struct{ got, want bool }{
		"throttled":                         {(&table.Error{Code: "ThrottlingException"}).Throttled(), true},
		"in progress is not throttled":      {(&table.Error{Code: table.CodeTransactionInProgress}).Throttled(), false},
		"cancelled for one of the reasons":  {cancelled.Canceled("ConditionalCheckFailed", "ThrottlingError"), true},
		"cancelled for another reason":      {cancelled.Canceled("ConditionalCheckFailed"), false},
		"reasons of what was not cancelled": {(&table.Error{Reasons: []string{"X"}}).Canceled("X"), false},
		"no answer keeps its cause":         {errors.Is(&table.NoAnswerError{Operation: "Query", Err: io.EOF}, io.EOF), true},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v", name, c.got)
		}
	}
	for want, err := range map[string]error{
		"DynamoDB GetItem: status 502": &table.Error{Operation: "GetItem", Status: 502},
		"DynamoDB Query: status 400 X: why a,b, request R": &table.Error{
			Operation: "Query", Status: 400, Code: "X", Message: "why", Reasons: []string{"a", "b"}, RequestID: "R",
		},
		"DynamoDB Query: no answer: EOF": &table.NoAnswerError{Operation: "Query", Err: io.EOF},
	} {
		if err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
	}
}
