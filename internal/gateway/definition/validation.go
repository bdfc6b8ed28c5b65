package definition

import (
	"cmp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// validator is an entry of x-amazon-apigateway-request-validators.
type validator struct {
	Parameters bool `json:"validateRequestParameters,omitempty"`
	Body       bool `json:"validateRequestBody,omitempty"`
}

func (r *reader) readValidators() {
	value, ok := r.doc.Extensions[extValidators]
	if !ok {
		return
	}
	validators, err := decode[map[string]validator](value)
	if err != nil {
		r.problems.Addf("/"+extValidators, "%v", err)
	}
	r.validators = validators
}

// readValidation reads what is required of the operation's requests. The
// operation's validator goes before the root's; without one nothing is
// validated.
func (r *reader) readValidation(op *Operation, item *openapi3.PathItem, operation *openapi3.Operation) {
	name, ok := operation.Extensions[extValidator]
	if !ok {
		name, ok = r.doc.Extensions[extValidator]
	}
	if !ok {
		return
	}
	text, _ := name.(string)
	v, ok := r.validators[text]
	if !ok {
		r.problems.Addf(op.Name(), "%s: %v is not in %s", extValidator, name, extValidators)
		return
	}
	if v.Parameters {
		op.Required = requiredParameters(item, operation)
	}
	if v.Body {
		op.Models = r.models(op, operation)
	}
}

// requiredParameters lists the required parameters in the order in which a
// message names them: by place, then name.
func requiredParameters(item *openapi3.PathItem, operation *openapi3.Operation) []Parameter {
	var required []Parameter
	for _, list := range []openapi3.Parameters{item.Parameters, operation.Parameters} {
		for _, ref := range list {
			p := Parameter{In: ref.Value.In, Name: ref.Value.Name}
			// An operation's parameter replaces the path's of the same name.
			required = slices.DeleteFunc(required, func(q Parameter) bool { return p == q })
			if ref.Value.Required && p.In != openapi3.ParameterInCookie {
				required = append(required, p)
			}
		}
	}
	slices.SortFunc(required, func(a, b Parameter) int {
		return cmp.Or(cmp.Compare(a.In, b.In), cmp.Compare(a.Name, b.Name))
	})
	return required
}

// models returns the schemas of the request body by MIME type.
func (r *reader) models(op *Operation, operation *openapi3.Operation) map[string]*openapi3.Schema {
	if operation.RequestBody == nil || operation.RequestBody.Value == nil {
		return nil
	}
	models := map[string]*openapi3.Schema{}
	for mime, content := range operation.RequestBody.Value.Content {
		if strings.ContainsAny(mime, "*;") {
			r.problems.Addf(op.Name(), "request body type %q is not supported; name one MIME type without parameters", mime)
			continue
		}
		if content.Schema != nil {
			models[strings.ToLower(mime)] = content.Schema.Value
		}
	}
	return models
}
