package spacefinder

import (
	"errors"
	"fmt"
	"strings"
)

// Code names a kind of failure. Codes are part of the public contract: clients
// branch on them, and package rest maps each of them to an HTTP status.
type Code string

// The codes that a service answers with.
const (
	CodeInvalid            Code = "invalid_request"     // the request breaks the contract; Problems says where
	CodeUnsupportedType    Code = "unsupported_type"    // the body is not application/json
	CodeTooLarge           Code = "too_large"           // the body is longer than any valid one
	CodeForbidden          Code = "forbidden"           // the caller may not do this
	CodeNotFound           Code = "not_found"           // no such item, or none that the caller may see
	CodeConflict           Code = "booking_conflict"    // the resource is taken; Clash says when
	CodeIDInUse            Code = "id_in_use"           // the chosen id names an item elsewhere
	CodeNotEmpty           Code = "not_empty"           // the item still has children
	CodePreconditionFailed Code = "precondition_failed" // If-Match or If-None-Match does not hold
	CodeThrottled          Code = "throttled"           // the store asks for fewer requests
	CodeUnavailable        Code = "unavailable"         // the store cannot answer now; a retry may succeed
	CodeInternal           Code = "internal_error"      // a fault of ours; the log has the cause
)

// Codes returns all codes.
func Codes() []Code {
	return []Code{
		CodeInvalid, CodeUnsupportedType, CodeTooLarge, CodeForbidden, CodeNotFound, CodeConflict, CodeIDInUse, CodeNotEmpty,
		CodePreconditionFailed, CodeThrottled, CodeUnavailable, CodeInternal,
	}
}

// Problem is one thing wrong with a request.
type Problem struct {
	Field  string `json:"field"`  // JSON member, query or path parameter, or header
	Detail string `json:"detail"` // what is wrong with it, for a person
}

// Error is a failure with a code. Message and Problems are shown to clients;
// the cause is for logs alone.
type Error struct {
	Code     Code
	Message  string
	Problems []Problem // with CodeInvalid: every problem found, not just the first
	Clash    *Interval // with CodeConflict: the interval that is taken, never by whom
	cause    error
}

// Errorf returns an Error with the code and a message for clients.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// WithCause returns a copy of the error that carries cause for the log.
func (e *Error) WithCause(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// Error returns the code, the message and the problems; the cause is appended,
// so the text is for logs.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Code, e.Message)
	for _, p := range e.Problems {
		fmt.Fprintf(&b, "; %s: %s", p.Field, p.Detail)
	}
	if e.cause != nil {
		fmt.Fprintf(&b, ": %v", e.cause)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// CodeOf returns the code of the first Error in err's chain, CodeInternal for
// any other error, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// Invalid returns a CodeInvalid error that lists the problems, or nil when
// there are none.
func Invalid(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return &Error{Code: CodeInvalid, Message: "The request is not valid.", Problems: problems}
}

// Conflict returns a CodeConflict error that names the interval already taken.
func Conflict(clash Interval) *Error {
	return &Error{Code: CodeConflict, Message: "The resource is already booked at that time.", Clash: &clash}
}
