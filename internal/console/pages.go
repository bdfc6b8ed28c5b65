package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"fmt"
	"net/http"
	"path"
	"time"
)

//go:embed web
var web embed.FS

// pages returns the handlers of the embedded files by their names; the page
// itself has the name {$}, a path that ends there.
func pages() map[string]http.Handler {
	entries, err := web.ReadDir("web")
	if err != nil {
		panic("the console's files are not embedded: " + err.Error())
	}
	all := map[string]http.Handler{}
	for _, entry := range entries {
		text, err := web.ReadFile("web/" + entry.Name())
		if err != nil {
			panic("the console's files are not embedded: " + err.Error())
		}
		name := entry.Name()
		if name == "index.html" {
			name = "{$}"
		}
		all[name] = file(mediaType(path.Ext(entry.Name())), text)
	}
	return all
}

// mediaType does not ask the system, which may think otherwise.
func mediaType(extension string) string {
	switch extension {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	default:
		return "application/octet-stream"
	}
}

// file serves a text that is asked for again on each visit, so that a page
// never meets scripts of an earlier version of the program.
func file(kind string, text []byte) http.Handler {
	tag := fmt.Sprintf(`"%x"`, sha256.Sum256(text))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("ETag", tag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(text))
	})
}
