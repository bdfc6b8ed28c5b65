package model

import (
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/api"
)

const flatSchema = `{
	"type": "object", "required": ["name"], "additionalProperties": false, "description": "A room",
	"properties": {
		"name": {"type": "string", "minLength": 2, "maxLength": 5},
		"type": {"type": "string", "enum": ["room", "hall"]},
		"code": {"type": "string", "pattern": "^[a-z]+$", "nullable": true},
		"capacity": {"type": "integer", "minimum": 1, "maximum": 100},
		"open": {"type": "boolean"},
		"tags": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "string", "maxLength": 3}},
		"day": {"type": "string", "format": "date"},
		"area": {"type": "number"}
	}
}`

var plainBodies = []string{
	`{"name":"Blue"}`, ` { "name" : "Blue" , "type":"hall" } `, "{\r\n\t\"name\":\"Blue\"}",
	`{"name":"äöüäö"}`, `{"name":"😀😀"}`, `{"name":"Blue","code":"a","capacity":1,"open":true,"tags":["a","b"]}`,
	`{"name":"Blue","capacity":100}`, `{"open":false,"name":"Blue"}`, `{"tags" : [ "a" ] ,"name":"Blue"}`, `{"name":"'&<"}`,
}

// Valid, but left to openapi3.
var otherBodies = []string{
	`{"name":"Bl\u0075e"}`, `{"name":"Blue","capacity":10.0}`, `{"name":"Blue","capacity":1e1}`, `{"name":"Blue","code":null}`,
	`{"name":"Blue","day":"2026-01-02"}`, `{"name":"Blue","area":1}`,
}

var wrongBodies = []string{
	``, ` `, `{`, `{}`, `[]`, `null`, `{"name":"Blue"`, `{"name":"Blue"}}`, `{"name":"Blue"} {}`, `{"name":"Blue",}`, `{,"name":"Blue"}`,
	`{"name" "Blue"}`, `{"name":"Blue" "type":"room"}`, `{"name":"Blue","name":"Blue"}`, `{"name":"Blue","other":1}`, `{"type":"room"}`,
	`{"name":"B"}`, `{"name":"Bluish"}`, `{"name":"äöüäöü"}`, "{\"name\":\"Bl\xff\"}", "{\"name\":\"Bl\nue\"}", `{"name":"Blue`, `{name:"Blue"}`,
	`{"name":7}`, `{"name":"Blue","type":"x"}`, `{"name":"Blue","type":""}`, `{"name":"Blue","code":"A"}`,
	`{"name":"Blue","capacity":0}`, `{"name":"Blue","capacity":101}`, `{"name":"Blue","capacity":010}`, `{"name":"Blue","capacity":-1}`,
	`{"name":"Blue","capacity":1.5}`, `{"name":"Blue","capacity":1e9}`, `{"name":"Blue","capacity":}`, `{"name":"Blue","capacity":"1"}`,
	`{"name":"Blue","capacity":1111111111111111111111}`, `{"name":"Blue","open":1}`, `{"name":"Blue","open":trueish}`,
	`{"name":"Blue","tags":[]}`, `{"name":"Blue","tags":["a","b","c"]}`, `{"name":"Blue","tags":["abcd"]}`, `{"name":"Blue","tags":["a",]}`,
	`{"name":"Blue","tags":["a"}`, `{"name":"Blue","tags":"a"}`, `{"name":"Blue","tags":[1]}`, "\ufeff{\"name\":\"Blue\"}",
}

func TestPlainBodiesAreAcceptedAtOnce(t *testing.T) {
	m := newModel(t, flatSchema)
	for _, body := range plainBodies {
		if !m.plain.fits([]byte(body)) {
			t.Errorf("%s is not plain", body)
		}
	}
}

func TestOtherBodiesAreLeftToOpenAPI(t *testing.T) {
	m := newModel(t, flatSchema)
	for _, body := range append(otherBodies, wrongBodies...) {
		if m.plain.fits([]byte(body)) {
			t.Errorf("%s is accepted at once", body)
		}
	}
	for _, body := range append(otherBodies, plainBodies...) {
		if err := m.Validate([]byte(body)); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// Every example of a request in the contract is accepted at once: the clients'
// bodies look like them.
func TestTheContractIsPlain(t *testing.T) {
	document, err := openapi3.NewLoader().LoadFromData(api.Document)
	if err != nil {
		t.Fatal(err)
	}
	examples := 0
	for path, item := range document.Paths.Map() {
		if item.Put == nil {
			continue
		}
		content := item.Put.RequestBody.Value.Content["application/json"]
		m := New(content.Schema.Value)
		for name, example := range content.Examples {
			examples++
			if body := marshal(t, example.Value.Value); !m.plain.fits(body) {
				t.Errorf("PUT %s: example %s is not plain: %s", path, name, body)
			}
		}
	}
	if examples == 0 {
		t.Error("the contract has no examples")
	}
}

// A keyword that the check does not know is left to openapi3, wherever it
// stands.
func TestUnknownKeywords(t *testing.T) {
	const body = `{"name":"Blue","tags":["a"],"n":7}`
	const schema = `{"type":"object","additionalProperties":false,"properties":{
		"name":{"type":"string"},"tags":{"type":"array","items":{"type":"string"}},"n":{"type":"integer"}}}`
	for _, tt := range []struct{ place, keywords string }{
		{`{"type":"object",`, `"minProperties":1,`},
		{`{"type":"object",`, `"not":{"type":"string"},`},
		{`{"type":"object",`, `"allOf":[{"type":"object"}],`},
		{`"additionalProperties":false`, `"additionalProperties":true`},
		{`"name":{"type":"string"`, `,"format":"uuid"`},
		{`"name":{"type":"string"`, `,"pattern":"^\\w+$"`},
		{`"name":{"type":"string"`, `,"anyOf":[{"minLength":1}]`},
		{`"tags":{"type":"array"`, `,"uniqueItems":true`},
		{`"items":{"type":"string"`, `,"format":"uuid"`},
		{`"n":{"type":"integer"`, `,"multipleOf":7`},
		{`"n":{"type":"integer"`, `,"enum":[7]`},
		{`"n":{"type":"integer"`, `,"minimum":0,"exclusiveMinimum":true`},
		{`"n":{"type":"integer"`, `,"format":"int32"`},
	} {
		with := tt.place + tt.keywords
		if strings.Contains(tt.keywords, "additional") {
			with = tt.keywords
		}
		if !newModel(t, schema).plain.fits([]byte(body)) {
			t.Error("without any, it is plain")
		}
		if newModel(t, strings.Replace(schema, tt.place, with, 1)).plain.fits([]byte(body)) {
			t.Errorf("%s is passed over", tt.keywords)
		}
	}
}

// What is accepted at once is what openapi3 accepts.
func FuzzPlain(f *testing.F) {
	for _, bodies := range [][]string{plainBodies, otherBodies, wrongBodies} {
		for _, body := range bodies {
			f.Add([]byte(body))
		}
	}
	m := newModel(f, flatSchema)
	f.Fuzz(func(t *testing.T, body []byte) {
		if !m.plain.fits(body) {
			return
		}
		if err := m.visit(body); err != nil {
			t.Errorf("%q is accepted, but for openapi3: %v", body, err)
		}
	})
}

func marshal(t *testing.T, value any) []byte {
	t.Helper()
	body, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return body
}
