package style_test

import (
	"math"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/internal/style"
)

func get(t *testing.T, method string, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/any/where.css", nil)
	r.Header = header
	w := httptest.NewRecorder()
	style.Handler().ServeHTTP(w, r)
	return w
}

func sheet(t *testing.T) string {
	t.Helper()
	return get(t, http.MethodGet, nil).Body.String()
}

func TestTheSheetIsServedAsCSSAndRevalidated(t *testing.T) {
	first := get(t, http.MethodGet, nil)
	for name, want := range map[string]string{
		"Content-Type": "text/css; charset=utf-8", "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff",
	} {
		if got := first.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	again := get(t, http.MethodGet, http.Header{"If-None-Match": {first.Header().Get("ETag")}})
	if first.Code != http.StatusOK || again.Code != http.StatusNotModified {
		t.Errorf("statuses %d and then %d, want 200 and 304", first.Code, again.Code)
	}
	if status := get(t, http.MethodPost, nil).Code; status != http.StatusMethodNotAllowed {
		t.Errorf("POST answered %d, want 405", status)
	}
}

// Anything from elsewhere would be blocked by the pages' policy, and fail without internet.
func TestTheSheetNeedsNothingElse(t *testing.T) {
	for _, forbidden := range []string{"url(", "@import", "http:", "https:"} {
		if strings.Contains(sheet(t), forbidden) {
			t.Errorf("the sheet contains %s", forbidden)
		}
	}
}

// Source: https://www.w3.org/TR/WCAG22/#contrast-minimum and #non-text-contrast.
func TestColoursHaveContrastInBothSchemes(t *testing.T) {
	const text, control = 4.5, 3.0
	pairs := []struct {
		front, back string
		least       float64
	}{
		{"text", "page", text}, {"text", "surface", text}, {"text", "raised", text},
		{"muted", "page", text}, {"muted", "surface", text}, {"muted", "raised", text},
		{"accent", "page", text}, {"accent", "surface", text}, {"accent-strong", "surface", text},
		{"on-accent", "accent", text}, {"on-accent", "accent-strong", text},
		{"danger", "surface", text}, {"danger", "danger-soft", text},
		{"warn", "warn-soft", text}, {"ok", "ok-soft", text}, {"info", "info-soft", text},
		{"control", "surface", control}, {"control", "page", control},
		{"series-1", "surface", control}, {"series-2", "surface", control}, {"series-3", "surface", control},
		{"series-4", "surface", control}, {"series-5", "surface", control}, {"series-6", "surface", control},
	}
	for scheme, colours := range schemes(t) {
		for _, p := range pairs {
			if got := contrast(colour(t, colours, p.front), colour(t, colours, p.back)); got < p.least {
				t.Errorf("%s: %s on %s has %.2f:1, want %.1f:1", scheme, p.front, p.back, got, p.least)
			}
		}
	}
}

// schemes returns the colours by name, of each scheme. Both must set the same.
func schemes(t *testing.T) map[string]map[string]string {
	t.Helper()
	light, dark, ok := strings.Cut(sheet(t), "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("there is no dark scheme")
	}
	found := map[string]map[string]string{}
	for name, text := range map[string]string{"light": light, "dark": dark} {
		found[name] = map[string]string{}
		for _, m := range regexp.MustCompile(`--([\w-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(text, -1) {
			found[name][m[1]] = m[2]
		}
	}
	if len(found["light"]) == 0 || len(found["light"]) != len(found["dark"]) {
		t.Fatalf("%d colours in light, %d in dark", len(found["light"]), len(found["dark"]))
	}
	return found
}

func colour(t *testing.T, colours map[string]string, name string) string {
	t.Helper()
	if colours[name] == "" {
		t.Fatalf("there is no colour %s", name)
	}
	return colours[name]
}

// contrast returns the ratio of relative luminances of two #rrggbb colours.
func contrast(a, b string) float64 {
	high, low := luminance(a), luminance(b)
	return (math.Max(high, low) + 0.05) / (math.Min(high, low) + 0.05)
}

func luminance(colour string) float64 {
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, _ := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		channel := float64(n) / 255
		if channel <= 0.04045 {
			channel /= 12.92
		} else {
			channel = math.Pow((channel+0.055)/1.055, 2.4)
		}
		sum += weight * channel
	}
	return sum
}
