package userpool_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/spacefinder/spacefinder/internal/userpool"
)

// originJTI signs in and returns what the ID token names the sign-in.
func (w *world) originJTI(name string) string {
	w.t.Helper()
	claims, _ := w.verified(w.signIn(name, goodPass).IdToken)
	id, _ := claims["origin_jti"].(string)
	return id
}

// TestCurrentGroupsAreThoseOfNow changes what a token still says.
func TestCurrentGroupsAreThoseOfNow(t *testing.T) {
	w := newWorld(t)
	sub := w.user(ada, goodPass)
	w.join(ada, "apiAdmins")
	originJTI := w.originJTI(ada)
	want := func(when string, err error, groups ...string) {
		t.Helper()
		got, gotErr := w.pool.CurrentGroups(t.Context(), sub, originJTI)
		if !slices.Equal(got, groups) || !errors.Is(gotErr, err) {
			t.Errorf("%s: %q, %v; want %q, %v", when, got, gotErr, groups, err)
		}
	}
	want("at first", nil, "apiAdmins")

	name := aws.String(ada)
	must(w.admin.AdminRemoveUserFromGroup(t.Context(), &idp.AdminRemoveUserFromGroupInput{
		UserPoolId: w.poolID(), Username: name, GroupName: aws.String("apiAdmins"),
	}))(t)
	want("out of the group", nil)

	must(w.admin.AdminDisableUser(t.Context(), &idp.AdminDisableUserInput{UserPoolId: w.poolID(), Username: name}))(t)
	want("disabled", userpool.ErrNotSignedIn)

	must(w.admin.AdminEnableUser(t.Context(), &idp.AdminEnableUserInput{UserPoolId: w.poolID(), Username: name}))(t)
	originJTI = w.originJTI(ada)
	want("signed in anew", nil)
	must(w.admin.AdminUserGlobalSignOut(t.Context(), &idp.AdminUserGlobalSignOutInput{UserPoolId: w.poolID(), Username: name}))(t)
	want("signed out", userpool.ErrNotSignedIn)

	must(w.admin.AdminDeleteUser(t.Context(), &idp.AdminDeleteUserInput{UserPoolId: w.poolID(), Username: name}))(t)
	want("deleted", userpool.ErrNotSignedIn)
}

func TestNobodyHasTheSignInOfAnother(t *testing.T) {
	w := newWorld(t)
	sub := w.user(ada, goodPass)
	w.user(grace, goodPass)
	for _, id := range []string{w.originJTI(grace), "", "unknown"} {
		if _, err := w.pool.CurrentGroups(t.Context(), sub, id); !errors.Is(err, userpool.ErrNotSignedIn) {
			t.Errorf("with the sign-in %q: %v", id, err)
		}
	}
}
