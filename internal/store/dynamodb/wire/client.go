// Package wire makes the store's calls to DynamoDB over HTTP itself: the five
// operations that the store uses, and of those only what it uses. It does for a
// service what the AWS SDK does, for a part of the CPU time: requests are written
// and answers are read without reflection or intermediate maps, and the signing
// key is made once a day.
//
// Requests are JSON 1.0 (https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html),
// signed with version 4. Calls are repeated as in the SDKs' standard mode.
package wire

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spacefinder/spacefinder/internal/store/dynamodb/exchange"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
)

const (
	targetPrefix = "DynamoDB_20120810."
	userAgent    = "spacefinder"
)

// Options say where DynamoDB is and bound a call. All but Now and Token are
// required.
type Options struct {
	Endpoint string // such as https://dynamodb.eu-central-1.amazonaws.com
	Region   string // that requests are signed for

	// Credentials returns what to sign with. It is asked for every call, so it has
	// to keep what it has as long as that is valid.
	Credentials func(context.Context) (Credentials, error)

	Transport Transport
	Timeout   time.Duration // one HTTP exchange
	Attempts  int           // HTTP exchanges of one call

	// Backoff returns the greatest pause after that many attempts, and Jitter a
	// random duration from 0 to limit, exclusive.
	Backoff func(attempts int) time.Duration
	Jitter  func(limit time.Duration) time.Duration

	Now   func() time.Time // default time.Now
	Token func() string    // a fresh client request token: random, at most 36 characters; default rand.Text
}

// A Transport makes HTTP exchanges with the endpoint. Both of package exchange do.
type Transport interface {
	Exchange(ctx context.Context, request exchange.Request) (exchange.Answer, error)
}

// Client is table.Client over HTTP.
type Client struct {
	options Options
	signer  signer
	writers writers
	budget  budget
	skew    atomic.Int64 // how much DynamoDB's clock is ahead of this machine's: a time.Duration
}

var _ table.Client = (*Client)(nil)

// New returns a client. The error says what is wrong with the endpoint.
func New(options Options) (*Client, error) {
	endpoint, err := url.Parse(options.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("endpoint of DynamoDB: %w", err)
	}
	if (endpoint.Scheme != "http" && endpoint.Scheme != "https") || endpoint.Host == "" {
		return nil, fmt.Errorf("endpoint of DynamoDB: %q is not a URL such as http://127.0.0.1:8000", options.Endpoint)
	}
	if strings.Trim(endpoint.Path, "/") != "" || endpoint.RawQuery != "" || endpoint.User != nil {
		return nil, errors.New("endpoint of DynamoDB: more than a scheme and a host")
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Token == nil {
		options.Token = rand.Text
	}
	c := &Client{options: options}
	c.signer.region, c.signer.host = options.Region, hostHeader(endpoint)
	return c, nil
}

// hostHeader returns the host as it is sent and signed: without the port that the
// scheme implies.
func hostHeader(u *url.URL) string {
	if port := u.Port(); u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		return strings.TrimSuffix(u.Host, ":"+port)
	}
	return u.Host
}

// Get implements table.Client.
func (c *Client) Get(ctx context.Context, key table.Key) (table.Item, error) {
	const operation = "GetItem"
	answer, err := c.call(ctx, operation, getItem(c.writers.get(), key))
	if err != nil {
		return nil, err
	}
	it, err := readItem(answer)
	return it, unreadable(operation, err)
}

// BatchGet implements table.Client.
func (c *Client) BatchGet(ctx context.Context, keys []table.Key) ([]table.Item, error) {
	const operation = "BatchGetItem"
	answer, err := c.call(ctx, operation, batchGetItem(c.writers.get(), keys))
	if err != nil {
		return nil, err
	}
	found, err := readBatch(answer)
	if errors.Is(err, table.ErrUnprocessed) {
		return nil, err
	}
	if err != nil {
		return nil, unreadable(operation, err)
	}
	items, err := table.InOrder(keys, found)
	return items, unreadable(operation, err)
}

// TransactGet implements table.Client.
func (c *Client) TransactGet(ctx context.Context, keys []table.Key) ([]table.Item, error) {
	const operation = "TransactGetItems"
	answer, err := c.call(ctx, operation, transactGetItems(c.writers.get(), keys))
	if err != nil {
		return nil, err
	}
	items, err := readResponses(answer, len(keys))
	return items, unreadable(operation, err)
}

// Query implements table.Client.
func (c *Client) Query(ctx context.Context, q table.Query, found func(table.Item)) (last table.Key, err error) {
	const operation = "Query"
	answer, err := c.call(ctx, operation, query(c.writers.get(), q))
	if err != nil {
		return table.Key{}, err
	}
	last, err = readPage(answer, q.Table, found)
	return last, unreadable(operation, err)
}

// TransactWrite implements table.Client.
func (c *Client) TransactWrite(ctx context.Context, writes []table.Write) error {
	_, err := c.call(ctx, "TransactWriteItems", transactWriteItems(c.writers.get(), writes, c.options.Token()))
	return err
}

// unreadable returns what an answer that makes no sense is; nil for no error.
func unreadable(operation string, err error) error {
	if err == nil {
		return nil
	}
	return &table.NoAnswerError{Operation: operation, Err: err}
}
