package password_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/spacefinder/spacefinder/internal/userpool/password"
)

var cheap = password.Params{Memory: 8, Time: 1, Parallelism: 1}

func TestHashAndVerify(t *testing.T) {
	h := password.NewHasher(cheap, rand.Reader, 2, 2)
	hash, err := h.Hash(t.Context(), "Correct-horse-1")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=8,t=1,p=1$") || strings.Contains(hash, "horse") {
		t.Errorf("unexpected form: %s", hash)
	}
	for given, want := range map[string]bool{"Correct-horse-1": true, "correct-horse-1": false, "": false} {
		if ok, err := h.Verify(t.Context(), given, hash); err != nil || ok != want {
			t.Errorf("Verify(%q) = %v, %v, want %v", given, ok, err, want)
		}
	}
	again, err := h.Hash(t.Context(), "Correct-horse-1")
	if err != nil || again == hash {
		t.Errorf("two hashes of one password share their salt (err %v)", err)
	}
}

func TestHashesMadeWithOtherCostsStillVerify(t *testing.T) {
	hash, err := password.NewHasher(cheap, rand.Reader, 1, 1).Hash(t.Context(), "secret")
	if err != nil {
		t.Fatal(err)
	}
	dearer := password.NewHasher(password.Params{Memory: 16, Time: 2, Parallelism: 1}, rand.Reader, 1, 1)
	if ok, err := dearer.Verify(t.Context(), "secret", hash); err != nil || !ok {
		t.Errorf("Verify = %v, %v", ok, err)
	}
}

func TestNoPasswordMatchesTheEmptyHash(t *testing.T) {
	h := password.NewHasher(cheap, rand.Reader, 1, 1)
	for _, given := range []string{"", "x"} {
		if ok, err := h.Verify(t.Context(), given, ""); ok || err != nil {
			t.Errorf("Verify(%q, \"\") = %v, %v", given, ok, err)
		}
	}
}

func TestMalformedHashesAreErrors(t *testing.T) {
	h := password.NewHasher(cheap, rand.Reader, 1, 1)
	for _, hash := range []string{"x", "$argon2i$v=19$m=8,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=8,t=0,p=1$AAAA$AAAA",
		"$argon2id$v=19$m=8,t=1,p=1$!$AAAA"} {
		if ok, err := h.Verify(t.Context(), "x", hash); ok || err == nil {
			t.Errorf("Verify with %q = %v, %v, want an error", hash, ok, err)
		}
	}
}

// TestAFloodIsRefusedNotQueuedForEver fills the queue of a hasher whose workers never get to it.
func TestAFloodIsRefusedNotQueuedForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		h := password.NewHasher(cheap, rand.Reader, 0, 2)
		var waiting sync.WaitGroup
		for range 2 {
			waiting.Go(func() {
				if _, err := h.Hash(ctx, "x"); !errors.Is(err, context.Canceled) {
					t.Errorf("a waiting caller got %v, want context.Canceled", err)
				}
			})
		}
		synctest.Wait()
		if _, err := h.Verify(ctx, "x", ""); !errors.Is(err, password.ErrBusy) {
			t.Errorf("one caller too many got %v, want ErrBusy", err)
		}
		cancel()
		waiting.Wait()
	})
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h := password.NewHasher(cheap, rand.Reader, 0, 1)
	if _, err := h.Hash(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestPolicyNamesTheFirstFault(t *testing.T) {
	for given, want := range map[string]string{
		"Aa1!":         "Password not long enough",
		"aaaaaa1!":     "Password must have uppercase characters",
		"AAAAAA1!":     "Password must have lowercase characters",
		"Aaaaaaa!":     "Password must have numeric characters",
		"Aaaaaaa1":     "Password must have symbol characters",
		"Ääääääää1":    "Password must have uppercase characters",
		"Aaaaaa1 ":     "",
		"Aaaaaa1!":     "",
		"Passw0rd\\ok": "",
	} {
		if got := password.DefaultPolicy().Fault(given); got != want {
			t.Errorf("Fault(%q) = %q, want %q", given, got, want)
		}
	}
	if got := (password.Policy{MinimumLength: 6}).Fault("aaaaaa"); got != "" {
		t.Errorf("a policy of length alone found %q", got)
	}
}

func TestGeneratedPasswordsMeetThePolicy(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		for _, policy := range []password.Policy{password.DefaultPolicy(), {MinimumLength: 99, RequireSymbols: true}} {
			p, err := policy.Generate(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			if fault := policy.Fault(p); fault != "" || seen[p] || strings.ContainsAny(p, " $'\"`\\!&") {
				t.Errorf("generated %q: fault %q, repeated %v", p, fault, seen[p])
			}
			seen[p] = true
		}
	}
}
