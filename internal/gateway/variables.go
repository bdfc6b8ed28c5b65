package gateway

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spacefinder/spacefinder/internal/gateway/expression"
)

// accessor reads a value of an exchange; false means that it is undefined.
type accessor struct {
	read    func(*exchange) (string, bool)
	literal bool // text of a template, not a value in it
	rawJSON bool // the value is JSON text already
}

// accessor compiles a source.
func (g *Gateway) accessor(source expression.Source) (accessor, error) {
	name := source.Name
	switch source.Kind {
	case expression.Literal:
		return accessor{read: func(*exchange) (string, bool) { return name, true }, literal: true}, nil
	case expression.Path:
		return accessor{read: func(x *exchange) (string, bool) { return x.params.Value(name) }}, nil
	case expression.Query:
		return accessor{read: func(x *exchange) (string, bool) { return last(x.queryValues()[name]) }}, nil
	case expression.Header:
		return accessor{read: func(x *exchange) (string, bool) { return last(x.r.Header.Values(name)) }}, nil
	case expression.StageVariable:
		value, ok := g.cfg.StageVariables[name]
		if !ok {
			return accessor{}, fmt.Errorf("stage variable %s is not set", name)
		}
		return accessor{read: func(*exchange) (string, bool) { return value, true }}, nil
	default:
		return contextAccessor(name)
	}
}

func last(values []string) (string, bool) {
	if len(values) == 0 {
		return "", false
	}
	return values[len(values)-1], true
}

func contextAccessor(name string) (accessor, error) {
	if read, ok := contextVariables[name]; ok {
		return accessor{read: read, rawJSON: name == "error.messageString"}, nil
	}
	if key, ok := strings.CutPrefix(name, "authorizer."); ok {
		return accessor{read: func(x *exchange) (string, bool) {
			if x.grant == nil {
				return "", false
			}
			value, ok := x.grant.context[key]
			return value, ok
		}}, nil
	}
	for _, prefix := range []string{"identity.", "waf.", "wafResponseCode", "webaclArn", "authenticate.", "customDomain."} {
		if strings.HasPrefix(name, prefix) {
			return accessor{read: func(*exchange) (string, bool) { return "", false }}, nil
		}
	}
	return accessor{}, fmt.Errorf("context variable %q is not supported", name)
}

// contextVariables are the $context variables, but for those of the
// authorizer's own context.
//
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
var contextVariables = map[string]func(*exchange) (string, bool){
	"accountId":          func(x *exchange) (string, bool) { return x.g.cfg.AccountID, true },
	"apiId":              func(x *exchange) (string, bool) { return x.g.cfg.APIID, true },
	"stage":              func(x *exchange) (string, bool) { return x.g.cfg.Stage, true },
	"requestId":          func(x *exchange) (string, bool) { return x.ids.request, true },
	"extendedRequestId":  func(x *exchange) (string, bool) { return x.ids.extended, true },
	"xrayTraceId":        func(x *exchange) (string, bool) { return x.ids.trace.Root, true },
	"httpMethod":         func(x *exchange) (string, bool) { return x.method, true },
	"path":               func(x *exchange) (string, bool) { return x.r.URL.EscapedPath(), true },
	"protocol":           func(*exchange) (string, bool) { return "HTTP/1.1", true },
	"domainName":         func(x *exchange) (string, bool) { return defined(x.r.Host) },
	"identity.sourceIp":  func(x *exchange) (string, bool) { return defined(x.peer) },
	"identity.userAgent": func(x *exchange) (string, bool) { return last(x.r.Header["User-Agent"]) },
	"requestTimeEpoch":   func(x *exchange) (string, bool) { return strconv.FormatInt(x.start.UnixMilli(), 10), true },
	"requestTime":        func(x *exchange) (string, bool) { return x.g.requestTime(x.start), true },
	"resourcePath":       resourcePath,
	"resourceId":         resourcePath,

	"authorizer.principalId":        principal,
	"authorizer.latency":            func(x *exchange) (string, bool) { return duration(x.authorizerLatency) },
	"authorizer.integrationLatency": func(x *exchange) (string, bool) { return duration(x.authorizerLatency) },

	"status":             func(x *exchange) (string, bool) { return number(x.status) },
	"responseLength":     func(x *exchange) (string, bool) { return strconv.Itoa(x.responseLength), true },
	"responseLatency":    func(x *exchange) (string, bool) { return milliseconds(x.latency()), true },
	"integrationLatency": func(x *exchange) (string, bool) { return duration(x.integrationLatency) },
	"integrationStatus":  func(x *exchange) (string, bool) { return number(x.integrationStatus) },

	"integration.latency":           func(x *exchange) (string, bool) { return duration(x.integrationLatency) },
	"integration.status":            func(x *exchange) (string, bool) { return number(x.integrationStatus) },
	"integration.integrationStatus": func(x *exchange) (string, bool) { return number(x.integrationStatus) },

	"error.message":               ofFailure(func(f *failure) string { return f.message }),
	"error.messageString":         ofFailure((*failure).messageString),
	"error.responseType":          ofFailure(func(f *failure) string { return f.kind.name }),
	"error.validationErrorString": ofFailure(func(f *failure) string { return f.validation }),
}

// requestTimeFormat is the format of the Common Log Format.
const requestTimeFormat = "02/Jan/2006:15:04:05 +0000"

// second is a second and its text in the access log.
type second struct {
	unix int64
	text string
}

// requestTime formats a time. Many requests of a busy server come in one second.
func (g *Gateway) requestTime(t time.Time) string {
	last := g.second.Load()
	if last == nil || last.unix != t.Unix() {
		last = &second{t.Unix(), t.UTC().Format(requestTimeFormat)}
		g.second.Store(last)
	}
	return last.text
}

func resourcePath(x *exchange) (string, bool) {
	if x.op == nil {
		return "", false
	}
	return x.op.resourcePath, true
}

func principal(x *exchange) (string, bool) {
	if x.grant == nil {
		return "", false
	}
	return x.grant.principal, true
}

func ofFailure(read func(*failure) string) func(*exchange) (string, bool) {
	return func(x *exchange) (string, bool) {
		if x.failure == nil {
			return "", false
		}
		return defined(read(x.failure))
	}
}

func defined(s string) (string, bool) { return s, s != "" }

func number(n int) (string, bool) { return strconv.Itoa(n), n != 0 }

func duration(d time.Duration) (string, bool) { return milliseconds(d), d != 0 }
