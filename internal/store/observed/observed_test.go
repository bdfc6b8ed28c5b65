package observed_test

import (
	"context"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/store"
	"github.com/spacefinder/spacefinder/internal/store/observed"
	"github.com/spacefinder/spacefinder/internal/store/sqlite"
)

type contextKey string

// recorder is an Observer that keeps what it is told.
type recorder struct {
	*testing.T
	name  string
	after string    // the observer whose context this one must get
	told  *[]string // by all observers
}

func (o recorder) Begin(ctx context.Context, op observed.Operation) (context.Context, func(error)) {
	if o.after != "" && ctx.Value(contextKey(o.after)) != op {
		o.Errorf("%s of %s does not get the context of %s", op, o.name, o.after)
	}
	*o.told = append(*o.told, o.name+" "+op.String())
	return context.WithValue(ctx, contextKey(o.name), op), func(err error) {
		*o.told = append(*o.told, o.name+" ends "+string(spacefinder.CodeOf(err)))
	}
}

func open(t *testing.T) *sqlite.Store {
	t.Helper()
	db, err := sqlitedb.Open(t.Context(), sqlitedb.Config{Path: filepath.Join(t.TempDir(), "test.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	stores, err := sqlite.New(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return stores
}

// drive calls every operation once, in the order of their list, and returns
// what the calls answered.
func drive(ctx context.Context, l store.Locations, r store.Resources, b store.Bookings) []any {
	var answers []any
	keep := func(values ...any) { answers = append(answers, values...) }
	slot := spacefinder.Interval{Start: 3600, End: 7200}
	all := store.BookingPage{Interval: store.AllTime(), Limit: 10}
	none := store.Condition{}

	keep(both(l.Get(ctx, "l"))...)
	keep(three(l.List(ctx, store.Page{Limit: 10}))...)
	keep(three(l.Put(ctx, spacefinder.Location{LocationID: "l", Name: "L", TimeZone: "UTC", Revision: "1"}, none))...)
	keep(l.Delete(ctx, "other", none))

	keep(both(r.Get(ctx, "l", "r"))...)
	keep(three(r.List(ctx, "l", store.Page{Limit: 10}))...)
	keep(three(r.Put(ctx, spacefinder.Resource{LocationID: "l", ResourceID: "r", Name: "R", Type: "room", Revision: "1"}, none))...)
	keep(r.Delete(ctx, "l", "other", none))

	keep(both(b.Get(ctx, "u", "b"))...)
	keep(three(b.ListByUser(ctx, "u", all))...)
	keep(three(b.ListByResource(ctx, "l", "r", all))...)
	keep(three(b.Put(ctx, spacefinder.Booking{UserID: "u", BookingID: "b", ResourceID: "r", Interval: slot, Revision: "1"}, none))...)
	keep(b.Delete(ctx, "u", "b", store.Condition{Match: []string{"0"}}))
	return answers
}

func both[A any](a A, err error) []any { return []any{a, err} }

func three[A any](a A, b bool, err error) []any { return []any{a, b, err} }

func TestEveryOperationIsObservedAndAnswersAsBefore(t *testing.T) {
	plain, stores := open(t), open(t)
	want := drive(t.Context(), plain.Locations(), plain.Resources(), plain.Bookings())

	var told []string
	outer := recorder{t, "outer", "", &told}
	next := recorder{t, "next", "outer", &told}
	inner := recorder{t, "inner", "next", &told}
	got := drive(t.Context(),
		observed.Locations(observed.Locations(stores.Locations(), inner), outer, next),
		observed.Resources(observed.Resources(stores.Resources(), inner), outer, next),
		observed.Bookings(observed.Bookings(stores.Bookings(), inner), outer, next))
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the observed stores answered\n%v\nwant\n%v", got, want)
	}

	codes := []string{ // in the order of Operations
		"not_found", "", "", "",
		"not_found", "", "", "",
		"not_found", "", "", "", "precondition_failed",
	}
	var events []string
	for i, op := range observed.Operations() {
		for _, name := range []string{"outer", "next", "inner"} {
			events = append(events, name+" "+op.String())
		}
		for _, name := range []string{"inner", "next", "outer"} {
			events = append(events, name+" ends "+codes[i])
		}
	}
	if !slices.Equal(told, events) {
		t.Errorf("observers were told\n%q\nwant\n%q", told, events)
	}
}

func TestWithoutObserversTheStoreIsTheStore(t *testing.T) {
	s := open(t)
	if l := s.Locations(); observed.Locations(l) != l {
		t.Error("the locations are wrapped")
	}
	if r := s.Resources(); observed.Resources(r) != r {
		t.Error("the resources are wrapped")
	}
	if b := s.Bookings(); observed.Bookings(b) != b {
		t.Error("the bookings are wrapped")
	}
}
