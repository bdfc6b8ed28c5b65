package resources

import (
	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/rest"
)

// item is a resource as answers spell it, which is as json.Marshal does.
type item spacefinder.Resource

// EncodeTo implements rest.Body.
func (r *item) EncodeTo(e *rest.Encoder) {
	e.Open('{')
	e.TextMember("resourceID", r.ResourceID)
	e.TextMember("locationID", r.LocationID)
	e.TextMember("name", r.Name)
	e.OptionalText("type", string(r.Type))
	e.OptionalText("description", r.Description)
	if r.Capacity != 0 {
		e.NumberMember("capacity", int64(r.Capacity))
	}
	if len(r.Amenities) > 0 {
		e.Name("amenities")
		e.Open('[')
		for _, amenity := range r.Amenities {
			e.Text(amenity)
		}
		e.Close(']')
	}
	e.TextMember("timestamp", r.Timestamp)
	e.Close('}')
}

// list is the answer of list, a page of resources.
type list []spacefinder.Resource

// EncodeTo implements rest.Body.
func (l list) EncodeTo(e *rest.Encoder) {
	e.Open('[')
	for i := range l {
		(*item)(&l[i]).EncodeTo(e)
	}
	e.Close(']')
}
