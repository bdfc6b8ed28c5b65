package dynamodb_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/spacefinder/spacefinder/internal/dynamotest"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
	"github.com/spacefinder/spacefinder/internal/store/storetest"
)

// tablesFor creates tables for one test alone, and audits them when it ends.
func tablesFor(t testing.TB) dynamodb.Tables {
	t.Helper()
	names := dynamotest.Tables(t, dynamotest.Client(t), "LocationsTable", "ResourcesTable", "BookingsTable")
	tables := dynamodb.Tables{Locations: names[0], Resources: names[1], Bookings: names[2]}
	t.Cleanup(func() { audit(t, tables) })
	return tables
}

// clients runs a test over each of the clients.
func clients(t *testing.T, test func(t *testing.T, kind string)) {
	t.Helper()
	for _, kind := range []string{dynamodb.ClientWire, dynamodb.ClientSDK} {
		t.Run(kind, func(t *testing.T) { test(t, kind) })
	}
}

// clientOf returns a client as the program makes it.
func clientOf(t testing.TB, endpoint string, options dynamodb.ClientOptions) table.Client {
	t.Helper()
	local := dynamotest.Options(endpoint)
	options.Endpoint = endpoint
	client, err := dynamodb.NewClient(t.Context(), aws.Config{Region: local.Region, Credentials: local.Credentials}, options)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// storeOf returns a store over the server to test against.
func storeOf(t testing.TB, kind string, tables dynamodb.Tables) *dynamodb.Store {
	t.Helper()
	return dynamodb.New(clientOf(t, dynamotest.Endpoint(t), dynamodb.ClientOptions{Kind: kind}), tables, dynamodb.Options{})
}

// open returns the three contracts over new tables. To reopen them is to come
// from another process.
func open(kind string) func(t testing.TB) storetest.Stores {
	return func(t testing.TB) storetest.Stores {
		t.Helper()
		return over(t, kind, tablesFor(t))
	}
}

func over(t testing.TB, kind string, tables dynamodb.Tables) storetest.Stores {
	t.Helper()
	s := storeOf(t, kind, tables)
	return storetest.Stores{
		Locations: s.Locations(), Resources: s.Resources(), Bookings: s.Bookings(),
		Reopen: func() storetest.Stores { return over(t, kind, tables) },
		Scale:  storetest.Scale{Workers: 12, Rounds: 10, Page: 15},
	}
}

func TestConformance(t *testing.T) {
	clients(t, func(t *testing.T, kind string) {
		t.Helper()
		storetest.Run(t, open(kind))
	})
}
