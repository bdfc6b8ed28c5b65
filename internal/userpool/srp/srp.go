// Package srp is the server's side of the Secure Remote Password exchange that
// Cognito's USER_SRP_AUTH flow uses: SRP-6a over the 3072-bit group of RFC 5054
// with SHA-256, where numbers are padded as signed integers (a leading zero
// byte when the top bit is set), and the session key is one block of
// HKDF-SHA256 with the label "Caldera Derived Key".
//
// The server keeps a salt and a verifier per user, never the password. Both
// are bound to the pool and to the user's immutable name.
//
// math/big is not constant time. What its timing could tell concerns one
// exchange's ephemeral exponent, not a stored secret.
package srp

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"io"
	"math/big"
	"strings"
)

// SaltSize is the length of a salt in bytes.
const SaltSize = 16

const (
	ephemeralSize = 32 // bytes of the server's secret exponent
	keySize       = 16
	infoBits      = "Caldera Derived Key\x01"
	groupBytes    = 384
	primeHex      = "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74" +
		"020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437" +
		"4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED" +
		"EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05" +
		"98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB" +
		"9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B" +
		"E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718" +
		"3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33" +
		"A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7" +
		"ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864" +
		"D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2" +
		"08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF"
)

// ErrBadPublic says that the client's public value is not a number of the
// group that a fair client could send.
var ErrBadPublic = errors.New("srp: the client's public value is not valid")

// Identity is what a verifier is bound to.
type Identity struct {
	Pool string // the part of the pool's id after "_"
	User string // the user's immutable name, not an alias
}

// group returns the prime N, the generator g and the multiplier k = H(N|g).
func group() (prime, generator, multiplier *big.Int) {
	prime, _ = new(big.Int).SetString(primeHex, 16)
	generator = big.NewInt(2)
	return prime, generator, hash(pad(prime), pad(generator))
}

// NewSalt returns SaltSize random bytes of which the first is never zero: some
// clients drop leading zeros and others keep them.
func NewSalt(random io.Reader) ([]byte, error) {
	salt := make([]byte, SaltSize)
	for salt[0] == 0 {
		if _, err := io.ReadFull(random, salt); err != nil {
			return nil, err
		}
	}
	return salt, nil
}

// Verifier returns g^x mod N, what the server stores in place of a password.
func Verifier(id Identity, password string, salt []byte) []byte {
	prime, generator, _ := group()
	inner := sha256.Sum256([]byte(id.Pool + id.User + ":" + password))
	x := hash(pad(new(big.Int).SetBytes(salt)), inner[:])
	return new(big.Int).Exp(generator, x, prime).Bytes()
}

// Exchange is the server's half of one sign-in, from the challenge to the
// proof. All fields are needed again to check the proof; Secret must not leave
// the server unencrypted.
type Exchange struct {
	ClientPublic string // SRP_A as hexadecimal digits
	ServerPublic string // SRP_B as hexadecimal digits
	Secret       []byte // the server's ephemeral exponent
}

// Start answers a client's SRP_A for the user who has the verifier. The error
// is ErrBadPublic when the value is not acceptable, else the random source's.
func Start(random io.Reader, clientPublic string, verifier []byte) (Exchange, error) {
	prime, generator, multiplier := group()
	if _, err := parsePublic(clientPublic, prime); err != nil {
		return Exchange{}, err
	}
	secret := make([]byte, ephemeralSize)
	public := new(big.Int)
	for public.Sign() == 0 {
		if _, err := io.ReadFull(random, secret); err != nil {
			return Exchange{}, err
		}
		public.Exp(generator, new(big.Int).SetBytes(secret), prime)
		public.Add(public, new(big.Int).Mul(multiplier, new(big.Int).SetBytes(verifier)))
		public.Mod(public, prime)
	}
	return Exchange{ClientPublic: clientPublic, ServerPublic: public.Text(16), Secret: secret}, nil
}

// Key returns the session key that a client who knows the password also has.
func (e Exchange) Key(verifier []byte) ([]byte, error) {
	prime, _, _ := group()
	a, err := parsePublic(e.ClientPublic, prime)
	if err != nil {
		return nil, err
	}
	b, err := parsePublic(e.ServerPublic, prime)
	if err != nil {
		return nil, err
	}
	u := hash(pad(a), pad(b))
	shared := new(big.Int).Exp(new(big.Int).SetBytes(verifier), u, prime)
	shared.Mul(shared, a).Exp(shared, new(big.Int).SetBytes(e.Secret), prime)
	prk := mac(pad(u), pad(shared))
	return mac(prk, []byte(infoBits))[:keySize], nil
}

// Proof is the signature by which a client shows that it has the key:
// HMAC-SHA256 over pool, user, secret block and timestamp.
func Proof(key []byte, id Identity, secretBlock []byte, timestamp string) []byte {
	return mac(key, []byte(id.Pool+id.User), secretBlock, []byte(timestamp))
}

func parsePublic(digits string, prime *big.Int) (*big.Int, error) {
	if digits == "" || len(digits) > 2*groupBytes+2 || strings.Trim(digits, "0123456789abcdefABCDEF") != "" {
		return nil, ErrBadPublic
	}
	n, ok := new(big.Int).SetString(digits, 16)
	if !ok || new(big.Int).Mod(n, prime).Sign() == 0 {
		return nil, ErrBadPublic
	}
	return n, nil
}

// pad returns the big-endian bytes of a positive number with one leading zero
// byte when the top bit is set.
func pad(n *big.Int) []byte {
	b := n.Bytes()
	if len(b) == 0 || b[0]&0x80 != 0 {
		return append([]byte{0}, b...)
	}
	return b
}

func hash(parts ...[]byte) *big.Int {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return new(big.Int).SetBytes(h.Sum(nil))
}

func mac(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}
