package authorizer

import (
	"fmt"
	"net/url"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/iampolicy"
)

// The keys of a response's context. The OpenAPI document maps
// context.authorizer.KEY to a header for the services.
const (
	ContextCallerID     = "callerId"     // the subject of the ID token
	ContextCallerGroups = "callerGroups" // its groups, a JSON array of strings in ASCII; "[]" for none
)

// MaxGroupsLength is the most bytes of callerGroups. Of groups that do not fit
// the last ones are left out, the administrators' group never: a group only
// ever allows, so to leave one out cannot let anybody in.
const MaxGroupsLength = 4 << 10

const (
	anyVerb = "*"
	anyPath = "*"
)

// respond returns the policy for the caller, for the API and stage of the
// request. It depends on nothing else of the request, so that it may be cached.
func respond(request iampolicy.MethodARN, caller spacefinder.Caller, access spacefinder.Access) (iampolicy.TokenResponse, error) {
	response := iampolicy.TokenResponse{
		PrincipalID: caller.ID,
		PolicyDocument: iampolicy.Document{
			Version: iampolicy.Version,
			Statement: []iampolicy.Statement{{
				Effect:   iampolicy.EffectAllow,
				Action:   []string{iampolicy.ActionInvoke},
				Resource: allowed(request, caller, access),
			}},
		},
		Context: map[string]string{
			ContextCallerID:     caller.ID,
			ContextCallerGroups: encodeGroups(caller, access),
		},
	}
	if err := response.PolicyDocument.Validate(); err != nil { // a stage with a very long name
		return iampolicy.TokenResponse{}, fmt.Errorf("authorizer: API Gateway would refuse the policy: %w", err)
	}
	return response, nil
}

// allowed lists the methods that the caller may call.
func allowed(request iampolicy.MethodARN, caller spacefinder.Caller, access spacefinder.Access) []string {
	admin := access.IsAdmin(caller)
	if admin && access.AdminBookings == spacefinder.AdminBookingsAll {
		return []string{request.Method(anyVerb, anyPath).String()}
	}
	verb := "GET"
	if admin {
		verb = anyVerb
	}
	resources := []string{
		request.Method(verb, "locations").String(),
		request.Method(verb, "locations/*").String(),
	}
	for _, id := range spellings(caller.ID) {
		resources = append(resources,
			request.Method(anyVerb, "users/"+id+"/bookings").String(),
			request.Method(anyVerb, "users/"+id+"/bookings/*").String())
	}
	return resources
}

// spellings returns the ways in which a path may write an id: as it is, and
// percent-encoded if that differs (auth0|5f7c, auth0%7C5f7c). API Gateway does
// not document which of them a method ARN has.
func spellings(id string) []string {
	if encoded := url.QueryEscape(id); encoded != id {
		return []string{id, encoded}
	}
	return []string{id}
}

// encodeGroups returns the caller's groups as a JSON array that fits a header:
// ASCII, at most MaxGroupsLength bytes.
func encodeGroups(caller spacefinder.Caller, access spacefinder.Access) string {
	array, complete := appendGroups([]byte{'['}, caller.Groups)
	if !complete && access.IsAdmin(caller) {
		groups := slices.DeleteFunc(slices.Clone(caller.Groups), func(g string) bool { return g == access.AdminGroup })
		array, _ = appendGroups([]byte{'['}, slices.Insert(groups, 0, access.AdminGroup))
	}
	return string(append(array, ']'))
}

// appendGroups appends the groups up to the first that does not fit.
func appendGroups(array []byte, groups []string) (_ []byte, complete bool) {
	for i, group := range groups {
		end := len(array)
		if i > 0 {
			array = append(array, ',')
		}
		array = appendASCII(array, group)
		if len(array)+len("]") > MaxGroupsLength {
			return array[:end], false
		}
	}
	return array, true
}

// appendASCII appends s as a JSON string of printable ASCII characters.
func appendASCII(dst []byte, s string) []byte {
	quoted, _ := jsontext.AppendQuote(nil, s) // its error tells of invalid UTF-8, which it replaces
	for _, r := range string(quoted) {
		if r < 0x7f {
			dst = utf8.AppendRune(dst, r) // below a space there is nothing: JSON escapes it
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			dst = fmt.Appendf(dst, `\u%04x`, unit)
		}
	}
	return dst
}
