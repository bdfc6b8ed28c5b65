// Package userpool is a user pool that speaks Amazon Cognito's protocol, so
// that AWS SDKs, the AWS CLI and Amplify sign people up and in unchanged: one
// pool with one public client, users named by their e-mail address, groups,
// tokens signed with RS256, and the administrative operations behind a
// Signature Version 4.
//
// How a request passes through:
//
//	http.go        POST / with X-Amz-Target -> operation -> answer or error
//	operations.go  the table of operations and who may call each
//	checks.go      constraints on request fields, in Cognito's words
//	signup.go, signin.go, srp.go, challenge.go, refresh.go, account.go,
//	recovery.go, admin_*.go, groups.go, describe.go    the operations
//	hosted*.go     the pages where people sign in and up; pages/ draws them
//	authorization.go, oauth*.go, scope.go, registration.go    OAuth 2.0 and OpenID Connect
//	store_*.go     what is kept, one file per table
//	keys.go, tokens.go, wellknown.go    signing keys, tokens, discovery
//
// The pages call the same functions as the operations, so that lockout, budgets
// and what an outsider can learn are the same on both ways in.
//
// Passwords are kept as argon2id hashes and SRP verifiers; codes, sessions and
// refresh tokens only as hashes. An attempt to sign in as somebody who does not
// exist takes the same path and the same work as one with a wrong password.
//
// Source of the behaviour and of the error texts: the Amazon Cognito API
// reference and developer guide.
package userpool
