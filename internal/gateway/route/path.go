// Package route finds the operation of a request path and keeps what a policy
// is asked about and what an operation is chosen by the same thing: both are
// made from one list of decoded segments.
//
// The rules are API Gateway's: a literal segment goes before a {parameter},
// which goes before a greedy {parameter+}; a verb that one resource lacks may
// be found on a less specific one; one trailing slash is ignored; slashes are
// not merged.
package route

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// Path is a request path as its decoded segments. The root has none.
type Path []string

// ParsePath splits an escaped path (as in the request line, without the query)
// at its slashes and decodes each segment. It reports false for a path that no
// resource matches:
//   - without a leading slash, or with an empty segment ("//"), but for one
//     trailing slash;
//   - with an escape that is not two hexadecimal digits, or that decodes to
//     invalid UTF-8;
//   - with a segment "." or "..", escaped or not: a backend may take it for a
//     step in the tree and so serve another path than the one authorized.
func ParsePath(escaped string) (Path, bool) {
	if !strings.HasPrefix(escaped, "/") {
		return nil, false
	}
	rest := strings.TrimSuffix(escaped[1:], "/")
	if rest == "" {
		return nil, escaped == "/"
	}
	segments := make(Path, 0, strings.Count(rest, "/")+1)
	for segment := range strings.SplitSeq(rest, "/") {
		decoded, err := url.PathUnescape(segment)
		if err != nil || decoded == "" || decoded == "." || decoded == ".." || !utf8.ValidString(decoded) {
			return nil, false
		}
		segments = append(segments, decoded)
	}
	return segments, true
}

// AppendARN appends the path as it stands in a method ARN: the decoded segments
// joined by slashes, where a slash or percent sign inside a segment is escaped
// again. No two paths share this form, so that a policy for one never covers
// another.
func (p Path) AppendARN(b []byte) []byte {
	for i, segment := range p {
		if i > 0 {
			b = append(b, '/')
		}
		for j := range len(segment) {
			switch c := segment[j]; c {
			case '%':
				b = append(b, "%25"...)
			case '/':
				b = append(b, "%2F"...)
			default:
				b = append(b, c)
			}
		}
	}
	return b
}
