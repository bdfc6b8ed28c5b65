package people

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"time"

	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// The group of RFC 3526 section 4 (3072 bits), which Cognito's clients use.
const srpPrime = `
	FFFFFFFF FFFFFFFF C90FDAA2 2168C234 C4C6628B 80DC1CD1 29024E08 8A67CC74
	020BBEA6 3B139B22 514A0879 8E3404DD EF9519B3 CD3A431B 302B0A6D F25F1437
	4FE1356D 6D51C245 E485B576 625E7EC6 F44C42E9 A637ED6B 0BFF5CB6 F406B7ED
	EE386BFB 5A899FA5 AE9F2411 7C4B1FE6 49286651 ECE45B3D C2007CB8 A163BF05
	98DA4836 1C55D39A 69163FA8 FD24CF5F 83655D23 DCA3AD96 1C62F356 208552BB
	9ED52907 7096966D 670C354E 4ABC9804 F1746C08 CA18217C 32905E46 2E36CE3B
	E39E772C 180E8603 9B2783A2 EC07A28F B5C55DF0 6F4C52C9 DE2BCBF6 95581718
	3995497C EA956AE5 15D22618 98FA0510 15728E5A 8AAAC42D AD33170D 04507A33
	A85521AB DF1CBA64 ECFB8504 58DBEF0A 8AEA7157 5D060C7D B3970F85 A6E1E4C7
	ABF5AE8C DB0933D7 1E8C94E0 4A25619D CEE3D226 1AD2EE6B F12FFA06 D98A0864
	D8760273 3EC86A64 521F2B18 177B200C BBE11757 7A615D6C 770988C0 BAD946E2
	08E24FA0 74E5AB31 43DB5BFC E0FD108E 4B82D120 A93AD2CA FFFFFFFF FFFFFFFF`

// SignInSRP signs in with USER_SRP_AUTH: the password never leaves the client.
// This side of the exchange is written from the description of the protocol
// alone, so that it checks the server's.
func (p *Pool) SignInSRP(ctx context.Context, email, password string) (Tokens, error) {
	p.keep(password)
	n, _ := new(big.Int).SetString(strings.Join(strings.Fields(srpPrime), ""), 16)
	a, err := rand.Int(rand.Reader, n)
	if err != nil {
		return Tokens{}, err
	}
	publicA := new(big.Int).Exp(big.NewInt(2), a, n)
	out, err := p.Client.InitiateAuth(ctx, &cognito.InitiateAuthInput{
		ClientId: &p.ClientID, AuthFlow: types.AuthFlowTypeUserSrpAuth,
		AuthParameters: map[string]string{"USERNAME": email, "SRP_A": publicA.Text(16)},
	})
	if err != nil {
		return Tokens{}, err
	}
	if out.ChallengeName != types.ChallengeNameTypePasswordVerifier {
		return Tokens{}, fmt.Errorf("want the challenge PASSWORD_VERIFIER, got %q", out.ChallengeName)
	}
	answers, err := p.prove(out.ChallengeParameters, password, srpClient{n: n, a: a, publicA: publicA})
	if err != nil {
		return Tokens{}, err
	}
	done, err := p.Client.RespondToAuthChallenge(ctx, &cognito.RespondToAuthChallengeInput{
		ClientId: &p.ClientID, ChallengeName: types.ChallengeNameTypePasswordVerifier, Session: out.Session, ChallengeResponses: answers,
	})
	if err != nil {
		return Tokens{}, err
	}
	return p.tokens(done.AuthenticationResult)
}

func (p *Pool) prove(challenge map[string]string, password string, c srpClient) (map[string]string, error) {
	_, poolName, _ := strings.Cut(p.ID, "_")
	user := challenge["USER_ID_FOR_SRP"]
	salt, okSalt := new(big.Int).SetString(challenge["SALT"], 16)
	publicB, okB := new(big.Int).SetString(challenge["SRP_B"], 16)
	block, err := base64.StdEncoding.DecodeString(challenge["SECRET_BLOCK"])
	if err != nil || !okSalt || !okB || user == "" {
		return nil, fmt.Errorf("the challenge cannot be read: %v", challenge)
	}
	key := c.key(poolName+user+":"+password, salt, publicB)
	timestamp := time.Now().UTC().Format("Mon Jan 2 15:04:05 UTC 2006")
	proof := hmac256(key, []byte(poolName+user), block, []byte(timestamp))
	return map[string]string{
		"USERNAME":                    user,
		"PASSWORD_CLAIM_SECRET_BLOCK": challenge["SECRET_BLOCK"],
		"TIMESTAMP":                   timestamp,
		"PASSWORD_CLAIM_SIGNATURE":    base64.StdEncoding.EncodeToString(proof),
	}, nil
}

// srpClient is the client's side of one exchange.
type srpClient struct{ n, a, publicA *big.Int }

// key returns S = (B - k*g^x)^(a + u*x) mod N, put through one block of HKDF.
func (c srpClient) key(identity string, salt, publicB *big.Int) []byte {
	g := big.NewInt(2)
	k := number(sha(padded(c.n), padded(g)))
	u := number(sha(padded(c.publicA), padded(publicB)))
	x := number(sha(padded(salt), sha([]byte(identity))))
	base := new(big.Int).Exp(g, x, c.n)
	base.Sub(publicB, base.Mul(base, k)).Mod(base, c.n)
	exponent := new(big.Int).Mul(u, x)
	secret := new(big.Int).Exp(base, exponent.Add(exponent, c.a), c.n)
	prk := hmac256(padded(u), padded(secret))
	return hmac256(prk, []byte("Caldera Derived Key\x01"))[:16]
}

func number(b []byte) *big.Int { return new(big.Int).SetBytes(b) }

// padded returns a number as a signed integer does: a zero byte goes before a
// set top bit.
func padded(n *big.Int) []byte {
	b := n.Bytes()
	if len(b) > 0 && b[0] >= 0x80 {
		return append([]byte{0}, b...)
	}
	return b
}

func sha(parts ...[]byte) []byte {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

func hmac256(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}
