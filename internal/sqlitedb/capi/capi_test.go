package capi_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/spacefinder/spacefinder/internal/sqlitedb/capi"
)

// open opens an empty database and closes it when the test ends.
func open(t testing.TB) *capi.Conn {
	t.Helper()
	return connect(t, newFile(t))
}

// newFile makes the file of an empty database.
func newFile(t testing.TB) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "test.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// connect opens the database and closes it when the test ends.
func connect(t testing.TB, path string) *capi.Conn {
	t.Helper()
	c, err := capi.Open("file:" + filepath.ToSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// prepare prepares a statement and closes it when the test ends.
func prepare(t testing.TB, c *capi.Conn, query string) *capi.Stmt {
	t.Helper()
	s, err := c.Prepare(query)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func exec(t testing.TB, c *capi.Conn, script string) {
	t.Helper()
	if err := c.Exec(script); err != nil {
		t.Fatal(err)
	}
}

// step is Step that has a row.
func step(t testing.TB, s *capi.Stmt) {
	t.Helper()
	if row, err := s.Step(); err != nil || !row {
		t.Fatalf("Step: %t, %v; want a row", row, err)
	}
}

func wantCode(t testing.TB, err error, code int) {
	t.Helper()
	var e *capi.Error
	if !errors.As(err, &e) || e.Code() != code {
		t.Errorf("error is %v, want one with the code %d", err, code)
	}
}

func TestValuesComeBackAsTheyWereBound(t *testing.T) {
	s := prepare(t, open(t), "SELECT ?1, typeof(?1)")
	seven := 7
	cases := map[string]struct {
		arg     any
		kind    string
		text    string
		integer int64
	}{
		"nil":              {arg: nil, kind: "null"},
		"nil pointer":      {arg: (*int)(nil), kind: "null"},
		"nil slice":        {arg: []byte(nil), kind: "null"},
		"text":             {arg: "Zürich", kind: "text", text: "Zürich"},
		"empty text":       {arg: "", kind: "text"},
		"text with a NUL":  {arg: "a\x00b", kind: "text", text: "a\x00b"},
		"long text":        {arg: strings.Repeat("x", 100_000), kind: "text", text: strings.Repeat("x", 100_000)},
		"blob":             {arg: []byte{0, 255}, kind: "blob", text: "\x00\xff"},
		"empty blob":       {arg: []byte{}, kind: "blob"},
		"int":              {arg: -5, kind: "integer", integer: -5, text: "-5"},
		"int64":            {arg: int64(1) << 62, kind: "integer", integer: 1 << 62, text: "4611686018427387904"},
		"true":             {arg: true, kind: "integer", integer: 1, text: "1"},
		"false":            {arg: false, kind: "integer", text: "0"},
		"pointer to int":   {arg: &seven, kind: "integer", integer: 7, text: "7"},
		"text after those": {arg: "short", kind: "text", text: "short"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if err := s.Bind([]any{c.arg}); err != nil {
				t.Fatal(err)
			}
			defer s.Reset()
			step(t, s)
			if got := string(s.Bytes(1)); got != c.kind {
				t.Errorf("it is kept as %s, want %s", got, c.kind)
			}
			if s.IsNull(0) != (c.kind == "null") || s.IsInteger(0) != (c.kind == "integer") {
				t.Errorf("null: %t, integer: %t", s.IsNull(0), s.IsInteger(0))
			}
			if got := s.Int64(0); c.kind == "integer" && got != c.integer {
				t.Errorf("integer is %d, want %d", got, c.integer)
			}
			if got := string(s.Bytes(0)); got != c.text {
				t.Errorf("bytes are %q, want %q", got, c.text)
			}
			if row, err := s.Step(); row || err != nil {
				t.Errorf("second Step: %t, %v; want the end", row, err)
			}
		})
	}
}

func TestManyArgumentsKeepTheirPlaces(t *testing.T) {
	s := prepare(t, open(t), "SELECT ?1, ?2, ?3, ?4")
	for _, args := range [][]any{{"a", "", "ccc", "dddd"}, {strings.Repeat("e", 50), 1, "f", []byte("g")}, {"h", "i", "j", "k"}} {
		if err := s.Bind(args); err != nil {
			t.Fatal(err)
		}
		step(t, s)
		for i, want := range args {
			if b, ok := want.([]byte); ok {
				want = string(b)
			}
			if got := string(s.Bytes(i)); got != fmt.Sprint(want) {
				t.Errorf("column %d is %q, want %q", i, got, want)
			}
		}
		s.Reset()
	}
}

func TestBindRefuses(t *testing.T) {
	s := prepare(t, open(t), "SELECT ?1, ?2")
	for name, args := range map[string][]any{
		"too few arguments":     {1},
		"too many arguments":    {1, 2, 3},
		"a type it has not":     {1, 2.5},
		"a type of its own":     {1, reflect.Bool},
		"a slice of other than": {1, []string{"a"}},
	} {
		if err := s.Bind(args); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestPrepareTakesOneStatement(t *testing.T) {
	c := open(t)
	for _, text := range []string{"", "-- nothing", "SELECT 1; SELECT 2", "SELECT 1;\n", "SELECT 1\x00"} {
		if s, err := c.Prepare(text); err == nil {
			t.Errorf("%q was prepared", text)
			s.Close()
		}
	}
	_, err := c.Prepare("SELEKT 1")
	wantCode(t, err, sqlite3.SQLITE_ERROR)
	if err == nil || !strings.Contains(err.Error(), "syntax error") {
		t.Errorf("error is %v, want SQLite's words", err)
	}
	if got := prepare(t, c, "SELECT 1, 2, 3").Columns(); got != 3 {
		t.Errorf("%d columns, want 3", got)
	}
}

func TestOpenNeedsAFile(t *testing.T) {
	_, err := capi.Open("file:" + filepath.ToSlash(filepath.Join(t.TempDir(), "none.db")))
	wantCode(t, err, sqlite3.SQLITE_CANTOPEN)
}

func TestChangesAndFailures(t *testing.T) {
	c := open(t)
	exec(t, c, "CREATE TABLE t (k TEXT PRIMARY KEY); INSERT INTO t VALUES ('a'), ('b')")
	insert := prepare(t, c, "INSERT INTO t VALUES (?1)")
	if insert.ReadOnly() || !prepare(t, c, "SELECT k FROM t").ReadOnly() {
		t.Error("what changes the database is told wrong")
	}
	for _, k := range []string{"b", "c"} {
		if err := insert.Bind([]any{k}); err != nil {
			t.Fatal(err)
		}
		_, err := insert.Step()
		if insert.Reset(); k == "c" && err != nil {
			t.Errorf("the statement after one that failed: %v", err)
		} else if k == "b" {
			wantCode(t, err, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
		}
	}
	exec(t, c, "DELETE FROM t")
	if got := c.Changes(); got != 3 {
		t.Errorf("%d rows were deleted, want 3", got)
	}
	wantCode(t, c.Exec("DELETE FROM nothing"), sqlite3.SQLITE_ERROR)
}

func TestTransactionsAreSeen(t *testing.T) {
	c := open(t)
	for _, each := range []struct {
		script string
		want   bool
	}{{"SELECT 1", false}, {"BEGIN", true}, {"COMMIT", false}, {"BEGIN; ROLLBACK", false}} {
		if exec(t, c, each.script); c.InTransaction() != each.want {
			t.Errorf("after %s in a transaction: %t, want %t", each.script, !each.want, each.want)
		}
	}
}
