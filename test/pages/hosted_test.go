package pages

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/spacefinder/spacefinder/test/internal/browser"
	"github.com/spacefinder/spacefinder/test/internal/people"
)

// toSignIn goes where an application would send somebody to sign in.
func toSignIn(p *browser.Page) {
	p.Go("/docs/")
	p.Click("#sign-in")
	p.See("#username")
}

// refused is what the browser reports of a form that is answered 400.
const refused = "status of 400"

func code(t *testing.T, email string) string {
	t.Helper()
	code, err := shared.system.Code(email)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestSomebodySignsUpAndIsSignedIn(t *testing.T) {
	p := visit(t, browser.Desktop())
	u := people.User{Email: people.NewEmail("newcomer"), Password: people.NewPassword()}
	p.Expect(refused)
	toSignIn(p)
	p.Click("a[href*='/signup']")
	p.Fill("#username", u.Email)
	p.Fill("#password", "short")
	p.Click("button.button-wide")
	p.See("[role=alert]")
	p.Fill("#password", u.Password)
	p.Click("button.button-wide")
	p.See("#code")
	p.Fill("#code", code(t, u.Email))
	p.Click("button.button-wide")
	p.AwaitText("[role=status]", "confirmed")
	p.Fill("#password", u.Password)
	p.Click("button.button-wide")
	p.AwaitText("#who", u.Email)
}

func TestAForgottenPasswordIsReplaced(t *testing.T) {
	p := visit(t, browser.Desktop())
	u := newUser(t, "forgetful")
	toSignIn(p)
	p.Click("a[href*='/forgotPassword']")
	p.Fill("#username", u.Email)
	p.Click("button.button-wide")
	p.See("#code")
	p.Fill("#code", code(t, u.Email))
	u.Password = people.NewPassword()
	p.Fill("#password", u.Password)
	p.Click("button.button-wide")
	p.Await("document.querySelector('#who') || document.querySelector('#username')")
	if !strings.HasPrefix(p.Path(), "/docs/") { // back at the sign-in
		signIn(p, u)
	}
	p.AwaitText("#who", u.Email)
}

func TestAWrongPasswordIsRefusedInPlainWords(t *testing.T) {
	p := visit(t, browser.Desktop())
	u := newUser(t, "typist")
	right := u.Password
	u.Password = "not-" + right
	p.Expect(refused)
	toSignIn(p)
	signIn(p, u)
	p.See("[role=alert]")
	if browser.Value[bool](p, "document.documentElement.outerHTML.includes('not-')") {
		t.Error("the page repeats the password")
	}
	u.Password = right
	signIn(p, u)
	p.AwaitText("#who", u.Email)
}

func TestSignInLastsAcrossApplicationsUntilSignOut(t *testing.T) {
	p := visit(t, browser.Desktop())
	u := newUser(t, "roamer")
	toSignIn(p)
	signIn(p, u)
	p.AwaitText("#who", u.Email)

	p.Go("/docs/") // a page that remembers nothing
	p.AwaitText("#who", "Not signed in")
	p.Click("#sign-in") // and nobody is asked again
	p.AwaitText("#who", u.Email)

	p.Click("#sign-out")
	p.AwaitText("#who", "Not signed in")
	p.Click("#sign-in")
	p.See("#username")
}

func TestSignInNeedsNoMouse(t *testing.T) {
	p := visit(t, browser.Desktop())
	u := newUser(t, "typing")
	p.Go("/docs/")
	p.See("#sign-in")
	tabTo(t, p, "#sign-in")
	p.Press(kb.Enter)
	p.See("#username")
	p.Await("document.activeElement === document.querySelector('#username')")
	p.Press(u.Email, kb.Tab)
	tabTo(t, p, "#password")
	p.Press(u.Password, kb.Enter)
	p.AwaitText("#who", u.Email)
}

// tabTo presses Tab until an element has the focus, which must be visible.
func tabTo(t *testing.T, p *browser.Page, selector string) {
	t.Helper()
	for range 60 {
		if browser.Value[bool](p, "document.activeElement === document.querySelector('"+selector+"')") {
			if !browser.Value[bool](p, `(() => { const s = getComputedStyle(document.activeElement);
				return s.outlineStyle !== "none" || s.boxShadow !== "none" })()`) {
				t.Errorf("%s has the focus and does not show it", selector)
			}
			return
		}
		p.Press(kb.Tab)
	}
	t.Fatalf("Tab does not lead to %s", selector)
}

func TestATemporaryPasswordIsReplacedAtTheFirstSignIn(t *testing.T) {
	p := visit(t, browser.Desktop())
	u := people.User{Email: people.NewEmail("invited"), Password: people.NewPassword()}
	if err := shared.pool.Invite(context.Background(), u); err != nil {
		t.Fatal(err)
	}
	toSignIn(p)
	signIn(p, u)
	p.Await("document.querySelector('#password[autocomplete=new-password]')")
	p.Fill("#password", people.NewPassword())
	p.Click("button.button-wide")
	p.AwaitText("#who", u.Email)
}
