package route

import "testing"

// finding returns the routing of a request to the deepest of some resources.
func finding(t testing.TB) func() {
	t.Helper()
	var table Table[int]
	for i, template := range []string{
		"/locations", "/locations/{locationID}", "/locations/{locationID}/resources",
		"/locations/{locationID}/resources/{resourceID}", "/locations/{locationID}/resources/{resourceID}/bookings",
		"/users/{userID}/bookings", "/users/{userID}/bookings/{bookingID}",
	} {
		if err := table.Add("GET", template, i); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		path, ok := ParsePath("/locations/munich/resources/isar/bookings")
		if _, _, found := table.Find("GET", path); !ok || !found {
			t.Fatal("not found")
		}
	}
}

func BenchmarkFind(b *testing.B) {
	find := finding(b)
	b.ReportAllocs()
	for b.Loop() {
		find()
	}
}
