package resources_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/resources"
	"github.com/spacefinder/spacefinder/internal/servicetest"
	"github.com/spacefinder/spacefinder/internal/store"
	"github.com/spacefinder/spacefinder/internal/store/sqlite"
)

var (
	ada   = servicetest.As("ada", "staff")
	admin = servicetest.Caller(servicetest.Admin)
)

// newService returns the service over a store with the locations munich and
// berlin.
func newService(tb testing.TB) (*servicetest.Service, *sqlite.Store) {
	tb.Helper()
	stores := servicetest.Stores(tb)
	for _, id := range []string{"munich", "berlin"} {
		location := spacefinder.Location{LocationID: id, Name: id, TimeZone: "UTC", Timestamp: servicetest.Now, Revision: "1"}
		if _, _, err := stores.Locations().Put(tb.Context(), location, store.Condition{}); err != nil {
			tb.Fatal(err)
		}
	}
	return servicetest.New(tb, resources.New(servicetest.Env(tb, spacefinder.AdminBookingsAll), stores.Resources())), stores
}

const (
	collection = "/locations/munich/resources"
	item       = "/locations/munich/resources/isar"
	isar       = `{"name":"Isar","type":"room","description":"Third floor","capacity":8,"amenities":["screen","whiteboard"]}`
)

func TestCreate(t *testing.T) {
	s, _ := newService(t)
	created := s.Do(admin, "PUT", collection, isar).Is(201)
	created.IsJSON(`{"resourceID":"01983f6e-7c00-7000-8000-000000000001","locationID":"munich","name":"Isar","type":"room",
		"description":"Third floor","capacity":8,"amenities":["screen","whiteboard"],"timestamp":"` + servicetest.Now + `"}`)
	if got, want := created.Header().Get("Location"), "resources/01983f6e-7c00-7000-8000-000000000001"; got != want {
		t.Errorf("Location %q, want %q", got, want)
	}
	got := s.Do(ada, "GET", collection+"/01983f6e-7c00-7000-8000-000000000001", "").Is(200).IsJSON(created.Body.String())
	if got.Header().Get("ETag") == "" || got.Header().Get("ETag") != created.Header().Get("ETag") {
		t.Errorf("ETag %q when read, %q when created", got.Header().Get("ETag"), created.Header().Get("ETag"))
	}
	s.Do(admin, "PUT", collection, isar).Is(201)
}

func TestOptionalMembersAreLeftOut(t *testing.T) {
	s, _ := newService(t)
	for _, body := range []string{`{"name":"Isar"}`, `{"name":"Isar","capacity":0,"amenities":[],"description":""}`} {
		s.Do(admin, "PUT", item, body)
		s.Do(ada, "GET", item, "").Is(200).
			IsJSON(`{"resourceID":"isar","locationID":"munich","name":"Isar","timestamp":"` + servicetest.Now + `"}`)
	}
}

func TestPut(t *testing.T) {
	t.Run("creates, then replaces the whole", func(t *testing.T) {
		s, _ := newService(t)
		created := s.Do(admin, "PUT", item, isar).Is(201)
		replaced := s.Do(admin, "PUT", item, `{"name":"Isar 2"}`).Is(200)
		replaced.IsJSON(`{"resourceID":"isar","locationID":"munich","name":"Isar 2","timestamp":"` + servicetest.Now + `"}`)
		if replaced.Header().Get("ETag") == created.Header().Get("ETag") {
			t.Error("the ETag did not change")
		}
	})
	t.Run("repeated changes nothing", func(t *testing.T) {
		s, _ := newService(t)
		first := s.Do(admin, "PUT", item, isar).Is(201)
		second := s.Do(admin, "PUT", item, isar).Is(200).IsJSON(first.Body.String())
		if first.Header().Get("ETag") != second.Header().Get("ETag") {
			t.Error("the ETag changed")
		}
	})
	t.Run("takes back what was read, with a change", func(t *testing.T) {
		s, _ := newService(t)
		s.Do(admin, "PUT", item, isar).Is(201)
		read := s.Do(admin, "GET", item, "").Is(200)
		changed := strings.Replace(read.Body.String(), `"screen"`, `"projector"`, 1)
		s.Do(admin, "PUT", item, changed, "If-Match: "+read.Header().Get("ETag")).Is(200).IsJSON(changed)
	})
	t.Run("needs the location", func(t *testing.T) {
		s, _ := newService(t)
		s.Do(admin, "PUT", "/locations/nowhere/resources", isar).IsError(404, spacefinder.CodeNotFound)
		s.Do(admin, "PUT", "/locations/nowhere/resources/isar", isar).IsError(404, spacefinder.CodeNotFound)
	})
	t.Run("does not move a resource to another location", func(t *testing.T) {
		s, _ := newService(t)
		s.Do(admin, "PUT", item, isar).Is(201)
		s.Do(admin, "PUT", "/locations/berlin/resources/isar", isar).IsError(409, spacefinder.CodeIDInUse)
		s.Do(ada, "GET", "/locations/berlin/resources/isar", "").IsError(404, spacefinder.CodeNotFound)
	})
}

func TestDelete(t *testing.T) {
	s, stores := newService(t)
	s.Do(admin, "PUT", item, isar).Is(201)
	booking := spacefinder.Booking{
		BookingID: "b1", UserID: "ada", ResourceID: "isar", Timestamp: servicetest.Now, Revision: "1",
		Interval: spacefinder.Interval{Start: 3600, End: 7200},
	}
	if _, _, err := stores.Bookings().Put(t.Context(), booking, store.Condition{}); err != nil {
		t.Fatal(err)
	}
	s.Do(admin, "DELETE", item, "").IsError(409, spacefinder.CodeNotEmpty)
	s.Do(ada, "GET", item, "").Is(200)

	if err := stores.Bookings().Delete(t.Context(), "ada", "b1", store.Condition{}); err != nil {
		t.Fatal(err)
	}
	s.Do(admin, "DELETE", "/locations/berlin/resources/isar", "").IsError(404, spacefinder.CodeNotFound)
	for _, attempt := range []string{"first", "repeated"} {
		if w := s.Do(admin, "DELETE", item, "").Is(200); w.Body.Len() > 0 {
			t.Errorf("the %s answer has the body %q", attempt, w.Body)
		}
	}
	s.Do(ada, "GET", item, "").IsError(404, spacefinder.CodeNotFound)
}

func TestConditions(t *testing.T) {
	s, _ := newService(t)
	created := s.Do(admin, "PUT", item, isar, "If-None-Match: *").Is(201)
	tag := created.Header().Get("ETag")
	const other = `{"name":"Isar 2"}`
	failed := spacefinder.CodePreconditionFailed

	s.Do(admin, "PUT", item, other, "If-None-Match: *").IsError(412, failed)
	s.Do(admin, "PUT", item, other, `If-Match: "stale"`).IsError(412, failed)
	s.Do(admin, "PUT", collection+"/nothing", other, "If-Match: *").IsError(412, failed)
	s.Do(admin, "DELETE", item, "", `If-Match: "stale"`).IsError(412, failed)
	s.Do(admin, "DELETE", collection+"/nothing", "", "If-Match: *").IsError(412, failed)
	s.Do(ada, "GET", item, "").Is(200).IsJSON(created.Body.String())
	s.Do(ada, "GET", item, "", "If-None-Match: "+tag).Is(304)

	s.Do(admin, "PUT", item, other, "If-Match: nonsense").IsError(400, spacefinder.CodeInvalid, "If-Match")
	s.Do(admin, "DELETE", item, "", "If-Match: nonsense").IsError(400, spacefinder.CodeInvalid, "If-Match")

	replaced := s.Do(admin, "PUT", item, other, "If-Match: "+tag).Is(200)
	s.Do(admin, "PUT", item, other, "If-Match: "+tag).Is(200) // the retry of a lost answer
	s.Do(admin, "DELETE", item, "", "If-Match: "+replaced.Header().Get("ETag")).Is(200)
}

func TestAccess(t *testing.T) {
	operations := []struct{ method, target, body string }{
		{"GET", collection, ""},
		{"GET", item, ""},
		{"PUT", collection, isar},
		{"PUT", item, isar},
		{"PUT", item, "not even JSON"},
		{"DELETE", item, ""},
	}
	for _, op := range operations {
		t.Run(op.method+" "+op.target, func(t *testing.T) {
			s, _ := newService(t)
			s.Do(admin, "PUT", item, isar).Is(201)
			s.Do(servicetest.Nobody, op.method, op.target, op.body).IsError(403, spacefinder.CodeForbidden)
			if op.method == http.MethodGet {
				s.Do(ada, op.method, op.target, op.body).Is(200)
				s.Do(admin, op.method, op.target, op.body).Is(200)
				return
			}
			s.Do(ada, op.method, op.target, op.body).IsError(403, spacefinder.CodeForbidden)
			s.Do(ada, "GET", item, "").Is(200)
		})
	}
}

func TestWhatIsRefused(t *testing.T) {
	invalid := spacefinder.CodeInvalid
	tests := []struct {
		name, target, body string
		fields             []string
	}{
		{"no name", collection, `{}`, []string{"name"}},
		{"an id on the collection", collection, `{"name":"x","resourceID":"isar"}`, []string{"resourceID"}},
		{"another id than the path's", item, `{"name":"x","resourceID":"inn"}`, []string{"resourceID"}},
		{"another location than the path's", item, `{"name":"x","locationID":"berlin"}`, []string{"locationID"}},
		{"a path that is no id", collection + "/a%20b", `{"name":"x"}`, []string{"resourceID"}},
		{"a location that is no id", "/locations/a%20b/resources", `{"name":"x"}`, []string{"locationID"}},
		{"an unknown type", item, `{"name":"x","type":"desk"}`, []string{"type"}},
		{"a capacity in words", item, `{"name":"x","capacity":"8"}`, []string{"capacity"}},
		{"half a person", item, `{"name":"x","capacity":8.5}`, []string{"capacity"}},
		{"a negative capacity", item, `{"name":"x","capacity":-1}`, []string{"capacity"}},
		{"an amenity twice", item, `{"name":"x","amenities":["a","a"]}`, []string{"amenities/1"}},
		{"an amenity that is none", item, `{"name":"x","amenities":["a",null]}`, []string{"amenities/1"}},
		{"everything at once", item, `{"resourceID":"x","locationID":"y","type":"?","capacity":1000001,"amenities":[""]}`,
			[]string{"resourceID", "locationID", "name", "type", "capacity", "amenities/0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := newService(t)
			s.Do(admin, "PUT", tt.target, tt.body).IsError(400, invalid, tt.fields...)
			s.Do(ada, "GET", collection, "").Is(200).IsJSON(`[]`)
		})
	}
	t.Run("reading and deleting what is no id", func(t *testing.T) {
		s, _ := newService(t)
		s.Do(ada, "GET", "/locations/a%20b/resources", "").IsError(400, invalid, "locationID")
		s.Do(ada, "GET", "/locations/a%20b/resources/isar", "").IsError(400, invalid, "locationID")
		s.Do(ada, "GET", collection+"/a%20b", "").IsError(400, invalid, "resourceID")
		s.Do(admin, "DELETE", "/locations/a%20b/resources/isar", "").IsError(400, invalid, "locationID")
		s.Do(admin, "DELETE", collection+"/a%20b", "").IsError(400, invalid, "resourceID")
	})
}

func TestList(t *testing.T) {
	s, _ := newService(t)
	s.Do(ada, "GET", collection, "").Is(200).IsJSON(`[]`)
	s.Do(ada, "GET", "/locations/nowhere/resources", "").Is(200).IsJSON(`[]`)
	const n = 7
	for i := range n {
		s.Do(admin, "PUT", fmt.Sprintf("%s/r%d", collection, (i*3)%n), `{"name":"x"}`).Is(201)
	}
	s.Do(admin, "PUT", "/locations/berlin/resources/r9", `{"name":"x"}`).Is(201)
	for limit := 1; limit <= n+1; limit++ {
		var got []string
		pages := 0
		for target := fmt.Sprintf("%s?limit=%d", collection, limit); target != ""; pages++ {
			var page []spacefinder.Resource
			w := s.Do(ada, "GET", target, "").Is(200)
			w.Decode(&page)
			for _, r := range page {
				got = append(got, r.ResourceID)
			}
			target = w.Next()
		}
		if want := "r0 r1 r2 r3 r4 r5 r6"; strings.Join(got, " ") != want {
			t.Errorf("with limit %d: %v, want %s", limit, got, want)
		}
		if want := (n + limit - 1) / limit; pages != want {
			t.Errorf("with limit %d: %d pages, want %d", limit, pages, want)
		}
	}
	s.Do(ada, "GET", collection+"?limit=x", "").IsError(400, spacefinder.CodeInvalid, "limit")
	s.Do(ada, "GET", collection+"?cursor=!", "").IsError(400, spacefinder.CodeInvalid, "cursor")
}

// brokenStore answers every call with one error.
type brokenStore struct{ err error }

func (b brokenStore) Get(context.Context, string, string) (spacefinder.Resource, error) {
	return spacefinder.Resource{}, b.err
}

func (b brokenStore) List(context.Context, string, store.Page) ([]spacefinder.Resource, bool, error) {
	return nil, false, b.err
}

func (b brokenStore) Put(context.Context, spacefinder.Resource, store.Condition) (spacefinder.Resource, bool, error) {
	return spacefinder.Resource{}, false, b.err
}

func (b brokenStore) Delete(context.Context, string, string, store.Condition) error { return b.err }

// conditionSpy remembers the condition of the last Put.
type conditionSpy struct {
	brokenStore
	cond store.Condition
}

func (c *conditionSpy) Put(_ context.Context, item spacefinder.Resource, cond store.Condition) (spacefinder.Resource, bool, error) {
	c.cond = cond
	return item, true, nil
}

// Not even an id that was given out twice may replace an item.
func TestCreatingNeverReplaces(t *testing.T) {
	spy := &conditionSpy{}
	servicetest.New(t, resources.New(servicetest.Env(t, spacefinder.AdminBookingsAll), spy)).Do(admin, "PUT", collection, isar).Is(201)
	if !spy.cond.Absent {
		t.Errorf("created under the condition %+v", spy.cond)
	}
}

func TestAFailingStoreFailsTheRequest(t *testing.T) {
	tests := []struct {
		name   string
		err    error
		status int
		code   spacefinder.Code
	}{
		{"a fault", errors.New("disk on fire"), 500, spacefinder.CodeInternal},
		{"out of reach", spacefinder.Errorf(spacefinder.CodeUnavailable, "Later."), 503, spacefinder.CodeUnavailable},
		{"overloaded", spacefinder.Errorf(spacefinder.CodeThrottled, "Slower."), 429, spacefinder.CodeThrottled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := servicetest.New(t, resources.New(servicetest.Env(t, spacefinder.AdminBookingsAll), brokenStore{tt.err}))
			s.Do(admin, "GET", collection, "").IsError(tt.status, tt.code)
			s.Do(admin, "GET", item, "").IsError(tt.status, tt.code)
			s.Do(admin, "PUT", collection, isar).IsError(tt.status, tt.code)
			s.Do(admin, "PUT", item, isar).IsError(tt.status, tt.code)
			s.Do(admin, "DELETE", item, "").IsError(tt.status, tt.code)
		})
	}
}

func FuzzPut(f *testing.F) {
	s, _ := newService(f)
	servicetest.FuzzBody(f, s, admin, item, isar, `{"name":"x","capacity":1e3}`, `{"name":"x","amenities":[null,"\u0000"]}`,
		`{"name":"x","type":""}`, `{"name":"x","capacity":9223372036854775808}`)
}
