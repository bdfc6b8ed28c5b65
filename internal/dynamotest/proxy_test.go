package dynamotest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Each fault does what its name says: a write reaches the server or not, and is
// acknowledged or not.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		fault             Fault
		reaches, succeeds bool
	}{
		{None, true, true},
		{Slow, true, true},
		{Throttle, false, false},
		{Conflict, false, false},
		{InProgress, false, false},
		{Error, false, false},
		{Hang, false, false},
		{Reset, false, false},
		{ErrorAfter, true, false},
		{HangAfter, true, false},
		{ResetAfter, true, false},
		{TruncateAfter, true, false},
		{Unprocessed, true, true}, // not an answer to a write
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			var reached atomic.Bool
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				reached.Store(true)
				send(w, http.StatusOK, []byte(`{"ConsumedCapacity":[]}`))
			}))
			defer server.Close()
			proxy := NewProxy(t, server.URL)
			proxy.SetRule(Always("TransactWriteItems", c.fault))
			if err := write(t, proxy); (err == nil) != c.succeeds {
				t.Errorf("answer: %v", err)
			}
			if reached.Load() != c.reaches {
				t.Errorf("the server was reached: %v, want %v", reached.Load(), c.reaches)
			}
			if n := proxy.Requests("TransactWriteItems"); n != 1 || proxy.Requests("GetItem") != 0 {
				t.Errorf("%d requests were counted", n)
			}
		})
	}
}

// write makes one attempt to write through the proxy.
func write(t *testing.T, proxy *Proxy) error {
	t.Helper()
	options := Options(proxy.URL)
	options.RetryMaxAttempts = 1
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := dynamodb.New(options).TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Delete: &types.Delete{TableName: aws.String("t"), Key: map[string]types.AttributeValue{}}},
	}})
	return err
}

func TestRules(t *testing.T) {
	sequence := func(rule Rule, operations ...string) (faults []Fault) {
		for _, operation := range operations {
			faults = append(faults, rule(operation))
		}
		return faults
	}
	for name, c := range map[string]struct {
		got, want []Fault
	}{
		"never":                 {sequence(Never(), "GetItem"), []Fault{None}},
		"always":                {sequence(Always("", Reset), "GetItem", "Query"), []Fault{Reset, Reset}},
		"always, one operation": {sequence(Always("Query", Reset), "GetItem", "Query"), []Fault{None, Reset}},
		"once":                  {sequence(Once("Query", Hang), "GetItem", "Query", "Query"), []Fault{None, Hang, None}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: %q, want %q", name, c.got, c.want)
		}
	}
}

func TestRandomRepeatsByItsSeed(t *testing.T) {
	draw := func(seed uint64) (faults []Fault) {
		rule := Random(seed, 0.5, Faults()...)
		for range 200 {
			faults = append(faults, rule("GetItem"))
		}
		return faults
	}
	one := draw(1)
	if !slices.Equal(one, draw(1)) {
		t.Error("the same seed gives other faults")
	}
	if slices.Equal(one, draw(2)) {
		t.Error("another seed gives the same faults")
	}
	for _, fault := range append(Faults(), None) {
		if !slices.Contains(one, fault) {
			t.Errorf("%q never happens", fault)
		}
	}
}
