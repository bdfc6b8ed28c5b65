package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

// testLikeModel makes sequences of operations by chance and compares every
// answer with the model's. All that a sequence touches begins with a prefix of
// its own, so that one backend serves all sequences.
func testLikeModel(t *testing.T, s *suite) {
	ctx := t.Context()
	rapid.Check(t, func(rt *rapid.T) {
		g := chance{rt, s.id("sequence")}
		model := Model()
		for range rapid.IntRange(1, 40).Draw(rt, "length") {
			op := g.operation()
			want, got := op.call(ctx, model), op.call(ctx, s.Stores)
			if !reflect.DeepEqual(got, want) {
				rt.Fatalf("%s\n got %+v\nwant %+v", op.name, got, want)
			}
		}
	})
}

// operation is a call that can be made of any stores.
type operation struct {
	name string
	call func(context.Context, Stores) answer
}

// answer is everything that a call returned.
type answer struct {
	value string // printed: a nil list equals an empty one
	flag  bool   // created, or more
	code  spacefinder.Code
	clash spacefinder.Interval
}

func answered(value any, flag bool, err error) answer {
	a := answer{value: fmt.Sprintf("%+v", value), flag: flag, code: spacefinder.CodeOf(err)}
	if err != nil {
		a.value, a.flag = "", false
	}
	if e, ok := errors.AsType[*spacefinder.Error](err); ok && e.Clash != nil {
		a.clash = *e.Clash
	}
	return a
}

// chance draws operations on few items, so that they meet.
type chance struct {
	*rapid.T
	prefix string
}

func (g chance) pick(label string, from ...string) string {
	return rapid.SampledFrom(from).Draw(g.T, label)
}

func (g chance) id(kind string) string { return g.prefix + kind + g.pick(kind, "1", "2", "3") }

func (g chance) condition() store.Condition {
	if rapid.IntRange(0, 2).Draw(g.T, "conditional") > 0 {
		return store.Condition{}
	}
	return store.Condition{
		Match:     rapid.SampledFrom([][]string{nil, nil, nil, {"r1"}, {"r1", "r2"}}).Draw(g.T, "match"),
		NoneMatch: rapid.SampledFrom([][]string{nil, nil, nil, {"r1"}}).Draw(g.T, "none match"),
		Exists:    rapid.SampledFrom([]bool{false, false, true}).Draw(g.T, "exists"),
		Absent:    rapid.SampledFrom([]bool{false, false, true}).Draw(g.T, "absent"),
	}
}

func (g chance) revision() string { return g.pick("revision", "r1", "r2", "r3") }

func (g chance) operation() operation {
	kinds := []func() operation{
		g.putLocation, g.putLocation, g.deleteLocation, g.listLocations,
		g.putResource, g.putResource, g.putResource, g.deleteResource, g.getAndListResources,
		g.putBooking, g.putBooking, g.putBooking, g.putBooking, g.putBooking, g.deleteBooking, g.getBooking, g.listBookings, g.listBookings,
	}
	return kinds[rapid.IntRange(0, len(kinds)-1).Draw(g.T, "operation")]()
}

func (g chance) putLocation() operation {
	l := spacefinder.Location{LocationID: g.id("l"), Name: g.pick("name", "One", "Two"), TimeZone: "UTC", Revision: g.revision()}
	cond := g.condition()
	return operation{fmt.Sprintf("put %+v under %+v", l, cond), func(ctx context.Context, s Stores) answer {
		return answered(s.Locations.Put(ctx, l, cond))
	}}
}

func (g chance) deleteLocation() operation {
	id, cond := g.id("l"), g.condition()
	return operation{fmt.Sprintf("delete %s under %+v", id, cond), func(ctx context.Context, s Stores) answer {
		return answered(nil, false, s.Locations.Delete(ctx, id, cond))
	}}
}

// listLocations leaves out what other sequences made: it comes before the
// prefix. It gets each as well.
func (g chance) listLocations() operation {
	page := store.Page{After: g.prefix + g.pick("after", "", "l1", "l2"), Limit: rapid.IntRange(1, 3).Draw(g.T, "limit")}
	return operation{fmt.Sprintf("list locations %+v", page), func(ctx context.Context, s Stores) answer {
		items, more, err := s.Locations.List(ctx, page)
		for _, l := range items {
			got, err := s.Locations.Get(ctx, l.LocationID)
			if err != nil || got != l || !strings.HasPrefix(l.LocationID, g.prefix) {
				return answered(fmt.Sprintf("listed %+v, got %+v", l, got), more, err)
			}
		}
		return answered(items, more, err)
	}}
}

func (g chance) putResource() operation {
	r := spacefinder.Resource{
		ResourceID: g.id("r"), LocationID: g.id("l"), Name: "Name", Revision: g.revision(),
		Amenities: rapid.SampledFrom([][]string{nil, {}, {"one"}, {"one", "two"}}).Draw(g.T, "amenities"),
	}
	cond := g.condition()
	return operation{fmt.Sprintf("put %+v under %+v", r, cond), func(ctx context.Context, s Stores) answer {
		return answered(s.Resources.Put(ctx, r, cond))
	}}
}

func (g chance) deleteResource() operation {
	locationID, id, cond := g.id("l"), g.id("r"), g.condition()
	return operation{fmt.Sprintf("delete %s at %s under %+v", id, locationID, cond), func(ctx context.Context, s Stores) answer {
		return answered(nil, false, s.Resources.Delete(ctx, locationID, id, cond))
	}}
}

func (g chance) getAndListResources() operation {
	locationID, id, page := g.id("l"), g.id("r"), store.Page{Limit: rapid.IntRange(1, 3).Draw(g.T, "limit")}
	page.After = g.prefix + g.pick("after", "", "r1", "r2")
	return operation{fmt.Sprintf("get %s at %s, list %+v", id, locationID, page), func(ctx context.Context, s Stores) answer {
		got, err := s.Resources.Get(ctx, locationID, id)
		items, more, listErr := s.Resources.List(ctx, locationID, page)
		listed := answered(items, more, listErr)
		return answered(fmt.Sprintf("%+v %+v", answered(got, false, err), listed), false, nil)
	}}
}

func (g chance) interval() spacefinder.Interval {
	start := int64(rapid.IntRange(0, 9).Draw(g.T, "start"))
	return spacefinder.Interval{Start: start * 60, End: (start + int64(rapid.IntRange(1, 5).Draw(g.T, "minutes"))) * 60}
}

func (g chance) putBooking() operation {
	b := spacefinder.Booking{
		BookingID: g.id("b"), UserID: g.prefix + g.pick("user", "ann", "ann", "bob"), ResourceID: g.id("r"),
		Interval: g.interval(), Revision: g.revision(),
	}
	if rapid.Bool().Draw(g.T, "names its location") {
		b.LocationID = g.id("l")
	}
	cond := g.condition()
	return operation{fmt.Sprintf("put %+v under %+v", b, cond), func(ctx context.Context, s Stores) answer {
		return answered(s.Bookings.Put(ctx, b, cond))
	}}
}

func (g chance) deleteBooking() operation {
	user, id, cond := g.prefix+g.pick("user", "ann", "ann", "bob"), g.id("b"), g.condition()
	return operation{fmt.Sprintf("delete %s of %s under %+v", id, user, cond), func(ctx context.Context, s Stores) answer {
		return answered(nil, false, s.Bookings.Delete(ctx, user, id, cond))
	}}
}

func (g chance) getBooking() operation {
	user, id := g.prefix+g.pick("user", "ann", "bob"), g.id("b")
	return operation{fmt.Sprintf("get %s of %s", id, user), func(ctx context.Context, s Stores) answer {
		got, err := s.Bookings.Get(ctx, user, id)
		return answered(got, false, err)
	}}
}

func (g chance) listBookings() operation {
	page := store.BookingPage{Interval: g.interval(), Limit: rapid.IntRange(1, 3).Draw(g.T, "limit")}
	if rapid.Bool().Draw(g.T, "all time") {
		page.Interval = store.AllTime()
	}
	if rapid.Bool().Draw(g.T, "further page") {
		page.After = store.BookingKey{Start: g.interval().Start, BookingID: g.id("b")}
	}
	if rapid.Bool().Draw(g.T, "of a user") {
		user := g.prefix + g.pick("user", "ann", "bob")
		return operation{fmt.Sprintf("bookings of %s %+v", user, page), func(ctx context.Context, s Stores) answer {
			return answered(s.Bookings.ListByUser(ctx, user, page))
		}}
	}
	locationID, id := g.id("l"), g.id("r")
	return operation{fmt.Sprintf("bookings of %s at %s %+v", id, locationID, page), func(ctx context.Context, s Stores) answer {
		return answered(s.Bookings.ListByResource(ctx, locationID, id, page))
	}}
}
