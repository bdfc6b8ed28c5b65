// Package sdkclient makes the store's calls to DynamoDB through the AWS SDK.
package sdkclient

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/spacefinder/spacefinder/internal/store/dynamodb/table"
)

// Options bound a call.
type Options struct {
	Transport http.RoundTripper
	Timeout   time.Duration // one HTTP exchange
	Attempts  int           // HTTP exchanges of one call

	// Backoff returns the greatest pause after that many attempts.
	Backoff func(attempts int) time.Duration
}

// Client is table.Client over the AWS SDK.
type Client struct{ sdk *dynamodb.Client }

var _ table.Client = (*Client)(nil)

// New returns a client for the endpoint, or for AWS's own when that is "".
func New(cfg aws.Config, endpoint string, options Options) *Client {
	return &Client{dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) {
		if endpoint != "" {
			o.BaseEndpoint = aws.String(endpoint)
		}
		o.HTTPClient = &http.Client{Transport: options.Transport, Timeout: options.Timeout, CheckRedirect: asAnswered}
		o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) {
			r.MaxAttempts = options.Attempts
			r.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) {
				return rand.N(options.Backoff(attempt)), nil //nolint:gosec // not a secret
			})
			r.Retryables = append(r.Retryables, retry.IsErrorRetryableFunc(brokenOff))
		})
	})}
}

// asAnswered has a redirect returned as the answer that it is: DynamoDB sends
// none, and a signed request is for nobody else.
func asAnswered(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// brokenOff tells the SDK to repeat a call whose answer ended in its midst, which
// it does not by itself.
func brokenOff(err error) aws.Ternary {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}

// Get implements table.Client.
func (c *Client) Get(ctx context.Context, key table.Key) (table.Item, error) {
	out, err := c.sdk.GetItem(ctx, &dynamodb.GetItemInput{
		TableName:      aws.String(key.Table),
		Key:            attributes(key.Attributes()),
		ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, failure("GetItem", err)
	}
	return itemOf(out.Item), nil
}

// BatchGet implements table.Client.
func (c *Client) BatchGet(ctx context.Context, keys []table.Key) ([]table.Item, error) {
	requests := make(map[string]types.KeysAndAttributes)
	for _, k := range keys {
		request := requests[k.Table]
		request.ConsistentRead = aws.Bool(true)
		request.Keys = append(request.Keys, attributes(k.Attributes()))
		requests[k.Table] = request
	}
	out, err := c.sdk.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: requests})
	if err != nil {
		return nil, failure("BatchGetItem", err)
	}
	if len(out.UnprocessedKeys) > 0 {
		return nil, table.ErrUnprocessed
	}
	found := make(map[string][]table.Item, len(out.Responses))
	for name, items := range out.Responses {
		found[name] = itemsOf(items)
	}
	items, err := table.InOrder(keys, found)
	return items, unreadable("BatchGetItem", err)
}

// TransactGet implements table.Client.
func (c *Client) TransactGet(ctx context.Context, keys []table.Key) ([]table.Item, error) {
	gets := make([]types.TransactGetItem, len(keys))
	for i, k := range keys {
		gets[i].Get = &types.Get{TableName: aws.String(k.Table), Key: attributes(k.Attributes())}
	}
	out, err := c.sdk.TransactGetItems(ctx, &dynamodb.TransactGetItemsInput{TransactItems: gets})
	if err != nil {
		return nil, failure("TransactGetItems", err)
	}
	if len(out.Responses) != len(keys) {
		return nil, unreadable("TransactGetItems", errors.New("not as many items as keys"))
	}
	items := make([]table.Item, len(keys))
	for i, r := range out.Responses {
		items[i] = itemOf(r.Item)
	}
	return items, nil
}

// Query implements table.Client.
func (c *Client) Query(ctx context.Context, query table.Query, found func(table.Item)) (last table.Key, err error) {
	in := &dynamodb.QueryInput{
		TableName:                 aws.String(query.Table),
		ConsistentRead:            aws.Bool(true),
		ScanIndexForward:          aws.Bool(!query.Backward),
		KeyConditionExpression:    aws.String(query.KeyCondition),
		FilterExpression:          pointer(query.Filter),
		ExpressionAttributeValues: attributes(query.Values),
	}
	if query.Limit > 0 {
		in.Limit = aws.Int32(int32(query.Limit)) //nolint:gosec // at most a page and one
	}
	if query.After != (table.Key{}) {
		in.ExclusiveStartKey = attributes(query.After.Attributes())
	}
	out, err := c.sdk.Query(ctx, in)
	if err != nil {
		return table.Key{}, failure("Query", err)
	}
	for _, it := range out.Items {
		found(itemOf(it))
	}
	if len(out.LastEvaluatedKey) > 0 {
		last, err = table.KeyOf(query.Table, itemOf(out.LastEvaluatedKey))
	}
	return last, unreadable("Query", err)
}

// TransactWrite implements table.Client. The SDK makes the client request token.
func (c *Client) TransactWrite(ctx context.Context, writes []table.Write) error {
	in := &dynamodb.TransactWriteItemsInput{TransactItems: make([]types.TransactWriteItem, len(writes))}
	for i, w := range writes {
		in.TransactItems[i] = transactItem(w)
	}
	_, err := c.sdk.TransactWriteItems(ctx, in)
	if err != nil {
		return failure("TransactWriteItems", err)
	}
	return nil
}
