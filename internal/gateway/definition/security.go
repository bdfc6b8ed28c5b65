package definition

import (
	"maps"
	"net/textproto"
	"regexp"
	"slices"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// Bounds of authorizerResultTtlInSeconds.
//
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
const (
	defaultTTL = 300 * time.Second
	maxTTL     = 3600 * time.Second
)

// authorizer is the value of x-amazon-apigateway-authorizer. Where the
// authorizer is and by which role it is called is the deployment's business.
type authorizer struct {
	Type                         string   `json:"type"`
	AuthorizerURI                any      `json:"authorizerUri,omitempty"`
	AuthorizerCredentials        any      `json:"authorizerCredentials,omitempty"`
	IdentitySource               string   `json:"identitySource,omitempty"`
	IdentityValidationExpression string   `json:"identityValidationExpression,omitempty"`
	TTL                          *flexInt `json:"authorizerResultTtlInSeconds,omitempty"`
}

func (r *reader) readSchemes() {
	if r.doc.Components == nil {
		return
	}
	schemes := r.doc.Components.SecuritySchemes
	for _, name := range slices.Sorted(maps.Keys(schemes)) {
		r.readScheme(name, schemes[name].Value)
	}
}

func (r *reader) readScheme(name string, s *openapi3.SecurityScheme) {
	place := "/components/securitySchemes/" + name
	if s.Type != "apiKey" || s.In != "header" || s.Name == "" {
		r.problems.Addf(place, "only type apiKey in a header is supported")
		return
	}
	if s.Extensions[extAuthType] != "custom" {
		r.problems.Addf(place+"/"+extAuthType, "must be custom, is %v", s.Extensions[extAuthType])
		return
	}
	place += "/" + extAuthorizer
	a, err := decode[authorizer](s.Extensions[extAuthorizer])
	if err != nil {
		r.problems.Addf(place, "%v", err)
		return
	}
	if a.Type != "token" {
		r.problems.Addf(place, "authorizer type %q is not supported; token is", a.Type)
	}
	if source := "method.request.header." + s.Name; a.IdentitySource != "" && a.IdentitySource != source {
		r.problems.Addf(place, "identitySource must be %s or absent", source)
	}
	if _, err := regexp.Compile(a.IdentityValidationExpression); err != nil {
		r.problems.Addf(place, "identityValidationExpression is not supported: %v", err)
	}
	ttl := defaultTTL
	if a.TTL != nil {
		ttl = time.Duration(*a.TTL) * time.Second
	}
	if ttl < 0 || ttl > maxTTL {
		r.problems.Addf(place, "authorizerResultTtlInSeconds must be from 0 to 3600")
	}
	r.api.Schemes[name] = Scheme{
		Header: textproto.CanonicalMIMEHeaderKey(s.Name), Expression: a.IdentityValidationExpression, TTL: ttl,
	}
}
