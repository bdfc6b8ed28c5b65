package bookings

import (
	"time"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/rest"
)

// item is a booking as answers spell it.
type item spacefinder.Booking

// EncodeTo implements rest.Body.
func (b *item) EncodeTo(e *rest.Encoder) {
	e.Open('{')
	e.TextMember("bookingID", b.BookingID)
	e.TextMember("userID", b.UserID)
	e.TextMember("resourceID", b.ResourceID)
	e.TextMember("locationID", b.LocationID)
	e.NumberMember("starttimeepochtime", b.Start)
	e.NumberMember("endtimeepochtime", b.End)
	e.TimeMember("start", b.Start)
	e.TimeMember("end", b.End)
	e.TextMember("timestamp", b.Timestamp)
	e.Close('}')
}

// page is the answer of a list.
type page []spacefinder.Booking

// EncodeTo implements rest.Body.
func (p page) EncodeTo(e *rest.Encoder) {
	e.Open('[')
	for i := range p {
		(*item)(&p[i]).EncodeTo(e)
	}
	e.Close(']')
}

// list answers with a page of bookings.
func list(r *rest.Request, items []spacefinder.Booking, more bool) rest.Reply {
	reply := rest.Found(page(items), "")
	if more {
		reply.Link = r.NextLink(rest.BookingPlace(items[len(items)-1]))
	}
	return reply
}

// request is a booking as clients write it. What an answer has beside is
// allowed, so that a booking that was read can be changed and written back.
type request struct {
	BookingID          string  `json:"bookingID"`
	UserID             string  `json:"userID"`
	ResourceID         string  `json:"resourceID"`
	LocationID         string  `json:"locationID"`
	StartTimeEpochTime *int64  `json:"starttimeepochtime"`
	EndTimeEpochTime   *int64  `json:"endtimeepochtime"`
	Start              *string `json:"start"`
	End                *string `json:"end"`
	Timestamp          string  `json:"timestamp"` // ignored
}

// booking returns the booking that the request asks for under the ids of the
// path, and everything wrong with it under the rules.
func (q request) booking(userID, bookingID string, rules spacefinder.BookingRules) (spacefinder.Booking, []spacefinder.Problem) {
	b := spacefinder.Booking{BookingID: bookingID, UserID: userID, ResourceID: q.ResourceID, LocationID: q.LocationID}
	problems := rest.SamePathID("bookingID", q.BookingID, bookingID)
	problems = append(problems, rest.SamePathID("userID", q.UserID, userID)...)
	problems = append(problems, b.Problems()...)

	interval, unreadable := q.interval()
	if unreadable != nil {
		return b, append(problems, unreadable...)
	}
	b.Interval = interval
	return b, append(problems, rules.Problems(interval)...)
}

// interval reads the two moments; without an end the booking lasts an hour.
func (q request) interval() (spacefinder.Interval, []spacefinder.Problem) {
	start, problems := instant("start", q.Start, "starttimeepochtime", q.StartTimeEpochTime)
	if start == nil && problems == nil {
		problems = []spacefinder.Problem{{Field: "starttimeepochtime", Detail: "is required, or start in its place"}}
	}
	end, endProblems := instant("end", q.End, "endtimeepochtime", q.EndTimeEpochTime)
	if problems = append(problems, endProblems...); problems != nil {
		return spacefinder.Interval{}, problems
	}
	if end == nil {
		return spacefinder.Interval{Start: *start, End: *start + int64(spacefinder.DefaultBookingDuration/time.Second)}, nil
	}
	return spacefinder.Interval{Start: *start, End: *end}, nil
}

// instant reads one moment from its two spellings. nil without a problem means
// that neither is given.
func instant(textField string, text *string, secondsField string, seconds *int64) (*int64, []spacefinder.Problem) {
	if text == nil {
		return seconds, nil
	}
	t, err := time.Parse(time.RFC3339, *text)
	if err != nil || t.Nanosecond() != 0 {
		return nil, []spacefinder.Problem{{Field: textField, Detail: "must be RFC 3339 in whole seconds, such as 2026-11-23T10:00:00Z"}}
	}
	unix := t.Unix()
	if seconds != nil && *seconds != unix {
		return nil, []spacefinder.Problem{{Field: textField, Detail: "contradicts " + secondsField}}
	}
	return &unix, nil
}
