package userpool_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/spacefinder/spacefinder/internal/userpool"
)

// TestWhatPagesSayIsWrong holds the words for what goes wrong, and that what was entered is not lost.
func TestWhatPagesSayIsWrong(t *testing.T) {
	w := hostedWorld(t)
	w.user(ada, goodPass)
	for _, tt := range []struct {
		name, path string
		values     map[string]string
		faults     string
	}{
		{"sign in with nothing", "/login", nil, "Please check what you have entered | Enter your email address. | Enter your password."},
		{"wrong password", "/login", map[string]string{"username": ada, "password": "Wrong-password-9"}, "The email address or the password is not right."},
		{"sign up with nothing", "/signup", nil, "Enter an email address, like name@example.com. | Choose a password."},
		{"address taken", "/signup", map[string]string{"username": ada, "password": goodPass}, "There is an account with this address already."},
		{"short", "/signup", map[string]string{"username": grace, "password": "aB1!"}, "keep the rules: it is too short."},
		{"no capital", "/signup", map[string]string{"username": grace, "password": "battery-staple-2"}, "it needs a capital letter."},
		{"no small letter", "/signup", map[string]string{"username": grace, "password": "BATTERY-STAPLE-2"}, "it needs a small letter."},
		{"no digit", "/signup", map[string]string{"username": grace, "password": "Battery-staple"}, "it needs a digit."},
		{"no symbol", "/signup", map[string]string{"username": grace, "password": "Batterystaple2"}, "it needs a symbol."},
		{"too long", "/signup", map[string]string{"username": grace, "password": strings.Repeat("aB1!", 65)}, "at most 256 characters"},
		{"confirmed already", "/confirm", map[string]string{"username": ada, "code": "123456"}, "not possible for this account"},
		{"no code", "/confirm", map[string]string{"username": ada}, "Enter the code."},
		{"nobody to reset", "/forgotPassword", nil, "Enter your email address."},
		{"reset without a code", "/confirmForgotPassword", map[string]string{"username": ada, "password": nextPass}, "Enter the code."},
		{"void code", "/confirmforgotPassword", map[string]string{"username": ada, "code": "123456", "password": nextPass}, "not valid any more"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := w.browser()
			got := b.submit(b.open(tt.path, w.request()), tt.values)
			if got.status != http.StatusBadRequest || !strings.Contains(got.faults(), tt.faults) {
				t.Errorf("%d %q", got.status, got.faults())
			}
			if !strings.Contains(got.body, `value="`+tt.values["username"]+`"`) || !strings.Contains(got.body, "<title>Error: ") {
				t.Error("the address is lost, or the title does not speak of an error")
			}
			if tt.values["password"] != "" && strings.Contains(got.body, tt.values["password"]+`"`) {
				t.Error("the page repeats the password")
			}
		})
	}
}

// TestWhatPagesSayOfAnAccount holds the words for what is a matter of the account.
func TestWhatPagesSayOfAnAccount(t *testing.T) {
	named := func(name string) map[string]string {
		return map[string]string{"username": name, "password": goodPass, "code": "123456"}
	}
	for _, tt := range []struct {
		name, path string
		prepare    func(w *world)
		faults     string
	}{
		{"nobody signs in", "/login", func(*world) {}, "There is no account with this address."},
		{"nobody resets", "/forgotPassword", func(*world) {}, "There is no account with this address."},
		{"disabled", "/login", func(w *world) {
			w.user(ada, goodPass)
			must(w.admin.AdminDisableUser(w.t.Context(), &idp.AdminDisableUserInput{UserPoolId: w.poolID(), Username: aws.String(ada)}))(w.t)
		}, "This account is disabled. Ask an administrator."},
		{"a temporary password that has expired", "/login", func(w *world) {
			must(w.admin.AdminCreateUser(w.t.Context(), &idp.AdminCreateUserInput{
				UserPoolId: w.poolID(), Username: aws.String(ada), TemporaryPassword: aws.String(goodPass)}))(w.t)
			w.clock.advance(8 * 24 * time.Hour)
		}, "The temporary password has expired."},
		{"a temporary password that is forgotten", "/forgotPassword", func(w *world) { w.invite(ada) }, "This account still has its temporary password."},
		{"an address that nobody has confirmed", "/forgotPassword", func(w *world) { w.signUp(ada, goodPass) },
			"There is no confirmed email address to send a code to."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := hostedWorld(t, reveal)
			tt.prepare(w)
			b := w.browser()
			if got := b.submit(b.open(tt.path, w.request()), named(ada)); !strings.Contains(got.faults(), tt.faults) {
				t.Errorf("%d %q %q", got.status, got.title(), got.faults())
			}
		})
	}
	t.Run("a new code for who is confirmed", func(t *testing.T) {
		w := hostedWorld(t)
		w.user(ada, goodPass)
		b := w.browser()
		if got := b.submitOther(b.open("/confirm", w.request()), named(ada)); got.faults() != "This address is confirmed already. You can sign in." {
			t.Errorf("%d %q", got.status, got.faults())
		}
		if got := b.submitOther(b.open("/confirm", w.request()), nil); !strings.Contains(got.faults(), "Enter your email address.") {
			t.Errorf("for nobody: %d %q", got.status, got.faults())
		}
	})
}

func TestSignUpAsksForRequiredAttributes(t *testing.T) {
	w := hostedWorld(t, func(c *userpool.Config) {
		c.RequiredAttributes = []string{"email", "name", "family_name", "phone_number"}
	})
	b := w.browser()
	page := b.open("/signup", w.request())
	for _, want := range []string{`>Name<`, `>Family name<`, `autocomplete="name"`, `autocomplete="family-name"`, `autocomplete="tel"`} {
		if !strings.Contains(page.body, want) {
			t.Errorf("%s is missing", want)
		}
	}
	values := map[string]string{"username": ada, "password": goodPass, "userAttributes.name": "Ada Lovelace", "userAttributes.phone_number": "0800"}
	if got := b.submit(page, values); !strings.Contains(got.faults(), "Enter your family name.") || !strings.Contains(got.body, `value="Ada Lovelace"`) {
		t.Errorf("without one: %q", got.faults())
	}
	values["userAttributes.family_name"] = "Lovelace"
	if got := b.submit(page, values); !strings.Contains(got.faults(), "is not accepted") {
		t.Errorf("with a number that is none: %q", got.faults())
	}
	values["userAttributes.phone_number"] = "+44800"
	if got := b.submit(page, values); got.title() != "Confirm your email address" {
		t.Errorf("with all: %q %q", got.title(), got.faults())
	}
}

func TestMailThatFails(t *testing.T) {
	w := hostedWorld(t)
	w.mail.err = context.DeadlineExceeded
	b := w.browser()
	got := b.submit(b.open("/signup", w.request()), map[string]string{"username": ada, "password": goodPass})
	if got.status != http.StatusServiceUnavailable || got.title() != "Confirm your email address" || !strings.Contains(got.faults(), "could not send") {
		t.Errorf("%d %q %q", got.status, got.title(), got.faults())
	}
}

func TestWithoutSignUp(t *testing.T) {
	w := hostedWorld(t, func(c *userpool.Config) { c.NoSelfSignUp = true })
	b := w.browser()
	page := b.open("/login", w.request())
	if strings.Contains(page.body, "/signup") {
		t.Error("the sign-in page offers to sign up")
	}
	if got := b.open("/signup", w.request()); got.status != http.StatusForbidden || strings.Contains(got.body, "<form") {
		t.Errorf("the sign-up page: %d %q", got.status, got.title())
	}
	form := page.entered()
	form.Set("username", ada)
	form.Set("password", goodPass)
	if got := b.post(w.url+"/signup?"+w.request().Encode(), form); got.status != http.StatusForbidden || w.count("pool_users") != 0 {
		t.Errorf("signing up all the same: %d %q", got.status, got.title())
	}
}
