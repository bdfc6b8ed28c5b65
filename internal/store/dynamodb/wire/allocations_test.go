//go:build !race

package wire

import (
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
)

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
	for name, each := range map[string]struct {
		do   func()
		most float64
	}{
		"sign":                 {func() { s.sign(c, target, body, when) }, 2}, // the two headers
		"write a get":          {func() { reused(getItem(all.get(), key)) }, 0},
		"write a query":        {func() { reused(query(all.get(), table.Query{Table: "t", KeyCondition: "k", Limit: 1})) }, 0},
		"write a transaction":  {func() { reused(transactWriteItems(all.get(), put, "token")) }, 0},
		"read an item":         {func() { _, _ = readItem(one) }, 2},                              // its attributes, the scanner
		"read a page of items": {func() { _, _ = readPage(twenty, "t", func(table.Item) {}) }, 2}, // the same
	} {
		if n := testing.AllocsPerRun(100, each.do); n > each.most {
			t.Errorf("%s: %v allocations, want at most %v", name, n, each.most)
		}
	}
}
