package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/logging"

	"github.com/spacefinder/spacefinder/internal/store/dynamodb/exchange"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb/sdkclient"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb/wire"
)

// Bounds of one call to DynamoDB, which answers in milliseconds or not at all.
const (
	attemptTimeout = 2 * time.Second // one HTTP exchange
	callAttempts   = 3               // HTTP exchanges of one call, with the same client request token

	firstBackoff   = 50 * time.Millisecond // before the second exchange at most; it doubles
	longestBackoff = 500 * time.Millisecond

	// Every goroutine of a busy service keeps its connection, as Go's default of
	// two idle connections to a host makes all others shake hands anew.
	idleConnections = 512
	idleTime        = 90 * time.Second
)

// The clients that there are.
const (
	ClientWire = "wire" // our own, over HTTP
	ClientSDK  = "sdk"  // the AWS SDK's, which takes several times the CPU time
)

// Config says where the tables are. Credentials come from where the AWS SDK
// looks for them: the environment, the shared files, the role of the task.
type Config struct {
	Region   string // "": from the environment
	Endpoint string // "": AWS's own; else the address of a DynamoDB-compatible server
	Client   string // ClientWire or ClientSDK; "": ClientWire
	Tables   Tables

	// Logger gets the AWS SDK's own remarks, at debug level: what matters of them
	// is in the errors that the store returns. Default discards.
	Logger *slog.Logger
}

// Open returns a store over the configured tables. It makes no request to
// DynamoDB; see Ready. The error is about the configuration.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if cfg.Tables == (Tables{}) {
		return nil, errors.New("no table is named")
	}
	loaded, err := config.LoadDefaultConfig(ctx, func(o *config.LoadOptions) error {
		o.Region = cfg.Region
		o.Logger = remarks(cfg.Logger)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	if loaded.Region == "" {
		return nil, errors.New("no AWS region is set")
	}
	client, err := NewClient(ctx, loaded, ClientOptions{Kind: cfg.Client, Endpoint: cfg.Endpoint})
	if err != nil {
		return nil, err
	}
	return New(client, cfg.Tables, Options{}), nil
}

// remarks returns the logger that the AWS SDK writes to; by itself it would
// write lines of plain text to stderr.
func remarks(logger *slog.Logger) logging.Logger {
	if logger == nil {
		return logging.Nop{}
	}
	return logging.LoggerFunc(func(classification logging.Classification, format string, v ...any) {
		logger.Debug("AWS SDK", "classification", string(classification), "remark", fmt.Sprintf(format, v...))
	})
}

// ClientOptions say how DynamoDB is reached. The zero value has the defaults.
type ClientOptions struct {
	Kind      string            // ClientWire or ClientSDK; "": ClientWire
	Endpoint  string            // "": as the AWS configuration says
	Transport http.RoundTripper // default: one of the client's own
	Timeout   time.Duration     // one HTTP exchange; default 2 s
}

// NewClient returns a client that is bounded in time and attempts. The error is
// about the configuration.
func NewClient(ctx context.Context, cfg aws.Config, options ClientOptions) (table.Client, error) {
	if options.Timeout == 0 {
		options.Timeout = attemptTimeout
	}
	switch options.Kind {
	case ClientSDK:
		if options.Transport == nil {
			options.Transport = newTransport()
		}
		return sdkclient.New(cfg, options.Endpoint, sdkclient.Options{
			Transport: options.Transport, Timeout: options.Timeout, Attempts: callAttempts, Backoff: backoff,
		}), nil
	case ClientWire, "":
		return newWireClient(ctx, cfg, options)
	default:
		return nil, fmt.Errorf("the client of DynamoDB is %s or %s, not %q", ClientWire, ClientSDK, options.Kind)
	}
}

// newWireClient asks the AWS SDK for the address of the region and for
// credentials, so that all that can be configured of them means the same.
func newWireClient(ctx context.Context, cfg aws.Config, options ClientOptions) (table.Client, error) {
	resolved := dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) {
		if options.Endpoint != "" {
			o.BaseEndpoint = aws.String(options.Endpoint)
		}
	}).Options()
	endpoint, err := resolved.EndpointResolverV2.ResolveEndpoint(ctx, dynamodb.EndpointParameters{
		Region:       aws.String(resolved.Region),
		Endpoint:     resolved.BaseEndpoint,
		UseDualStack: aws.Bool(resolved.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
		UseFIPS:      aws.Bool(resolved.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
	})
	if err != nil {
		return nil, fmt.Errorf("endpoint of DynamoDB: %w", err)
	}
	transport, err := transportTo(&endpoint.URI, options.Transport)
	if err != nil {
		return nil, fmt.Errorf("proxy for DynamoDB: %w", err)
	}
	return wire.New(wire.Options{
		Endpoint:    endpoint.URI.String(),
		Region:      resolved.Region,
		Credentials: credentialsOf(resolved.Credentials),
		Transport:   transport,
		Timeout:     options.Timeout,
		Attempts:    callAttempts,
		Backoff:     backoff,
		Jitter:      rand.N[time.Duration],
	})
}

// credentialsOf returns the provider's credentials, which it fetches again before
// they expire.
func credentialsOf(provider aws.CredentialsProvider) func(context.Context) (wire.Credentials, error) {
	return func(ctx context.Context) (wire.Credentials, error) {
		c, err := provider.Retrieve(ctx)
		return wire.Credentials{
			AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken,
		}, err
	}
}

// newTransport returns a transport for many small requests to one host.
func newTransport() *http.Transport {
	dialer := net.Dialer{Timeout: attemptTimeout}
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		TLSHandshakeTimeout: attemptTimeout,
		MaxIdleConns:        idleConnections,
		MaxIdleConnsPerHost: idleConnections,
		IdleConnTimeout:     idleTime,
		DisableCompression:  true,
		ForceAttemptHTTP2:   false, // a connection for each request: none waits behind another
	}
}

// transportTo returns the cheapest transport that reaches the endpoint: one of our
// own, unless there is another to use or a proxy is configured.
func transportTo(endpoint *url.URL, other http.RoundTripper) (wire.Transport, error) {
	if other == nil {
		proxy, err := http.ProxyFromEnvironment(&http.Request{URL: endpoint})
		if err != nil {
			return nil, err
		}
		if proxy != nil {
			other = newTransport()
		}
	}
	if other != nil {
		return exchange.Via{Transport: other, URL: endpoint, LongestBody: wire.LargestAnswer}, nil
	}
	return exchange.New(endpoint, exchange.Options{
		Dial:        new(net.Dialer).DialContext,
		IdleTime:    idleTime,
		IdleMost:    idleConnections,
		LongestBody: wire.LargestAnswer,
		Now:         time.Now,
	}), nil
}

// backoff returns the greatest pause after that many attempts.
func backoff(attempts int) time.Duration {
	return growing(firstBackoff, longestBackoff, max(attempts-1, 0))
}

// growing returns first, doubled for every attempt that there was before the
// first retry's, but no more than longest.
func growing(first, longest time.Duration, attempts int) time.Duration {
	return min(first<<min(attempts, 10), longest)
}
