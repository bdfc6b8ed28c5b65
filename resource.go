package spacefinder

import (
	"fmt"
	"slices"
)

// ResourceType is the kind of a space.
type ResourceType string

// The kinds of spaces.
const (
	TypeRoom  ResourceType = "room"
	TypeDemo  ResourceType = "demo"
	TypeArena ResourceType = "arena"
	TypeHall  ResourceType = "hall"
)

// ResourceTypes lists the kinds of spaces in the order of the contract.
func ResourceTypes() []ResourceType {
	return []ResourceType{TypeRoom, TypeDemo, TypeArena, TypeHall}
}

// Resource is a space at a location that can be booked. Its JSON form is its
// representation in requests and answers.
type Resource struct {
	ResourceID  string       `json:"resourceID"`
	LocationID  string       `json:"locationID"`
	Name        string       `json:"name"`
	Type        ResourceType `json:"type,omitempty"`
	Description string       `json:"description,omitempty"`
	Capacity    int          `json:"capacity,omitzero"` // people; 0: not known
	Amenities   []string     `json:"amenities,omitempty"`
	Timestamp   string       `json:"timestamp"` // when it was last written, RFC 3339 in UTC

	Revision string `json:"-"` // names this state of the item; the ETag
}

// Problems returns everything wrong with the members that a client sets.
func (r Resource) Problems() []Problem {
	var c checker
	c.id("resourceID", r.ResourceID)
	c.id("locationID", r.LocationID)
	c.line("name", r.Name, MaxNameLength)
	if r.Type != "" && !slices.Contains(ResourceTypes(), r.Type) {
		c.addf("type", "must be one of room, demo, arena, hall")
	}
	c.length("description", r.Description, MaxDescriptionLength)
	if r.Capacity < 0 || r.Capacity > MaxCapacity {
		c.addf("capacity", "must be from 0 (not known) to %d", MaxCapacity)
	}
	c.amenities("amenities", r.Amenities)
	return c.problems
}

// Same reports whether both have the same members set by a client, so that
// writing one over the other changes nothing.
func (r Resource) Same(other Resource) bool {
	return r.ResourceID == other.ResourceID && r.LocationID == other.LocationID && r.Name == other.Name &&
		r.Type == other.Type && r.Description == other.Description && r.Capacity == other.Capacity &&
		slices.Equal(r.Amenities, other.Amenities)
}

func (c *checker) amenities(field string, values []string) {
	if len(values) > MaxAmenities {
		c.addf(field, "must have at most %d entries, has %d", MaxAmenities, len(values))
		return
	}
	for i, v := range values {
		entry := fmt.Sprintf("%s/%d", field, i)
		c.line(entry, v, MaxAmenityLength)
		if slices.Contains(values[:i], v) {
			c.addf(entry, "must not repeat an entry before it")
		}
	}
}
