package userpool_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/spacefinder/spacefinder/internal/userpool"
)

func TestEveryAttemptToSignInIsObserved(t *testing.T) {
	var mu sync.Mutex
	var seen []userpool.SignInOutcome
	w := newWorld(t, func(c *userpool.Config) {
		c.ObserveSignIn = func(o userpool.SignInOutcome) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, o)
		}
	})
	w.user(ada, goodPass)
	if _, err := w.refresh(w.signIn(ada, goodPass).RefreshToken); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		_, _ = w.tryPassword(ada, "wrong")
	}
	_, _ = w.tryPassword(ada, goodPass)
	_, _ = w.tryPassword("nobody@example.com", goodPass)
	w.signUp("bob@example.com", goodPass)
	_, _ = w.tryPassword("bob@example.com", goodPass)
	mu.Lock()
	defer mu.Unlock()
	want := []userpool.SignInOutcome{"ok", "refused", "refused", "refused", "refused", "refused", "locked", "refused", "refused"}
	if !slices.Equal(seen, want) {
		t.Errorf("observed %q, want %q", seen, want)
	}
	for _, outcome := range seen {
		if !slices.Contains(userpool.SignInOutcomes(), outcome) {
			t.Errorf("%s is not among the outcomes", outcome)
		}
	}
}
