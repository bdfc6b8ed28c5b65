// Package stub answers as DynamoDB would, at once and always the same: what is
// measured over it is the service and its client, not a database. It speaks the
// five calls of internal/store/dynamodb for tables of any name and keeps nothing:
//
//   - GetItem finds an item of the kind that the key names, see the ids below.
//   - Query finds the first Items of a list, but nothing backwards or filtered:
//     no booking began earlier and still lasts.
//   - BatchGetItem and TransactGetItems find the parents (location, claim of a
//     resource) but nothing else: what is about to be created is not there yet.
//   - TransactWriteItems succeeds.
//
// So a service over it reads, lists, creates and replaces, but does not delete.
//
// To measure the CPU of one process, run the stub in another:
//
//	go run ./internal/dynamotest/stub/dynamostub -delay 3ms -items 20
//
// prints its endpoint on a line and serves until its standard input ends, so that
// it never outlives whoever started it with a pipe.
package stub

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// Options say how the stub answers.
type Options struct {
	Delay time.Duration // before every answer
	Items int           // how many items are in a list
}

// A text is an attribute of type S.
type text struct {
	S string `json:"S"`
}

type itemKey struct {
	PK text `json:"pk"`
	SK text `json:"sk"`
}

func (o Options) answer(operation string, body []byte) (string, error) {
	switch operation {
	case "GetItem":
		return get(body)
	case "Query":
		return o.query(body)
	case "BatchGetItem":
		return batchGet(body)
	case "TransactGetItems":
		return transactGet(body)
	case "TransactWriteItems":
		return "{}", nil
	}
	return "", nil
}

func get(body []byte) (string, error) {
	var in struct{ Key itemKey }
	if err := json.Unmarshal(body, &in); err != nil {
		return "", err
	}
	return response(single(in.Key.PK.S, in.Key.SK.S)), nil
}

// response is an answer with an item, or with none.
func response(item string) string {
	if item == "" {
		return "{}"
	}
	return `{"Item":` + item + `}`
}

func (o Options) query(body []byte) (string, error) {
	in := struct {
		Limit                     int
		ScanIndexForward          bool
		FilterExpression          string
		ExpressionAttributeValues map[string]any
	}{Limit: o.Items, ScanIndexForward: true}
	if err := json.Unmarshal(body, &in); err != nil {
		return "", err
	}
	pk, _ := in.ExpressionAttributeValues[":pk"].(map[string]any)
	partition, _ := pk["S"].(string)
	found := min(in.Limit, o.Items)
	if !in.ScanIndexForward || in.FilterExpression != "" {
		found = 0
	}
	items := make([]string, found)
	for n := range items {
		items[n] = listed(partition, n)
	}
	count := strconv.Itoa(found)
	return `{"Count":` + count + `,"Items":[` + strings.Join(items, ",") + `],"ScannedCount":` + count + `}`, nil
}

// parents returns the items among the keys that others are created under, "" for
// the rest: locations for resources, else claims of resources for bookings.
func parents(keys []itemKey) []string {
	kind := "claim"
	if slices.ContainsFunc(keys, func(k itemKey) bool { return k.SK.S == "location" }) {
		kind = "location"
	}
	items := make([]string, len(keys))
	for n, k := range keys {
		if k.SK.S == kind {
			items[n] = single(k.PK.S, k.SK.S)
		}
	}
	return items
}

func batchGet(body []byte) (string, error) {
	var in struct {
		RequestItems map[string]struct{ Keys []itemKey }
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return "", err
	}
	var tables []string
	var keys []itemKey
	for table, request := range in.RequestItems {
		for _, k := range request.Keys {
			tables, keys = append(tables, table), append(keys, k)
		}
	}
	found := make(map[string][]string)
	for n, item := range parents(keys) {
		if item != "" {
			found[tables[n]] = append(found[tables[n]], item)
		}
	}
	responses := make([]string, 0, len(found))
	for table, items := range found {
		responses = append(responses, strconv.Quote(table)+":["+strings.Join(items, ",")+"]")
	}
	return `{"Responses":{` + strings.Join(responses, ",") + `},"UnprocessedKeys":{}}`, nil
}

func transactGet(body []byte) (string, error) {
	var in struct {
		TransactItems []struct{ Get struct{ Key itemKey } }
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return "", err
	}
	keys := make([]itemKey, len(in.TransactItems))
	for n, each := range in.TransactItems {
		keys[n] = each.Get.Key
	}
	responses := parents(keys)
	for n, item := range responses {
		responses[n] = response(item)
	}
	return `{"Responses":[` + strings.Join(responses, ",") + `]}`, nil
}
