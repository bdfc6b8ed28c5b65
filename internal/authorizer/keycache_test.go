package authorizer_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spacefinder/spacefinder/internal/authorizer"
	"github.com/spacefinder/spacefinder/internal/iampolicy"
)

// outcome is what became of a token.
type outcome string

const (
	accepted     outcome = "accepted"
	unauthorized outcome = "unauthorized"
	unavailable  outcome = "keys unavailable"
)

func judge(ctx context.Context, a *authorizer.Authorizer, token string) outcome {
	_, err := a.Authorize(ctx, request(token))
	switch {
	case err == nil:
		return accepted
	case errors.Is(err, iampolicy.ErrUnauthorized):
		return unauthorized
	case errors.Is(err, authorizer.ErrKeysUnavailable):
		return unavailable
	default:
		return outcome(err.Error())
	}
}

// cacheTest is an authorizer in a synctest bubble: time passes when it is told
// to, or when all goroutines wait for it.
type cacheTest struct {
	*testing.T
	server *keyServer
	a      *authorizer.Authorizer
}

// inBubble runs a test with an authorizer whose issuer publishes the first key.
func inBubble(t *testing.T, test func(*cacheTest)) {
	t.Helper()
	firstKey()
	secondKey()
	synctest.Test(t, func(t *testing.T) {
		server := &keyServer{}
		server.publishes(firstKey().jwk())
		test(&cacheTest{t, server, start(t, config(server))})
	})
}

// expect judges a fresh token signed by the key, and waits for whatever that
// started in the background.
func (c *cacheTest) expect(key signer, want outcome) {
	c.Helper()
	if got := judge(c.Context(), c.a, key.token(idToken(time.Now(), nil))); got != want {
		c.Errorf("a token of the %s key is %s, want %s", key.kid, got, want)
	}
	synctest.Wait()
}

func (c *cacheTest) expectFetches(want int32) {
	c.Helper()
	if got := c.server.fetches.Load(); got != want {
		c.Errorf("%d fetches so far, want %d", got, want)
	}
}

func TestKeysAreFetchedOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *cacheTest) {
		c.expectFetches(0)
		c.expect(firstKey(), accepted)
		c.expect(firstKey(), accepted)
		c.expectFetches(1)
	})
}

func TestHopelessTokensCauseNoFetch(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *cacheTest) {
		expired := firstKey().token(idToken(time.Now().Add(-2*time.Hour), nil))
		if got := judge(c.Context(), c.a, expired); got != unauthorized {
			c.Errorf("an expired token is %s", got)
		}
		c.expectFetches(0)
	})
}

func TestARotatedKeyIsFetchedAsSoonAsTheIntervalAllows(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *cacheTest) {
		c.expect(firstKey(), accepted)
		c.server.publishes(firstKey().jwk(), secondKey().jwk())
		time.Sleep(10*time.Second - time.Nanosecond)
		c.expect(secondKey(), unauthorized)
		c.expectFetches(1)
		time.Sleep(time.Nanosecond)
		c.expect(secondKey(), accepted)
		c.expect(firstKey(), accepted)
		c.expectFetches(2)
	})
}

func TestUnknownKeysCauseAtMostOneFetchPerInterval(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *cacheTest) {
		c.expect(firstKey(), accepted)
		unknown := firstKey()
		for range 100 { // 50 s
			unknown.kid += "x"
			c.expect(unknown, unauthorized)
			time.Sleep(500 * time.Millisecond)
		}
		c.expectFetches(5)
	})
}

func TestConcurrentTokensShareOneFetch(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *cacheTest) {
		answer := make(chan struct{})
		c.server.answers(func(*http.Request) (*http.Response, error) {
			<-answer
			other := &keyServer{}
			other.publishes(firstKey().jwk())
			return other.RoundTrip(nil)
		})
		var waiting sync.WaitGroup
		for i := range 50 {
			key, want := firstKey(), accepted
			if i%2 == 1 {
				key.kid, want = fmt.Sprint("unknown", i), unauthorized
			}
			waiting.Go(func() {
				if got := judge(c.Context(), c.a, key.token(idToken(time.Now(), nil))); got != want {
					c.Errorf("a token of the %s key is %s, want %s", key.kid, got, want)
				}
			})
		}
		synctest.Wait()
		close(answer)
		waiting.Wait()
		c.expectFetches(1)
	})
}

func TestAgedKeysAreRefreshedInTheBackground(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *cacheTest) {
		c.expect(firstKey(), accepted)
		time.Sleep(15*time.Minute - time.Nanosecond)
		c.expect(firstKey(), accepted)
		c.expectFetches(1)

		time.Sleep(time.Nanosecond)
		c.server.hangs()
		before := time.Now()
		if got := judge(c.Context(), c.a, firstKey().token(idToken(time.Now(), nil))); got != accepted {
			c.Errorf("while the keys are refreshed, a token is %s", got)
		}
		if waited := time.Since(before); waited != 0 {
			c.Errorf("the token waited %s for the refresh", waited)
		}
		time.Sleep(10 * time.Second) // the refresh times out

		c.server.publishes(secondKey().jwk())
		c.expect(firstKey(), accepted) // starts the next refresh
		c.expect(firstKey(), unauthorized)
		c.expect(secondKey(), accepted)
		c.expectFetches(3)
	})
}

func TestKnownKeysOutliveTheirIssuer(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *cacheTest) {
		c.expect(firstKey(), accepted)
		c.server.isDown()
		time.Sleep(48 * time.Hour)
		c.expect(firstKey(), accepted)
		c.expect(secondKey(), unavailable)
		c.expectFetches(2)

		c.server.publishes(firstKey().jwk(), secondKey().jwk())
		time.Sleep(time.Second)
		c.expect(secondKey(), accepted)
		c.expectFetches(3)
	})
}

func TestAnIssuerThatIsDownAtTheStartIsAskedAgain(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *cacheTest) {
		c.server.isDown()
		c.expect(firstKey(), unavailable)
		c.server.publishes(firstKey().jwk())
		time.Sleep(time.Second - time.Nanosecond)
		c.expect(firstKey(), unavailable)
		c.expectFetches(1)
		time.Sleep(time.Nanosecond)
		c.expect(firstKey(), accepted)
		c.expectFetches(2)
	})
}

func TestAHungIssuerHoldsNobodyLongerThanTheirDeadline(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *cacheTest) {
		c.server.hangs()
		began := time.Now()
		ctx, cancel := context.WithTimeout(c.Context(), time.Second)
		defer cancel()
		if got := judge(ctx, c.a, firstKey().token(idToken(began, nil))); got != unavailable {
			c.Errorf("with a deadline, a token is %s", got)
		}
		if waited := time.Since(began); waited != time.Second {
			c.Errorf("with a deadline of 1 s, waited %s", waited)
		}
		c.expect(firstKey(), unavailable) // waits for the same fetch
		if waited := time.Since(began); waited != 5*time.Second {
			c.Errorf("the fetch was given up after %s, want 5s", waited)
		}
		c.expectFetches(1)
	})
}

func TestOneWhoGivesUpDoesNotSpoilTheFetchForTheOthers(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *cacheTest) {
		answer := make(chan struct{})
		c.server.answers(func(r *http.Request) (*http.Response, error) {
			select {
			case <-answer:
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
			other := &keyServer{}
			other.publishes(firstKey().jwk())
			return other.RoundTrip(r)
		})
		ctx, cancel := context.WithCancel(c.Context())
		first, second := make(chan outcome), make(chan outcome)
		token := firstKey().token(idToken(time.Now(), nil))
		go func() { first <- judge(ctx, c.a, token) }()
		synctest.Wait()
		go func() { second <- judge(c.Context(), c.a, token) }()
		synctest.Wait()
		cancel()
		if got := <-first; got != unavailable {
			c.Errorf("for the one who gave up, the token is %s", got)
		}
		close(answer)
		if got := <-second; got != accepted {
			c.Errorf("for the other, the token is %s", got)
		}
		c.expectFetches(1)
	})
}

func TestCloseEndsTheFetchUnderWay(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *cacheTest) {
		c.server.hangs()
		got := make(chan outcome)
		began := time.Now()
		go func() { got <- judge(c.Context(), c.a, firstKey().token(idToken(began, nil))) }()
		synctest.Wait()
		c.a.Close()
		if o := <-got; o != unavailable || time.Since(began) != 0 {
			c.Errorf("the waiting token is %s after %s", o, time.Since(began))
		}
		time.Sleep(time.Minute)
		c.expect(firstKey(), unavailable)
		c.expectFetches(1)
	})
}

func TestATokenAfterCloseIsNotJudgedWithoutKeys(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *cacheTest) {
		c.a.Close()
		c.expect(firstKey(), unavailable)
		c.expectFetches(0)
	})
}

func TestAnswersThatAreNoKeySetLeaveTheOldKeys(t *testing.T) {
	t.Parallel()
	twin := secondKey()
	twin.kid = firstKey().kid
	many := make([]any, 33)
	for i := range many {
		k := secondKey()
		k.kid = fmt.Sprint(i)
		many[i] = k.jwk()
	}
	for name, body := range map[string]string{
		"empty":              ``,
		"a web page":         `<html>`,
		"null":               `null`,
		"no keys":            `{"keys":[]}`,
		"keys no list":       `{"keys":{}}`,
		"endless":            text(object{"keys": []any{secondKey().jwk()}}) + strings.Repeat(" ", 1<<20),
		"two keys of one id": text(object{"keys": []any{firstKey().jwk(), twin.jwk()}}),
		"too many keys":      text(object{"keys": many}),
		"a member twice":     `{"keys":[],` + text(object{"keys": []any{secondKey().jwk()}})[1:],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(c *cacheTest) {
				c.expect(firstKey(), accepted)
				c.server.serves(http.StatusOK, body)
				time.Sleep(10 * time.Second)
				c.expect(secondKey(), unavailable)
				c.expect(firstKey(), accepted)
				c.expectFetches(2)
			})
		})
	}
}

func TestOnlyTheConfiguredAddressGivesKeys(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{
		"not found": http.StatusNotFound, "broken": http.StatusInternalServerError, "redirect": http.StatusFound,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(c *cacheTest) {
				c.server.answers(func(r *http.Request) (*http.Response, error) {
					if r.URL.String() != jwksURL {
						t.Errorf("asked %s for keys", r.URL)
					}
					return &http.Response{StatusCode: status, Body: http.NoBody,
						Header: http.Header{"Location": {"https://evil.example/jwks"}}}, nil
				})
				c.expect(firstKey(), unavailable)
				c.expectFetches(1)
			})
		})
	}
}

func TestKeysThatAreNotForRS256ArePassedOver(t *testing.T) {
	t.Parallel()
	good := secondKey().jwk()
	modulus := secondKey().key.N
	for name, changes := range map[string]object{
		"another type":       {"kty": "EC"},
		"for encryption":     {"use": "enc"},
		"another algorithm":  {"alg": "RS512"},
		"no id":              {"kid": nil},
		"1024 bits":          {"n": encode(new(big.Int).SetBit(new(big.Int).Rsh(modulus, 1024), 0, 1).Bytes())},
		"16384 bits":         {"n": encode(new(big.Int).SetBit(new(big.Int).Lsh(modulus, 14336), 0, 1).Bytes())},
		"even modulus":       {"n": encode(new(big.Int).Lsh(modulus, 1).Bytes())},
		"modulus no base64":  {"n": "***"},
		"no modulus":         {"n": nil},
		"exponent 1":         {"e": "AQ"},
		"even exponent":      {"e": "AQAC"},
		"exponent too large": {"e": encode([]byte{1, 0, 0, 0, 1})},
		"exponent 2^31+1":    {"e": encode([]byte{0x80, 0, 0, 1})},
		"exponent no base64": {"e": "***"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(c *cacheTest) {
				c.server.publishes(good.with(changes), firstKey().jwk())
				_, err := c.a.Authorize(c.Context(), request(secondKey().token(idToken(time.Now(), nil))))
				if err == nil || !strings.Contains(err.Error(), "does not have the token's key") {
					c.Errorf("got %v, want that the key is not there", err)
				}
				c.expect(firstKey(), accepted)
			})
		})
	}
	t.Run("use and alg may be absent", func(t *testing.T) {
		t.Parallel()
		inBubble(t, func(c *cacheTest) {
			c.server.publishes(good.with(object{"use": nil, "alg": nil, "x5t": "x", "key_ops": []string{"verify"}}))
			c.expect(secondKey(), accepted)
		})
	})
}
