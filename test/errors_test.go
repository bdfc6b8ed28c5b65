package test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/test/internal/client"
)

// Unknown paths and verbs are answered alike, whoever asks, before anybody
// looks at a token.
func TestUnknownRoutesAndVerbsAre403MissingAuthenticationToken(t *testing.T) {
	for _, r := range []client.Request{
		{Method: http.MethodPost, Path: "/"},
		{Method: http.MethodGet, Path: "/nothing"},
		{Method: http.MethodGet, Path: "/locations/a/resources/b/bookings/c"},
		{Method: http.MethodGet, Path: "/users"},
		{Method: http.MethodGet, Path: "/users/a"},
		{Method: http.MethodGet, Path: "/Locations"},
		{Method: http.MethodPost, Path: "/locations"},
		{Method: http.MethodPatch, Path: "/locations/a"},
		{Method: http.MethodDelete, Path: "/locations"},
		{Method: http.MethodPut, Path: "/locations/a/resources/b/bookings"},
		{Method: http.MethodDelete, Path: "/users/a/bookings"},
		{Method: "BREW", Path: "/locations"},
		{Method: http.MethodTrace, Path: "/locations"},
		{Method: http.MethodOptions, Path: "/nothing"},
	} {
		t.Run(r.Method+" "+r.Path, func(t *testing.T) {
			expectUnrouted(t, shared.api.Do(t, r))
			r.Token = shared.admin.IDToken
			expectUnrouted(t, shared.api.Do(t, r))
		})
	}
}

// HEAD is an operation of its own, and the document has none.
func TestHeadIsNotDerivedFromGet(t *testing.T) {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodHead, shared.api.Base+"/locations", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", shared.admin.IDToken)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusForbidden || response.Header.Get("X-Amzn-Errortype") != "MissingAuthenticationTokenException" {
		t.Errorf("want 403 MissingAuthenticationTokenException, got %s %s", response.Status, response.Header.Get("X-Amzn-Errortype"))
	}
}

// The front door judges bodies by the schemas of the document, in API
// Gateway's words.
func TestFrontDoorSaysWhatIsWrongWithABody(t *testing.T) {
	admin := shared.as(shared.admin)
	location := newLocation(t, admin)
	locations, resources, bookings := locationPath(newID("new")), resourcePath(location, newID("new")), "/users/"+shared.admin.ID+"/bookings"
	for _, c := range []struct {
		name, path, body string
		words            []string // that the explanation has
	}{
		{"no body", locations, ``, nil},
		{"not JSON", locations, `{"name":`, nil},
		{"not an object", locations, `["name"]`, []string{"array", "object"}},
		{"required member missing", locations, `{}`, []string{`object has missing required properties (["name"])`}},
		{"member of the wrong type", locations, `{"name":7}`, []string{"integer", "string"}},
		{"empty name", locations, `{"name":""}`, []string{"too short"}},
		{"long name", locations, `{"name":"` + strings.Repeat("n", 201) + `"}`, []string{"too long"}},
		{"misspelt member", locations, `{"name":"n","imageURL":"https://example.com"}`, []string{"imageURL"}},
		{"null name", locations, `{"name":null}`, []string{"null"}},
		{"unknown type of resource", resources, `{"name":"n","type":"pool"}`, []string{"pool", "room", "demo", "arena", "hall"}},
		{"negative capacity", resources, `{"name":"n","capacity":-1}`, []string{"-1"}},
		{"fractional capacity", resources, `{"name":"n","capacity":1.5}`, []string{"integer"}},
		{"too many amenities", resources, `{"name":"n","amenities":[` + strings.Repeat(`"a",`, 50) + `"a"]}`, []string{"50"}},
		{"booking of nothing", bookings, `{"starttimeepochtime":1893747600}`, []string{`"resourceID"`}},
		{"id with a slash", bookings, `{"resourceID":"a/b","starttimeepochtime":1893747600}`, []string{"a/b"}},
		{"time that is a text", bookings, `{"resourceID":"a","starttimeepochtime":"1893747600"}`, []string{"string", "integer"}},
		{"time before 1970", bookings, `{"resourceID":"a","starttimeepochtime":-1}`, []string{"-1"}},
		{"member given twice", locations, `{"name":"one","name":"two"}`, nil},
		{"member given twice within", resources, `{"name":"n","capacity":1,"capacity":2}`, nil},
		{"invalid UTF-8", locations, "{\"name\":\"\xff\xfe\"}", nil},
		{"two values", locations, `{"name":"n"}{"name":"m"}`, nil},
		{"deep nesting", locations, strings.Repeat("[", 20000) + strings.Repeat("]", 20000), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := admin.Put(t, c.path, []byte(c.body), client.With("Content-Type", "application/json"))
			e := expectGatewayError(t, r, http.StatusBadRequest, "BadRequestException", "Invalid request body")
			if e.ResponseType != "BAD_REQUEST_BODY" {
				t.Errorf("want the type BAD_REQUEST_BODY, got %s", r.Body)
			}
			for _, w := range c.words {
				if !strings.Contains(e.ValidationErrorString, w) {
					t.Errorf("the explanation lacks %q: %s", w, e.ValidationErrorString)
				}
			}
		})
	}
	expectProblem(t, admin.Get(t, locations), http.StatusNotFound, "not_found")
	expectProblem(t, admin.Get(t, resources), http.StatusNotFound, "not_found")
}

// What a schema cannot say the service does, with every problem at once.
func TestServicesReportEveryProblemAtOnce(t *testing.T) {
	admin := shared.as(shared.admin)
	r := newRoom(t, admin)
	bookings := "/users/" + shared.admin.ID + "/bookings/" + newID("booking")
	for _, c := range []struct {
		name, path, body string
		fields           []string
	}{
		{"blank name, script as image, unknown time zone", locationPath(newID("l")),
			`{"name":" ","imageUrl":"javascript:alert(1)","timeZone":"Mars/Olympus"}`, []string{"imageUrl", "name", "timeZone"}},
		{"another id than that of the path", locationPath(newID("l")), `{"name":"n","locationID":"other"}`, []string{"locationID"}},
		{"amenity named twice and a blank one", resourcePath(r.location, newID("r")), `{"name":"n","amenities":["tv","tv"," "]}`,
			[]string{"amenities/1", "amenities/2"}},
		{"no start", bookings, `{"resourceID":"` + r.resource + `"}`, []string{"starttimeepochtime"}},
		{"spellings that contradict", bookings,
			`{"resourceID":"` + r.resource + `","starttimeepochtime":1893747600,"start":"2030-01-04T09:00:01Z"}`, []string{"start"}},
		{"neither time is readable", bookings, `{"resourceID":"` + r.resource + `","start":"tomorrow","end":"2030-13-01T00:00:00Z"}`,
			[]string{"end", "start"}},
		{"fractions of a second", bookings, `{"resourceID":"` + r.resource + `","start":"2030-01-04T09:00:00.5Z"}`, []string{"start"}},
		{"ends before it starts", bookings, `{"resourceID":"` + r.resource + `","starttimeepochtime":1893747600,"endtimeepochtime":1893747599}`,
			[]string{"endtimeepochtime"}},
		{"lasts no time", bookings, `{"resourceID":"` + r.resource + `","starttimeepochtime":1893747600,"endtimeepochtime":1893747600}`,
			[]string{"endtimeepochtime"}},
		{"lasts 59 seconds", bookings, `{"resourceID":"` + r.resource + `","starttimeepochtime":1893747600,"endtimeepochtime":1893747659}`,
			[]string{"endtimeepochtime"}},
		{"lasts 31 days and a second", bookings,
			`{"resourceID":"` + r.resource + `","starttimeepochtime":1893747600,"endtimeepochtime":1896426001}`, []string{"endtimeepochtime"}},
		{"somebody else's user id", bookings,
			`{"resourceID":"` + r.resource + `","starttimeepochtime":1893747600,"userID":"` + shared.bob.ID + `"}`, []string{"userID"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := expectProblem(t, admin.Put(t, c.path, []byte(c.body)), http.StatusBadRequest, "invalid_request")
			var fields []string
			for _, problem := range p.Problems {
				fields = append(fields, problem.Field)
			}
			slices.Sort(fields)
			if !slices.Equal(fields, c.fields) {
				t.Errorf("want problems of %v, got %v", c.fields, p.Problems)
			}
		})
	}
}

func TestParentsMustExist(t *testing.T) {
	admin := shared.as(shared.admin)
	r, elsewhere := newRoom(t, admin), newLocation(t, admin)
	for name, c := range map[string]struct {
		path string
		body any
	}{
		"a resource at no location":           {resourcePath(newID("nowhere"), newID("r")), client.Resource{Name: "n"}},
		"a new resource at no location":       {locationPath(newID("nowhere")) + "/resources", client.Resource{Name: "n"}},
		"a booking of no resource":            {bookingPath(shared.admin.ID, newID("b")), room{resource: newID("r")}.slot(0)},
		"a new booking of no resource":        {"/users/" + shared.admin.ID + "/bookings", room{resource: newID("r")}.slot(0)},
		"a booking with the wrong location":   {bookingPath(shared.admin.ID, newID("b")), at(r.slot(0), elsewhere)},
		"a booking at a location that is not": {bookingPath(shared.admin.ID, newID("b")), at(r.slot(0), newID("nowhere"))},
	} {
		t.Run(name, func(t *testing.T) {
			expectProblem(t, admin.Put(t, c.path, c.body), http.StatusNotFound, "not_found")
		})
	}
	moved := admin.Put(t, resourcePath(elsewhere, r.resource), client.Resource{Name: "n"})
	expectProblem(t, moved, http.StatusConflict, "id_in_use")
	expectProblem(t, admin.Get(t, resourcePath(elsewhere, r.resource)), http.StatusNotFound, "not_found")
	expectProblem(t, admin.Delete(t, resourcePath(elsewhere, r.resource)), http.StatusNotFound, "not_found")
}

func at(b client.Booking, location string) client.Booking {
	b.LocationID = location
	return b
}

// The stage's limit is shared by all callers; those above it are told to slow
// down and nothing is lost.
func TestRequestsAboveTheLimitAre429(t *testing.T) {
	s := own(t, "-throttle-rate", "1", "-throttle-burst", "3")
	user := s.newUser(t, "user")
	var statuses []int
	for range 12 {
		r := s.as(user).Get(t, "/locations")
		statuses = append(statuses, r.Status)
		if r.Status != http.StatusOK {
			expectGatewayError(t, r, http.StatusTooManyRequests, "TooManyRequestsException", "Too Many Requests")
		}
	}
	if statuses[0] != http.StatusOK || !slices.Contains(statuses, http.StatusTooManyRequests) {
		t.Errorf("with a burst of 3 the statuses are %v", statuses)
	}
}

// A problem's members are those of RFC 9457 and ours, in their meaning.
func TestProblemIsSelfConsistent(t *testing.T) {
	r := shared.as(shared.alice).Get(t, locationPath(newID("nowhere")))
	p := expectProblem(t, r, http.StatusNotFound, "not_found")
	if p.Type != "about:blank" || p.Title != "Not Found" || p.Detail == "" || p.Detail != p.Message {
		t.Errorf("%+v", p)
	}
	if p.Instance != "urn:uuid:"+r.RequestID() {
		t.Errorf("the instance is %s, the request id %s", p.Instance, r.RequestID())
	}
}

// Whatever a client sends, it is the client's fault or it is stored: never the
// server's fault.
func TestOddBodiesAreNoFaultOfTheServer(t *testing.T) {
	admin := shared.as(shared.admin)
	r := newRoom(t, admin)
	booking := func(members string) string { return `{"resourceID":"` + r.resource + `",` + members + `}` }
	bookings := bookingPath(shared.admin.ID, newID("odd"))
	location, resource := locationPath(newID("odd")), resourcePath(r.location, newID("odd"))
	for path, bodies := range map[string][]string{
		location: {
			`{"name":"\u0000"}`, `{"name":"a\nb"}`, `{"name":"\ud800"}`, `{"name":"\u202e"}`, `{"name":"n","description":"\u0000"}`,
			`{"name":"n","timeZone":"Local"}`, `{"name":"n","timeZone":"../../etc/passwd"}`, `{"name":"n","timeZone":"/etc/localtime"}`,
			`{"name":"n","imageUrl":"http://"}`, `{"name":"n","imageUrl":"HTTPS://[::1"}`, `{"name":"n","imageUrl":"data:text/html,x"}`,
			`{"name":"n","timestamp":"anything"}`, `{"Name":"n"}`, `{"name":"n",}`, `{"name":'n'}`, `{"name":"n"} //`, `null`, `"n"`, `NaN`,
			"\ufeff" + `{"name":"n"}`, `{"name":"'; DROP TABLE locations; --"}`, `{"":"n","name":"n"}`, `{"__proto__":{},"name":"n"}`,
		},
		resource: {
			`{"name":"n","capacity":1e2}`, `{"name":"n","capacity":1.0}`, `{"name":"n","capacity":1e400}`, `{"name":"n","capacity":-0}`,
			`{"name":"n","capacity":9223372036854775808}`, `{"name":"n","type":""}`, `{"name":"n","type":null}`, `{"name":"n","amenities":null}`,
			`{"name":"n","amenities":[null]}`, `{"name":"n","amenities":{}}`,
		},
		bookings: {
			booking(`"starttimeepochtime":253402300799`), booking(`"starttimeepochtime":253402300799,"endtimeepochtime":253402300799`),
			booking(`"starttimeepochtime":9223372036854775807`), booking(`"starttimeepochtime":1e10`), booking(`"starttimeepochtime":1.5`),
			booking(`"starttimeepochtime":1893747600.0`), booking(`"start":""`), booking(`"start":"2030-01-04T09:00:60Z"`),
			booking(`"start":"0000-01-01T00:00:00Z"`), booking(`"start":"9999-12-31T23:59:59-23:59"`), booking(`"start":"2030-01-04 09:00:00Z"`),
			booking(`"start":"2030-01-04T09:00:00+99:99"`), booking(`"start":null,"starttimeepochtime":null`),
			`{"resourceID":".","starttimeepochtime":0}`, `{"resourceID":"..","starttimeepochtime":0}`,
		},
	} {
		for _, body := range bodies {
			answer := admin.Put(t, path, []byte(body))
			if answer.Status >= http.StatusInternalServerError {
				t.Errorf("%s is answered %d %s", body, answer.Status, answer.Body)
			}
			if answer.Status < http.StatusBadRequest { // what was stored can be read
				if read := admin.Get(t, path).Expect(t, http.StatusOK); string(read.Body) != string(answer.Body) {
					t.Errorf("%s is stored as %s and read as %s", body, answer.Body, read.Body)
				}
			}
		}
	}
}
