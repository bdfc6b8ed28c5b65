package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"strings"

	"github.com/spacefinder/spacefinder/api"
	"github.com/spacefinder/spacefinder/internal/authorizer"
	"github.com/spacefinder/spacefinder/internal/gateway"
	"github.com/spacefinder/spacefinder/internal/gateway/backend"
)

// authorizerName is the security scheme of the OpenAPI document.
const authorizerName = "TokenAuthorizer"

// gatewayOptions are the settings of the front door.
type gatewayOptions struct {
	throttle  gateway.Throttle
	accessLog string
}

func (o *gatewayOptions) register(set *flagSet) {
	set.Float64Var(&o.throttle.Rate, "throttle-rate", 10_000, "`requests` per second that the front door lets through, API Gateway's rate")
	set.IntVar(&o.throttle.Burst, "throttle-burst", 5_000, "`requests` that it lets through at once, API Gateway's burst")
	set.StringVar(&o.accessLog, "access-log", "stderr", "`file` of the access log, one JSON line per request; also stderr, stdout or off")
}

func (o *gatewayOptions) check(set *flagSet) {
	if o.throttle.Rate <= 0 || o.throttle.Burst <= 0 {
		set.addf("-throttle-rate and -throttle-burst must be greater than 0")
	}
	if o.accessLog == "" {
		set.addf("-access-log must be a file, stderr, stdout or off")
	}
}

// newGateway returns the front door over the contract. Stage variables name
// each service's endpoint by the service's own name, the key of targets.
func (o *gatewayOptions) newGateway(p process, auth *authorizer.Authorizer, targets map[string]backend.Target,
	watch *instruments, logger *slog.Logger, open *closers,
) (*gateway.Gateway, error) {
	accessLog, err := o.openAccessLog(p, open)
	if err != nil {
		return nil, err
	}
	config := gateway.Config{
		Document: api.Document,
		StageVariables: map[string]string{
			"locationsEndpoint": serviceLocations,
			"resourcesEndpoint": serviceResources,
			"bookingsEndpoint":  serviceBookings,
			"vpcLinkId":         "local",
		},
		Authorizers: map[string]gateway.Authorizer{authorizerName: auth},
		Targets:     targets,
		Throttle:    o.throttle,
		AccessLog:   gateway.AccessLog{Writer: watch.traffic.Tee(accessLog)},
		Logger:      logger,
	}
	attached := watch.attach(&config)
	g, err := gateway.New(config)
	if err != nil {
		return nil, fmt.Errorf("the OpenAPI document: %w", err)
	}
	attached(g)
	open.add("front door", func() error { g.Close(); return nil })
	return g, nil
}

func (o *gatewayOptions) openAccessLog(p process, open *closers) (io.Writer, error) {
	switch o.accessLog {
	case "off":
		return nil, nil
	case "stderr":
		return p.stderr, nil
	case "stdout", "-":
		return p.stdout, nil
	}
	file, err := os.OpenFile(o.accessLog, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the access log: %w", err)
	}
	open.add("access log", file.Close)
	return file, nil
}

// issuerOptions name an OpenID provider whose ID tokens are accepted.
type issuerOptions struct {
	issuer      string
	jwksURL     string
	audiences   string
	groupsClaim string
	cognito     bool
}

func (o *issuerOptions) register(set *flagSet, issuerUsage string) {
	set.StringVar(&o.issuer, "issuer", "", issuerUsage)
	set.StringVar(&o.jwksURL, "issuer-jwks-url", "", "`URL` of its keys (default: the issuer with "+jwksPath+")")
	set.StringVar(&o.audiences, "issuer-audience", "", "client `ids` whose tokens are accepted, separated by commas")
	set.StringVar(&o.groupsClaim, "issuer-groups-claim", authorizer.DefaultGroupsClaim, "`claim` that lists a user's groups")
	set.BoolVar(&o.cognito, "issuer-cognito", false, "it is a Cognito user pool, whose ID tokens say token_use id")
}

func (o *issuerOptions) check(set *flagSet) {
	if o.issuer == "" {
		if o.jwksURL != "" || o.audiences != "" || o.cognito {
			set.addf("-issuer is missing, and -issuer-jwks-url, -issuer-audience or -issuer-cognito is given")
		}
		return
	}
	for name, value := range map[string]string{"issuer": o.issuer, "issuer-jwks-url": o.keys()} {
		if u, err := url.Parse(value); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			set.addf("-%s: %q is not an http or https address", name, value)
		}
	}
	if o.audiences == "" {
		set.addf("-issuer-audience is required with -issuer: whose tokens are meant for this API?")
	}
}

func (o *issuerOptions) keys() string {
	if o.jwksURL != "" {
		return o.jwksURL
	}
	return strings.TrimSuffix(o.issuer, "/") + jwksPath
}

// issuers returns the provider, or none.
func (o *issuerOptions) issuers() []authorizer.Issuer {
	if o.issuer == "" {
		return nil
	}
	return []authorizer.Issuer{{
		Issuer:      o.issuer,
		JWKSURL:     o.keys(),
		Audiences:   strings.Split(o.audiences, ","),
		Cognito:     o.cognito,
		GroupsClaim: o.groupsClaim,
	}}
}
