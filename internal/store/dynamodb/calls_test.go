package dynamodb_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
)

// attributes is an item as DynamoDB's JSON has it: names, then types, then values.
type attributes map[string]map[string]any

// text returns the content of an attribute of type S.
func (a attributes) text(name string) string {
	s, _ := a[name]["S"].(string)
	return s
}

// An action is what a call does to one item.
type action struct {
	TableName                string
	Key, Item                attributes
	UpdateExpression         string
	ConditionExpression      string
	ExpressionAttributeNames map[string]string
}

// key returns what names the action's item.
func (a action) key() attributes {
	if a.Key != nil {
		return a.Key
	}
	return attributes{"pk": a.Item["pk"], "sk": a.Item["sk"]}
}

// A call is a request of any client, as DynamoDB gets it.
type call struct {
	operation string
	body      []byte

	action
	ExpressionAttributeValues attributes
	RequestItems              map[string]struct{ Keys []attributes }
	TransactItems             []map[string]action // one member each, which names the kind
}

// callOf reads a request, which is left without its body.
func callOf(r *http.Request) (c call, err error) {
	if c.body, err = io.ReadAll(r.Body); err != nil {
		return c, err
	}
	_, c.operation, _ = strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	return c, json.Unmarshal(c.body, &c)
}

// send sends another body in the place of the request's.
func send(next http.RoundTripper, r *http.Request, operation string, body []byte) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return next.RoundTrip(r)
}

// receive reads an answer and leaves it to be read again.
func receive(response *http.Response, into any) error {
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if err := response.Body.Close(); err != nil {
		return err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return json.Unmarshal(body, into)
}
