// Package history records what concurrent clients did to the bookings of
// resources, and decides whether one order of all of it explains every answer
// (linearizability; Herlihy and Wing, 1990).
package history

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// Interval is a booked time [Start, End).
type Interval struct{ Start, End int64 }

func (i Interval) overlaps(o Interval) bool { return i.Start < o.End && o.Start < i.End }

// Booked is a booking as a resource's schedule has it.
type Booked struct {
	ID string
	Interval
}

// Action is what a client asks for.
type Action int

// The actions.
const (
	Put    Action = iota // create or move the booking ID
	Delete               // remove it
	List                 // read the resource's schedule
)

// Call is one request.
type Call struct {
	Resource string
	Action   Action
	ID       string
	Interval Interval
}

// Answer is what came back.
type Answer struct {
	Created bool     // 201, else 200
	Clash   Interval // with 409: what is taken; else zero
	List    []Booked // of a List, in order of start
}

// Recorder gathers a history. It is safe for concurrent use.
type Recorder struct {
	begin time.Time
	mu    sync.Mutex
	ops   []porcupine.Operation
}

// NewRecorder returns an empty history.
func NewRecorder() *Recorder { return &Recorder{begin: time.Now()} }

// Do records a call of a client around do. A call that fails without an answer
// ends the recording: its outcome is unknown.
func (r *Recorder) Do(client int, call Call, do func() (Answer, error)) error {
	start := time.Since(r.begin)
	answer, err := do()
	if err != nil {
		return fmt.Errorf("%+v: %w", call, err)
	}
	op := porcupine.Operation{
		ClientId: client, Input: call, Call: int64(start), Output: answer, Return: int64(time.Since(r.begin)),
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ops = append(r.ops, op)
	return nil
}

// Calls returns how many calls were recorded.
func (r *Recorder) Calls() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.ops)
}

// Check returns nil if the history is linearizable. One that cannot be decided
// in time is an error too.
func (r *Recorder) Check(timeout time.Duration) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch result := porcupine.CheckOperationsTimeout(model(), r.ops, timeout); result {
	case porcupine.Ok:
		return nil
	case porcupine.Unknown:
		return fmt.Errorf("%d calls were not decided in %s", len(r.ops), timeout)
	default:
		return fmt.Errorf("no order of %d calls explains their answers: %s", len(r.ops), r.culprit(timeout))
	}
}

// culprit returns the history of the first resource that is not linearizable.
func (r *Recorder) culprit(timeout time.Duration) string {
	for _, ops := range byResource(r.ops) {
		if porcupine.CheckOperationsTimeout(model(), ops, timeout) != porcupine.Illegal {
			continue
		}
		var text strings.Builder
		slices.SortFunc(ops, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
		for _, op := range ops {
			fmt.Fprintf(&text, "\n%v..%v client %d %+v -> %+v",
				time.Duration(op.Call), time.Duration(op.Return), op.ClientId, op.Input, op.Output)
		}
		return text.String()
	}
	return "unknown resource"
}

func model() porcupine.Model {
	return porcupine.Model{
		Partition: byResource,
		Init:      func() any { return []Booked(nil) },
		Step: func(state, input, output any) (bool, any) {
			return step(state.([]Booked), input.(Call), output.(Answer)) //nolint:errcheck,forcetypeassert // the recorder made them
		},
		Equal: func(a, b any) bool {
			return slices.Equal(a.([]Booked), b.([]Booked)) //nolint:errcheck,forcetypeassert // Init and Step made them
		},
	}
}

func byResource(ops []porcupine.Operation) [][]porcupine.Operation {
	groups := map[string][]porcupine.Operation{}
	for _, op := range ops {
		resource := op.Input.(Call).Resource //nolint:errcheck,forcetypeassert // the recorder made it
		groups[resource] = append(groups[resource], op)
	}
	var parts [][]porcupine.Operation
	for _, part := range groups {
		parts = append(parts, part)
	}
	return parts
}

// step is the specification: what a resource's schedule, in order of start,
// answers, and what becomes of it.
func step(schedule []Booked, call Call, answer Answer) (bool, []Booked) {
	switch call.Action {
	case List:
		return slices.Equal(schedule, answer.List), schedule
	case Delete:
		return true, without(schedule, call.ID)
	default:
		others := without(schedule, call.ID)
		taken := slices.IndexFunc(others, func(b Booked) bool { return b.overlaps(call.Interval) })
		if taken >= 0 {
			return answer.Clash == others[taken].Interval, schedule
		}
		created := len(others) == len(schedule)
		return answer.Clash == Interval{} && answer.Created == created, with(others, Booked{call.ID, call.Interval})
	}
}

func without(schedule []Booked, id string) []Booked {
	i := slices.IndexFunc(schedule, func(b Booked) bool { return b.ID == id })
	if i < 0 {
		return schedule
	}
	return slices.Concat(schedule[:i], schedule[i+1:])
}

func with(schedule []Booked, b Booked) []Booked {
	i := slices.IndexFunc(schedule, func(o Booked) bool { return o.Start > b.Start })
	if i < 0 {
		i = len(schedule)
	}
	return slices.Concat(schedule[:i], []Booked{b}, schedule[i:])
}
