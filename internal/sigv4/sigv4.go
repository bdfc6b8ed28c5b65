// Package sigv4 verifies AWS Signature Version 4 on incoming requests: the
// server's side of what AWS SDKs and the AWS CLI do when they sign.
//
// Only the Authorization header form of AWS4-HMAC-SHA256 is accepted, with the
// body's hash computed here and never taken from a header, so that neither a
// presigned URL nor an unsigned payload passes.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// The kinds of refusal, as AWS names them on the wire.
const (
	CodeMissingToken = "MissingAuthenticationTokenException" // no Authorization header at all
	CodeIncomplete   = "IncompleteSignatureException"        // the header, or what must go with it, is not well formed
	CodeUnrecognized = "UnrecognizedClientException"         // the access key is unknown
	CodeInvalid      = "InvalidSignatureException"           // wrong scope, too old, too new, or wrong signature
)

const (
	messageMissing      = "Missing Authentication Token"
	messageUnrecognized = "The security token included in the request is invalid."
	messageMismatch     = "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."

	timeLayout = "20060102T150405Z"
	dateLayout = "20060102"
	maxSkew    = 5 * time.Minute
	skewText   = "5 min."
	headerDate = "X-Amz-Date"
)

// Error is a refusal. Code and Message are meant for the client; neither
// carries a secret or the expected signature.
type Error struct {
	Code    string
	Message string
}

// Error returns the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

func refuse(code, format string, args ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Verifier checks signatures for one region and one service. It is safe for
// concurrent use.
type Verifier struct {
	Region  string                                            // e.g. "us-east-1"
	Service string                                            // e.g. "cognito-idp"
	Secret  func(accessKeyID string) (secret string, ok bool) // the secret access key, false when there is no such key
	Now     func() time.Time
}

// Verify checks that r carries a valid signature over its method, its path and
// query as the client sent them (RequestURI, so that a prefix stripped by an
// outer handler does not matter), its signed headers and body, which is the
// whole body already read. The signature must be younger than five minutes,
// and cover the host, the date and, when present, the headers that change what
// a request means. Every error is an *Error.
func (v *Verifier) Verify(r *http.Request, body []byte) error {
	if r.Header.Get("Authorization") == "" {
		return refuse(CodeMissingToken, messageMissing)
	}
	auth, err := ParseAuthorization(r.Header.Get("Authorization"))
	if err != nil {
		return err
	}
	signedAt, err := v.signingTime(r, auth)
	if err != nil {
		return err
	}
	secret, ok := v.Secret(auth.AccessKeyID)
	if !ok || r.Header.Get("X-Amz-Security-Token") != "" {
		return refuse(CodeUnrecognized, messageUnrecognized)
	}
	if err := v.checkScope(auth, signedAt); err != nil {
		return err
	}
	if err := v.checkSkew(signedAt); err != nil {
		return err
	}
	want := signature(secret, auth, signedAt, canonicalRequest(r, auth.SignedHeaders, body))
	if !hmac.Equal([]byte(want), []byte(auth.Signature)) {
		return refuse(CodeInvalid, messageMismatch)
	}
	return nil
}

// signingTime returns when the request says that it was signed, once that date
// and the other headers that must be signed are known to be.
func (v *Verifier) signingTime(r *http.Request, auth Authorization) (time.Time, error) {
	for _, name := range []string{"host", "x-amz-date", "x-amz-target", "x-amz-security-token"} {
		present := name == "host" || r.Header.Get(name) != ""
		if present && !slices.Contains(auth.SignedHeaders, name) {
			return time.Time{}, refuse(CodeInvalid, "'%s' must be a 'SignedHeader' in the AWS Authorization.", name)
		}
	}
	if date := r.Header.Get(headerDate); date != "" {
		t, err := time.Parse(timeLayout, date)
		if err != nil {
			return time.Time{}, refuse(CodeIncomplete, "Date must be in ISO-8601 'basic format'.")
		}
		return t, nil
	}
	t, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil || !slices.Contains(auth.SignedHeaders, "date") {
		return time.Time{}, refuse(CodeIncomplete, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	return t.UTC(), nil
}

func (v *Verifier) checkScope(auth Authorization, signedAt time.Time) error {
	if auth.Date != signedAt.Format(dateLayout) {
		return refuse(CodeInvalid, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.")
	}
	if auth.Region != v.Region {
		return refuse(CodeInvalid, "Credential should be scoped to a valid region.")
	}
	if auth.Service != v.Service {
		return refuse(CodeInvalid, "Credential should be scoped to correct service: '%s'.", v.Service)
	}
	return nil
}

func (v *Verifier) checkSkew(signedAt time.Time) error {
	now := v.Now().UTC()
	if oldest := now.Add(-maxSkew); signedAt.Before(oldest) {
		return refuse(CodeInvalid, "Signature expired: %s is now earlier than %s (%s - %s)",
			signedAt.Format(timeLayout), oldest.Format(timeLayout), now.Format(timeLayout), skewText)
	}
	if newest := now.Add(maxSkew); signedAt.After(newest) {
		return refuse(CodeInvalid, "Signature not yet current: %s is still later than %s (%s + %s)",
			signedAt.Format(timeLayout), newest.Format(timeLayout), now.Format(timeLayout), skewText)
	}
	return nil
}

// signature computes the hex signature of the canonical request.
func signature(secret string, auth Authorization, signedAt time.Time, canonical string) string {
	digest := sha256.Sum256([]byte(canonical))
	scope := auth.Date + "/" + auth.Region + "/" + auth.Service + "/" + scopeEnd
	toSign := Algorithm + "\n" + signedAt.Format(timeLayout) + "\n" + scope + "\n" + hex.EncodeToString(digest[:])
	key := []byte("AWS4" + secret)
	for _, part := range []string{auth.Date, auth.Region, auth.Service, scopeEnd, toSign} {
		key = mac(key, part)
	}
	return hex.EncodeToString(key)
}

func mac(key []byte, data string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(data))
	return h.Sum(nil)
}
