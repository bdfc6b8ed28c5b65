// Package model validates request bodies against the models (JSON schemas) of
// an OpenAPI document and words what is wrong as API Gateway does, in the texts
// of the json-schema-validator library.
package model

import (
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"
)

// Bounds of an error text, which names values of the client's own body.
const (
	maxDetail = 1024 // bytes of the whole text
	maxValue  = 64   // bytes of one value in it
)

// Unparsable is the text for a body that is no JSON text.
const Unparsable = "[Unknown error parsing request body]"

// InvalidError says why a body is not valid.
type InvalidError struct {
	// Detail is the value of $context.error.validationErrorString: messages in
	// brackets, separated by ", ". It holds unescaped double quotes.
	Detail string
}

// Error returns the detail.
func (e *InvalidError) Error() string { return e.Detail }

// Model is a compiled schema, safe for concurrent use.
type Model struct{ schema *openapi3.Schema }

// New returns the model of a schema that openapi3 has validated. The schema is
// not to change afterwards.
func New(schema *openapi3.Schema) *Model { return &Model{schema: schema} }

// Validate returns nil when body is a JSON text that fits the model, else an
// *InvalidError. Reading is strict: a duplicate member name or invalid UTF-8 is
// no JSON text, so that no two readers of an accepted body see different
// values. An empty body is no JSON text either.
func (m *Model) Validate(body []byte) error {
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

// detail collects the messages of an error of openapi3, each once.
func detail(err error) string {
	var messages []string
	seen := map[string]bool{}
	collect(err, func(e *openapi3.SchemaError) {
		if text := message(e); !seen[text] {
			seen[text] = true
			messages = append(messages, text)
		}
	})
	if len(messages) == 0 {
		return Unparsable
	}
	return "[" + truncate(strings.Join(messages, ", "), maxDetail) + "]"
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
