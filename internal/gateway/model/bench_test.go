package model

import "testing"

const validRoom = `{"name":"Blue","type":"room","capacity":10,"tags":["quiet"]}`

func validating(t testing.TB) func() {
	t.Helper()
	m := newModel(t, roomSchema)
	return func() {
		if err := m.Validate([]byte(validRoom)); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	validate := validating(b)
	b.ReportAllocs()
	for b.Loop() {
		validate()
	}
}
