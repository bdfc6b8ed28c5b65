// Command authorizer is the TOKEN Lambda authorizer of the API: it wraps
// package authorizer for the Lambda runtime.
//
// It is configured by environment variables. Tokens come from a Cognito user
// pool, from another OpenID provider, or from both:
//
//	USER_POOL_ID         the Cognito user pool, such as us-east-1_abcdefghi
//	USER_POOL_CLIENT_ID  the app clients whose ID tokens are accepted, separated by commas
//
//	ISSUER               the "iss" of another OpenID provider's tokens
//	JWKS_URL             where that provider publishes its keys
//	AUDIENCE             the client ids whose ID tokens are accepted, separated by commas
//	GROUPS_CLAIM         the claim that lists the groups; default cognito:groups
//
//	ADMIN_GROUP          the administrators' group; default apiAdmins
//	ADMIN_BOOKINGS       what administrators may do with others' bookings: all (default) or own
//
// Build it with the tag lambda.norpc, which leaves out the obsolete Go runtime.
package main

import (
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/spacefinder/spacefinder/internal/authorizer"
)

func main() {
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	slog.SetDefault(logger) // the runtime library logs through package log
	a, err := newAuthorizer(os.Getenv, authorizer.Config{Logger: logger})
	if err != nil {
		logger.Error("the environment is not valid", slog.String("error", err.Error()))
		os.Exit(1)
	}
	lambda.Start(handler{a})
}
