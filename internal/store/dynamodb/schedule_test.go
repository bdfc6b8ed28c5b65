package dynamodb

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
)

const hour = 3600

func at(start, end int64) spacefinder.Interval { return spacefinder.Interval{Start: start, End: end} }

func storeForKeys() *Store { return New(nil, Tables{Bookings: "bookings"}, Options{}) }

func TestDayKeys(t *testing.T) {
	for name, c := range map[string]struct {
		interval spacefinder.Interval
		days     []string
	}{
		"within a day":          {at(9*hour, 10*hour), []string{"1970-01-01"}},
		"up to midnight":        {at(23*hour, 24*hour), []string{"1970-01-01"}},
		"from midnight":         {at(24*hour, 25*hour), []string{"1970-01-02"}},
		"a second past it":      {at(23*hour, 24*hour+1), []string{"1970-01-01", "1970-01-02"}},
		"over a leap day":       {at(1709164800, 1709164800+25*hour), []string{"2024-02-29", "2024-03-01"}},
		"the last second there": {at(spacefinder.MaxTime-60, spacefinder.MaxTime), []string{"9999-12-31"}},
	} {
		var days []string
		for _, k := range storeForKeys().dayKeys("r", c.interval) {
			days = append(days, k.SK)
		}
		if !slices.Equal(days, c.days) {
			t.Errorf("%s: days %v, want %v", name, days, c.days)
		}
	}
	longest := at(hour, hour+int64(spacefinder.MaxBookingDuration/time.Second))
	if n := len(storeForKeys().dayKeys("r", longest)); n != 32 {
		t.Errorf("a booking of 31 days touches %d days, want 32", n)
	}
}

// day2 is the day from 86400 on, with what its item says.
func day2(t testing.TB, taken string) *day {
	t.Helper()
	var it item
	if taken != "" {
		it = item{text("taken", taken)}
	}
	d, err := decodeDay(key{SK: "1970-01-02"}, it)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTake(t *testing.T) {
	const taken = "-3600/7200 36000/39600 82800/90000" // 23-2, 10-11, 23-1 o'clock
	for name, c := range map[string]struct {
		interval spacefinder.Interval
		clash    spacefinder.Interval // zero: none
		now      string
	}{
		"between":            {at(90000+hour, 90000+2*hour), at(0, 0), "-3600/7200 7200/10800 36000/39600 82800/90000"},
		"back to back":       {at(86400+11*hour, 86400+12*hour), at(0, 0), "-3600/7200 36000/39600 39600/43200 82800/90000"},
		"same":               {at(86400+10*hour, 86400+11*hour), at(86400+10*hour, 86400+11*hour), ""},
		"a second too early": {at(86400+2*hour-1, 86400+3*hour), at(82800, 93600), ""},
		"a second too late":  {at(86400+9*hour, 86400+10*hour+1), at(86400+10*hour, 86400+11*hour), ""},
		"around all":         {at(86400, 2*86400), at(82800, 93600), ""},
		"around the last":    {at(86400+12*hour, 3*86400), at(86400+23*hour, 86400+25*hour), ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := day2(t, taken)
			err := schedule{d}.take([]key{d.key}, c.interval)
			if c.now == "" {
				if spacefinder.CodeOf(err) != spacefinder.CodeConflict {
					t.Fatalf("%v, want a conflict", err)
				}
				if clash := err.(*spacefinder.Error).Clash; *clash != c.clash { //nolint:errorlint,errcheck,forcetypeassert // take returns it
					t.Errorf("clash %v, want %v", *clash, c.clash)
				}
				return
			}
			if err != nil || d.format() != c.now {
				t.Errorf("%v, day is %q, want %q", err, d.format(), c.now)
			}
		})
	}
}

func TestFree(t *testing.T) {
	d := day2(t, "0/3600 36000/39600")
	if err := (schedule{d}).free([]key{d.key}, at(86400+10*hour, 86400+11*hour)); err != nil || d.format() != "0/3600" {
		t.Errorf("%v, day is %q", err, d.format())
	}
	// What is not there was changed by somebody else, also when a part of it is.
	if err := (schedule{d}).free([]key{d.key}, at(86400, 86400+hour-1)); err != errRace { //nolint:errorlint // itself
		t.Errorf("%v, want a lost race", err)
	}
}

func TestDayWrites(t *testing.T) {
	for name, c := range map[string]struct {
		was, condition string
		change         func(*day)
		removes        bool
	}{
		"a first booking":  {"", "attribute_not_exists(pk)", func(d *day) { d.intervals = []spacefinder.Interval{at(86400, 90000)} }, false},
		"another booking":  {"0/3600", "taken = :taken", func(d *day) { d.intervals = append(d.intervals, at(172000, 172800)) }, false},
		"the last one off": {"0/3600", "taken = :taken", func(d *day) { d.intervals = nil }, true},
	} {
		d := day2(t, c.was)
		c.change(d)
		w := d.write()
		if w.Condition != c.condition || (w.Action == table.Delete) != c.removes {
			t.Errorf("%s: %+v, want condition %q, removed %v", name, w, c.condition, c.removes)
		}
	}
}

func TestDamagedDays(t *testing.T) {
	for name, it := range map[string]item{
		"no text":         {},
		"another type":    {number("taken", 1)},
		"half a booking":  {text("taken", "3600")},
		"no number":       {text("taken", "a/b")},
		"without its end": {text("taken", "0/")},
	} {
		if _, err := decodeDay(key{SK: "1970-01-02"}, it); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := decodeDay(key{SK: "yesterday"}, nil); err == nil {
		t.Error("not a date: no error")
	}
}

// Any text is read as a day that is written as the same text, or refused: nothing
// that is booked gets lost on the way.
func FuzzDay(f *testing.F) {
	for _, seed := range []string{"", "0/3600", "-3600/7200 36000/39600", "0/1 1/2", "1", "9223372036854775807/0", "a/b", "1//2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, taken string) {
		d, err := decodeDay(key{SK: "1970-01-01"}, item{text("taken", taken)})
		if err != nil {
			return
		}
		again, err := decodeDay(d.key, item{text("taken", d.format())})
		if err != nil || !slices.Equal(again.intervals, d.intervals) {
			t.Errorf("%q became %v, then %v (%v)", taken, d.intervals, again, err)
		}
	})
}

// A schedule admits exactly what does not overlap.
func TestTakeLikeAList(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var naive []spacefinder.Interval
		d := day2(t, "")
		for range 30 {
			start := 86400 + rng.Int64N(40)
			i := at(start, start+1+rng.Int64N(8))
			free := !slices.ContainsFunc(naive, i.Overlaps)
			if err := (schedule{d}).take([]key{d.key}, i); (err == nil) != free {
				t.Fatalf("%v in %v: %v", i, naive, err)
			}
			if free {
				naive = append(naive, i)
			}
		}
	}
}
