package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAProgramIsPackedAsLambdaTakesIt(t *testing.T) {
	dir := t.TempDir()
	program, packed := filepath.Join(dir, "program"), filepath.Join(dir, "program.zip")
	content := bytes.Repeat([]byte("ELF"), 1<<16)
	write := func() []byte {
		if err := os.WriteFile(program, content, 0o600); err != nil { // another time, another mode
			t.Fatal(err)
		}
		var printed strings.Builder
		if err := run([]string{program, packed}, &printed); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(packed)
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("%s: %d bytes, SHA-256 %x\n", packed, len(text), sha256.Sum256(text)); printed.String() != want {
			t.Errorf("printed %q, want %q", printed.String(), want)
		}
		return text
	}
	first := write()
	if !bytes.Equal(first, write()) {
		t.Error("the same program gives other bytes")
	}
	archive, err := zip.NewReader(bytes.NewReader(first), int64(len(first)))
	if err != nil {
		t.Fatal(err)
	}
	if len(archive.File) != 1 || archive.File[0].Name != "bootstrap" || archive.File[0].Mode() != 0o755 {
		t.Fatalf("it has %d entries, the first is %+v", len(archive.File), archive.File[0].FileHeader)
	}
	entry, err := archive.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(entry)
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("%v, the program came out with %d bytes", err, len(got))
	}
}

func TestWhatCannotBePacked(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{nil, {"a"}, {"a", "b", "c"}, {filepath.Join(dir, "none"), filepath.Join(dir, "x.zip")}} {
		if err := run(args, io.Discard); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}
