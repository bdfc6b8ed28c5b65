package spacefinder

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of the members of locations, resources and bookings. The OpenAPI
// document states the same numbers; a test compares them.
const (
	MaxIDLength          = 128  // characters of an id
	MaxNameLength        = 200  // characters of a name
	MaxDescriptionLength = 2000 // characters of a description
	MaxImageURLLength    = 2048 // characters of an image's address
	MaxTimeZoneLength    = 64   // characters of a time zone's name
	MaxCapacity          = 1_000_000
	MaxAmenities         = 50 // entries
	MaxAmenityLength     = 64 // characters of an entry
)

// ValidID reports whether s may be an id: 1 to MaxIDLength of A-Z a-z 0-9 and
// ._~:@|+=- , and not "." or "..", which are steps in a path. That admits the
// ids that this system makes (UUIDs), those that clients choose and the subjects
// of OpenID providers ("auth0|5f7c"), and leaves out what has a meaning in a
// path or in a policy: / ? * % # and white space.
func ValidID(s string) bool {
	if s == "" || len(s) > MaxIDLength || s == "." || s == ".." {
		return false
	}
	for i := range len(s) {
		if !isIDByte(s[i]) {
			return false
		}
	}
	return true
}

func isIDByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("._~:@|+=-", c) >= 0
}

// A checker gathers every problem of one value.
type checker struct{ problems []Problem }

func (c *checker) addf(field, format string, args ...any) {
	c.problems = append(c.problems, Problem{Field: field, Detail: fmt.Sprintf(format, args...)})
}

func (c *checker) id(field, value string) {
	if !ValidID(value) {
		c.addf(field, "must be 1 to %d characters of A-Z a-z 0-9 . _ ~ : @ | + = -", MaxIDLength)
	}
}

// line checks a required text of one line.
func (c *checker) line(field, value string, limit int) {
	switch {
	case strings.TrimSpace(value) == "":
		c.addf(field, "must not be empty")
	case strings.ContainsFunc(value, unicode.IsControl):
		c.addf(field, "must not contain control characters")
	}
	c.length(field, value, limit)
}

func (c *checker) length(field, value string, limit int) {
	if n := utf8.RuneCountInString(value); n > limit {
		c.addf(field, "must have at most %d characters, has %d", limit, n)
	}
}

// timeZone checks a name of the IANA time zone database. "Local" (Go) and
// "localtime" (many Unix systems) are words for the server's zone, which mean
// nothing to anybody else.
func (c *checker) timeZone(field, value string) {
	if len(value) > MaxTimeZoneLength {
		c.addf(field, "must have at most %d characters", MaxTimeZoneLength)
		return
	}
	_, err := time.LoadLocation(value)
	if err != nil || value == "" || value == "Local" || value == "localtime" {
		c.addf(field, "must be the name of an IANA time zone, such as Europe/Berlin")
	}
}
