package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestAFolderIsFilledOnceForItsSources(t *testing.T) {
	root, dir := t.TempDir(), t.TempDir()
	source := filepath.Join(root, "seed.go")
	c := cache{dir: filepath.Join(dir, "cache"), root: root}
	var filled int
	fill := func(_ context.Context, dir string) error {
		filled++
		if err := os.Mkdir(filepath.Join(dir, "keys"), 0o700); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, "keys", "secret"), []byte("data"), 0o600)
	}
	for i, step := range []struct {
		name, source string
		filled       int
	}{
		{"the first time", "version 1", 1},
		{"again", "version 1", 1},
		{"after a change of the source", "version 2", 2},
		{"after a change back: the old entry is gone", "version 1", 3},
	} {
		if err := os.WriteFile(source, []byte(step.source), 0o600); err != nil {
			t.Fatal(err)
		}
		target := filepath.Join(dir, "target-"+string(rune('a'+i)))
		if err := c.provide(t.Context(), target, "name", []string{"seed.go"}, fill); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(target, "keys", "secret"))
		if err != nil || info.Mode().Perm() != 0o600 || info.Size() != 4 {
			t.Errorf("%s: got %v, %v", step.name, info, err)
		}
		if filled != step.filled {
			t.Errorf("%s: filled %d times, want %d", step.name, filled, step.filled)
		}
	}
}

func TestWithoutACacheTheFolderItselfIsFilled(t *testing.T) {
	target := filepath.Join(t.TempDir(), "target")
	err := cache{}.provide(t.Context(), target, "name", nil, func(_ context.Context, dir string) error {
		if dir != target {
			t.Errorf("%s was filled, want %s", dir, target)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAFillThatFailsLeavesNothing(t *testing.T) {
	c := cache{dir: t.TempDir(), root: t.TempDir()}
	broken := errors.New("broken")
	err := c.provide(t.Context(), filepath.Join(t.TempDir(), "target"), "name", nil, func(context.Context, string) error { return broken })
	if left, readErr := os.ReadDir(c.dir); !errors.Is(err, broken) || readErr != nil || len(left) > 0 {
		t.Errorf("got %v, and %v is left, %v", err, left, readErr)
	}
}

func TestTestsAreNoSources(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a.go", "a")
	before, err := fingerprint(root, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	write("a_test.go", "test")
	if after, err := fingerprint(root, []string{"."}); err != nil || after != before {
		t.Errorf("a test changes the fingerprint: %s, %s, %v", before, after, err)
	}
	write("a.go", "b")
	if after, err := fingerprint(root, []string{"."}); err != nil || after == before {
		t.Errorf("a change does not change the fingerprint: %s, %v", after, err)
	}
	if _, err := fingerprint(root, []string{"none.go"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a source that is not there: got %v", err)
	}
}
