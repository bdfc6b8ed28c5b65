package browser

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// ScreenshotsVariable names a folder for pictures of pages, for people to look at.
const ScreenshotsVariable = "SPACEFINDER_TEST_SCREENSHOTS"

// Page is one page of the browser. Its methods wait for what they need, and end
// the test when that does not come. Elements are named by CSS selectors.
type Page struct {
	t      testing.TB
	ctx    context.Context
	origin string
	axe    string
	view   View

	mu       sync.Mutex
	problems []string
	expected []*regexp.Regexp
}

func (p *Page) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.fail(err)
	}
}

// fail ends the test with what a person would see.
func (p *Page) fail(err error) {
	p.t.Helper()
	stopped, stop := context.WithTimeout(context.WithoutCancel(p.ctx), 5*time.Second)
	defer stop()
	seen, _ := chromedp.Run(stopped, chromedp.Evaluate[string]("location.pathname + '\\n' + document.body.innerText"))
	p.Screenshot("failed")
	p.t.Fatalf("%v\non the page %s", err, seen)
}

// Go opens a path of the origin.
func (p *Page) Go(path string) {
	p.t.Helper()
	p.do(chromedp.Navigate(p.origin + path))
}

// See waits until an element is visible.
func (p *Page) See(selector string) {
	p.t.Helper()
	p.step("see "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

// SeeNot waits until an element is not visible or not there.
func (p *Page) SeeNot(selector string) {
	p.t.Helper()
	p.Await("!Array.from(document.querySelectorAll(" + Quote(selector) + ")).some((e) => e.checkVisibility())")
}

// Click clicks on an element as soon as it is visible.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.step("click "+selector, chromedp.ScrollIntoView(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Fill replaces what is in a field, as who pastes does.
func (p *Page) Fill(selector, text string) {
	p.t.Helper()
	p.step("fill "+selector, chromedp.Focus(chromedp.CSS(selector), chromedp.NodeVisible))
	p.do(chromedp.Evaluate[chromedp.Void]("document.activeElement.select()"))
	if _, err := chromedp.Call(p.ctx, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
		p.fail(err)
	}
}

// stepTimeout bounds one step, so that a failure names it.
const stepTimeout = 20 * time.Second

func (p *Page) step(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, stepTimeout)
	defer cancel()
	for {
		err := chromedp.Do(ctx, actions...)
		if err == nil {
			return
		}
		if !replaced(err) {
			p.t.Logf("cannot %s", what)
			p.fail(err)
		}
	}
}

// replaced reports whether the page has put another element in the place of the
// one that was found, before it could be used.
func replaced(err error) bool {
	return strings.Contains(err.Error(), "Could not find node") || strings.Contains(err.Error(), "No node with given id")
}

// Press presses keys, each a character or one of chromedp's kb constants,
// wherever the focus is.
func (p *Page) Press(keys ...string) {
	p.t.Helper()
	for _, key := range keys {
		p.do(chromedp.KeyEvent(key))
	}
}

// Text returns the text of an element as it is shown.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	text, err := chromedp.Run(p.ctx, chromedp.Text(chromedp.CSS(selector), chromedp.NodeVisible))
	if err != nil {
		p.fail(err)
	}
	return text
}

// Await waits until a JavaScript expression is true. Pages that are on their way
// to another one do not end the waiting.
func (p *Page) Await(expression string) {
	p.t.Helper()
	p.await(expression, stepTimeout)
}

// AwaitLong is Await for what takes its time by design.
func (p *Page) AwaitLong(expression string) {
	p.t.Helper()
	p.await(expression, 3*stepTimeout)
}

func (p *Page) await(expression string, timeout time.Duration) {
	p.t.Helper()
	deadline := time.Now().Add(timeout)
	for {
		ok, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		if err == nil && ok {
			return
		}
		if time.Now().After(deadline) || p.ctx.Err() != nil {
			p.t.Logf("in vain awaited: %s", expression)
			p.fail(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// AwaitText waits until an element shows a text.
func (p *Page) AwaitText(selector, text string) {
	p.t.Helper()
	p.Await("Array.from(document.querySelectorAll(" + Quote(selector) + "))" +
		".some((e) => e.checkVisibility() && e.innerText.includes(" + Quote(text) + "))")
}

// Value returns what a JavaScript expression yields.
func Value[T any](p *Page, expression string) T {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.fail(err)
	}
	return value
}

// Path returns the path of the page's address, without its query.
func (p *Page) Path() string {
	p.t.Helper()
	return Value[string](p, "location.pathname")
}

// Screenshot keeps a picture of the whole page where somebody wants to look at
// it; see ScreenshotsVariable.
func (p *Page) Screenshot(name string) {
	p.t.Helper()
	dir := os.Getenv(ScreenshotsVariable)
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), stepTimeout)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		name = strings.ReplaceAll(p.t.Name(), "/", "-") + "-" + name + "-" + p.view.Name
		err = os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o600)
	}
	if err != nil {
		p.t.Errorf("screenshot: %v", err)
	}
}

// Expect says that problems which match the expression are part of the test.
func (p *Page) Expect(expression string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = append(p.expected, regexp.MustCompile(expression))
}

// notice hears of all that happens on the page.
func (p *Page) notice(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		p.problem("exception: " + text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError {
			p.problem("console.error was called")
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || strings.Contains(e.Entry.Text, "Content Security Policy") {
			p.problem("log: " + e.Entry.Text + " " + e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if url := e.Request.URL; strings.HasPrefix(url, "http") && !strings.HasPrefix(url, p.origin+"/") {
			p.problem("request to another host: " + url)
		}
	}
}

func (p *Page) problem(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problems = append(p.problems, text)
}

// forget drops the problems since there were count of them.
func (p *Page) forget(count int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problems = p.problems[:count]
}

func (p *Page) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.problems)
}

func (p *Page) checkProblems() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, problem := range p.problems {
		known := false
		for _, expression := range p.expected {
			known = known || expression.MatchString(problem)
		}
		if !known {
			p.t.Errorf("on the page: %s", problem)
		}
	}
}
