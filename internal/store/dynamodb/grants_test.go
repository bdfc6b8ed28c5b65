package dynamodb_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"

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

func (r *recorder) options(o *sdk.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("recorder", func(
			ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
		) (middleware.InitializeOutput, middleware.Metadata, error) {
			r.record(in.Parameters)
			return next.HandleInitialize(ctx, in)
		}), middleware.Before)
	})
}

func (r *recorder) record(parameters any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch p := parameters.(type) {
	case *sdk.GetItemInput:
		r.add(p.TableName, "GetItem", p.Key["pk"])
	case *sdk.QueryInput:
		r.add(p.TableName, "Query", p.ExpressionAttributeValues[":pk"])
	case *sdk.BatchGetItemInput:
		for table, request := range p.RequestItems {
			for _, key := range request.Keys {
				r.add(&table, "BatchGetItem", key["pk"])
			}
		}
	case *sdk.TransactGetItemsInput:
		for _, get := range p.TransactItems {
			r.add(get.Get.TableName, "GetItem", get.Get.Key["pk"])
		}
	case *sdk.TransactWriteItemsInput:
		for _, w := range p.TransactItems {
			r.addWrite(w)
		}
	default:
		r.uses = append(r.uses, use{action: fmt.Sprintf("%T", p)})
	}
}

func (r *recorder) addWrite(w types.TransactWriteItem) {
	switch {
	case w.Put != nil:
		r.add(w.Put.TableName, "PutItem", w.Put.Item["pk"])
	case w.Delete != nil:
		r.add(w.Delete.TableName, "DeleteItem", w.Delete.Key["pk"])
	case w.Update != nil:
		expression := aws.ToString(w.Update.UpdateExpression) + " " + aws.ToString(w.Update.ConditionExpression)
		words := regexp.MustCompile(`(^|[ (])([a-z][A-Za-z]*)`).FindAllStringSubmatch(
			strings.ReplaceAll(strings.ReplaceAll(expression, "attribute_exists", ""), "attribute_not_exists", ""), -1)
		r.add(w.Update.TableName, "UpdateItem", w.Update.Key["pk"])
		last := &r.uses[len(r.uses)-1]
		for _, word := range words {
			last.attributes = append(last.attributes, word[2])
		}
		for _, name := range w.Update.ExpressionAttributeNames {
			last.attributes = append(last.attributes, name)
		}
	default:
		r.add(w.ConditionCheck.TableName, "ConditionCheckItem", w.ConditionCheck.Key["pk"])
	}
}

func (r *recorder) add(table *string, action string, pk types.AttributeValue) {
	r.uses = append(r.uses, use{table: aws.ToString(table), action: "dynamodb:" + action, leadingKey: plain(pk)})
}

// Every kind of call that a service makes is granted to it, and nothing is granted
// that it does not do.
func TestGrantsAreWhatIsUsed(t *testing.T) {
	tables := tablesFor(t)
	ids := map[string]string{tables.Locations: "LocationsTable", tables.Resources: "ResourcesTable", tables.Bookings: "BookingsTable"}
	used := make(map[string]bool) // which action of which grant
	grants := dynamodb.Grants()
	for service, uses := range recordAll(t, tables) {
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
func recordAll(t *testing.T, tables dynamodb.Tables) map[string][]use {
	t.Helper()
	recorders := map[string]*recorder{"locations": {}, "resources": {}, "bookings": {}}
	over := func(service string) *dynamodb.Store {
		return dynamodb.New(clientOf(dynamotest.Endpoint(t), recorders[service].options), tables, dynamodb.Options{})
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
