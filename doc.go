// Package spacefinder is the vocabulary of SpaceFinder: locations, the
// resources (rooms, halls, arenas, demo areas) that they have, and the bookings
// of those resources, with the rules that each of them obeys.
//
// Everything else imports this package and this package imports only the
// standard library. It holds no state, reads no clock and makes no identifier:
// the services pass those in.
//
// # How the system fits together
//
// A request travels from left to right, and every import points to the middle,
// towards this package:
//
//	front door          services                     store
//	internal/gateway -> internal/locations        -> internal/store/sqlite
//	   |                internal/resources           internal/store/dynamodb
//	   |                internal/bookings
//	   +-> internal/authorizer (ID token in, IAM policy out)
//	          keys <- internal/userpool (JWKS)
//
// The front door interprets api/openapi.yaml, the one description of routes,
// bodies and access, exactly as Amazon API Gateway does; on AWS API Gateway
// takes its place. Between the front door and a service passes only HTTP:
// path, query, body, and the headers that the document maps.
package spacefinder
