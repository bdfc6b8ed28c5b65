package harness

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/spacefinder/spacefinder/internal/dynamotest"
)

// Tables are the DynamoDB tables of one system, as deploy/tables.yaml has them.
type Tables struct {
	client *dynamodb.Client
	http   *http.Client
	prefix string
}

func newTables(endpoint string) *Tables {
	connections := &http.Client{Transport: &http.Transport{}}
	options := dynamotest.Options(endpoint)
	options.HTTPClient = connections
	return &Tables{
		client: dynamodb.New(options),
		http:   connections,
		prefix: "test-" + strings.ToLower(rand.Text()) + "-",
	}
}

func tableIDs() []string { return []string{"LocationsTable", "ResourcesTable", "BookingsTable"} }

// Create creates the tables.
func (t *Tables) Create(ctx context.Context) error {
	_, err := dynamotest.CreateTables(ctx, t.client, t.prefix, tableIDs()...)
	return err
}

// flags returns the flags of `spacefinder service` that name the tables.
func (t *Tables) flags() []string {
	var flags []string
	for i, name := range Services() {
		flags = append(flags, "-"+name+"-table", t.prefix+tableIDs()[i])
	}
	return flags
}

// delete deletes the tables that are there, and drops the connections.
func (t *Tables) delete(ctx context.Context) error {
	defer t.http.CloseIdleConnections()
	list, err := t.client.ListTables(ctx, &dynamodb.ListTablesInput{ExclusiveStartTableName: aws.String(t.prefix)})
	if err != nil {
		return err
	}
	for _, name := range list.TableNames {
		if !strings.HasPrefix(name, t.prefix) {
			continue
		}
		if _, err := t.client.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &name}); err != nil {
			return err
		}
	}
	return nil
}
