package dynamodb_test

import (
	"bytes"
	"math"
	"net/http"
	"slices"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A meter adds up what the calls of a client cost: as DynamoDB says, except for
// batches and transactions, for which DynamoDB Local reports figures that are
// none (a transaction of ten small items costs it 24 units, one of ten large
// items 8). Those are counted by AWS's published rules: a unit for every started
// kilobyte written, the larger of before and after, and for every started 4 kB
// read; twice that in a transaction; at least one for each item, there or not.
//
// It is a transport, so that it sees the calls of every client.
type meter struct {
	next http.RoundTripper

	mu    sync.Mutex
	spent spending
}

// spending is what an operation costs: calls that follow each other, and request
// units as AWS bills them on demand.
type spending struct {
	calls       int
	read, write float64
}

func newMeter() *meter { return &meter{next: http.DefaultTransport} }

// of returns what do spends.
func (m *meter) of(do func()) spending {
	m.spent = spending{}
	do()
	return m.spent
}

// RoundTrip implements http.RoundTripper.
func (m *meter) RoundTrip(r *http.Request) (*http.Response, error) {
	c, err := callOf(r)
	if err != nil {
		return nil, err
	}
	body := c.body
	var before []int
	switch c.operation {
	case "GetItem", "PutItem", "DeleteItem", "Query", "Scan":
		body = slices.Concat([]byte(`{"ReturnConsumedCapacity":"TOTAL",`), body[1:])
	case "TransactWriteItems":
		if before, err = m.sizes(r, c); err != nil {
			return nil, err
		}
	}
	response, err := send(m.next, r, c.operation, body)
	if err != nil || response.StatusCode != http.StatusOK {
		return response, err
	}
	spent := spending{calls: 1}
	if before == nil {
		err = spent.add(c, response)
	} else {
		var after []int
		after, err = m.sizes(r, c)
		for n := range after {
			spent.write += 2 * started(max(before[n], after[n]), 1024)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.spent.calls += spent.calls
	m.spent.read += spent.read
	m.spent.write += spent.write
	return response, err
}

// add adds the units of a call other than a writing transaction.
func (s *spending) add(c call, response *http.Response) error {
	var answer struct {
		ConsumedCapacity struct{ CapacityUnits float64 }
		Responses        jsontext.Value
	}
	if err := receive(response, &answer); err != nil {
		return err
	}
	switch c.operation {
	case "GetItem", "Scan":
		s.read += answer.ConsumedCapacity.CapacityUnits
	case "Query":
		least := 0.5
		if bytes.Contains(c.body, []byte(`"ConsistentRead":true`)) {
			least = 1
		}
		s.read += max(least, answer.ConsumedCapacity.CapacityUnits)
	case "PutItem", "DeleteItem":
		s.write += answer.ConsumedCapacity.CapacityUnits
	case "BatchGetItem":
		return s.addBatch(c, answer.Responses)
	case "TransactGetItems":
		var items []struct{ Item attributes }
		if err := json.Unmarshal(answer.Responses, &items); err != nil {
			return err
		}
		for _, each := range items {
			s.read += 2 * started(size(each.Item), 4096)
		}
	}
	return nil
}

func (s *spending) addBatch(c call, responses jsontext.Value) error {
	var found map[string][]attributes
	if err := json.Unmarshal(responses, &found); err != nil {
		return err
	}
	asked := 0
	for _, request := range c.RequestItems {
		asked += len(request.Keys)
	}
	for _, items := range found {
		for _, item := range items {
			s.read += started(size(item), 4096)
			asked--
		}
	}
	s.read += float64(asked) // those that are not there
	return nil
}

// started returns how many units of that many bytes an item takes; a missing one
// takes one.
func started(bytes, unit int) float64 { return max(1, math.Ceil(float64(bytes)/float64(unit))) }

// sizes returns how large the items of a transaction are now.
func (m *meter) sizes(r *http.Request, transaction call) ([]int, error) {
	var sizes []int
	for _, each := range transaction.TransactItems {
		for _, a := range each {
			body, err := json.Marshal(map[string]any{"TableName": a.TableName, "Key": a.key(), "ConsistentRead": true})
			if err != nil {
				return nil, err
			}
			response, err := send(m.next, r, "GetItem", body)
			if err != nil {
				return nil, err
			}
			var answer struct{ Item attributes }
			if err := receive(response, &answer); err != nil {
				return nil, err
			}
			sizes = append(sizes, size(answer.Item))
		}
	}
	return sizes, nil
}

// size returns the size of an item in bytes, by AWS's rules: names and texts by
// their UTF-8, numbers by half their digits and one, lists by 3, 1 for each member
// and the members.
func size(item attributes) (n int) {
	for name, value := range item {
		n += len(name) + valueSize(value)
	}
	return n
}

func valueSize(value map[string]any) (n int) {
	for kind, content := range value {
		switch v := content.(type) {
		case string:
			if n = len(v); kind == "N" {
				n = (len(v)+1)/2 + 1
			}
		case []any:
			n = 3
			for _, member := range v {
				if m, ok := member.(map[string]any); ok {
					n += 1 + valueSize(m)
				}
			}
		}
	}
	return n
}
