package dynamotest

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	yaml "github.com/oasdiff/yaml3"
)

// A Table is what deploy/tables.yaml says about a table, as far as a server
// without AWS around it has a use for it.
type Table struct {
	BillingMode          types.BillingMode
	AttributeDefinitions []types.AttributeDefinition
	KeySchema            []types.KeySchemaElement
}

// Template reads the tables of the CloudFormation template deploy/tables.yaml by
// their logical ids. A property that it does not know is an error, so that no
// test runs over tables other than those of the template.
func Template() (map[string]Table, error) {
	root, err := Root()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(root, "deploy", "tables.yaml"))
	if err != nil {
		return nil, err
	}
	return parseTemplate(text)
}

// properties spells a table's properties as CloudFormation does. Those kept as a
// node concern AWS alone: protection, backup, encryption, tags.
type properties struct {
	BillingMode          string `yaml:"BillingMode"`
	AttributeDefinitions []struct {
		Name string `yaml:"AttributeName"`
		Type string `yaml:"AttributeType"`
	} `yaml:"AttributeDefinitions"`
	KeySchema []struct {
		Name string `yaml:"AttributeName"`
		Type string `yaml:"KeyType"`
	} `yaml:"KeySchema"`

	DeletionProtectionEnabled        yaml.Node `yaml:"DeletionProtectionEnabled"`
	PointInTimeRecoverySpecification yaml.Node `yaml:"PointInTimeRecoverySpecification"`
	SSESpecification                 yaml.Node `yaml:"SSESpecification"`
	Tags                             yaml.Node `yaml:"Tags"`
}

type template struct {
	Resources map[string]struct {
		Type                string     `yaml:"Type"`
		DeletionPolicy      string     `yaml:"DeletionPolicy"`
		UpdateReplacePolicy string     `yaml:"UpdateReplacePolicy"`
		Properties          properties `yaml:"Properties"`
	} `yaml:"Resources"`

	Version     string    `yaml:"AWSTemplateFormatVersion"`
	Description string    `yaml:"Description"`
	Parameters  yaml.Node `yaml:"Parameters"`
	Outputs     yaml.Node `yaml:"Outputs"`
}

func parseTemplate(text []byte) (map[string]Table, error) {
	var t template
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&t); err != nil {
		return nil, err
	}
	tables := make(map[string]Table, len(t.Resources))
	for id, r := range t.Resources {
		if r.Type != "AWS::DynamoDB::Table" {
			return nil, fmt.Errorf("%s is a %s, not a table", id, r.Type)
		}
		table := Table{BillingMode: types.BillingMode(r.Properties.BillingMode)}
		for _, a := range r.Properties.AttributeDefinitions {
			table.AttributeDefinitions = append(table.AttributeDefinitions, types.AttributeDefinition{
				AttributeName: aws.String(a.Name), AttributeType: types.ScalarAttributeType(a.Type),
			})
		}
		for _, k := range r.Properties.KeySchema {
			table.KeySchema = append(table.KeySchema, types.KeySchemaElement{AttributeName: aws.String(k.Name), KeyType: types.KeyType(k.Type)})
		}
		tables[id] = table
	}
	return tables, nil
}

// CreateTables creates the template's tables under prefix + logical id, and
// returns their names in the order of the ids given.
func CreateTables(ctx context.Context, client *dynamodb.Client, prefix string, ids ...string) ([]string, error) {
	tables, err := Template()
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(ids))
	for _, id := range ids {
		table, ok := tables[id]
		if !ok {
			return nil, fmt.Errorf("deploy/tables.yaml has no %s", id)
		}
		names = append(names, prefix+id)
		if _, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
			TableName:            aws.String(prefix + id),
			BillingMode:          table.BillingMode,
			AttributeDefinitions: table.AttributeDefinitions,
			KeySchema:            table.KeySchema,
		}); err != nil {
			return nil, fmt.Errorf("%s: %w", id, err)
		}
	}
	return names, nil
}

// Tables creates the template's tables for one test alone, deletes them after
// it, and returns their names in the order of the logical ids given.
func Tables(tb testing.TB, client *dynamodb.Client, ids ...string) []string {
	tb.Helper()
	names, err := CreateTables(tb.Context(), client, prefixOf(tb), ids...)
	if err != nil {
		tb.Fatalf("creating the tables: %v", err)
	}
	tb.Cleanup(func() {
		for _, name := range names {
			// The test's own context has ended by now.
			_, err := client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: aws.String(name)})
			if err != nil {
				tb.Errorf("deleting table %s: %v", name, err)
			}
		}
	})
	return names
}

// prefixOf returns what no other test, of this run or another, begins its tables'
// names with.
func prefixOf(tb testing.TB) string {
	tb.Helper()
	return "test-" + strings.ToLower(rand.Text()) + "-"
}

// Client returns a client of the server to test against; see Endpoint.
func Client(tb testing.TB) *dynamodb.Client {
	tb.Helper()
	return dynamodb.New(Options(Endpoint(tb)))
}

// Options returns what a client of a local server at the endpoint is made with.
// DynamoDB Local takes any credentials.
func Options(endpoint string) dynamodb.Options {
	return dynamodb.Options{
		BaseEndpoint: aws.String(endpoint),
		Region:       "us-east-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}
}
