// Package model validates request bodies against the models (JSON schemas) of
// an OpenAPI document and words what is wrong as API Gateway does, in the texts
// of the json-schema-validator library.
package model

import (
	"bytes"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Bounds of an error text, which names values of the client's own body.
const (
	maxDetail = 1024 // bytes of the whole text
	maxValue  = 64   // bytes of one value in it
)

// MaxTokens bounds the JSON tokens (names, values, brackets) of a body, because
// each costs many times its length in memory once it is read.
const MaxTokens = 20_000

// Texts for bodies that are not compared with the model.
const (
	Unparsable    = "[Unknown error parsing request body]" // no JSON text
	TooManyTokens = "[request body has too many values]"   // more than MaxTokens
)

// InvalidError says why a body is not valid.
type InvalidError struct {
	// Detail is the value of $context.error.validationErrorString: messages in
	// brackets, separated by ", ". It holds unescaped double quotes.
	Detail string
}

// Error returns the detail.
func (e *InvalidError) Error() string { return e.Detail }

// Model is a compiled schema, safe for concurrent use.
type Model struct {
	schema *openapi3.Schema
	plain  check // says yes to most valid bodies, in a tenth of the time
}

// New returns the model of a schema that openapi3 has validated. The schema is
// not to change afterwards.
func New(schema *openapi3.Schema) *Model { return &Model{schema, plain(schema)} }

// Validate returns nil when body is a JSON text that fits the model, else an
// *InvalidError. Reading is strict: a duplicate member name or invalid UTF-8 is
// no JSON text, so that no two readers of an accepted body see different
// values. An empty body is no JSON text either.
func (m *Model) Validate(body []byte) error {
	if len(body) <= MaxTokens && m.plain.fits(body) {
		return nil
	}
	return m.visit(body)
}

// visit is Validate with openapi3, which knows all schemas and bodies.
func (m *Model) visit(body []byte) error {
	if hasTooManyTokens(body) {
		return &InvalidError{Detail: TooManyTokens}
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return &InvalidError{Detail: Unparsable}
	}
	err := m.schema.VisitJSON(value, openapi3.MultiErrors())
	if err == nil {
		return nil
	}
	return &InvalidError{Detail: detail(err)}
}

// hasTooManyTokens counts without keeping anything. A text of n bytes has at
// most n tokens, so nearly all bodies need no counting.
func hasTooManyTokens(body []byte) bool {
	if len(body) <= MaxTokens {
		return false
	}
	decoder := jsontext.NewDecoder(bytes.NewReader(body))
	for range MaxTokens {
		if _, err := decoder.ReadToken(); err != nil {
			return false // its end, or no JSON text, which is found again
		}
	}
	_, err := decoder.ReadToken()
	return err == nil
}

// detail collects the messages of an error of openapi3, each once, until the
// text is long enough.
func detail(err error) string {
	var text strings.Builder
	seen := map[string]bool{}
	worded := map[fault]bool{}
	collect(err, func(e *openapi3.SchemaError) {
		f := faultOf(e)
		if text.Len() > maxDetail || (f.value != 0 && worded[f]) {
			return
		}
		worded[f] = true
		if m := message(e); !seen[m] {
			seen[m] = true
			if text.Len() > 0 {
				text.WriteString(", ")
			}
			text.WriteString(m)
		}
	})
	if text.Len() == 0 {
		return Unparsable
	}
	return "[" + truncate(text.String(), maxDetail) + "]"
}

// fault is what one message tells of an object or a list: openapi3 has an error
// for each unknown or missing member, the message names them all.
type fault struct {
	value   uintptr // the object or list; 0 for other values
	keyword string
}

func faultOf(e *openapi3.SchemaError) fault {
	switch value := e.Value.(type) {
	case map[string]any:
		return fault{reflect.ValueOf(value).Pointer(), e.SchemaField}
	case []any:
		return fault{reflect.ValueOf(value).Pointer(), e.SchemaField}
	}
	return fault{}
}

// collect calls visit for every schema error, descending into allOf, whose
// parts apply together; the alternatives of oneOf and anyOf count as one.
func collect(err error, visit func(*openapi3.SchemaError)) {
	switch e := err.(type) { //nolint:errorlint // what these errors wrap are the alternatives of oneOf
	case openapi3.MultiError:
		for _, one := range e {
			collect(one, visit)
		}
	case *openapi3.SchemaError:
		if e.SchemaField != "allOf" {
			visit(e)
			return
		}
		for _, part := range e.Schema.AllOf {
			collect(part.Value.VisitJSON(e.Value, openapi3.MultiErrors()), visit)
		}
	}
}

// truncate cuts s to at most limit bytes at a character boundary.
func truncate(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "..."
}
