package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/spacefinder/spacefinder/internal/gateway"
	"github.com/spacefinder/spacefinder/internal/rest"
	"github.com/spacefinder/spacefinder/internal/store/observed"
	"github.com/spacefinder/spacefinder/internal/tracing"
)

// Stores as traces name them (db.system.name).
const (
	systemSQLite   = "sqlite"
	systemDynamoDB = "aws.dynamodb"
)

// traces hook the tracer into the parts of a process. A nil *traces hooks
// nothing in: traces are off.
type traces struct {
	tracer *tracing.Tracer
	system string // the kind of store
}

// startTraces starts traces as OpenTelemetry's variables say, nil when they say
// nothing. The service is the name that spans have unless a variable gives one.
func startTraces(ctx context.Context, p process, service, system string, logger *slog.Logger, open *closers) (*traces, error) {
	settings, on, err := tracing.Read(p.getenv)
	if err != nil {
		return nil, usageError{err}
	}
	if !on {
		return nil, nil
	}
	transport, err := exportTransport(ctx, settings.Endpoint)
	if err != nil {
		return nil, err
	}
	tracer := tracing.New(tracing.Config{
		Settings: settings, Service: service, Version: version(), Transport: transport, Logger: logger,
	})
	open.add("traces", func() error { tracer.Close(); return nil })
	logger.Info("traces are exported", "endpoint", settings.Endpoint)
	return &traces{tracer, system}, nil
}

// attach has the front door of this configuration traced, after whatever
// observes it already.
func (t *traces) attach(cfg *gateway.Config) {
	if t == nil {
		return
	}
	cfg.SampleTrace = t.tracer.Sample
	before := cfg.Observe
	cfg.Observe = func(o gateway.Observation) {
		if before != nil {
			before(o)
		}
		t.tracer.FrontDoor(o)
	}
}

// service returns the observers of a service.
func (t *traces) service() []rest.Observer {
	if t == nil {
		return nil
	}
	return []rest.Observer{t.tracer.Service()}
}

// stores returns the observers of the stores.
func (t *traces) stores() []observed.Observer {
	if t == nil {
		return nil
	}
	return []observed.Observer{t.tracer.Store(t.system)}
}

// xrayHosts are the hosts of X-Ray: public, in a network of one's own, for
// FIPS, and with IPv6. The group is the region.
//
// Source: https://docs.aws.amazon.com/general/latest/gr/xray.html
var xrayHosts = regexp.MustCompile(`^(?:[a-z0-9-]+\.)?xray(?:-fips)?\.([a-z0-9-]+)\.(?:vpce\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws)$`)

// exportTransport returns what sends the exports: to X-Ray signed with the
// credentials that the AWS SDK finds, to any other endpoint as they are.
func exportTransport(ctx context.Context, endpoint string) (http.RoundTripper, error) {
	plain := tracing.NewTransport()
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, usageError{err}
	}
	host := xrayHosts.FindStringSubmatch(u.Hostname())
	if host == nil {
		return plain, nil
	}
	loaded, err := config.LoadDefaultConfig(ctx, config.WithRegion(host[1]))
	if err != nil {
		return nil, fmt.Errorf("credentials for the export of traces: %w", err)
	}
	return &signedTransport{
		next: plain, credentials: loaded.Credentials, signer: v4.NewSigner(), region: host[1], now: time.Now,
	}, nil
}

// signedTransport signs requests to X-Ray (SigV4).
type signedTransport struct {
	next        http.RoundTripper
	credentials aws.CredentialsProvider
	signer      *v4.Signer
	region      string
	now         func() time.Time
}

// RoundTrip implements http.RoundTripper.
func (t *signedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	_ = r.Body.Close() // it is in memory
	if err != nil {
		return nil, err
	}
	keys, err := t.credentials.Retrieve(r.Context())
	if err != nil {
		return nil, fmt.Errorf("credentials for the export of traces: %w", err)
	}
	signed := r.Clone(r.Context())
	signed.Body = io.NopCloser(bytes.NewReader(body))
	sum := sha256.Sum256(body)
	if err := t.signer.SignHTTP(r.Context(), keys, signed, hex.EncodeToString(sum[:]), "xray", t.region, t.now()); err != nil {
		return nil, fmt.Errorf("sign the export of traces: %w", err)
	}
	return t.next.RoundTrip(signed)
}
