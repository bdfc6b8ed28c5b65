package userpool_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// srpClient is the client's side of USER_SRP_AUTH, written from its description
// and independent of the server's code.
type srpClient struct{ n, g, k, a, public *big.Int }

func newSRPClient(t testing.TB) srpClient {
	t.Helper()
	c := srpClient{n: modp3072(), g: big.NewInt(2)}
	c.k = sum(signed(c.n), signed(c.g))
	c.a = new(big.Int).SetBytes(must(randomBytes(128))(t))
	c.public = new(big.Int).Exp(c.g, c.a, c.n)
	return c
}

// modp3072 computes the prime of RFC 3526, section 5, from its formula:
// 2^3072 - 2^3008 - 1 + 2^64 * (floor(2^2942 * pi) + 1690314).
func modp3072() *big.Int {
	power := func(e uint) *big.Int { return new(big.Int).Lsh(big.NewInt(1), e) }
	inner := new(big.Int).Add(piTimesPowerOfTwo(2942), big.NewInt(1690314))
	n := new(big.Int).Sub(power(3072), power(3008))
	n.Sub(n, big.NewInt(1))
	return n.Add(n, inner.Lsh(inner, 64))
}

// piTimesPowerOfTwo is floor(pi * 2^bits) by Machin's formula.
func piTimesPowerOfTwo(bits uint) *big.Int {
	const guard = 64
	one := new(big.Int).Lsh(big.NewInt(1), bits+guard)
	arctan := func(inverse int64) *big.Int {
		total, term := new(big.Int), new(big.Int).Div(one, big.NewInt(inverse))
		square := big.NewInt(inverse * inverse)
		for i := int64(0); term.Sign() != 0; i++ {
			part := new(big.Int).Div(term, big.NewInt(2*i+1))
			if i%2 == 1 {
				part.Neg(part)
			}
			total.Add(total, part)
			term.Div(term, square)
		}
		return total
	}
	pi := new(big.Int).Mul(arctan(5), big.NewInt(16))
	pi.Sub(pi, new(big.Int).Mul(arctan(239), big.NewInt(4)))
	return pi.Rsh(pi, guard)
}

func randomBytes(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := rand.Read(b)
	return b, err
}

// signed is a number's shortest two's complement form.
func signed(n *big.Int) []byte {
	text := n.Text(16)
	if len(text)%2 == 1 {
		text = "0" + text
	} else if strings.Contains("89abcdef", text[:1]) {
		text = "00" + text
	}
	b, _ := hex.DecodeString(text)
	return b
}

func sum(parts ...[]byte) *big.Int {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return new(big.Int).SetBytes(h.Sum(nil))
}

func keyed(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write([]byte(p))
	}
	return h.Sum(nil)
}

// answer computes the responses to a PASSWORD_VERIFIER challenge.
func (c srpClient) answer(t testing.TB, pool, pass string, challenge map[string]string, at string) map[string]string {
	t.Helper()
	number := func(s string) *big.Int {
		n, ok := new(big.Int).SetString(s, 16)
		if !ok {
			t.Fatalf("%q is not a hexadecimal number", s)
		}
		return n
	}
	_, poolName, _ := strings.Cut(pool, "_")
	userID := challenge["USER_ID_FOR_SRP"]
	b := number(challenge["SRP_B"])
	u := sum(signed(c.public), signed(b))
	inner := sha256.Sum256([]byte(poolName + userID + ":" + pass))
	x := sum(signed(number(challenge["SALT"])), inner[:])
	base := new(big.Int).Sub(b, new(big.Int).Mul(c.k, new(big.Int).Exp(c.g, x, c.n)))
	s := new(big.Int).Exp(base.Mod(base, c.n), new(big.Int).Add(c.a, new(big.Int).Mul(u, x)), c.n)
	key := keyed(keyed(signed(u), string(signed(s))), "Caldera Derived Key\x01")[:16]
	block := must(base64.StdEncoding.DecodeString(challenge["SECRET_BLOCK"]))(t)
	return map[string]string{
		"USERNAME":                    challenge["USERNAME"],
		"PASSWORD_CLAIM_SECRET_BLOCK": challenge["SECRET_BLOCK"],
		"TIMESTAMP":                   at,
		"PASSWORD_CLAIM_SIGNATURE":    base64.StdEncoding.EncodeToString(keyed(key, poolName, userID, string(block), at)),
	}
}

const srpTime = "Mon Jan 2 15:04:05 UTC 2006"

// beginSRP asks for a challenge.
func (w *world) beginSRP(c srpClient, name string) (*idp.InitiateAuthOutput, error) {
	return w.public.InitiateAuth(w.t.Context(), &idp.InitiateAuthInput{
		ClientId: w.clientID(), AuthFlow: types.AuthFlowTypeUserSrpAuth,
		AuthParameters: map[string]string{"USERNAME": name, "SRP_A": c.public.Text(16)},
	})
}

func (w *world) endSRP(responses map[string]string) (*idp.RespondToAuthChallengeOutput, error) {
	return w.public.RespondToAuthChallenge(w.t.Context(), &idp.RespondToAuthChallengeInput{
		ClientId: w.clientID(), ChallengeName: types.ChallengeNameTypePasswordVerifier, ChallengeResponses: responses,
	})
}

// trySRP signs in with USER_SRP_AUTH.
func (w *world) trySRP(name, pass string) (*idp.RespondToAuthChallengeOutput, error) {
	c := newSRPClient(w.t)
	begun, err := w.beginSRP(c, name)
	if err != nil {
		return nil, err
	}
	return w.endSRP(c.answer(w.t, w.pool.ID(), pass, begun.ChallengeParameters, w.clock.Now().UTC().Format(srpTime)))
}

func TestSRPSignIn(t *testing.T) {
	w := newWorld(t)
	sub := w.user(ada, goodPass)
	c := newSRPClient(t)
	begun := must(w.beginSRP(c, ada))(t)
	given := begun.ChallengeParameters
	if begun.ChallengeName != "PASSWORD_VERIFIER" || begun.Session != nil || given["USERNAME"] != sub || given["USER_ID_FOR_SRP"] != sub {
		t.Errorf("challenge %q, session %v, parameters %v", begun.ChallengeName, begun.Session, given)
	}
	out := must(w.endSRP(c.answer(t, w.pool.ID(), goodPass, given, w.clock.Now().UTC().Format(srpTime))))(t)
	if claims, _ := w.verified(out.AuthenticationResult.IdToken); claims["sub"] != sub {
		t.Errorf("signed in as %v, want %s", claims["sub"], sub)
	}
	out = must(w.trySRP(sub, goodPass))(t)
	must(w.public.GetUser(t.Context(), &idp.GetUserInput{AccessToken: out.AuthenticationResult.AccessToken}))(t)
}

func TestSRPWorksWithEveryWayOfSettingAPassword(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	must(w.admin.AdminSetUserPassword(t.Context(), &idp.AdminSetUserPasswordInput{
		UserPoolId: w.poolID(), Username: aws.String(ada), Password: aws.String(nextPass), Permanent: true}))(t)
	must(w.trySRP(ada, nextPass))(t)
	_, err := w.trySRP(ada, goodPass)
	wantError(t, err, denied, "Incorrect username or password.")
}

func TestSRPRefusals(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	now := w.clock.Now().UTC()
	for name, tt := range map[string]struct {
		pass, at string
		change   func(map[string]string)
		wait     time.Duration
	}{
		"wrong password":       {pass: "wrong"},
		"padded day":           {at: "Thu Mar 05 09:07:03 UTC 2026"},
		"wrong weekday":        {at: "Mon Mar 5 09:07:03 UTC 2026"},
		"not a time":           {at: "now"},
		"other block":          {change: func(m map[string]string) { m["PASSWORD_CLAIM_SECRET_BLOCK"] = "AAAA" }},
		"signature not base64": {change: func(m map[string]string) { m["PASSWORD_CLAIM_SIGNATURE"] = "!" }},
		"other user":           {change: func(m map[string]string) { m["USERNAME"] = grace }},
		"answer too late":      {wait: 3*time.Minute + time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			c := newSRPClient(t)
			begun := must(w.beginSRP(c, ada))(t)
			pass, at := tt.pass, tt.at
			if pass == "" {
				pass = goodPass
			}
			if at == "" {
				at = now.Format(srpTime)
			}
			responses := c.answer(t, w.pool.ID(), pass, begun.ChallengeParameters, at)
			if tt.change != nil {
				tt.change(responses)
			}
			w.clock.advance(tt.wait)
			_, err := w.endSRP(responses)
			wantError(t, err, denied, "Incorrect username or password.")
			w.signIn(ada, goodPass) // forgets the failure
		})
	}
	for _, public := range []string{"0", modp3072().Text(16), "xyz"} {
		_, err := w.public.InitiateAuth(t.Context(), &idp.InitiateAuthInput{ClientId: w.clientID(), AuthFlow: types.AuthFlowTypeUserSrpAuth,
			AuthParameters: map[string]string{"USERNAME": ada, "SRP_A": public}})
		wantError(t, err, "InvalidParameterException", "Invalid SRP_A.")
	}
}

func TestAnSRPProofWorksOnce(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	c := newSRPClient(t)
	begun := must(w.beginSRP(c, ada))(t)
	responses := c.answer(t, w.pool.ID(), goodPass, begun.ChallengeParameters, w.clock.Now().UTC().Format(srpTime))
	must(w.endSRP(responses))(t)
	_, err := w.endSRP(responses)
	wantError(t, err, denied, "Incorrect username or password.")

	block := responses["PASSWORD_CLAIM_SECRET_BLOCK"]
	for _, respelled := range []string{block + "\n", "\r\n" + block, block[:8] + "\n" + block[8:]} {
		responses["PASSWORD_CLAIM_SECRET_BLOCK"] = respelled
		_, err := w.endSRP(responses)
		wantError(t, err, denied, "Incorrect username or password.")
	}
}

// TestNobodyIsChallengedLikeSomebody holds that the simulated challenge is
// stable per name, differs between names, and looks like a real one.
func TestNobodyIsChallengedLikeSomebody(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	c := newSRPClient(t)
	challenge := func(name string) map[string]string { return must(w.beginSRP(c, name))(t).ChallengeParameters }
	genuine, first, second, other := challenge(ada), challenge("nobody@example.com"), challenge("Nobody@example.com"),
		challenge("else@example.com")
	for _, key := range []string{"SALT", "USERNAME", "USER_ID_FOR_SRP"} {
		if first[key] != second[key] || first[key] == other[key] {
			t.Errorf("%s: %q, %q for one name, %q for another", key, first[key], second[key], other[key])
		}
		if len(first[key]) != len(genuine[key]) {
			t.Errorf("%s: %q where a real one is %q", key, first[key], genuine[key])
		}
	}
	for _, key := range []string{"SALT", "USERNAME"} { // the name and the sub mean the same, as they do for a user
		if bySub := challenge(first["USERNAME"]); bySub[key] != first[key] {
			t.Errorf("%s: %q by name, %q by sub", key, first[key], bySub[key])
		}
	}
	if first["SRP_B"] == second["SRP_B"] {
		t.Error("the simulated SRP_B repeats")
	}
	for range 5 {
		_, err := w.trySRP("nobody@example.com", goodPass)
		wantError(t, err, denied, "Incorrect username or password.")
	}
	_, err := w.trySRP("nobody@example.com", goodPass)
	wantError(t, err, denied, "Password attempts exceeded")
}

// TestInventedSaltsAreNoDifferent looks for a mark in the first byte, the one that may not be zero.
func TestInventedSaltsAreNoDifferent(t *testing.T) {
	w := newWorld(t)
	c := newSRPClient(t)
	even, high := 0, 0
	for i := range 40 {
		salt := must(w.beginSRP(c, fmt.Sprintf("nobody%d@example.com", i)))(t).ChallengeParameters["SALT"]
		first := must(hex.DecodeString(salt[:2]))(t)[0]
		if first%2 == 0 {
			even++
		}
		if first >= 0x80 {
			high++
		}
	}
	if even == 0 || even == 40 || high == 0 || high == 40 {
		t.Errorf("of 40 salts %d begin with an even byte, %d with a high one", even, high)
	}
}
