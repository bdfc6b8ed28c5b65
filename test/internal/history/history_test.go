package history

import (
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// A checker that accepts everything proves nothing.
func TestHistories(t *testing.T) {
	nine, ten := Interval{9, 10}, Interval{10, 11}
	both := Interval{9, 11}
	put := func(id string, i Interval) Call { return Call{Resource: "r", Action: Put, ID: id, Interval: i} }
	list, remove := Call{Resource: "r", Action: List}, Call{Resource: "r", Action: Delete, ID: "a"}
	created := Answer{Created: true}
	for name, c := range map[string]struct {
		ops  []porcupine.Operation
		want bool
	}{
		"one after the other": {[]porcupine.Operation{
			op(1, put("a", nine), created), op(2, put("b", ten), created), op(3, list, Answer{List: []Booked{{"a", nine}, {"b", ten}}}),
		}, true},
		"the loser of a race learns of the winner": {[]porcupine.Operation{
			during(1, 9, put("a", nine), created), during(2, 8, put("b", both), Answer{Clash: nine}),
		}, true},
		"a repeated put is no creation": {[]porcupine.Operation{
			op(1, put("a", nine), created), op(2, put("a", nine), Answer{}),
		}, true},
		"a slot is free after a delete": {[]porcupine.Operation{
			op(1, put("a", nine), created), op(2, remove, Answer{}), op(3, put("b", nine), created),
		}, true},
		"double booking": {[]porcupine.Operation{
			during(1, 9, put("a", nine), created), during(2, 8, put("b", both), created),
		}, false},
		"both lose": {[]porcupine.Operation{
			during(1, 9, put("a", nine), Answer{Clash: both}), during(2, 8, put("b", both), Answer{Clash: nine}),
		}, false},
		"a clash with nothing": {[]porcupine.Operation{
			op(1, put("a", nine), Answer{Clash: nine}),
		}, false},
		"not the earliest clash": {[]porcupine.Operation{
			op(1, put("a", nine), created), op(2, put("b", ten), created), op(3, put("c", both), Answer{Clash: ten}),
		}, false},
		"a stale list": {[]porcupine.Operation{
			op(1, put("a", nine), created), op(2, list, Answer{}),
		}, false},
		"created twice": {[]porcupine.Operation{
			op(1, put("a", nine), created), op(2, put("a", nine), created),
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := &Recorder{ops: c.ops}
			if err := r.Check(time.Minute); (err == nil) != c.want {
				t.Errorf("want linearizable: %v, got %v", c.want, err)
			}
		})
	}
}

func op(at int64, call Call, answer Answer) porcupine.Operation {
	return during(10*at, 10*at+5, call, answer)
}

func during(from, to int64, call Call, answer Answer) porcupine.Operation {
	return porcupine.Operation{ClientId: int(from), Input: call, Call: from, Output: answer, Return: to}
}
