package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// canonicalRequest lays the request out in the one form that both sides hash.
func canonicalRequest(r *http.Request, signedHeaders []string, body []byte) string {
	path, query := target(r)
	digest := sha256.Sum256(body)
	var b strings.Builder
	b.WriteString(r.Method + "\n" + path + "\n" + query + "\n")
	for _, name := range signedHeaders {
		b.WriteString(name + ":" + headerValue(r, name) + "\n")
	}
	b.WriteString("\n" + strings.Join(signedHeaders, ";") + "\n" + hex.EncodeToString(digest[:]))
	return b.String()
}

// target returns the canonical path and query of what the client asked for.
func target(r *http.Request) (path, query string) {
	raw := r.RequestURI
	if raw == "" {
		raw = r.URL.RequestURI()
	}
	path, rawQuery, _ := strings.Cut(raw, "?")
	if path == "" {
		path = "/"
	}
	// Services other than S3 encode the path twice: once for the wire, once for the signature.
	return escape(path, true), canonicalQuery(rawQuery)
}

// canonicalQuery sorts the parameters by their encoded name, then value.
func canonicalQuery(raw string) string {
	if raw == "" {
		return ""
	}
	var pairs []string
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, reescape(name)+"="+reescape(value))
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

func reescape(s string) string {
	plain, err := url.QueryUnescape(s)
	if err != nil {
		plain = s
	}
	return escape(plain, false)
}

// escape percent-encodes everything but RFC 3986's unreserved characters.
func escape(s string, keepSlash bool) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0, keepSlash && c == '/':
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	return b.String()
}

// headerValue returns the value that is signed for a header: every value in
// order, trimmed, with runs of spaces made one. net/http keeps the host and the
// length of a request outside its headers.
func headerValue(r *http.Request, name string) string {
	if name == "host" {
		return r.Host
	}
	values := slices.Clone(r.Header.Values(name))
	if name == "content-length" && len(values) == 0 && r.ContentLength >= 0 {
		values = []string{strconv.FormatInt(r.ContentLength, 10)}
	}
	for i, v := range values {
		values[i] = strings.Join(strings.Fields(v), " ")
	}
	return strings.Join(values, ",")
}
