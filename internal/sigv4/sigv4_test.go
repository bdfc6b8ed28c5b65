package sigv4_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/spacefinder/spacefinder/internal/sigv4"
)

const (
	keyID  = "AKIAIOSFODNN7EXAMPLE"
	secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	body   = `{"UserPoolId":"us-east-1_abc"}`
)

var noon = time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)

func verifierAt(now time.Time) *sigv4.Verifier {
	return &sigv4.Verifier{
		Region:  "us-east-1",
		Service: "cognito-idp",
		Secret:  func(id string) (string, bool) { return secret, id == keyID },
		Now:     func() time.Time { return now },
	}
}

// signing says how the test's client signs; the zero value is a correct client.
type signing struct {
	url, region, service, keyID, secret, session string
	at                                           time.Time
}

// signed returns a request as the server sees it, signed by the AWS SDK.
func signed(t *testing.T, s signing) *http.Request {
	t.Helper()
	or := func(v, fallback string) string {
		if v == "" {
			return fallback
		}
		return v
	}
	if s.at.IsZero() {
		s.at = noon
	}
	target := or(s.url, "http://127.0.0.1:8080/cognito/")
	out, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	out.Header.Set("Content-Type", "application/x-amz-json-1.1")
	out.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.ListUsers")
	credentials := aws.Credentials{AccessKeyID: or(s.keyID, keyID), SecretAccessKey: or(s.secret, secret), SessionToken: s.session}
	sum := sha256.Sum256([]byte(body))
	err = v4.NewSigner().SignHTTP(context.Background(), credentials, out, hex.EncodeToString(sum[:]),
		or(s.service, "cognito-idp"), or(s.region, "us-east-1"), s.at)
	if err != nil {
		t.Fatal(err)
	}
	in := httptest.NewRequest(http.MethodPost, out.URL.RequestURI(), strings.NewReader(body))
	in.Host, in.Header = out.URL.Host, out.Header
	return in
}

func TestVerifyAcceptsWhatTheAWSSignerSigns(t *testing.T) {
	for name, s := range map[string]signing{
		"service root":             {},
		"path without slash":       {url: "http://127.0.0.1:8080/cognito"},
		"encoded path":             {url: "http://127.0.0.1:8080/a%20b/c%2Bd"},
		"query out of order":       {url: "http://127.0.0.1:8080/?b=2&a=1&c=x%20y"},
		"almost five minutes old":  {at: noon.Add(-5 * time.Minute)},
		"almost five minutes fast": {at: noon.Add(5 * time.Minute)},
	} {
		t.Run(name, func(t *testing.T) {
			if err := verifierAt(noon).Verify(signed(t, s), []byte(body)); err != nil {
				t.Errorf("refused: %v", err)
			}
		})
	}
}

func TestVerifyUsesThePathThatTheClientSawNotTheStrippedOne(t *testing.T) {
	r := signed(t, signing{})
	r.URL.Path = "/"
	if err := verifierAt(noon).Verify(r, []byte(body)); err != nil {
		t.Errorf("refused behind a stripped prefix: %v", err)
	}
}

func TestVerifyRefusals(t *testing.T) {
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	replace := func(old, with string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, with, 1))
		}
	}
	tests := map[string]struct {
		signing signing
		change  func(*http.Request)
		body    string
		code    string
		message string
	}{
		"no header": {change: func(r *http.Request) { r.Header.Del("Authorization") },
			code: sigv4.CodeMissingToken, message: "Missing Authentication Token"},
		"bearer token":    {change: header("Authorization", "Bearer abc"), code: sigv4.CodeIncomplete},
		"no signature":    {change: replace("Signature=", "Signed="), code: sigv4.CodeIncomplete},
		"unknown key":     {signing: signing{keyID: "AKIAOTHER"}, code: sigv4.CodeUnrecognized, message: "security token included"},
		"temporary token": {signing: signing{session: "token"}, code: sigv4.CodeUnrecognized},
		"wrong secret":    {signing: signing{secret: "other"}, code: sigv4.CodeInvalid, message: "does not match the signature"},
		"wrong region":    {signing: signing{region: "eu-west-1"}, code: sigv4.CodeInvalid, message: "valid region"},
		"wrong service":   {signing: signing{service: "dynamodb"}, code: sigv4.CodeInvalid, message: "'cognito-idp'"},
		"too old":         {signing: signing{at: noon.Add(-301 * time.Second)}, code: sigv4.CodeInvalid, message: "Signature expired"},
		"from the future": {signing: signing{at: noon.Add(301 * time.Second)}, code: sigv4.CodeInvalid, message: "not yet current"},
		"other body":      {body: `{"UserPoolId":"us-east-1_xyz"}`, code: sigv4.CodeInvalid, message: "does not match"},
		"other target":    {change: header("X-Amz-Target", "AWSCognitoIdentityProviderService.AdminDeleteUser"), code: sigv4.CodeInvalid},
		"other path":      {change: func(r *http.Request) { r.RequestURI = "/other/" }, code: sigv4.CodeInvalid, message: "does not match"},
		"other host":      {change: func(r *http.Request) { r.Host = "evil.example" }, code: sigv4.CodeInvalid, message: "does not match"},
		"unsigned target": {change: replace(";x-amz-target", ""), code: sigv4.CodeInvalid, message: "'x-amz-target' must be"},
		"unsigned date":   {change: replace(";x-amz-date", ""), code: sigv4.CodeInvalid, message: "'x-amz-date' must be"},
		"unsigned host":   {change: replace("host;", ""), code: sigv4.CodeInvalid, message: "'host' must be"},
		"no date": {change: func(r *http.Request) { r.Header.Del("X-Amz-Date") }, code: sigv4.CodeIncomplete,
			message: "existence of either"},
		"date of another day": {change: replace("/20260305/", "/20260304/"), code: sigv4.CodeInvalid, message: "does not match YYYYMMDD"},
		"bad date":            {change: header("X-Amz-Date", "yesterday"), code: sigv4.CodeIncomplete, message: "ISO-8601"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := signed(t, tt.signing)
			if tt.change != nil {
				tt.change(r)
			}
			sent := tt.body
			if sent == "" {
				sent = body
			}
			err := verifierAt(noon).Verify(r, []byte(sent))
			var refusal *sigv4.Error
			if !errors.As(err, &refusal) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if refusal.Code != tt.code || !strings.Contains(refusal.Message, tt.message) {
				t.Errorf("got %v, want code %s and words %q", refusal, tt.code, tt.message)
			}
		})
	}
}

func TestVerifyRefusesPresignedURLs(t *testing.T) {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	url, _, err := v4.NewSigner().PresignHTTP(t.Context(), aws.Credentials{AccessKeyID: keyID, SecretAccessKey: secret},
		r, "UNSIGNED-PAYLOAD", "cognito-idp", "us-east-1", noon)
	if err != nil {
		t.Fatal(err)
	}
	in := httptest.NewRequest(http.MethodPost, url, strings.NewReader(body))
	var refusal *sigv4.Error
	if err := verifierAt(noon).Verify(in, []byte(body)); !errors.As(err, &refusal) || refusal.Code != sigv4.CodeMissingToken {
		t.Errorf("got %v, want %s", err, sigv4.CodeMissingToken)
	}
}

func TestParseAuthorizationErrors(t *testing.T) {
	const credential, headers = "Credential=K/20260305/r/s/aws4_request", "SignedHeaders=host;x-amz-date"
	signature := "Signature=" + strings.Repeat("a", 64)
	for name, value := range map[string]string{
		"empty":               "",
		"algorithm only":      "AWS4-HMAC-SHA256 ",
		"asymmetric":          "AWS4-ECDSA-P256-SHA256 " + credential + "," + headers + "," + signature,
		"four scope parts":    "AWS4-HMAC-SHA256 Credential=K/20260305/r/s," + headers + "," + signature,
		"no key id":           "AWS4-HMAC-SHA256 Credential=/20260305/r/s/aws4_request," + headers + "," + signature,
		"other terminator":    "AWS4-HMAC-SHA256 Credential=K/20260305/r/s/aws5," + headers + "," + signature,
		"impossible date":     "AWS4-HMAC-SHA256 Credential=K/20261305/r/s/aws4_request," + headers + "," + signature,
		"unsorted headers":    "AWS4-HMAC-SHA256 " + credential + ",SignedHeaders=x;host," + signature,
		"repeated header":     "AWS4-HMAC-SHA256 " + credential + ",SignedHeaders=host;host," + signature,
		"capital header":      "AWS4-HMAC-SHA256 " + credential + ",SignedHeaders=Host," + signature,
		"repeated key":        "AWS4-HMAC-SHA256 " + credential + "," + credential + "," + headers + "," + signature,
		"short signature":     "AWS4-HMAC-SHA256 " + credential + "," + headers + ",Signature=abc",
		"signature not hex":   "AWS4-HMAC-SHA256 " + credential + "," + headers + ",Signature=" + strings.Repeat("z", 64),
		"longer than allowed": "AWS4-HMAC-SHA256 " + credential + "," + headers + "," + signature + strings.Repeat(" ", 5000),
	} {
		t.Run(name, func(t *testing.T) {
			var refusal *sigv4.Error
			if _, err := sigv4.ParseAuthorization(value); !errors.As(err, &refusal) {
				t.Errorf("got %v, want an *Error", err)
			}
		})
	}
}

// FuzzParseAuthorization holds that no header makes the parser panic, and that
// what it accepts is complete.
func FuzzParseAuthorization(f *testing.F) {
	good := "AWS4-HMAC-SHA256 Credential=K/20260305/r/s/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + strings.Repeat("0", 64)
	for _, seed := range []string{good, "", "AWS4-HMAC-SHA256 ", "Bearer x", good[:60], strings.ReplaceAll(good, ", ", ",")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		auth, err := sigv4.ParseAuthorization(header)
		if err != nil {
			return
		}
		if auth.AccessKeyID == "" || len(auth.SignedHeaders) == 0 || len(auth.Signature) != 64 {
			t.Errorf("accepted an incomplete header: %+v", auth)
		}
	})
}
