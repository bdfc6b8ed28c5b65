package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

// An operation of the history. Booking ids belong to one resource, so that the
// history falls into one part per resource.
type (
	opKind string

	opInput struct {
		kind      opKind
		resource  int
		bookingID string
		interval  spacefinder.Interval // of a put
	}

	opOutput struct {
		created bool
		clash   spacefinder.Interval // zero: none
		list    string               // of a list: the slots
	}

	// slot is one booking of the state, which is sorted by start.
	slot struct {
		bookingID string
		interval  spacefinder.Interval
	}
)

const (
	opPut    opKind = "put"
	opDelete opKind = "delete"
	opList   opKind = "list"
)

// historyTimeout is how long the search for an order may take. It is far more
// than the histories here need; running out of it is a failure.
const historyTimeout = time.Minute

// testLinearizable records what concurrent clients did and saw, and searches
// for one order of all operations, in accordance with real time, that explains
// every answer.
func testLinearizable(t *testing.T, s *suite) {
	resources := make([]spacefinder.Resource, s.Scale.Workers) // fewer make the search hard
	for i := range resources {
		resources[i] = s.resource(t)
	}
	begun := time.Now()
	histories := make([][]porcupine.Operation, s.Scale.Workers)
	var wg sync.WaitGroup
	for client := range s.Scale.Workers {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(2, uint64(client)))
			for range s.Scale.Rounds {
				in := chooseOp(rng, len(resources))
				call := time.Since(begun)
				out, err := s.perform(t.Context(), resources[in.resource], in)
				if err != nil {
					t.Errorf("%+v: %v", in, err)
					return
				}
				histories[client] = append(histories[client], porcupine.Operation{
					ClientId: client, Input: in, Output: out, Call: int64(call), Return: int64(time.Since(begun)),
				})
			}
		})
	}
	wg.Wait()
	if result := porcupine.CheckOperationsTimeout(scheduleModel(), slices.Concat(histories...), historyTimeout); result != porcupine.Ok {
		t.Errorf("no order explains the answers: %s", result)
	}
}

func chooseOp(rng *rand.Rand, resources int) opInput {
	in := opInput{resource: rng.IntN(resources), kind: opPut}
	if resources > 4 {
		in.resource = min(in.resource, rng.IntN(resources)) // some see more traffic than others
	}
	in.bookingID = fmt.Sprintf("slot-%d-%d", in.resource, rng.IntN(4))
	start := rng.Int64N(6) * 600
	in.interval = spacefinder.Interval{Start: start, End: start + 600*(1+rng.Int64N(3))}
	switch rng.IntN(5) {
	case 0:
		in.kind = opDelete
	case 1:
		in.kind = opList
	}
	return in
}

// perform runs the operation. All bookings are one user's, whose ids are
// unique for this test because the resource is part of them.
func (s *suite) perform(ctx context.Context, r spacefinder.Resource, in opInput) (out opOutput, err error) {
	id := r.ResourceID + "-" + in.bookingID
	switch in.kind {
	case opDelete:
		return out, s.Bookings.Delete(ctx, "ann", id, always())
	case opList:
		items, _, err := s.Bookings.ListByResource(ctx, r.LocationID, r.ResourceID, store.BookingPage{Interval: store.AllTime(), Limit: 100})
		var slots []slot
		for _, b := range items {
			slots = append(slots, slot{strings.TrimPrefix(b.BookingID, r.ResourceID+"-"), b.Interval})
		}
		return opOutput{list: fmt.Sprint(slots)}, err
	default:
		b := s.newBooking(r, "ann", in.interval.Start, in.interval.End)
		b.BookingID = id
		_, created, err := s.Bookings.Put(ctx, b, always())
		if e, ok := errors.AsType[*spacefinder.Error](err); ok && e.Code == spacefinder.CodeConflict {
			return opOutput{clash: *e.Clash}, nil
		}
		return opOutput{created: created}, err
	}
}

// scheduleModel is the schedule of one resource as a sequential machine.
func scheduleModel() porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			parts := make(map[int][]porcupine.Operation)
			for _, op := range history {
				in, _ := op.Input.(opInput)
				parts[in.resource] = append(parts[in.resource], op)
			}
			var all [][]porcupine.Operation
			for _, part := range parts {
				all = append(all, part)
			}
			return all
		},
		Init: func() any { return []slot(nil) },
		Step: func(state, input, output any) (bool, any) {
			slots, _ := state.([]slot)
			in, _ := input.(opInput)
			out, _ := output.(opOutput)
			want, next := in.apply(slots)
			return out == want, next
		},
		Equal: func(a, b any) bool {
			one, _ := a.([]slot)
			two, _ := b.([]slot)
			return slices.Equal(one, two)
		},
	}
}

// apply returns what the operation answers in the state, and the state after.
func (in opInput) apply(slots []slot) (out opOutput, next []slot) {
	others := slices.DeleteFunc(slices.Clone(slots), func(s slot) bool { return s.bookingID == in.bookingID })
	switch in.kind {
	case opList:
		return opOutput{list: fmt.Sprint(slots)}, slots
	case opDelete:
		return out, others
	default:
		for _, s := range others {
			if s.interval.Overlaps(in.interval) {
				return opOutput{clash: s.interval}, slots
			}
		}
		next = append(others, slot{in.bookingID, in.interval})
		slices.SortFunc(next, func(a, b slot) int { return int(a.interval.Start - b.interval.Start) })
		return opOutput{created: len(next) > len(slots)}, next
	}
}
