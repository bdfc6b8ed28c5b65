package capi_test

import (
	"testing"

	"github.com/spacefinder/spacefinder/internal/sqlitedb/capi"
)

func TestSync(t *testing.T) {
	c := open(t)
	exec(t, c, "PRAGMA journal_mode = WAL; CREATE TABLE t (k TEXT)")
	if _, err := c.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	if err := c.Sync(); err != nil {
		t.Error(err)
	}
}

func TestSyncWithoutAFile(t *testing.T) {
	c, err := capi.Open("")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.Sync(); err == nil {
		t.Error("a database that has no file yet was synced")
	}
}
