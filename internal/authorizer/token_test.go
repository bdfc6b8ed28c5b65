package authorizer_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder/internal/authorizer"
	"github.com/spacefinder/spacefinder/internal/iampolicy"
)

func TestGoodTokensAreAccepted(t *testing.T) {
	t.Parallel()
	key := firstKey()
	good := key.token(idToken(now, nil))
	tests := map[string]string{
		"bare":                      good,
		"Bearer":                    "Bearer " + good,
		"bearer":                    "bearer " + good,
		"audience as a list":        key.token(idToken(now, object{"aud": []string{"another", clientID}})),
		"type JWT":                  key.sign(`{"alg":"RS256","kid":"first","typ":"JWT"}`, text(idToken(now, nil))),
		"not before now":            key.token(idToken(now, object{"nbf": now.Unix()})),
		"the last second of leeway": key.token(idToken(now, object{"exp": now.Unix() - 9})),
		"issued by a clock ahead":   key.token(idToken(now, object{"iat": now.Unix() + 10, "nbf": now.Unix() + 10})),
		"no iat":                    key.token(idToken(now, object{"iat": nil})),
		"no groups":                 key.token(idToken(now, object{"cognito:groups": []string{}})),
		"subject of another issuer": key.token(idToken(now, object{"sub": "auth0|5f7c"})),
		"keys named by the token are ignored": key.sign(
			`{"alg":"RS256","kid":"first","jku":"https://evil.example/jwks","x5u":"https://evil.example/x","jwk":{"kty":"RSA"}}`,
			text(idToken(now, nil))),
	}
	a := startStill(t, nil)
	for name, headerValue := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := a.Authorize(t.Context(), request(headerValue)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestBadTokensAreUnauthorized(t *testing.T) {
	t.Parallel()
	key, foreign := firstKey(), secondKey()
	foreign.kid = key.kid
	good := key.token(idToken(now, nil))
	parts := strings.Split(good, ".")
	with := func(changes object) string { return key.token(idToken(now, changes)) }
	headed := func(header string) string { return key.sign(header, text(idToken(now, nil))) }
	claiming := func(claims string) string { return key.sign(text(key.header()), claims) }
	unsigned := func(alg string) string {
		return encode([]byte(`{"alg":"`+alg+`","kid":"first"}`)) + "." + encode([]byte(text(idToken(now, nil))))
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	signedBy := func(signature []byte) string { return parts[0] + "." + parts[1] + "." + encode(signature) }
	// The last character of 256 bytes in base64 stands for two bits alone.
	respelled := parts[0] + "." + parts[1] + "." + parts[2][:len(parts[2])-1] +
		string(base64Digits[strings.IndexByte(base64Digits, parts[2][len(parts[2])-1])+1])
	lastBitChanged := slices.Clone(signature)
	lastBitChanged[len(signature)-1] ^= 1

	tests := map[string]struct{ token, reason string }{
		"empty":                {"", "no token"},
		"scheme alone":         {"Bearer ", "no token"},
		"two schemes":          {"Bearer Bearer " + good, "header is malformed"},
		"another scheme":       {"Basic " + good, "header is malformed"},
		"garbage":              {"garbage", "three parts"},
		"dots":                 {"..", "header is malformed"},
		"four parts":           {good + ".x", "three parts"},
		"1 MB":                 {strings.Repeat("a", 1<<20), "too long"},
		"1 MB of dots":         {strings.Repeat(".", 1<<20), "too long"},
		"longer than 8 KB":     {with(object{"pad": strings.Repeat("x", 8000)}), "too long"},
		"line break":           {parts[0] + "\n." + parts[1] + "." + parts[2], "line breaks"},
		"padded base64":        {parts[0] + "=." + parts[1] + "." + parts[2], "header is malformed"},
		"truncated":            {good[:len(good)/2], "three parts"},
		"signature cut":        {signedBy(signature[:len(signature)-1]), "does not verify"},
		"signature missing":    {signedBy(nil), "does not verify"},
		"signature respelled":  {respelled, "signature is malformed"},
		"signature not base64": {parts[0] + "." + parts[1] + ".!", "signature is malformed"},
		"signature changed":    {signedBy(lastBitChanged), "does not verify"},
		"claims exchanged":     {parts[0] + "." + strings.Split(with(object{"sub": "eve"}), ".")[1] + "." + parts[2], "does not verify"},
		"header no object":     {headed(`[]`), "header is malformed"},
		"header null":          {headed(`null`), "not RS256"},
		"claims no object":     {claiming(`"x"`), "claims are malformed"},
		"claims null":          {claiming(`null`), "not one of ours"},
		"claims not UTF-8":     {claiming("{\"sub\":\"\xff\"}"), "claims are malformed"},
		"header member twice":  {headed(`{"alg":"none","alg":"RS256","kid":"first"}`), "header is malformed"},
		"claim twice":          {claiming(`{"sub":"eve",` + text(idToken(now, nil))[1:]), "claims are malformed"},
		"other claim twice":    {claiming(`{"x":1,"x":2,` + text(idToken(now, nil))[1:]), "claims are malformed"},
		"claim in capitals":    {with(object{"exp": nil, "EXP": now.Unix() + 60}), "exp claim is required"},

		"alg none":                      {unsigned("none") + ".", "not RS256"},
		"alg None":                      {unsigned("None") + ".", "not RS256"},
		"no alg":                        {headed(`{"kid":"first"}`), "not RS256"},
		"HS256 with the key as secret":  {hs256(unsigned("HS256"), key), "not RS256"},
		"RS256 said, HS256 done":        {hs256(unsigned("RS256"), key), "does not verify"},
		"RS512":                         {headed(`{"alg":"RS512","kid":"first"}`), "not RS256"},
		"PS256":                         {headed(`{"alg":"PS256","kid":"first"}`), "not RS256"},
		"no kid":                        {headed(`{"alg":"RS256"}`), "names no key"},
		"empty kid":                     {headed(`{"alg":"RS256","kid":""}`), "names no key"},
		"kid is a number":               {headed(`{"alg":"RS256","kid":1}`), "header is malformed"},
		"wrong kid":                     {headed(`{"alg":"RS256","kid":"unknown"}`), "does not have the token's key"},
		"foreign key under a known kid": {foreign.token(idToken(now, nil)), "does not verify"},
		"foreign key offered by the token": {foreign.sign(text(object{"alg": "RS256", "kid": "first", "jwk": foreign.jwk(),
			"jku": "https://evil.example/jwks"}), text(idToken(now, nil))), "does not verify"},
		"critical extension":   {headed(`{"alg":"RS256","kid":"first","crit":["b64"],"b64":false}`), "critical"},
		"access token by type": {headed(`{"alg":"RS256","kid":"first","typ":"at+jwt"}`), "another type"},
		"access token":         {with(object{"token_use": "access", "client_id": clientID}), "not an ID token"},
		"access token, no aud": {with(object{"token_use": "access", "aud": nil}), "aud claim is required"},
		"no token_use":         {with(object{"token_use": nil}), "not an ID token"},
		"foreign issuer":       {with(object{"iss": "https://evil.example/"}), "not one of ours"},
		"issuer with a slash":  {with(object{"iss": issuerURL + "/"}), "not one of ours"},
		"no issuer":            {with(object{"iss": nil}), "not one of ours"},
		"wrong audience":       {with(object{"aud": "another"}), "invalid audience"},
		"wrong audiences":      {with(object{"aud": []string{"another", "third"}}), "invalid audience"},
		"no audience":          {with(object{"aud": nil}), "aud claim is required"},
		"empty audiences":      {with(object{"aud": []string{}}), "aud claim is required"},
		"audience is a number": {with(object{"aud": 1}), "claims are malformed"},
		"expired":              {with(object{"exp": now.Unix() - 10}), "expired"},
		"long expired":         {with(object{"exp": 1}), "expired"},
		"no expiry":            {with(object{"exp": nil}), "exp claim is required"},
		"expiry is a word":     {with(object{"exp": "never"}), "claims are malformed"},
		"not yet valid":        {with(object{"nbf": now.Unix() + 11}), "not valid yet"},
		"issued in the future": {with(object{"iat": now.Unix() + 11}), "before issued"},
		"no subject":           {with(object{"sub": nil}), "subject"},
		"empty subject":        {with(object{"sub": ""}), "subject"},
		"subject *":            {with(object{"sub": "*"}), "subject"},
		"subject with ?":       {with(object{"sub": "a?"}), "subject"},
		"subject with a slash": {with(object{"sub": "a/b"}), "subject"},
		"subject ..":           {with(object{"sub": ".."}), "subject"},
		"subject with a break": {with(object{"sub": "a\n"}), "subject"},
		"subject too long":     {with(object{"sub": strings.Repeat("a", 129)}), "subject"},
		"subject is a number":  {with(object{"sub": 7}), "claims are malformed"},
		"groups is a string":   {with(object{"cognito:groups": "apiAdmins"}), "groups"},
		"groups is an object":  {with(object{"cognito:groups": object{"apiAdmins": true}}), "groups"},
		"groups with a number": {with(object{"cognito:groups": []any{"apiAdmins", 1}}), "groups"},
		"groups with null":     {with(object{"cognito:groups": []any{"apiAdmins", nil}}), "groups"},
		"groups is null":       {claiming(`{"cognito:groups":null,` + text(idToken(now, nil))[1:]), "groups"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			a := startStill(t, func(c *authorizer.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
			response, err := a.Authorize(t.Context(), request(test.token))
			if !errors.Is(err, iampolicy.ErrUnauthorized) {
				t.Fatalf("got %+v, %v", response, err)
			}
			if len(response.PolicyDocument.Statement) != 0 || response.PrincipalID != "" {
				t.Errorf("the refusal has a policy: %+v", response)
			}
			if !strings.Contains(err.Error(), test.reason) {
				t.Errorf("refused because %q, want %q", err, test.reason)
			}
			if !strings.Contains(log.String(), test.reason) {
				t.Errorf("the log does not say %q: %s", test.reason, &log)
			}
			if raw := strings.TrimPrefix(test.token, "Bearer "); len(raw) > 20 && strings.Contains(log.String(), raw[:20]) {
				t.Errorf("the log quotes the token: %s", &log)
			}
		})
	}
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// hs256 signs with the issuer's public key as the secret, which is no secret.
func hs256(signed string, key signer) string {
	der, err := x509.MarshalPKIXPublicKey(&key.key.PublicKey)
	if err != nil {
		panic(err)
	}
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	mac.Write([]byte(signed))
	return signed + "." + encode(mac.Sum(nil))
}

func TestEveryIssuerIsHeldToItsOwnTerms(t *testing.T) {
	t.Parallel()
	const other = "https://login.example.com/"
	a := startStill(t, func(c *authorizer.Config) {
		server := &keyServer{}
		server.publishes(secondKey().jwk())
		c.Issuers = append(c.Issuers, authorizer.Issuer{
			Issuer: other, JWKSURL: other + "jwks", Audiences: []string{"app"}, GroupsClaim: "roles",
		})
		first := c.HTTPClient.Transport
		c.HTTPClient.Transport = byHost{"login.example.com": server, "cognito-idp.us-east-1.amazonaws.com": first}
	})
	claims := func(changes object) object {
		return idToken(now, object{"iss": other, "aud": "app", "token_use": nil, "roles": []string{"apiAdmins"}}).with(changes)
	}
	tests := []struct {
		name, token string
		ok          bool
	}{
		{"the first issuer", firstKey().token(idToken(now, nil)), true},
		{"the second issuer, without token_use", secondKey().token(claims(nil)), true},
		{"the first's key in the second's name", firstKey().token(claims(nil)), false},
		{"the second's key in the first's name", secondKey().token(idToken(now, nil)), false},
		{"the first's audience at the second", secondKey().token(claims(object{"aud": clientID})), false},
		{"groups of the wrong type in the second's claim", secondKey().token(claims(object{"roles": "apiAdmins"})), false},
		{"anything in the first's claim at the second", secondKey().token(claims(object{"cognito:groups": 1})), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := a.Authorize(t.Context(), request(test.token))
			if test.ok && err != nil || !test.ok && !errors.Is(err, iampolicy.ErrUnauthorized) {
				t.Errorf("got %v, want acceptance: %t", err, test.ok)
			}
		})
	}
}

func TestEventsThatAreNoTokenEventsAreNotUnauthorized(t *testing.T) {
	t.Parallel()
	good := firstKey().token(idToken(now, nil))
	for name, event := range map[string]iampolicy.TokenRequest{
		"another type":   {Type: "REQUEST", AuthorizationToken: good, MethodArn: api + "GET/locations"},
		"no type":        {AuthorizationToken: good, MethodArn: api + "GET/locations"},
		"no method ARN":  {Type: "TOKEN", AuthorizationToken: good},
		"wildcard stage": {Type: "TOKEN", AuthorizationToken: good, MethodArn: "arn:aws:execute-api:us-east-1:1:a/*/GET/x"},
		"policy too long": {Type: "TOKEN", AuthorizationToken: good,
			MethodArn: "arn:aws:execute-api:us-east-1:1:a/" + strings.Repeat("s", 500) + "/GET/x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := startStill(t, nil).Authorize(t.Context(), event)
			if err == nil || errors.Is(err, iampolicy.ErrUnauthorized) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func FuzzAuthorize(f *testing.F) {
	key := firstKey()
	good := key.token(idToken(now, nil))
	f.Add(good[:len(good)-1])
	f.Add("Bearer " + encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(`{}`)) + ".")
	f.Add(encode([]byte(text(key.header()))) + "." + encode([]byte(text(idToken(now, nil)))) + ".AAAA")
	f.Add("..")
	f.Add("\xff.\x00.=")
	a := startStill(f, nil)
	f.Fuzz(func(t *testing.T, headerValue string) {
		if headerValue == good {
			t.Skip()
		}
		_, err := a.Authorize(t.Context(), request(headerValue))
		if !errors.Is(err, iampolicy.ErrUnauthorized) {
			t.Errorf("%q: %v", headerValue, err)
		}
	})
}

// FuzzClaims signs whatever it is given: even an issuer that is careless or
// taken over must not make the authorizer panic or write a wide policy.
func FuzzClaims(f *testing.F) {
	f.Add(text(firstKey().header()), text(idToken(now, nil)))
	f.Add(text(firstKey().header()), text(idToken(now, object{"sub": "*", "cognito:groups": []any{nil}})))
	f.Add(`{"alg":"RS256","kid":"first"}`, `{"exp":1e400,"aud":[[]]}`)
	f.Add(`[`, `{"exp":-0.5}`)
	a := startStill(f, nil)
	f.Fuzz(func(t *testing.T, header, claims string) {
		response, err := a.Authorize(t.Context(), request(firstKey().sign(header, claims)))
		switch {
		case errors.Is(err, iampolicy.ErrUnauthorized):
		case err != nil:
			t.Errorf("%s %s: %v", header, claims, err)
		case response.PolicyDocument.Validate() != nil:
			t.Errorf("invalid policy: %+v", response)
		}
	})
}

func BenchmarkAuthorize(b *testing.B) {
	token := firstKey().token(idToken(now, object{"cognito:groups": []string{"staff", "apiAdmins"}}))
	for name, event := range map[string]iampolicy.TokenRequest{
		"good": request("Bearer " + token), "expired": request(firstKey().token(idToken(now.Add(-2*time.Hour), nil))),
	} {
		b.Run(name, func(b *testing.B) {
			a := startStill(b, nil)
			b.ReportAllocs()
			for b.Loop() {
				_, _ = a.Authorize(b.Context(), event)
			}
		})
	}
}
