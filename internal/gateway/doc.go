// Package gateway is the front door: it interprets an OpenAPI document with
// API Gateway's extensions as an API Gateway REST API does, so that one
// document serves a single machine and AWS alike.
//
// # Order of processing
//
// A request passes these steps and ends at the first that refuses it, with the
// status and words of API Gateway:
//
//  1. Routing: no such path or verb is 403 Missing Authentication Token; header
//     values above 10,240 bytes in sum are 431.
//  2. Authorization: no token, several, or one that does not fit
//     identityValidationExpression is 401 without a call. The policy for a
//     token is kept for the time that the document says, and evaluated for
//     each request: 403.
//  3. Throttling: 429.
//  4. Validation: required parameters, then the body: 400.
//  5. Integration: a fixed reply (mock), or the request built anew for a
//     backend (http_proxy) and its reply with the headers that pass: 504 when
//     there is none.
//
// # The boundary
//
// A backend gets method, path, query, body and headers, and nothing else: the
// context of its request carries a deadline and cancellation, never a value,
// also for a handler in the same process.
//
// # Where it differs from API Gateway, on the safe side
//
//   - Path segments "." and "..", escaped or not, match nothing.
//   - A mapped header whose source is missing, or has a control character,
//     removes the client's header of that name.
//   - X-Amzn-Trace-Id always reaches the backend as one well-formed header.
//   - Bodies are read by a strict JSON parser: a duplicate name is invalid.
//   - A body that does not arrive within the integration's time is 408, and
//     header values or a URL that are too long are 431 and 414.
//   - A mock integration answers 415 for a type without a request template.
//   - The stage is not part of the URL, as with a custom domain name.
package gateway
