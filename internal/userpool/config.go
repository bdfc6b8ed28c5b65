package userpool

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spacefinder/spacefinder/internal/userpool/password"
)

// The sign-in flows that a pool can allow.
const (
	FlowUserPassword  = "USER_PASSWORD_AUTH"
	FlowUserSRP       = "USER_SRP_AUTH"
	FlowRefreshToken  = "REFRESH_TOKEN_AUTH"
	FlowAdminPassword = "ADMIN_USER_PASSWORD_AUTH"
)

// Config says how a pool behaves. Zero members mean the defaults, which are
// those of a new Cognito user pool unless said otherwise; BaseURL alone is
// required.
type Config struct {
	Region     string // default "us-east-1"; part of the pool's id and of the scope of signatures
	BaseURL    string // public address of the handler, without a slash at the end; the issuer is BaseURL + "/" + pool id
	AdminGroup string // default "apiAdmins"; created on first start with precedence 0

	PasswordPolicy password.Policy // default: eight characters of all four kinds
	PasswordHash   password.Params // costs of argon2id; default password.Recommended
	HashWorkers    int             // password hashes at the same time; default the number of CPUs
	HashQueue      int             // callers that may wait for one more; default 256

	AuthFlows          []string // default: the four Flow constants
	RequiredAttributes []string // at sign-up, beside email; default none
	NoSelfSignUp       bool     // only administrators create users
	// RevealUserExistence is Cognito's PreventUserExistenceErrors = LEGACY. The
	// default is ENABLED: an unknown user is answered like a wrong password.
	RevealUserExistence bool

	// CallbackURLs and LogoutURLs are where people may be sent after they signed
	// in or out, exactly as they are written, besides BaseURL's own /console/ and
	// /docs/. See CheckRedirectURL for what they may be.
	CallbackURLs []string
	LogoutURLs   []string

	IDTokenLifetime           time.Duration // default 1 h
	AccessTokenLifetime       time.Duration // default 1 h
	RefreshTokenLifetime      time.Duration // default 30 days
	SessionLifetime           time.Duration // to answer a challenge; default 3 min
	TemporaryPasswordLifetime time.Duration // default 7 days
	KeyLifetime               time.Duration // after which new keys sign; default 90 days

	MaxSignIns int // live sign-ins that are kept per user, the oldest make room; default 1000

	Sender Sender // delivers codes; default a LogSender over Logger
	Now    func() time.Time
	Rand   io.Reader                       // default crypto/rand
	NewKey func() (*rsa.PrivateKey, error) // makes signing keys; default RSA with 2048 bits
	Logger *slog.Logger                    // default none

	ObserveSignIn func(SignInOutcome) // told of every attempt to sign in with a password; must not block; default none
}

const day = 24 * time.Hour

var regionPattern = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)

// withDefaults returns the configuration with every member set.
func (c Config) withDefaults() Config {
	setDefault(&c.Region, "us-east-1")
	setDefault(&c.AdminGroup, "apiAdmins")
	setDefault(&c.PasswordPolicy, password.DefaultPolicy())
	setDefault(&c.PasswordHash, password.Recommended())
	setDefault(&c.HashWorkers, runtime.GOMAXPROCS(0))
	setDefault(&c.HashQueue, 256)
	setDefault(&c.IDTokenLifetime, time.Hour)
	setDefault(&c.AccessTokenLifetime, time.Hour)
	setDefault(&c.RefreshTokenLifetime, 30*day)
	setDefault(&c.SessionLifetime, 3*time.Minute)
	setDefault(&c.TemporaryPasswordLifetime, 7*day)
	setDefault(&c.KeyLifetime, 90*day)
	setDefault(&c.MaxSignIns, 1000)
	if c.AuthFlows == nil {
		c.AuthFlows = []string{FlowUserPassword, FlowUserSRP, FlowRefreshToken, FlowAdminPassword}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.NewKey == nil {
		c.NewKey = func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, keyBits) }
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.ObserveSignIn == nil {
		c.ObserveSignIn = func(SignInOutcome) {}
	}
	if c.Sender == nil {
		c.Sender = LogSender{Logger: c.Logger}
	}
	return c
}

func setDefault[T comparable](member *T, value T) {
	var zero T
	if *member == zero {
		*member = value
	}
}

// validate reports every member that cannot work, all at once. The ranges are Cognito's.
func (c Config) validate() error {
	var faults []error
	fault := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	fault(!isBaseURL(c.BaseURL), "base URL %q: want http(s)://host[/path] without a slash at the end", c.BaseURL)
	fault(!regionPattern.MatchString(c.Region), "region %q: want the form us-east-1", c.Region)
	fault(c.PasswordPolicy.MinimumLength < 6 || c.PasswordPolicy.MinimumLength > 99, "password policy: minimum length must be 6 to 99")
	fault(c.HashWorkers < 1 || c.HashQueue < 1 || c.MaxSignIns < 1, "hash workers, hash queue and sign-ins per user must be positive")
	between := func(what string, d, low, high time.Duration) {
		fault(d < low || d > high, "%s lifetime %v: want %v to %v", what, d, low, high)
	}
	between("ID token", c.IDTokenLifetime, 5*time.Minute, day)
	between("access token", c.AccessTokenLifetime, 5*time.Minute, day)
	between("refresh token", c.RefreshTokenLifetime, time.Hour, 3650*day)
	between("session", c.SessionLifetime, 3*time.Minute, 15*time.Minute)
	between("temporary password", c.TemporaryPasswordLifetime, day, 365*day)
	between("key", c.KeyLifetime, day, 3650*day)
	for _, flow := range c.AuthFlows {
		fault(!slices.Contains([]string{FlowUserPassword, FlowUserSRP, FlowRefreshToken, FlowAdminPassword}, flow), "unknown sign-in flow %q",
			flow)
	}
	fault(len(c.CallbackURLs) > maxRegistered || len(c.LogoutURLs) > maxRegistered, "more than %d callback or logout URLs", maxRegistered)
	for _, address := range slices.Concat(c.CallbackURLs, c.LogoutURLs) {
		err := CheckRedirectURL(address)
		fault(err != nil, "callback and logout URLs: %w", err)
	}
	for _, name := range c.RequiredAttributes {
		fault(!isStandardAttribute(name), "required attribute %q is not a standard one", name)
	}
	if faults == nil {
		return nil
	}
	return fmt.Errorf("user pool configuration: %w", errors.Join(faults...))
}

func isBaseURL(address string) bool {
	base, err := url.Parse(address)
	return err == nil && base.Host != "" && (base.Scheme == "http" || base.Scheme == "https") &&
		!strings.ContainsAny(address, "?#") && !strings.HasSuffix(address, "/")
}
