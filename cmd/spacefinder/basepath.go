package main

import (
	"net/http"
	"net/url"
	"path"
	"strings"
)

// withoutBasePath takes prefix off the path of requests that come with it. API
// Gateway puts its stage's name there on the way through a VPC link; whether it
// does must not matter to a service, nor to who asks the service directly.
//
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/private-integration.html
func withoutBasePath(prefix string, next http.Handler) http.Handler {
	if prefix == "" {
		return next
	}
	strip := http.StripPrefix(prefix, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.EscapedPath(), prefix+"/") {
			strip.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// checkBasePath accepts nothing, or a clean path that needs no escapes.
func checkBasePath(set *flagSet, prefix string) {
	if prefix == "" {
		return
	}
	escaped := (&url.URL{Path: prefix}).EscapedPath()
	if path.Clean(prefix) != prefix || prefix[0] != '/' || prefix == "/" || escaped != prefix {
		set.addf("-base-path: %q is not a path such as /prod", prefix)
	}
}
