package route

import (
	"slices"
	"strings"
	"testing"
)

func TestParsePath(t *testing.T) {
	tests := []struct {
		name, path string
		want       Path // nil with ok false when nothing may match
		ok         bool
	}{
		{"the root has no segments", "/", nil, true},
		{"segments are decoded", "/a%20b/c", Path{"a b", "c"}, true},
		{"one trailing slash is ignored", "/a/b/", Path{"a", "b"}, true},
		{"an escaped slash stays inside its segment", "/a%2Fb/c", Path{"a/b", "c"}, true},
		{"escapes are decoded once", "/a%252Fb", Path{"a%2Fb"}, true},
		{"a plus sign is a plus sign", "/a+b", Path{"a+b"}, true},
		{"wildcards are ordinary characters", "/*/%3F", Path{"*", "?"}, true},
		{"duplicate slashes are not merged", "/a//b", nil, false},
		{"two trailing slashes leave an empty segment", "/a//", nil, false},
		{"only slashes", "//", nil, false},
		{"no leading slash", "a/b", nil, false},
		{"the asterisk form", "*", nil, false},
		{"an empty path", "", nil, false},
		{"a step up", "/a/../b", nil, false},
		{"an escaped step up", "/a/%2e%2E/b", nil, false},
		{"a step in place", "/a/./b", nil, false},
		{"three dots are a name", "/a/...", Path{"a", "..."}, true},
		{"a bad escape", "/a%zz", nil, false},
		{"a truncated escape", "/a%2", nil, false},
		{"invalid UTF-8", "/a%ff", nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := ParsePath(tt.path)
			if ok != tt.ok || !slices.Equal(got, tt.want) {
				t.Errorf("ParsePath(%q) = %q, %t, want %q, %t", tt.path, got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestARNPathTellsSegmentsApart(t *testing.T) {
	tests := []struct{ path, want string }{
		{"/", ""},
		{"/users/ann/bookings", "users/ann/bookings"},
		{"/users/ann/bookings/", "users/ann/bookings"},
		{"/users/ann%2Fbookings", "users/ann%2Fbookings"},
		{"/users/ann%252Fbookings", "users/ann%252Fbookings"},
		{"/users/%61nn", "users/ann"},
		{"/users/*", "users/*"},
		{"/users/a%3Fb", "users/a?b"},
		{"/users/a%20b", "users/a b"},
	}
	for _, tt := range tests {
		p, ok := ParsePath(tt.path)
		if got := string(p.AppendARN(nil)); !ok || got != tt.want {
			t.Errorf("%s: got %q (%t), want %q", tt.path, got, ok, tt.want)
		}
	}
}

func newTable(t *testing.T, routes ...string) *Table[string] {
	t.Helper()
	var table Table[string]
	for _, r := range routes {
		method, path, _ := strings.Cut(r, " ")
		if err := table.Add(method, path, r); err != nil {
			t.Fatal(err)
		}
	}
	return &table
}

func TestFind(t *testing.T) {
	table := newTable(t,
		"GET /", "GET /rooms", "PUT /rooms", "GET /rooms/{id}", "DELETE /rooms/{id}", "GET /rooms/new", "GET /rooms/{id}/plan",
		"GET /{proxy+}", "PUT /rooms/{rest+}", "GET /rooms/new/{rest+}",
	)
	tests := []struct{ name, method, path, want, params string }{
		{"the root", "GET", "/", "GET /", ""},
		{"a literal", "GET", "/rooms", "GET /rooms", ""},
		{"a literal goes before a parameter", "GET", "/rooms/new", "GET /rooms/new", ""},
		{"an escaped literal is the same literal", "GET", "/rooms/%6Eew", "GET /rooms/new", ""},
		{"a parameter takes one segment", "GET", "/rooms/7", "GET /rooms/{id}", "id=7"},
		{"a parameter goes before a greedy one", "GET", "/rooms/7/plan", "GET /rooms/{id}/plan", "id=7"},
		{"a parameter may hold an escaped slash", "GET", "/rooms/a%2Fb", "GET /rooms/{id}", "id=a/b"},
		{"a greedy parameter takes several segments", "GET", "/x/y/z", "GET /{proxy+}", "proxy=x/y/z"},
		{"a verb that a literal lacks is found on a parameter", "DELETE", "/rooms/new", "DELETE /rooms/{id}", "id=new"},
		{"a verb that a parameter lacks is found on a greedy one", "PUT", "/rooms/7", "PUT /rooms/{rest+}", "rest=7"},
		{"the search goes back up to a less specific parent", "GET", "/rooms/7/else", "GET /{proxy+}", "proxy=rooms/7/else"},
		{"a greedy parameter takes at least one segment", "PUT", "/", "", ""},
		{"an unknown verb", "PATCH", "/rooms", "", ""},
		{"HEAD is not derived from GET", "HEAD", "/rooms", "", ""},
		{"paths are case-sensitive", "PUT", "/Rooms", "", ""},
		{"the template itself is only a value", "GET", "/rooms/%7Bid%7D", "GET /rooms/{id}", "id={id}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, ok := ParsePath(tt.path)
			if !ok {
				t.Fatal("not a path")
			}
			got, params, ok := table.Find(tt.method, p)
			if got != tt.want || ok != (tt.want != "") {
				t.Errorf("got %q, %t, want %q", got, ok, tt.want)
			}
			if name, value, ok := strings.Cut(tt.params, "="); ok {
				if got, found := params.Value(name); got != value || !found {
					t.Errorf("parameter %s: got %q, %t, want %q", name, got, found, value)
				}
			}
			if _, found := params.Value("unknown"); found {
				t.Error("an unknown parameter was found")
			}
		})
	}
}

func TestAddRefusesTemplates(t *testing.T) {
	for _, path := range []string{
		"rooms", "/rooms/", "//", "/a b", "/{a}{b}", "/x{a}", "/{}", "/{a+}/b", "/..", "/%2F", "/{other}", "/rooms",
	} {
		table := newTable(t, "GET /rooms", "GET /{id}")
		if err := table.Add("GET", path, ""); err == nil {
			t.Errorf("%s was accepted", path)
		}
	}
}

// FuzzPath checks that whatever is routed is named by its ARN path alone: the
// ARN's segments are those that the route was found by.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{
		"/", "/rooms/7", "/rooms/a%2Fb/", "/rooms/%2e%2e/x", "/rooms/%252F", "/rooms//7", "/rooms/*", "/%ff", "/rooms/%", "*", "/rooms/..%2F..",
	} {
		f.Add(seed)
	}
	var table Table[int]
	if err := table.Add("GET", "/rooms/{id}", 1); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, escaped string) {
		p, ok := ParsePath(escaped)
		if !ok {
			return
		}
		table.Find("GET", p)
		var segments Path
		if arn := string(p.AppendARN(nil)); arn != "" {
			for part := range strings.SplitSeq(arn, "/") {
				part = strings.NewReplacer("%2F", "/", "%25", "%").Replace(part)
				segments = append(segments, part)
			}
		}
		if !slices.Equal(segments, p) {
			t.Errorf("%q: the ARN says %q, the route %q", escaped, segments, p)
		}
		if slices.Contains(p, "..") || slices.Contains(p, "") {
			t.Errorf("%q: has a segment that no path may have: %q", escaped, p)
		}
	})
}
