package pages

import (
	"testing"

	"github.com/spacefinder/spacefinder/test/internal/browser"
)

// Every page is in order for everybody: in light, in dark and on a phone, and
// for who does not see it.
func TestPagesAreForEverybody(t *testing.T) {
	looks := map[string]func(*browser.Page){
		"overview": func(p *browser.Page) {
			p.Go("/")
			p.See("#health")
		},
		"operation": func(p *browser.Page) {
			p.Go("/docs/")
			p.Click(operation("Bookings", "createBooking") + " .opblock-summary-control")
			p.See(operation("Bookings", "createBooking") + " .execute")
		},
		"examples": func(p *browser.Page) {
			p.Go("/docs/examples")
			p.See("#example-go")
		},
		"sign-in": toSignIn,
		"sign-up": func(p *browser.Page) {
			toSignIn(p)
			p.Click("a[href*='/signup']")
			p.See("#password-rules")
		},
		"refused sign-up": func(p *browser.Page) {
			p.Expect(refused)
			toSignIn(p)
			p.Click("a[href*='/signup']")
			p.Fill("#username", "nobody@example.com")
			p.Fill("#password", "short")
			p.Click("button.button-wide")
			p.See("[role=alert]")
		},
		"forgotten password": func(p *browser.Page) {
			toSignIn(p)
			p.Click("a[href*='/forgotPassword']")
			p.See("#username")
		},
	}
	for name, look := range looks {
		for _, view := range browser.Views() {
			t.Run(name+"/"+view.Name, func(t *testing.T) {
				p := visit(t, view)
				look(p)
				p.Screenshot("looks")
				p.CheckAccessible()
			})
		}
	}
}
