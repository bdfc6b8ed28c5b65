package spacefinder_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder"
)

func validResource() spacefinder.Resource {
	return spacefinder.Resource{
		ResourceID:  "isar",
		LocationID:  "munich",
		Name:        "Isar",
		Type:        spacefinder.TypeRoom,
		Description: "Third floor",
		Capacity:    8,
		Amenities:   []string{"screen", "whiteboard"},
	}
}

func amenities(n int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("amenity %d", i))
	}
	return list
}

func TestResourceProblems(t *testing.T) {
	type resource = spacefinder.Resource
	tests := []struct {
		name   string
		change func(*resource)
		want   string
	}{
		{"valid", func(*resource) {}, ""},
		{"only what is required", func(r *resource) {
			*r = resource{ResourceID: "isar", LocationID: "munich", Name: "Isar"}
		}, ""},
		{"no id", func(r *resource) { r.ResourceID = "" }, "resourceID"},
		{"no location", func(r *resource) { r.LocationID = "" }, "locationID"},
		{"no name", func(r *resource) { r.Name = "" }, "name"},
		{"the longest name", func(r *resource) { r.Name = strings.Repeat("ü", 200) }, ""},
		{"a name one character too long", func(r *resource) { r.Name = strings.Repeat("ü", 201) }, "name"},
		{"the longest description", func(r *resource) { r.Description = strings.Repeat("ü", 2000) }, ""},
		{"a description one character too long", func(r *resource) { r.Description = strings.Repeat("ü", 2001) }, "description"},

		{"a demo area", func(r *resource) { r.Type = "demo" }, ""},
		{"an arena", func(r *resource) { r.Type = "arena" }, ""},
		{"a hall", func(r *resource) { r.Type = "hall" }, ""},
		{"a type in capitals", func(r *resource) { r.Type = "Room" }, "type"},
		{"an unknown type", func(r *resource) { r.Type = "desk" }, "type"},

		{"an unknown capacity", func(r *resource) { r.Capacity = 0 }, ""},
		{"the greatest capacity", func(r *resource) { r.Capacity = 1_000_000 }, ""},
		{"a capacity one too great", func(r *resource) { r.Capacity = 1_000_001 }, "capacity"},
		{"a negative capacity", func(r *resource) { r.Capacity = -1 }, "capacity"},

		{"the most amenities", func(r *resource) { r.Amenities = amenities(50) }, ""},
		{"one amenity too many", func(r *resource) { r.Amenities = amenities(51) }, "amenities"},
		{"the longest amenity", func(r *resource) { r.Amenities = []string{strings.Repeat("屏", 64)} }, ""},
		{"an amenity one character too long", func(r *resource) { r.Amenities = []string{strings.Repeat("屏", 65)} }, "amenities/0"},
		{"an empty amenity", func(r *resource) { r.Amenities = []string{"screen", ""} }, "amenities/1"},
		{"an amenity of spaces", func(r *resource) { r.Amenities = []string{"  "} }, "amenities/0"},
		{"an amenity twice", func(r *resource) { r.Amenities = []string{"screen", "sofa", "screen"} }, "amenities/2"},
		{"a control character in an amenity", func(r *resource) { r.Amenities = []string{"screen\x00"} }, "amenities/0"},

		{"everything wrong at once", func(r *resource) {
			*r = resource{Type: "desk", Description: strings.Repeat("x", 2001), Capacity: -1, Amenities: []string{""}}
		}, "resourceID locationID name type description capacity amenities/0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := validResource()
			tt.change(&r)
			checkFields(t, r.Problems(), tt.want)
		})
	}
}

func TestResourceSame(t *testing.T) {
	type resource = spacefinder.Resource
	tests := []struct {
		name   string
		change func(*resource)
		want   bool
	}{
		{"nothing", func(*resource) {}, true},
		{"when it was written", func(r *resource) { r.Timestamp = "2026-11-22T09:30:00.000Z" }, true},
		{"the revision", func(r *resource) { r.Revision = "2" }, true},
		{"the id", func(r *resource) { r.ResourceID = "inn" }, false},
		{"the location", func(r *resource) { r.LocationID = "berlin" }, false},
		{"the name", func(r *resource) { r.Name = "Inn" }, false},
		{"the type", func(r *resource) { r.Type = spacefinder.TypeHall }, false},
		{"the description", func(r *resource) { r.Description = "" }, false},
		{"the capacity", func(r *resource) { r.Capacity = 9 }, false},
		{"an amenity more", func(r *resource) { r.Amenities = append(r.Amenities, "sofa") }, false},
		{"the order of the amenities", func(r *resource) { r.Amenities = []string{"whiteboard", "screen"} }, false},
	}
	for _, tt := range tests {
		t.Run("another "+tt.name, func(t *testing.T) {
			a, b := validResource(), validResource()
			tt.change(&b)
			if a.Same(b) != tt.want || b.Same(a) != tt.want {
				t.Errorf("Same is %t and %t, want %t", a.Same(b), b.Same(a), tt.want)
			}
		})
	}
	t.Run("no amenities in two spellings", func(t *testing.T) {
		a, b := validResource(), validResource()
		a.Amenities, b.Amenities = nil, []string{}
		if !a.Same(b) {
			t.Error("a resource without amenities differs from one with an empty list of them")
		}
	})
}
