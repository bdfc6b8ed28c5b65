package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// cache keeps filled data folders between runs, as filling one with a million
// bookings takes minutes. An entry is named after what is in it and after the
// sources that made it, so that it is made anew when those change.
type cache struct {
	dir  string // "": nothing is kept
	root string // of the module
}

// provide makes the folder target with what fill puts into a folder, or with
// what it put there in an earlier run. sources are files or folders of the module.
func (c cache) provide(ctx context.Context, target, name string, sources []string, fill func(ctx context.Context, dir string) error) error {
	if c.dir == "" {
		if err := os.Mkdir(target, 0o700); err != nil {
			return err
		}
		return fill(ctx, target)
	}
	version, err := fingerprint(c.root, sources)
	if err != nil {
		return err
	}
	entry := filepath.Join(c.dir, name+"@"+version)
	if _, err := os.Stat(entry); errors.Is(err, fs.ErrNotExist) {
		if err := c.add(ctx, entry, name, fill); err != nil {
			return err
		}
	}
	return copyTree(target, entry)
}

// add fills a folder and gives it the entry's name once it is whole. The entries
// of other sources go.
func (c cache) add(ctx context.Context, entry, name string, fill func(ctx context.Context, dir string) error) error {
	stale, err := filepath.Glob(filepath.Join(c.dir, name+"@*"))
	if err != nil {
		return err
	}
	for _, old := range stale {
		if err := os.RemoveAll(old); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return err
	}
	fresh, err := os.MkdirTemp(c.dir, "filling-")
	if err != nil {
		return err
	}
	if err := fill(ctx, fresh); err != nil {
		return errors.Join(err, os.RemoveAll(fresh))
	}
	return os.Rename(fresh, entry)
}

// fingerprint returns a hash of the files, and of the Go files in the folders
// that are no tests.
func fingerprint(root string, sources []string) (string, error) {
	sum := sha256.New()
	for _, source := range sources {
		err := filepath.WalkDir(filepath.Join(root, source), func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(file, "_test.go") {
				return err
			}
			text, err := os.ReadFile(file) //nolint:gosec // a source of this module
			fmt.Fprintf(sum, "%s %d\n%s", d.Name(), len(text), text)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:6]), nil
}

// copyTree copies a folder of folders and files, with their permissions.
func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(source string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, source)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		if d.IsDir() {
			return os.Mkdir(target, info.Mode().Perm())
		}
		return copyFile(target, source, info.Mode().Perm())
	})
}

// copyFile copies a file onto the disk itself: what the system still had to write
// of it, the first flush of the server would wait for.
func copyFile(to, from string, mode fs.FileMode) (err error) {
	source, err := os.Open(from) //nolint:gosec // a file of the run
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()                                   // it was only read
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode) //nolint:gosec // a file of the run
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	if _, err := io.Copy(target, source); err != nil {
		return err
	}
	return target.Sync()
}
