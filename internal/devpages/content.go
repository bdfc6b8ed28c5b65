package devpages

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// content is a file that does not change while the server runs. It has an
// entity tag and is asked for again each time, so that a page never meets files
// of another version of the program.
type content struct {
	kind       string // media type
	tag        string // hash of the content, the same however it is encoded
	compressed []byte
	plain      func() []byte
}

func newContent(kind string, text []byte) *content {
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	_, _ = w.Write(text) // a buffer takes everything
	_ = w.Close()
	return &content{kind: kind, tag: hash(text), compressed: compressed.Bytes(), plain: func() []byte { return text }}
}

// compressedContent is content that is at hand in gzip's format. It is unpacked
// for the first client that cannot read that, and kept.
func compressedContent(kind string, compressed []byte) *content {
	unpack := sync.OnceValue(func() []byte {
		r, err := gzip.NewReader(bytes.NewReader(compressed))
		if err != nil {
			panic(fmt.Sprintf("embedded content is damaged: %v", err))
		}
		text, err := io.ReadAll(r)
		if err != nil {
			panic(fmt.Sprintf("embedded content is damaged: %v", err))
		}
		return text
	})
	return &content{kind: kind, tag: hash(compressed), compressed: compressed, plain: unpack}
}

func hash(text []byte) string {
	sum := sha256.Sum256(text)
	return fmt.Sprintf("%x", sum[:12])
}

// ServeHTTP implements http.Handler.
func (c *content) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", c.kind)
	h.Set("Cache-Control", "no-cache")
	h.Add("Vary", "Accept-Encoding")
	if acceptsGzip(r.Header.Values("Accept-Encoding")) {
		// Another sequence of bytes needs another tag (RFC 9110, section 8.8.3.3).
		h.Set("ETag", `"`+c.tag+`-gzip"`)
		h.Set("Content-Encoding", "gzip")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(c.compressed))
		return
	}
	h.Set("ETag", `"`+c.tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(c.plain()))
}

// acceptsGzip reports whether the values of Accept-Encoding name gzip, and not
// with the weight of zero that refuses it (RFC 9110, section 12.5.3).
func acceptsGzip(values []string) bool {
	for coding := range strings.SplitSeq(strings.Join(values, ","), ",") {
		name, weight, _ := strings.Cut(coding, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			weight = strings.ReplaceAll(strings.ToLower(weight), " ", "")
			return !strings.HasPrefix(weight, "q=0") || strings.ContainsAny(weight[len("q=0"):], "123456789")
		}
	}
	return false
}
