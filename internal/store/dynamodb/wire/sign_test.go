package wire

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/spacefinder/spacefinder/internal/sigv4"
)

const target = "DynamoDB_20120810.GetItem"

var when = time.Date(2026, 1, 2, 23, 59, 59, 0, time.UTC)

func signedRequest(s *signer, c Credentials, body []byte, now time.Time) *http.Request {
	date, authorization := s.sign(c, target, body, now)
	r := unsigned(s, c, body)
	r.Header.Set("X-Amz-Date", date)
	r.Header.Set("Authorization", authorization)
	return r
}

func unsigned(s *signer, c Credentials, body []byte) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "https://"+s.host+"/", bytes.NewReader(body))
	r.RequestURI = "/"
	r.ContentLength = 0 // else the SDK would sign it too
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("X-Amz-Target", target)
	if c.SessionToken != "" {
		r.Header.Set("X-Amz-Security-Token", c.SessionToken)
	}
	return r
}

// A signature is the one that the AWS SDK makes, whatever the signer has made
// before.
func TestSignsAsTheSDKDoes(t *testing.T) {
	s := &signer{region: "eu-central-1", host: "dynamodb.eu-central-1.amazonaws.com"}
	body := []byte(`{"TableName":"t"}`)
	one, other := Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret"}, Credentials{AccessKeyID: "OTHER", SecretAccessKey: "else"}
	session := one
	session.SessionToken = string(bytes.Repeat([]byte("token/+="), 200))
	rotated := one
	rotated.SecretAccessKey = "rotated"
	for _, step := range []struct {
		name        string
		credentials Credentials
		now         time.Time
	}{
		{"the first", one, when},
		{"the same again", one, when},
		{"the next day", one, when.Add(time.Second)},
		{"with a session token", session, when},
		{"with another key", other, when},
		{"with a key of the same id", rotated, when},
		{"in another time zone", one, when.In(time.FixedZone("east", 3*3600))},
	} {
		got := signedRequest(s, step.credentials, body, step.now).Header.Get("Authorization")
		want := unsigned(s, step.credentials, body)
		hash := sha256.Sum256(body)
		err := v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{
			AccessKeyID: step.credentials.AccessKeyID, SecretAccessKey: step.credentials.SecretAccessKey,
			SessionToken: step.credentials.SessionToken,
		}, want, hex.EncodeToString(hash[:]), service, s.region, step.now.UTC())
		if err != nil {
			t.Fatal(err)
		}
		if got != want.Header.Get("Authorization") {
			t.Errorf("%s:\ngot  %s\nwant %s", step.name, got, want.Header.Get("Authorization"))
		}
	}
}

// Whoever changes the body, the target or the host has no valid signature.
func TestSignatureCoversTheRequest(t *testing.T) {
	s := &signer{region: "r", host: "dynamodb.example"}
	c := Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret"}
	verifier := sigv4.Verifier{
		Region: "r", Service: service, Now: func() time.Time { return when },
		Secret: func(string) (string, bool) { return c.SecretAccessKey, true },
	}
	body := []byte(`{}`)
	if err := verifier.Verify(signedRequest(s, c, body, when), body); err != nil {
		t.Errorf("as it is: %v", err)
	}
	for name, change := range map[string]func(*http.Request, *[]byte){
		"another body":   func(_ *http.Request, body *[]byte) { *body = []byte(`{ }`) },
		"another target": func(r *http.Request, _ *[]byte) { r.Header.Set("X-Amz-Target", "DynamoDB_20120810.Query") },
		"another host":   func(r *http.Request, _ *[]byte) { r.Host = "evil.example" },
		"another type":   func(r *http.Request, _ *[]byte) { r.Header.Set("Content-Type", "text/plain") },
	} {
		r, body := signedRequest(s, c, body, when), body
		change(r, &body)
		if err := verifier.Verify(r, body); err == nil {
			t.Errorf("%s: still valid", name)
		}
	}
}
