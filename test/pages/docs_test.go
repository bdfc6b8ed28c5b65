package pages

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/test/internal/browser"
	"github.com/spacefinder/spacefinder/test/internal/client"
)

func TestTheFirstPageSaysWhatRunsHere(t *testing.T) {
	p := visit(t, browser.Desktop())
	p.Go("/")
	p.AwaitText("#health", "Healthy")
	p.Click("a[href='/docs/']")
	p.See("#viewer .opblock")
}

// operation returns the selector of an operation in the viewer.
func operation(tag, id string) string { return "#operations-" + tag + "-" + id }

// try opens an operation of the viewer, fills in its parameters and sends it. It
// returns the status and the text of the answer.
func try(p *browser.Page, tag, id string, parameters map[string]string, body string) (status, answer string) {
	block := operation(tag, id)
	p.Click(block + " .opblock-summary-control")
	p.See(block + " .execute")
	for name, value := range parameters {
		p.Fill(fmt.Sprintf("%s tr[data-param-name=%s] input", block, name), value)
	}
	if body != "" {
		p.Fill(block+" textarea.body-param__text", body)
	}
	p.Click(block + " .execute")
	answered := block + " .live-responses-table tr.response "
	p.See(answered + ".response-col_status")
	return p.Text(answered + ".response-col_status")[:3], p.Text(answered + ".response-col_description")
}

func TestARoomIsBookedFromThePageOfTheAPI(t *testing.T) {
	p := visit(t, browser.Desktop())
	p.Expect(`status of 409`) // the browser reports what the test asks for
	u := newUser(t, "booker", shared.pool.AdminGroup)
	p.Go("/docs/")
	p.Click("#sign-in")
	signIn(p, u)
	p.AwaitText("#who", u.Email)

	status, answer := try(p, "Locations", "createLocation", nil, `{"name": "House of the page"}`)
	if status != "201" || !strings.Contains(answer, "House of the page") {
		t.Fatalf("creating a location: %s %s", status, answer)
	}
	location := created[client.Location](t, answer)
	status, answer = try(p, "Resources", "createResource", map[string]string{"locationID": location.LocationID},
		`{"name": "Room of the page", "type": "room"}`)
	if status != "201" {
		t.Fatalf("creating a resource: %s %s", status, answer)
	}
	room := created[client.Resource](t, answer)

	body := fmt.Sprintf(`{"resourceID": %q, "starttimeepochtime": 1900000000, "endtimeepochtime": 1900003600}`, room.ResourceID)
	status, answer = try(p, "Bookings", "createBooking", map[string]string{"userID": u.ID}, body)
	if status != "201" || !strings.Contains(answer, room.ResourceID) {
		t.Fatalf("booking: %s %s", status, answer)
	}
	p.Click(operation("Bookings", "createBooking") + " .execute")
	p.AwaitText(operation("Bookings", "createBooking")+" .live-responses-table tr.response .response-col_status", "409")

	p.Click("#sign-out")
	p.AwaitText("#who", "Not signed in")
}

func TestTryingWithoutSignInIsRefused(t *testing.T) {
	p := visit(t, browser.Desktop())
	p.Expect(`status of 401`)
	p.Go("/docs/")
	p.See(operation("Locations", "listLocations"))
	if status, answer := try(p, "Locations", "listLocations", nil, ""); status != "401" {
		t.Errorf("got %s %s", status, answer)
	}
}

// Whoever makes a link to a page must not make it say things.
func TestALinkPutsNoWordsIntoAPage(t *testing.T) {
	p := visit(t, browser.Desktop())
	for path, says := range map[string]struct{ where, what string }{
		"/docs/":    {"#notice", "not started on this page"},
		"/console/": {"#gate-text", "not begun in this tab"},
	} {
		p.Go(path + "?error=access_denied&error_description=Call+the+attacker")
		p.AwaitText(says.where, says.what)
		if text := p.Text("body"); strings.Contains(text, "attacker") {
			t.Errorf("%s says %q", path, text)
		}
	}
}

// created reads the item in an answer as the viewer shows it: the body, with
// words of the viewer before and headers after it.
func created[T any](t *testing.T, answer string) (item T) {
	t.Helper()
	begin, end := strings.Index(answer, "{"), strings.LastIndex(answer, "}")
	if begin < 0 || end < begin {
		t.Fatalf("no item in %q", answer)
	}
	if err := json.Unmarshal([]byte(answer[begin:end+1]), &item); err != nil {
		t.Fatalf("%v in %q", err, answer)
	}
	return item
}
