//go:build !race

package model

import "testing"

// What the check of a valid body may allocate: nothing when it is plain, else
// its values as Go's, and what openapi3 takes to look at them. The race detector
// counts differently.
func TestAllocs(t *testing.T) {
	for name, c := range map[string]struct {
		validate func()
		most     float64
	}{
		"plain": {plainly(t), 0},
		"other": {otherwise(t), 42},
	} {
		t.Run(name, func(t *testing.T) {
			if got := testing.AllocsPerRun(100, c.validate); got > c.most {
				t.Errorf("%.0f allocations, want at most %.0f", got, c.most)
			}
		})
	}
}
