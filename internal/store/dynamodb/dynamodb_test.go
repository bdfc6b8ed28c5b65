package dynamodb_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/spacefinder/spacefinder/internal/dynamotest"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb"
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

// clientOf returns a client as the program makes it.
func clientOf(endpoint string, further ...func(*sdk.Options)) *sdk.Client {
	options := dynamotest.Options(endpoint)
	return dynamodb.NewClient(aws.Config{Region: options.Region, Credentials: options.Credentials}, endpoint, further...)
}

// open returns the three contracts over new tables. To reopen them is to come
// from another process.
func open(t testing.TB) storetest.Stores {
	t.Helper()
	return over(dynamotest.Endpoint(t), tablesFor(t))
}

func over(endpoint string, tables dynamodb.Tables) storetest.Stores {
	s := dynamodb.New(clientOf(endpoint), tables, dynamodb.Options{})
	return storetest.Stores{
		Locations: s.Locations(), Resources: s.Resources(), Bookings: s.Bookings(),
		Reopen: func() storetest.Stores { return over(endpoint, tables) },
		Scale:  storetest.Scale{Workers: 12, Rounds: 10, Page: 15},
	}
}

func TestConformance(t *testing.T) { storetest.Run(t, open) }
