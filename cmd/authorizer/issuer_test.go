package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	subject   = "0b9c2d5e-7f1a-4c36-9a55-2f3f0a6f1b11"
	clientID  = "1example23456789"
	methodARN = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3/Prod/GET/locations"
)

// issuerKey is the key pair of every issuer in these tests.
var issuerKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

type object map[string]any

func encode(part []byte) string { return base64.RawURLEncoding.EncodeToString(part) }

func text(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// idToken returns a token that is valid for an hour from now.
func idToken(issuer string, groups ...string) string {
	now := time.Now()
	signed := encode([]byte(`{"alg":"RS256","kid":"k1"}`)) + "." + encode(text(object{
		"iss": issuer, "aud": clientID, "sub": subject, "token_use": "id", "cognito:groups": groups,
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}))
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, issuerKey(), crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + encode(signature)
}

// serveKeys answers every request with the issuer's keys.
func serveKeys(w http.ResponseWriter, _ *http.Request) {
	key := issuerKey()
	_, _ = w.Write(text(object{"keys": []object{{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k1",
		"n": encode(key.N.Bytes()), "e": encode(big.NewInt(int64(key.E)).Bytes()),
	}}}))
}

// keysAt stands for the network: it serves keys at one address alone.
type keysAt string

func (k keysAt) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	if r.URL.String() == string(k) {
		serveKeys(recorder, r)
	} else {
		recorder.WriteHeader(http.StatusNotFound)
	}
	return recorder.Result(), nil
}

func tokenEvent(headerValue string) []byte {
	return text(object{"type": "TOKEN", "authorizationToken": headerValue, "methodArn": methodARN})
}
