package model

import (
	"regexp"
	"testing"
)

func TestPatternsMeanWhatRegexpSays(t *testing.T) {
	values := []string{"", "a", "ab", "aB", "a.b", "a-b", "-", "]", "^", "a\n", "\na", "a b", "ä", "é\xff", "\xff", "\x80", "0123", "a+", "A"}
	for pattern, byBytes := range map[string]bool{
		"": false, "^[a-z]+$": true, "^[A-Za-z0-9._~:@|+=-]+$": true, "^[]^]+$": true, "^[a]+$": false, "^[ -~]+$": true,
		"[a-z]+$": false, "^[a-z]+": false, "^[a-z]*$": false, "^[a-z]+?$": true, "^[a-z]{2,}$": false, "^[^a]+$": false,
		"^[a-zä]+$": false, "(?i)^[a-c]+$": true, "(?m)^[a-z]+$": false, "^[a-z]+|[A-Z]+$": false, "^([a-z]+)$": false, "^.+$": false,
	} {
		if got := admittedBytes(pattern) != nil; got != byBytes {
			t.Errorf("%s is decided by bytes: %t, want %t", pattern, got, byBytes)
		}
		matches, expression := matcher(pattern), regexp.MustCompile(pattern)
		for _, value := range values {
			if got, want := matches([]byte(value)), expression.MatchString(value); got != want {
				t.Errorf("%s and %q: %t, want %t", pattern, value, got, want)
			}
		}
	}
}

func TestPatternsThatOpenAPIMayReadOtherwise(t *testing.T) {
	for _, pattern := range []string{`^\w+$`, `^[a-z`, `\u0041`} {
		if matcher(pattern) != nil {
			t.Errorf("%s has a matcher", pattern)
		}
	}
}
