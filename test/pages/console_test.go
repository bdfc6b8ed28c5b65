package pages

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/spacefinder/spacefinder/test/internal/browser"
	"github.com/spacefinder/spacefinder/test/internal/harness"
	"github.com/spacefinder/spacefinder/test/internal/people"
)

// openConsole signs an administrator in to the console.
func openConsole(t *testing.T, view browser.View) *browser.Page {
	t.Helper()
	p := visit(t, view)
	p.Go("/console/")
	p.Click("#sign-in")
	signIn(p, shared.admin)
	p.See("#nav-overview")
	return p
}

func TestAnAdministratorSeesTrafficAsItComes(t *testing.T) {
	p := openConsole(t, browser.Desktop())
	p.See("#chart-api-requests svg.plot")
	p.AwaitText("#alarms-state", "") // the dashboard has been filled
	line := "document.querySelector('#chart-api-requests path.line').getAttribute('d')"
	before := browser.Value[string](p, line+" ?? ''")
	for range 50 {
		shared.api.As(shared.admin.IDToken).Get(t, "/locations").Expect(t, http.StatusOK)
	}
	p.AwaitLong(line + " !== " + browser.Quote(before)) // a sample and a refresh, each every ten seconds
	p.Click("#chart-api-requests .chart-table summary")
	p.AwaitLong(`Array.from(document.querySelectorAll("#chart-api-requests tbody td")).some((e) => parseFloat(e.innerText) >= 1)`)
}

func TestChartsAreReadByKeyboard(t *testing.T) {
	p := openConsole(t, browser.Desktop())
	p.See("#chart-api-requests svg.plot")
	p.Await("document.querySelector('#chart-api-requests svg.plot').getAttribute('aria-valuetext')")
	tabTo(t, p, "#skip-link")
	tabTo(t, p, "#chart-api-requests svg.plot")
	latest := browser.Value[string](p, "document.activeElement.getAttribute('aria-valuetext')")
	p.Press(kb.ArrowLeft, kb.ArrowLeft, kb.ArrowLeft)
	p.Await("document.activeElement.getAttribute('aria-valuetext') !== " + browser.Quote(latest))
	p.Press(kb.Escape)
	tabTo(t, p, "#chart-api-requests .chart-table summary")
	p.Press(kb.Enter)
	p.See("#chart-api-requests .chart-table table")
}

func TestARequestIsFoundByItsId(t *testing.T) {
	answer := newUserRequest(t)
	p := openConsole(t, browser.Desktop())
	p.Click("#nav-traffic")
	p.Fill("#filter-text", answer)
	p.AwaitLong("document.querySelectorAll('#traffic-rows tr').length === 2") // the request and its details
	p.AwaitText("#traffic-rows", "/locations/{locationID}")
	p.Click("#traffic-rows button")
	p.AwaitText("#traffic-rows", answer)
}

// newUserRequest reads a location that there is not, and returns the request's id.
func newUserRequest(t *testing.T) string {
	t.Helper()
	u := newUser(t, "reader")
	return shared.api.As(u.IDToken).Get(t, "/locations/nowhere").Expect(t, http.StatusNotFound).RequestID()
}

func TestAnAdministratorManagesPeople(t *testing.T) {
	p := openConsole(t, browser.Desktop())
	email := people.NewEmail("colleague")
	p.Click("#nav-people")
	p.Fill("#add-email", email)
	p.Click("#people-add button")
	password := p.Text("#new-password")
	shared.pool.Keep(password)
	if tokens, err := shared.pool.SignIn(t.Context(), email, password); err == nil && tokens.IDToken == "" {
		t.Error("the new user is signed in without a token")
	}
	p.Click("#dialog-close")

	p.Fill("#people-email", email)
	p.Click("#people-search button")
	p.Await("document.querySelectorAll('#people-rows tr').length === 1")
	p.Click("#people-rows button")
	p.Click("#group-add-button")
	p.Await("document.querySelector('#dialog-yes') || document.querySelector('#people-rows .badge-info')")
	if browser.Value[bool](p, "document.querySelector('#dialog').open") {
		p.Click("#dialog-yes") // the address is not verified, and the page asks
	}
	p.AwaitText("#people-rows", shared.pool.AdminGroup)

	p.Click("#people-rows button")
	p.Click("#user-delete")
	p.Click("#dialog-no") // a slip of the hand
	p.Click("#user-delete")
	p.Click("#dialog-yes")
	p.See("#people-empty")
	if _, err := shared.pool.SignIn(t.Context(), email, password); err == nil {
		t.Error("a deleted user signs in")
	}
}

func TestALinkToNoTabIsHarmless(t *testing.T) {
	p := openConsole(t, browser.Desktop())
	p.Await("location.hash = '#constructor'") // what every object of the page's language has
	p.See("#overview")
	p.Click("#nav-people")
	p.See("#people")
}

func TestAnAdministratorSeesTheirOwnNewPassword(t *testing.T) {
	p := visit(t, browser.Desktop())
	p.Expect("status of 40[01]") // the session ends with the old password
	u := newUser(t, "self", shared.pool.AdminGroup)
	p.Go("/console/")
	p.Click("#sign-in")
	signIn(p, u)
	p.See("#nav-overview")
	p.Click("#nav-people")
	p.Fill("#people-email", u.Email)
	p.Click("#people-search button")
	p.Await("document.querySelectorAll('#people-rows tr').length === 1")
	p.Click("#people-rows button")
	p.Click("#user-reset")
	p.Click("#dialog-yes")
	u.Password = p.Text("#new-password")
	shared.pool.Keep(u.Password)
	p.Click("#dialog-close")

	p.Click("#nav-overview")
	p.AwaitText("#gate-title", "Your session has ended")
	p.Click("#sign-in")
	signIn(p, u)
	p.See("#nav-overview")
}

func TestOthersThanAdministratorsAreTurnedAway(t *testing.T) {
	p := visit(t, browser.Desktop())
	p.Expect("status of 403")
	u := newUser(t, "curious")
	p.Go("/console/")
	p.Click("#sign-in")
	signIn(p, u)
	p.AwaitText("#gate-title", "Only for administrators")
	p.SeeNot("#nav")
	p.Click("#gate-sign-out")
	p.See("#sign-in")
}

func TestAnAdministratorTakesABackup(t *testing.T) {
	p := openConsole(t, browser.Desktop())
	dir := t.TempDir()
	p.DownloadTo(dir)
	p.Click("#nav-backup")
	p.Click("#backup-make")
	p.AwaitText("#backup-status", "being made")
	file := p.Downloaded(dir)
	if header := string(file[:min(len(file), 15)]); header != "SQLite format 3" {
		t.Errorf("the file begins with %q", header)
	}
}

func TestSignOutOfTheConsoleEndsTheSession(t *testing.T) {
	p := openConsole(t, browser.Desktop())
	p.Click("#sign-out")
	p.See("#sign-in")
	p.Go("/console/")
	p.Click("#sign-in")
	p.See("#username") // the password is asked for again
}

func TestTheConsoleSaysThatTheServerIsGone(t *testing.T) {
	if shared == nil {
		t.Skip(browser.ErrMissing)
	}
	system, err := harness.Single{Binary: shared.binary}.Start(t.Context(), filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = system.Kill() })
	pool := people.Open(system)
	t.Cleanup(pool.Close)
	admin, err := pool.New(t.Context(), "admin", pool.AdminGroup)
	if err != nil {
		t.Fatal(err)
	}
	p := shared.browser.Page(t, system.Outputs.APIEndpoint, browser.Desktop())
	p.Expect("net::ERR_(CONNECTION|EMPTY_RESPONSE|SOCKET)") // what the browser says of it
	p.Go("/console/")
	p.Click("#sign-in")
	signIn(p, admin)
	p.See("#nav-overview")
	p.Click("#nav-traffic") // asks every two seconds
	if err := system.Kill(); err != nil && !strings.Contains(err.Error(), "killed") {
		t.Fatal(err)
	}
	p.AwaitText("#trouble", "trying again")
}

func TestTheConsoleIsForEverybody(t *testing.T) {
	for _, view := range browser.Views() {
		t.Run(view.Name, func(t *testing.T) {
			p := openConsole(t, view)
			p.AwaitLong("document.querySelectorAll('#alarms li').length > 0 && document.querySelector('#chart-api-requests path.line[d]')")
			for _, name := range []string{"overview", "traffic", "people", "backup"} {
				p.Click("#nav-" + name)
				p.See("#" + name)
				p.Await("!document.querySelector('#" + name + "').hidden")
				p.Screenshot(name)
				p.CheckAccessible()
			}
			p.Click("#nav-people")
			p.Click("#people-rows button")
			p.See("#dialog[open]")
			p.Screenshot("person")
			p.CheckAccessible()
		})
	}
}
