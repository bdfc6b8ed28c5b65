package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/logging"
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
)

// Config says where the tables are. Credentials come from where the AWS SDK
// looks for them: the environment, the shared files, the role of the task.
type Config struct {
	Region   string // "": from the environment
	Endpoint string // "": AWS's own; else the address of a DynamoDB-compatible server
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
	return New(NewClient(loaded, cfg.Endpoint), cfg.Tables, Options{}), nil
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

// NewClient returns a client that is bounded in time and attempts, for the
// endpoint, or for AWS's own when that is empty. Further options come last.
func NewClient(cfg aws.Config, endpoint string, options ...func(*dynamodb.Options)) *dynamodb.Client {
	transport := awshttp.NewBuildableClient().WithTimeout(attemptTimeout).WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConns = idleConnections
		t.MaxIdleConnsPerHost = idleConnections
	})
	bounded := func(o *dynamodb.Options) {
		if endpoint != "" {
			o.BaseEndpoint = aws.String(endpoint)
		}
		o.HTTPClient = transport
		o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) {
			r.MaxAttempts = callAttempts
			r.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) {
				return rand.N(growing(firstBackoff, longestBackoff, attempt)), nil //nolint:gosec // not a secret
			})
			r.Retryables = append(r.Retryables, retry.IsErrorRetryableFunc(brokenOff))
		})
	}
	return dynamodb.NewFromConfig(cfg, append([]func(*dynamodb.Options){bounded}, options...)...)
}

// growing returns first, doubled for every attempt that there was before the
// first retry's, but no more than longest.
func growing(first, longest time.Duration, attempts int) time.Duration {
	return min(first<<min(attempts, 10), longest)
}

// brokenOff tells the SDK to repeat a call whose answer ended in its midst, which
// it does not by itself. Every call can be repeated: see update.
func brokenOff(err error) aws.Ternary {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}
