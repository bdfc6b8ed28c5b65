package userpool

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/userpool/srp"
)

// srpTimeLayout is how clients write the time of their proof: English names
// and a day without a leading zero.
const srpTimeLayout = "Mon Jan 2 15:04:05 UTC 2006"

// srpState is the server's half of an exchange. Between the two requests it
// travels with the client as SECRET_BLOCK, encrypted and authenticated, so that
// unfinished sign-ins cost the server nothing.
type srpState struct {
	Name     string       `json:"name"` // as the client typed it
	Sub      string       `json:"sub"`
	Exchange srp.Exchange `json:"exchange"`
	Expires  int64        `json:"expires"` // Unix milliseconds
}

// srpChallenge answers the client's SRP_A.
func (p *Pool) srpChallenge(ctx context.Context, given map[string]string) (authResponse, error) {
	values, err := parameters(given, "USERNAME", "SRP_A")
	if err != nil {
		return authResponse{}, err
	}
	s, err := p.subject(ctx, values[0], errNoUser)
	if err != nil {
		return authResponse{}, err
	}
	exchange, err := srp.Start(p.cfg.Rand, values[1], s.credential.verifier)
	if errors.Is(err, srp.ErrBadPublic) {
		return authResponse{}, refuse(kindInvalidParameter, "Invalid SRP_A.")
	}
	if err != nil {
		return authResponse{}, err
	}
	block, err := p.seal(srpState{Name: values[0], Sub: s.sub, Exchange: exchange,
		Expires: milliseconds(p.now().Add(p.cfg.SessionLifetime))})
	if err != nil {
		return authResponse{}, err
	}
	return authResponse{ChallengeName: challengeVerifier, ChallengeParameters: map[string]string{
		"SALT":            hex.EncodeToString(s.credential.salt),
		"SRP_B":           exchange.ServerPublic,
		"SECRET_BLOCK":    block,
		"USERNAME":        s.sub,
		"USER_ID_FOR_SRP": s.sub,
	}}, nil
}

// srpSignIn checks the client's proof.
func (p *Pool) srpSignIn(ctx context.Context, given map[string]string) (authResponse, error) {
	values, err := parameters(given, "USERNAME", "PASSWORD_CLAIM_SECRET_BLOCK", "TIMESTAMP", "PASSWORD_CLAIM_SIGNATURE")
	if err != nil {
		return authResponse{}, err
	}
	name, block, timestamp, signature := values[0], values[1], values[2], values[3]
	sealed, err := base64.StdEncoding.DecodeString(block)
	if err != nil {
		return authResponse{}, errWrongPassword
	}
	state, ok := p.unseal(sealed)
	if !ok || (name != state.Sub && !strings.EqualFold(name, state.Name)) {
		return authResponse{}, errWrongPassword
	}
	s, err := p.stateSubject(ctx, state)
	if err != nil {
		return authResponse{}, err
	}
	return p.signIn(ctx, s, proof{
		holds: func() (bool, error) {
			key, err := state.Exchange.Key(s.credential.verifier)
			if err != nil {
				return false, err
			}
			want := srp.Proof(key, p.srpIdentity(s.sub), sealed, timestamp)
			got, err := base64.StdEncoding.DecodeString(signature)
			return err == nil && hmac.Equal(got, want) && isSRPTime(timestamp), nil
		},
		once:    string(sealed), // not the text, which base64 lets a thief respell
		expires: time.UnixMilli(state.Expires),
	})
}

// stateSubject returns the user whom an exchange was begun for, or the same nobody.
func (p *Pool) stateSubject(ctx context.Context, state srpState) (subject, error) {
	var u user
	err := p.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		u, err = userBySub(tx, state.Sub)
		return err
	})
	if errors.Is(err, errNoUser) {
		return p.nobody(state.Sub), nil
	}
	return subject{user: u, known: true, key: u.sub}, err
}

// isSRPTime reports whether s is a time written exactly as Cognito wants it.
func isSRPTime(s string) bool {
	t, err := time.Parse(srpTimeLayout, s)
	return err == nil && t.Format(srpTimeLayout) == s
}

// seal encrypts the state with AES-256-GCM under a key derived from the pool's secret.
func (p *Pool) seal(state srpState) (string, error) {
	plain, err := json.Marshal(state)
	if err != nil {
		return "", err
	}
	aead, err := p.sealer()
	if err != nil {
		return "", err
	}
	nonce := p.random(aead.NonceSize())
	return base64.StdEncoding.EncodeToString(aead.Seal(nonce, nonce, plain, nil)), nil
}

// unseal returns the state of a block that this pool made and that has not expired.
func (p *Pool) unseal(block []byte) (state srpState, ok bool) {
	aead, err := p.sealer()
	if err != nil || len(block) < aead.NonceSize() {
		return srpState{}, false
	}
	plain, err := aead.Open(nil, block[:aead.NonceSize()], block[aead.NonceSize():], nil)
	if err != nil || json.Unmarshal(plain, &state) != nil {
		return srpState{}, false
	}
	return state, !p.now().After(time.UnixMilli(state.Expires))
}

func (p *Pool) sealer() (cipher.AEAD, error) {
	block, err := aes.NewCipher(p.keyed("srp-state"))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
