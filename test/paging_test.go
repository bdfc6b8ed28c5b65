package test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/spacefinder/spacefinder/test/internal/client"
)

// Locations of other tests are in the list too; ours are there once, and all
// in order.
func TestListOfLocationsIsReadToItsEnd(t *testing.T) {
	admin := shared.as(shared.admin)
	var ours []string
	for range 13 {
		ours = append(ours, newLocation(t, admin))
	}
	slices.Sort(ours)
	var all, found []string
	for path := "/locations?limit=5"; path != ""; {
		page := client.Decode[client.LocationPage](t, admin.Get(t, path).Expect(t, http.StatusOK))
		if len(page.Items) > 5 || len(page.Items) == 0 {
			t.Fatalf("a page has %d items", len(page.Items))
		}
		for _, l := range page.Items {
			all = append(all, l.LocationID)
			if slices.Contains(ours, l.LocationID) {
				found = append(found, l.LocationID)
			}
		}
		if path = ""; page.LastLocationID != "" {
			if last := page.Items[len(page.Items)-1].LocationID; page.LastLocationID != last {
				t.Fatalf("lastLocationID is %s, the last item %s", page.LastLocationID, last)
			}
			path = "/locations?limit=5&lastLocationID=" + url.QueryEscape(page.LastLocationID)
		}
	}
	if !slices.IsSorted(all) || !slices.Equal(found, ours) {
		t.Errorf("want each of %v once in an ordered list, got %v in %v", ours, found, all)
	}
}

// The last page is the last: no page is empty, also when the pages are full.
func TestListOfResourcesIsReadToItsEnd(t *testing.T) {
	admin := shared.as(shared.admin)
	location := newLocation(t, admin)
	path := locationPath(location) + "/resources"
	if items, pages := client.All[client.Resource](t, admin, path); len(items) != 0 || pages != 1 {
		t.Errorf("the empty list has %d items on %d pages", len(items), pages)
	}
	var ours []string
	for range 12 {
		ours = append(ours, roomIn(t, admin, location).resource)
	}
	slices.Sort(ours)
	for limit, wantPages := range map[int]int{1: 12, 4: 3, 5: 3, 12: 1, 13: 1, 1000: 1, 5000: 1} {
		items, pages := client.All[client.Resource](t, admin, fmt.Sprintf("%s?limit=%d", path, limit))
		var ids []string
		for _, r := range items {
			ids = append(ids, r.ResourceID)
		}
		if !slices.Equal(ids, ours) || pages != wantPages {
			t.Errorf("limit %d: want %d pages, got %d with %v", limit, wantPages, pages, ids)
		}
	}
}

// Lists of bookings: every page, both lists, every edge of an interval.
func TestListsOfBookings(t *testing.T) {
	admin, user := shared.as(shared.admin), shared.newUser(t, "lister")
	r := newRoom(t, admin)
	for n := range int64(9) { // written out of order
		book(t, shared.as(user), user.ID, newID("booking"), r.slot(n*4%9))
	}
	from := func(n, m int64) string { return fmt.Sprintf("from=%d&to=%d", epoch+n, epoch+m) }
	for name, c := range map[string]struct {
		query       string
		first, last int64 // hours
		pages       int
	}{
		"everything":                        {"", 0, 8, 1},
		"full pages":                        {"limit=3", 0, 8, 3},
		"pages of two":                      {"limit=2", 0, 8, 5},
		"from the end of the first":         {fmt.Sprintf("from=%d", epoch+hour), 1, 8, 1},
		"from a second before its end":      {fmt.Sprintf("from=%d", epoch+hour-1), 0, 8, 1},
		"to the start of the last":          {fmt.Sprintf("to=%d", epoch+8*hour), 0, 7, 1},
		"to a second after its start":       {fmt.Sprintf("to=%d", epoch+8*hour+1), 0, 8, 1},
		"inside one":                        {from(hour+10, hour+20), 1, 1, 1},
		"pages of an interval":              {from(2*hour, 7*hour) + "&limit=2", 2, 6, 3},
		"RFC 3339":                          {"from=2030-01-07T11:00:00Z&to=2030-01-07T12:00:00Z", 2, 2, 1},
		"RFC 3339 with an unescaped offset": {"from=2030-01-07T12:00:00+01:00&to=2030-01-07T13:00:00%2B01:00", 2, 2, 1},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/users/" + user.ID + "/bookings", r.bookings()} {
				items, pages := client.All[client.Booking](t, shared.as(user), path+"?"+c.query)
				if pages != c.pages || int64(len(items)) != c.last-c.first+1 {
					t.Fatalf("%s?%s: want %d pages of hours %d to %d, got %d pages of %d bookings",
						path, c.query, c.pages, c.first, c.last, pages, len(items))
				}
				for i, b := range items {
					if b.StartTimeEpochTime != epoch+(c.first+int64(i))*hour {
						t.Errorf("%s?%s: item %d starts at %s", path, c.query, i, b.Start)
					}
				}
			}
		})
	}
	if items, _ := client.All[client.Booking](t, admin, "/users/"+user.ID+"/bookings?"+from(-hour, 0)); len(items) != 0 {
		t.Errorf("before the first booking there are %v", items)
	}
}

func TestQueryParametersAreChecked(t *testing.T) {
	alice := shared.as(shared.alice)
	r := newRoom(t, shared.as(shared.admin))
	resources, bookings := locationPath(r.location)+"/resources", r.bookings()
	for _, path := range []string{
		"/locations?limit=0", "/locations?limit=-1", "/locations?limit=ten", "/locations?limit=1.5", "/locations?limit=",
		"/locations?limit=1&limit=2", "/locations?lastLocationID=a/b", "/locations?lastLocationID=",
		resources + "?cursor=%00", resources + "?cursor=!!", resources + "?cursor=",
		bookings + "?from=yesterday", bookings + "?from=-1", bookings + "?to=99999999999999999999",
		bookings + "?from=20&to=10", bookings + "?from=10&to=10", bookings + "?cursor=YWJj",
		"/users/" + shared.alice.ID + "/bookings?from=2030-02-30T00:00:00Z",
		bookings + "?from=1;to=2", bookings + "?from=%zz",
	} {
		t.Run(path, func(t *testing.T) {
			expectProblem(t, alice.Get(t, path), http.StatusBadRequest, "invalid_request")
		})
	}
	for _, path := range []string{"/locations?limit=99999999999999999999", "/locations?unknown=1", bookings + "?from=0&to=253402300799"} {
		alice.Get(t, path).Expect(t, http.StatusOK)
	}
}
