package gateway

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spacefinder/spacefinder/internal/gateway/backend"
	"github.com/spacefinder/spacefinder/internal/gateway/definition"
	"github.com/spacefinder/spacefinder/internal/gateway/expression"
	"github.com/spacefinder/spacefinder/internal/gateway/model"
	"github.com/spacefinder/spacefinder/internal/xray"
)

// operation is an operation of the document, ready to serve.
type operation struct {
	resourcePath string
	auth         *authorization // nil when open to all
	required     []definition.Parameter
	models       map[string]*model.Model // nil when bodies are not validated
	proxy        *proxy                  // exactly one of proxy and mock is set
	mock         *definition.Mock
}

// proxy is an http_proxy integration, ready to call.
type proxy struct {
	target  backend.Target
	scheme  string
	host    string
	method  string // "" for the client's
	path    []pathPart
	timeout time.Duration
	headers []mapped
	query   []mapped
}

// pathPart is one segment of a backend's path: a path parameter, or a literal.
type pathPart struct {
	parameter string
	literal   string
}

type mapped struct {
	name  string
	value accessor
}

// compiler turns a document into a Gateway and gathers every problem.
type compiler struct {
	g              *Gateway
	api            *definition.API
	problems       *definition.Problems
	authorizations map[string]*authorization
}

func (c *compiler) compile() {
	for i := range c.api.Operations {
		op := &c.api.Operations[i]
		if err := c.g.table.Add(op.Method, op.Path, c.operation(op)); err != nil {
			c.problems.Addf(op.Name(), "%v", err)
		}
		c.g.operations = append(c.g.operations, Operation{op.Method, op.Path})
	}
	c.compileResponses()
}

func (c *compiler) operation(op *definition.Operation) *operation {
	out := &operation{resourcePath: op.Path, required: op.Required, mock: op.MockReply}
	if op.Scheme != "" {
		out.auth = c.authorization(op.Scheme)
	}
	if op.Models != nil {
		out.models = map[string]*model.Model{}
		for mime, schema := range op.Models {
			out.models[mime] = model.New(schema)
		}
	}
	if op.ProxyTo != nil {
		out.proxy = c.proxy(op)
	}
	return out
}

// authorization returns the one authorization of a scheme, so that operations
// share its cache.
func (c *compiler) authorization(name string) *authorization {
	if a, ok := c.authorizations[name]; ok {
		return a
	}
	scheme, known := c.api.Schemes[name]
	authorizer := c.g.cfg.Authorizers[name]
	if authorizer == nil {
		c.problems.Addf("security scheme "+name, "no authorizer is configured for it")
	}
	pattern, err := regexp.Compile("^(?:" + scheme.Expression + ")$")
	if err != nil || !known || authorizer == nil {
		c.authorizations[name] = nil
		return nil // the problem has been reported
	}
	a := newAuthorization(authorizer, scheme, pattern, c.g.cfg.Now)
	if scheme.Expression == "" {
		a.pattern = nil
	}
	c.authorizations[name] = a
	c.g.authorizes = append(c.g.authorizes, a)
	return a
}

func (c *compiler) proxy(op *definition.Operation) *proxy {
	in := op.ProxyTo
	out := &proxy{method: in.Method, timeout: in.Timeout}
	out.headers = c.mappings(op, in.Headers)
	out.query = c.mappings(op, in.Query)
	uri, err := expression.ExpandStageVariables(in.URI, c.g.cfg.StageVariables)
	if err != nil {
		c.problems.Addf(op.Name(), "uri: %v", err)
		return out
	}
	// Placeholders are set aside, as braces are no part of a URL.
	u, err := url.Parse(strings.NewReplacer("{", "%7B", "}", "%7D").Replace(uri))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		c.problems.Addf(op.Name(), "uri %q is not of the form http://HOST/PATH", uri)
		return out
	}
	if u.RawQuery != "" || u.Fragment != "" {
		c.problems.Addf(op.Name(), "uri %q: a query in it is not supported", uri)
	}
	out.scheme, out.host = u.Scheme, u.Host
	if out.target = c.g.cfg.Targets[u.Host]; out.target == nil {
		c.problems.Addf(op.Name(), "no target is configured for %s", u.Host)
	}
	out.path = c.pathParts(op, u.Path)
	return out
}

// pathParts splits the path of a backend at its slashes and resolves its
// placeholders to path parameters.
func (c *compiler) pathParts(op *definition.Operation, path string) []pathPart {
	var parts []pathPart
	used := map[string]bool{}
	for segment := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		inner, isPlaceholder := strings.CutPrefix(segment, "{")
		name, ok := strings.CutSuffix(inner, "}")
		source, isMapped := op.ProxyTo.PathSources[name]
		switch {
		case !isPlaceholder && !strings.ContainsAny(segment, "{}"):
			parts = append(parts, pathPart{literal: segment})
		case !isPlaceholder || !ok:
			c.problems.Addf(op.Name(), "uri: segment %q is neither a literal nor one placeholder", segment)
		case !isMapped:
			c.problems.Addf(op.Name(), "uri: nothing is mapped to integration.request.path.%s", name)
		default:
			parts = append(parts, pathPart{parameter: source.Name})
			used[name] = true
		}
	}
	for name := range op.ProxyTo.PathSources {
		if !used[name] {
			c.problems.Addf(op.Name(), "integration.request.path.%s: the uri has no {%s}", name, name)
		}
	}
	return parts
}

func (c *compiler) mappings(op *definition.Operation, sources map[string]expression.Source) []mapped {
	var out []mapped
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		if name == xray.Header {
			continue // always sent
		}
		value, err := c.g.accessor(sources[name])
		if err != nil {
			c.problems.Addf(op.Name(), "%s: %v", name, err)
		}
		out = append(out, mapped{name, value})
	}
	return out
}

// accessLogFormat compiles the format of the access log.
func (c *compiler) accessLogFormat() []accessor {
	if c.g.cfg.AccessLog.Writer == nil {
		return nil
	}
	format := c.g.cfg.AccessLog.Format
	if !strings.Contains(format, "$context.requestId") && !strings.Contains(format, "$context.extendedRequestId") {
		c.problems.Addf("access log format", "must contain $context.requestId or $context.extendedRequestId")
	}
	return c.template("access log format", format)
}

// template compiles a text with $-expressions.
func (c *compiler) template(place, text string) []accessor {
	sources, err := expression.ParseTemplate(text)
	if err != nil {
		c.problems.Addf(place, "%v", err)
	}
	return c.accessors(place, sources)
}

func (c *compiler) accessors(place string, sources []expression.Source) []accessor {
	out := make([]accessor, 0, len(sources))
	for _, source := range sources {
		value, err := c.g.accessor(source)
		if err != nil {
			c.problems.Addf(place, "%v", err)
		}
		out = append(out, value)
	}
	return out
}
