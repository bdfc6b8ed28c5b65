package wire

import (
	"testing"

	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
)

func k(name, pk, sk string) table.Key { return table.Key{Table: name, PK: pk, SK: sk} }

func n(text string) table.Value { return table.Value{Kind: table.KindNumber, Text: text} }

// Each request is what DynamoDB's API reference says, letter by letter.
func TestRequests(t *testing.T) {
	for name, c := range map[string]struct {
		got  *writer
		want string
	}{
		"get": {
			getItem(new(writer), k("t", "p", "s")),
			`{"ConsistentRead":true,"Key":{"pk":{"S":"p"},"sk":{"S":"s"}},"TableName":"t"}`,
		},
		"batch of one table": {
			batchGetItem(new(writer), []table.Key{k("t", "p", "1"), k("t", "p", "2")}),
			`{"RequestItems":{"t":{"ConsistentRead":true,"Keys":[{"pk":{"S":"p"},"sk":{"S":"1"}},{"pk":{"S":"p"},"sk":{"S":"2"}}]}}}`,
		},
		"batch of tables in turns": {
			batchGetItem(new(writer), []table.Key{k("a", "p", "1"), k("b", "p", "2"), k("a", "p", "3")}),
			`{"RequestItems":{"a":{"ConsistentRead":true,"Keys":[{"pk":{"S":"p"},"sk":{"S":"1"}},{"pk":{"S":"p"},"sk":{"S":"3"}}]},` +
				`"b":{"ConsistentRead":true,"Keys":[{"pk":{"S":"p"},"sk":{"S":"2"}}]}}}`,
		},
		"snapshot": {
			transactGetItems(new(writer), []table.Key{k("a", "p", "1"), k("b", "q", "2")}),
			`{"TransactItems":[{"Get":{"Key":{"pk":{"S":"p"},"sk":{"S":"1"}},"TableName":"a"}},` +
				`{"Get":{"Key":{"pk":{"S":"q"},"sk":{"S":"2"}},"TableName":"b"}}]}`,
		},
		"query": {
			query(new(writer), table.Query{Table: "t", KeyCondition: "pk = :pk", Values: table.Item{{Name: ":pk", Value: table.Text("p")}}}),
			`{"ConsistentRead":true,"TableName":"t","KeyConditionExpression":"pk = :pk",` +
				`"ExpressionAttributeValues":{":pk":{"S":"p"}},"ScanIndexForward":true}`,
		},
		"query with all": {
			query(new(writer), table.Query{Table: "t", KeyCondition: "k", Filter: "f", Values: table.Item{{Name: ":n", Value: n("1")}},
				Limit: 21, Backward: true, After: k("t", "p", "s")}),
			`{"ConsistentRead":true,"TableName":"t","KeyConditionExpression":"k","FilterExpression":"f",` +
				`"ExpressionAttributeValues":{":n":{"N":"1"}},"ScanIndexForward":false,"Limit":21,` +
				`"ExclusiveStartKey":{"pk":{"S":"p"},"sk":{"S":"s"}}}`,
		},
		"put": {
			transactWriteItems(new(writer), []table.Write{{Action: table.Put, Key: k("t", "p", "s"), Item: table.Item{
				{Name: "list", Value: table.Value{Kind: table.KindList, List: []table.Value{table.Text("x"), n("2")}}},
			}}}, "token"),
			`{"ClientRequestToken":"token","TransactItems":[{"Put":{"Item":{"pk":{"S":"p"},"sk":{"S":"s"},` +
				`"list":{"L":[{"S":"x"},{"N":"2"}]}},"TableName":"t"}}]}`,
		},
		"update and delete": {
			transactWriteItems(new(writer), []table.Write{
				{Action: table.Update, Key: k("t", "p", "s"), Update: "SET #n = :n", Condition: "c",
					Names: []table.Name{{Placeholder: "#n", Attribute: "name"}}, Values: table.Item{{Name: ":n", Value: table.Text("")}}},
				{Action: table.Delete, Key: k("t", "p", "s")},
			}, "token"),
			`{"ClientRequestToken":"token","TransactItems":[{"Update":{"Key":{"pk":{"S":"p"},"sk":{"S":"s"}},"TableName":"t",` +
				`"UpdateExpression":"SET #n = :n","ConditionExpression":"c","ExpressionAttributeNames":{"#n":"name"},` +
				`"ExpressionAttributeValues":{":n":{"S":""}}}},{"Delete":{"Key":{"pk":{"S":"p"},"sk":{"S":"s"}},"TableName":"t"}}]}`,
		},
		"what needs escapes": {
			getItem(new(writer), k("t", "a\"b\\c\x00\n", "ü\u2028")),
			`{"ConsistentRead":true,"Key":{"pk":{"S":"a\"b\\c\u0000\n"},"sk":{"S":"ü` + "\u2028" + `"}},"TableName":"t"}`,
		},
	} {
		if c.got.err != nil || string(c.got.body) != c.want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", name, c.got.err, c.got.body, c.want)
		}
	}
}

// What cannot be written is not written as something else.
func TestWhatCannotBeWritten(t *testing.T) {
	for name, w := range map[string]*writer{
		"a key that is not UTF-8": getItem(new(writer), k("t", "\xff", "s")),
		"a value of another kind": transactWriteItems(new(writer), []table.Write{{Item: table.Item{{Name: "x"}}}}, "token"),
	} {
		if w.err == nil {
			t.Errorf("%s: %s", name, w.body)
		}
	}
}
