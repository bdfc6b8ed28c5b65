package rest_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/spacefinder/spacefinder/internal/rest"
)

// discard is a ResponseWriter that keeps nothing but the headers.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// serving returns the handling of a GET that is answered with the body.
func serving(body any, revision string) func() {
	f := newFixture(func(context.Context, *rest.Request) (rest.Reply, error) { return rest.Found(body, revision), nil })
	r := newRequest(http.MethodGet, "/things/1", nil)
	return func() { f.ServeHTTP(&discard{header: make(http.Header, 8)}, r) }
}

func oneItem() func() {
	return serving(newBody("Munich office", "", "Europe/Berlin", 12, 1795341600), "0198")
}

func hundredItems() func() {
	items := make(bodies, 100)
	for i := range items {
		items[i] = newBody("Munich office", "", "Europe/Berlin", 12, 1795341600)
	}
	return serving(items, "")
}

func benchmark(b *testing.B, run func()) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		run()
	}
}

// Route, caller, endpoint, encoding and headers, without a store.
func BenchmarkOneItem(b *testing.B) { benchmark(b, oneItem()) }

func BenchmarkHundredItems(b *testing.B) { benchmark(b, hundredItems()) }
