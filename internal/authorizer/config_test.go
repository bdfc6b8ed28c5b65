package authorizer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/authorizer"
)

func TestNewNamesEveryProblem(t *testing.T) {
	t.Parallel()
	_, err := authorizer.New(authorizer.Config{
		Issuers: []authorizer.Issuer{
			{Issuer: "cognito", JWKSURL: "/jwks.json"},
			{Issuer: issuerURL, JWKSURL: "ftp://example.com/jwks", Audiences: []string{""}},
			{Issuer: issuerURL, JWKSURL: jwksURL, Audiences: []string{clientID}},
		},
		Access: spacefinder.Access{AdminBookings: "some"},
		Leeway: time.Hour,
		Keys:   authorizer.KeyCache{MaxAge: -1},
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		`issuer 1: the issuer must be an absolute http or https URL, not "cognito"`,
		`issuer 1: the JWKS address must be an absolute http or https URL, not "/jwks.json"`,
		`issuer 1: at least one audience`,
		`issuer 2: the JWKS address must be an absolute http or https URL, not "ftp://example.com/jwks"`,
		`issuer 2: at least one audience`,
		`issuer 3: "` + issuerURL + `" is configured twice`,
		`administrators' group must be named`,
		`all or own, not "some"`,
		`leeway must be from 0 to 5m`,
		`key cache is negative`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
}

func TestNewNeedsAnIssuer(t *testing.T) {
	t.Parallel()
	_, err := authorizer.New(authorizer.Config{Access: spacefinder.Access{AdminGroup: "a", AdminBookings: spacefinder.AdminBookingsOwn}})
	if err == nil || !strings.Contains(err.Error(), "no issuer") {
		t.Errorf("got %v", err)
	}
}

func TestNewTouchesNoNetwork(t *testing.T) {
	t.Parallel()
	server := &keyServer{}
	server.isDown()
	start(t, config(server))
	if got := server.fetches.Load(); got != 0 {
		t.Errorf("%d fetches", got)
	}
}
