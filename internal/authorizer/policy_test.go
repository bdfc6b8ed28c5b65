package authorizer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/authorizer"
	"github.com/spacefinder/spacefinder/internal/iampolicy"
)

func authorize(t *testing.T, changes object, access spacefinder.AdminBookings) iampolicy.TokenResponse {
	t.Helper()
	a := startStill(t, func(c *authorizer.Config) { c.Access.AdminBookings = access })
	response, err := a.Authorize(t.Context(), request("Bearer "+firstKey().token(idToken(now, changes))))
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func TestPolicyAllowsWhatTheContractAllows(t *testing.T) {
	t.Parallel()
	const all, own = spacefinder.AdminBookingsAll, spacefinder.AdminBookingsOwn
	const mine, others = "users/" + subject + "/bookings", "users/eve/bookings"
	regular, admin := []string{"staff"}, []string{"staff", "apiAdmins", "guests"}
	const yes, no = iampolicy.Allow, iampolicy.ImplicitDeny

	tests := []struct {
		method                         string
		regular, adminOwn, adminForAll iampolicy.Decision
	}{
		{"GET/locations", yes, yes, yes},
		{"PUT/locations", no, yes, yes},
		{"GET/locations/l1", yes, yes, yes},
		{"PUT/locations/l1", no, yes, yes},
		{"DELETE/locations/l1", no, yes, yes},
		{"GET/locations/l1/resources", yes, yes, yes},
		{"PUT/locations/l1/resources", no, yes, yes},
		{"GET/locations/l1/resources/r1", yes, yes, yes},
		{"PUT/locations/l1/resources/r1", no, yes, yes},
		{"DELETE/locations/l1/resources/r1", no, yes, yes},
		{"GET/locations/l1/resources/r1/bookings", yes, yes, yes},
		{"GET/" + mine, yes, yes, yes},
		{"PUT/" + mine, yes, yes, yes},
		{"GET/" + mine + "/b1", yes, yes, yes},
		{"PUT/" + mine + "/b1", yes, yes, yes},
		{"DELETE/" + mine + "/b1", yes, yes, yes},
		{"GET/" + others, no, no, yes},
		{"PUT/" + others, no, no, yes},
		{"GET/" + others + "/b1", no, no, yes},
		{"PUT/" + others + "/b1", no, no, yes},
		{"DELETE/" + others + "/b1", no, no, yes},
		{"GET/users/" + subject, no, no, yes},
		{"GET/" + mine + "x", no, no, yes},
		{"GET/users/x" + subject + "/bookings", no, no, yes},
		{"GET/locationsx", no, no, yes},
		{"GET/", no, no, yes},
	}
	for _, caller := range []struct {
		name   string
		groups []string
		access spacefinder.AdminBookings
		want   func(i int) iampolicy.Decision
	}{
		{"regular", regular, all, func(i int) iampolicy.Decision { return tests[i].regular }},
		{"administrator with own bookings", admin, own, func(i int) iampolicy.Decision { return tests[i].adminOwn }},
		{"administrator", admin, all, func(i int) iampolicy.Decision { return tests[i].adminForAll }},
	} {
		t.Run(caller.name, func(t *testing.T) {
			t.Parallel()
			policy := authorize(t, object{"cognito:groups": caller.groups}, caller.access).PolicyDocument
			for i, test := range tests {
				if got := policy.Evaluate(iampolicy.ActionInvoke, api+test.method); got != caller.want(i) {
					t.Errorf("%s: %s, want %s", test.method, got, caller.want(i))
				}
			}
		})
	}
}

func TestPolicyIsForOneAPIAndStage(t *testing.T) {
	t.Parallel()
	policy := authorize(t, object{"cognito:groups": []string{"apiAdmins"}}, spacefinder.AdminBookingsAll).PolicyDocument
	for _, foreign := range []string{
		strings.Replace(api, "/Prod/", "/Dev/", 1), strings.Replace(api, "a1b2c3", "z9", 1),
		strings.Replace(api, "123456789012", "999999999999", 1), strings.Replace(api, "us-east-1", "eu-west-1", 1),
	} {
		if got := policy.Evaluate(iampolicy.ActionInvoke, foreign+"GET/locations"); got != iampolicy.ImplicitDeny {
			t.Errorf("%s: %s", foreign, got)
		}
	}
}

func TestPolicyDoesNotDependOnTheMethodAskedFor(t *testing.T) {
	t.Parallel()
	a := startStill(t, nil)
	event := request(firstKey().token(idToken(now, nil)))
	policies := make(map[string]bool)
	for _, method := range []string{"GET/locations", "DELETE/users/eve/bookings/b1", "PUT/"} {
		event.MethodArn = api + method
		response, err := a.Authorize(t.Context(), event)
		if err != nil {
			t.Fatal(err)
		}
		policies[text(response.PolicyDocument)] = true
	}
	if len(policies) != 1 {
		t.Errorf("different policies: %v", policies)
	}
}

func TestPolicyFitsTheLongestSubjectAndEverySpelling(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("|", spacefinder.MaxIDLength-1) + "a"
	response := authorize(t, object{"sub": longest}, spacefinder.AdminBookingsAll)
	if err := response.PolicyDocument.Validate(); err != nil {
		t.Error(err)
	}
	for _, spelling := range []string{longest, strings.ReplaceAll(longest, "|", "%7C")} {
		got := response.PolicyDocument.Evaluate(iampolicy.ActionInvoke, api+"PUT/users/"+spelling+"/bookings/b1")
		if got != iampolicy.Allow {
			t.Errorf("%s: %s", spelling, got)
		}
	}
}

func TestTheAdministratorsGroupCountsAnywhereAndWhole(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		groups any
		want   iampolicy.Decision
	}{
		"only":         {[]string{"apiAdmins"}, iampolicy.Allow},
		"first":        {[]string{"apiAdmins", "a", "b"}, iampolicy.Allow},
		"in between":   {[]string{"a", "apiAdmins", "b"}, iampolicy.Allow},
		"last":         {[]string{"a", "b", "apiAdmins"}, iampolicy.Allow},
		"twice":        {[]string{"apiAdmins", "apiAdmins"}, iampolicy.Allow},
		"missing":      {[]string{"a", "b"}, iampolicy.ImplicitDeny},
		"no claim":     {nil, iampolicy.ImplicitDeny},
		"another case": {[]string{"apiadmins"}, iampolicy.ImplicitDeny},
		"a part of it": {[]string{"apiAdmin", "xapiAdmins", "apiAdmins "}, iampolicy.ImplicitDeny},
		"joined":       {[]string{"a,apiAdmins"}, iampolicy.ImplicitDeny},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policy := authorize(t, object{"cognito:groups": test.groups}, spacefinder.AdminBookingsAll).PolicyDocument
			if got := policy.Evaluate(iampolicy.ActionInvoke, api+"PUT/locations"); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestContextTellsTheServicesWhoCalls(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		groups any
		want   string
	}{
		"no claim":      {nil, `[]`},
		"empty":         {[]string{}, `[]`},
		"in order":      {[]string{"staff", "apiAdmins"}, `["staff","apiAdmins"]`},
		"quoted":        {[]string{`a"b\c,d`}, `["a\"b\\c,d"]`},
		"beyond ASCII":  {[]string{"Räume", "😀"}, `["R\u00e4ume","\ud83d\ude00"]`},
		"control codes": {[]string{"a\r\nb\x00\x7f"}, `["a\r\nb\u0000\u007f"]`},
		"empty name":    {[]string{""}, `[""]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response := authorize(t, object{"cognito:groups": test.groups}, spacefinder.AdminBookingsAll)
			if response.PrincipalID != subject || response.Context["callerId"] != subject {
				t.Errorf("principal %q, callerId %q", response.PrincipalID, response.Context["callerId"])
			}
			if got := response.Context["callerGroups"]; got != test.want {
				t.Errorf("callerGroups %s, want %s", got, test.want)
			}
			if len(response.Context) != 2 {
				t.Errorf("context has more: %v", response.Context)
			}
		})
	}
}

func TestGroupsFitToTheLastByte(t *testing.T) {
	t.Parallel()
	fits := strings.Repeat("g", authorizer.MaxGroupsLength-len(`[""]`))
	for group, want := range map[string]string{fits: `["` + fits + `"]`, fits + "g": `[]`} {
		got := authorize(t, object{"cognito:groups": []string{group}}, spacefinder.AdminBookingsAll).Context["callerGroups"]
		if got != want {
			t.Errorf("a name of %d bytes gives %d bytes, want %d", len(group), len(got), len(want))
		}
	}
}

func TestGroupsThatDoNotFitAreLeftOutButNeverTheAdministrators(t *testing.T) {
	t.Parallel()
	many := make([]string, 70)
	for i := range many {
		many[i] = fmt.Sprintf("%02d-%s", i, strings.Repeat("g", 70))
	}
	for name, test := range map[string]struct {
		groups []string
		first  string
	}{
		"regular":       {many, many[0]},
		"administrator": {append(slices.Clone(many), "apiAdmins"), "apiAdmins"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			encoded := authorize(t, object{"cognito:groups": test.groups}, spacefinder.AdminBookingsAll).Context["callerGroups"]
			if len(encoded) > authorizer.MaxGroupsLength || len(encoded) < authorizer.MaxGroupsLength-80 {
				t.Errorf("%d bytes, want as many as fit %d", len(encoded), authorizer.MaxGroupsLength)
			}
			var got []string
			if err := json.Unmarshal([]byte(encoded), &got); err != nil {
				t.Fatal(err)
			}
			if got[0] != test.first || len(slices.Compact(slices.Sorted(slices.Values(got)))) != len(got) {
				t.Errorf("got %q first of %q", got[0], got)
			}
			for _, group := range got {
				if !slices.Contains(test.groups, group) {
					t.Errorf("invented %q", group)
				}
			}
		})
	}
}
