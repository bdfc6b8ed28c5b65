package model

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
)

const roomSchema = `{
	"type": "object", "required": ["name", "type"], "additionalProperties": false, "minProperties": 1,
	"properties": {
		"name": {"type": "string", "minLength": 2, "maxLength": 5},
		"type": {"type": "string", "enum": ["room", "hall"]},
		"code": {"type": "string", "pattern": "^[a-z]+$"},
		"capacity": {"type": "integer", "minimum": 1, "maximum": 100, "multipleOf": 5},
		"area": {"type": "number", "minimum": 0, "exclusiveMinimum": true},
		"tags": {"type": "array", "minItems": 1, "maxItems": 2, "uniqueItems": true, "items": {"type": "string"}},
		"either": {"oneOf": [{"type": "string"}, {"type": "boolean"}]},
		"any": {"anyOf": [{"type": "string"}, {"type": "boolean"}]},
		"both": {"allOf": [{"type": "string", "minLength": 3}, {"maxLength": 1}]},
		"never": {"not": {"type": "string"}}
	}
}`

func newModel(t testing.TB, text string) *Model {
	t.Helper()
	var schema openapi3.Schema
	if err := schema.UnmarshalJSON([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return New(&schema)
}

func TestValidate(t *testing.T) {
	m := newModel(t, roomSchema)
	const unknown = Unparsable
	tests := []struct{ name, body, want string }{
		{"valid", `{"name":"Blue","type":"room","capacity":10}`, ""},
		{"an integer may be written with a fraction of zero", `{"name":"Blue","type":"room","capacity":10.0}`, ""},
		{"missing properties are sorted", `{"code":"a"}`, `[object has missing required properties (["name","type"])]`},
		{"unknown property", `{"name":"Blue","type":"room","b":1,"a":1}`,
			`[object instance has properties which are not allowed by the schema: ["a","b"]]`},
		{"enum", `{"name":"Blue","type":"x"}`, `[instance value ("x") not found in enum (possible values: ["room","hall"])]`},
		{"type", `{"name":7,"type":"room"}`, `[instance type (integer) does not match any allowed primitive type (allowed: ["string"])]`},
		{"a number also allows integers", `{"name":"Blue","type":"room","area":"1"}`,
			`[instance type (string) does not match any allowed primitive type (allowed: ["integer","number"])]`},
		{"null", `{"name":null,"type":"room"}`, `[instance type (null) does not match any allowed primitive type (allowed: ["string"])]`},
		{"too short", `{"name":"B","type":"room"}`, `[string "B" is too short (length: 1, required minimum: 2)]`},
		{"too long, in characters", `{"name":"äöüäöü","type":"room"}`, `[string "äöüäöü" is too long (length: 6, maximum allowed: 5)]`},
		{"pattern", `{"name":"Blue","type":"room","code":"A"}`, `[ECMA 262 regex "^[a-z]+$" does not match input string "A"]`},
		{"minimum", `{"name":"Blue","type":"room","capacity":0}`,
			`[numeric instance is lower than the required minimum (minimum: 1, found: 0)]`},
		{"maximum", `{"name":"Blue","type":"room","capacity":105}`,
			`[numeric instance is greater than the required maximum (maximum: 100, found: 105)]`},
		{"exclusive minimum", `{"name":"Blue","type":"room","area":0}`,
			`[numeric instance is not strictly greater than the required minimum 0]`},
		{"multiple", `{"name":"Blue","type":"room","capacity":7}`, `[remainder of division is not zero (7 / 5)]`},
		{"too few items", `{"name":"Blue","type":"room","tags":[]}`,
			`[array is too short: must have at least 1 elements but instance has 0 elements]`},
		{"too many items", `{"name":"Blue","type":"room","tags":["a","b","c"]}`,
			`[array is too long: must have at most 2 elements but instance has 3 elements]`},
		{"duplicate items", `{"name":"Blue","type":"room","tags":["a","a"]}`, `[array must not contain duplicate elements]`},
		{"item", `{"name":"Blue","type":"room","tags":[true]}`,
			`[instance type (boolean) does not match any allowed primitive type (allowed: ["string"])]`},
		{"oneOf", `{"name":"Blue","type":"room","either":1}`, `[instance failed to match exactly one schema (matched 0 out of 2)]`},
		{"anyOf", `{"name":"Blue","type":"room","any":1}`, `[instance failed to match at least one required schema among 2]`},
		{"allOf reports its parts", `{"name":"Blue","type":"room","both":"ab"}`,
			`[string "ab" is too short (length: 2, required minimum: 3), string "ab" is too long (length: 2, maximum allowed: 1)]`},
		{"not", `{"name":"Blue","type":"room","never":"a"}`, `[instance matched a schema which it should not have]`},
		{"several problems", `{"name":"B"}`,
			`[string "B" is too short (length: 1, required minimum: 2), object has missing required properties (["type"])]`},
		{"not an object", `[]`, `[instance type (array) does not match any allowed primitive type (allowed: ["object"])]`},
		{"empty body", ``, unknown},
		{"malformed", `{"name":`, unknown},
		{"two values", `{} {}`, unknown},
		{"duplicate name", `{"name":"Blue","name":"Red","type":"room"}`, unknown},
		{"invalid UTF-8", "{\"name\":\"\xff\",\"type\":\"room\"}", unknown},
		{"byte order mark", "\ufeff{}", unknown},
		{"number out of range", `{"name":"Blue","type":"room","area":1e999}`, unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := m.Validate([]byte(tt.body))
			if tt.want == "" {
				if err != nil {
					t.Errorf("got %v, want a valid body", err)
				}
				return
			}
			invalid, ok := errors.AsType[*InvalidError](err)
			if !ok || invalid.Detail != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestDetailIsBounded(t *testing.T) {
	m := newModel(t, `{"type": "object", "additionalProperties": {"type": "string", "maxLength": 1}}`)
	members := make([]string, 200)
	for i := range members {
		members[i] = `"` + strings.Repeat("k", i+1) + `": "` + strings.Repeat("ä", 1000+i) + `"`
	}
	err := m.Validate([]byte("{" + strings.Join(members, ",") + "}"))
	if err == nil || len(err.Error()) > maxDetail+8 || !utf8.ValidString(err.Error()) {
		t.Errorf("got %d bytes: %.80v", len(err.Error()), err)
	}
}

func FuzzValidate(f *testing.F) {
	for _, seed := range []string{
		`{"name":"Blue","type":"room"}`, `{"name":7}`, `[]`, ``, `{"tags":[1,[2],{}]}`, `{"both":"ab","either":[]}`,
		"\xff", `{"a":1e308}`, `null`,
		`{"name":"Blue","name":"Red"}`, strings.Repeat("[", 100),
	} {
		f.Add([]byte(seed))
	}
	m := newModel(f, roomSchema)
	f.Fuzz(func(t *testing.T, body []byte) {
		err := m.Validate(body)
		if err == nil {
			return
		}
		if _, ok := errors.AsType[*InvalidError](err); !ok {
			t.Errorf("not an InvalidError: %v", err)
		}
		text := err.Error()
		if len(text) > maxDetail+8 || !utf8.ValidString(text) || strings.Contains(text, "Schema:") || !strings.HasPrefix(text, "[") {
			t.Errorf("bad detail: %q", text)
		}
	})
}
