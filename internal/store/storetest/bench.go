package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

// benchmarkBookings is how many bookings are stored before a benchmark begins.
const benchmarkBookings = 5000

// Benchmark measures reading one booking, listing fifty, and writing bookings
// from 1 and from 64 goroutines. Where the backend counts its commits, writing
// reports them per booking: the less, the more writes share one.
func Benchmark(b *testing.B, open func(testing.TB) Stores) {
	b.Run("get", func(b *testing.B) {
		s, booked := benchmarkSuite(b, open)
		for n := 0; b.Loop(); n++ {
			one := booked[n*7919%len(booked)]
			if _, err := s.Bookings.Get(b.Context(), one.UserID, one.BookingID); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("list50", func(b *testing.B) {
		s, booked := benchmarkSuite(b, open)
		for n := 0; b.Loop(); n++ {
			from := booked[n*7919%(len(booked)-100)]
			page := store.BookingPage{Interval: spacefinder.Interval{Start: from.Start, End: spacefinder.MaxTime}, Limit: 50}
			items, _, err := s.Bookings.ListByResource(b.Context(), from.LocationID, from.ResourceID, page)
			if err != nil || len(items) != 50 {
				b.Fatal(len(items), err)
			}
		}
	})
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("put-%d-writers", writers), func(b *testing.B) {
			s, _ := benchmarkSuite(b, open)
			benchmarkPuts(b, s, writers)
		})
	}
}

// benchmarkSuite opens a backend with one resource that is booked for hours on
// end.
func benchmarkSuite(b *testing.B, open func(testing.TB) Stores) (*suite, []spacefinder.Booking) {
	b.Helper()
	s := newSuite(open(b))
	r := s.resource(b)
	booked := make([]spacefinder.Booking, benchmarkBookings)
	parallel(64, len(booked), func(n int) {
		one := s.newBooking(r, fmt.Sprintf("user-%03d", n%100), int64(n)*3600, int64(n+1)*3600)
		stored, _, err := s.Bookings.Put(b.Context(), one, always())
		if err != nil {
			b.Error(err)
		}
		booked[n] = stored
	})
	return s, booked
}

// benchmarkPuts writes bookings of different users that do not clash, at one
// resource per writer.
func benchmarkPuts(b *testing.B, s *suite, writers int) {
	b.Helper()
	resources := make([]spacefinder.Resource, writers)
	for i := range resources {
		resources[i] = s.resource(b)
	}
	var before int64
	if s.Commits != nil {
		before = s.Commits()
	}
	b.ResetTimer()
	parallel(writers, b.N, func(n int) {
		start := int64(n/writers) * 3600
		one := s.newBooking(resources[n%writers], fmt.Sprintf("user-%03d", n%100), start, start+3600)
		if _, _, err := s.Bookings.Put(b.Context(), one, always()); err != nil {
			b.Error(err)
		}
	})
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puts/s")
	if s.Commits != nil {
		b.ReportMetric(float64(s.Commits()-before)/float64(b.N), "commits/put")
	}
}

// parallel calls fn with every number below n, from so many goroutines.
func parallel(goroutines, n int, fn func(n int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				fn(i)
			}
		})
	}
	wg.Wait()
}
