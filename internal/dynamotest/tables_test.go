package dynamotest

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestTemplateHasTheTables(t *testing.T) {
	tables, err := Template()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"LocationsTable", "ResourcesTable", "BookingsTable"} {
		table, ok := tables[id]
		if !ok {
			t.Errorf("deploy/tables.yaml has no %s", id)
			continue
		}
		if table.BillingMode != types.BillingModePayPerRequest {
			t.Errorf("%s is billed as %s", id, table.BillingMode)
		}
		var keys []string
		for _, k := range table.KeySchema {
			keys = append(keys, aws.ToString(k.AttributeName)+" "+string(k.KeyType))
		}
		if got := strings.Join(keys, ", "); got != "pk HASH, sk RANGE" {
			t.Errorf("%s has the keys %s", id, got)
		}
	}
}

func TestTemplateIsNotReadInPart(t *testing.T) {
	for name, text := range map[string]string{
		"an index":             "Resources: {T: {Type: 'AWS::DynamoDB::Table', Properties: {GlobalSecondaryIndexes: []}}}",
		"another resource":     "Resources: {T: {Type: 'AWS::S3::Bucket'}}",
		"an unknown section":   "Mappings: {}",
		"not YAML":             "Resources: [",
		"keys of another kind": "Resources: {T: {Type: 'AWS::DynamoDB::Table', Properties: {KeySchema: {}}}}",
	} {
		if _, err := parseTemplate([]byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
