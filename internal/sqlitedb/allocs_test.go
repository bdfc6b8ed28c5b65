//go:build !race

package sqlitedb_test

import (
	"testing"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// What an operation may allocate: the transaction, the rows, the texts, and
// for a write what goes to the writer and back. The race detector counts
// differently.
func TestAllocs(t *testing.T) {
	for name, c := range map[string]struct {
		operation func(testing.TB, *sqlitedb.DB) func()
		most      float64
	}{
		"read one row":  {readOne, 5},
		"read one kept": {readKept, 1},
		"write one row": {writeOne, 8},
	} {
		t.Run(name, func(t *testing.T) {
			run := c.operation(t, open(t, sqlitedb.Config{Readers: 1}))
			if got := testing.AllocsPerRun(100, run); got > c.most {
				t.Errorf("%.0f allocations, want at most %.0f", got, c.most)
			}
		})
	}
}
