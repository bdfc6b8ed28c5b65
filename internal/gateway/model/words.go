package model

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"
)

// message words one schema error.
func message(e *openapi3.SchemaError) string {
	switch value := e.Value.(type) {
	case map[string]any:
		if text := objectMessage(e, value); text != "" {
			return text
		}
	case []any:
		if text := arrayMessage(e, value); text != "" {
			return text
		}
	case string:
		if text := stringMessage(e, value); text != "" {
			return text
		}
	case float64:
		if text := numberMessage(e, value); text != "" {
			return text
		}
	}
	return anyMessage(e)
}

func anyMessage(e *openapi3.SchemaError) string {
	switch e.SchemaField {
	case "type", "nullable":
		return fmt.Sprintf("instance type (%s) does not match any allowed primitive type (allowed: %s)",
			typeOf(e.Value), quoteList(allowedTypes(e.Schema)))
	case "enum":
		return fmt.Sprintf("instance value (%s) not found in enum (possible values: %s)", quote(e.Value), quoteList(e.Schema.Enum))
	case "oneOf":
		return fmt.Sprintf("instance failed to match exactly one schema (matched 0 out of %d)", len(e.Schema.OneOf))
	case "anyOf":
		return fmt.Sprintf("instance failed to match at least one required schema among %d", len(e.Schema.AnyOf))
	case "not":
		return "instance matched a schema which it should not have"
	default:
		return fmt.Sprintf("instance does not match the schema (keyword: %s)", quote(e.SchemaField))
	}
}

func objectMessage(e *openapi3.SchemaError, value map[string]any) string {
	switch e.SchemaField {
	case "required":
		missing := slices.DeleteFunc(slices.Clone(e.Schema.Required), func(name string) bool {
			_, there := value[name]
			return there
		})
		slices.Sort(missing)
		return fmt.Sprintf("object has missing required properties (%s)", quoteList(missing))
	case "properties":
		unknown := slices.DeleteFunc(slices.Sorted(maps.Keys(value)), func(name string) bool {
			return e.Schema.Properties[name] != nil
		})
		return "object instance has properties which are not allowed by the schema: " + quoteList(unknown)
	case "minProperties":
		return fmt.Sprintf("object has too few properties (found %d but schema requires at least %d)", len(value), e.Schema.MinProps)
	case "maxProperties":
		return fmt.Sprintf("object has too many properties (found %d but schema requires at most %d)", len(value), *e.Schema.MaxProps)
	}
	return ""
}

func arrayMessage(e *openapi3.SchemaError, value []any) string {
	switch e.SchemaField {
	case "minItems":
		return fmt.Sprintf("array is too short: must have at least %d elements but instance has %d elements", e.Schema.MinItems, len(value))
	case "maxItems":
		return fmt.Sprintf("array is too long: must have at most %d elements but instance has %d elements", *e.Schema.MaxItems, len(value))
	case "uniqueItems":
		return "array must not contain duplicate elements"
	}
	return ""
}

func stringMessage(e *openapi3.SchemaError, value string) string {
	switch e.SchemaField {
	case "minLength":
		return fmt.Sprintf("string %s is too short (length: %d, required minimum: %d)",
			quote(value), utf8.RuneCountInString(value), e.Schema.MinLength)
	case "maxLength":
		return fmt.Sprintf("string %s is too long (length: %d, maximum allowed: %d)",
			quote(value), utf8.RuneCountInString(value), *e.Schema.MaxLength)
	case "pattern":
		return fmt.Sprintf("ECMA 262 regex %s does not match input string %s", quote(e.Schema.Pattern), quote(value))
	case "format":
		return fmt.Sprintf("string %s is invalid against requested format %s", quote(value), quote(e.Schema.Format))
	}
	return ""
}

func numberMessage(e *openapi3.SchemaError, value float64) string {
	switch e.SchemaField {
	case "minimum":
		return fmt.Sprintf("numeric instance is lower than the required minimum (minimum: %s, found: %s)", number(*e.Schema.Min), number(value))
	case "maximum":
		return fmt.Sprintf("numeric instance is greater than the required maximum (maximum: %s, found: %s)", number(*e.Schema.Max), number(value))
	case "exclusiveMinimum":
		return fmt.Sprintf("numeric instance is not strictly greater than the required minimum %s", bound(e.Schema.Min))
	case "exclusiveMaximum":
		return fmt.Sprintf("numeric instance is not strictly lower than the required maximum %s", bound(e.Schema.Max))
	case "multipleOf":
		return fmt.Sprintf("remainder of division is not zero (%s / %s)", number(value), bound(e.Schema.MultipleOf))
	}
	return ""
}

// allowedTypes lists the types of a schema; where "number" is allowed,
// json-schema-validator lists "integer" too.
func allowedTypes(s *openapi3.Schema) []string {
	types := slices.Clone(s.Type.Slice())
	if slices.Contains(types, openapi3.TypeNumber) && !slices.Contains(types, openapi3.TypeInteger) {
		types = append(types, openapi3.TypeInteger)
	}
	slices.Sort(types)
	return types
}

// typeOf names the type of a JSON value as JSON Schema does.
func typeOf(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case bool:
		return openapi3.TypeBoolean
	case string:
		return openapi3.TypeString
	case float64:
		if value == math.Trunc(value) {
			return openapi3.TypeInteger
		}
		return openapi3.TypeNumber
	case []any:
		return openapi3.TypeArray
	default:
		return openapi3.TypeObject
	}
}

// quote writes a value as JSON text, cut to maxValue bytes. An object or a list
// is only named: writing it out to cut it would cost as much as it is long.
func quote(value any) string {
	switch v := value.(type) {
	case string:
		value = truncate(v, maxValue)
	case map[string]any:
		return "{...}"
	case []any:
		return "[...]"
	}
	text, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		return "?"
	}
	return truncate(string(text), 2*maxValue)
}

// quoteList writes the values as a JSON list, as many as a text has room for.
func quoteList[T any](values []T) string {
	b := []byte{'['}
	for i, value := range values {
		if len(b) > maxDetail {
			break
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, quote(value)...)
	}
	return string(append(b, ']'))
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func bound(f *float64) string {
	if f == nil {
		return "?"
	}
	return number(*f)
}
