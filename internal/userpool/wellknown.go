package userpool

import (
	"encoding/base64"
	"math/big"
	"net/http"

	"github.com/go-json-experiment/json"
)

// discoveryCache lets clients keep the documents for minutes: a verifier that
// meets an unknown key asks again anyway.
const discoveryCache = "public, max-age=300"

// jwk is a public RSA key as RFC 7517 and RFC 7518, section 6.3.1, write it.
type jwk struct {
	Alg string `json:"alg"`
	E   string `json:"e"`
	Kid string `json:"kid"`
	Kty string `json:"kty"`
	N   string `json:"n"`
	Use string `json:"use"`
}

func (p *Pool) serveJWKS(w http.ResponseWriter, _ *http.Request) {
	var set struct {
		Keys []jwk `json:"keys"`
	}
	for _, k := range p.liveKeys() {
		public := k.private.PublicKey
		set.Keys = append(set.Keys, jwk{
			Alg: "RS256", Kty: "RSA", Use: "sig", Kid: k.kid,
			E: base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes()),
			N: base64.RawURLEncoding.EncodeToString(public.N.Bytes()),
		})
	}
	writeDocument(w, set)
}

// discovery is what an OpenID provider says of itself.
// Source: OpenID Connect Discovery 1.0, section 3; RFC 8414, section 2; OpenID
// Connect RP-Initiated Logout 1.0, section 2.1.
type discovery struct {
	Issuer                string   `json:"issuer"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	TokenEndpoint         string   `json:"token_endpoint"`
	UserInfoEndpoint      string   `json:"userinfo_endpoint"`
	RevocationEndpoint    string   `json:"revocation_endpoint"`
	EndSessionEndpoint    string   `json:"end_session_endpoint"`
	JWKSURI               string   `json:"jwks_uri"`
	Algorithms            []string `json:"id_token_signing_alg_values_supported"`
	ResponseTypes         []string `json:"response_types_supported"`
	GrantTypes            []string `json:"grant_types_supported"`
	ChallengeMethods      []string `json:"code_challenge_methods_supported"`
	ClientAuthentication  []string `json:"token_endpoint_auth_methods_supported"`
	Scopes                []string `json:"scopes_supported"`
	SubjectTypes          []string `json:"subject_types_supported"`
}

// serveDiscovery names what this pool has.
func (p *Pool) serveDiscovery(w http.ResponseWriter, _ *http.Request) {
	writeDocument(w, discovery{
		Issuer:                p.Issuer(),
		AuthorizationEndpoint: p.cfg.BaseURL + pathAuthorize,
		TokenEndpoint:         p.cfg.BaseURL + pathToken,
		UserInfoEndpoint:      p.cfg.BaseURL + pathUserInfo,
		RevocationEndpoint:    p.cfg.BaseURL + pathRevoke,
		EndSessionEndpoint:    p.cfg.BaseURL + pathLogout,
		JWKSURI:               p.Issuer() + "/.well-known/jwks.json",
		Algorithms:            []string{"RS256"},
		ResponseTypes:         []string{"code"},
		GrantTypes:            []string{"authorization_code", "refresh_token"},
		ChallengeMethods:      []string{"S256"},
		ClientAuthentication:  []string{"none"},
		Scopes:                []string{scopeOpenID, scopeEmail, scopePhone, scopeProfile},
		SubjectTypes:          []string{"public"},
	})
}

func writeDocument(w http.ResponseWriter, document any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", discoveryCache)
	_ = json.MarshalWrite(w, document) // the client may be gone
}
