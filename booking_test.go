package spacefinder_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/spacefinder/spacefinder"
)

const (
	day  = 24 * 60 * 60
	noon = 1_795_435_200 // 2026-11-23T12:00:00Z
)

func TestOverlaps(t *testing.T) {
	taken := spacefinder.Interval{Start: noon, End: noon + 3600}
	tests := []struct {
		name       string
		start, end int64 // relative to noon; taken is 0 to 3600
		want       bool
	}{
		{"the same", 0, 3600, true},
		{"inside", 600, 1200, true},
		{"inside from the start on", 0, 600, true},
		{"inside up to the end", 3000, 3600, true},
		{"around", -600, 4200, true},
		{"over the start", -600, 600, true},
		{"over the end", 3000, 4200, true},
		{"over the start by a second", -600, 1, true},
		{"over the end by a second", 3599, 4200, true},
		{"up to the start", -600, 0, false},
		{"from the end on", 3600, 4200, false},
		{"before", -1200, -600, false},
		{"after", 4200, 4800, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			other := spacefinder.Interval{Start: noon + tt.start, End: noon + tt.end}
			if taken.Overlaps(other) != tt.want || other.Overlaps(taken) != tt.want {
				t.Errorf("Overlaps is %t one way and %t the other, want %t", taken.Overlaps(other), other.Overlaps(taken), tt.want)
			}
		})
	}
}

func drawInterval(t *rapid.T, label string) spacefinder.Interval {
	start := rapid.Int64Range(0, 30).Draw(t, label+" start")
	return spacefinder.Interval{Start: start, End: start + rapid.Int64Range(1, 30).Draw(t, label+" length")}
}

// Overlapping means to have a second in common, whichever way it is computed.
func TestOverlapsMeansASharedSecond(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawInterval(t, "a"), drawInterval(t, "b")
		shared := false
		for s := a.Start; s < a.End; s++ {
			shared = shared || (b.Start <= s && s < b.End)
		}
		if a.Overlaps(b) != shared || b.Overlaps(a) != shared {
			t.Fatalf("%v and %v: Overlaps is %t and %t, want %t", a, b, a.Overlaps(b), b.Overlaps(a), shared)
		}
	})
}

func TestDuration(t *testing.T) {
	tests := []struct {
		name string
		i    spacefinder.Interval
		want time.Duration
	}{
		{"an hour", spacefinder.Interval{Start: noon, End: noon + 3600}, time.Hour},
		{"nothing", spacefinder.Interval{Start: noon, End: noon}, 0},
		{"backwards", spacefinder.Interval{Start: noon, End: noon - 60}, -time.Minute},
		{"longer than a Duration can say", spacefinder.Interval{Start: 0, End: spacefinder.MaxTime}, math.MaxInt64},
		{"further back than a Duration can say", spacefinder.Interval{Start: spacefinder.MaxTime, End: 0}, math.MinInt64},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.i.Duration(); got != tt.want {
				t.Errorf("Duration is %s, want %s", got, tt.want)
			}
		})
	}
}

func TestTimesSpellsBothWays(t *testing.T) {
	tests := []struct {
		name string
		i    spacefinder.Interval
		want spacefinder.Times
	}{
		{"an hour", spacefinder.Interval{Start: noon, End: noon + 3600}, spacefinder.Times{
			StartTimeEpochTime: 1795435200, EndTimeEpochTime: 1795438800,
			Start: "2026-11-23T12:00:00Z", End: "2026-11-23T13:00:00Z",
		}},
		{"all time", spacefinder.Interval{Start: spacefinder.MinTime, End: spacefinder.MaxTime}, spacefinder.Times{
			StartTimeEpochTime: 0, EndTimeEpochTime: 253402300799,
			Start: "1970-01-01T00:00:00Z", End: "9999-12-31T23:59:59Z",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.i.Times(); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestBookingRulesProblems(t *testing.T) {
	const maxTime = spacefinder.MaxTime
	narrow := spacefinder.BookingRules{MinDuration: 15 * time.Minute, MaxDuration: 4 * time.Hour}
	wide := spacefinder.DefaultBookingRules()
	const start, end = "starttimeepochtime", "endtimeepochtime"
	tests := []struct {
		name       string
		rules      spacefinder.BookingRules
		start, end int64
		want       string
	}{
		{"an hour", wide, noon, noon + 3600, ""},
		{"the shortest", wide, noon, noon + 60, ""},
		{"a second shorter", wide, noon, noon + 59, end},
		{"the longest", wide, noon, noon + 31*day, ""},
		{"a second longer", wide, noon, noon + 31*day + 1, end},
		{"the setting's shortest", narrow, noon, noon + 900, ""},
		{"a second shorter than the setting", narrow, noon, noon + 899, end},
		{"the setting's longest", narrow, noon, noon + 4*3600, ""},
		{"a second longer than the setting", narrow, noon, noon + 4*3600 + 1, end},
		{"no time at all", wide, noon, noon, end},
		{"backwards", wide, noon, noon - 3600, end},
		{"the past", wide, 3600, 7200, ""},
		{"the first moment", wide, 0, 60, ""},
		{"before the first moment", wide, -1, 60, start},
		{"the last moment", wide, maxTime - 60, maxTime, ""},
		{"after the last moment", wide, maxTime - 60, maxTime + 1, end},
		{"both out of range", wide, -2, -1, start + " " + end},
		{"both at the ends of int64", wide, math.MinInt64, math.MaxInt64, start + " " + end},
		// Counted in nanoseconds of 64 bits, these 584 years and an hour are an hour.
		{"an hour after int64 has wrapped", wide, noon, noon + 18446744073 + 3600, end},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkFields(t, tt.rules.Problems(spacefinder.Interval{Start: tt.start, End: tt.end}), tt.want)
		})
	}
}

func TestNoIntervalOutsideTheRulesPasses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := spacefinder.Interval{Start: rapid.Int64().Draw(t, "start"), End: rapid.Int64().Draw(t, "end")}
		if rapid.Bool().Draw(t, "in the years of the contract") {
			i.Start = rapid.Int64Range(spacefinder.MinTime, spacefinder.MaxTime).Draw(t, "start in range")
			i.End = rapid.Int64Range(i.Start, spacefinder.MaxTime).Draw(t, "end in range")
		}
		inYears := min(i.Start, i.End) >= spacefinder.MinTime && max(i.Start, i.End) <= spacefinder.MaxTime
		want := inYears && i.End-i.Start >= 60 && i.End-i.Start <= 31*day
		if got := len(spacefinder.DefaultBookingRules().Problems(i)) == 0; got != want {
			t.Fatalf("%v passes: %t, want %t", i, got, want)
		}
	})
}

func TestBookingRulesCheck(t *testing.T) {
	type rules = spacefinder.BookingRules
	tests := []struct {
		name  string
		rules rules
		ok    bool
	}{
		{"the default", spacefinder.DefaultBookingRules(), true},
		{"narrower", rules{MinDuration: time.Hour, MaxDuration: 8 * time.Hour}, true},
		{"one duration alone", rules{MinDuration: time.Hour, MaxDuration: time.Hour}, true},
		{"a shortest below the contract's", rules{MinDuration: time.Minute - 1, MaxDuration: time.Hour}, false},
		{"a longest above the contract's", rules{MinDuration: time.Hour, MaxDuration: 31*24*time.Hour + 1}, false},
		{"crossed", rules{MinDuration: 2 * time.Hour, MaxDuration: time.Hour}, false},
		{"the zero value", rules{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.rules.Check(); (err == nil) != tt.ok {
				t.Errorf("Check returns %v, want ok %t", err, tt.ok)
			}
		})
	}
}

func validBooking() spacefinder.Booking {
	return spacefinder.Booking{
		BookingID: "b1", UserID: "ada", ResourceID: "isar", LocationID: "munich",
		Interval: spacefinder.Interval{Start: noon, End: noon + 3600},
	}
}

func TestBookingProblems(t *testing.T) {
	type booking = spacefinder.Booking
	tests := []struct {
		name   string
		change func(*booking)
		want   string
	}{
		{"valid", func(*booking) {}, ""},
		{"no location", func(b *booking) { b.LocationID = "" }, ""},
		{"a location that is no id", func(b *booking) { b.LocationID = "a b" }, "locationID"},
		{"no resource", func(b *booking) { b.ResourceID = "" }, "resourceID"},
		{"everything wrong at once", func(b *booking) { *b = booking{LocationID: "/"} }, "bookingID userID resourceID locationID"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := validBooking()
			tt.change(&b)
			checkFields(t, b.Problems(), tt.want)
		})
	}
}

func TestBookingSame(t *testing.T) {
	type booking = spacefinder.Booking
	tests := []struct {
		name   string
		change func(*booking)
		want   bool
	}{
		{"with nothing else", func(*booking) {}, true},
		{"without the location, which is that of the resource", func(b *booking) { b.LocationID = "" }, true},
		{"written at another time", func(b *booking) { b.Timestamp = "2026-11-22T09:30:00.000Z" }, true},
		{"of another revision", func(b *booking) { b.Revision = "2" }, true},
		{"with another id", func(b *booking) { b.BookingID = "b2" }, false},
		{"of another user", func(b *booking) { b.UserID = "bob" }, false},
		{"of another resource", func(b *booking) { b.ResourceID = "inn" }, false},
		{"at another location", func(b *booking) { b.LocationID = "berlin" }, false},
		{"with another start", func(b *booking) { b.Start++ }, false},
		{"with another end", func(b *booking) { b.End++ }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := validBooking()
			tt.change(&b)
			if got := b.Same(validBooking()); got != tt.want {
				t.Errorf("Same is %t, want %t", got, tt.want)
			}
		})
	}
}
