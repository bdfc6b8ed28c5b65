package spacefinder_test

import (
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder"
)

// fields names the field of each problem, in order, so that a table can say
// which problems it expects: "" for none, "name timeZone" for two.
func fields(problems []spacefinder.Problem) string {
	var names []string
	for _, p := range problems {
		names = append(names, p.Field)
	}
	return strings.Join(names, " ")
}

// checkFields compares the problems' fields, and that each problem says
// something.
func checkFields(t *testing.T, got []spacefinder.Problem, want string) {
	t.Helper()
	if fields(got) != want {
		t.Errorf("problems with %q, want %q: %v", fields(got), want, got)
	}
	for _, p := range got {
		if p.Detail == "" {
			t.Errorf("the problem with %s has no detail", p.Field)
		}
	}
}

func TestValidID(t *testing.T) {
	tests := []struct {
		name, id string
		want     bool
	}{
		{"a UUID", "01983f6e-7c00-7d8a-a3f5-5b0c2f6f1e11", true},
		{"the subject of another identity provider", "auth0|5f7c", true},
		{"an e-mail address", "ada+rooms@example.com", true},
		{"every character that is allowed", "AZaz09._~:@|+=-", true},
		{"one character", "x", true},
		{"the greatest length", strings.Repeat("x", spacefinder.MaxIDLength), true},
		{"one character more", strings.Repeat("x", spacefinder.MaxIDLength+1), false},
		{"dots that are not a step in a path", "...", true},
		{"empty", "", false},
		{"this folder", ".", false},
		{"the parent folder", "..", false},
		{"a slash", "a/b", false},
		{"a backslash", `a\b`, false},
		{"a wildcard of a policy", "a*", false},
		{"another wildcard of a policy", "a?", false},
		{"a percent sign", "a%2F", false},
		{"a fragment", "a#b", false},
		{"a space", "a b", false},
		{"a newline at the end", "a\n", false},
		{"a newline at the start", "\na", false},
		{"NUL", "a\x00", false},
		{"a letter beyond ASCII", "größe", false},
		{"bytes that are not UTF-8", "\xff\xfe", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := spacefinder.ValidID(tt.id); got != tt.want {
				t.Errorf("ValidID(%q) = %t, want %t", tt.id, got, tt.want)
			}
		})
	}
}
