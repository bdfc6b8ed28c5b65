package transfer

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// reportInterval is the time between two lines of progress.
const reportInterval = time.Second

// meter counts the items that have moved and shows them once a second. Its
// methods may be called from any goroutine.
type meter struct {
	reporting Reporting
	verb      string
	total     int64 // 0: not known

	mu     sync.Mutex
	counts Counts
	shown  time.Time
}

func newMeter(r Reporting, verb string) *meter {
	if r.Progress == nil {
		r.Progress = io.Discard
	}
	return &meter{reporting: r, verb: verb, shown: r.Now()}
}

func (m *meter) add(k kind) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts.add(k)
	now := m.reporting.Now()
	if now.Sub(m.shown) < reportInterval {
		return
	}
	m.shown = now
	text := m.verb + " " + m.counts.String()
	if m.total > 0 {
		text = fmt.Sprintf("%s (%d %%)", text, m.counts.total()*100/m.total)
	}
	fmt.Fprintln(m.reporting.Progress, text)
}
