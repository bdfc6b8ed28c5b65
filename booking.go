package spacefinder

import (
	"fmt"
	"time"
)

// Booking is one person's use of a resource for an interval of time.
type Booking struct {
	BookingID  string
	UserID     string // whose booking it is: the subject of that user's ID token
	ResourceID string
	LocationID string // the resource's; stores fill it in
	Interval
	Timestamp string // when it was last written, RFC 3339 in UTC

	Revision string // names this state of the item; the ETag
}

// Interval is a span of time [Start, End) in seconds since 1970-01-01T00:00Z:
// a booking that ends at noon and one that starts at noon do not overlap.
type Interval struct {
	Start, End int64
}

// Bounds of time in the contract.
const (
	MinTime = 0            // 1970-01-01T00:00:00Z
	MaxTime = 253402300799 // 9999-12-31T23:59:59Z, the last second that RFC 3339 can write

	MinBookingDuration     = time.Minute
	MaxBookingDuration     = 31 * 24 * time.Hour
	DefaultBookingDuration = time.Hour
)

// Duration returns how long the interval lasts; an interval longer than 292
// years, the most that a time.Duration holds, has that longest Duration.
func (i Interval) Duration() time.Duration { return time.Unix(i.End, 0).Sub(time.Unix(i.Start, 0)) }

// Overlaps reports whether the intervals have a moment in common.
func (i Interval) Overlaps(o Interval) bool { return i.Start < o.End && i.End > o.Start }

// Times returns the interval in the spellings of the contract.
func (i Interval) Times() Times {
	return Times{
		StartTimeEpochTime: i.Start,
		EndTimeEpochTime:   i.End,
		Start:              time.Unix(i.Start, 0).UTC().Format(time.RFC3339),
		End:                time.Unix(i.End, 0).UTC().Format(time.RFC3339),
	}
}

// Times is an interval as answers spell it: in seconds since 1970, as the
// ancestor's clients read it, and in RFC 3339 (UTC).
type Times struct {
	StartTimeEpochTime int64  `json:"starttimeepochtime"`
	EndTimeEpochTime   int64  `json:"endtimeepochtime"`
	Start              string `json:"start"`
	End                string `json:"end"`
}

// BookingRules are the settings that an operator can narrow.
type BookingRules struct {
	MinDuration time.Duration // at least MinBookingDuration
	MaxDuration time.Duration // at most MaxBookingDuration
}

// DefaultBookingRules allows what the contract allows.
func DefaultBookingRules() BookingRules {
	return BookingRules{MinDuration: MinBookingDuration, MaxDuration: MaxBookingDuration}
}

// Check reports settings that the contract has no room for.
func (r BookingRules) Check() error {
	if r.MinDuration < MinBookingDuration || r.MaxDuration > MaxBookingDuration || r.MinDuration > r.MaxDuration {
		return fmt.Errorf("booking durations must satisfy %s <= shortest <= longest <= %s, are %s and %s",
			MinBookingDuration, MaxBookingDuration, r.MinDuration, r.MaxDuration)
	}
	return nil
}

// Problems returns everything wrong with the ids of a booking. LocationID may
// be empty: it follows from the resource.
func (b Booking) Problems() []Problem {
	var c checker
	c.id("bookingID", b.BookingID)
	c.id("userID", b.UserID)
	c.id("resourceID", b.ResourceID)
	if b.LocationID != "" {
		c.id("locationID", b.LocationID)
	}
	return c.problems
}

// Problems returns everything wrong with the interval of a booking.
func (r BookingRules) Problems(i Interval) []Problem {
	var c checker
	c.instant("starttimeepochtime", i.Start)
	c.instant("endtimeepochtime", i.End)
	if c.problems != nil {
		return c.problems
	}
	switch d := i.Duration(); {
	case d <= 0:
		c.addf("endtimeepochtime", "must be after the start")
	case d < r.MinDuration:
		c.addf("endtimeepochtime", "a booking lasts at least %s, this one %s", r.MinDuration, d)
	case d > r.MaxDuration:
		c.addf("endtimeepochtime", "a booking lasts at most %s, this one %s", r.MaxDuration, d)
	}
	return c.problems
}

func (c *checker) instant(field string, seconds int64) {
	if seconds < MinTime || seconds > MaxTime {
		c.addf(field, "must be in the years 1970 to 9999")
	}
}

// Same reports whether both have the same members set by a client, so that
// writing one over the other changes nothing. A booking that names no location
// means that of its resource.
func (b Booking) Same(other Booking) bool {
	return b.BookingID == other.BookingID && b.UserID == other.UserID && b.ResourceID == other.ResourceID &&
		(b.LocationID == "" || b.LocationID == other.LocationID) && b.Interval == other.Interval
}
