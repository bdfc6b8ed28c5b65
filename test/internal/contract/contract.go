// Package contract judges answers by api/openapi.yaml. Every answer that the
// end-to-end suite sees passes through Check: what the document does not
// declare for the operation is a defect of the system or of the document.
package contract

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spacefinder/spacefinder/api"
)

// Document is the loaded OpenAPI document.
type Document struct {
	operations   []Operation
	gatewayError *openapi3.Schema
}

// Operation is one operation of the document.
type Operation struct {
	ID     string // operationId
	Method string
	Path   string // /locations/{locationID}
	Open   bool   // answers without a token: the CORS preflights

	responses map[int]*openapi3.Response
}

// Load reads the document that is embedded in package api.
func Load() (*Document, error) {
	loaded, err := openapi3.NewLoader().LoadFromData(api.Document)
	if err != nil {
		return nil, fmt.Errorf("load the OpenAPI document: %w", err)
	}
	if err := loaded.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("the OpenAPI document is not valid: %w", err)
	}
	d := &Document{gatewayError: loaded.Components.Schemas["GatewayError"].Value}
	for path, item := range loaded.Paths.Map() {
		for method, op := range item.Operations() {
			operation, err := newOperation(method, path, op)
			if err != nil {
				return nil, err
			}
			d.operations = append(d.operations, operation)
		}
	}
	slices.SortFunc(d.operations, func(a, b Operation) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	return d, nil
}

func newOperation(method, path string, op *openapi3.Operation) (Operation, error) {
	o := Operation{
		ID:        op.OperationID,
		Method:    method,
		Path:      path,
		Open:      op.Security == nil || len(*op.Security) == 0,
		responses: map[int]*openapi3.Response{},
	}
	for status, response := range op.Responses.Map() {
		var code int
		if _, err := fmt.Sscanf(status, "%d", &code); err != nil {
			return o, fmt.Errorf("%s %s: response %q is not a status", method, path, status)
		}
		o.responses[code] = response.Value
	}
	return o, nil
}

// Operations returns every operation, in order of path and method.
func (d *Document) Operations() []Operation { return d.operations }

// Paths returns every path with the methods that it declares besides OPTIONS.
func (d *Document) Paths() map[string][]string {
	paths := map[string][]string{}
	for _, op := range d.operations {
		if op.Method != http.MethodOptions {
			paths[op.Path] = append(paths[op.Path], op.Method)
		}
	}
	return paths
}

// find returns the operation that serves an escaped path: a literal segment
// goes before a parameter, one slash at the end counts for nothing.
func (d *Document) find(method, escapedPath string) (Operation, bool) {
	segments := split(escapedPath)
	best, found, bestLiterals := Operation{}, false, -1
	for _, op := range d.operations {
		literals, ok := match(split(op.Path), segments)
		if op.Method == method && ok && literals > bestLiterals {
			best, found, bestLiterals = op, true, literals
		}
	}
	return best, found
}

func split(path string) []string {
	return strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/"), "/")
}

func match(pattern, segments []string) (literals int, ok bool) {
	if len(pattern) != len(segments) {
		return 0, false
	}
	for i, p := range pattern {
		switch {
		case strings.HasPrefix(p, "{"):
			if segments[i] == "" {
				return 0, false
			}
		case p == segments[i]:
			literals++
		default:
			return 0, false
		}
	}
	return literals, true
}
