package rest

import (
	"fmt"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Body is the body of an answer that spells its own JSON text. Without
// reflection that takes half the time.
type Body interface{ EncodeTo(e *Encoder) }

// Encoder gathers a JSON text. Names of members are the program's own and stand
// as they are; text that is not UTF-8 makes the whole encoding fail, as it does
// with json.Marshal.
type Encoder struct {
	text []byte
	err  error
}

// Open begins an object with '{' or an array with '['.
func (e *Encoder) Open(bracket byte) {
	e.separate()
	e.text = append(e.text, bracket)
}

// Close ends it with '}' or ']'.
func (e *Encoder) Close(bracket byte) { e.text = append(e.text, bracket) }

// separate puts a comma between two members or elements. A value never ends with
// an opening bracket or a colon: texts end with a quote.
func (e *Encoder) separate() {
	if n := len(e.text); n > 0 && e.text[n-1] != '{' && e.text[n-1] != '[' && e.text[n-1] != ':' {
		e.text = append(e.text, ',')
	}
}

// Name begins a member of the object; its value follows.
func (e *Encoder) Name(name string) {
	e.separate()
	e.text = append(append(append(e.text, '"'), name...), '"', ':')
}

// Text writes a string as the next element, or the value of the member just named.
func (e *Encoder) Text(value string) {
	e.separate()
	if standsAsItIs(value) {
		e.text = append(append(append(e.text, '"'), value...), '"')
		return
	}
	text, err := jsontext.AppendQuote(e.text, value)
	e.text = text
	if err != nil {
		e.err = err
	}
}

// standsAsItIs reports whether a text is ASCII without what JSON escapes (RFC 8259
// section 7), as most are. It looks at eight bytes at a time: in each byte of seen,
// the highest bit says that the byte is a control character, a quote, a backslash
// or not ASCII. (A borrow may set it in the byte after such a one, too.)
func standsAsItIs(text string) bool {
	const (
		ones    = 0x0101010101010101
		highest = 0x80 * ones
	)
	for ; len(text) >= 8; text = text[8:] {
		eight := uint64(text[0]) | uint64(text[1])<<8 | uint64(text[2])<<16 | uint64(text[3])<<24 |
			uint64(text[4])<<32 | uint64(text[5])<<40 | uint64(text[6])<<48 | uint64(text[7])<<56
		quote, backslash := eight^'"'*ones, eight^'\\'*ones
		seen := eight | (eight - ' '*ones) | (quote - ones) | (backslash - ones)
		if seen&highest != 0 {
			return false
		}
	}
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// TextMember writes a member whose value is a string.
func (e *Encoder) TextMember(name, value string) {
	e.Name(name)
	e.Text(value)
}

// OptionalText writes a member whose value is a string, unless that is empty.
func (e *Encoder) OptionalText(name, value string) {
	if value != "" {
		e.TextMember(name, value)
	}
}

// NumberMember writes a member whose value is a number.
func (e *Encoder) NumberMember(name string, value int64) {
	e.Name(name)
	e.text = strconv.AppendInt(e.text, value, 10)
}

// TimeMember writes a member whose value is a moment, given in seconds since 1970,
// in RFC 3339 (UTC).
func (e *Encoder) TimeMember(name string, seconds int64) {
	e.Name(name)
	e.text = append(e.text, '"')
	e.text = time.Unix(seconds, 0).UTC().AppendFormat(e.text, time.RFC3339)
	e.text = append(e.text, '"')
}

// encode replaces the text by that of body; nil has none.
func (e *Encoder) encode(body any) error {
	e.text, e.err = e.text[:0], nil
	switch body := body.(type) {
	case nil:
	case Body:
		body.EncodeTo(e)
	default:
		var text []byte
		text, e.err = json.Marshal(body)
		e.text = append(e.text, text...)
	}
	if e.err != nil {
		return fmt.Errorf("encode the answer: %w", e.err)
	}
	return nil
}

// maxPooled is the capacity in bytes above which the memory of an encoder is left
// to the collector, so that one long page does not stay in memory for ever.
const maxPooled = 64 << 10

var encoders = sync.Pool{New: func() any { return new(Encoder) }}

func getEncoder() *Encoder {
	e, _ := encoders.Get().(*Encoder)
	return e
}

func (e *Encoder) release() {
	if cap(e.text) <= maxPooled {
		encoders.Put(e)
	}
}
