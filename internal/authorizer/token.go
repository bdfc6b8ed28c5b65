package authorizer

import (
	"encoding/base64"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/golang-jwt/jwt/v5"
)

// MaxTokenLength is the most bytes of a token. API Gateway lets all headers of
// a request together have 10,240.
const MaxTokenLength = 8 << 10

// base64url is the encoding of a token's parts. Strict: a token has one
// spelling, so that it cannot be cached or blocked under another.
//
// Source: RFC 7515, section 2
var base64url = base64.RawURLEncoding.Strict()

// token is a JSON Web Token taken apart. Nothing in it is proven yet.
type token struct {
	keyID     string
	claims    claims
	signed    string // what the signature is of
	signature []byte
}

// header is the part of a JOSE header that has a say. Members that tell where
// to find the key (jku, jwk, x5u, x5c) are ignored on purpose: a token does not
// choose its own key.
//
// Source: RFC 7515, section 4
type header struct {
	Alg  string         `json:"alg"`
	Kid  string         `json:"kid"`
	Typ  string         `json:"typ"`
	Crit jsontext.Value `json:"crit"`
}

// claims are the claims of an ID token.
//
// Source: OpenID Connect Core 1.0, section 2
type claims struct {
	jwt.RegisteredClaims
	TokenUse string                    `json:"token_use"`
	Others   map[string]jsontext.Value `json:",embed"`
}

// parseToken takes apart the token in the value of an Authorization header. Its
// JSON is read strictly: a member that stands there twice would mean one thing
// here and another to the next reader.
func parseToken(headerValue string) (token, error) {
	raw := withoutScheme(headerValue)
	switch {
	case raw == "":
		return token{}, refuse("there is no token")
	case len(raw) > MaxTokenLength:
		return token{}, refuse("the token is too long")
	case strings.ContainsAny(raw, "\r\n"): // base64 would skip them
		return token{}, refuse("the token has line breaks")
	}
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return token{}, refuse("the token does not have three parts")
	}
	var h header
	if !decodePart(parts[0], &h) {
		return token{}, refuse("the token's header is malformed")
	}
	if err := h.check(); err != nil {
		return token{}, err
	}
	t := token{keyID: h.Kid, signed: raw[:len(parts[0])+1+len(parts[1])]}
	if !decodePart(parts[1], &t.claims) {
		return token{}, refuse("the token's claims are malformed")
	}
	var err error
	if t.signature, err = base64url.DecodeString(parts[2]); err != nil {
		return token{}, refuse("the token's signature is malformed")
	}
	return t, nil
}

func withoutScheme(headerValue string) string {
	const scheme = "Bearer "
	if len(headerValue) >= len(scheme) && strings.EqualFold(headerValue[:len(scheme)], scheme) {
		return headerValue[len(scheme):]
	}
	return headerValue
}

func decodePart(part string, into any) bool {
	text, err := base64url.DecodeString(part)
	return err == nil && json.Unmarshal(text, into) == nil
}

func (h header) check() error {
	switch {
	case h.Alg != jwt.SigningMethodRS256.Alg():
		return refuse("the token's algorithm is not RS256")
	case h.Kid == "":
		return refuse("the token names no key")
	case h.Typ != "" && !strings.EqualFold(h.Typ, "JWT"):
		return refuse("the token is of another type") // at+jwt: an access token, RFC 9068
	case h.Crit != nil:
		return refuse("the token has critical extensions") // RFC 7515, section 4.1.11
	}
	return nil
}

// groups returns the groups in the named claim, none when there is no such
// claim; false when it is anything but an array of strings.
func (c claims) groups(claim string) ([]string, bool) {
	value, ok := c.Others[claim]
	if !ok {
		return nil, true
	}
	var listed []*string // pointers tell null from ""
	if value.Kind() != jsontext.KindBeginArray || json.Unmarshal(value, &listed) != nil {
		return nil, false
	}
	groups := make([]string, len(listed))
	for i, group := range listed {
		if group == nil {
			return nil, false
		}
		groups[i] = *group
	}
	return groups, true
}
