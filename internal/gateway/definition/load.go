package definition

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// The extensions of API Gateway that are supported.
//
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
const (
	extValidators       = "x-amazon-apigateway-request-validators"
	extValidator        = "x-amazon-apigateway-request-validator"
	extGatewayResponses = "x-amazon-apigateway-gateway-responses"
	extIntegration      = "x-amazon-apigateway-integration"
	extAuthType         = "x-amazon-apigateway-authtype"
	extAuthorizer       = "x-amazon-apigateway-authorizer"
)

// reader holds one document while it is read.
type reader struct {
	doc        *openapi3.T
	api        *API
	problems   *Problems
	validators map[string]validator
}

// Load reads a document. What it cannot read is in problems; the API is then
// incomplete, and nil when the document is no OpenAPI document at all.
func Load(document []byte, problems *Problems) *API {
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		problems.Addf("document", "%v", err)
		return nil
	}
	if err := validate(doc); err != nil {
		problems.Addf("document", "%v", err)
		return nil
	}
	r := &reader{doc: doc, problems: problems, api: &API{Schemes: map[string]Scheme{}}}
	if !strings.HasPrefix(doc.OpenAPI, "3.0.") {
		problems.Addf("/openapi", "version %s is not supported; API Gateway imports 3.0", doc.OpenAPI)
	}
	if len(doc.Security) > 0 {
		problems.Addf("/security", "API Gateway ignores security at the root; declare it for each operation")
	}
	r.api.Title = doc.Info.Title
	r.checkExtensions()
	r.readValidators()
	r.readSchemes()
	r.readResponses()
	paths := doc.Paths.Map()
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		r.readPath(path, paths[path])
	}
	return r.api
}

// validate checks the document against OpenAPI 3.0, to which the greedy
// parameter {name+} of API Gateway's paths is an ordinary one.
func validate(doc *openapi3.T) error {
	if doc.Paths == nil {
		return errors.New("has no paths")
	}
	plain := *doc
	plain.Paths = openapi3.NewPathsWithCapacity(doc.Paths.Len())
	plain.Paths.Extensions = doc.Paths.Extensions
	for path, item := range doc.Paths.Map() {
		plain.Paths.Set(strings.ReplaceAll(path, "+}", "}"), item)
	}
	return plain.Validate(context.Background(), openapi3.DisableExamplesValidation())
}

func (r *reader) readPath(path string, item *openapi3.PathItem) {
	operations := item.Operations()
	for _, method := range slices.Sorted(maps.Keys(operations)) {
		if method == http.MethodTrace || method == http.MethodConnect {
			r.problems.Addf(method+" "+path, "API Gateway has no such method")
			continue
		}
		r.readOperation(method, path, item, operations[method])
	}
}

func (r *reader) readOperation(method, path string, item *openapi3.PathItem, operation *openapi3.Operation) {
	op := Operation{Method: method, Path: path, Parameters: map[string]bool{}}
	for segment := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			op.Parameters[strings.TrimRight(name, "+}")] = true
		}
	}
	op.Scheme = r.scheme(&op, operation.Security)
	r.readValidation(&op, item, operation)
	r.readIntegration(&op, operation)
	r.api.Operations = append(r.api.Operations, op)
}

// scheme returns the one security scheme of an operation.
func (r *reader) scheme(op *Operation, security *openapi3.SecurityRequirements) string {
	if security == nil || len(*security) == 0 {
		return ""
	}
	if len(*security) > 1 || len((*security)[0]) != 1 {
		r.problems.Addf(op.Name(), "security must name exactly one scheme")
		return ""
	}
	for name := range (*security)[0] {
		if _, ok := r.api.Schemes[name]; !ok && r.doc.Components.SecuritySchemes[name] == nil {
			r.problems.Addf(op.Name(), "security scheme %s is not declared", name)
		}
		return name
	}
	return ""
}
