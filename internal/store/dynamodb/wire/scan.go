package wire

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// deepest is how far values may be nested in what is skipped. DynamoDB nests
// attributes 32 deep, each of them two levels of JSON.
const deepest = 100

// A scanner reads a JSON text (RFC 8259) step by step. What it returns are parts
// of that text, so that reading costs no allocation unless a string has escapes.
// The first mistake is kept in err and ends the text: every later step finds
// nothing.
//
//	for s.open('{'); s.more('}'); {
//		switch s.name() {
//		case "Count": ...
//		default: s.skip()
//		}
//	}
type scanner struct {
	text    string
	at      int
	first   bool // nothing of the object or array just opened has been read
	escapes bool // there is an escape somewhere in the text
	err     error
}

func newScanner(text string) scanner {
	s := scanner{text: text, escapes: strings.IndexByte(text, '\\') >= 0}
	if !utf8.ValidString(text) {
		s.fail("the text is not UTF-8")
	}
	return s
}

func (s *scanner) fail(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf("JSON at byte %d: %w", s.at, fmt.Errorf(format, args...))
	}
	s.at = len(s.text)
}

// next returns the first byte that is not white space, without taking it; 0 at
// the end.
func (s *scanner) next() byte {
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// take takes the byte that has to come now.
func (s *scanner) take(want byte) {
	if s.at < len(s.text) && s.text[s.at] == want { // DynamoDB sends no white space
		s.at++
		return
	}
	if s.next() != want || s.at == len(s.text) {
		s.fail("no %q", want)
		return
	}
	s.at++
}

// open takes the beginning of an object or array.
func (s *scanner) open(bracket byte) {
	s.take(bracket)
	s.first = true
}

// more reports whether another member comes, and takes what is before it; when
// none does, it takes the closing bracket.
func (s *scanner) more(bracket byte) bool {
	first := s.first
	s.first = false
	if s.next() == bracket && s.err == nil {
		s.at++
		return false
	}
	if !first {
		s.take(',')
	}
	return s.err == nil
}

// name takes the name of a member and the colon after it.
func (s *scanner) name() string {
	name := s.string()
	s.take(':')
	return name
}

// string takes a string. A control character in it, which JSON would have escaped,
// is taken as it is: to look for one costs more than all the rest.
func (s *scanner) string() string {
	s.take('"')
	start := s.at
	length := strings.IndexByte(s.text[start:], '"')
	if length < 0 {
		s.fail("a string without end")
		return ""
	}
	value := s.text[start : start+length]
	if s.escapes && strings.IndexByte(value, '\\') >= 0 {
		return s.escaped(start)
	}
	s.at = start + length + 1
	return value
}

// stringOrNull takes a string, or null for "".
func (s *scanner) stringOrNull() string {
	if s.next() == 'n' {
		s.literal()
		return ""
	}
	return s.string()
}

// escaped takes the rest of a string that has escapes and began at start.
func (s *scanner) escaped(start int) string {
	for ; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '\\':
			s.at++
		case '"':
			s.at++
			value, err := jsontext.AppendUnquote(nil, s.text[start-1:s.at])
			if err != nil {
				s.fail("%w", err)
			}
			return string(value)
		}
	}
	s.fail("a string without end")
	return ""
}

var errNesting = errors.New("nested too deeply")

// skip takes a value of whatever kind.
func (s *scanner) skip() { s.skipNested(deepest) }

func (s *scanner) skipNested(levels int) {
	if levels == 0 {
		s.fail("%w", errNesting)
		return
	}
	switch s.next() {
	case '"':
		s.string()
	case '{':
		for s.open('{'); s.more('}'); {
			s.name()
			s.skipNested(levels - 1)
		}
	case '[':
		for s.open('['); s.more(']'); {
			s.skipNested(levels - 1)
		}
	default:
		s.literal()
	}
}

// literal takes a number, true, false or null.
func (s *scanner) literal() {
	start := s.at
	for s.at < len(s.text) && strings.IndexByte(" \t\n\r,:]}[{\"", s.text[s.at]) < 0 {
		s.at++
	}
	value := s.text[start:s.at]
	if !isCount(value) && !jsontext.Value(value).IsValid() {
		s.fail("%q is no value", value)
	}
}

// isCount reports whether a value is a positive whole number. In most answers there
// are no literals but the counts of a page.
func isCount(value string) bool {
	for i := range len(value) {
		if value[i] < '0' || value[i] > '9' {
			return false
		}
	}
	return value != "" && value[0] != '0'
}

// end fails unless the whole text has been read, and returns the mistake.
func (s *scanner) end() error {
	if s.next(); s.err == nil && s.at < len(s.text) {
		s.fail("more than one value")
	}
	return s.err
}
