package bookings_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/bookings"
	"github.com/spacefinder/spacefinder/internal/servicetest"
	"github.com/spacefinder/spacefinder/internal/store"
)

var (
	ada   = servicetest.As("ada", "staff")
	bob   = servicetest.As("bob")
	admin = servicetest.Caller(servicetest.Admin)
)

// newService returns the service over a store with the rooms isar and inn in
// munich and spree in berlin.
func newService(tb testing.TB) *servicetest.Service {
	tb.Helper()
	return newServiceWith(tb, spacefinder.AdminBookingsAll, spacefinder.DefaultBookingRules())
}

func newServiceWith(tb testing.TB, admins spacefinder.AdminBookings, rules spacefinder.BookingRules) *servicetest.Service {
	tb.Helper()
	stores := servicetest.Stores(tb)
	for _, id := range []string{"munich", "berlin"} {
		location := spacefinder.Location{LocationID: id, Name: id, TimeZone: "UTC", Timestamp: servicetest.Now, Revision: "1"}
		if _, _, err := stores.Locations().Put(tb.Context(), location, store.Condition{}); err != nil {
			tb.Fatal(err)
		}
	}
	for _, room := range [][2]string{{"munich", "isar"}, {"munich", "inn"}, {"berlin", "spree"}} {
		resource := spacefinder.Resource{LocationID: room[0], ResourceID: room[1], Name: "x", Timestamp: servicetest.Now, Revision: "1"}
		if _, _, err := stores.Resources().Put(tb.Context(), resource, store.Condition{}); err != nil {
			tb.Fatal(err)
		}
	}
	return servicetest.New(tb, bookings.New(servicetest.Env(tb, admins), rules, stores.Bookings()))
}

const (
	collection = "/users/ada/bookings"
	item       = "/users/ada/bookings/b1"

	// morning is 2026-11-23 from 10:00 to 11:30 UTC in the room isar.
	morning = `{"resourceID":"isar","starttimeepochtime":1795428000,"endtimeepochtime":1795433400}`
)

// answered is the body of an answer about ada's booking of isar.
func answered(id, from, to, start, end string) string {
	return `{"bookingID":"` + id + `","userID":"ada","resourceID":"isar","locationID":"munich","starttimeepochtime":` + from +
		`,"endtimeepochtime":` + to + `,"start":"` + start + `","end":"` + end + `","timestamp":"` + servicetest.Now + `"}`
}

func morningAnswer(id string) string {
	return answered(id, "1795428000", "1795433400", "2026-11-23T10:00:00Z", "2026-11-23T11:30:00Z")
}

func TestCreate(t *testing.T) {
	s := newService(t)
	const id = "01983f6e-7c00-7000-8000-000000000001"
	created := s.Do(ada, "PUT", collection, morning).Is(201).IsJSON(morningAnswer(id))
	if got, want := created.Header().Get("Location"), "bookings/"+id; got != want {
		t.Errorf("Location %q, want %q", got, want)
	}
	got := s.Do(ada, "GET", collection+"/"+id, "").Is(200).IsJSON(created.Body.String())
	if got.Header().Get("ETag") == "" || got.Header().Get("ETag") != created.Header().Get("ETag") {
		t.Errorf("ETag %q when read, %q when created", got.Header().Get("ETag"), created.Header().Get("ETag"))
	}
	// On the collection a retry is another booking, which finds the first one in its way.
	s.Do(ada, "PUT", collection, morning).IsError(409, spacefinder.CodeConflict)
}

func TestPut(t *testing.T) {
	t.Run("creates, then moves", func(t *testing.T) {
		s := newService(t)
		created := s.Do(ada, "PUT", item, morning).Is(201).IsJSON(morningAnswer("b1"))
		moved := s.Do(ada, "PUT", item, `{"resourceID":"isar","starttimeepochtime":1795431600}`).Is(200)
		moved.IsJSON(answered("b1", "1795431600", "1795435200", "2026-11-23T11:00:00Z", "2026-11-23T12:00:00Z"))
		if moved.Header().Get("ETag") == created.Header().Get("ETag") {
			t.Error("the ETag did not change")
		}
	})
	t.Run("repeated changes nothing, whichever way it spells the time", func(t *testing.T) {
		s := newService(t)
		first := s.Do(ada, "PUT", item, morning).Is(201)
		for _, body := range []string{
			morning,
			`{"resourceID":"isar","start":"2026-11-23T11:00:00+01:00","end":"2026-11-23T11:30:00Z"}`,
			`{"resourceID":"isar","locationID":"munich","bookingID":"b1","userID":"ada",` +
				`"start":"2026-11-23T10:00:00Z","endtimeepochtime":1795433400}`,
			first.Body.String(),
		} {
			again := s.Do(ada, "PUT", item, body).Is(200).IsJSON(first.Body.String())
			if first.Header().Get("ETag") != again.Header().Get("ETag") {
				t.Errorf("the ETag changed with %s", body)
			}
		}
	})
	t.Run("takes back what was read, with a change", func(t *testing.T) {
		s := newService(t)
		s.Do(ada, "PUT", item, morning).Is(201)
		read := s.Do(ada, "GET", item, "").Is(200)
		changed := strings.NewReplacer("1795433400", "1795437000", "11:30:00", "12:30:00").Replace(read.Body.String())
		s.Do(ada, "PUT", item, changed, "If-Match: "+read.Header().Get("ETag")).Is(200).IsJSON(changed)
	})
	t.Run("moves to another room", func(t *testing.T) {
		s := newService(t)
		s.Do(ada, "PUT", item, morning).Is(201)
		s.Do(ada, "PUT", item, strings.Replace(morning, "isar", "spree", 1)).Is(200)
		s.Do(ada, "GET", "/locations/munich/resources/isar/bookings", "").Is(200).IsJSON(`[]`)
		s.Do(bob, "PUT", "/users/bob/bookings/b2", morning).Is(201)
	})
	t.Run("needs the room", func(t *testing.T) {
		s := newService(t)
		s.Do(ada, "PUT", item, strings.Replace(morning, "isar", "nowhere", 1)).IsError(404, spacefinder.CodeNotFound)
		elsewhere := `{"resourceID":"isar","locationID":"berlin","starttimeepochtime":1795428000}`
		s.Do(ada, "PUT", item, elsewhere).IsError(404, spacefinder.CodeNotFound)
		s.Do(ada, "GET", item, "").IsError(404, spacefinder.CodeNotFound)
	})
}

func TestConflict(t *testing.T) {
	s := newService(t)
	s.Do(ada, "PUT", item, morning).Is(201)
	clash := `{"resourceID":"isar","start":"2026-11-23T11:00:00Z","end":"2026-11-23T12:00:00Z"}`
	refused := s.Do(bob, "PUT", "/users/bob/bookings/b2", clash).IsError(409, spacefinder.CodeConflict)
	var problem struct {
		Conflict spacefinder.Times `json:"conflict"`
	}
	refused.Decode(&problem)
	want := spacefinder.Interval{Start: 1795428000, End: 1795433400}.Times()
	if problem.Conflict != want {
		t.Errorf("conflict %+v, want %+v", problem.Conflict, want)
	}
	for _, secret := range []string{"ada", "b1"} {
		if strings.Contains(refused.Body.String(), secret) {
			t.Errorf("the answer names %q, who is in the way: %s", secret, refused.Body)
		}
	}
	s.Do(bob, "GET", "/users/bob/bookings/b2", "").IsError(404, spacefinder.CodeNotFound)

	s.Do(bob, "PUT", "/users/bob/bookings/b2", `{"resourceID":"isar","start":"2026-11-23T11:30:00Z"}`).Is(201) // back to back
	s.Do(bob, "PUT", "/users/bob/bookings/b3", strings.Replace(clash, "isar", "inn", 1)).Is(201)
	s.Do(ada, "DELETE", item, "").Is(200)
	s.Do(bob, "PUT", "/users/bob/bookings/b4", morning).Is(201) // free again
}

func TestSpellingsOfTime(t *testing.T) {
	const ten, eleven = "1795428000", "1795431600"
	hour := answered("b1", ten, eleven, "2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z")
	tests := []struct {
		name, times string
		want        string   // the answer
		fields      []string // or what is refused
	}{
		{"seconds", `"starttimeepochtime":` + ten + `,"endtimeepochtime":` + eleven, hour, nil},
		{"seconds, without an end", `"starttimeepochtime":` + ten, hour, nil},
		{"RFC 3339", `"start":"2026-11-23T10:00:00Z","end":"2026-11-23T11:00:00Z"`, hour, nil},
		{"RFC 3339, without an end", `"start":"2026-11-23T10:00:00Z"`, hour, nil},
		{"offsets", `"start":"2026-11-23T15:30:00+05:30","end":"2026-11-23T06:00:00-05:00"`, hour, nil},
		{"no fraction, spelled out", `"start":"2026-11-23T10:00:00.000Z","end":"2026-11-23T11:00:00.000000000Z"`, hour, nil},
		{"one each way", `"starttimeepochtime":` + ten + `,"end":"2026-11-23T11:00:00Z"`, hour, nil},
		{"both, which agree", `"starttimeepochtime":` + ten + `,"start":"2026-11-23T11:00:00+01:00"`, hour, nil},
		{"null in place of the other", `"starttimeepochtime":` + ten + `,"start":null,"end":null,"endtimeepochtime":null`, hour, nil},
		{"long ago", `"starttimeepochtime":0`, answered("b1", "0", "3600", "1970-01-01T00:00:00Z", "1970-01-01T01:00:00Z"), nil},

		{"no start", `"end":"2026-11-23T11:00:00Z"`, "", []string{"starttimeepochtime"}},
		{"no time", `"locationID":"munich"`, "", []string{"starttimeepochtime"}},
		{"starts that contradict", `"starttimeepochtime":` + ten + `,"start":"2026-11-23T10:00:01Z"`, "", []string{"start"}},
		{"ends that contradict", `"starttimeepochtime":` + ten + `,"endtimeepochtime":` + eleven + `,"end":"2026-11-23T11:00:00+01:00"`,
			"", []string{"end"}},
		{"a fraction of a second", `"start":"2026-11-23T10:00:00.5Z"`, "", []string{"start"}},
		{"a fraction in seconds", `"starttimeepochtime":1795428000.5`, "", []string{"starttimeepochtime"}},
		{"seconds in quotes", `"starttimeepochtime":"1795428000"`, "", []string{"starttimeepochtime"}},
		{"milliseconds since 1970", `"starttimeepochtime":1795428000000`, "", []string{"starttimeepochtime", "endtimeepochtime"}},
		{"seconds at the end of 64 bits", `"starttimeepochtime":9223372036854775807`, "", []string{"starttimeepochtime", "endtimeepochtime"}},
		{"before 1970", `"start":"1969-12-31T23:59:59Z"`, "", []string{"starttimeepochtime"}},
		{"an end after the year 9999", `"start":"9999-12-31T23:30:00Z"`, "", []string{"endtimeepochtime"}},
		{"no offset", `"start":"2026-11-23T10:00:00"`, "", []string{"start"}},
		{"a day", `"start":"2026-11-23"`, "", []string{"start"}},
		{"a day that does not exist", `"start":"2026-02-30T10:00:00Z"`, "", []string{"start"}},
		{"an empty text", `"start":""`, "", []string{"start"}},
		{"both unreadable", `"start":"now","end":"later"`, "", []string{"start", "end"}},
		{"no start, and an unreadable end", `"end":"later"`, "", []string{"starttimeepochtime", "end"}},
		{"no time in between", `"starttimeepochtime":` + ten + `,"endtimeepochtime":` + ten, "", []string{"endtimeepochtime"}},
		{"backwards", `"starttimeepochtime":` + eleven + `,"endtimeepochtime":` + ten, "", []string{"endtimeepochtime"}},
		{"584 years and an hour", `"starttimeepochtime":0,"endtimeepochtime":18446747673`, "", []string{"endtimeepochtime"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newService(t)
			w := s.Do(ada, "PUT", item, `{"resourceID":"isar",`+tt.times+`}`)
			if tt.want == "" {
				w.IsError(400, spacefinder.CodeInvalid, tt.fields...)
				s.Do(ada, "GET", collection, "").Is(200).IsJSON(`[]`)
				return
			}
			w.Is(201).IsJSON(tt.want)
		})
	}
}

func TestRulesOfDuration(t *testing.T) {
	rules := spacefinder.BookingRules{MinDuration: 15 * time.Minute, MaxDuration: 2 * time.Hour}
	short := spacefinder.BookingRules{MinDuration: time.Minute, MaxDuration: 30 * time.Minute}
	tests := []struct {
		name  string
		rules spacefinder.BookingRules
		end   string // "": none
		ok    bool
	}{
		{"the shortest", rules, "2026-11-23T10:15:00Z", true},
		{"a second shorter", rules, "2026-11-23T10:14:59Z", false},
		{"the longest", rules, "2026-11-23T12:00:00Z", true},
		{"a second longer", rules, "2026-11-23T12:00:01Z", false},
		{"an hour, without an end", rules, "", true},
		{"an hour, without an end, where an hour is too long", short, "", false},
		{"the shortest of the contract", spacefinder.DefaultBookingRules(), "2026-11-23T10:01:00Z", true},
		{"the longest of the contract", spacefinder.DefaultBookingRules(), "2026-12-24T10:00:00Z", true},
		{"a second longer than the contract's longest", spacefinder.DefaultBookingRules(), "2026-12-24T10:00:01Z", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServiceWith(t, spacefinder.AdminBookingsAll, tt.rules)
			body := `{"resourceID":"isar","start":"2026-11-23T10:00:00Z"}`
			if tt.end != "" {
				body = strings.Replace(body, "}", `,"end":"`+tt.end+`"}`, 1)
			}
			w := s.Do(ada, "PUT", item, body)
			if !tt.ok {
				w.IsError(400, spacefinder.CodeInvalid, "endtimeepochtime")
				return
			}
			w.Is(201)
		})
	}
}

func TestDelete(t *testing.T) {
	s := newService(t)
	s.Do(ada, "PUT", item, morning).Is(201)
	for _, attempt := range []string{"first", "repeated"} {
		if w := s.Do(ada, "DELETE", item, "").Is(200); w.Body.Len() > 0 {
			t.Errorf("the %s answer has the body %q", attempt, w.Body)
		}
	}
	s.Do(ada, "GET", item, "").IsError(404, spacefinder.CodeNotFound)
}

func TestConditions(t *testing.T) {
	s := newService(t)
	created := s.Do(ada, "PUT", item, morning, "If-None-Match: *").Is(201)
	tag := created.Header().Get("ETag")
	other := strings.Replace(morning, "1795433400", "1795431600", 1)
	failed := spacefinder.CodePreconditionFailed

	s.Do(ada, "PUT", item, other, "If-None-Match: *").IsError(412, failed)
	s.Do(ada, "PUT", item, other, `If-Match: "stale"`).IsError(412, failed)
	s.Do(ada, "PUT", collection+"/nothing", other, "If-Match: *").IsError(412, failed)
	s.Do(ada, "DELETE", item, "", `If-Match: "stale"`).IsError(412, failed)
	s.Do(ada, "DELETE", collection+"/nothing", "", "If-Match: *").IsError(412, failed)
	s.Do(ada, "GET", item, "").Is(200).IsJSON(created.Body.String())
	s.Do(ada, "GET", item, "", "If-None-Match: "+tag).Is(304)

	s.Do(ada, "PUT", item, other, "If-Match: nonsense").IsError(400, spacefinder.CodeInvalid, "If-Match")
	s.Do(ada, "DELETE", item, "", "If-Match: nonsense").IsError(400, spacefinder.CodeInvalid, "If-Match")

	replaced := s.Do(ada, "PUT", item, other, "If-Match: "+tag).Is(200)
	s.Do(ada, "PUT", item, other, "If-Match: "+tag).Is(200) // the retry of a lost answer
	s.Do(ada, "DELETE", item, "", "If-Match: "+replaced.Header().Get("ETag")).Is(200)
}

// brokenStore answers every call with one error.
type brokenStore struct{ err error }

func (b brokenStore) Get(context.Context, string, string) (spacefinder.Booking, error) {
	return spacefinder.Booking{}, b.err
}

func (b brokenStore) ListByUser(context.Context, string, store.BookingPage) ([]spacefinder.Booking, bool, error) {
	return nil, false, b.err
}

func (b brokenStore) ListByResource(context.Context, string, string, store.BookingPage) ([]spacefinder.Booking, bool, error) {
	return nil, false, b.err
}

func (b brokenStore) Put(context.Context, spacefinder.Booking, store.Condition) (spacefinder.Booking, bool, error) {
	return spacefinder.Booking{}, false, b.err
}

func (b brokenStore) Delete(context.Context, string, string, store.Condition) error { return b.err }

// conditionSpy remembers the condition of the last Put.
type conditionSpy struct {
	brokenStore
	cond store.Condition
}

func (c *conditionSpy) Put(_ context.Context, item spacefinder.Booking, cond store.Condition) (spacefinder.Booking, bool, error) {
	c.cond = cond
	item.LocationID = "munich"
	return item, true, nil
}

// Not even an id that was given out twice may replace an item.
func TestCreatingNeverReplaces(t *testing.T) {
	spy := &conditionSpy{}
	env := servicetest.Env(t, spacefinder.AdminBookingsAll)
	servicetest.New(t, bookings.New(env, spacefinder.DefaultBookingRules(), spy)).Do(admin, "PUT", collection, morning).Is(201)
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
			env := servicetest.Env(t, spacefinder.AdminBookingsAll)
			s := servicetest.New(t, bookings.New(env, spacefinder.DefaultBookingRules(), brokenStore{tt.err}))
			s.Do(ada, "GET", "/locations/munich/resources/isar/bookings", "").IsError(tt.status, tt.code)
			s.Do(ada, "GET", collection, "").IsError(tt.status, tt.code)
			s.Do(ada, "GET", item, "").IsError(tt.status, tt.code)
			s.Do(ada, "PUT", collection, morning).IsError(tt.status, tt.code)
			s.Do(ada, "PUT", item, morning).IsError(tt.status, tt.code)
			s.Do(ada, "DELETE", item, "").IsError(tt.status, tt.code)
		})
	}
}

func FuzzPut(f *testing.F) {
	s := newService(f)
	servicetest.FuzzBody(f, s, ada, item, morning, `{"resourceID":"isar","start":"2026-11-23T11:00:00+01:00","end":"2026-11-23T11:30:00.5Z"}`,
		`{"resourceID":"isar","starttimeepochtime":9223372036854775807}`, `{"resourceID":"isar","starttimeepochtime":-1,"start":"x"}`)
}
