package devpages

import (
	"bytes"
	"context"
	"html/template"
	"net/http"
	"time"
)

// checkTimeout bounds how long the first page waits to learn whether the
// server is healthy.
const checkTimeout = 2 * time.Second

// landing is the first page. It is made for each request, as the server's
// health may have changed.
type landing struct {
	template *template.Template
	data     page
}

func (p *Pages) addLanding(config Config, operations []operation) error {
	t, err := parsePage("landing.html")
	data := page{Config: config, Path: "/", Operations: operations}
	p.handlers[data.Path] = &landing{t, data}
	return err
}

func (l *landing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
	defer cancel()
	data := l.data
	data.Healthy = data.Check(ctx) == nil // the health check itself logs what is wrong
	var text bytes.Buffer
	if err := l.template.Execute(&text, data); err != nil {
		http.Error(w, "the page cannot be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(text.Bytes()) // the client may be gone
}
