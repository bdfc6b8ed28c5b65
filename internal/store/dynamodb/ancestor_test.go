package dynamodb_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/dynamotest"
)

// An ancestor has the tables of the sample that SpaceFinder descends from, with
// their indexes, and makes the calls that the sample makes.
type ancestor struct {
	t      *testing.T
	client *sdk.Client
	prefix string
}

// ancestorIndexes are the keys of the ancestor's indexes, by table.
var ancestorIndexes = map[string]map[string][]string{
	"locations": nil,
	"resources": {"locationIDGSI": {"locationID"}},
	"bookings": {
		"userIDGSI":                   {"userID"},
		"bookingsByUserByTimeGSI":     {"userID", "starttimeepochtime"},
		"bookingsByResourceByTimeGSI": {"resourceID", "starttimeepochtime"},
	},
}

func newAncestor(t *testing.T, m *meter) ancestor {
	t.Helper()
	options := dynamotest.Options(dynamotest.Endpoint(t))
	options.HTTPClient = &http.Client{Transport: m}
	a := ancestor{t, sdk.New(options), "ancestor-" + rand.Text() + "-"}
	for table, id := range map[string]string{"locations": "locationID", "resources": "resourceID", "bookings": "bookingID"} {
		in := &sdk.CreateTableInput{
			TableName: aws.String(a.prefix + table), BillingMode: types.BillingModePayPerRequest, KeySchema: keySchema(id),
		}
		attributes := map[string]bool{id: true}
		for name, keys := range ancestorIndexes[table] {
			in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
				IndexName: aws.String(name), KeySchema: keySchema(keys...), Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
			})
			for _, k := range keys {
				attributes[k] = true
			}
		}
		for name := range attributes {
			kind := types.ScalarAttributeTypeS
			if name == "starttimeepochtime" {
				kind = types.ScalarAttributeTypeN
			}
			definition := types.AttributeDefinition{AttributeName: aws.String(name), AttributeType: kind}
			in.AttributeDefinitions = append(in.AttributeDefinitions, definition)
		}
		if _, err := a.client.CreateTable(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_, err := a.client.DeleteTable(context.Background(), &sdk.DeleteTableInput{TableName: in.TableName})
			if err != nil {
				t.Error(err)
			}
		})
	}
	return a
}

func keySchema(names ...string) []types.KeySchemaElement {
	schema := []types.KeySchemaElement{{AttributeName: aws.String(names[0]), KeyType: types.KeyTypeHash}}
	for _, name := range names[1:] {
		schema = append(schema, types.KeySchemaElement{AttributeName: aws.String(name), KeyType: types.KeyTypeRange})
	}
	return schema
}

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func (a ancestor) put(table string, item map[string]types.AttributeValue) error {
	_, err := a.client.PutItem(a.t.Context(), &sdk.PutItemInput{TableName: aws.String(a.prefix + table), Item: item})
	return err
}

func (a ancestor) putLocation(l spacefinder.Location) error {
	return a.put("locations", map[string]types.AttributeValue{
		"locationID": str(l.LocationID), "timestamp": str(l.Timestamp), "description": str(l.Description),
		"imageUrl": str(l.ImageURL), "name": str(l.Name),
	})
}

func (a ancestor) putResource(r spacefinder.Resource) error {
	return a.put("resources", map[string]types.AttributeValue{
		"resourceID": str(r.ResourceID), "locationID": str(r.LocationID), "timestamp": str(r.Timestamp),
		"description": str(r.Description), "type": str(string(r.Type)), "name": str(r.Name),
	})
}

func (a ancestor) putBooking(b spacefinder.Booking) error {
	return a.put("bookings", map[string]types.AttributeValue{
		"bookingID": str(b.BookingID), "userID": str(b.UserID), "resourceID": str(b.ResourceID), "timestamp": str(b.Timestamp),
		"starttimeepochtime": &types.AttributeValueMemberN{Value: strconv.FormatInt(b.Start, 10)},
	})
}

func (a ancestor) get(table, name, id string) error {
	_, err := a.client.GetItem(a.t.Context(), &sdk.GetItemInput{
		TableName: aws.String(a.prefix + table), Key: map[string]types.AttributeValue{name: str(id)},
	})
	return err
}

func (a ancestor) delete(table, name, id string) error {
	_, err := a.client.DeleteItem(a.t.Context(), &sdk.DeleteItemInput{
		TableName: aws.String(a.prefix + table), Key: map[string]types.AttributeValue{name: str(id)},
	})
	return err
}

func (a ancestor) scan(table string) error {
	_, err := a.client.Scan(a.t.Context(), &sdk.ScanInput{TableName: aws.String(a.prefix + table), Limit: aws.Int32(20)})
	return err
}

func (a ancestor) query(table, index, name, id string) error {
	_, err := a.client.Query(a.t.Context(), &sdk.QueryInput{
		TableName: aws.String(a.prefix + table), IndexName: aws.String(index), KeyConditionExpression: aws.String(name + " = :id"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":id": str(id)},
	})
	return err
}
