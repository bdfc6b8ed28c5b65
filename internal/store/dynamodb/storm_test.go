package dynamodb_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/dynamotest"
	"github.com/spacefinder/spacefinder/internal/store"
)

// Sizes of a storm: enough that most bookings clash.
const (
	stormWorkers   = 6
	stormRounds    = 12
	stormResources = 2
	stormSlots     = 12
)

// In a storm of every fault, at random, with clients that compete for the same
// slots, no answer is a lie: what was acknowledged is there, what was refused is
// not, and what was not answered is there wholly or not at all. The tables are
// audited at the end.
func TestStorm(t *testing.T) { clients(t, testStorm) }

func testStorm(t *testing.T, kind string) {
	t.Helper()
	t.Parallel()
	storms := map[string]func(seed uint64) dynamotest.Rule{
		"every fault":                  func(seed uint64) dynamotest.Rule { return dynamotest.Random(seed, 0.25, dynamotest.Faults()...) },
		"more faults than answers":     func(seed uint64) dynamotest.Rule { return dynamotest.Random(seed, 0.6, quick()...) },
		"applied, but never confirmed": func(seed uint64) dynamotest.Rule { return dynamotest.Random(seed, 0.5, unconfirmed()...) },
	}
	for name, rule := range storms {
		for seed := range uint64(2) {
			t.Run(fmt.Sprintf("%s, seed %d", name, seed), func(t *testing.T) {
				t.Parallel()
				b := newBench(t, kind)
				s := &storm{bench: b}
				for n := range stormResources {
					s.resources = append(s.resources, b.resource(t, fmt.Sprintf("room%d", n)))
				}
				b.proxy.SetRule(rule(seed))
				s.run(t, seed)
				b.proxy.SetRule(dynamotest.Never())
				s.recovers(t)
			})
		}
	}
}

// quick returns the faults that cost no time.
func quick() []dynamotest.Fault {
	return slices.DeleteFunc(dynamotest.Faults(), func(f dynamotest.Fault) bool {
		return f == dynamotest.Hang || f == dynamotest.HangAfter || f == dynamotest.Slow
	})
}

func unconfirmed() []dynamotest.Fault {
	return []dynamotest.Fault{dynamotest.ErrorAfter, dynamotest.ResetAfter, dynamotest.TruncateAfter}
}

type storm struct {
	*bench
	resources []spacefinder.Resource
}

func (s *storm) run(t *testing.T, seed uint64) {
	t.Helper()
	var wg sync.WaitGroup
	for n := range stormWorkers {
		c := &client{storm: s, user: fmt.Sprintf("user%d", n), rng: rand.New(rand.NewPCG(seed, uint64(n)))}
		wg.Go(func() {
			for range stormRounds {
				c.step(t)
			}
			c.checkAll(t)
		})
	}
	wg.Go(func() { s.moveParents(t) })
	wg.Wait()
}

// moveParents tries to delete the parents all the time, and makes and deletes
// others beside them.
func (s *storm) moveParents(t *testing.T) {
	t.Helper()
	ctx, resources, locations := t.Context(), s.faulty.Resources(), s.faulty.Locations()
	for round := range stormRounds {
		r := s.resources[round%len(s.resources)]
		allowed(t, "delete a location with resources", locations.Delete(ctx, r.LocationID, store.Condition{}), spacefinder.CodeNotEmpty)
		extra := spacefinder.Resource{
			ResourceID: fmt.Sprintf("extra%d", round/2), LocationID: r.LocationID, Name: "Extra", Revision: fmt.Sprintf("x%d", round),
		}
		_, _, err := resources.Put(ctx, extra, store.Condition{})
		allowed(t, "put a resource", err, "", spacefinder.CodeIDInUse)
		allowed(t, "delete a resource", resources.Delete(ctx, r.LocationID, extra.ResourceID, store.Condition{}), "", spacefinder.CodeNotFound)
	}
}

// allowed checks the code of an answer, which may always be that the store cannot
// answer now.
func allowed(t *testing.T, what string, err error, codes ...spacefinder.Code) {
	t.Helper()
	if code := spacefinder.CodeOf(err); !unanswered(code) && !slices.Contains(codes, code) {
		t.Errorf("%s: %v", what, err)
	}
}

func unanswered(code spacefinder.Code) bool {
	return code == spacefinder.CodeThrottled || code == spacefinder.CodeUnavailable
}

// recovers checks that the store works at once when the faults have gone.
func (s *storm) recovers(t *testing.T) {
	t.Helper()
	b := booking(s.resources[0], "after-the-storm", "v1", 1_000_000, 1_003_600)
	_, created, err := s.faulty.Bookings().Put(t.Context(), b, store.Condition{})
	if err != nil || !created {
		t.Errorf("after the storm: created %v, %v", created, err)
	}
}

// A client keeps bookings of its own and remembers what it was told of each.
type client struct {
	*storm
	user  string
	rng   *rand.Rand
	known []knowledge
}

// knowledge is what the answers have said of a booking. A booking of which it is
// not sure is left alone from then on.
type knowledge struct {
	id      string
	booking *spacefinder.Booking // what is stored; nil: nothing
	or      *spacefinder.Booking // what else can be stored, when it is not sure
	unsure  bool
}

// step writes a booking, new or old, or deletes one, and repeats the request
// until it is answered, as a client of the API does, though not for ever.
func (c *client) step(t *testing.T) {
	t.Helper()
	n := c.rng.IntN(len(c.known) + 2)
	if n >= len(c.known) || c.known[n].unsure {
		c.known = append(c.known, knowledge{id: fmt.Sprintf("%s-%d", c.user, len(c.known))})
		n = len(c.known) - 1
	}
	k := &c.known[n]
	if k.booking != nil && c.rng.IntN(3) == 0 {
		c.delete(t, k)
		return
	}
	c.put(t, k)
}

const repetitions = 5

func (c *client) put(t *testing.T, k *knowledge) {
	t.Helper()
	start := c.rng.Int64N(stormSlots) * 3600
	b := booking(c.resources[c.rng.IntN(len(c.resources))], k.id, fmt.Sprint(c.rng.Uint64()), start, start+3600*(1+c.rng.Int64N(30)))
	b.UserID = c.user
	for range repetitions {
		stored, _, err := c.faulty.Bookings().Put(t.Context(), b, store.Condition{})
		switch code := spacefinder.CodeOf(err); {
		case code == "":
			if !stored.Same(b) && !b.Same(stored) {
				t.Errorf("put answers with %+v, not %+v", stored, b)
			}
			k.booking, k.or, k.unsure = &b, nil, false
			return
		case code == spacefinder.CodeConflict:
			k.or, k.unsure = nil, false
			return
		case unanswered(code):
			k.or, k.unsure = &b, true
		default:
			t.Errorf("put: %v", err)
			return
		}
	}
}

func (c *client) delete(t *testing.T, k *knowledge) {
	t.Helper()
	for range repetitions {
		err := c.faulty.Bookings().Delete(t.Context(), c.user, k.id, store.Condition{})
		switch code := spacefinder.CodeOf(err); {
		case code == "":
			k.booking, k.or, k.unsure = nil, nil, false
			return
		case unanswered(code):
			k.or, k.unsure = nil, true
		default:
			t.Errorf("delete: %v", err)
			return
		}
	}
}

// checkAll compares what is stored with what the client was told.
func (c *client) checkAll(t *testing.T) {
	t.Helper()
	for _, k := range c.known {
		stored, err := c.clean.Bookings().Get(context.WithoutCancel(t.Context()), c.user, k.id)
		found := err == nil
		if !found && spacefinder.CodeOf(err) != spacefinder.CodeNotFound {
			t.Errorf("get: %v", err)
			continue
		}
		is := func(b *spacefinder.Booking) bool { return b == nil && !found || b != nil && found && b.Same(stored) }
		if possible := is(k.booking) || k.unsure && is(k.or); !possible {
			t.Errorf("booking %s: stored %v %+v; told %+v, or %+v (unsure %v)", k.id, found, stored, k.booking, k.or, k.unsure)
		}
	}
}
