package authorizer

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"

	"github.com/go-json-experiment/json"
)

// Bounds of a key set.
const (
	maxJWKSLength = 128 << 10 // bytes
	maxKeys       = 32        // usable keys
	minKeyBits    = 2048      // RFC 7518, section 3.3
	maxKeyBits    = 8192      // verifying takes time with the square of this
)

// jwksSource is the address where an issuer publishes its keys.
type jwksSource struct {
	url    string
	client *http.Client
}

// fetch returns the issuer's RS256 keys by key id, at least one.
func (s jwksSource) fetch(ctx context.Context) (map[string]*rsa.PublicKey, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, http.NoBody)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/jwk-set+json, application/json")
	response, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the issuer answered %d instead of its keys", response.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxJWKSLength+1))
	if err != nil {
		return nil, fmt.Errorf("reading the key set: %w", err)
	}
	if len(text) > maxJWKSLength {
		return nil, fmt.Errorf("the key set exceeds %d bytes", maxJWKSLength)
	}
	return parseJWKS(text)
}

// jwk is a JSON Web Key; of the key's own parameters only those of RSA.
//
// Source: RFC 7517, section 4; RFC 7518, section 6.3
type jwk struct {
	Kty string `json:"kty"`
	Use string `json:"use"`
	Alg string `json:"alg"`
	Kid string `json:"kid"`
	N   string `json:"n"`
	E   string `json:"e"`
}

// parseJWKS returns the keys of the set that can verify an RS256 signature.
// Other keys are passed over, as RFC 7517, section 5 asks.
func parseJWKS(text []byte) (map[string]*rsa.PublicKey, error) {
	var set struct {
		Keys []jwk `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, errors.New("the key set is not valid JSON of that form")
	}
	keys := make(map[string]*rsa.PublicKey)
	for _, k := range set.Keys {
		key, ok := k.rs256()
		if !ok {
			continue
		}
		if _, twice := keys[k.Kid]; twice {
			return nil, errors.New("the key set has two keys of one id")
		}
		if len(keys) == maxKeys {
			return nil, fmt.Errorf("the key set has more than %d keys", maxKeys)
		}
		keys[k.Kid] = key
	}
	if len(keys) == 0 {
		return nil, errors.New("the key set has no usable key")
	}
	return keys, nil
}

func (k jwk) meantForRS256() bool {
	return k.Kty == "RSA" && k.Kid != "" && (k.Use == "" || k.Use == "sig") && (k.Alg == "" || k.Alg == "RS256")
}

// rs256 returns the key if it is meant and fit for verifying RS256.
func (k jwk) rs256() (*rsa.PublicKey, bool) {
	if !k.meantForRS256() {
		return nil, false
	}
	n, err := base64url.DecodeString(k.N)
	if err != nil || len(n) > maxKeyBits/8 {
		return nil, false
	}
	e, err := base64url.DecodeString(k.E)
	if err != nil || len(e) > 4 {
		return nil, false
	}
	modulus, exponent := new(big.Int).SetBytes(n), new(big.Int).SetBytes(e)
	if modulus.BitLen() < minKeyBits || modulus.Bit(0) == 0 {
		return nil, false
	}
	// crypto/rsa takes exponents up to 2^31-1.
	if exponent.BitLen() < 2 || exponent.BitLen() > 31 || exponent.Bit(0) == 0 {
		return nil, false
	}
	return &rsa.PublicKey{N: modulus, E: int(exponent.Int64())}, true
}
