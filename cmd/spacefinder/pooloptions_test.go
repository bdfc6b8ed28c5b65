package main

import (
	"io"
	"net"
	"net/netip"
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

func TestThePublicURLIsAnOriginAsBrowsersWriteIt(t *testing.T) {
	for address, good := range map[string]bool{
		"https://spaces.example.com": true, "https://spaces.example.com/": true, "https://spaces.example.com:8443": true,
		"http://127.0.0.1:8080": true, "http://[::1]:8080": true, "http://localhost:443": true,
		"https://Spaces.example.com": false, "HTTPS://spaces.example.com": false, "https://spaces.example.com:443": false,
		"http://spaces.example.com:80": false, "https://spaces.example.com/path": false, "https://user@spaces.example.com": false,
		"https://spaces.example.com?x": false, "ftp://spaces.example.com": false, "spaces.example.com": false, "https://": false,
		"https://spaces.example.com:": false,
	} {
		if _, err := parsePool("-public-url", address); (err == nil) != good {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestAddressesOfTheServerAreOrigins(t *testing.T) {
	for listening, want := range map[string]string{
		"127.0.0.1:8080": "http://127.0.0.1:8080", "127.0.0.1:80": "http://127.0.0.1", "[::]:80": "http://127.0.0.1",
		"[::1]:80": "http://[::1]", "127.0.0.1:443": "http://127.0.0.1:443",
	} {
		addr := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(listening))
		if got := (&poolOptions{}).baseURL(addr); got != want {
			t.Errorf("%s: %s, want %s", listening, got, want)
		}
	}
}
