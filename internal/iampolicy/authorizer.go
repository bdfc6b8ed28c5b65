package iampolicy

import "errors"

// TokenRequest is the event that API Gateway sends to a TOKEN Lambda
// authorizer.
//
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
type TokenRequest struct {
	Type               string `json:"type"`               // always "TOKEN"
	AuthorizationToken string `json:"authorizationToken"` // the whole header value, scheme included
	MethodArn          string `json:"methodArn"`          // arn:PARTITION:execute-api:REGION:ACCOUNT:APIID/STAGE/VERB/path
}

// TokenResponse is what a Lambda authorizer returns.
//
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
type TokenResponse struct {
	PrincipalID    string            `json:"principalId"`
	PolicyDocument Document          `json:"policyDocument"`
	Context        map[string]string `json:"context,omitempty"` // API Gateway turns every value into a string
}

// ErrUnauthorized is the error that makes API Gateway answer 401: its text is
// exactly "Unauthorized". Any other error of an authorizer is answered 500.
var ErrUnauthorized = errors.New("Unauthorized") // API Gateway compares this very text
