// Package browser drives a headless Chromium as a person would, with mouse and
// keyboard, and notices what a person would not: errors in the console, requests
// to other hosts, and what makes a page hard to use without sight or a mouse.
package browser

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Variables of the environment that name what scripts/browser prints.
const (
	ChromiumVariable = "SPACEFINDER_TEST_CHROMIUM" // default: chromium, from the path
	AxeVariable      = "SPACEFINDER_TEST_AXE"      // the archive with axe's script
)

// ErrMissing says that the browser or axe is not on this machine.
var ErrMissing = errors.New("run scripts/browser and set " + ChromiumVariable + " and " + AxeVariable + " to what it prints")

// Browser is a running Chromium.
type Browser struct {
	ctx    context.Context
	cancel context.CancelFunc
	axe    string // its script
}

// Open starts the browser that the environment names, with its profile in dir.
func Open(dir string) (*Browser, error) {
	executable := os.Getenv(ChromiumVariable)
	if executable == "" {
		executable = "chromium"
	}
	executable, err := exec.LookPath(executable)
	if err != nil || os.Getenv(AxeVariable) == "" {
		return nil, ErrMissing
	}
	axe, err := readAxe(os.Getenv(AxeVariable))
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(executable), chromedp.UserDataDir(dir), chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's sandbox does not work for root
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	b := &Browser{ctx: ctx, cancel: func() { cancel(); stop() }, axe: axe}
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil { // starts it
		b.Close()
		return nil, fmt.Errorf("start %s: %w", executable, err)
	}
	return b, nil
}

// Close ends the browser.
func (b *Browser) Close() { b.cancel() }

// readAxe returns the script in the archive.
func readAxe(archive string) (script string, err error) {
	r, err := zip.OpenReader(archive)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	file, err := r.Open("axe.min.js")
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(file)
	return string(text), errors.Join(err, file.Close())
}

// View is how a page is looked at.
type View struct {
	Name          string
	Width, Height int64
	Phone         bool
	Dark          bool
}

// Views are the ways in which every page must be in order.
func Views() []View {
	return []View{
		{Name: "light", Width: 1280, Height: 900},
		{Name: "dark", Width: 1280, Height: 900, Dark: true},
		{Name: "phone", Width: 390, Height: 844, Phone: true},
	}
}

// Desktop is the view of tests that are not about looks.
func Desktop() View { return Views()[0] }

// pageTimeout bounds all that a test does with one page.
const pageTimeout = 2 * time.Minute

// Page opens an empty page of its own: no other page shares its cookies. All
// that goes wrong on it by the end of the test fails the test: an exception, an
// error in the console, a violation of the page's policy, a request to a host
// other than origin's, unless the test expects it.
func (b *Browser) Page(t testing.TB, origin string, view View) *Page {
	t.Helper()
	timed, stop := context.WithTimeout(b.ctx, pageTimeout)
	ctx, cancel := chromedp.NewContext(timed, chromedp.WithNewBrowserContext())
	p := &Page{t: t, ctx: ctx, origin: origin, axe: b.axe, view: view}
	t.Cleanup(func() {
		p.checkProblems()
		cancel()
		stop()
	})
	if err := chromedp.Listen(ctx, p.notice); err != nil {
		t.Fatal(err)
	}
	var options []chromedp.EmulateViewportOption
	if view.Phone {
		options = append(options, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	p.do(chromedp.EmulateViewport(view.Width, view.Height, options...))
	scheme := "light"
	if view.Dark {
		scheme = "dark"
	}
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
