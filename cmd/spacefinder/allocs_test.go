//go:build !race

package main

import (
	"testing"

	"github.com/spacefinder/spacefinder/internal/telemetry"
)

// What an authenticated read of one location may allocate from the front door
// to the store and back, metrics and the recorder of the answer included. The
// race detector counts differently.
func TestAllocs(t *testing.T) {
	const most = 52
	if got := testing.AllocsPerRun(200, newRead(t, &instruments{metrics: telemetry.New("test")})); got > most {
		t.Errorf("%.0f allocations, want at most %d", got, most)
	}
}
