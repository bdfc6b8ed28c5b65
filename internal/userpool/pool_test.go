package userpool_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"
	"go.uber.org/goleak"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/userpool"
	"github.com/spacefinder/spacefinder/internal/userpool/password"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ada      = "ada@example.com"
	grace    = "grace@example.com"
	goodPass = "Correct-horse-1"
	nextPass = "Battery-staple-2"
)

// clock is a time that tests move by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// outbox is a Sender that keeps what it gets, or fails.
type outbox struct {
	mu       sync.Mutex
	messages []userpool.Message
	err      error
}

func (o *outbox) Send(_ context.Context, m userpool.Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.messages = append(o.messages, m)
	return o.err
}

// last returns the newest message.
func (o *outbox) last(t testing.TB) userpool.Message {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.messages) == 0 {
		t.Fatal("no message was sent")
	}
	return o.messages[len(o.messages)-1]
}

func (o *outbox) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.messages)
}

// testKeys hands out a few RSA keys over and over: making them is what takes time in these tests.
var testKeys = sync.OnceValues(func() ([]*rsa.PrivateKey, error) {
	var keys []*rsa.PrivateKey
	for range 4 {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, nil
})

// world is a pool behind a real HTTP server, with the AWS SDK as its client.
type world struct {
	t      testing.TB
	pool   *userpool.Pool
	url    string
	clock  *clock
	mail   *outbox
	logs   *bytes.Buffer
	public *idp.Client // unsigned
	admin  *idp.Client // signs with the administrator's key
	folder string
	db     *sqlitedb.DB
	serve  http.Handler
	close  func() error // of the pool and its database
}

// newWorld starts a pool with the configuration's other members set for tests.
func newWorld(t testing.TB, change ...func(*userpool.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{now: time.Now().Truncate(time.Second)}, mail: &outbox{}, logs: &bytes.Buffer{}, folder: t.TempDir()}
	server := httptest.NewServer(http.StripPrefix("/cognito", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.serve.ServeHTTP(rw, r)
	})))
	t.Cleanup(server.Close)
	w.url = server.URL + "/cognito"
	w.open(change...)
	w.public = w.client(aws.AnonymousCredentials{})
	id, secret := w.pool.AdminAccessKey()
	w.admin = w.client(credentials.NewStaticCredentialsProvider(id, secret, ""))
	return w
}

// open opens the database and the pool of the world, and closes them when the test ends.
func (w *world) open(change ...func(*userpool.Config)) {
	w.t.Helper()
	db, err := sqlitedb.Open(w.t.Context(), sqlitedb.Config{Path: filepath.Join(w.folder, "pool.db")})
	if err != nil {
		w.t.Fatal(err)
	}
	w.db = db
	keys, err := testKeys()
	if err != nil {
		w.t.Fatal(err)
	}
	var mu sync.Mutex
	next := 0
	cfg := userpool.Config{
		BaseURL:      w.url,
		PasswordHash: password.Params{Memory: 8, Time: 1, Parallelism: 1},
		Sender:       w.mail,
		Now:          w.clock.Now,
		Logger:       w.logger(),
		NewKey: func() (*rsa.PrivateKey, error) {
			mu.Lock()
			defer mu.Unlock()
			next++
			return keys[next%len(keys)], nil
		},
	}
	for _, c := range change {
		c(&cfg)
	}
	w.pool, err = userpool.Open(w.t.Context(), db, cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.serve = w.pool.Handler()
	pool := w.pool
	w.close = sync.OnceValue(func() error { return errors.Join(pool.Close(), db.Close()) })
	closed := w.close
	w.t.Cleanup(func() {
		if err := closed(); err != nil {
			w.t.Errorf("closing: %v", err)
		}
	})
}

func (w *world) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// restart closes the pool and opens it again from the same file.
func (w *world) restart(change ...func(*userpool.Config)) {
	w.t.Helper()
	if err := w.close(); err != nil {
		w.t.Fatal(err)
	}
	w.open(change...)
}

func (w *world) client(c aws.CredentialsProvider) *idp.Client {
	transport := &http.Transport{}
	w.t.Cleanup(transport.CloseIdleConnections)
	return idp.New(idp.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(w.url),
		Credentials:  c,
		HTTPSignerV4: signer{v4.NewSigner(), w.clock},
		HTTPClient:   &http.Client{Transport: transport},
		Retryer:      aws.NopRetryer{},
	})
}

// signer signs by the world's clock rather than the machine's.
type signer struct {
	*v4.Signer
	clock *clock
}

func (s signer) SignHTTP(ctx context.Context, c aws.Credentials, r *http.Request, hash, service, region string, _ time.Time,
	options ...func(*v4.SignerOptions),
) error {
	return s.Signer.SignHTTP(ctx, c, r, hash, service, region, s.clock.Now(), options...)
}

func (w *world) clientID() *string { return aws.String(w.pool.ClientID()) }
func (w *world) poolID() *string   { return aws.String(w.pool.ID()) }

// must fails the test on an error and returns the other value.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// signUp registers the address and returns the user's sub.
func (w *world) signUp(email, pass string) string {
	w.t.Helper()
	out := must(w.public.SignUp(w.t.Context(), &idp.SignUpInput{
		ClientId: w.clientID(), Username: aws.String(email), Password: aws.String(pass),
	}))(w.t)
	return aws.ToString(out.UserSub)
}

// user registers and confirms the address.
func (w *world) user(email, pass string) string {
	w.t.Helper()
	sub := w.signUp(email, pass)
	must(w.public.ConfirmSignUp(w.t.Context(), &idp.ConfirmSignUpInput{
		ClientId: w.clientID(), Username: aws.String(email), ConfirmationCode: aws.String(w.mail.last(w.t).Code),
	}))(w.t)
	return sub
}

// tryPassword signs in with USER_PASSWORD_AUTH.
func (w *world) tryPassword(name, pass string) (*idp.InitiateAuthOutput, error) {
	return w.public.InitiateAuth(w.t.Context(), &idp.InitiateAuthInput{
		ClientId: w.clientID(), AuthFlow: types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": name, "PASSWORD": pass},
	})
}

// signIn signs in and returns the tokens.
func (w *world) signIn(name, pass string) *types.AuthenticationResultType {
	w.t.Helper()
	out := must(w.tryPassword(name, pass))(w.t)
	if out.AuthenticationResult == nil {
		w.t.Fatalf("no tokens but challenge %q", out.ChallengeName)
	}
	return out.AuthenticationResult
}

func (w *world) refresh(token *string) (*idp.InitiateAuthOutput, error) {
	return w.public.InitiateAuth(w.t.Context(), &idp.InitiateAuthInput{
		ClientId: w.clientID(), AuthFlow: types.AuthFlowTypeRefreshTokenAuth,
		AuthParameters: map[string]string{"REFRESH_TOKEN": aws.ToString(token)},
	})
}

// wantError fails unless err is the service's refusal of that kind and with that message.
func wantError(t *testing.T, err error, kind, message string) {
	t.Helper()
	var refusal smithy.APIError
	if !errors.As(err, &refusal) {
		t.Errorf("got %v, want %s %q", err, kind, message)
		return
	}
	if refusal.ErrorCode() != kind || refusal.ErrorMessage() != message {
		t.Errorf("got %s %q, want %s %q", refusal.ErrorCode(), refusal.ErrorMessage(), kind, message)
	}
}

// isLocked reports whether err is the refusal of somebody who is locked out.
func isLocked(err error) bool {
	var refusal smithy.APIError
	return errors.As(err, &refusal) && refusal.ErrorMessage() == "Password attempts exceeded"
}
