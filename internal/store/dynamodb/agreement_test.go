package dynamodb_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/spacefinder/spacefinder/internal/dynamotest"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
)

// A canned transport answers every request with the same body, and keeps the last
// request.
type canned struct {
	status   int
	answer   string
	received map[string]any
	header   http.Header
}

func (c *canned) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	c.received, c.header = nil, r.Header
	if err := json.Unmarshal(body, &c.received); err != nil {
		return nil, err
	}
	delete(c.received, "ClientRequestToken")
	return &http.Response{
		StatusCode: c.status, Header: http.Header{}, ContentLength: int64(len(c.answer)), Body: io.NopCloser(strings.NewReader(c.answer)),
	}, nil
}

// pair is both clients over the same answer.
type pair struct {
	answer    canned
	wire, sdk table.Client
}

func newPair(t testing.TB, status int, answer string) *pair {
	t.Helper()
	p := &pair{answer: canned{status: status, answer: answer}}
	options := dynamotest.Options("http://127.0.0.1:1")
	for kind, client := range map[string]*table.Client{dynamodb.ClientWire: &p.wire, dynamodb.ClientSDK: &p.sdk} {
		var err error
		*client, err = dynamodb.NewClient(t.Context(), aws.Config{Region: options.Region, Credentials: options.Credentials},
			dynamodb.ClientOptions{Kind: kind, Endpoint: *options.BaseEndpoint, Transport: &p.answer, Timeout: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// sorted returns the item with its attributes in order of their names.
func sorted(it table.Item) table.Item {
	return slices.SortedFunc(slices.Values(it), func(a, b table.Attribute) int { return cmp.Compare(a.Name, b.Name) })
}

// requestsOf makes every kind of request, with texts and a number of whatever
// content, through a client.
func requestsOf(ctx context.Context, a, b, number string) map[string]func(table.Client) error {
	k, other := table.Key{Table: "t", PK: a, SK: b}, table.Key{Table: "u", PK: b, SK: a}
	values := table.Item{
		{Name: ":a", Value: table.Text(a)},
		{Name: ":n", Value: table.Value{Kind: table.KindNumber, Text: number}},
		{Name: ":l", Value: table.Value{Kind: table.KindList, List: []table.Value{table.Text(b), {Kind: table.KindList}}}},
	}
	return map[string]func(table.Client) error{
		"GetItem":          func(c table.Client) error { _, err := c.Get(ctx, k); return err },
		"BatchGetItem":     func(c table.Client) error { _, err := c.BatchGet(ctx, []table.Key{k, other, {Table: "t"}}); return err },
		"TransactGetItems": func(c table.Client) error { _, err := c.TransactGet(ctx, []table.Key{k, other}); return err },
		"Query": func(c table.Client) error {
			_, err := c.Query(ctx, table.Query{
				Table: "t", KeyCondition: "pk = :a", Filter: "x > :n", Values: values, Limit: len(a), Backward: len(b) > 3, After: k,
			}, func(table.Item) {})
			return err
		},
		"TransactWriteItems": func(c table.Client) error {
			return c.TransactWrite(ctx, []table.Write{
				{Action: table.Put, Key: k, Item: values, Condition: "attribute_not_exists(pk)"},
				{Action: table.Update, Key: other, Update: "SET #x = :a", Names: []table.Name{{Placeholder: "#x", Attribute: "x"}}, Values: values},
				{Action: table.Delete, Key: k, Condition: "x = :n", Values: values[1:2]},
				{Action: table.Delete, Key: other},
			})
		},
	}
}

// Both clients ask for the same, whatever the texts are.
func FuzzRequestsAgree(f *testing.F) {
	f.Add("p", "s", "1")
	f.Add("", "a\"b\\c\x00\n\u2028ü\U0001F3DF</script>", "-1.5e3")
	f.Fuzz(func(t *testing.T, a, b, number string) {
		if !utf8.ValidString(a + "|" + b + "|" + number) {
			t.Skip("the SDK writes another text in its place; ours refuses it")
		}
		p := newPair(t, http.StatusOK, `{"Responses":[]}`)
		for operation, request := range requestsOf(t.Context(), a, b, number) {
			_ = request(p.sdk) // what it makes of the answer is not looked at
			want, target := p.answer.received, p.answer.header.Get("X-Amz-Target")
			_ = request(p.wire)
			if !reflect.DeepEqual(p.answer.received, want) || p.answer.header.Get("X-Amz-Target") != target {
				t.Errorf("%s:\nwire %v\nsdk  %v", operation, p.answer.received, want)
			}
		}
	})
}

// What both clients can read of an answer is the same for both. Each refuses what
// the other lets pass: ours does not look at counts, the SDK takes null for an item.
func FuzzAnswersAgree(f *testing.F) {
	item := `{"pk":{"S":"p"},"sk":{"S":"s"},"n":{"N":"1"},"l":{"L":[{"S":"x"},{"L":[]}]},"b":{"BOOL":true},"m":{"M":{"x":{"NULL":true}}},` +
		`"e":{"S":"\u00fc\"\\\ud83c\udfdf"},"bin":{"B":"AAEC"},"set":{"SS":["a","b"]}}`
	f.Add(`{}`)
	f.Add(`{"Item":` + item + `}`)
	f.Add(`{"Count":2,"Items":[` + item + `,{}],"LastEvaluatedKey":{"pk":{"S":"p"},"sk":{"S":"s"}},"ScannedCount":2}`)
	f.Add(`{"Responses":{"t":[` + item + `]},"UnprocessedKeys":{}}`)
	f.Add(`{"Responses":{},"UnprocessedKeys":{"t":{"Keys":[{"pk":{"S":"p"}}]}}}`)
	f.Add(`{"Responses":[{"Item":` + item + `},{}]}`)
	f.Add(` {"Item" : null, "x":[1.5e3,"\n",false,{"y":[]}]}`)
	f.Fuzz(func(t *testing.T, answer string) {
		if !jsontext.Value(answer).IsValid() { // which refuses names given twice
			_, err := newPair(t, http.StatusOK, answer).wire.Get(t.Context(), table.Key{Table: "t"})
			spaced := strings.Map(spaceForControl, answer) // control characters in strings are let pass
			if err == nil && !jsontext.Value(spaced).IsValid(jsontext.AllowDuplicateNames(true)) {
				t.Errorf("read, though it is not JSON: %q", answer)
			}
			return
		}
		p := newPair(t, http.StatusOK, answer)
		keys := []table.Key{{Table: "t", PK: "p", SK: "s"}, {Table: "t", PK: "q", SK: "s"}}
		for operation, read := range map[string]func(table.Client) ([]table.Item, error){
			"GetItem": func(c table.Client) ([]table.Item, error) {
				it, err := c.Get(t.Context(), keys[0])
				return []table.Item{it}, err
			},
			"Query": func(c table.Client) ([]table.Item, error) {
				var items []table.Item
				last, err := c.Query(t.Context(), table.Query{Table: "t"}, func(it table.Item) { items = append(items, slices.Clone(it)) })
				return append(items, last.Attributes()), err
			},
			"BatchGetItem":     func(c table.Client) ([]table.Item, error) { return c.BatchGet(t.Context(), keys) },
			"TransactGetItems": func(c table.Client) ([]table.Item, error) { return c.TransactGet(t.Context(), keys) },
		} {
			got, ours := read(p.wire)
			want, theirs := read(p.sdk)
			if ours == nil && theirs == nil && !slices.EqualFunc(got, want, itemsAgree) {
				t.Errorf("%s of %s:\nwire %#v\nsdk  %#v", operation, answer, got, want)
			}
		}
	})
}

func spaceForControl(r rune) rune {
	if r < ' ' {
		return ' '
	}
	return r
}

// itemsAgree compares what our client reads with what the SDK does.
func itemsAgree(ours, theirs table.Item) bool {
	return (ours == nil) == (theirs == nil) && slices.EqualFunc(sorted(ours), sorted(theirs), func(a, b table.Attribute) bool {
		return a.Name == b.Name && valuesAgree(a.Value, b.Value)
	})
}

// valuesAgree compares values. A type that DynamoDB does not have is another kind
// to ours; the SDK returns for it what it has read just before.
func valuesAgree(ours, theirs table.Value) bool {
	if ours.Kind == table.KindOther {
		return true
	}
	return ours.Kind == theirs.Kind && ours.Text == theirs.Text && slices.EqualFunc(ours.List, theirs.List, valuesAgree)
}

// Both clients say the same of a refusal.
func TestRefusalsAgree(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		answer string
	}{
		"no such table": {400, `{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"Requested resource not found"}`},
		"denied":        {400, `{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"not authorized"}`},
		"conflict":      {400, `{"__type":"com.amazonaws.dynamodb.v20120810#TransactionConflictException","message":"Transaction is ongoing"}`},
		"not a type":    {400, `{"message":"odd"}`},
		"cancelled": {400, `{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"cancelled",` +
			`"CancellationReasons":[{"Code":"None"},{"Code":"ConditionalCheckFailed","Message":"The conditional request failed"}]}`},
	} {
		p := newPair(t, c.status, c.answer)
		var got, want *table.Error
		_, wireErr := p.wire.Get(t.Context(), table.Key{Table: "t"})
		_, sdkErr := p.sdk.Get(t.Context(), table.Key{Table: "t"})
		if name == "cancelled" {
			wireErr, sdkErr = p.wire.TransactWrite(t.Context(), nil), p.sdk.TransactWrite(t.Context(), []table.Write{{Action: table.Delete}})
		}
		if !errors.As(wireErr, &got) || !errors.As(sdkErr, &want) {
			t.Fatalf("%s:\nwire %v\nsdk  %v", name, wireErr, sdkErr)
		}
		if name == "not a type" {
			want.Code = "" // the SDK makes one up
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\nwire %#v\nsdk  %#v", name, got, want)
		}
	}
}
