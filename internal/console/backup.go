package console

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Copies make consistent copies of the database.
type Copies interface {
	// Copy returns a copy as of now, and its size in bytes. Closing it frees the
	// space that it takes.
	Copy(ctx context.Context) (copied io.ReadCloser, size int64, err error)
}

const (
	ticketLife  = time.Minute      // from asking for a backup to the download's beginning
	ticketBytes = 32               // of randomness
	maxTickets  = 16               // that wait to be used
	chunkSize   = 1 << 20          // bytes that are sent within chunkTime
	chunkTime   = 60 * time.Second // a client that reads more slowly is given up
)

var (
	errBusy = &RefusedError{http.StatusConflict, "Another backup is being made. Try again when it is done."}
	errUsed = &RefusedError{
		http.StatusNotFound, "This backup was downloaded already, or a minute has passed. Ask for another one in the console.",
	}
)

// tickets stand for an administrator's token while a browser downloads a file:
// it sends no Authorization header then. Each is good for one download that
// begins within a minute. One backup is made at a time.
type tickets struct {
	now  func() time.Time
	rand io.Reader

	mu      sync.Mutex
	waiting map[string]ticket
	busy    bool
}

type ticket struct {
	caller  string
	expires time.Time
}

// issue returns a fresh ticket.
func (t *tickets) issue(caller string) (string, error) {
	random := make([]byte, ticketBytes)
	if _, err := io.ReadFull(t.rand, random); err != nil {
		return "", err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for id, waiting := range t.waiting {
		if !now.Before(waiting.expires) {
			delete(t.waiting, id)
		}
	}
	if t.busy {
		return "", errBusy
	}
	if len(t.waiting) >= maxTickets {
		return "", &RefusedError{http.StatusTooManyRequests, "Too many backups were asked for. Try again in a minute."}
	}
	if t.waiting == nil {
		t.waiting = map[string]ticket{}
	}
	id := base64.RawURLEncoding.EncodeToString(random)
	t.waiting[id] = ticket{caller, now.Add(ticketLife)}
	return id, nil
}

// use takes a ticket and begins a backup, which done ends.
func (t *tickets) use(id string) (caller string, done func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	taken, ok := t.waiting[id]
	if !ok || !t.now().Before(taken.expires) {
		return "", nil, errUsed
	}
	if t.busy {
		return "", nil, errBusy
	}
	delete(t.waiting, id)
	t.busy = true
	return taken.caller, t.end, nil
}

func (t *tickets) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.busy = false
}

// backupAnswer says where a backup can be downloaded, once and soon.
type backupAnswer struct {
	URL string `json:"url"` // relative to the page
}

func (c *Console) createBackup(r *http.Request) (any, error) {
	id, err := c.tickets.issue(c.cfg.Caller(r))
	return backupAnswer{"backups/" + id}, err
}

// serveBackup sends a copy of the database to whoever has a ticket.
func (c *Console) serveBackup(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet { // HEAD would use up the ticket
		w.Header().Set("Allow", http.MethodGet)
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	caller, done, err := c.tickets.use(r.PathValue("ticket"))
	if err != nil {
		c.fail(w, r, err)
		return
	}
	defer done()
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Time{}) // copying takes what it takes; a connection without deadlines has none to lift
	copied, size, err := c.cfg.Copies.Copy(r.Context())
	if err != nil {
		c.fail(w, r, err)
		return
	}
	defer func() { _ = copied.Close() }() // it was only read
	h := w.Header()
	h.Set("Content-Type", "application/vnd.sqlite3")
	h.Set("Content-Disposition", `attachment; filename="spacefinder-`+c.cfg.Now().UTC().Format("20060102T150405Z")+`.db"`)
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	h.Set("Cache-Control", "no-store")
	sent, err := sendSlowly(w, control, copied)
	c.cfg.Logger.InfoContext(r.Context(), "console", "action", "backup", "by", caller, "bytes", sent, "complete", err == nil && sent == size)
}

// sendSlowly copies everything, for as long as each chunk is taken in time.
func sendSlowly(w io.Writer, control *http.ResponseController, from io.Reader) (sent int64, err error) {
	for {
		_ = control.SetWriteDeadline(time.Now().Add(chunkTime))
		n, err := io.CopyN(w, from, chunkSize)
		sent += n
		if errors.Is(err, io.EOF) {
			return sent, nil
		}
		if err != nil {
			return sent, err
		}
	}
}
