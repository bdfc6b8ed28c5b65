package locations

import (
	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/rest"
)

// item is a location as answers spell it, which is as json.Marshal does.
type item spacefinder.Location

// EncodeTo implements rest.Body.
func (l *item) EncodeTo(e *rest.Encoder) {
	e.Open('{')
	e.TextMember("locationID", l.LocationID)
	e.TextMember("name", l.Name)
	e.OptionalText("description", l.Description)
	e.OptionalText("imageUrl", l.ImageURL)
	e.TextMember("timeZone", l.TimeZone)
	e.TextMember("timestamp", l.Timestamp)
	e.Close('}')
}

// page is the answer of a list, in the ancestor's shape.
type page struct {
	items          []spacefinder.Location
	lastLocationID string // there are more after this one; "" when there are none
}

// EncodeTo implements rest.Body.
func (p *page) EncodeTo(e *rest.Encoder) {
	e.Open('{')
	e.Name("items")
	e.Open('[')
	for i := range p.items {
		(*item)(&p.items[i]).EncodeTo(e)
	}
	e.Close(']')
	e.OptionalText("lastLocationID", p.lastLocationID)
	e.Close('}')
}
