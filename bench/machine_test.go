package main

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

func TestValuesOfTheSystemAreFoundByName(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cpuinfo")
	text := "processor\t: 0\nmodel name\t: Model A: fast\n\nprocessor\t: 1\nmodel name\t: Model B\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"model name": "Model A: fast", "processor": "0", "cache": unknown} {
		if got := procValue(file, name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if got := procValue(file+".none", "model name"); got != unknown {
		t.Errorf("a file that is not there has %q", got)
	}
}

func TestTheLoadAverageIsANumberWhereTheSystemHasOne(t *testing.T) {
	got := loadAverage()
	if _, err := strconv.ParseFloat(got, 64); err != nil && got != unknown {
		t.Errorf("got %q", got)
	}
}

func TestAFlushTakesTime(t *testing.T) {
	got, err := flushTime(filepath.Join(t.TempDir(), "flush"))
	if err != nil || got <= 0 {
		t.Errorf("got %s, %v", got, err)
	}
}
