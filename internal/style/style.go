// Package style is the look that all pages of the server share: one style
// sheet with colours, type, spacing, and the parts that pages are made of.
//
// A page links the sheet from its own origin, so that a strict
// Content-Security-Policy with style-src 'self' holds. The classes are described
// by their rules in style.css; the ones to start from are page or page-narrow,
// top, nav, card, field, button, alert, badge, table-scroll, facts.
package style

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for the sheet
	"fmt"
	"net/http"
	"time"
)

//go:embed style.css
var sheet []byte

// Handler serves the style sheet, whatever the path that it is mounted at. The
// sheet has an entity tag and is asked for again on each page, so that a page
// never meets the sheet of an earlier version of the program.
func Handler() http.Handler {
	tag := fmt.Sprintf(`"%x"`, sha256.Sum256(sheet))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/css; charset=utf-8")
		h.Set("Cache-Control", "no-cache")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("ETag", tag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(sheet))
	})
}
