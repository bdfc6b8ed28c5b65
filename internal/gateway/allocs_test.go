//go:build !race

package gateway

import "testing"

// What a request may allocate on its way through the front door, most of it
// headers. The race detector counts differently.
func TestAllocs(t *testing.T) {
	for name, c := range map[string]struct {
		operation func(testing.TB) func()
		most      float64
	}{
		"read":        {read, 30},
		"write":       {write, 46},
		"known token": {knownToken, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := testing.AllocsPerRun(100, c.operation(t)); got > c.most {
				t.Errorf("%.0f allocations, want at most %.0f", got, c.most)
			}
		})
	}
}
