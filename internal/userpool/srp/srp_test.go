package srp_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/internal/userpool/srp"
)

var prime, _ = new(big.Int).SetString(
	"ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd"+
		"ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed"+
		"ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f"+
		"83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b"+
		"e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa0510"+
		"15728e5a8aaac42dad33170d04507a33a85521abdf1cba64ecfb850458dbef0a8aea71575d060c7db3970f85a6e1e4c7"+
		"abf5ae8cdb0933d71e8c94e04a25619dcee3d2261ad2ee6bf12ffa06d98a0864d87602733ec86a64521f2b18177b200c"+
		"bbe117577a615d6c770988c0bad946e208e24fa074e5ab3143db5bfce0fd108e4b82d120a93ad2caffffffffffffffff", 16)

// TestVector checks every intermediate value of a worked example of the exchange.
func TestVector(t *testing.T) {
	repeated := func(letter string) []byte {
		sum := sha256.Sum256([]byte(letter))
		return bytes.Repeat(sum[:], 4)
	}
	id := srp.Identity{Pool: "TestPool1", User: "11111111-2222-4333-8444-555555555555"}
	salt, err := hex.DecodeString("8a1b2c3d4e5f60718293a4b5c6d7e8f9")
	if err != nil {
		t.Fatal(err)
	}
	verifier := srp.Verifier(id, "Passw0rd!", salt)
	a := new(big.Int).Exp(big.NewInt(2), new(big.Int).SetBytes(repeated("a")), prime)
	b := new(big.Int).Exp(big.NewInt(2), new(big.Int).SetBytes(repeated("b")), prime)
	k, _ := new(big.Int).SetString("538282c4354742d7cbbde2359fcf67f9f5b3a6b08791e5011b43b8a5b66d9ee6", 16)
	b.Add(b, k.Mul(k, new(big.Int).SetBytes(verifier))).Mod(b, prime)

	exchange := srp.Exchange{ClientPublic: a.Text(16), ServerPublic: b.Text(16), Secret: repeated("b")}
	check := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s = %s, want %s", what, got, want)
		}
	}
	digest := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return hex.EncodeToString(sum[:])
	}
	check("digest of A", digest(exchange.ClientPublic), "beee990bbc56d44949fcaf8f3f1eb77cc8d1b09d87723a902acbf00d02ab627f")
	check("digest of B", digest(exchange.ServerPublic), "4b7c381d3d876980daea479b95d64123cfbeb476c98fe847614dd243213bf27b")
	key, err := exchange.Key(verifier)
	if err != nil {
		t.Fatal(err)
	}
	check("key", hex.EncodeToString(key), "17aea5cf6ab261eeaace06b80c3276a0")
	proof := srp.Proof(key, id, []byte("secret-block-bytes"), "Tue Mar 5 09:07:03 UTC 2024")
	check("proof", base64.StdEncoding.EncodeToString(proof), "VoX3UR1yjVUa8TTVlZjC8dD6QhblSfmcuCI0gRNsRYw=")
}

func TestStartRefusesPublicValuesThatNoFairClientSends(t *testing.T) {
	double := new(big.Int).Add(prime, prime)
	for name, a := range map[string]string{
		"empty":         "",
		"zero":          "0",
		"the prime":     prime.Text(16),
		"its double":    double.Text(16),
		"negative":      "-1",
		"not hex":       "xyz",
		"signed prefix": "+1",
		"underscores":   "1_0",
		"far too long":  strings.Repeat("f", 10_000),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := srp.Start(rand.Reader, a, []byte{2}); !errors.Is(err, srp.ErrBadPublic) {
				t.Errorf("got %v, want ErrBadPublic", err)
			}
		})
	}
}

func TestSaltsNeverStartWithZero(t *testing.T) {
	source := bytes.NewReader(append(make([]byte, srp.SaltSize), bytes.Repeat([]byte{7}, srp.SaltSize)...))
	salt, err := srp.NewSalt(source)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(salt, bytes.Repeat([]byte{7}, srp.SaltSize)) {
		t.Errorf("kept a salt with a leading zero: %x", salt)
	}
}

func TestVerifierDependsOnEveryInput(t *testing.T) {
	id := srp.Identity{Pool: "p", User: "u"}
	base := srp.Verifier(id, "secret", []byte{1})
	for name, other := range map[string][]byte{
		"pool":     srp.Verifier(srp.Identity{Pool: "q", User: "u"}, "secret", []byte{1}),
		"user":     srp.Verifier(srp.Identity{Pool: "p", User: "w"}, "secret", []byte{1}),
		"password": srp.Verifier(id, "other", []byte{1}),
		"salt":     srp.Verifier(id, "secret", []byte{2}),
	} {
		if bytes.Equal(base, other) {
			t.Errorf("the verifier is the same for another %s", name)
		}
	}
}
