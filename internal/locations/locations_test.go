package locations_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/locations"
	"github.com/spacefinder/spacefinder/internal/servicetest"
	"github.com/spacefinder/spacefinder/internal/store"
	"github.com/spacefinder/spacefinder/internal/store/sqlite"
)

var (
	ada   = servicetest.As("ada", "staff")
	admin = servicetest.Caller(servicetest.Admin)
)

func newService(tb testing.TB) (*servicetest.Service, *sqlite.Store) {
	tb.Helper()
	stores := servicetest.Stores(tb)
	return servicetest.New(tb, locations.New(servicetest.Env(tb, spacefinder.AdminBookingsAll), stores.Locations())), stores
}

const munich = `{"name":"Munich","description":"By the river","imageUrl":"https://example.com/m.jpg","timeZone":"Europe/Berlin"}`

func TestCreate(t *testing.T) {
	s, _ := newService(t)
	created := s.Do(admin, "PUT", "/locations", munich).Is(201)
	created.IsJSON(`{"locationID":"01983f6e-7c00-7000-8000-000000000001","name":"Munich","description":"By the river",
		"imageUrl":"https://example.com/m.jpg","timeZone":"Europe/Berlin","timestamp":"` + servicetest.Now + `"}`)
	if got, want := created.Header().Get("Location"), "locations/01983f6e-7c00-7000-8000-000000000001"; got != want {
		t.Errorf("Location %q, want %q", got, want)
	}
	got := s.Do(ada, "GET", "/locations/01983f6e-7c00-7000-8000-000000000001", "").Is(200).IsJSON(created.Body.String())
	if got.Header().Get("ETag") == "" || got.Header().Get("ETag") != created.Header().Get("ETag") {
		t.Errorf("ETag %q when read, %q when created", got.Header().Get("ETag"), created.Header().Get("ETag"))
	}

	again := s.Do(admin, "PUT", "/locations", munich).Is(201)
	if again.Header().Get("Location") == created.Header().Get("Location") {
		t.Error("creating twice created one location")
	}
}

func TestDefaults(t *testing.T) {
	s, _ := newService(t)
	const want = `{"locationID":"hq","name":"Head office","timeZone":"UTC","timestamp":"` + servicetest.Now + `"}`
	s.Do(admin, "PUT", "/locations/hq", `{"name":"Head office"}`).Is(201).IsJSON(want)
	s.Do(ada, "GET", "/locations/hq", "").Is(200).IsJSON(want)
}

func TestPut(t *testing.T) {
	t.Run("creates, then replaces the whole", func(t *testing.T) {
		s, _ := newService(t)
		created := s.Do(admin, "PUT", "/locations/munich", munich).Is(201)
		replaced := s.Do(admin, "PUT", "/locations/munich", `{"name":"Munich 2"}`).Is(200)
		replaced.IsJSON(`{"locationID":"munich","name":"Munich 2","timeZone":"UTC","timestamp":"` + servicetest.Now + `"}`)
		if replaced.Header().Get("ETag") == created.Header().Get("ETag") {
			t.Error("the ETag did not change")
		}
		if got := replaced.Header().Get("Location"); got != "" {
			t.Errorf("replacing gives the Location %q", got)
		}
	})
	t.Run("repeated changes nothing", func(t *testing.T) {
		s, _ := newService(t)
		first := s.Do(admin, "PUT", "/locations/munich", munich).Is(201)
		second := s.Do(admin, "PUT", "/locations/munich", munich).Is(200).IsJSON(first.Body.String())
		if first.Header().Get("ETag") != second.Header().Get("ETag") {
			t.Error("the ETag changed")
		}
	})
	t.Run("takes back what was read, with a change", func(t *testing.T) {
		s, _ := newService(t)
		s.Do(admin, "PUT", "/locations/munich", munich).Is(201)
		read := s.Do(admin, "GET", "/locations/munich", "").Is(200)
		changed := strings.Replace(read.Body.String(), "By the river", "Beside the river", 1)
		s.Do(admin, "PUT", "/locations/munich", changed, "If-Match: "+read.Header().Get("ETag")).Is(200).IsJSON(changed)
	})
}

func TestDelete(t *testing.T) {
	s, stores := newService(t)
	s.Do(admin, "PUT", "/locations/munich", munich).Is(201)
	room := spacefinder.Resource{ResourceID: "isar", LocationID: "munich", Name: "Isar", Timestamp: servicetest.Now, Revision: "1"}
	if _, _, err := stores.Resources().Put(t.Context(), room, store.Condition{}); err != nil {
		t.Fatal(err)
	}
	s.Do(admin, "DELETE", "/locations/munich", "").IsError(409, spacefinder.CodeNotEmpty)
	s.Do(ada, "GET", "/locations/munich", "").Is(200)

	if err := stores.Resources().Delete(t.Context(), "munich", "isar", store.Condition{}); err != nil {
		t.Fatal(err)
	}
	for _, attempt := range []string{"first", "repeated"} {
		if w := s.Do(admin, "DELETE", "/locations/munich", "").Is(200); w.Body.Len() > 0 {
			t.Errorf("the %s answer has the body %q", attempt, w.Body)
		}
	}
	s.Do(ada, "GET", "/locations/munich", "").IsError(404, spacefinder.CodeNotFound)
}

func TestConditions(t *testing.T) {
	s, _ := newService(t)
	created := s.Do(admin, "PUT", "/locations/munich", munich, "If-None-Match: *").Is(201)
	tag := created.Header().Get("ETag")
	const other = `{"name":"Munich 2"}`
	failed := spacefinder.CodePreconditionFailed

	s.Do(admin, "PUT", "/locations/munich", other, "If-None-Match: *").IsError(412, failed)
	s.Do(admin, "PUT", "/locations/munich", other, `If-Match: "stale"`).IsError(412, failed)
	s.Do(admin, "PUT", "/locations/munich", other, "If-Match: W/"+tag).IsError(412, failed)
	s.Do(admin, "PUT", "/locations/munich", other, "If-None-Match: "+tag).IsError(412, failed)
	s.Do(admin, "PUT", "/locations/nowhere", other, "If-Match: *").IsError(412, failed)
	s.Do(admin, "DELETE", "/locations/munich", "", `If-Match: "stale"`).IsError(412, failed)
	s.Do(admin, "DELETE", "/locations/nowhere", "", "If-Match: *").IsError(412, failed)
	s.Do(ada, "GET", "/locations/munich", "").Is(200).IsJSON(created.Body.String())
	s.Do(ada, "GET", "/locations/munich", "", "If-None-Match: "+tag).Is(304)

	s.Do(admin, "PUT", "/locations/munich", other, "If-Match: nonsense").IsError(400, spacefinder.CodeInvalid, "If-Match")
	s.Do(admin, "DELETE", "/locations/munich", "", "If-Match: nonsense").IsError(400, spacefinder.CodeInvalid, "If-Match")

	replaced := s.Do(admin, "PUT", "/locations/munich", other, "If-Match: "+tag).Is(200)
	s.Do(admin, "PUT", "/locations/munich", other, "If-Match: "+tag).Is(200) // the retry of a lost answer
	s.Do(ada, "GET", "/locations/munich", "", "If-None-Match: "+tag).Is(200)
	s.Do(admin, "DELETE", "/locations/munich", "", "If-Match: "+replaced.Header().Get("ETag")).Is(200)
	s.Do(ada, "GET", "/locations/munich", "").Is(404)
}

func TestAccess(t *testing.T) {
	operations := []struct{ method, target, body string }{
		{"GET", "/locations", ""},
		{"GET", "/locations/munich", ""},
		{"PUT", "/locations", munich},
		{"PUT", "/locations/munich", munich},
		{"PUT", "/locations/munich", "not even JSON"},
		{"DELETE", "/locations/munich", ""},
	}
	for _, op := range operations {
		t.Run(op.method+" "+op.target, func(t *testing.T) {
			s, _ := newService(t)
			s.Do(admin, "PUT", "/locations/munich", munich).Is(201)
			s.Do(servicetest.Nobody, op.method, op.target, op.body).IsError(403, spacefinder.CodeForbidden)
			if op.method == http.MethodGet {
				s.Do(ada, op.method, op.target, op.body).Is(200)
				s.Do(admin, op.method, op.target, op.body).Is(200)
				return
			}
			s.Do(ada, op.method, op.target, op.body).IsError(403, spacefinder.CodeForbidden)
			s.Do(ada, "GET", "/locations/munich", "").Is(200)
		})
	}
}

func TestWhatIsRefused(t *testing.T) {
	invalid := spacefinder.CodeInvalid
	tests := []struct {
		name, target, body string
		fields             []string
	}{
		{"no name", "/locations", `{}`, []string{"name"}},
		{"no name under an id", "/locations/munich", `{}`, []string{"name"}},
		{"an id on the collection", "/locations", `{"name":"x","locationID":"munich"}`, []string{"locationID"}},
		{"another id than the path's", "/locations/munich", `{"name":"x","locationID":"berlin"}`, []string{"locationID"}},
		{"a path that is no id", "/locations/a%20b", `{"name":"x"}`, []string{"locationID"}},
		{"a misspelled member", "/locations", `{"name":"x","imageURL":"https://example.com/"}`, []string{"imageURL"}},
		{"a revision", "/locations", `{"name":"x","Revision":"1"}`, []string{"Revision"}},
		{"a number for a name", "/locations", `{"name":1}`, []string{"name"}},
		{"everything at once", "/locations/munich", `{"locationID":"x","imageUrl":"/","timeZone":"?"}`,
			[]string{"locationID", "name", "imageUrl", "timeZone"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := newService(t)
			s.Do(admin, "PUT", tt.target, tt.body).IsError(400, invalid, tt.fields...)
			s.Do(ada, "GET", "/locations", "").Is(200).IsJSON(`{"items":[]}`)
		})
	}
	t.Run("reading and deleting what is no id", func(t *testing.T) {
		s, _ := newService(t)
		s.Do(ada, "GET", "/locations/a%20b", "").IsError(400, invalid, "locationID")
		s.Do(admin, "DELETE", "/locations/a%20b", "").IsError(400, invalid, "locationID")
	})
	t.Run("another type than JSON", func(t *testing.T) {
		s, _ := newService(t)
		s.Do(admin, "PUT", "/locations", "", "Content-Type: text/plain").IsError(415, spacefinder.CodeUnsupportedType)
	})
}

func TestList(t *testing.T) {
	s, _ := newService(t)
	s.Do(ada, "GET", "/locations", "").Is(200).IsJSON(`{"items":[]}`)
	const n = 7
	for i := range n {
		s.Do(admin, "PUT", fmt.Sprintf("/locations/l%d", (i*3)%n), `{"name":"x"}`).Is(201)
	}
	for limit := 1; limit <= n+1; limit++ {
		var got []string
		pages := 0
		for target := fmt.Sprintf("/locations?limit=%d", limit); target != ""; pages++ {
			var page struct {
				Items          []spacefinder.Location `json:"items"`
				LastLocationID string                 `json:"lastLocationID"`
			}
			s.Do(ada, "GET", target, "").Is(200).Decode(&page)
			for _, l := range page.Items {
				got = append(got, l.LocationID)
			}
			target = ""
			if page.LastLocationID != "" {
				target = fmt.Sprintf("/locations?limit=%d&lastLocationID=%s", limit, page.LastLocationID)
			}
		}
		if want := "l0 l1 l2 l3 l4 l5 l6"; strings.Join(got, " ") != want {
			t.Errorf("with limit %d: %v, want %s", limit, got, want)
		}
		if want := (n + limit - 1) / limit; pages != want {
			t.Errorf("with limit %d: %d pages, want %d", limit, pages, want)
		}
	}
	s.Do(ada, "GET", "/locations?lastLocationID=zzz", "").Is(200).IsJSON(`{"items":[]}`)
	s.Do(ada, "GET", "/locations?limit=0", "").IsError(400, spacefinder.CodeInvalid, "limit")
	for _, last := range []string{"", "a%20b", "a&lastLocationID=b"} {
		s.Do(ada, "GET", "/locations?lastLocationID="+last, "").IsError(400, spacefinder.CodeInvalid, "lastLocationID")
	}
}

// brokenStore answers every call with one error.
type brokenStore struct{ err error }

func (b brokenStore) Get(context.Context, string) (spacefinder.Location, error) {
	return spacefinder.Location{}, b.err
}

func (b brokenStore) List(context.Context, store.Page) ([]spacefinder.Location, bool, error) {
	return nil, false, b.err
}

func (b brokenStore) Put(context.Context, spacefinder.Location, store.Condition) (spacefinder.Location, bool, error) {
	return spacefinder.Location{}, false, b.err
}

func (b brokenStore) Delete(context.Context, string, store.Condition) error { return b.err }

// conditionSpy remembers the condition of the last Put.
type conditionSpy struct {
	brokenStore
	cond store.Condition
}

func (c *conditionSpy) Put(_ context.Context, item spacefinder.Location, cond store.Condition) (spacefinder.Location, bool, error) {
	c.cond = cond
	return item, true, nil
}

// Not even an id that was given out twice may replace an item.
func TestCreatingNeverReplaces(t *testing.T) {
	spy := &conditionSpy{}
	servicetest.New(t, locations.New(servicetest.Env(t, spacefinder.AdminBookingsAll), spy)).Do(admin, "PUT", "/locations", munich).Is(201)
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
			s := servicetest.New(t, locations.New(servicetest.Env(t, spacefinder.AdminBookingsAll), brokenStore{tt.err}))
			s.Do(admin, "GET", "/locations", "").IsError(tt.status, tt.code)
			s.Do(admin, "GET", "/locations/munich", "").IsError(tt.status, tt.code)
			s.Do(admin, "PUT", "/locations", munich).IsError(tt.status, tt.code)
			s.Do(admin, "PUT", "/locations/munich", munich).IsError(tt.status, tt.code)
			s.Do(admin, "DELETE", "/locations/munich", "").IsError(tt.status, tt.code)
		})
	}
}

func FuzzPut(f *testing.F) {
	s, _ := newService(f)
	servicetest.FuzzBody(f, s, admin, "/locations/munich", munich, `{"name":null}`, `{"name":"\ud83c\udfe2","timeZone":"Local"}`,
		`{"name":"x","imageUrl":"javascript:alert(1)"}`, `{"name":"x","timeZone":"../../etc/passwd"}`)
}
