package dynamodb

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spacefinder/spacefinder"
)

// secondsPerDay is the length of a UTC day, in which leap seconds do not count.
const secondsPerDay = 24 * 60 * 60

// A day is one item of a resource's schedule: the intervals of all bookings that
// touch that UTC day, each whole, in order. The intervals of a resource never
// overlap, so each is one booking's, and no id is needed.
//
// The item's text is its own condition: a transaction that changes a day
// requires it to be as it was read. A day without bookings has no item.
type day struct {
	key       key
	midnight  int64  // when it begins, in seconds since 1970
	was       string // the text as read, "" when there was no item
	intervals []spacefinder.Interval
}

// dayKeys returns the keys of the days of a resource's schedule that the interval
// touches, in order.
func (s *Store) dayKeys(resourceID string, i spacefinder.Interval) []key {
	var keys []key
	for midnight := i.Start - i.Start%secondsPerDay; midnight < i.End; midnight += secondsPerDay {
		date := time.Unix(midnight, 0).UTC().Format(time.DateOnly)
		keys = append(keys, key{Table: s.tables.Bookings, PK: "schedule#" + resourceID, SK: date})
	}
	return keys
}

// decodeDay reads a day from its item, nil for a day without bookings.
func decodeDay(k key, it item) (*day, error) {
	date, err := time.Parse(time.DateOnly, k.SK)
	if err != nil {
		return nil, fmt.Errorf("schedule of %s: %w", k.PK, err)
	}
	d := &day{key: k, midnight: date.Unix()}
	if it == nil {
		return d, nil
	}
	attributes := decoder{it: it}
	d.was = attributes.text("taken")
	if attributes.err != nil {
		return nil, attributes.err
	}
	for word := range strings.FieldsSeq(d.was) {
		i, err := d.parse(word)
		if err != nil {
			return nil, fmt.Errorf("%s of %s: %w", k.SK, k.PK, err)
		}
		d.intervals = append(d.intervals, i)
	}
	return d, nil
}

// parse reads an interval as format writes it.
func (d *day) parse(word string) (spacefinder.Interval, error) {
	from, to, _ := strings.Cut(word, "/")
	start, err := strconv.ParseInt(from, 10, 64)
	if err != nil {
		return spacefinder.Interval{}, err
	}
	end, err := strconv.ParseInt(to, 10, 64)
	if err != nil {
		return spacefinder.Interval{}, err
	}
	return spacefinder.Interval{Start: d.midnight + start, End: d.midnight + end}, nil
}

// format writes the day's intervals in seconds after its midnight:
// "32400/36000 82800/90000" are 9 to 10 o'clock, and 23 o'clock to 1 the next day.
func (d *day) format() string {
	const room = len("-82800/-79200 ") // of an interval
	b := make([]byte, 0, len(d.intervals)*room)
	for n, i := range d.intervals {
		if n > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(b, i.Start-d.midnight, 10)
		b = append(b, '/')
		b = strconv.AppendInt(b, i.End-d.midnight, 10)
	}
	return string(b)
}

// write returns the write that stores the day as it is now, on condition that it
// is still as it was read.
func (d *day) write() write {
	unchanged := absent()
	if d.was != "" {
		unchanged = equals(text("taken", d.was))
	}
	if len(d.intervals) == 0 {
		return remove(d.key, unchanged)
	}
	return put(d.key, item{text("taken", d.format())}, unchanged)
}

// A schedule is the days that a change of a booking concerns, of the resource
// that it was on and of that which it will be on.
type schedule []*day

// find returns the day with the key, nil when it has not been read.
func (s schedule) find(k key) *day {
	for _, d := range s {
		if d.key == k {
			return d
		}
	}
	return nil
}

// missing returns those of the keys that have not been read.
func (s schedule) missing(keys []key) []key {
	return slices.DeleteFunc(slices.Clone(keys), func(k key) bool { return s.find(k) != nil })
}

// with returns the schedule and the days read as items.
func (s schedule) with(keys []key, items []item) (schedule, error) {
	for n, k := range keys {
		d, err := decodeDay(k, items[n])
		if err != nil {
			return nil, err
		}
		s = append(s, d)
	}
	return s, nil
}

// free takes the interval out of the days. It returns errRace when a day does not
// have it: the booking has changed since it was read.
func (s schedule) free(keys []key, i spacefinder.Interval) error {
	for _, k := range keys {
		d := s.find(k)
		n := slices.Index(d.intervals, i)
		if n < 0 {
			return errRace
		}
		d.intervals = slices.Delete(d.intervals, n, n+1)
	}
	return nil
}

// take puts the interval into the days; CodeConflict with the earliest clash when
// one of them has an interval that overlaps.
func (s schedule) take(keys []key, i spacefinder.Interval) error {
	for _, k := range keys {
		d := s.find(k)
		n, _ := slices.BinarySearchFunc(d.intervals, i, func(a, b spacefinder.Interval) int { return int(a.End - b.Start - 1) })
		if n < len(d.intervals) && d.intervals[n].Overlaps(i) {
			return spacefinder.Conflict(d.intervals[n])
		}
		d.intervals = slices.Insert(d.intervals, n, i)
	}
	return nil
}

// appendWrites appends the writes that store all days.
func (s schedule) appendWrites(writes []write) []write {
	for _, d := range s {
		writes = append(writes, d.write())
	}
	return writes
}
