package storetest

import (
	"context"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

// item is one place for a location, a resource or a booking, so that what is
// the same for all three is tested in one way.
type item struct {
	kind string
	// put writes content 1 or 2 with the revision and returns the one stored.
	put    func(ctx context.Context, content int, revision string, cond store.Condition) (stored string, created bool, err error)
	get    func(ctx context.Context) (revision string, err error)
	delete func(ctx context.Context, cond store.Condition) error
}

func (s *suite) locationItem() item {
	l := s.newLocation()
	return item{
		kind: "location",
		put: func(ctx context.Context, content int, revision string, cond store.Condition) (string, bool, error) {
			l := l
			l.Name, l.Revision = []string{"", "One", "Two"}[content], revision
			stored, created, err := s.Locations.Put(ctx, l, cond)
			return stored.Revision, created, err
		},
		get: func(ctx context.Context) (string, error) {
			got, err := s.Locations.Get(ctx, l.LocationID)
			return got.Revision, err
		},
		delete: func(ctx context.Context, cond store.Condition) error {
			return s.Locations.Delete(ctx, l.LocationID, cond)
		},
	}
}

func (s *suite) resourceItem(t testing.TB) item {
	t.Helper()
	r := s.newResource(s.location(t).LocationID)
	return item{
		kind: "resource",
		put: func(ctx context.Context, content int, revision string, cond store.Condition) (string, bool, error) {
			r := r
			r.Capacity, r.Revision = content, revision
			stored, created, err := s.Resources.Put(ctx, r, cond)
			return stored.Revision, created, err
		},
		get: func(ctx context.Context) (string, error) {
			got, err := s.Resources.Get(ctx, r.LocationID, r.ResourceID)
			return got.Revision, err
		},
		delete: func(ctx context.Context, cond store.Condition) error {
			return s.Resources.Delete(ctx, r.LocationID, r.ResourceID, cond)
		},
	}
}

func (s *suite) bookingItem(t testing.TB) item {
	t.Helper()
	b := s.newBooking(s.resource(t), "ann", 1000, 2000)
	return item{
		kind: "booking",
		put: func(ctx context.Context, content int, revision string, cond store.Condition) (string, bool, error) {
			b := b
			b.End, b.Revision = b.Start+60*int64(content), revision
			stored, created, err := s.Bookings.Put(ctx, b, cond)
			return stored.Revision, created, err
		},
		get: func(ctx context.Context) (string, error) {
			got, err := s.Bookings.Get(ctx, "ann", b.BookingID)
			return got.Revision, err
		},
		delete: func(ctx context.Context, cond store.Condition) error {
			return s.Bookings.Delete(ctx, "ann", b.BookingID, cond)
		},
	}
}

// items returns a fresh place of each kind, with nothing there yet.
func (s *suite) items(t testing.TB) []item {
	t.Helper()
	return []item{s.locationItem(), s.resourceItem(t), s.bookingItem(t)}
}

// conditionCase is a conditional write, once on an item that does not exist
// and once on one that exists with content 1 and revision "r1".
type conditionCase struct {
	name                     string
	cond                     store.Condition
	create, replace, repeat  bool // does Put succeed: nothing there; content 2 over 1; content 1 again
	deleteNone, deleteStored bool // does Delete succeed
}

func conditionCases() []conditionCase {
	return []conditionCase{
		{"none", store.Condition{}, true, true, true, true, true},
		{"match", store.Condition{Match: []string{"r1"}}, false, true, true, false, true},
		{"match one of several", store.Condition{Match: []string{"r0", "r1"}}, false, true, true, false, true},
		{"match another", store.Condition{Match: []string{"r0"}}, false, false, true, false, false},
		{"match no revision at all", store.Condition{Match: []string{}}, false, false, true, false, false},
		{"exists", store.Condition{Exists: true}, false, true, true, false, true},
		{"none match", store.Condition{NoneMatch: []string{"r0", "r1"}}, true, false, false, true, false},
		{"none match, others", store.Condition{NoneMatch: []string{"r0"}}, true, true, true, true, true},
		{"absent", store.Condition{Absent: true}, true, false, false, true, false},
		{"match and none match others", store.Condition{Match: []string{"r1"}, NoneMatch: []string{"r0"}}, false, true, true, false, true},
		{"match and absent", store.Condition{Match: []string{"r1"}, Absent: true}, false, false, false, false, false},
		{"exists and none match", store.Condition{Exists: true, NoneMatch: []string{"r1"}}, false, false, false, false, false},
	}
}

func testConditions(t *testing.T, s *suite) {
	for _, c := range conditionCases() {
		t.Run(c.name, func(t *testing.T) {
			for _, i := range s.items(t) {
				testPutNothingThere(t, i, c)
			}
			for _, i := range s.items(t) {
				testPutOverStored(t, i, c)
			}
			for _, i := range s.items(t) {
				testConditionalDelete(t, i, c)
			}
		})
	}
}

func testPutNothingThere(t *testing.T, i item, c conditionCase) {
	t.Helper()
	_, created, err := i.put(t.Context(), 1, "r1", c.cond)
	wantCode(t, i.kind+": create", err, passed(c.create))
	wantSame(t, i.kind+": created", created, c.create)
	i.wantStored(t, "after creating", map[bool]string{true: "r1"}[c.create])
}

func testPutOverStored(t *testing.T, i item, c conditionCase) {
	t.Helper()
	_, _, err := i.put(t.Context(), 1, "r1", always())
	must(t, err)

	stored, created, err := i.put(t.Context(), 1, "r2", c.cond)
	wantCode(t, i.kind+": repeat", err, passed(c.repeat))
	wantSame(t, i.kind+": created by repeating", created, false)
	if c.repeat {
		wantSame(t, i.kind+": revision answered to the repetition", stored, "r1")
	}
	i.wantStored(t, "after repeating", "r1")

	_, created, err = i.put(t.Context(), 2, "r3", c.cond)
	wantCode(t, i.kind+": replace", err, passed(c.replace))
	wantSame(t, i.kind+": created by replacing", created, false)
	i.wantStored(t, "after replacing", map[bool]string{true: "r3", false: "r1"}[c.replace])
}

func testConditionalDelete(t *testing.T, i item, c conditionCase) {
	t.Helper()
	wantCode(t, i.kind+": delete of nothing", i.delete(t.Context(), c.cond), passed(c.deleteNone))
	_, _, err := i.put(t.Context(), 1, "r1", always())
	must(t, err)
	wantCode(t, i.kind+": delete", i.delete(t.Context(), c.cond), passed(c.deleteStored))
	i.wantStored(t, "after deleting", map[bool]string{false: "r1"}[c.deleteStored])
}

func passed(ok bool) spacefinder.Code {
	if ok {
		return ""
	}
	return spacefinder.CodePreconditionFailed
}

// wantStored checks which revision is stored; "" means that there is no item.
func (i item) wantStored(t testing.TB, when, revision string) {
	t.Helper()
	got, err := i.get(t.Context())
	if revision == "" {
		wantCode(t, i.kind+" "+when, err, spacefinder.CodeNotFound)
		return
	}
	wantCode(t, i.kind+" "+when, err, "")
	wantSame(t, i.kind+" "+when+": revision", got, revision)
}
