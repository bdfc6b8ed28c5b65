package iampolicy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder/internal/iampolicy"
)

func TestMethodARNHasEveryPart(t *testing.T) {
	t.Parallel()
	const text = "arn:aws-cn:execute-api:cn-north-1:123456789012:a1b2c3/Prod/PUT/users/a:b/bookings"
	got, err := iampolicy.ParseMethodARN(text)
	if err != nil {
		t.Fatal(err)
	}
	want := iampolicy.MethodARN{
		Partition: "aws-cn", Region: "cn-north-1", Account: "123456789012",
		APIID: "a1b2c3", Stage: "Prod", Verb: "PUT", Path: "users/a:b/bookings",
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got.String() != text {
		t.Errorf("written as %s", got)
	}
	if sibling, want := got.Method("*", "locations/*").String(),
		"arn:aws-cn:execute-api:cn-north-1:123456789012:a1b2c3/Prod/*/locations/*"; sibling != want {
		t.Errorf("another method is %s, want %s", sibling, want)
	}
}

func TestMethodARNOfTheRootEndsInASlash(t *testing.T) {
	t.Parallel()
	got, err := iampolicy.ParseMethodARN(api + "GET/")
	if err != nil || got.Path != "" || got.String() != api+"GET/" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestParseMethodARNRefusesAnythingElse(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty":                 "",
		"no path":               "arn:aws:execute-api:us-east-1:1:a/Prod/GET",
		"another service":       "arn:aws:lambda:us-east-1:1:a/Prod/GET/x",
		"not an ARN":            "urn:aws:execute-api:us-east-1:1:a/Prod/GET/x",
		"too few colons":        "arn:aws:execute-api:us-east-1/Prod/GET/x",
		"empty partition":       "arn::execute-api:us-east-1:1:a/Prod/GET/x",
		"empty region":          "arn:aws:execute-api::1:a/Prod/GET/x",
		"empty account":         "arn:aws:execute-api:us-east-1::a/Prod/GET/x",
		"empty API":             "arn:aws:execute-api:us-east-1:1:/Prod/GET/x",
		"empty stage":           "arn:aws:execute-api:us-east-1:1:a//GET/x",
		"empty verb":            "arn:aws:execute-api:us-east-1:1:a/Prod//x",
		"wildcard for the API":  "arn:aws:execute-api:us-east-1:1:*/Prod/GET/x",
		"wildcard in the stage": "arn:aws:execute-api:us-east-1:1:a/Pro?/GET/x",
		"too long":              api + "GET/" + strings.Repeat("x", iampolicy.MaxMethodARNLength),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := iampolicy.ParseMethodARN(text); !errors.Is(err, iampolicy.ErrMethodARN) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}
