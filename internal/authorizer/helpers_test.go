package authorizer_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/authorizer"
	"github.com/spacefinder/spacefinder/internal/iampolicy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	issuerURL = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_abcdefghi"
	jwksURL   = issuerURL + "/.well-known/jwks.json"
	clientID  = "1example23456789"
	subject   = "0b9c2d5e-7f1a-4c36-9a55-2f3f0a6f1b11"
	api       = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3/Prod/"
)

// now is when the tests with a still clock take place.
var now = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

// signer is a key pair of an issuer. Making one takes long, so tests share two.
type signer struct {
	kid string
	key *rsa.PrivateKey
}

func newSigner(kid string) func() signer {
	return sync.OnceValue(func() signer {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		return signer{kid, key}
	})
}

var (
	firstKey  = newSigner("first")
	secondKey = newSigner("second")
)

func encode(part []byte) string { return base64.RawURLEncoding.EncodeToString(part) }

func (s signer) jwk() object {
	return object{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": s.kid,
		"n": encode(s.key.N.Bytes()), "e": encode(big.NewInt(int64(s.key.E)).Bytes()),
	}
}

func (s signer) header() object { return object{"alg": "RS256", "kid": s.kid} }

// sign returns the token with the header and claims, given as JSON text.
func (s signer) sign(header, claims string) string {
	signed := encode([]byte(header)) + "." + encode([]byte(claims))
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, s.key, crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + encode(signature)
}

func (s signer) token(claims object) string { return s.sign(text(s.header()), text(claims)) }

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

type object map[string]any

// with returns a copy changed as told; nil takes a member out.
func (o object) with(changes object) object {
	o = maps.Clone(o)
	maps.Copy(o, changes)
	maps.DeleteFunc(o, func(_ string, v any) bool { return v == nil })
	return o
}

// idToken returns the claims of a good ID token of that time, changed as told.
func idToken(at time.Time, changes object) object {
	return object{
		"sub": subject, "iss": issuerURL, "aud": clientID, "token_use": "id", "email": "ann@example.com",
		"cognito:username": subject, "event_id": "e1", "auth_time": at.Unix(), "iat": at.Unix(), "exp": at.Add(time.Hour).Unix(),
	}.with(changes)
}

// keyServer stands for the address where an issuer publishes its keys.
type keyServer struct {
	fetches atomic.Int32
	answer  atomic.Pointer[func(*http.Request) (*http.Response, error)]
}

func (s *keyServer) RoundTrip(r *http.Request) (*http.Response, error) {
	s.fetches.Add(1)
	return (*s.answer.Load())(r)
}

func (s *keyServer) answers(f func(*http.Request) (*http.Response, error)) { s.answer.Store(&f) }

func (s *keyServer) serves(status int, body string) {
	s.answers(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body))}, nil
	})
}

func (s *keyServer) publishes(keys ...any) { s.serves(http.StatusOK, text(object{"keys": keys})) }

func (s *keyServer) isDown() {
	s.answers(func(*http.Request) (*http.Response, error) { return nil, fmt.Errorf("connection refused") })
}

// hangs accepts requests and answers none.
func (s *keyServer) hangs() {
	s.answers(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
}

// byHost sends requests where their host is served.
type byHost map[string]http.RoundTripper

func (b byHost) RoundTrip(r *http.Request) (*http.Response, error) { return b[r.URL.Host].RoundTrip(r) }

func config(server *keyServer) authorizer.Config {
	return authorizer.Config{
		Issuers:    []authorizer.Issuer{{Issuer: issuerURL, JWKSURL: jwksURL, Audiences: []string{clientID}, Cognito: true}},
		Access:     spacefinder.Access{AdminGroup: "apiAdmins", AdminBookings: spacefinder.AdminBookingsAll},
		HTTPClient: &http.Client{Transport: server},
	}
}

func start(t testing.TB, c authorizer.Config) *authorizer.Authorizer {
	t.Helper()
	a, err := authorizer.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// startStill returns an authorizer whose clock stands still and whose issuer
// publishes the first key.
func startStill(t testing.TB, change func(*authorizer.Config)) *authorizer.Authorizer {
	t.Helper()
	server := &keyServer{}
	server.publishes(firstKey().jwk())
	c := config(server)
	c.Now = func() time.Time { return now }
	if change != nil {
		change(&c)
	}
	return start(t, c)
}

func request(headerValue string) iampolicy.TokenRequest {
	return iampolicy.TokenRequest{Type: "TOKEN", AuthorizationToken: headerValue, MethodArn: api + "GET/locations"}
}
