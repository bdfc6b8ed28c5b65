package sqlitedb_test

import (
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// Writers that a commit has answered come back with their next write before the
// writer begins the next commit. On one processor, which they need to do so,
// nothing else decides about it.
func TestWritersThatAreReadyShareTheNextCommit(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	db := open(t, sqlitedb.Config{})
	before := db.Stats()
	const writers, turns = 16, 20
	var wg sync.WaitGroup
	for writer := range writers {
		wg.Go(func() {
			for turn := range turns {
				if err := db.Write(t.Context(), insert(strconv.Itoa(writer*turns+turn), turn)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got := db.Stats()
	if writes, commits := got.Writes-before.Writes, got.Commits-before.Commits; writes != writers*turns || commits >= 2*turns {
		t.Errorf("%d commits of %d writes by %d writers, want about %d", commits, writes, writers, turns)
	}
}
