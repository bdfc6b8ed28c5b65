package model

import "testing"

const (
	validRoom = `{"name":"Blue","type":"room","capacity":10,"tags":["quiet"]}`

	bookingSchema = `{
		"type": "object", "required": ["resourceID"], "additionalProperties": false,
		"properties": {
			"resourceID": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[A-Za-z0-9._~:@|+=-]+$"},
			"start": {"type": "integer", "minimum": 0, "maximum": 253402300799},
			"end": {"type": "integer", "minimum": 0, "maximum": 253402300799}
		}
	}`
	validBooking = `{"resourceID":"0198f5a2-7c00-7000-8000-000000000001","start":1795341600,"end":1795345200}`
)

func validating(t testing.TB, schema, body string) func() {
	t.Helper()
	m, text := newModel(t, schema), []byte(body)
	return func() {
		if err := m.Validate(text); err != nil {
			t.Fatal(err)
		}
	}
}

func plainly(t testing.TB) func() {
	t.Helper()
	return validating(t, bookingSchema, validBooking)
}

func otherwise(t testing.TB) func() {
	t.Helper()
	return validating(t, roomSchema, validRoom)
}

func benchmark(b *testing.B, validate func()) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		validate()
	}
}

func BenchmarkPlain(b *testing.B) { benchmark(b, plainly(b)) }

// What is left to openapi3.
func BenchmarkOther(b *testing.B) { benchmark(b, otherwise(b)) }
