// Package pages tests what people see of SpaceFinder in a real browser: the
// hosted sign-in, the page of the API and the operator's console, with mouse and
// keyboard, in light, dark and on a phone.
//
// It needs what scripts/browser finds; scripts/test runs that, and says so by
// SPACEFINDER_TEST_REQUIRE_BROWSER. Without both the tests are skipped.
package pages

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/spacefinder/spacefinder/test/internal/browser"
	"github.com/spacefinder/spacefinder/test/internal/client"
	"github.com/spacefinder/spacefinder/test/internal/contract"
	"github.com/spacefinder/spacefinder/test/internal/harness"
	"github.com/spacefinder/spacefinder/test/internal/people"
)

const (
	requireVariable = "SPACEFINDER_TEST_REQUIRE_BROWSER"
	binaryVariable  = "SPACEFINDER_TEST_BINARY" // a program that was built before
)

// site is the system that all tests share, and the browser to look at it.
type site struct {
	browser *browser.Browser
	binary  string
	system  *harness.System
	pool    *people.Pool
	api     *client.API
	admin   people.User
}

// shared is set by TestMain before any test runs; nil without a browser.
var shared *site

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) (code int) {
	dir, err := os.MkdirTemp("", "spacefinder-pages-")
	if err != nil {
		return fail(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	shared, err = open(context.Background(), dir)
	if errors.Is(err, browser.ErrMissing) && os.Getenv(requireVariable) == "" {
		err = nil
	}
	if err != nil {
		return fail(err)
	}
	code = m.Run()
	if shared != nil {
		if err := shared.close(); err != nil {
			return fail(err)
		}
	}
	return code
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, "pages:", err)
	return 1
}

func open(ctx context.Context, dir string) (_ *site, err error) {
	s := &site{}
	if s.browser, err = browser.Open(filepath.Join(dir, "profile")); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.browser.Close()
		}
	}()
	s.binary = os.Getenv(binaryVariable)
	if s.binary == "" {
		if s.binary, err = harness.Build(ctx, dir); err != nil {
			return nil, err
		}
	}
	document, err := contract.Load()
	if err != nil {
		return nil, err
	}
	if s.system, err = (harness.Single{Binary: s.binary}).Start(ctx, filepath.Join(dir, "data")); err != nil {
		return nil, err
	}
	s.pool = people.Open(s.system)
	s.api = client.New(s.system.Outputs.APIEndpoint, document)
	if s.admin, err = s.pool.New(ctx, "admin", s.pool.AdminGroup); err != nil {
		return nil, errors.Join(err, s.system.Kill())
	}
	return s, nil
}

// close ends the system and reports what its whole life showed.
func (s *site) close() error {
	s.browser.Close()
	s.pool.Close()
	s.api.Close()
	return errors.Join(s.system.Stop(), s.system.Process.Races())
}

// visit opens an empty page of the shared browser.
func visit(t *testing.T, view browser.View) *browser.Page {
	t.Helper()
	if shared == nil {
		t.Skip(browser.ErrMissing)
	}
	return shared.browser.Page(t, shared.system.Outputs.APIEndpoint, view)
}

// newUser makes somebody who can sign in, and who no other test knows.
func newUser(t *testing.T, name string, groups ...string) people.User {
	t.Helper()
	if shared == nil {
		t.Skip(browser.ErrMissing)
	}
	u, err := shared.pool.New(t.Context(), name, groups...)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// signIn fills in the hosted sign-in, to which another page has led.
func signIn(p *browser.Page, u people.User) {
	p.See("#username")
	p.Fill("#username", u.Email)
	p.Fill("#password", u.Password)
	p.Click("button.button-wide")
}
