//go:build !race

package model

import "testing"

// What the check of a valid body may allocate: its values as Go's, and what
// openapi3 takes to look at them. The race detector counts differently.
func TestAllocs(t *testing.T) {
	const most = 42
	if got := testing.AllocsPerRun(100, validating(t)); got > most {
		t.Errorf("%.0f allocations, want at most %d", got, most)
	}
}
