package model

import (
	"fmt"
	"strings"
	"testing"
)

// members returns an object with n members that no schema here has.
func members(n int) []byte {
	var b strings.Builder
	b.WriteString(`{"name":"Blue","type":"room"`)
	for i := range n {
		fmt.Fprintf(&b, `,"x%d":0`, i)
	}
	b.WriteString("}")
	return []byte(b.String())
}

func TestManyUnknownMembersAreWordedOnce(t *testing.T) {
	m := newModel(t, roomSchema)
	const n = 5000
	body := members(n)
	err := m.Validate(body)
	if err == nil || !strings.HasPrefix(err.Error(), `[object instance has properties which are not allowed by the schema: ["x0","x1",`) {
		t.Fatalf("got %v", err)
	}
	if len(err.Error()) > maxDetail+10 {
		t.Errorf("the text has %d bytes", len(err.Error()))
	}
	// One error of openapi3 for each member is a few allocations; wording each of
	// them with the names of all would be thousands.
	if allocations := testing.AllocsPerRun(1, func() { _ = m.Validate(body) }); allocations > 40*n {
		t.Errorf("%.0f allocations for %d members", allocations, n)
	}
}

func TestBodiesOfTooManyValuesAreRefusedUnread(t *testing.T) {
	m := newModel(t, roomSchema)
	tests := []struct {
		name string
		body string
		want string
	}{
		{"a list", `{"x":[` + strings.Repeat("[],", MaxTokens) + `[]]}`, TooManyTokens},
		{"members", string(members(MaxTokens)), TooManyTokens},
		{"one long string is one value", `{"name":"` + strings.Repeat("a", 2*MaxTokens) + `","type":"room"}`, "[string "},
		{"a long text that is no JSON", strings.Repeat("[", MaxTokens+1), Unparsable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := m.Validate([]byte(tt.body)); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %.100v, want %s", err, tt.want)
			}
		})
	}
	huge := []byte(tests[0].body)
	if allocations := testing.AllocsPerRun(1, func() { _ = m.Validate(huge) }); allocations > 100 {
		t.Errorf("%.0f allocations to refuse it", allocations)
	}
}
