//go:build !race

package route

import "testing"

// Finding an operation allocates the list of segments and nothing else. The
// race detector counts differently.
func TestAllocs(t *testing.T) {
	if got := testing.AllocsPerRun(100, finding(t)); got > 1 {
		t.Errorf("%.0f allocations, want 1", got)
	}
}
