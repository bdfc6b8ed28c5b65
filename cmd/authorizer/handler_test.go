package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/internal/authorizer"
)

const (
	poolIssuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_abcdefghi"
	base       = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3/Prod/"
)

// environment returns a getenv over fixed variables.
func environment(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func pool() map[string]string {
	return map[string]string{"USER_POOL_ID": "us-east-1_abcdefghi", "USER_POOL_CLIENT_ID": "another, " + clientID}
}

func newHandler(t *testing.T, variables map[string]string, jwks string) handler {
	t.Helper()
	a, err := newAuthorizer(environment(variables), authorizer.Config{HTTPClient: &http.Client{Transport: keysAt(jwks)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return handler{a}
}

func TestInvokeAnswersAsAPIGatewayExpects(t *testing.T) {
	t.Parallel()
	h := newHandler(t, pool(), poolIssuer+"/.well-known/jwks.json")
	tests := []struct {
		name   string
		groups []string
		want   string
	}{
		{"regular", nil, `{"principalId":"` + subject + `","policyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
			`"Action":["execute-api:Invoke"],"Resource":["` + base + `GET/locations","` + base + `GET/locations/*","` +
			base + `*/users/` + subject + `/bookings","` + base + `*/users/` + subject + `/bookings/*"]}]},` +
			`"context":{"callerGroups":"[]","callerId":"` + subject + `"}}`},
		{"administrator", []string{"staff", "apiAdmins"}, `{"principalId":"` + subject +
			`","policyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
			`"Action":["execute-api:Invoke"],"Resource":["` + base + `*/*"]}]},` +
			`"context":{"callerGroups":"[\"staff\",\"apiAdmins\"]","callerId":"` + subject + `"}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := h.Invoke(t.Context(), tokenEvent("Bearer "+idToken(poolIssuer, test.groups...)))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestInvokeFailsWithTheTextThatAPIGatewayExpects(t *testing.T) {
	t.Parallel()
	good := idToken(poolIssuer)
	tests := []struct {
		name  string
		event []byte
		jwks  string
		want  string
	}{
		{"no token", tokenEvent(""), poolIssuer + "/.well-known/jwks.json", "Unauthorized"},
		{"signature of another", tokenEvent(good[:strings.LastIndex(good, ".")+1]), poolIssuer + "/.well-known/jwks.json", "Unauthorized"},
		{"foreign issuer", tokenEvent(idToken("https://evil.example/")), poolIssuer + "/.well-known/jwks.json", "Unauthorized"},
		{"keys not to be had", tokenEvent(good), "nowhere", "the issuer's keys are not available: the issuer answered 404 instead of its keys"},
		{"not JSON", []byte("x"), "nowhere", "the event is not a TOKEN event"},
		{"a member twice", []byte(`{"type":"TOKEN","type":"TOKEN"}`), "nowhere", "the event is not a TOKEN event"},
		{"another event", []byte(`{"type":"REQUEST"}`), "nowhere", "authorizer: not an event of type TOKEN"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := newHandler(t, pool(), test.jwks).Invoke(t.Context(), test.event)
			if err == nil || err.Error() != test.want || got != nil {
				t.Errorf("got %s, %v, want the error %q", got, err, test.want)
			}
		})
	}
}

func TestEnvironmentDescribesTheIssuers(t *testing.T) {
	t.Parallel()
	other := map[string]string{
		"ISSUER": "https://login.example.com/", "JWKS_URL": "https://login.example.com/keys", "AUDIENCE": clientID,
	}
	china := map[string]string{"USER_POOL_ID": "cn-north-1_abcdefghi", "USER_POOL_CLIENT_ID": clientID}
	both := pool()
	for name, value := range other {
		both[name] = value
	}
	const chinaIssuer = "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_abcdefghi"
	for name, test := range map[string]struct {
		variables    map[string]string
		issuer, jwks string
	}{
		"user pool":                {pool(), poolIssuer, poolIssuer + "/.well-known/jwks.json"},
		"user pool in China":       {china, chinaIssuer, chinaIssuer + "/.well-known/jwks.json"},
		"another provider":         {other, "https://login.example.com/", "https://login.example.com/keys"},
		"user pool beside another": {both, poolIssuer, poolIssuer + "/.well-known/jwks.json"},
		"another beside user pool": {both, "https://login.example.com/", "https://login.example.com/keys"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := newHandler(t, test.variables, test.jwks).Invoke(t.Context(), tokenEvent(idToken(test.issuer))); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestEnvironmentSetsTheAdministrators(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change map[string]string
		group  string
		want   string // the first resource of the policy
	}{
		"defaults":      {nil, "apiAdmins", "*/*"},
		"another group": {map[string]string{"ADMIN_GROUP": "bosses"}, "bosses", "*/*"},
		"not the group": {map[string]string{"ADMIN_GROUP": "bosses"}, "apiAdmins", "GET/locations"},
		"own bookings":  {map[string]string{"ADMIN_BOOKINGS": "own"}, "apiAdmins", "*/locations"},
		"all bookings":  {map[string]string{"ADMIN_BOOKINGS": "all"}, "apiAdmins", "*/*"},
		"groups elsewhere": {map[string]string{"GROUPS_CLAIM": "roles", "ISSUER": "https://login.example.com/",
			"JWKS_URL": "https://login.example.com/keys", "AUDIENCE": clientID}, "apiAdmins", "*/*"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			variables := pool()
			for k, v := range test.change {
				variables[k] = v
			}
			got, err := newHandler(t, variables, poolIssuer+"/.well-known/jwks.json").
				Invoke(t.Context(), tokenEvent(idToken(poolIssuer, test.group)))
			if err != nil {
				t.Fatal(err)
			}
			if want := `"Resource":["` + base + test.want + `"`; !strings.Contains(string(got), want) {
				t.Errorf("%s does not have %s", got, want)
			}
		})
	}
}

func TestEnvironmentReportsEveryProblem(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		variables map[string]string
		want      []string
	}{
		"nothing set": {nil, []string{"no issuer is configured"}},
		"half of each set": {
			map[string]string{"USER_POOL_ID": "us-east-1_a", "ISSUER": "https://login.example.com/", "ADMIN_BOOKINGS": "some"},
			[]string{"USER_POOL_CLIENT_ID is missing", "JWKS_URL is missing", "AUDIENCE is missing", `all or own, not "some"`},
		},
		"malformed": {
			map[string]string{"USER_POOL_ID": "evil.example/x_y", "USER_POOL_CLIENT_ID": "c",
				"ISSUER": "login", "JWKS_URL": "keys", "AUDIENCE": "a,,b", "ADMIN_GROUP": strings.Repeat("g", 129)},
			[]string{"USER_POOL_ID must be of the form", `not "login"`, `not "keys"`, "none may be empty", "administrators' group"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := newAuthorizer(environment(test.variables), authorizer.Config{})
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q:\n%v", want, err)
				}
			}
		})
	}
}
