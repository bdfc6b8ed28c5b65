package iampolicy

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Version is the version of the policy language that new documents name.
const Version = "2012-10-17"

// ActionInvoke is the action of calling a method of an API.
//
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
const ActionInvoke = "execute-api:Invoke"

// Effect is what a statement does with the requests that it matches.
type Effect string

// The effects.
const (
	EffectAllow Effect = "Allow"
	EffectDeny  Effect = "Deny"
)

// Document is a policy. Decoded from JSON it may hold anything; call
// [Document.Validate] before evaluating a document of someone else.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
type Document struct {
	Version   string          `json:"Version"`
	ID        string          `json:"Id,omitzero"`
	Statement List[Statement] `json:"Statement"`

	// Unsupported holds the elements of any other name, for Validate to refuse.
	Unsupported map[string]jsontext.Value `json:",embed"`
}

// Statement allows or denies its actions on its resources. Both may contain
// the wildcards * (any run of characters, slashes included) and ? (exactly one
// character).
type Statement struct {
	Sid      string       `json:"Sid,omitzero"`
	Effect   Effect       `json:"Effect"`
	Action   List[string] `json:"Action"`
	Resource List[string] `json:"Resource"`

	// Unsupported holds the elements of any other name, for Validate to refuse.
	Unsupported map[string]jsontext.Value `json:",embed"`
}

// List is a list that JSON may also write as its only element. It is encoded
// as an array.
type List[T any] []T

// UnmarshalJSONFrom accepts an array of T or a single T, but not null: an
// element that is there and says nothing is a mistake.
func (l *List[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch dec.PeekKind() {
	case jsontext.KindBeginArray:
		return json.UnmarshalDecode(dec, (*[]T)(l))
	case jsontext.KindNull:
		return errNullElement
	default:
		*l = make(List[T], 1)
		return json.UnmarshalDecode(dec, &(*l)[0])
	}
}
