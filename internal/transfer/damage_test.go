package transfer_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
	"github.com/spacefinder/spacefinder/internal/transfer"
)

func sum(text string) string {
	digest := sha256.Sum256([]byte(text))
	return hex.EncodeToString(digest[:])
}

// seal ends lines with the trailer that fits them, as whoever edits a file on
// purpose could.
func seal(lines ...string) string {
	text := strings.Join(lines, "\n") + "\n"
	count := func(kind string) int { return strings.Count(text, `{"`+kind+`":`) }
	return text + fmt.Sprintf(`{"end":{"locations":%d,"resources":%d,"bookings":%d,"sha256":"%s"}}`+"\n",
		count("location"), count("resource"), count("booking"), sum(text))
}

const head = `{"export":{"version":1,"exportedAt":"2026-11-22T18:00:00Z"}}`

func locationLine(id string) string {
	return `{"location":{"locationID":"` + id + `","name":"n","timeZone":"UTC","timestamp":"2026-01-02T03:04:05Z","revision":"1"}}`
}

func resourceLine(locationID, id string) string {
	return `{"resource":{"resourceID":"` + id + `","locationID":"` + locationID +
		`","name":"n","timestamp":"2026-01-02T03:04:05Z","revision":"1"}}`
}

func bookingLine(locationID, resourceID, id string, start, end int64) string {
	return fmt.Sprintf(`{"booking":{"bookingID":"%s","userID":"ada","resourceID":"%s","locationID":"%s","starttimeepochtime":%d,`+
		`"endtimeepochtime":%d,"timestamp":"2026-01-02T03:04:05Z","revision":"1"}}`, id, resourceID, locationID, start, end)
}

// A file that is not as it was written is refused with the place, before the
// first of its items is stored.
func TestADamagedFileChangesNothing(t *testing.T) {
	t.Parallel()
	a, r := locationLine("a"), resourceLine("a", "r")
	good := seal(head, a, r, bookingLine("a", "r", "b", 0, 3600))
	tests := map[string]struct{ file, want string }{
		"empty":                  {"", "does not begin as an export does"},
		"something else":         {"PK\x03\x04\n", "does not begin as an export does"},
		"no header":              {seal(a), "does not begin as an export does"},
		"of a newer version":     {seal(strings.Replace(head, "1", "2", 1)), "has format 2, this version of spacefinder reads 1"},
		"a second header":        {seal(head, head), "line 2: a second header"},
		"no trailer":             {head + "\n" + a + "\n", "ends without its last line"},
		"cut in a line":          {good[:len(good)-1], "ends without its last line"},
		"something after it":     {good + "\n", "something follows the last line"},
		"one character changed":  {strings.Replace(good, "ada", "eve", 1), "its checksum is wrong"},
		"a line taken out":       {strings.Replace(good, bookingLine("a", "r", "b", 0, 3600)+"\n", "", 1), "its last line says"},
		"counts changed":         {strings.Replace(good, `"bookings":1`, `"bookings":2`, 1), "says 1 locations, 1 resources, 2 bookings"},
		"an empty line":          {seal(head, "", a), "line 2"},
		"not JSON":               {seal(head, "{"), "line 2"},
		"a member twice":         {seal(head, `{"location":{"name":"n","name":"m"}}`), "line 2"},
		"an unknown member":      {seal(head, strings.Replace(a, `"name"`, `"colour":"red","name"`, 1)), "line 2"},
		"an unknown kind":        {seal(head, `{"user":{}}`), "line 2"},
		"two items in a line":    {seal(head, `{"location":{},"resource":{}}`), "line 2: is not one of"},
		"no item in a line":      {seal(head, `{}`), "line 2: is not one of"},
		"a line without end":     {head + "\n" + strings.Repeat("x", 1<<20), "line 2 is longer than any item"},
		"a location twice":       {seal(head, a, a), "line 3: location a: stands in the file twice"},
		"locations out of order": {seal(head, locationLine("b"), a), "line 3: location a: is out of order"},
		"a resource first":       {seal(head, r, a), "line 2: resource r: does not stand below its parent"},
		"a resource elsewhere":   {seal(head, a, resourceLine("b", "r")), "line 3: resource r: does not stand below its parent"},
		"a resource twice":       {seal(head, a, r, r), "line 4: resource r: stands in the file twice"},
		"a booking of no resource": {
			seal(head, a, bookingLine("a", "r", "b", 0, 3600)), "line 3: booking b: does not stand below its parent"},
		"a booking of another resource": {
			seal(head, a, r, bookingLine("a", "s", "b", 0, 3600)), "line 4: booking b: does not stand below its parent"},
		"bookings overlap": {
			seal(head, a, r, bookingLine("a", "r", "b", 0, 3600), bookingLine("a", "r", "c", 3599, 7200)),
			"line 5: booking c: overlaps the booking before it"},
		"bookings out of order": {
			seal(head, a, r, bookingLine("a", "r", "b", 3600, 7200), bookingLine("a", "r", "c", 0, 3600)),
			"line 5: booking c: is out of order"},
		"a booking twice": {
			seal(head, a, r, bookingLine("a", "r", "b", 0, 3600), bookingLine("a", "r", "b", 0, 3600)),
			"line 5: booking b: stands in the file twice"},
		"a booking too long": {seal(head, a, r, bookingLine("a", "r", "b", 0, 32*86400)), "breaks the contract: endtimeepochtime"},
		"a booking nowhere":  {seal(head, a, r, bookingLine("", "r", "b", 0, 3600)), "line 4: booking b: breaks the contract: locationID"},
		"no name":            {seal(head, strings.Replace(a, `"n"`, `""`, 1)), "line 2: location a: breaks the contract: name"},
		"no revision":        {seal(head, strings.Replace(a, `"1"`, `""`, 1)), "breaks the contract: revision"},
		"no timestamp":       {seal(head, strings.Replace(a, "2026-01-02", "yesterday", 1)), "breaks the contract: timestamp"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := model()
			_, err := into(to, write(t, test.file)).Run(t.Context())
			fails(t, err, test.want)
			if l, _, _ := to.Locations.List(t.Context(), store.Page{Limit: 1}); len(l) > 0 {
				t.Error("something was stored all the same")
			}
		})
	}
	_, err := into(model(), write(t, good)).Run(t.Context())
	must(t, err)
}

func TestAFileCutAnywhereIsRefused(t *testing.T) {
	t.Parallel()
	whole := seal(head, locationLine("a"), resourceLine("a", "r"), bookingLine("a", "r", "b", 0, 3600))
	file := write(t, "")
	for n := range len(whole) {
		rewrite(t, file, whole[:n])
		if _, err := into(model(), file).Run(t.Context()); err == nil {
			t.Fatalf("the first %d of %d bytes were accepted", n, len(whole))
		}
	}
}

// What only the store can see is an error with the line, and stays out.
func TestTheStoreRefusesWhatDoesNotFitIt(t *testing.T) {
	t.Parallel()
	file := seal(head, locationLine("a"), resourceLine("a", "r"), bookingLine("a", "r", "b", 0, 3600))
	tests := map[string]struct {
		there func(t *testing.T, s transfer.Stores)
		file  string
		want  string
	}{
		"another location under the id": {func(t *testing.T, s transfer.Stores) {
			t.Helper()
			put(t, s.Locations.Put, newLocation("a"))
		}, file, "line 2: location a: the store has another one under this id"},
		"the resource elsewhere": {func(t *testing.T, s transfer.Stores) {
			t.Helper()
			put(t, s.Locations.Put, newLocation("z"))
			put(t, s.Resources.Put, newResource("z", "r"))
		}, file, "line 3: resource r: id_in_use"},
		"the booking of another user": {func(t *testing.T, s transfer.Stores) {
			t.Helper()
			put(t, s.Locations.Put, newLocation("z"))
			put(t, s.Resources.Put, newResource("z", "q"))
			put(t, s.Bookings.Put, newBooking("z", "q", "b", "bob", 0))
		}, file, "line 4: booking b: not_found"},
		"the slot taken": {func(t *testing.T, s transfer.Stores) {
			t.Helper()
			_, err := into(s, write(t, seal(head, locationLine("a"), resourceLine("a", "r")))).Run(t.Context())
			must(t, err)
			put(t, s.Bookings.Put, newBooking("a", "r", "other", "bob", 1800))
		}, file, "(by a booking in the store from 1970-01-01T00:30:00Z to 1970-01-01T01:30:00Z)"},
		"a booking's id at two resources": {func(*testing.T, transfer.Stores) {},
			seal(head, locationLine("a"), resourceLine("a", "r"), bookingLine("a", "r", "b", 0, 3600),
				resourceLine("a", "s"), bookingLine("a", "s", "b", 0, 3600)),
			"booking b: the store has another one under this id"},
		"a resource's id at two locations": {func(*testing.T, transfer.Stores) {},
			seal(head, locationLine("a"), resourceLine("a", "r"), locationLine("b"), resourceLine("b", "r")),
			"line 5: resource r: id_in_use"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for kind, to := range map[string]transfer.Stores{"model": model(), "embedded": embedded(t)} {
				test.there(t, to)
				_, err := into(to, write(t, test.file)).Run(t.Context())
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%s: %v, want %q", kind, err, test.want)
				}
			}
		})
	}
}

// failing is a store of bookings whose disk has gone.
type failing struct{ store.Bookings }

func (failing) ListByResource(context.Context, string, string, store.BookingPage) ([]spacefinder.Booking, bool, error) {
	return nil, false, errDisk
}

// repeating lists a booking twice, as a store can that changes meanwhile.
type repeating struct{ store.Bookings }

func (r repeating) ListByResource(ctx context.Context, locationID, resourceID string, page store.BookingPage) (
	[]spacefinder.Booking, bool, error,
) {
	items, more, err := r.Bookings.ListByResource(ctx, locationID, resourceID, page)
	return append(items, items...), more, err
}
