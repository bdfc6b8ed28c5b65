package bookings_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/servicetest"
)

const ofIsar = "/locations/munich/resources/isar/bookings"

// pages follows the Link headers from target to the end and returns the ids in
// their order.
func pages(t *testing.T, s *servicetest.Service, target string) (ids []string, count int) {
	t.Helper()
	for target != "" {
		count++
		var page []struct {
			BookingID string `json:"bookingID"`
		}
		w := s.Do(ada, "GET", target, "").Is(200)
		w.Decode(&page)
		for _, b := range page {
			ids = append(ids, b.BookingID)
		}
		target = w.Next()
	}
	return ids, count
}

func TestListsArePagedToTheEnd(t *testing.T) {
	s := newService(t)
	s.Do(ada, "GET", collection, "").Is(200).IsJSON(`[]`)
	s.Do(ada, "GET", ofIsar, "").Is(200).IsJSON(`[]`)
	s.Do(ada, "GET", "/locations/nowhere/resources/isar/bookings", "").Is(200).IsJSON(`[]`)

	// Stored out of order; the ids descend as the starts ascend.
	const n = 7
	for i := range n {
		hour := (i * 3) % n
		body := fmt.Sprintf(`{"resourceID":"isar","starttimeepochtime":%d}`, hour*3600)
		s.Do(ada, "PUT", fmt.Sprintf("%s/b%d", collection, n-hour), body).Is(201)
	}
	// Neither list shows what belongs to the other's user or room.
	s.Do(bob, "PUT", "/users/bob/bookings/bobs", `{"resourceID":"inn","starttimeepochtime":0}`).Is(201)

	for _, list := range []string{collection, ofIsar} {
		for limit := 1; limit <= n+1; limit++ {
			ids, count := pages(t, s, fmt.Sprintf("%s?limit=%d", list, limit))
			if want := "b7 b6 b5 b4 b3 b2 b1"; strings.Join(ids, " ") != want {
				t.Errorf("%s with limit %d: %v, want %s", list, limit, ids, want)
			}
			if want := (n + limit - 1) / limit; count != want {
				t.Errorf("%s with limit %d: %d pages, want %d", list, limit, count, want)
			}
		}
		ids, _ := pages(t, s, list+"?limit=2&from=1970-01-01T02:00:00%2B00:00&to=18000")
		if want := "b5 b4 b3"; strings.Join(ids, " ") != want {
			t.Errorf("%s from 2:00 to 5:00: %v, want %s", list, ids, want)
		}
	}
}

// Several rooms can be booked for one moment: the pages of a user's bookings
// must lose none of them.
func TestBookingsThatStartTogetherAreOnOnePageEach(t *testing.T) {
	s := newService(t)
	for _, room := range []string{"isar", "inn", "spree"} {
		s.Do(ada, "PUT", collection+"/in-"+room, fmt.Sprintf(`{"resourceID":%q,"starttimeepochtime":0}`, room)).Is(201)
	}
	ids, count := pages(t, s, collection+"?limit=1")
	if want := "in-inn in-isar in-spree"; strings.Join(ids, " ") != want || count != 3 {
		t.Errorf("%v on %d pages, want %s", ids, count, want)
	}
}

func TestFromAndTo(t *testing.T) {
	s := newService(t)
	s.Do(ada, "PUT", item, morning).Is(201) // 10:00 to 11:30
	tests := []struct {
		name, query string
		found       bool
	}{
		{"everything", "", true},
		{"from its start", "from=2026-11-23T10:00:00Z", true},
		{"from its last second", "from=2026-11-23T11:29:59Z", true},
		{"from its end", "from=2026-11-23T11:30:00Z", false},
		{"to its end", "to=2026-11-23T11:30:00Z", true},
		{"to its first second", "to=2026-11-23T10:00:01Z", true},
		{"to half of its first second", "to=2026-11-23T10:00:00.5Z", true},
		{"to its start", "to=2026-11-23T10:00:00Z", false},
		{"inside", "from=1795429000&to=1795430000", true},
		{"around", "from=1795400000&to=1795500000", true},
		{"before", "from=1795400000&to=1795428000", false},
		{"after", "from=1795433400&to=1795500000", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := `[]`
			if tt.found {
				want = "[" + morningAnswer("b1") + "]"
			}
			for _, list := range []string{collection, ofIsar} {
				s.Do(ada, "GET", list+"?"+tt.query, "").Is(200).IsJSON(want)
			}
		})
	}
	for _, list := range []string{collection, ofIsar} {
		s.Do(ada, "GET", list+"?from=now", "").IsError(400, spacefinder.CodeInvalid, "from")
		s.Do(ada, "GET", list+"?cursor=aXNhcg", "").IsError(400, spacefinder.CodeInvalid, "cursor")
	}
}
