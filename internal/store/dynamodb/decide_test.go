package dynamodb_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/dynamotest"
	"github.com/spacefinder/spacefinder/internal/store"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb"
)

// A batch is not read at one instant: here the booking is not there yet, but the
// day already has it. The refusal that this suggests is not given; the items are
// read again at one instant, and the booking turns out to be there.
func TestRefusalRestsOnOneInstant(t *testing.T) {
	const (
		claim  = `{"pk":{"S":"resource#room"},"sk":{"S":"claim"},"locationID":{"S":"place"},"bookings":{"N":"1"}}`
		day    = `{"pk":{"S":"schedule#room"},"sk":{"S":"1970-01-01"},"taken":{"S":"3600/7200"}}`
		stored = `{"pk":{"S":"booking#b1"},"sk":{"S":"booking"},"bookingID":{"S":"b1"},"userID":{"S":"ann"},"resourceID":{"S":"room"},` +
			`"locationID":{"S":"place"},"starttimeepochtime":{"N":"3600"},"endtimeepochtime":{"N":"7200"},` +
			`"timestamp":{"S":""},"revision":{"S":"v1"}}`
	)
	answers := map[string]string{
		"BatchGetItem":     `{"Responses":{"r":[` + claim + `],"b":[` + day + `]},"UnprocessedKeys":{}}`,
		"TransactGetItems": `{"Responses":[{"Item":` + stored + `},{"Item":` + claim + `},{"Item":` + day + `}]}`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		answer, ok := answers[operation]
		if !ok {
			t.Errorf("%s is called", operation)
			w.WriteHeader(http.StatusBadRequest)
		}
		fmt.Fprint(w, answer)
	}))
	defer server.Close()
	clients(t, func(t *testing.T, kind string) {
		t.Helper()
		client := clientOf(t, server.URL, dynamodb.ClientOptions{Kind: kind})
		s := dynamodb.New(client, dynamodb.Tables{Resources: "r", Bookings: "b"}, dynamodb.Options{})
		got, created, err := s.Bookings().Put(t.Context(), booking(spacefinder.Resource{ResourceID: "room"}, "b1", "v2", 3600, 7200), always)
		if err != nil || created || got.Revision != "v1" {
			t.Errorf("stored %+v, created %v, %v", got, created, err)
		}
	})
}

// Of many that replace the same revision, one does.
func TestOneReplacesARevision(t *testing.T) {
	s := storeOf(t, dynamodb.ClientWire, tablesFor(t))
	location, resource, one := typicalLocation("location-000"), typicalResource("resource-000"), typicalBooking("b", 0, 3600)
	puts := map[string]func(revision int, cond store.Condition) error{
		"location": func(revision int, cond store.Condition) error {
			l := location
			l.Revision, l.Name = fmt.Sprint(revision), fmt.Sprint("Name ", revision)
			_, _, err := s.Locations().Put(t.Context(), l, cond)
			return err
		},
		"resource": func(revision int, cond store.Condition) error {
			r := resource
			r.Revision, r.Name = fmt.Sprint(revision), fmt.Sprint("Name ", revision)
			_, _, err := s.Resources().Put(t.Context(), r, cond)
			return err
		},
		"booking": func(revision int, cond store.Condition) error {
			b := one
			b.Revision, b.End = fmt.Sprint(revision), int64(3600+60*revision)
			_, _, err := s.Bookings().Put(t.Context(), b, cond)
			return err
		},
	}
	for _, name := range []string{"location", "resource", "booking"} { // parents first
		if err := puts[name](0, always); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var wg sync.WaitGroup
		codes := make([]spacefinder.Code, 8)
		for n := range codes {
			wg.Go(func() { codes[n] = spacefinder.CodeOf(puts[name](n+1, store.Condition{Match: []string{"0"}})) })
		}
		wg.Wait()
		slices.Sort(codes)
		if codes[0] != "" || slices.ContainsFunc(codes[1:], func(c spacefinder.Code) bool { return c != spacefinder.CodePreconditionFailed }) {
			t.Errorf("%s: answers %q, want one success", name, codes)
		}
	}
}

// A page costs in proportion to itself, however long the list is.
func TestCostOfAPage(t *testing.T) {
	m := newMeter()
	tables := tablesFor(t)
	fill := storeOf(t, dynamodb.ClientWire, tables)
	metered := dynamodb.New(clientOf(t, dynamotest.Endpoint(t), dynamodb.ClientOptions{Transport: m}), tables, dynamodb.Options{})
	ctx := t.Context()
	r := typicalResource("resource-000")
	put(t, fill, typicalLocation(r.LocationID), r)
	const count, day = 120, 86400
	for n := range int64(count) { // every day at the same time
		if _, _, err := fill.Bookings().Put(ctx, typicalBooking(fmt.Sprintf("b%03d", n), n*day, n*day+3600), always); err != nil {
			t.Fatal(err)
		}
	}
	user := typicalBooking("", 0, 0).UserID
	for name, c := range map[string]struct {
		list  func(store.BookingPage) ([]spacefinder.Booking, bool, error)
		units float64 // of 10 bookings of about 350 bytes, after 100 earlier ones
	}{
		"resource": {func(p store.BookingPage) ([]spacefinder.Booking, bool, error) {
			return metered.Bookings().ListByResource(ctx, r.LocationID, r.ResourceID, p)
		}, 2}, // one for the booking before, one for the page
		"user": {func(p store.BookingPage) ([]spacefinder.Booking, bool, error) {
			return metered.Bookings().ListByUser(ctx, user, p)
		}, 4}, // the bookings of 31 days before, and the page
	} {
		page := store.BookingPage{Interval: spacefinder.Interval{Start: 100*day + 1800, End: 200 * day}, Limit: 10}
		var items []spacefinder.Booking
		var more bool
		var err error
		spent := m.of(func() { items, more, err = c.list(page) })
		if err != nil || !more || len(items) != 10 || items[0].BookingID != "b100" {
			t.Fatalf("%s: %d bookings from %+v, more %v, %v", name, len(items), items[:min(1, len(items))], more, err)
		}
		if spent.read > c.units {
			t.Errorf("%s: a page costs %g units, want at most %g", name, spent.read, c.units)
		}
	}
}

// A list that DynamoDB cuts into pieces of 1 MB comes whole.
func TestListOfManyPieces(t *testing.T) {
	s := storeOf(t, dynamodb.ClientWire, tablesFor(t))
	const count = 130 // of about 10 kB
	for n := range count {
		l := typicalLocation(fmt.Sprintf("location-%03d", n))
		l.Description = strings.Repeat("\U0001F3DF", spacefinder.MaxDescriptionLength)
		l.ImageURL = "https://example.com/" + strings.Repeat("i", 2000)
		if _, _, err := s.Locations().Put(t.Context(), l, always); err != nil {
			t.Fatal(err)
		}
	}
	items, more, err := s.Locations().List(t.Context(), store.Page{Limit: count})
	if err != nil || more || len(items) != count || items[count-1].LocationID != "location-129" {
		t.Errorf("%d locations, more %v, %v", len(items), more, err)
	}
}

// A booking that no item can hold is refused before anything is asked.
func TestBookingOfNoTime(t *testing.T) {
	s := dynamodb.New(clientOf(t, "http://127.0.0.1:1", dynamodb.ClientOptions{}), dynamodb.Tables{}, dynamodb.Options{})
	for _, length := range []int64{0, -60, 31*86400 + 1} {
		_, _, err := s.Bookings().Put(t.Context(), typicalBooking("b", 86400, 86400+length), always)
		if spacefinder.CodeOf(err) != spacefinder.CodeInternal {
			t.Errorf("%d s: %v", length, err)
		}
	}
}

func put(t *testing.T, s *dynamodb.Store, l spacefinder.Location, r spacefinder.Resource) {
	t.Helper()
	if _, _, err := s.Locations().Put(t.Context(), l, always); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Resources().Put(t.Context(), r, always); err != nil {
		t.Fatal(err)
	}
}

// The audit that ends each test sees what is broken.
func TestAuditSees(t *testing.T) {
	item := func(pk, sk string, more ...string) map[string]types.AttributeValue {
		it := map[string]types.AttributeValue{"pk": str(pk), "sk": str(sk)}
		for n := 0; n < len(more); n += 2 {
			it[more[n]] = str(more[n+1])
		}
		return it
	}
	client := dynamotest.Client(t)
	for name, damage := range map[string]map[string]types.AttributeValue{
		"a copy left behind":     item("user#ann", "000000003600#b9", "bookingID", "b9"),
		"a day that is wrong":    item("schedule#resource-000", "1970-01-01", "taken", "0/3601"),
		"a day of nobody":        item("schedule#resource-000", "1970-01-02", "taken", "0/3600"),
		"a copy that is not one": item("resource#resource-000#location-000", "000000000000#b", "bookingID", "b"),
	} {
		t.Run(name, func(t *testing.T) {
			names := dynamotest.Tables(t, client, "LocationsTable", "ResourcesTable", "BookingsTable")
			tables := dynamodb.Tables{Locations: names[0], Resources: names[1], Bookings: names[2]}
			s := storeOf(t, dynamodb.ClientWire, tables)
			put(t, s, typicalLocation("location-000"), typicalResource("resource-000"))
			if _, _, err := s.Bookings().Put(t.Context(), typicalBooking("b", 0, int64(time.Hour/time.Second)), always); err != nil {
				t.Fatal(err)
			}
			audit(t, tables)
			if _, err := client.PutItem(t.Context(), &sdk.PutItemInput{TableName: aws.String(tables.Bookings), Item: damage}); err != nil {
				t.Fatal(err)
			}
			if len(problems(t, tables)) == 0 {
				t.Error("not seen")
			}
		})
	}
}
