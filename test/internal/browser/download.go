package browser

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	cdp "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// DownloadTo keeps what the page downloads in a folder.
func (p *Page) DownloadTo(dir string) {
	p.t.Helper()
	_, err := chromedp.CallBrowser(p.ctx, cdp.SetDownloadBehavior, cdp.SetDownloadBehaviorParams{
		Behavior: cdp.SetDownloadBehaviorBehaviorAllow, BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID, DownloadPath: dir,
	})
	if err != nil {
		p.fail(err)
	}
}

// Downloaded waits for the one file in the folder, and returns what is in it.
func (p *Page) Downloaded(dir string) []byte {
	p.t.Helper()
	deadline := time.Now().Add(stepTimeout)
	for time.Now().Before(deadline) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			p.fail(err)
		}
		if len(entries) == 1 && !strings.HasSuffix(entries[0].Name(), ".crdownload") {
			content, err := os.ReadFile(filepath.Join(dir, entries[0].Name()))
			if err != nil {
				p.fail(err)
			}
			if len(content) > 0 {
				return content
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.t.Fatal("nothing was downloaded")
	return nil
}
