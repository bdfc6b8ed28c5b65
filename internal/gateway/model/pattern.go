package model

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// matcher returns what tells whether a value matches a pattern, nil when that
// may mean something else to openapi3, as an escape may. The usual pattern of an
// id, ^[a-z0-9]+$, needs a look at each byte and not the regular expression.
func matcher(pattern string) func(value []byte) bool {
	if strings.Contains(pattern, `\`) {
		return nil
	}
	if pattern == "" {
		return func([]byte) bool { return true }
	}
	if admitted := admittedBytes(pattern); admitted != nil {
		return func(value []byte) bool {
			for _, c := range value {
				if !admitted[c] {
					return false
				}
			}
			return len(value) > 0
		}
	}
	expression, err := regexp.Compile(pattern)
	if err != nil {
		return nil
	}
	return expression.Match
}

// admittedBytes returns the bytes of which a value consists that matches the
// pattern ^[...]+$ of ASCII characters; nil for any other pattern.
func admittedBytes(pattern string) *[256]bool {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil || parsed.Op != syntax.OpConcat || len(parsed.Sub) != 3 {
		return nil
	}
	begin, middle, end := parsed.Sub[0], parsed.Sub[1], parsed.Sub[2]
	if begin.Op != syntax.OpBeginText || middle.Op != syntax.OpPlus || end.Op != syntax.OpEndText {
		return nil
	}
	class := middle.Sub[0]
	if class.Op != syntax.OpCharClass {
		return nil
	}
	var admitted [256]bool
	for i := 0; i < len(class.Rune); i += 2 { // pairs of the first and the last character of a range
		for c := class.Rune[i]; c <= class.Rune[i+1]; c++ {
			if c >= utf8.RuneSelf {
				return nil
			}
			admitted[c] = true
		}
	}
	return &admitted
}
