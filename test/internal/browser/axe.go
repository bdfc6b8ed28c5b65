package browser

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/chromedp/chromedp"
)

// finding is what axe says against a page.
type finding struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// CheckAccessible fails the test for everything that axe finds serious or
// critical on the page as it is now, and where the page is wider than the screen.
//
// Source: https://github.com/dequelabs/axe-core/blob/develop/doc/API.md
func (p *Page) CheckAccessible() {
	p.t.Helper()
	known := p.count()
	defer func() { p.forget(known) }() // axe sets inline styles, which the pages' policy forbids, and lives without
	if _, err := chromedp.Run(p.ctx, chromedp.Evaluate[chromedp.Void](p.axe+";undefined")); err != nil {
		p.fail(err)
	}
	const run = `axe.run(document, {resultTypes: ["violations"]}).then((r) => r.violations.map((v) => ({
		id: v.id, impact: v.impact || "", help: v.help,
		nodes: v.nodes.map((n) => ({html: n.html, failureSummary: n.failureSummary}))})))`
	findings, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]finding](run, chromedp.EvalAwaitPromise))
	if err != nil {
		p.fail(err)
	}
	for _, f := range findings {
		if f.Impact == "serious" || f.Impact == "critical" {
			p.t.Errorf("%s at %s: %s: %s", p.view.Name, p.Path(), f.ID, f.describe())
		}
	}
	if wide := Value[int](p, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); wide > 0 {
		p.t.Errorf("%s at %s: the page is %d pixels wider than the screen", p.view.Name, p.Path(), wide)
	}
}

func (f finding) describe() string {
	lines := []string{f.Help}
	for _, node := range f.Nodes {
		lines = append(lines, fmt.Sprintf("\t%s\n\t\t%s", node.HTML, strings.ReplaceAll(node.Summary, "\n", "\n\t\t")))
	}
	return strings.Join(lines, "\n")
}

// Quote makes a JavaScript string.
func Quote(text string) string { return strconv.QuoteToASCII(text) }
