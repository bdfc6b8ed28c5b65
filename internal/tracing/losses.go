package tracing

import (
	"log/slog"
	"sync"
	"time"
)

// quiet is how long the log is spared after a line about lost spans.
const quiet = time.Minute

// losses logs that spans are lost, at most once a minute: an endpoint that is
// down fails every few seconds.
type losses struct {
	logger *slog.Logger
	now    func() time.Time

	mu     sync.Mutex
	logged time.Time // of the last line
	spans  int       // lost since then
	err    error     // the latest since then
}

// add notes that so many spans are lost, or something else is wrong with the
// export.
func (l *losses) add(spans int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spans += spans
	l.err = err
	if now := l.now(); l.logged.IsZero() || now.Sub(l.logged) >= quiet {
		l.logged = now
		l.write()
	}
}

// flush logs what has not been.
func (l *losses) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		l.write()
	}
}

func (l *losses) write() {
	l.logger.Warn("traces are lost", "spans", l.spans, "error", l.err.Error())
	l.spans, l.err = 0, nil
}
