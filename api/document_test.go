package api_test

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spacefinder/spacefinder/api"
)

// load reads the contract and resolves its references, once for all tests,
// which leave it as it is.
var load = sync.OnceValues(func() (*openapi3.T, error) { return openapi3.NewLoader().LoadFromData(api.Document) })

func document(t *testing.T) *openapi3.T {
	t.Helper()
	d, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// operation is one verb of one path.
type operation struct {
	method, path string
	*openapi3.Operation
}

func (o operation) String() string { return o.method + " " + o.path }

// operations returns all operations of the document but the preflights.
func operations(t *testing.T) []operation {
	t.Helper()
	var all []operation
	for path, item := range document(t).Paths.Map() {
		for method, op := range item.Operations() {
			if method != http.MethodOptions {
				all = append(all, operation{method, path, op})
			}
		}
	}
	if len(all) == 0 {
		t.Fatal("the document has no operations")
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return all
}

// Validation covers every example as well.
func TestTheDocumentIsValid(t *testing.T) {
	d := document(t)
	if err := d.Validate(t.Context(), openapi3.EnableExamplesValidation()); err != nil {
		t.Error(err)
	}
	if d.OpenAPI != "3.0.1" {
		t.Errorf("OpenAPI %s; API Gateway imports 3.0.1", d.OpenAPI)
	}
}

// The examples are the first thing that a reader tries: validation must notice
// when one is wrong.
func TestValidationNoticesAWrongExample(t *testing.T) {
	wrong := strings.Replace(string(api.Document), "name: Munich office", "title: Munich office", 1)
	d, err := openapi3.NewLoader().LoadFromData([]byte(wrong))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Validate(t.Context(), openapi3.EnableExamplesValidation()); err == nil {
		t.Error("an example with a misspelled member passes")
	}
}

func TestEveryComponentIsUsed(t *testing.T) {
	c := document(t).Components
	components := map[string][]string{
		"schemas":    slices.Collect(maps.Keys(c.Schemas)),
		"parameters": slices.Collect(maps.Keys(c.Parameters)),
		"headers":    slices.Collect(maps.Keys(c.Headers)),
		"responses":  slices.Collect(maps.Keys(c.Responses)),
		"examples":   slices.Collect(maps.Keys(c.Examples)),
	}
	for kind, names := range components {
		for _, name := range names {
			if !strings.Contains(string(api.Document), "'#/components/"+kind+"/"+name+"'") {
				t.Errorf("nothing refers to %s/%s", kind, name)
			}
		}
	}
}

func TestEveryOperationIsDescribed(t *testing.T) {
	ids := map[string]string{}
	for _, op := range operations(t) {
		if op.OperationID == "" || op.Summary == "" || len(op.Tags) != 1 {
			t.Errorf("%s: operationId %q, summary %q, tags %q", op, op.OperationID, op.Summary, op.Tags)
		}
		if other, taken := ids[op.OperationID]; taken {
			t.Errorf("%s and %s are both named %s", op, other, op.OperationID)
		}
		ids[op.OperationID] = op.String()
	}
}

func TestEveryOperationNeedsTheToken(t *testing.T) {
	for _, op := range operations(t) {
		if op.Security == nil || len(*op.Security) != 1 || (*op.Security)[0]["TokenAuthorizer"] == nil {
			t.Errorf("%s: security %v; API Gateway takes no notice of any but the operation's own", op, op.Security)
		}
	}
}

func TestEveryOperationIsValidated(t *testing.T) {
	d := document(t)
	if got := d.Extensions["x-amazon-apigateway-request-validator"]; got != "parameters" {
		t.Errorf("the validator of the document is %v", got)
	}
	for _, op := range operations(t) {
		validator := op.Extensions["x-amazon-apigateway-request-validator"]
		switch {
		case op.RequestBody == nil && validator != nil:
			t.Errorf("%s has no body and the validator %v", op, validator)
		case op.RequestBody != nil && validator != "all":
			t.Errorf("%s has a body, which the validator %v does not check", op, validator)
		case op.RequestBody != nil && !op.RequestBody.Value.Required:
			t.Errorf("%s does not require its body", op)
		}
	}
}

// What every operation may be answered, and what follows from what it takes.
func TestEveryOperationDeclaresItsAnswers(t *testing.T) {
	for _, op := range operations(t) {
		want := []string{"400", "401", "403", "429", "500", "503", "504"}
		if op.RequestBody != nil {
			want = append(want, "201", "413", "415")
		}
		if strings.HasSuffix(op.path, "}") {
			want = append(want, "200")
		}
		if strings.HasSuffix(op.path, "}") && op.method == http.MethodGet {
			want = append(want, "304", "404")
		}
		if op.Parameters.GetByInAndName("header", "If-Match") != nil {
			want = append(want, "412")
		}
		for _, status := range want {
			if op.Responses.Value(status) == nil {
				t.Errorf("%s does not declare %s", op, status)
			}
		}
	}
}

func TestItemsAreWrittenUnderConditions(t *testing.T) {
	want := map[string][]string{
		http.MethodGet:    {"If-None-Match"},
		http.MethodPut:    {"If-Match", "If-None-Match"},
		http.MethodDelete: {"If-Match"},
	}
	for _, op := range operations(t) {
		if !strings.HasSuffix(op.path, "}") {
			continue
		}
		var got []string
		for _, p := range op.Parameters {
			if p.Value.In == "header" {
				got = append(got, p.Value.Name)
			}
		}
		if !slices.Equal(got, want[op.method]) {
			t.Errorf("%s takes the headers %q, want %q", op, got, want[op.method])
		}
	}
}

func TestErrorsOfTheFrontDoorCanBeReadFromAnotherOrigin(t *testing.T) {
	responses := asMap(t, document(t).Extensions["x-amazon-apigateway-gateway-responses"])
	for _, kind := range []string{"ACCESS_DENIED", "BAD_REQUEST_BODY", "DEFAULT_4XX", "DEFAULT_5XX"} {
		// An entry of its own inherits nothing from DEFAULT_4XX.
		parameters := asMap(t, asMap(t, responses[kind])["responseParameters"])
		if got := parameters["gatewayresponse.header.Access-Control-Allow-Origin"]; got != "'*'" {
			t.Errorf("%s allows the origin %v", kind, got)
		}
		exposed, _ := parameters["gatewayresponse.header.Access-Control-Expose-Headers"].(string)
		if !strings.Contains(exposed, "x-amzn-RequestId") {
			t.Errorf("%s exposes %q", kind, exposed)
		}
	}
	if len(responses) != 4 {
		t.Errorf("there are %d gateway responses, the test knows 4", len(responses))
	}
}

// A token has three parts, with or without the scheme; whatever does not look
// like one never reaches the authorizer.
func TestTheIdentityExpression(t *testing.T) {
	scheme := document(t).Components.SecuritySchemes["TokenAuthorizer"].Value
	authorizer := asMap(t, scheme.Extensions["x-amazon-apigateway-authorizer"])
	text, _ := authorizer["identityValidationExpression"].(string)
	expression, err := regexp.Compile(text)
	if err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]bool{
		"eyJh.eyJz.c2ln": true, "Bearer eyJh.eyJz.c2ln": true, "bearer eyJh.eyJz.c2ln": true, "a-_.b.c": true,
		"": false, "Bearer": false, "Bearer ": false, "Basic YTpi": false, "eyJh.eyJz": false, "eyJh.eyJz.": false,
		"a.b.c.d.e": false, "a.b.c ": false, " a.b.c": false, "Bearer  a.b.c": false, "a.b.c, a.b.c": false, "a.b.c\n": false,
	} {
		if got := expression.MatchString(value); got != want {
			t.Errorf("%q matches: %t, want %t", value, got, want)
		}
	}
}

func asMap(t *testing.T, v any) map[string]any {
	t.Helper()
	m, ok := v.(map[string]any)
	if !ok {
		t.Fatalf("%T in place of an object: %v", v, v)
	}
	return m
}
