//go:build !race

package rest_test

import "testing"

// What an answer may allocate; the number of items has no part in it. The race
// detector counts differently.
func TestAllocs(t *testing.T) {
	for name, c := range map[string]struct {
		run  func()
		most float64
	}{
		"one item":      {oneItem(), 14},
		"hundred items": {hundredItems(), 14},
	} {
		t.Run(name, func(t *testing.T) {
			if got := testing.AllocsPerRun(100, c.run); got > c.most {
				t.Errorf("%.0f allocations, want at most %.0f", got, c.most)
			}
		})
	}
}
