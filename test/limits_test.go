package test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/test/internal/client"
)

const megabyte = 1 << 20

// The front door takes 10 MB, a service what its longest item needs.
func TestBodiesAreBounded(t *testing.T) {
	admin := shared.as(shared.admin)
	path := locationPath(newID("large"))
	padded := func(size int) []byte { // valid, and padded with white space
		body := `{"name":"n"}`
		return []byte(body + strings.Repeat(" ", size-len(body)))
	}
	tooLong := admin.Put(t, path, padded(10*megabyte+1))
	expectGatewayError(t, tooLong, http.StatusRequestEntityTooLarge, "RequestTooLargeException", "Request Too Long")
	expectProblem(t, admin.Put(t, path, padded(10*megabyte)), http.StatusRequestEntityTooLarge, "too_large")
	expectProblem(t, admin.Put(t, path, padded(megabyte)), http.StatusRequestEntityTooLarge, "too_large")
	expectProblem(t, admin.Get(t, path), http.StatusNotFound, "not_found")
	admin.Put(t, path, padded(200<<10)).Expect(t, http.StatusCreated)
}

// The longest item of each kind fits.
func TestLongestItemIsAccepted(t *testing.T) {
	admin := shared.as(shared.admin)
	path := locationPath(newID("longest"))
	want := client.Location{
		Name:        strings.Repeat("ü", 200),
		Description: strings.Repeat("\U0001F3E2", 2000),
		ImageURL:    "https://example.com/" + strings.Repeat("i", 2048-20),
		TimeZone:    "America/Argentina/ComodRivadavia",
	}
	got := client.Decode[client.Location](t, admin.Put(t, path, want).Expect(t, http.StatusCreated))
	want.LocationID, want.Timestamp = got.LocationID, got.Timestamp
	if got != want {
		t.Errorf("want %+v, got %+v", want, got)
	}
	amenities := make([]string, 50)
	for i := range amenities {
		amenities[i] = strings.Repeat("ß", 62) + string(rune('A'+i/26)) + string(rune('a'+i%26))
	}
	resource := client.Resource{Name: strings.Repeat("n", 200), Capacity: 1_000_000, Amenities: amenities}
	admin.Put(t, path+"/resources/"+newID("longest"), resource).Expect(t, http.StatusCreated)
}

func TestHeadersAreBounded(t *testing.T) {
	alice := shared.as(shared.alice)
	alice.Get(t, "/locations?limit=1", client.With("X-Padding", strings.Repeat("p", 8<<10))).Expect(t, http.StatusOK)
	for name, option := range map[string]client.Option{
		"one long value": client.With("X-Padding", strings.Repeat("p", 11<<10)),
		"many values": func(r *client.Request) {
			r.Header = http.Header{"X-Padding": {strings.Repeat("p", 4<<10), strings.Repeat("p", 4<<10), strings.Repeat("p", 4<<10)}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			alice.Get(t, "/locations?limit=1", option).Expect(t, http.StatusRequestHeaderFieldsTooLarge)
		})
	}
}

func TestURLsAreBounded(t *testing.T) {
	alice := shared.as(shared.alice)
	alice.Get(t, "/locations?limit=1&padding="+strings.Repeat("p", 8<<10)).Expect(t, http.StatusOK)
	alice.Get(t, "/locations?limit=1&padding="+strings.Repeat("p", 11<<10)).Expect(t, http.StatusRequestURITooLong)
	// The ARN that a policy is asked about may have 1600 bytes.
	alice.Get(t, locationPath(strings.Repeat("x", 1700))).Expect(t, http.StatusRequestURITooLong)
	expectProblem(t, alice.Get(t, locationPath(strings.Repeat("x", 1000))), http.StatusBadRequest, "invalid_request")
}

// A body is taken for JSON unless it says otherwise; another type passes the
// front door, which has no model for it, and is refused by the service.
func TestContentTypes(t *testing.T) {
	admin := shared.as(shared.admin)
	body := []byte(`{"name":"n"}`)
	for _, accepted := range []string{
		"application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8", "APPLICATION/JSON", "",
	} {
		t.Run("accepted "+accepted, func(t *testing.T) {
			admin.Put(t, locationPath(newID("type")), body, contentType(accepted)).Expect(t, http.StatusCreated)
		})
	}
	for _, refused := range []string{
		"text/plain", "application/xml", "application/x-www-form-urlencoded", "application/problem+json", "nonsense",
	} {
		t.Run("refused "+refused, func(t *testing.T) {
			path := locationPath(newID("type"))
			expectProblem(t, admin.Put(t, path, body, contentType(refused)), http.StatusUnsupportedMediaType, "unsupported_type")
			expectProblem(t, admin.Get(t, path), http.StatusNotFound, "not_found")
		})
	}
}

func contentType(value string) client.Option {
	return func(r *client.Request) {
		r.Header = http.Header{"Content-Type": {value}}
		if value == "" {
			r.Header = http.Header{"Content-Type": nil}
		}
	}
}

// A request that lies about its length, or never ends, harms nobody else.
func TestBrokenRequestsDoNotHarmOthers(t *testing.T) {
	token := shared.admin.IDToken
	for name, text := range map[string]string{
		"two lengths": "PUT /locations/x HTTP/1.1\r\nHost: s\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
		"length and chunks": "PUT /locations/x HTTP/1.1\r\nHost: s\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" +
			"0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
		"a space in a name":    "GET /locations HTTP/1.1\r\nHost: s\r\nAuthorization : " + token + "\r\n\r\n",
		"a control character":  "GET /locations HTTP/1.1\r\nHost: s\r\nAuthorization: " + token + "\x00\r\n\r\n",
		"no host":              "GET /locations HTTP/1.1\r\nAuthorization: " + token + "\r\n\r\n",
		"an unknown version":   "GET /locations HTTP/9.9\r\nHost: s\r\n\r\n",
		"nothing of a request": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
	} {
		t.Run(name, func(t *testing.T) {
			answer := raw(t, shared.site, text+"\r\n\r\n")
			if answer == nil || answer.Status == http.StatusHTTPVersionNotSupported {
				return
			}
			if answer.Status < 400 || answer.Status >= 500 {
				t.Errorf("answered %d", answer.Status)
			}
		})
	}
	shared.as(shared.alice).Get(t, "/locations?limit=1").Expect(t, http.StatusOK)
}
