// Package api holds the contract: the OpenAPI document that API Gateway
// imports, the front door interprets and the tests hold the services to.
package api

import _ "embed"

// Document is api/openapi.yaml, OpenAPI 3.0.1 with API Gateway's extensions.
//
//go:embed openapi.yaml
var Document []byte
