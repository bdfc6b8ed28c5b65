package gateway

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"

	"github.com/spacefinder/spacefinder/internal/gateway/backend"
	"github.com/spacefinder/spacefinder/internal/gateway/definition"
	"github.com/spacefinder/spacefinder/internal/gateway/route"
	"github.com/spacefinder/spacefinder/internal/iampolicy"
	"github.com/spacefinder/spacefinder/internal/xray"
)

// Config says what a Gateway serves. Only Document is required; Authorizers and
// Targets must have what the document names.
type Config struct {
	Document []byte // OpenAPI 3.0, YAML or JSON

	// Parts of method ARNs and of $context. Defaults: aws, us-east-1,
	// 000000000000, local, Prod.
	Partition, Region, AccountID, APIID, Stage string
	StageVariables                             map[string]string

	Authorizers map[string]Authorizer     // by name of the security scheme
	Targets     map[string]backend.Target // by authority (host or host:port) of the integration URI; closed by Close

	Throttle  Throttle
	AccessLog AccessLog
	Observe   func(Observation) // optional; called after each request, must not block

	Logger       *slog.Logger     // default discards
	Now          func() time.Time // default time.Now
	NewRequestID func() string    // a new UUID; default a random one

	// SampleTrace says whether spans of a request are recorded, given the trace
	// that it continues or starts and the client's decision. Without it none is,
	// and the client's decision passes to the backend.
	SampleTrace func(xray.Trace) bool
}

// Throttle is the token bucket of the stage. The zero value is API Gateway's
// account default: 10,000 requests per second, 5,000 at once.
type Throttle struct {
	Rate  float64 // requests per second
	Burst int     // requests at once
}

// AccessLog says how requests are logged. Lines that the writer does not take
// in time are dropped and counted; a request never waits for it.
type AccessLog struct {
	Writer io.Writer // nil for no access log
	Format string    // of $context variables, one line; default DefaultAccessLogFormat
}

// Authorizer decides about a token as a Lambda TOKEN authorizer does:
// iampolicy.ErrUnauthorized is answered 401, any other error 500.
type Authorizer interface {
	Authorize(ctx context.Context, r iampolicy.TokenRequest) (iampolicy.TokenResponse, error)
}

// Observation is what is known of a request when it is done.
type Observation struct {
	RequestID    string
	Trace        Trace
	Principal    string // principalId of the authorizer; "" when there is none
	Method       string
	ResourcePath string // path template; "" when no route was found
	Status       int    // 499 when the client went away before an answer
	ErrorType    string // of the gateway response, such as THROTTLED; "" when the backend answered
	Start        time.Time
	Latency      time.Duration

	AuthorizerStart   time.Time // zero when no authorizer was called: the policy was kept, or not needed
	AuthorizerLatency time.Duration

	IntegrationStart   time.Time // zero when no backend was called
	IntegrationLatency time.Duration
	IntegrationTarget  string // authority of the integration's URI, a key of Config.Targets; "" when no backend was called
	IntegrationStatus  int    // 0 when the backend did not answer
}

// Operation is a method of a path of the document. An Observation with a
// ResourcePath is of one of them.
type Operation struct{ Method, ResourcePath string }

// Operations returns the operations of the document, by path and method.
func (g *Gateway) Operations() []Operation { return slices.Clone(g.operations) }

// ErrorTypes returns every ErrorType that an Observation can have.
func ErrorTypes() []string {
	names := make([]string, len(responseTypes))
	for i, kind := range responseTypes {
		names[i] = kind.name
	}
	return names
}

// Gateway is the front door. It is safe for concurrent use.
type Gateway struct {
	cfg        Config
	title      string
	arnPrefix  string
	table      route.Table[*operation]
	responses  map[*responseType]*rendering
	limiter    *rate.Limiter
	bodies     *semaphore.Weighted // bytes of large bodies
	accessLog  *accessLog
	second     atomic.Pointer[second] // the last one that was logged
	authorizes []*authorization
	operations []Operation
}

// New reads the document and connects it to authorizers and targets. All
// problems found are in the error, a *definition.Error.
func New(cfg Config) (*Gateway, error) {
	cfg = withDefaults(cfg)
	g := &Gateway{
		cfg:       cfg,
		arnPrefix: "arn:" + cfg.Partition + ":execute-api:" + cfg.Region + ":" + cfg.AccountID + ":" + cfg.APIID + "/" + cfg.Stage + "/",
		limiter:   rate.NewLimiter(rate.Limit(cfg.Throttle.Rate), cfg.Throttle.Burst),
		bodies:    semaphore.NewWeighted(bodyBudget),
	}
	var problems definition.Problems
	api := definition.Load(cfg.Document, &problems)
	if api == nil {
		return nil, problems.Err()
	}
	c := &compiler{g: g, api: api, problems: &problems, authorizations: map[string]*authorization{}}
	c.compile()
	format := c.accessLogFormat()
	if err := problems.Err(); err != nil {
		return nil, err
	}
	g.title = api.Title
	if cfg.AccessLog.Writer != nil {
		g.accessLog = newAccessLog(cfg.AccessLog.Writer, format, cfg.Logger)
	}
	return g, nil
}

func withDefaults(cfg Config) Config {
	setDefault(&cfg.Partition, "aws")
	setDefault(&cfg.Region, "us-east-1")
	setDefault(&cfg.AccountID, "000000000000")
	setDefault(&cfg.APIID, "local")
	setDefault(&cfg.Stage, "Prod")
	setDefault(&cfg.AccessLog.Format, DefaultAccessLogFormat)
	setDefault(&cfg.Throttle, Throttle{Rate: 10_000, Burst: 5_000})
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.NewRequestID == nil {
		cfg.NewRequestID = uuid.NewString
	}
	return cfg
}

func setDefault[T comparable](value *T, standard T) {
	var zero T
	if *value == zero {
		*value = standard
	}
}

// Close ends background work, closes the targets and writes out the access
// log. Call it when no request is being served any more.
func (g *Gateway) Close() {
	for _, a := range g.authorizes {
		a.close()
	}
	for _, target := range g.cfg.Targets {
		target.Close()
	}
	if g.accessLog != nil {
		g.accessLog.close()
	}
}

var _ http.Handler = (*Gateway)(nil)
