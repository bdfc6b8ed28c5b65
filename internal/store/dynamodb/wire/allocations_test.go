//go:build !race

package wire

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder/internal/store/dynamodb/exchange"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
)

// atOnce is a transport whose answer is there already.
type atOnce struct{ answer exchange.Answer }

func (o atOnce) Exchange(context.Context, exchange.Request) (exchange.Answer, error) {
	return o.answer, nil
}

// answering returns a client to which every answer is the same.
func answering(t *testing.T, body string) *Client {
	t.Helper()
	c, err := New(Options{
		Endpoint: "https://dynamodb.example", Region: "r", Attempts: 1,
		Transport:   atOnce{exchange.Answer{Status: http.StatusOK, Body: body}},
		Credentials: func(context.Context) (Credentials, error) { return Credentials{AccessKeyID: "AKID"}, nil },
		Now:         func() time.Time { return when },
		Token:       func() string { return "token" },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Allocations do not depend on how busy the machine is, so they guard what a call
// costs. The race detector adds its own.
func TestAllocations(t *testing.T) {
	s := &signer{region: "r", host: "dynamodb.example"}
	c := Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret", SessionToken: "token"}
	body := []byte(`{}`)
	item := `{"pk":{"S":"p"},"sk":{"S":"s"},"name":{"S":"Room"},"capacity":{"N":"12"},"timestamp":{"S":"2026-01-02T03:04:05.678Z"}}`
	one := `{"Item":` + item + `}`
	twenty := `{"Count":20,"Items":[` + strings.Repeat(item+",", 19) + item + `],"ScannedCount":20}`
	var all writers
	reused, key := all.put, k("t", "p", "s")
	put := []table.Write{{Key: k("t", "p", "s"), Item: table.Item{{Name: "name", Value: table.Text("Room")}}, Condition: "c"}}
	client := answering(t, one)
	for name, each := range map[string]struct {
		do   func()
		most float64
	}{
		"sign":                 {func() { s.sign(c, target, body, when) }, 2}, // the two headers
		"write a get":          {func() { reused(getItem(all.get(), key)) }, 0},
		"write a query":        {func() { reused(query(all.get(), table.Query{Table: "t", KeyCondition: "k", Limit: 1})) }, 0},
		"write a transaction":  {func() { reused(transactWriteItems(all.get(), put, "token")) }, 0},
		"read an item":         {func() { _, _ = readItem(one) }, 1}, // its attributes
		"read a page of items": {func() { _, _ = readPage(twenty, "t", func(table.Item) {}) }, 1},
		"a get":                {func() { _, _ = client.Get(t.Context(), key) }, 4},        // the target, what is signed, the item
		"a transaction":        {func() { _ = client.TransactWrite(t.Context(), put) }, 3}, // without the item
	} {
		if n := testing.AllocsPerRun(100, each.do); n > each.most {
			t.Errorf("%s: %v allocations, want at most %v", name, n, each.most)
		}
	}
}
