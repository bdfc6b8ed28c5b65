package capi_test

import (
	"testing"

	"github.com/spacefinder/spacefinder/internal/sqlitedb/capi"
)

// version is Version, which must be known.
func version(t testing.TB, c *capi.Conn) capi.Version {
	t.Helper()
	v, known := c.Version()
	if !known {
		t.Fatal("the version is not known")
	}
	return v
}

// twoConnections returns connections to one database in WAL mode that has a
// table, both of which have read it.
func twoConnections(t testing.TB) (mine, other *capi.Conn) {
	t.Helper()
	path := newFile(t)
	mine, other = connect(t, path), connect(t, path)
	exec(t, other, "PRAGMA journal_mode = WAL; CREATE TABLE t (k TEXT PRIMARY KEY); INSERT INTO t VALUES ('a')")
	exec(t, mine, "SELECT k FROM t")
	return mine, other
}

func TestACommitChangesTheVersionOnEveryConnection(t *testing.T) {
	mine, other := twoConnections(t)
	seen := map[capi.Version]string{version(t, mine): "at first"}
	for _, script := range []string{
		"INSERT INTO t VALUES ('b')",
		"UPDATE t SET k = 'c' WHERE k = 'b'",
		"UPDATE t SET k = 'b' WHERE k = 'c'", // the contents are those of before
		"BEGIN; DELETE FROM t WHERE k = 'b'; COMMIT",
		"CREATE TABLE u (k TEXT)",
		"PRAGMA wal_checkpoint(TRUNCATE); INSERT INTO t VALUES ('b')", // the log begins anew
		"PRAGMA wal_checkpoint(RESTART); DELETE FROM t WHERE k = 'b'",
	} {
		exec(t, other, script)
		v := version(t, mine)
		if v != version(t, other) {
			t.Errorf("after %s the connections differ", script)
		}
		if before, found := seen[v]; found {
			t.Errorf("after %s the version is the one of %s", script, before)
		}
		seen[v] = script
	}
	exec(t, mine, "INSERT INTO t VALUES ('mine')")
	if _, found := seen[version(t, mine)]; found {
		t.Error("a commit of its own does not change the version")
	}
}

func TestWhatIsNotCommittedLeavesTheVersion(t *testing.T) {
	mine, other := twoConnections(t)
	want := version(t, mine)
	for _, script := range []string{
		"SELECT k FROM t",
		"BEGIN; SELECT k FROM t; COMMIT",
		"BEGIN IMMEDIATE; INSERT INTO t VALUES ('b')", // under way
		"ROLLBACK",
		"DELETE FROM t WHERE k = 'nothing'",
	} {
		exec(t, other, script)
		if version(t, mine) != want {
			t.Errorf("after %s the version is another", script)
		}
	}
}

func TestTheVersionOfADatabaseWithoutWALIsNotKnown(t *testing.T) {
	c := open(t)
	exec(t, c, "CREATE TABLE t (k TEXT); SELECT k FROM t")
	if _, known := c.Version(); known {
		t.Error("it is known")
	}
}
