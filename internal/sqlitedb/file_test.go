package sqlitedb_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

func wantError(t testing.TB, err error, words string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("error is %v, want one that says %q", err, words)
	}
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a", "b?c%20 d#")
	db := open(t, sqlitedb.Config{Path: filepath.Join(folder, "test.db")})
	if err := db.Write(t.Context(), insert("a", 1)); err != nil {
		t.Fatal(err)
	}
	want := map[string]fs.FileMode{"": 0o700, "test.db": 0o600, "test.db-wal": 0o600, "test.db-shm": 0o600, "lock": 0o600}
	for name, mode := range want {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm() != mode {
			t.Errorf("%q has mode %o, want %o", name, info.Mode().Perm(), mode)
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != len(want)-1 {
		t.Errorf("folder has %v, %v", entries, err)
	}
}

func TestFolderIsInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db := open(t, sqlitedb.Config{Path: path})
	_, err := sqlitedb.Open(t.Context(), sqlitedb.Config{Path: path})
	wantError(t, err, "data folder "+filepath.Dir(path)+" is in use by another spacefinder process")
	if !errors.Is(err, sqlitedb.ErrInUse) {
		t.Errorf("error %v is not ErrInUse", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, sqlitedb.Config{Path: path})
}

func TestOpenRefuses(t *testing.T) {
	cases := map[string]struct {
		prepare func(t testing.TB, path string) // makes what is there before
		words   string
	}{
		"a text file":        {write(strings.Repeat("not a database ", 10)), "is not a spacefinder database"},
		"an empty file":      {write(""), "is not a spacefinder database"},
		"a foreign database": {patch(68, 0x00), "is not a spacefinder database"},
		"a newer format":     {patch(63, 0x02), "was written by a newer version of spacefinder (format 2, this one knows 1)"},
		"a log without its database": {func(t testing.TB, path string) {
			t.Helper()
			write("x")(t, path+"-wal")
		}, "is missing, but its write-ahead log"},
		"a folder": {makeFolder, "cannot be read"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "test.db")
			c.prepare(t, path)
			before, _ := os.ReadFile(path)
			_, err := sqlitedb.Open(t.Context(), sqlitedb.Config{Path: path})
			wantError(t, err, c.words)
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("Open changed the file that it refused")
			}
		})
	}
	t.Run("a folder that cannot be made", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		write("")(t, file)
		_, err := sqlitedb.Open(t.Context(), sqlitedb.Config{Path: filepath.Join(file, "data", "test.db")})
		wantError(t, err, "cannot be created")
	})
}

func makeFolder(t testing.TB, path string) {
	t.Helper()
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
}

func write(text string) func(testing.TB, string) {
	return func(t testing.TB, path string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// patch makes a database and changes one byte of it.
func patch(offset int64, value byte) func(testing.TB, string) {
	return func(t testing.TB, path string) {
		t.Helper()
		if err := open(t, sqlitedb.Config{Path: path}).Close(); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte{value}, offset); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCreationThatWasInterruptedStartsOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	write("half of a database")(t, path+".new")
	write("half of a journal")(t, path+".new-journal")
	wantKeys(t, open(t, sqlitedb.Config{Path: path}))
}

func TestMigrate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db := open(t, sqlitedb.Config{Path: path})
	one := "CREATE TABLE one (a INTEGER); INSERT INTO one VALUES (1), (2)"
	two := "ALTER TABLE one ADD COLUMN b INTEGER"
	bad := "CREATE TABLE three (a INTEGER); nonsense"
	steps := []struct {
		name  string
		steps []string
		words string // of the error
	}{
		{"the first step", []string{one}, ""},
		{"nothing new", []string{one}, ""},
		{"a second step", []string{one, two}, ""},
		{"a step that fails", []string{one, two, bad}, "step 3"},
		{"the same step, made right", []string{one, two, "CREATE TABLE three (a INTEGER)"}, ""},
		{"an older program", []string{one, two}, "newer version of spacefinder (numbers tables 3, this one knows 2)"},
	}
	for _, s := range steps {
		err := db.Migrate(t.Context(), "numbers", s.steps)
		if s.words != "" {
			wantError(t, err, s.words)
		} else if err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
	}
	var n int
	err := db.Read(t.Context(), func(tx *sqlitedb.Tx) error {
		return tx.QueryRow("SELECT count(*) FROM one WHERE b IS NULL").Scan(&n)
	})
	if err != nil || n != 2 {
		t.Errorf("table one has %d rows, %v; want the 2 of a step that ran once", n, err)
	}
}

func TestBackupOfADatabaseInUse(t *testing.T) {
	folder := t.TempDir()
	path, dest := filepath.Join(folder, "test.db"), filepath.Join(t.TempDir(), "it's a copy.db")
	db := open(t, sqlitedb.Config{Path: path})
	for _, k := range []string{"a", "b"} {
		if err := db.Write(t.Context(), insert(k, 1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := sqlitedb.Backup(t.Context(), path, dest); err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), insert("c", 1)); err != nil {
		t.Errorf("the write after the backup: %v", err)
	}
	if info, err := os.Stat(dest); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup: %v, %v", info, err)
	}
	if entries, err := os.ReadDir(filepath.Dir(dest)); err != nil || len(entries) != 1 {
		t.Errorf("the backup's folder has %v, %v", entries, err)
	}
	wantKeys(t, open(t, sqlitedb.Config{Path: dest}), "a", "b")
	wantKeys(t, db, "a", "b", "c")
}

func TestBackupOfADatabaseAtRest(t *testing.T) {
	path, dest := filepath.Join(t.TempDir(), "test.db"), filepath.Join(t.TempDir(), "copy.db")
	if err := open(t, sqlitedb.Config{Path: path}).Close(); err != nil {
		t.Fatal(err)
	}
	if err := sqlitedb.Backup(t.Context(), path, dest); err != nil {
		t.Fatal(err)
	}
	wantKeys(t, open(t, sqlitedb.Config{Path: dest}))
}

func TestBackupRefuses(t *testing.T) {
	folder := t.TempDir()
	good, text, dest := filepath.Join(folder, "good.db"), filepath.Join(folder, "text"), filepath.Join(folder, "dest")
	open(t, sqlitedb.Config{Path: good})
	write("not a database")(t, text)
	write("precious")(t, filepath.Join(folder, "taken"))
	cases := map[string]struct{ path, dest, words string }{
		"a destination that exists": {good, filepath.Join(folder, "taken"), "file already exists"},
		"a missing folder":          {good, filepath.Join(folder, "no", "dest"), "no such file or directory"},
		"a missing source":          {filepath.Join(folder, "none"), dest, "no such file or directory"},
		"a source that is a text":   {text, dest, "not a database"},
	}
	for name, c := range cases {
		wantErr := sqlitedb.Backup(t.Context(), c.path, c.dest)
		t.Run(name, func(t *testing.T) { wantError(t, wantErr, c.words) })
	}
	t.Run("an ended context", func(t *testing.T) {
		wantError(t, sqlitedb.Backup(canceled(t), good, dest), "canceled")
	})
	if left, err := filepath.Glob(dest + "*"); err != nil || left != nil {
		t.Errorf("failed backups left %v, %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(folder, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error("a backup created its source")
	}
}

func TestOpenSaysWhatToLookAtWhenTheDiskFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	if err := open(t, sqlitedb.Config{Path: path}).Close(); err != nil {
		t.Fatal(err)
	}
	makeFolder(t, path+"-wal") // the log can be neither read nor written
	_, err := sqlitedb.Open(t.Context(), sqlitedb.Config{Path: path})
	wantError(t, err, "is the disk full, or the folder read-only?")
}
