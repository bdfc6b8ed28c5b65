package spacefinder

import (
	"net/url"
	"strings"
)

// Location is a place that has resources: a building, a campus, a venue. Its
// JSON form is its representation in requests and answers.
type Location struct {
	LocationID  string `json:"locationID"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	ImageURL    string `json:"imageUrl,omitempty"`
	TimeZone    string `json:"timeZone"`  // IANA name; UTC unless given
	Timestamp   string `json:"timestamp"` // when it was last written, RFC 3339 in UTC

	Revision string `json:"-"` // names this state of the item; the ETag
}

// DefaultTimeZone is the time zone of a location that names none.
const DefaultTimeZone = "UTC"

// WithDefaults returns the location with its optional members filled in.
func (l Location) WithDefaults() Location {
	if l.TimeZone == "" {
		l.TimeZone = DefaultTimeZone
	}
	return l
}

// Problems returns everything wrong with the members that a client sets.
func (l Location) Problems() []Problem {
	var c checker
	c.id("locationID", l.LocationID)
	c.line("name", l.Name, MaxNameLength)
	c.length("description", l.Description, MaxDescriptionLength)
	c.imageURL("imageUrl", l.ImageURL)
	c.timeZone("timeZone", l.TimeZone)
	return c.problems
}

// Same reports whether both have the same members set by a client, so that
// writing one over the other changes nothing.
func (l Location) Same(other Location) bool {
	l.Timestamp, l.Revision = other.Timestamp, other.Revision
	return l == other
}

// imageURL admits absolute http and https addresses only: a page that shows
// the image must not be made to run a javascript: or data: address.
func (c *checker) imageURL(field, value string) {
	if value == "" {
		return
	}
	c.length(field, value, MaxImageURLLength)
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || (!strings.EqualFold(u.Scheme, "http") && !strings.EqualFold(u.Scheme, "https")) {
		c.addf(field, "must be an absolute http or https address")
	}
}
