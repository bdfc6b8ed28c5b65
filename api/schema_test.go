package api_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/arch"
	"github.com/spacefinder/spacefinder/internal/store"
)

func TestTheCodesAreThoseOfTheProgram(t *testing.T) {
	constants, err := arch.StringConstants("../error.go", "Code")
	if err != nil {
		t.Fatal(err)
	}
	var declared []string
	for _, code := range schema(t, "Problem", "code").Enum {
		text, _ := code.(string)
		declared = append(declared, text)
	}
	slices.Sort(constants)
	slices.Sort(declared)
	if !slices.Equal(declared, constants) {
		t.Errorf("the document has the codes\n\t%v\nthe program\n\t%v", declared, constants)
	}
}

func TestTheKindsOfResourcesAreThoseOfTheProgram(t *testing.T) {
	for _, model := range []string{"ResourceRequest", "Resource"} {
		var declared []spacefinder.ResourceType
		for _, kind := range schema(t, model, "type").Enum {
			text, _ := kind.(string)
			declared = append(declared, spacefinder.ResourceType(text))
		}
		if !slices.Equal(declared, spacefinder.ResourceTypes()) {
			t.Errorf("%s has the types %v, the program %v", model, declared, spacefinder.ResourceTypes())
		}
	}
}

func TestTheBoundsAreThoseOfTheProgram(t *testing.T) {
	if got := document(t).Components.Schemas["Id"].Value.MaxLength; got == nil || *got != spacefinder.MaxIDLength {
		t.Errorf("an id has at most %v characters, want %d", got, spacefinder.MaxIDLength)
	}
	for _, suffix := range []string{"Request", ""} {
		checkLength(t, "Location"+suffix, "name", spacefinder.MaxNameLength)
		checkLength(t, "Location"+suffix, "description", spacefinder.MaxDescriptionLength)
		checkLength(t, "Location"+suffix, "imageUrl", spacefinder.MaxImageURLLength)
		checkLength(t, "Location"+suffix, "timeZone", spacefinder.MaxTimeZoneLength)
		checkLength(t, "Resource"+suffix, "name", spacefinder.MaxNameLength)
		checkLength(t, "Resource"+suffix, "description", spacefinder.MaxDescriptionLength)
		checkRange(t, "Resource"+suffix, "capacity", 0, spacefinder.MaxCapacity)
		checkRange(t, "Booking"+suffix, "starttimeepochtime", spacefinder.MinTime, spacefinder.MaxTime)
		checkRange(t, "Booking"+suffix, "endtimeepochtime", spacefinder.MinTime, spacefinder.MaxTime)

		amenities := schema(t, "Resource"+suffix, "amenities")
		if amenities.MaxItems == nil || *amenities.MaxItems != spacefinder.MaxAmenities {
			t.Errorf("at most %v amenities, want %d", amenities.MaxItems, spacefinder.MaxAmenities)
		}
		if got := amenities.Items.Value.MaxLength; got == nil || *got != spacefinder.MaxAmenityLength {
			t.Errorf("an amenity has at most %v characters, want %d", got, spacefinder.MaxAmenityLength)
		}
	}
	if got := document(t).Components.Parameters["Limit"].Value.Schema.Value.Default; got != float64(store.DefaultPageSize) {
		t.Errorf("the default limit is %v, want %d", got, store.DefaultPageSize)
	}
}

// The pattern cannot say that "." and ".." are no ids; nothing else may differ.
func TestThePatternOfIdsIsThatOfTheProgram(t *testing.T) {
	pattern := regexp.MustCompile(document(t).Components.Schemas["Id"].Value.Pattern)
	for r := rune(0); r < 0x250; r++ {
		id := "a" + string(r) + "z"
		if pattern.MatchString(id) != spacefinder.ValidID(id) {
			t.Errorf("%q: the pattern says %t, the program %t", id, pattern.MatchString(id), spacefinder.ValidID(id))
		}
	}
}

func schema(t *testing.T, model, property string) *openapi3.Schema {
	t.Helper()
	ref := document(t).Components.Schemas[model]
	if ref == nil || ref.Value.Properties[property] == nil {
		t.Fatalf("there is no %s.%s", model, property)
	}
	return ref.Value.Properties[property].Value
}

func checkLength(t *testing.T, model, property string, want uint64) {
	t.Helper()
	if got := schema(t, model, property).MaxLength; got == nil || *got != want {
		t.Errorf("%s.%s has at most %v characters, want %d", model, property, got, want)
	}
}

func checkRange(t *testing.T, model, property string, least, most float64) {
	t.Helper()
	s := schema(t, model, property)
	if s.Min == nil || *s.Min != least || s.Max == nil || *s.Max != most {
		t.Errorf("%s.%s is from %v to %v, want %v to %v", model, property, s.Min, s.Max, least, most)
	}
}

// API Gateway makes a model of every schema, and its models have plain names.
func TestModelsHavePlainNames(t *testing.T) {
	plain := regexp.MustCompile(`^[A-Za-z0-9]+$`)
	for name := range document(t).Components.Schemas {
		if !plain.MatchString(name) {
			t.Errorf("API Gateway does not accept the model name %q", name)
		}
	}
}

// Of JSON Schema, the validator of API Gateway knows draft 4; what its import
// drops or refuses on top of that would make the two front doors differ.
func TestRequestModelsKeepToWhatAPIGatewayKnows(t *testing.T) {
	known := []string{
		"$ref", "type", "description", "properties", "required", "additionalProperties", "items",
		"enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "maxItems",
	}
	eachRequestSchema(t, func(place string, s map[string]any) {
		for keyword := range s {
			if !slices.Contains(known, keyword) {
				t.Errorf("%s uses %s", place, keyword)
			}
		}
	})
}

func TestRequestModelsBoundEverything(t *testing.T) {
	needs := map[string][]string{
		"string":  {"maxLength"},
		"integer": {"minimum", "maximum"},
		"array":   {"maxItems", "items"},
		"object":  {"properties", "additionalProperties"},
	}
	eachRequestSchema(t, func(place string, s map[string]any) {
		if s["$ref"] != nil || s["enum"] != nil {
			return
		}
		kind, _ := s["type"].(string)
		if needs[kind] == nil {
			t.Errorf("%s has the type %q", place, kind)
		}
		for _, keyword := range needs[kind] {
			if s[keyword] == nil {
				t.Errorf("%s has no %s", place, keyword)
			}
		}
		if kind == "object" && s["additionalProperties"] != false {
			t.Errorf("%s lets a misspelled member pass", place)
		}
	})
}

// eachRequestSchema visits every schema in a request body, as it is written in
// the document, and each of those that it refers to.
func eachRequestSchema(t *testing.T, visit func(place string, schema map[string]any)) {
	t.Helper()
	text, err := json.Marshal(document(t))
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	schemas := asMap(t, asMap(t, root["components"])["schemas"])
	var walk func(place string, s map[string]any)
	walk = func(place string, s map[string]any) {
		visit(place, s)
		if ref, ok := s["$ref"].(string); ok {
			name := ref[strings.LastIndexByte(ref, '/')+1:]
			walk(place+" -> "+name, asMap(t, schemas[name]))
		}
		if s["properties"] != nil {
			properties := asMap(t, s["properties"])
			for _, name := range slices.Sorted(maps.Keys(properties)) {
				walk(place+"."+name, asMap(t, properties[name]))
			}
		}
		if s["items"] != nil {
			walk(place+"[]", asMap(t, s["items"]))
		}
	}
	bodies := 0
	for _, op := range operations(t) {
		if op.RequestBody == nil {
			continue
		}
		for contentType, media := range op.RequestBody.Value.Content {
			if contentType != "application/json" {
				t.Errorf("%s takes %s", op, contentType)
			}
			name := media.Schema.Ref[strings.LastIndexByte(media.Schema.Ref, '/')+1:]
			if !strings.HasSuffix(name, "Request") {
				t.Errorf("%s takes the model %q; a model that answers use as well cannot be strict", op, name)
			}
			walk(name, asMap(t, schemas[name]))
			bodies++
		}
	}
	if bodies == 0 {
		t.Fatal("no operation takes a body")
	}
}
