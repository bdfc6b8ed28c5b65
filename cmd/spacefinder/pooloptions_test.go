package main

import (
	"io"
	"slices"
	"strings"
	"testing"
)

func parsePool(args ...string) (*userPoolFlags, error) {
	f := newUserPoolFlags(process{args: args, getenv: func(string) string { return "" }, stdout: io.Discard, stderr: io.Discard})
	return f, f.parse()
}

func TestRedirectURLsOfTheCommandLine(t *testing.T) {
	f, err := parsePool("-callback-urls", "https://app.example.com/callback, http://localhost:3000/")
	if err != nil {
		t.Fatal(err)
	}
	if got := commaSeparated(f.pool.callbacks); !slices.Equal(got, []string{"https://app.example.com/callback", "http://localhost:3000/"}) {
		t.Errorf("callbacks %q", got)
	}
	if got := commaSeparated(f.pool.logouts); len(got) != 0 {
		t.Errorf("logouts %q", got)
	}
	_, err = parsePool("-callback-urls", "http://app.example.com/,https://b.example/#x", "-logout-urls", "javascript://x")
	for _, want := range []string{"-callback-urls", "must be https", "has a fragment", "-logout-urls", "a scheme that runs"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q: %v", want, err)
		}
	}
}
