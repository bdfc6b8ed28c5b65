package transfer

import (
	"errors"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder"
)

// formatVersion is that of the files written here; older ones are read too,
// newer ones are refused.
const formatVersion = 1

// line is one line of the file. Exactly one of its members is set.
type line struct {
	Header   *header       `json:"export,omitzero"`
	Location *locationLine `json:"location,omitzero"`
	Resource *resourceLine `json:"resource,omitzero"`
	Booking  *bookingLine  `json:"booking,omitzero"`
	Trailer  *trailer      `json:"end,omitzero"`
}

type header struct {
	Version    int       `json:"version"`
	ExportedAt time.Time `json:"exportedAt"`
}

type trailer struct {
	Counts
	SHA256 string `json:"sha256"` // of every byte before the trailer's line, in hexadecimal digits
}

type locationLine struct {
	spacefinder.Location
	Revision string `json:"revision"`
}

type resourceLine struct {
	spacefinder.Resource
	Revision string `json:"revision"`
}

type bookingLine struct {
	BookingID  string `json:"bookingID"`
	UserID     string `json:"userID"`
	ResourceID string `json:"resourceID"`
	LocationID string `json:"locationID"`
	Start      int64  `json:"starttimeepochtime"`
	End        int64  `json:"endtimeepochtime"`
	Timestamp  string `json:"timestamp"`
	Revision   string `json:"revision"`
}

func (l location) line() line {
	return line{Location: &locationLine{spacefinder.Location(l), l.Revision}}
}

func (r resource) line() line {
	return line{Resource: &resourceLine{spacefinder.Resource(r), r.Revision}}
}

func (b booking) line() line {
	return line{Booking: &bookingLine{
		BookingID: b.BookingID, UserID: b.UserID, ResourceID: b.ResourceID, LocationID: b.LocationID,
		Start: b.Start, End: b.End, Timestamp: b.Timestamp, Revision: b.Revision,
	}}
}

// encode returns the line with its line feed.
func (l line) encode() ([]byte, error) {
	text, err := json.Marshal(l)
	return append(text, '\n'), err
}

var errNotOneMember = errors.New("is not one of export, location, resource, booking and end")

func decodeLine(text []byte) (l line, err error) {
	if err := json.Unmarshal(text, &l, json.RejectUnknownMembers(true)); err != nil {
		return l, err
	}
	members := 0
	for _, is := range []bool{l.Header != nil, l.Location != nil, l.Resource != nil, l.Booking != nil, l.Trailer != nil} {
		if is {
			members++
		}
	}
	if members != 1 {
		return l, errNotOneMember
	}
	return l, nil
}

// item returns the item of the line, nil for a header and a trailer.
func (l line) item() item {
	switch {
	case l.Location != nil:
		i := location(l.Location.Location)
		i.Revision = l.Location.Revision
		return i
	case l.Resource != nil:
		i := resource(l.Resource.Resource)
		i.Revision = l.Resource.Revision
		return i
	case l.Booking != nil:
		b := l.Booking
		return booking{
			BookingID: b.BookingID, UserID: b.UserID, ResourceID: b.ResourceID, LocationID: b.LocationID,
			Interval: spacefinder.Interval{Start: b.Start, End: b.End}, Timestamp: b.Timestamp, Revision: b.Revision,
		}
	}
	return nil
}
