package wire

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
)

func TestReadItem(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		want   table.Item
	}{
		"none":      {`{}`, nil},
		"with text": {`{"Item":{"a":{"S":"x"}}}`, table.Item{{Name: "a", Value: table.Text("x")}}},
		"of every kind": {
			`{"Item":{"n":{"N":"-1.5"},"l":{"L":[{"S":"x"},{"N":"2"},{"L":[]}]},"b":{"BOOL":true},"m":{"M":{"x":{"SS":["a"]}}},"z":{"NULL":true}}}`,
			table.Item{
				{Name: "n", Value: n("-1.5")},
				{Name: "l", Value: table.Value{Kind: table.KindList, List: []table.Value{
					table.Text("x"), n("2"), {Kind: table.KindList, List: []table.Value{}},
				}}},
				{Name: "b"}, {Name: "m"}, {Name: "z"},
			},
		},
		"with escapes": {
			`{"Item":{"\u0061":{"S":"\"\\\/\n\u00fc\ud83c\udfdf"}}}`,
			table.Item{{Name: "a", Value: table.Text("\"\\/\nü🏟")}},
		},
		"with white space": {"\n{ \"Item\" :\t{ \"a\" : { \"S\" : \"x\" } } }\r\n", table.Item{{Name: "a", Value: table.Text("x")}}},
		"beside what is not asked for": {
			`{"ConsumedCapacity":{"CapacityUnits":1.0e0,"Table":[null,false,{}]},"Item":{"a":{"S":""}}}`,
			table.Item{{Name: "a", Value: table.Text("")}},
		},
		"without attributes": {`{"Item":{}}`, table.Item{}},
	} {
		got, err := readItem(c.answer)
		if err != nil || !reflect.DeepEqual(got, c.want) || (got == nil) != (c.want == nil) {
			t.Errorf("%s: %#v, %v", name, got, err)
		}
	}
}

func TestBrokenAnswers(t *testing.T) {
	for name, answer := range map[string]string{
		"nothing":                   ``,
		"half":                      `{"Item":{"a":{"S":"x`,
		"half an escape":            `{"Item":{"a":{"S":"x\`,
		"an escape that is none":    `{"Item":{"a":{"S":"\x"}}}`,
		"more than one":             `{} {}`,
		"not an object":             `[]`,
		"a comma too many":          `{"Item":{"a":{"S":"x"},}}`,
		"a comma too few":           `{"Item":{"a":{"S":"x"}"b":{"S":"y"}}}`,
		"a comma first":             `{,"Item":{}}`,
		"no colon":                  `{"Item"{}}`,
		"a name that is no string":  `{1:2}`,
		"a value of two types":      `{"Item":{"a":{"S":"x","N":"1"}}}`,
		"a value of no type":        `{"Item":{"a":{}}}`,
		"a text that is a number":   `{"Item":{"a":{"S":1}}}`,
		"a control character":       "{\"Item\":{\"a\":{\"S\":\"\\n\x01\"}}}",
		"a text that is not UTF-8":  "{\"Item\":{\"a\":{\"S\":\"\xff\"}}}",
		"half a surrogate":          `{"Item":{"a":{"S":"\ud83c"}}}`,
		"a number that is none":     `{"x":01}`,
		"a word that is none":       `{"x":nil}`,
		"brackets that do not meet": `{"x":[}`,
		"a NUL at the end":          "{}\x00",
	} {
		if got, err := readItem(answer); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// An answer cannot exhaust the stack.
func TestNestingIsBounded(t *testing.T) {
	const levels = 1 << 20
	for name, answer := range map[string]string{
		"lists of lists":        `{"Item":{"a":` + strings.Repeat(`{"L":[`, levels) + `}}`,
		"maps of maps":          `{"Item":{"a":` + strings.Repeat(`{"M":{"a":`, levels) + `}}`,
		"where nothing is read": `{"x":` + strings.Repeat(`[`, levels) + `}`,
	} {
		if _, err := readItem(answer); !errors.Is(err, errNesting) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadPage(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		want   []table.Item
		last   table.Key
	}{
		"the last page": {`{"Items":[],"LastEvaluatedKey":{}}`, nil, table.Key{}},
		"another": {
			`{"Count":3,"Items":[{"a":{"S":"x"},"b":{"S":"y"}},{},{"c":{"S":"z"}}],"LastEvaluatedKey":{"sk":{"S":"s"},"pk":{"S":"p"}},"ScannedCount":3}`,
			[]table.Item{{{Name: "a", Value: table.Text("x")}, {Name: "b", Value: table.Text("y")}}, {}, {{Name: "c", Value: table.Text("z")}}},
			k("t", "p", "s"),
		},
	} {
		var got []table.Item
		last, err := readPage(c.answer, "t", func(it table.Item) { got = append(got, slices.Clone(it)) })
		if err != nil || !reflect.DeepEqual(got, c.want) || last != c.last {
			t.Errorf("%s: %#v, %v, %v", name, got, last, err)
		}
	}
	for answer, want := range map[string]int{
		`{"Items":[`: 0, `{"Items":[{"a":{"S":"x"}},{"a":`: 1, `{"Items":[],"LastEvaluatedKey":{"pk":{"N":"1"}}}`: 0,
	} {
		got := 0
		if last, err := readPage(answer, "t", func(table.Item) { got++ }); err == nil || got != want {
			t.Errorf("%s: %d items, %v, %v", answer, got, last, err)
		}
	}
}

// Items of a batch share memory: writing beyond the end of one must not reach the
// next.
func TestItemsAreApart(t *testing.T) {
	found, err := readBatch(`{"Responses":{"t":[{"a":{"S":"x"}},{"b":{"S":"y"}}]}}`)
	if err != nil {
		t.Fatal(err)
	}
	items := found["t"]
	_ = append(items[0], table.Attribute{Name: "c"})
	if items[1][0].Name != "b" {
		t.Errorf("%#v", items[1])
	}
}

func TestReadBatch(t *testing.T) {
	found, err := readBatch(`{"Responses":{"t":[{"a":{"S":"x"}}],"u":[]},"UnprocessedKeys":{}}`)
	want := map[string][]table.Item{"t": {{{Name: "a", Value: table.Text("x")}}}, "u": {}}
	if err != nil || !reflect.DeepEqual(found, want) {
		t.Errorf("%#v, %v", found, err)
	}
	if _, err := readBatch(`{"Responses":{},"UnprocessedKeys":{"t":{"Keys":[]}}}`); !errors.Is(err, table.ErrUnprocessed) {
		t.Errorf("left undone: %v", err)
	}
	if _, err := readBatch(`{"Responses":{"t":[`); err == nil || errors.Is(err, table.ErrUnprocessed) {
		t.Errorf("half: %v", err)
	}
}

func TestReadResponses(t *testing.T) {
	items, err := readResponses(`{"Responses":[{"Item":{"a":{"S":"x"}}},{},{"x":1,"Item":{}}]}`, 3)
	if want := []table.Item{{{Name: "a", Value: table.Text("x")}}, nil, {}}; err != nil || !reflect.DeepEqual(items, want) {
		t.Errorf("%#v, %v", items, err)
	}
	for name, answer := range map[string]string{"fewer": `{"Responses":[{}]}`, "more": `{"Responses":[{},{},{},{}]}`, "half": `{"Responses":[{},{},{}`} {
		if items, err := readResponses(answer, 3); err == nil {
			t.Errorf("%s: %#v", name, items)
		}
	}
}

func TestReadError(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		want   table.Error
	}{
		"with its namespace": {
			`{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"Requested resource not found"}`,
			table.Error{Code: "ResourceNotFoundException", Message: "Requested resource not found"},
		},
		"spelt differently": {`{"__type":"AccessDenied","Message":"no"}`, table.Error{Code: "AccessDenied", Message: "no"}},
		"without a message": {`{"__type":"x#Y","message":null}`, table.Error{Code: "Y"}},
		"of a transaction": {
			`{"__type":"x#TransactionCanceledException","Message":"cancelled","CancellationReasons":[{"Code":"None"},` +
				`{"Code":"ConditionalCheckFailed","Item":{"a":{"S":"x"}},"Message":"The conditional request failed"}]}`,
			table.Error{Code: "TransactionCanceledException", Message: "cancelled", Reasons: []string{"None", "ConditionalCheckFailed"}},
		},
		"that is a page of a proxy": {`<html>`, table.Error{Message: "an answer that cannot be read as DynamoDB's"}},
		"that is nothing":           {``, table.Error{Message: "an answer that cannot be read as DynamoDB's"}},
	} {
		if got := readError(c.answer); !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%s: %#v", name, got)
		}
	}
}
