package rest

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/store"
)

// A page is asked for with the query parameters limit and cursor; the answer
// names the next one in a Link header. Cursors are opaque to clients.
const (
	paramLimit  = "limit"
	paramCursor = "cursor"
)

// Query returns a parameter of the query, and whether it was given. A
// parameter given twice is an error: there is no right one of the two.
func (r *Request) Query(name string) (value string, given bool, err error) {
	switch values := r.query[name]; len(values) {
	case 0:
		return "", false, nil
	case 1:
		return values[0], true, nil
	default:
		return "", false, queryError(name, "must be given once")
	}
}

func queryError(name, detail string) error {
	return spacefinder.Invalid([]spacefinder.Problem{{Field: name, Detail: detail}})
}

// Limit returns how many items the page may have. More than the most is the
// most (AIP-158); less than one is an error.
func (r *Request) Limit() (int, error) {
	value, given, err := r.Query(paramLimit)
	if err != nil || !given {
		return store.DefaultPageSize, err
	}
	n, err := strconv.ParseUint(value, 10, 32)
	if errors.Is(err, strconv.ErrRange) {
		return store.MaxPageSize, nil
	}
	if err != nil || n == 0 {
		return 0, queryError(paramLimit, "must be a number from 1 to 1000")
	}
	return int(min(n, store.MaxPageSize)), nil
}

// IDPage reads limit and cursor of a list in order of ids.
func (r *Request) IDPage() (store.Page, error) {
	limit, err := r.Limit()
	if err != nil {
		return store.Page{}, err
	}
	after, err := r.cursor()
	if err == nil && after != "" && !spacefinder.ValidID(after) {
		err = cursorError()
	}
	return store.Page{After: after, Limit: limit}, err
}

// BookingPage reads from, to, limit and cursor of a list of bookings.
func (r *Request) BookingPage() (store.BookingPage, error) {
	limit, err := r.Limit()
	if err != nil {
		return store.BookingPage{}, err
	}
	interval, err := r.interval()
	if err != nil {
		return store.BookingPage{}, err
	}
	place, err := r.cursor()
	if err != nil {
		return store.BookingPage{}, err
	}
	after, err := parseBookingKey(place)
	return store.BookingPage{Interval: interval, After: after, Limit: limit}, err
}

// interval reads from and to. Either may be left out. Bookings lie on whole
// seconds, so the bookings that start before a moment between two seconds are
// those that start before the later of the two.
func (r *Request) interval() (spacefinder.Interval, error) {
	interval := store.AllTime()
	var err error
	if interval.Start, err = r.seconds("from", interval.Start, 0); err != nil {
		return interval, err
	}
	if interval.End, err = r.seconds("to", interval.End, time.Second-1); err != nil {
		return interval, err
	}
	if interval.Start >= interval.End {
		return interval, queryError("to", "must be after from")
	}
	return interval, nil
}

// seconds reads a moment in seconds since 1970 or in RFC 3339, adds round to
// it and drops the fraction of a second.
func (r *Request) seconds(name string, otherwise int64, round time.Duration) (int64, error) {
	value, given, err := r.Query(name)
	if err != nil || !given {
		return otherwise, err
	}
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		// A plus sign that was not escaped arrives as a space.
		t, err := time.Parse(time.RFC3339, strings.Replace(value, " ", "+", 1))
		if err != nil {
			return 0, queryError(name, "must be in seconds since 1970 or in RFC 3339, such as 2026-11-23T10:00:00Z")
		}
		seconds = t.Add(round).Unix()
	}
	if seconds < spacefinder.MinTime || seconds > spacefinder.MaxTime {
		return 0, queryError(name, "must be in the years 1970 to 9999")
	}
	return seconds, nil
}

// cursor returns the place that the cursor names, "" without one.
func (r *Request) cursor() (string, error) {
	value, given, err := r.Query(paramCursor)
	if err != nil || !given {
		return "", err
	}
	place, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil || len(place) == 0 {
		return "", cursorError()
	}
	return string(place), nil
}

func cursorError() error {
	return queryError(paramCursor, "must be taken from the Link header of the page before")
}

// NextLink returns the Link header for the page after the item at place. The
// address has a query alone, so that it holds behind any path prefix.
func (r *Request) NextLink(place string) string {
	query := url.Values{}
	for name, values := range r.query {
		query[name] = values
	}
	query.Set(paramCursor, base64.RawURLEncoding.EncodeToString([]byte(place)))
	return "<?" + query.Encode() + `>; rel="next"`
}

// BookingPlace spells a booking's place in a list, for NextLink.
func BookingPlace(b spacefinder.Booking) string {
	return strconv.FormatInt(b.Start, 10) + "/" + b.BookingID
}

func parseBookingKey(place string) (store.BookingKey, error) {
	if place == "" {
		return store.BookingKey{}, nil
	}
	start, id, _ := strings.Cut(place, "/")
	seconds, err := strconv.ParseInt(start, 10, 64)
	if err != nil || seconds < spacefinder.MinTime || seconds > spacefinder.MaxTime || !spacefinder.ValidID(id) {
		return store.BookingKey{}, cursorError()
	}
	return store.BookingKey{Start: seconds, BookingID: id}, nil
}
