// Package authorizer turns an ID token into an IAM policy, as a TOKEN Lambda
// authorizer of API Gateway does. The front door calls it in process and
// cmd/authorizer wraps it for Lambda; both get the same answers.
//
// A token comes from one of the configured issuers: an Amazon Cognito user pool,
// SpaceFinder's own, or any OpenID provider. It is accepted when its RS256
// signature verifies with a key that the issuer publishes, and its issuer,
// audience, kind and times are right. Of the issuer the package knows only the
// published keys (JWKS).
//
// The policy covers the whole API, not just the method asked for, because API
// Gateway caches it per token and evaluates it for later requests.
//
// A token that is no good is [iampolicy.ErrUnauthorized] (401). A token that
// cannot be judged, because its issuer does not give out its keys, is
// [ErrKeysUnavailable] (500): to call it unauthorized would be a lie that makes
// clients throw their session away.
package authorizer
