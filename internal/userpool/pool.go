package userpool

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spacefinder/spacefinder/internal/sigv4"
	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/userpool/password"
)

// serviceName is the scope that administrative calls are signed for.
const serviceName = "cognito-idp"

// Pool is an open user pool. Its methods may be called from any goroutine.
type Pool struct {
	cfg      Config
	db       *sqlitedb.DB
	log      *slog.Logger
	settings settings
	hasher   *password.Hasher
	verifier *sigv4.Verifier
	keys     atomic.Pointer[keyring]
	rotation sync.Mutex // held while keys are replaced

	operations map[string]operation

	stop      context.CancelFunc
	keeping   sync.WaitGroup
	closeOnce sync.Once
}

// Open opens the pool that db holds. On first start it makes the pool's and
// the client's id, the administrator's access key, the signing keys and the
// administrators' group. It starts one goroutine, which removes what has
// expired, until Close. The database must stay open until then.
func Open(ctx context.Context, db *sqlitedb.DB, cfg Config) (*Pool, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx, component, schema()); err != nil {
		return nil, err
	}
	p := &Pool{
		cfg:    cfg,
		db:     db,
		log:    cfg.Logger,
		hasher: password.NewHasher(cfg.PasswordHash, cfg.Rand, cfg.HashWorkers, cfg.HashQueue),
	}
	if err := p.load(ctx); err != nil {
		return nil, err
	}
	p.verifier = &sigv4.Verifier{Region: cfg.Region, Service: serviceName, Secret: p.secretOf, Now: cfg.Now}
	p.operations = p.operationTable()
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	p.stop = stop
	p.keeping.Go(func() { p.keepEvery(background, keepInterval) })
	return p, nil
}

// load reads the settings and keys, making them on first start.
func (p *Pool) load(ctx context.Context) error {
	if err := p.loadSettings(ctx); err != nil {
		return err
	}
	return p.loadKeys(ctx)
}

// Close ends the pool's goroutine. It leaves the database open.
func (p *Pool) Close() error {
	p.closeOnce.Do(func() {
		p.stop()
		p.keeping.Wait()
	})
	return nil
}

// ID returns the pool's id, REGION_xxxxxxxxx.
func (p *Pool) ID() string { return p.settings.poolID }

// ClientID returns the id of the pool's only client, which has no secret.
func (p *Pool) ClientID() string { return p.settings.clientID }

// Issuer returns the "iss" of the pool's tokens.
func (p *Pool) Issuer() string { return p.cfg.BaseURL + "/" + p.settings.poolID }

// AdminAccessKey returns the AWS access key that signs administrative calls.
func (p *Pool) AdminAccessKey() (id, secret string) {
	return p.settings.accessKeyID, p.settings.secretAccessKey
}

func (p *Pool) secretOf(accessKeyID string) (string, bool) {
	return p.settings.secretAccessKey, accessKeyID == p.settings.accessKeyID
}

func (p *Pool) now() time.Time { return p.cfg.Now() }

// random returns n random bytes. A source of randomness that fails leaves
// nothing safe to do, so that is a panic, as in crypto/rand.
func (p *Pool) random(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(p.cfg.Rand, b); err != nil {
		panic("userpool: the source of randomness failed: " + err.Error())
	}
	return b
}
