package console_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// ticket asks for a backup and returns the path where it is.
func (b *bench) ticket() string {
	b.t.Helper()
	w := b.do(http.MethodPost, "api/backups", "")
	var answer struct{ URL string }
	if err := json.Unmarshal(w.Body.Bytes(), &answer, json.MatchCaseInsensitiveNames(true)); err != nil || w.Code != http.StatusOK {
		b.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return answer.URL
}

// download does what a browser does: it sends no token.
func (b *bench) download(path string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.send(http.MethodGet, path, "", true)
}

func TestABackupIsDownloadedOnce(t *testing.T) {
	b := newBench(t)
	path := b.ticket()
	w := b.download(path)
	wantStatus(t, w, http.StatusOK)
	if w.Body.String() != b.copies.content || w.Header().Get("Content-Length") != "3000000" {
		t.Errorf("%d bytes, Content-Length %s", w.Body.Len(), w.Header().Get("Content-Length"))
	}
	if got, want := w.Header().Get("Content-Disposition"), `attachment; filename="spacefinder-20300107T080000Z.db"`; got != want {
		t.Errorf("Content-Disposition is %s, want %s", got, want)
	}
	if b.copies.closed != 1 {
		t.Error("the copy still takes space")
	}
	for _, part := range []string{`"action":"backup"`, `"by":"` + admin + `"`, `"complete":true`} {
		if !strings.Contains(b.log.String(), part) {
			t.Errorf("the log lacks %s: %s", part, b.log.String())
		}
	}
	if strings.Contains(b.log.String(), strings.TrimPrefix(path, "backups/")) {
		t.Error("the log has the ticket")
	}
	wantStatus(t, b.download(path), http.StatusNotFound)
}

func TestATicketIsGoodForAMinute(t *testing.T) {
	b := newBench(t)
	path := b.ticket()
	b.now = b.now.Add(time.Minute)
	wantStatus(t, b.download(path), http.StatusNotFound)
}

func TestWithoutATicketThereIsNoBackup(t *testing.T) {
	b := newBench(t)
	for _, path := range []string{"backups/", "backups/guess", "backups/%00"} {
		wantStatus(t, b.download(path), http.StatusNotFound)
	}
}

func TestAskingForTheHeaderDoesNotUseUpATicket(t *testing.T) {
	b := newBench(t)
	path := b.ticket()
	wantStatus(t, b.send(http.MethodHead, path, "", true), http.StatusMethodNotAllowed)
	wantStatus(t, b.download(path), http.StatusOK)
}

func TestOneBackupIsMadeAtATime(t *testing.T) {
	b := newBench(t)
	first, second := b.ticket(), b.ticket()
	b.copies.begun, b.copies.held = make(chan struct{}), make(chan struct{})
	done := make(chan *httptest.ResponseRecorder)
	go func() { done <- b.download(first) }()
	select {
	case <-b.copies.begun:
	case w := <-done:
		t.Fatalf("no backup was begun: %d %s", w.Code, w.Body)
	}
	wantStatus(t, b.download(second), http.StatusConflict)
	wantStatus(t, b.do(http.MethodPost, "api/backups", ""), http.StatusConflict)
	close(b.copies.held)
	wantStatus(t, <-done, http.StatusOK)
	b.copies.begun = nil
	wantStatus(t, b.download(second), http.StatusOK)
}

func TestABackupThatFailsIsNotDescribedAndMakesRoomForTheNext(t *testing.T) {
	b := newBench(t)
	b.copies.err = errors.New("no space left on /var/lib")
	w := b.download(b.ticket())
	wantStatus(t, w, http.StatusInternalServerError)
	if strings.Contains(w.Body.String(), "/var/lib") || w.Header().Get("Content-Disposition") != "" {
		t.Errorf("answered %s", w.Body)
	}
	b.copies.err = nil
	wantStatus(t, b.download(b.ticket()), http.StatusOK)
}

func TestTicketsAreBounded(t *testing.T) {
	b := newBench(t)
	for range 16 {
		b.ticket()
	}
	wantStatus(t, b.do(http.MethodPost, "api/backups", ""), http.StatusTooManyRequests)
	b.now = b.now.Add(2 * time.Minute)
	b.ticket()
}
