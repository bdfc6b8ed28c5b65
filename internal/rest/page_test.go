package rest_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/rest"
	"github.com/spacefinder/spacefinder/internal/store"
)

// idPages is a fixture whose endpoint reads the page of a list of ids into got
// and answers that there is one more page, after the id next.
func idPages(got *store.Page, next string) *fixture {
	return newFixture(func(_ context.Context, r *rest.Request) (rest.Reply, error) {
		var err error
		*got, err = r.IDPage()
		return rest.Reply{Status: http.StatusOK, Link: r.NextLink(next)}, err
	})
}

// bookingPages is the same for a list of bookings.
func bookingPages(got *store.BookingPage, next spacefinder.Booking) *fixture {
	return newFixture(func(_ context.Context, r *rest.Request) (rest.Reply, error) {
		var err error
		*got, err = r.BookingPage()
		return rest.Reply{Status: http.StatusOK, Link: r.NextLink(rest.BookingPlace(next))}, err
	})
}

func cursor(place string) string { return base64.RawURLEncoding.EncodeToString([]byte(place)) }

func TestLimit(t *testing.T) {
	tests := []struct {
		name, query string
		want        int // 0: refused
	}{
		{"not given", "", 100},
		{"one", "limit=1", 1},
		{"zeros before it", "limit=007", 7},
		{"the most", "limit=1000", 1000},
		{"more than the most", "limit=1001", 1000},
		{"more than 32 bits", "limit=4294967296", 1000},
		{"more than 64 bits", "limit=99999999999999999999999", 1000},
		{"none", "limit=0", 0},
		{"less than none", "limit=-1", 0},
		{"a sign", "limit=%2B5", 0},
		{"empty", "limit=", 0},
		{"a fraction", "limit=1.5", 0},
		{"a word", "limit=all", 0},
		{"a hexadecimal number", "limit=0x10", 0},
		{"an underscore", "limit=1_0", 0},
		{"a space", "limit=+5", 0},
		{"digits of another script", "limit=%D9%A1", 0},
		{"twice", "limit=1&limit=1", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var ids store.Page
			var bookings store.BookingPage
			ofIDs := idPages(&ids, "x").get("/things/1?" + tt.query)
			ofBookings := bookingPages(&bookings, spacefinder.Booking{}).get("/things/1?" + tt.query)
			if tt.want == 0 {
				checkRefused(t, ofIDs, spacefinder.CodeInvalid, "limit")
				checkRefused(t, ofBookings, spacefinder.CodeInvalid, "limit")
				return
			}
			checkStatus(t, ofIDs, http.StatusOK)
			checkStatus(t, ofBookings, http.StatusOK)
			if ids.Limit != tt.want || bookings.Limit != tt.want {
				t.Errorf("limits %d and %d, want %d", ids.Limit, bookings.Limit, tt.want)
			}
		})
	}
}

func TestCursor(t *testing.T) {
	tests := []struct {
		name, query   string
		ids, bookings bool // whether lists of ids, and of bookings, accept it
	}{
		{"not given", "", true, true},
		{"an id", "cursor=" + cursor("isar"), true, false},
		{"a booking", "cursor=" + cursor("1795428000/b1"), false, true},
		{"a booking at the last moment", "cursor=" + cursor("253402300799/b1"), false, true},
		{"a booking after the last moment", "cursor=" + cursor("253402300800/b1"), false, false},
		{"a booking before the first moment", "cursor=" + cursor("-1/b1"), false, false},
		{"a booking beyond 64 bits", "cursor=" + cursor("99999999999999999999/b1"), false, false},
		{"a booking without an id", "cursor=" + cursor("1795428000/"), false, false},
		{"a booking with an id that is none", "cursor=" + cursor("1795428000/a/b"), false, false},
		{"a booking without a start", "cursor=" + cursor("/b1"), false, false},
		{"empty", "cursor=", false, false},
		{"no base64", "cursor=!!!", false, false},
		{"base64 with padding", "cursor=aXNhcg==", false, false},
		{"bytes that are no id", "cursor=" + cursor("\x00\xff"), false, false},
		{"longer than any", "cursor=" + cursor(strings.Repeat("x", 400)), false, false},
		{"twice", "cursor=" + cursor("isar") + "&cursor=" + cursor("isar"), false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			check := func(list string, f *fixture, ok bool) {
				t.Helper()
				w := f.get("/things/1?" + tt.query)
				if !ok {
					checkRefused(t, w, spacefinder.CodeInvalid, "cursor")
				} else if w.Code != http.StatusOK {
					t.Errorf("a list of %s answers %d: %s", list, w.Code, w.Body)
				}
			}
			check("ids", idPages(new(store.Page), "x"), tt.ids)
			check("bookings", bookingPages(new(store.BookingPage), spacefinder.Booking{}), tt.bookings)
		})
	}
}

func TestInterval(t *testing.T) {
	const maxTime = spacefinder.MaxTime
	const start, end = 1795428000, 1795431600 // 2026-11-23T10:00:00Z and an hour later
	type interval = spacefinder.Interval
	tests := []struct {
		name, query string
		want        interval
		field       string // of what is refused
	}{
		{"all time", "", interval{Start: 0, End: maxTime + 1}, ""},
		{"seconds", "from=1795428000&to=1795431600", interval{Start: start, End: end}, ""},
		{"RFC 3339", "from=2026-11-23T10:00:00Z&to=2026-11-23T11:00:00Z", interval{Start: start, End: end}, ""},
		{"an offset", "from=2026-11-23T11:00:00%2B01:00", interval{Start: start, End: maxTime + 1}, ""},
		{"an offset whose plus sign is not escaped", "from=2026-11-23T11:00:00+01:00", interval{Start: start, End: maxTime + 1}, ""},
		{"a negative offset", "to=2026-11-23T06:00:00-05:00", interval{Start: 0, End: end}, ""},
		{"no fraction, spelled out", "from=2026-11-23T10:00:00.000Z&to=2026-11-23T11:00:00.000Z", interval{Start: start, End: end}, ""},
		{"a moment between two seconds", "from=2026-11-23T10:00:00.2Z&to=2026-11-23T10:00:00.7Z", interval{Start: start, End: start + 1}, ""},
		{"the first and the last moment", "from=0&to=253402300799", interval{Start: 0, End: maxTime}, ""},
		{"from the last moment on", "from=253402300799", interval{Start: maxTime, End: maxTime + 1}, ""},

		{"from before the first moment", "from=-1", interval{}, "from"},
		{"from after the last moment", "from=253402300800", interval{}, "from"},
		{"to after the last moment", "to=253402300800", interval{}, "to"},
		{"to the moment before the first", "to=1969-12-31T23:59:59Z", interval{}, "to"},
		{"seconds beyond 64 bits", "from=99999999999999999999", interval{}, "from"},
		{"seconds with a fraction", "from=1795428000.5", interval{}, "from"},
		{"seconds with an exponent", "from=1e9", interval{}, "from"},
		{"empty from", "from=", interval{}, "from"},
		{"empty to", "to=", interval{}, "to"},
		{"a day", "from=2026-11-23", interval{}, "from"},
		{"no offset", "from=2026-11-23T10:00:00", interval{}, "from"},
		{"a day that does not exist", "from=2026-02-30T10:00:00Z", interval{}, "from"},
		{"a second that does not exist", "from=2026-11-23T10:00:61Z", interval{}, "from"},
		{"a word", "from=now", interval{}, "from"},
		{"from twice", "from=1&from=1", interval{}, "from"},
		{"to twice", "to=1&to=2", interval{}, "to"},
		{"no time at all", "from=1795428000&to=1795428000", interval{}, "to"},
		{"backwards", "from=1795431600&to=1795428000", interval{}, "to"},
		{"to the first moment", "to=0", interval{}, "to"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got store.BookingPage
			w := bookingPages(&got, spacefinder.Booking{}).get("/things/1?" + tt.query)
			if tt.field != "" {
				checkRefused(t, w, spacefinder.CodeInvalid, tt.field)
				return
			}
			checkStatus(t, w, http.StatusOK)
			if got.Interval != tt.want {
				t.Errorf("interval %v, want %v", got.Interval, tt.want)
			}
		})
	}
}

// follow returns the request's address with the Link of the answer applied, as
// a client resolves it.
func follow(t *testing.T, target, link string) string {
	t.Helper()
	address, found := strings.CutPrefix(link, "<")
	address, rel, closed := strings.Cut(address, ">")
	if !found || !closed || rel != `; rel="next"` {
		t.Fatalf("not a link to the next page: %q", link)
	}
	base, err := url.Parse("https://example.com/prod" + target)
	if err != nil {
		t.Fatal(err)
	}
	next, err := base.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if next.Path != base.Path || next.Host != base.Host {
		t.Errorf("the link leads from %s to %s", base, next)
	}
	return strings.TrimPrefix(next.RequestURI(), "/prod")
}

func TestNextLinkLeadsToTheNextPage(t *testing.T) {
	t.Run("of ids", func(t *testing.T) {
		for _, id := range []string{"isar", "auth0|5f7c", "a=b+c~d@e:f.g_h-i", strings.Repeat("x", 128)} {
			var got store.Page
			f := idPages(&got, id)
			const target = "/things/1?limit=7&cursor=aXNhcg"
			checkStatus(t, f.get(follow(t, target, f.get(target).Header().Get("Link"))), http.StatusOK)
			if want := (store.Page{After: id, Limit: 7}); got != want {
				t.Errorf("the next page is %+v, want %+v", got, want)
			}
		}
	})
	t.Run("of bookings", func(t *testing.T) {
		for _, start := range []int64{0, 1795428000, spacefinder.MaxTime} {
			var got store.BookingPage
			b := spacefinder.Booking{BookingID: strings.Repeat("b", 128), Interval: spacefinder.Interval{Start: start}}
			f := bookingPages(&got, b)
			const target = "/things/1?to=2026-11-23T11:00:00%2B01:00&from=5"
			checkStatus(t, f.get(follow(t, target, f.get(target).Header().Get("Link"))), http.StatusOK)
			want := store.BookingPage{
				Interval: spacefinder.Interval{Start: 5, End: 1795428000},
				After:    store.BookingKey{Start: start, BookingID: b.BookingID},
				Limit:    100,
			}
			if got != want {
				t.Errorf("the next page is %+v, want %+v", got, want)
			}
		}
	})
	t.Run("without letting the query out of the link", func(t *testing.T) {
		const target = `/things/1?x=%3E%3B%20rel%3D%22prev%22%0D%0AX-Evil%3A%201`
		next := follow(t, target, idPages(new(store.Page), "isar").get(target).Header().Get("Link"))
		if !strings.Contains(next, "x=%3E%3B+rel") {
			t.Errorf("the link leads to %s", next)
		}
	})
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{
		"", "limit=1", "limit=99999999999999999999", "cursor=" + cursor("isar"), "cursor=" + cursor("1795428000/b1"),
		"from=2026-11-23T10:00:00.5Z&to=2026-11-23T11:00:00+01:00", "from=-1", "to=9999-12-31T23:59:59.9Z", "%", "a;b", "limit=1&limit=2",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		var ids store.Page
		var bookings store.BookingPage
		for _, list := range []*fixture{idPages(&ids, "x"), bookingPages(&bookings, spacefinder.Booking{})} {
			w := list.get("/things/1", func(r *http.Request) { r.URL.RawQuery = query })
			if w.Code != http.StatusOK && w.Code != http.StatusBadRequest {
				t.Errorf("%q is answered %d", query, w.Code)
			}
			if w.Code != http.StatusOK {
				readProblem(t, w)
				return
			}
		}
		i := bookings.Interval
		if i.Start < spacefinder.MinTime || i.End > spacefinder.MaxTime+1 || i.Start >= i.End {
			t.Errorf("%q gives the interval %v", query, i)
		}
		for _, limit := range []int{ids.Limit, bookings.Limit} {
			if limit < 1 || limit > store.MaxPageSize {
				t.Errorf("%q gives the limit %d", query, limit)
			}
		}
	})
}
