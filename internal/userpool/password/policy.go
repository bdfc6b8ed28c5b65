package password

import (
	"io"
	"strings"
)

// MaxLength is the longest password, in bytes.
const MaxLength = 256

const (
	lowercase = "abcdefghijklmnopqrstuvwxyz"
	uppercase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits    = "0123456789"
	symbols   = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- "

	// Generated passwords leave out the letters and digits that look alike, and every symbol that a shell might expand.
	generatedAlphabet = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	generatedGroups   = 5
	generatedGroup    = 4
)

// Policy says what a password needs. Letters are those of basic Latin, symbols
// those that Cognito counts.
// Source: https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html
type Policy struct {
	MinimumLength    int // characters, 6 to 99
	RequireUppercase bool
	RequireLowercase bool
	RequireNumbers   bool
	RequireSymbols   bool
}

// DefaultPolicy returns that of a pool without any: eight characters of all four kinds.
func DefaultPolicy() Policy {
	return Policy{MinimumLength: 8, RequireUppercase: true, RequireLowercase: true, RequireNumbers: true, RequireSymbols: true}
}

// Fault returns the first reason, in Cognito's words, why the password breaks
// the policy, or "".
func (p Policy) Fault(password string) string {
	switch {
	case len([]rune(password)) < p.MinimumLength:
		return "Password not long enough"
	case p.RequireUppercase && !strings.ContainsAny(password, uppercase):
		return "Password must have uppercase characters"
	case p.RequireLowercase && !strings.ContainsAny(password, lowercase):
		return "Password must have lowercase characters"
	case p.RequireNumbers && !strings.ContainsAny(password, digits):
		return "Password must have numeric characters"
	case p.RequireSymbols && !strings.ContainsAny(password, symbols):
		return "Password must have symbol characters"
	}
	return ""
}

// Generate returns a random password that meets the policy: at least five
// groups of four letters and digits joined by "-", some 115 bits, easy to read out and to paste into a shell.
func (p Policy) Generate(random io.Reader) (string, error) {
	for {
		candidate, err := p.candidate(random)
		if err != nil {
			return "", err
		}
		if p.Fault(candidate) == "" {
			return candidate, nil
		}
	}
}

func (p Policy) candidate(random io.Reader) (string, error) {
	var b strings.Builder
	for b.Len() < max(p.MinimumLength, generatedGroups*(generatedGroup+1)-1) {
		if b.Len() > 0 {
			b.WriteByte('-')
		}
		for range generatedGroup {
			c, err := pick(random, generatedAlphabet)
			if err != nil {
				return "", err
			}
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

// pick returns one byte of the alphabet, each as likely as the other.
func pick(random io.Reader, alphabet string) (byte, error) {
	fair := 256 - 256%len(alphabet)
	for {
		var b [1]byte
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return 0, err
		}
		if int(b[0]) < fair {
			return alphabet[int(b[0])%len(alphabet)], nil
		}
	}
}
