package iampolicy_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spacefinder/spacefinder/internal/iampolicy"
)

const api = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3/Prod/"

func allow(resources ...string) iampolicy.Statement {
	return statement(iampolicy.EffectAllow, resources...)
}

func deny(resources ...string) iampolicy.Statement {
	return statement(iampolicy.EffectDeny, resources...)
}

func statement(effect iampolicy.Effect, resources ...string) iampolicy.Statement {
	return iampolicy.Statement{Effect: effect, Action: []string{iampolicy.ActionInvoke}, Resource: resources}
}

func document(statements ...iampolicy.Statement) iampolicy.Document {
	return iampolicy.Document{Version: iampolicy.Version, Statement: statements}
}

func TestEvaluateMatchesResourcesAsAPIGatewayDoes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, pattern, resource string
		want                    iampolicy.Decision
	}{
		{"the very method", api + "GET/locations", api + "GET/locations", iampolicy.Allow},
		{"another verb", api + "GET/locations", api + "PUT/locations", iampolicy.ImplicitDeny},
		{"another stage", api + "GET/locations", strings.Replace(api, "Prod", "Dev", 1) + "GET/locations", iampolicy.ImplicitDeny},
		{"an item does not follow from its collection", api + "GET/locations", api + "GET/locations/a", iampolicy.ImplicitDeny},
		{"a collection does not follow from its items", api + "GET/locations/*", api + "GET/locations", iampolicy.ImplicitDeny},
		{"* stands for one segment", api + "GET/locations/*", api + "GET/locations/a", iampolicy.Allow},
		{"* crosses slashes", api + "GET/locations/*", api + "GET/locations/a/resources/b/bookings", iampolicy.Allow},
		{"* stands for nothing too", api + "GET/locations/*", api + "GET/locations/", iampolicy.Allow},
		{"* in the place of the verb", api + "*/locations", api + "DELETE/locations", iampolicy.Allow},
		{"* in the middle", api + "GET/*/bookings", api + "GET/users/u/bookings", iampolicy.Allow},
		{"* in the middle, wrong end", api + "GET/*/bookings", api + "GET/users/u/bookings/b", iampolicy.ImplicitDeny},
		{"* alone", "*", api + "GET/locations", iampolicy.Allow},
		{"? is one character", api + "GET/r?", api + "GET/rä", iampolicy.Allow},
		{"? is not none", api + "GET/r?", api + "GET/r", iampolicy.ImplicitDeny},
		{"? is not two", api + "GET/r?", api + "GET/raa", iampolicy.ImplicitDeny},
		{"* does not split a character", api + "GET/*??b?", api + "GET/世ba", iampolicy.ImplicitDeny},
		{"?? is not one character of two bytes", api + "GET/*r??", api + "GET/rä", iampolicy.ImplicitDeny},
		{"the path's case counts", api + "GET/Locations", api + "GET/locations", iampolicy.ImplicitDeny},
		{"a doubled slash counts", api + "GET//locations", api + "GET/locations", iampolicy.ImplicitDeny},
		{"a star in the request is no wildcard", api + "GET/locations", api + "GET/*", iampolicy.ImplicitDeny},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := document(allow(test.pattern)).Evaluate(iampolicy.ActionInvoke, test.resource)
			if got != test.want {
				t.Errorf("%s on %s = %s, want %s", test.pattern, test.resource, got, test.want)
			}
		})
	}
}

func TestEvaluateCombinesStatements(t *testing.T) {
	t.Parallel()
	hit, miss := api+"GET/hit", api+"GET/miss"
	withAction := func(s iampolicy.Statement, actions ...string) iampolicy.Statement {
		s.Action = actions
		return s
	}
	conditional := allow(hit)
	conditional.Unsupported = map[string]json{"Condition": json(`{}`)}
	extended := document(allow(hit))
	extended.Unsupported = map[string]json{"Extra": json(`1`)}
	tests := []struct {
		name string
		doc  iampolicy.Document
		want iampolicy.Decision
	}{
		{"nothing", iampolicy.Document{}, iampolicy.ImplicitDeny},
		{"no match", document(allow(miss), deny(miss)), iampolicy.ImplicitDeny},
		{"allow", document(allow(miss), allow(hit)), iampolicy.Allow},
		{"any entry of the list", document(allow(miss, hit)), iampolicy.Allow},
		{"deny", document(deny(hit)), iampolicy.ExplicitDeny},
		{"deny after allow", document(allow(hit), deny(hit)), iampolicy.ExplicitDeny},
		{"deny before allow", document(deny(hit), allow(hit)), iampolicy.ExplicitDeny},
		{"allow all, deny another", document(allow("*"), deny(miss)), iampolicy.Allow},
		{"action in another case", document(withAction(allow(hit), "EXECUTE-api:invoke")), iampolicy.Allow},
		{"action by wildcard", document(withAction(allow(hit), "execute-api:*")), iampolicy.Allow},
		{"every action", document(withAction(allow(hit), "*")), iampolicy.Allow},
		{"another action", document(withAction(allow(hit), "execute-api:InvalidateCache")), iampolicy.ImplicitDeny},
		{"one of several actions", document(withAction(allow(hit), "s3:GetObject", "execute-api:Invoke")), iampolicy.Allow},
		{"no action", document(withAction(allow(hit))), iampolicy.ImplicitDeny},
		{"unknown effect counts as deny", document(allow(hit), statement("Maybe", hit)), iampolicy.ExplicitDeny},
		{"unsupported statement element counts as deny", document(conditional), iampolicy.ExplicitDeny},
		{"unsupported document element counts as deny", extended, iampolicy.ExplicitDeny},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := test.doc.Evaluate(iampolicy.ActionInvoke, hit); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// naive is the definition of the wildcards, written for clarity, not speed.
func naive(pattern, s []rune) bool {
	switch {
	case len(pattern) == 0:
		return len(s) == 0
	case pattern[0] == '*':
		return naive(pattern[1:], s) || len(s) > 0 && naive(pattern, s[1:])
	case len(s) == 0:
		return false
	default:
		return (pattern[0] == '?' || pattern[0] == s[0]) && naive(pattern[1:], s[1:])
	}
}

func TestEvaluateAgreesWithTheDefinitionOfWildcards(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOfN(rapid.SampledFrom([]rune("ab/é世**??")), 0, 12, -1).Draw(t, "pattern")
		s := rapid.StringOfN(rapid.SampledFrom([]rune("ab/é世?*")), 0, 12, -1).Draw(t, "resource")
		got := document(allow(pattern)).Evaluate(iampolicy.ActionInvoke, s) == iampolicy.Allow
		if want := naive([]rune(pattern), []rune(s)); got != want {
			t.Fatalf("%q matches %q: %t, want %t", pattern, s, got, want)
		}
	})
}

func TestEvaluateAllocatesNothing(t *testing.T) {
	doc, resource := typicalDocument(), api+"PUT/users/0b9c2d5e/bookings/b1"
	got := testing.AllocsPerRun(100, func() {
		if doc.Evaluate(iampolicy.ActionInvoke, resource) != iampolicy.Allow {
			t.Error("not allowed")
		}
	})
	if got != 0 {
		t.Errorf("%v allocations, want none", got)
	}
}

func TestDecisionsAreNamedAsIAMNamesThem(t *testing.T) {
	t.Parallel()
	for decision, want := range map[iampolicy.Decision]string{
		iampolicy.Allow: "allowed", iampolicy.ExplicitDeny: "explicitDeny", iampolicy.ImplicitDeny: "implicitDeny",
	} {
		if got := decision.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func FuzzEvaluate(f *testing.F) {
	f.Add("execute-api:Invoke", api+"GET/locations/*", api+"GET/locations/a")
	f.Add("*", "**??*\xff", "\xff\xfe/é")
	f.Add("", "", "")
	f.Add("EXECUTE-API:*", strings.Repeat("*a", 256), strings.Repeat("a", 1600))
	f.Fuzz(func(t *testing.T, action, pattern, resource string) {
		s := iampolicy.Statement{Effect: iampolicy.EffectAllow, Action: []string{action}, Resource: []string{pattern, "*" + pattern}}
		allowed := document(s).Evaluate(iampolicy.ActionInvoke, resource)
		s.Effect = iampolicy.EffectDeny
		denied := document(s, allow("*")).Evaluate(iampolicy.ActionInvoke, resource)
		if (allowed == iampolicy.Allow) != (denied == iampolicy.ExplicitDeny) {
			t.Errorf("a statement allows (%s) where it does not deny (%s)", allowed, denied)
		}
		if pattern == resource && action == iampolicy.ActionInvoke && allowed != iampolicy.Allow {
			t.Errorf("%q does not match itself", pattern)
		}
	})
}

func typicalDocument() iampolicy.Document {
	return document(
		allow(api+"GET/locations", api+"GET/locations/*"),
		allow(api+"*/users/0b9c2d5e/bookings", api+"*/users/0b9c2d5e/bookings/*"),
	)
}

func BenchmarkEvaluate(b *testing.B) {
	doc, resource := typicalDocument(), api+"PUT/users/0b9c2d5e/bookings/b1"
	b.ReportAllocs()
	for b.Loop() {
		doc.Evaluate(iampolicy.ActionInvoke, resource)
	}
}
