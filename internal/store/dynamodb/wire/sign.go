package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"sync"
	"sync/atomic"
	"time"
)

// Credentials are what requests are signed with.
type Credentials struct {
	AccessKeyID, SecretAccessKey string
	SessionToken                 string // "": none
}

const (
	algorithm  = "AWS4-HMAC-SHA256"
	service    = "dynamodb"
	timeLayout = "20060102T150405Z"
	dateLayout = "20060102"
	scopeEnd   = "aws4_request"

	contentType = "application/x-amz-json-1.0"

	signedHeaders          = "content-type;host;x-amz-date;x-amz-target"
	signedHeadersWithToken = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target" //nolint:gosec // names of headers
)

// A signer makes signatures of version 4 for requests to DynamoDB: POST of a body
// to the path "/". Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
//
// The key that a signature is made with depends on the day, the region and the
// credentials, so the last one is kept.
type signer struct {
	region string
	host   string
	last   atomic.Pointer[signingKey]
}

// A signingKey signs on one day with one secret.
type signingKey struct {
	date                string
	accessKeyID, secret string
	scope               string    // date, region and service, as signatures name them
	pens                sync.Pool // of *pen
}

// A pen is what one signature is written with.
type pen struct {
	mac  hash.Hash // keyed
	text []byte
}

// key returns the signing key for the date, YYYYMMDD.
func (s *signer) key(c Credentials, date string) *signingKey {
	if k := s.last.Load(); k != nil && k.date == date && k.accessKeyID == c.AccessKeyID && k.secret == c.SecretAccessKey {
		return k
	}
	derived := []byte("AWS4" + c.SecretAccessKey)
	for _, part := range []string{date, s.region, service, scopeEnd} {
		h := hmac.New(sha256.New, derived)
		h.Write([]byte(part))
		derived = h.Sum(nil)
	}
	k := &signingKey{
		date: date, accessKeyID: c.AccessKeyID, secret: c.SecretAccessKey,
		scope: date + "/" + s.region + "/" + service + "/" + scopeEnd,
	}
	k.pens.New = func() any { return &pen{mac: hmac.New(sha256.New, derived)} }
	s.last.Store(k)
	return k
}

// sign returns the X-Amz-Date and the Authorization header of a request.
func (s *signer) sign(c Credentials, target string, body []byte, now time.Time) (date, authorization string) {
	date = now.UTC().Format(timeLayout)
	k := s.key(c, date[:len(dateLayout)])
	headers := signedHeaders
	if c.SessionToken != "" {
		headers = signedHeadersWithToken
	}
	p, ok := k.pens.Get().(*pen)
	if !ok {
		panic("the pool holds pens alone")
	}
	defer k.pens.Put(p)

	p.canonical(s.host, date, c.SessionToken, target, headers, body)
	canonical := sha256.Sum256(p.text)
	p.begin(algorithm, "\n", date, "\n", k.scope, "\n")
	p.text = hex.AppendEncode(p.text, canonical[:])
	p.mac.Reset()
	p.mac.Write(p.text)
	p.text = p.mac.Sum(p.text[:0])
	signature := [sha256.Size]byte(p.text)

	p.begin(algorithm, " Credential=", c.AccessKeyID, "/", k.scope, ", SignedHeaders=", headers, ", Signature=")
	p.text = hex.AppendEncode(p.text, signature[:])
	return date, string(p.text)
}

// canonical writes the canonical request.
func (p *pen) canonical(host, date, sessionToken, target, headers string, body []byte) {
	p.begin("POST\n/\n\ncontent-type:", contentType, "\nhost:", host, "\nx-amz-date:", date)
	if sessionToken != "" {
		p.write("\nx-amz-security-token:", sessionToken)
	}
	p.write("\nx-amz-target:", target, "\n\n", headers, "\n")
	sum := sha256.Sum256(body)
	p.text = hex.AppendEncode(p.text, sum[:])
}

// begin writes the first parts of another text.
func (p *pen) begin(parts ...string) {
	p.text = p.text[:0]
	p.write(parts...)
}

func (p *pen) write(parts ...string) {
	for _, part := range parts {
		p.text = append(p.text, part...)
	}
}
