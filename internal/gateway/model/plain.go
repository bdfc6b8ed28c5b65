package model

import (
	"bytes"
	"reflect"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
)

// check reads the value at the beginning of a text and returns what follows it.
// It says true only of a plain value that fits its schema. False means nothing:
// openapi3 then looks at the whole body, and words what is wrong.
//
// Plain are strings without escapes, whole numbers of at most maxDigits digits,
// true and false, lists of them, and one object of these. Nearly all bodies are.
type check func(text []byte) (rest []byte, ok bool)

// Bounds of what is plain.
const (
	maxDigits  = 15 // every such number is exact as a float64, which openapi3 compares
	maxMembers = 64 // of an object: their set fits in a word
)

// plain returns the check of a body; nil when the schema asks for more than a
// check knows.
func plain(schema *openapi3.Schema) check {
	if schema.Type.Is(openapi3.TypeObject) {
		return object(schema)
	}
	return list(schema)
}

// fits reports whether the body is one value that the check says true of, and
// nothing else.
func (c check) fits(body []byte) bool {
	if c == nil {
		return false
	}
	rest, ok := c(trim(body))
	return ok && len(trim(rest)) == 0
}

// plainMembers are those of an object, by name, each with its place in a set.
type plainMembers map[string]plainMember

type plainMember struct {
	value check // nil for a value that is not plain
	bit   uint64
}

func object(s *openapi3.Schema) check {
	closed := s.AdditionalProperties
	if closed.Has == nil || *closed.Has || len(s.Properties) > maxMembers ||
		!asksOnly(s, openapi3.Schema{Properties: s.Properties, Required: s.Required, AdditionalProperties: closed}) {
		return nil
	}
	all, required := plainMembers{}, uint64(0)
	for name, property := range s.Properties {
		all[name] = plainMember{list(property.Value), 1 << len(all)}
	}
	for _, name := range s.Required {
		if all[name].bit == 0 {
			return nil
		}
		required |= all[name].bit
	}
	return func(text []byte) ([]byte, bool) {
		seen := uint64(0)
		rest, ok := elements(text, '{', '}', func(text []byte) ([]byte, bool) { return all.read(text, &seen) })
		return rest, ok && seen&required == required
	}
}

// read reads a member that has not been seen.
func (m plainMembers) read(text []byte, seen *uint64) ([]byte, bool) {
	name, rest, ok := quoted(text)
	if !ok {
		return nil, false
	}
	found := m[string(name)]
	if found.value == nil || *seen&found.bit != 0 {
		return nil, false
	}
	*seen |= found.bit
	if rest = trim(rest); len(rest) == 0 || rest[0] != ':' {
		return nil, false
	}
	return found.value(trim(rest[1:]))
}

// list returns the check of a list, or of what can stand in one.
func list(s *openapi3.Schema) check {
	if !s.Type.Is(openapi3.TypeArray) {
		return scalar(s)
	}
	if s.Items == nil || !asksOnly(s, openapi3.Schema{Items: s.Items, MinItems: s.MinItems, MaxItems: s.MaxItems}) {
		return nil
	}
	element := scalar(s.Items.Value)
	if element == nil {
		return nil
	}
	fewest, most := bounds(s.MinItems, s.MaxItems)
	return func(text []byte) ([]byte, bool) {
		n := 0
		rest, ok := elements(text, '[', ']', func(text []byte) ([]byte, bool) {
			n++
			return element(text)
		})
		return rest, ok && n >= fewest && n <= most
	}
}

// elements reads what stands between brackets, separated by commas. Without any
// element it is not plain.
func elements(text []byte, opening, closing byte, element check) ([]byte, bool) {
	if len(text) == 0 || text[0] != opening {
		return nil, false
	}
	for {
		rest, ok := element(trim(text[1:]))
		if text = trim(rest); !ok || len(text) == 0 {
			return nil, false
		}
		if text[0] == closing {
			return text[1:], true
		}
		if text[0] != ',' {
			return nil, false
		}
	}
}

func scalar(s *openapi3.Schema) check {
	switch {
	case s.Type.Is(openapi3.TypeString):
		return text(s)
	case s.Type.Is(openapi3.TypeInteger):
		return integer(s)
	case s.Type.Is(openapi3.TypeBoolean) && asksOnly(s, openapi3.Schema{}):
		return boolean
	default:
		return nil
	}
}

func text(s *openapi3.Schema) check {
	matches := matcher(s.Pattern)
	if matches == nil ||
		!asksOnly(s, openapi3.Schema{MinLength: s.MinLength, MaxLength: s.MaxLength, Pattern: s.Pattern, Enum: s.Enum}) {
		return nil
	}
	allowed := map[string]bool{}
	for _, value := range s.Enum {
		if value, ok := value.(string); ok {
			allowed[value] = true
		}
	}
	fewest, most := bounds(s.MinLength, s.MaxLength)
	return func(text []byte) ([]byte, bool) {
		value, rest, ok := quoted(text)
		if !ok || (s.Enum != nil && !allowed[string(value)]) || !matches(value) {
			return nil, false
		}
		n := utf8.RuneCount(value)
		return rest, n >= fewest && n <= most
	}
}

func integer(s *openapi3.Schema) check {
	if !asksOnly(s, openapi3.Schema{Min: s.Min, Max: s.Max}) {
		return nil
	}
	return func(text []byte) ([]byte, bool) {
		n, value := 0, int64(0)
		for n < len(text) && n < maxDigits && '0' <= text[n] && text[n] <= '9' {
			value = value*10 + int64(text[n]-'0')
			n++
		}
		if n == 0 || (text[0] == '0' && n > 1) { // what follows the digits is no comma or bracket if the number goes on
			return nil, false
		}
		return text[n:], (s.Min == nil || *s.Min <= float64(value)) && (s.Max == nil || float64(value) <= *s.Max)
	}
}

func boolean(text []byte) ([]byte, bool) {
	for _, word := range []string{"true", "false"} {
		if rest, ok := bytes.CutPrefix(text, []byte(word)); ok {
			return rest, true
		}
	}
	return nil, false
}

// quoted reads a string without escapes.
func quoted(text []byte) (value, rest []byte, ok bool) {
	if len(text) == 0 || text[0] != '"' {
		return nil, nil, false
	}
	value, rest, ok = bytes.Cut(text[1:], []byte{'"'})
	for _, c := range value {
		if c < ' ' || c == '\\' {
			return nil, nil, false
		}
	}
	return value, rest, ok && utf8.Valid(value)
}

// trim cuts JSON's white space off the front.
func trim(text []byte) []byte {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\n' || text[0] == '\r' || text[0] == '\t') {
		text = text[1:]
	}
	return text
}

func bounds(least uint64, most *uint64) (int, int) {
	if most == nil {
		return clamp(least), clamp(1 << 31)
	}
	return clamp(least), clamp(*most)
}

// clamp keeps a bound in an int; no body is as long.
func clamp(n uint64) int { return int(min(n, 1<<31-1)) }

// asksOnly reports whether a schema asks nothing of a value but its type and
// what is known, so that a keyword that nobody thought of here, or that is new,
// is never passed over. What describes a schema asks nothing; neither does what
// admits null, which is not plain.
func asksOnly(s *openapi3.Schema, known openapi3.Schema) bool {
	rest := *s
	rest.Extensions, rest.Origin, rest.ExternalDocs = nil, nil, nil
	rest.Title, rest.Description, rest.Comment = "", "", ""
	rest.Default, rest.Example, rest.Examples = nil, nil, nil
	rest.Nullable, rest.Deprecated = false, false
	known.Type = s.Type
	return reflect.DeepEqual(rest, known)
}
