package stub_test

import (
	"context"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spacefinder/spacefinder/internal/dynamotest/stub"
)

// call asks a stub that serves for as long.
func call(t *testing.T, o stub.Options, operation, body string) (status int, answer string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- stub.Serve(ctx, listener, o) }()
	defer func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+listener.Addr().String(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Body.Close() }()
	got, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !jsontext.Value(got).IsValid() {
		t.Errorf("%s answers %s, which is not JSON", operation, got)
	}
	if sum := strconv.FormatUint(uint64(crc32.ChecksumIEEE(got)), 10); w.Header.Get("X-Amz-Crc32") != sum {
		t.Errorf("%s: the checksum is %s, want %s", operation, w.Header.Get("X-Amz-Crc32"), sum)
	}
	return w.StatusCode, string(got)
}

func key(pk, sk string) string { return `{"pk":{"S":"` + pk + `"},"sk":{"S":"` + sk + `"}}` }

func TestAnswers(t *testing.T) {
	query := func(pk, more string) string {
		return `{"ExpressionAttributeValues":{":pk":{"S":"` + pk + `"},":after":{"S":""}}` + more + `}`
	}
	batch := func(keys ...string) string {
		return `{"RequestItems":{"t":{"Keys":[` + strings.Join(keys, ",") + `]}}}`
	}
	transaction := func(k string) string { return `{"TransactItems":[{"Get":{"TableName":"t","Key":` + k + `}}]}` }
	for name, c := range map[string]struct {
		operation, body string
		of              string // in every item that is found
		items           int
	}{
		"a location":             {"GetItem", `{"Key":` + key("location#l", "location") + `}`, `"timeZone"`, 1},
		"a resource":             {"GetItem", `{"Key":` + key("location#l", "resource#r") + `}`, `"amenities"`, 1},
		"a booking":              {"GetItem", `{"Key":` + key("booking#b", "booking") + `}`, stub.UserID, 1},
		"a day":                  {"GetItem", `{"Key":` + key("schedule#r", "2030-01-01") + `}`, `"taken"`, 0},
		"locations":              {"Query", query("directory", ""), `"timeZone"`, 7},
		"resources":              {"Query", query("location#l", `,"Limit":101`), `"amenities"`, 7},
		"bookings of a user":     {"Query", query("user#u", `,"Limit":3`), stub.UserID, 3},
		"earlier bookings":       {"Query", query("resource#r#l", `,"ScanIndexForward":false`), stub.UserID, 0},
		"lasting bookings":       {"Query", query("user#u", `,"FilterExpression":"e > :b"`), stub.UserID, 0},
		"what a booking needs":   {"BatchGetItem", batch(key("booking#b", "booking"), key("resource#r", "claim")), `"bookings"`, 1},
		"what a resource needs":  {"BatchGetItem", batch(key("resource#r", "claim"), key("location#l", "location")), `"timeZone"`, 1},
		"a parent in a snapshot": {"TransactGetItems", transaction(key("resource#r", "claim")), `"bookings"`, 1},
		"a child in a snapshot":  {"TransactGetItems", transaction(key("booking#b", "booking")), `"bookings"`, 0},
		"a write":                {"TransactWriteItems", `{"TransactItems":[]}`, `"pk"`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			status, answer := call(t, stub.Options{Items: 7}, c.operation, c.body)
			if status != http.StatusOK || strings.Count(answer, `"pk"`) != c.items || strings.Count(answer, c.of) < c.items {
				t.Errorf("%d %s, want %d items with %s", status, answer, c.items, c.of)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for _, operation := range []string{"GetItem", "Query", "BatchGetItem", "TransactGetItems", "Scan"} {
		if status, answer := call(t, stub.Options{}, operation, `{"`); status != http.StatusBadRequest {
			t.Errorf("%s of half a body: %d %s", operation, status, answer)
		}
	}
}

func TestDelay(t *testing.T) {
	const delay = 3 * time.Millisecond
	began := time.Now()
	call(t, stub.Options{Delay: delay}, "TransactWriteItems", "{}")
	if took := time.Since(began); took < delay {
		t.Errorf("answered after %s, want no sooner than %s", took, delay)
	}
}
