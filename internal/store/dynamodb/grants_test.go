package dynamodb_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/dynamotest"
	"github.com/spacefinder/spacefinder/internal/store"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb"
)

// A use is one thing done to one item.
type use struct {
	table, action string
	leadingKey    string
	attributes    []string // of an update: those that its expressions name
}

// A recorder keeps what a client does to which items.
type recorder struct {
	mu   sync.Mutex
	uses []use
}

// RoundTrip implements http.RoundTripper.
func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	c, err := callOf(request)
	if err != nil {
		return nil, err
	}
	r.record(c)
	return send(http.DefaultTransport, request, c.operation, c.body)
}

func (r *recorder) record(c call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch c.operation {
	case "GetItem":
		r.add(c.TableName, "GetItem", c.Key)
	case "Query":
		r.add(c.TableName, "Query", attributes{"pk": c.ExpressionAttributeValues[":pk"]})
	case "BatchGetItem":
		for name, request := range c.RequestItems {
			for _, key := range request.Keys {
				r.add(name, "BatchGetItem", key)
			}
		}
	case "TransactGetItems", "TransactWriteItems":
		for _, each := range c.TransactItems {
			for kind, a := range each {
				r.add(a.TableName, kind+"Item", a.key())
				if kind == "Update" {
					r.uses[len(r.uses)-1].attributes = namesIn(a)
				}
			}
		}
	default:
		r.uses = append(r.uses, use{action: c.operation})
	}
}

// namesIn returns the attributes that the expressions of an update name.
func namesIn(a action) (names []string) {
	expressions := a.UpdateExpression + " " + a.ConditionExpression
	expressions = strings.ReplaceAll(strings.ReplaceAll(expressions, "attribute_exists", ""), "attribute_not_exists", "")
	for _, word := range regexp.MustCompile(`(^|[ (])([a-z][A-Za-z]*)`).FindAllStringSubmatch(expressions, -1) {
		names = append(names, word[2])
	}
	for _, name := range a.ExpressionAttributeNames {
		names = append(names, name)
	}
	return names
}

func (r *recorder) add(tableName, action string, key attributes) {
	r.uses = append(r.uses, use{table: tableName, action: "dynamodb:" + action, leadingKey: key.text("pk")})
}

// Every kind of call that a service makes is granted to it, and nothing is granted
// that it does not do.
func TestGrantsAreWhatIsUsed(t *testing.T) { clients(t, testGrants) }

func testGrants(t *testing.T, kind string) {
	t.Helper()
	tables := tablesFor(t)
	ids := map[string]string{tables.Locations: "LocationsTable", tables.Resources: "ResourcesTable", tables.Bookings: "BookingsTable"}
	used := make(map[string]bool) // which action of which grant
	grants := dynamodb.Grants()
	for service, uses := range recordAll(t, kind, tables) {
		for _, u := range uses {
			granted := false
			for n, g := range grants {
				if g.Service == service && g.Table == ids[u.table] && slices.Contains(g.Actions, u.action) && limitsAllow(g, u) {
					granted, used[fmt.Sprint(n, u.action)] = true, true
				}
			}
			if !granted {
				t.Errorf("%s is not granted %+v", service, u)
			}
		}
	}
	for n, g := range grants {
		for _, action := range g.Actions {
			if !used[fmt.Sprint(n, action)] {
				t.Errorf("%s is granted %s on %s, which it does not use", g.Service, action, g.Table)
			}
		}
	}
}

func limitsAllow(g dynamodb.Grant, u use) bool {
	if !strings.HasPrefix(u.leadingKey, strings.TrimSuffix(g.LeadingKeys, "*")) {
		return false
	}
	return g.Attributes == nil || !slices.ContainsFunc(u.attributes, func(name string) bool { return !slices.Contains(g.Attributes, name) })
}

// recordAll has each service do all that it can, and returns what it did.
func recordAll(t *testing.T, kind string, tables dynamodb.Tables) map[string][]use {
	t.Helper()
	recorders := map[string]*recorder{"locations": {}, "resources": {}, "bookings": {}}
	over := func(service string) *dynamodb.Store {
		client := clientOf(t, dynamotest.Endpoint(t), dynamodb.ClientOptions{Kind: kind, Transport: recorders[service]})
		return dynamodb.New(client, tables, dynamodb.Options{})
	}
	locations, resources, bookings := over("locations").Locations(), over("resources").Resources(), over("bookings").Bookings()
	ctx, location, resource := t.Context(), typicalLocation("location-000"), typicalResource("resource-000")
	one := typicalBooking("b1", 0, 3600)
	later := one
	later.Interval = spacefinder.Interval{Start: 90000, End: 93600}
	page, all := store.Page{Limit: 1}, store.BookingPage{Interval: store.AllTime(), Limit: 1}
	steps := []func() error{
		func() error { return locations.Ready(ctx) },
		func() error { return resources.Ready(ctx) },
		func() error { return bookings.Ready(ctx) },
		func() error { _, _, err := locations.Put(ctx, location, always); return err },
		func() error { location.Name = "Other"; _, _, err := locations.Put(ctx, location, always); return err },
		func() error { _, err := locations.Get(ctx, location.LocationID); return err },
		func() error { _, _, err := locations.List(ctx, page); return err },
		func() error { _, _, err := resources.Put(ctx, resource, always); return err },
		func() error { resource.Name = "Other"; _, _, err := resources.Put(ctx, resource, always); return err },
		func() error {
			_, _, err := resources.Put(ctx, spacefinder.Resource{ResourceID: "r", LocationID: "missing"}, always)
			return err
		},
		func() error { _, err := resources.Get(ctx, resource.LocationID, resource.ResourceID); return err },
		func() error { _, _, err := resources.List(ctx, resource.LocationID, page); return err },
		func() error { _, _, err := bookings.Put(ctx, one, always); return err },
		func() error { _, _, err := bookings.Put(ctx, typicalBooking("b2", 0, 60), always); return err },
		func() error { _, _, err := bookings.Put(ctx, later, always); return err },
		func() error { return resources.Delete(ctx, resource.LocationID, resource.ResourceID, always) },
		func() error { _, err := bookings.Get(ctx, one.UserID, one.BookingID); return err },
		func() error { _, _, err := bookings.ListByUser(ctx, one.UserID, all); return err },
		func() error {
			_, _, err := bookings.ListByResource(ctx, "location-000", one.ResourceID, all)
			return err
		},
		func() error { return bookings.Delete(ctx, one.UserID, one.BookingID, always) },
		func() error { return resources.Delete(ctx, resource.LocationID, resource.ResourceID, always) },
		func() error { return locations.Delete(ctx, location.LocationID, always) },
	}
	for n, step := range steps {
		switch err := step(); spacefinder.CodeOf(err) {
		case "", spacefinder.CodeConflict, spacefinder.CodeNotEmpty, spacefinder.CodeNotFound: // a refusal is a step too
		default:
			t.Fatalf("step %d: %v", n, err)
		}
	}
	uses := make(map[string][]use)
	for service, r := range recorders {
		uses[service] = r.uses
	}
	return uses
}
