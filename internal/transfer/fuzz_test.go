package transfer_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/internal/transfer"
)

// Whatever lines come, as they are or with a trailer that fits them, they are
// either refused or read as items that, written anew, are read as the same.
func FuzzFile(f *testing.F) {
	a, r := locationLine("a"), resourceLine("a", "r")
	f.Add("")
	f.Add(seal(head, a))
	f.Add(strings.Join([]string{head, a, r, bookingLine("a", "r", "b", 0, 3600), bookingLine("a", "r", "c", 3600, 7200)}, "\n"))
	f.Add(head + "\n" + a + "\n" + a)
	f.Add(head + "\n{}")
	f.Fuzz(func(t *testing.T, lines string) {
		for _, content := range []string{lines, seal(strings.Split(lines, "\n")...)} {
			first, err := transfer.Rewrite([]byte(content), transfer.Reporting{Now: now})
			if err != nil {
				continue
			}
			second, err := transfer.Rewrite(first, transfer.Reporting{Now: now})
			if err != nil || !bytes.Equal(first, second) {
				t.Errorf("%v, first\n%s\nthen\n%s", err, first, second)
			}
		}
	})
}
