package definition

import (
	"maps"
	"slices"
	"strings"

	"github.com/spacefinder/spacefinder/internal/gateway/expression"
)

// gatewayResponse is an entry of x-amazon-apigateway-gateway-responses.
type gatewayResponse struct {
	StatusCode         flexInt           `json:"statusCode,omitempty"`
	ResponseParameters map[string]string `json:"responseParameters,omitempty"`
	ResponseTemplates  map[string]string `json:"responseTemplates,omitempty"`
}

// readResponses reads the customised gateway responses. Whether a type exists
// is for the front door to say.
func (r *reader) readResponses() {
	value, ok := r.doc.Extensions[extGatewayResponses]
	if !ok {
		return
	}
	responses, err := decode[map[string]gatewayResponse](value)
	if err != nil {
		r.problems.Addf("/"+extGatewayResponses, "%v", err)
		return
	}
	r.api.Responses = map[string]Response{}
	for _, kind := range slices.Sorted(maps.Keys(responses)) {
		r.api.Responses[kind] = r.readResponse("/"+extGatewayResponses+"/"+kind, responses[kind])
	}
}

func (r *reader) readResponse(place string, in gatewayResponse) Response {
	out := Response{Status: int(in.StatusCode), Headers: map[string]expression.Source{}}
	if out.Status != 0 && (out.Status < 400 || out.Status > 599) {
		r.problems.Addf(place, "statusCode must be from 400 to 599")
	}
	for _, key := range slices.Sorted(maps.Keys(in.ResponseParameters)) {
		name, ok := strings.CutPrefix(key, "gatewayresponse.header.")
		if !ok || !validHeaderName(name) {
			r.problems.Addf(place, "response parameter %q is not supported", key)
			continue
		}
		source, err := expression.ParseMapping(in.ResponseParameters[key])
		if err != nil {
			r.problems.Addf(place, "%s: %v", key, err)
		}
		out.Headers[name] = source
	}
	for _, mime := range slices.Sorted(maps.Keys(in.ResponseTemplates)) {
		if mime != jsonType {
			r.problems.Addf(place, "a template for %s is not supported; one for application/json is", mime)
			continue
		}
		template, err := expression.ParseTemplate(in.ResponseTemplates[mime])
		if err != nil {
			r.problems.Addf(place, "%v", err)
		}
		out.Template = template
	}
	return out
}
