package userpool_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// get1 reads one user as an administrator.
func (w *world) get1(name string) *idp.AdminGetUserOutput {
	w.t.Helper()
	return must(w.admin.AdminGetUser(w.t.Context(), &idp.AdminGetUserInput{UserPoolId: w.poolID(), Username: aws.String(name)}))(w.t)
}

func TestAdminCreateUser(t *testing.T) {
	w := newWorld(t)
	create := func(in idp.AdminCreateUserInput) (*idp.AdminCreateUserOutput, error) {
		in.UserPoolId = w.poolID()
		return w.admin.AdminCreateUser(t.Context(), &in)
	}
	out := must(create(idp.AdminCreateUserInput{Username: aws.String(ada), TemporaryPassword: aws.String(goodPass),
		MessageAction: types.MessageActionTypeSuppress, UserAttributes: attrs("email", ada, "email_verified", "true", "name", "Ada")}))(t)
	if w.mail.count() != 0 {
		t.Error("SUPPRESS sent a message")
	}
	if got := attrMap(out.User.Attributes); got["name"] != "Ada" || got["email_verified"] != "true" ||
		got["sub"] != aws.ToString(out.User.Username) {
		t.Errorf("attributes: %v", got)
	}
	if !out.User.UserCreateDate.Equal(w.clock.Now()) {
		t.Errorf("created at %v, want %v", out.User.UserCreateDate, w.clock.Now())
	}
	for name, tt := range map[string]struct {
		in            idp.AdminCreateUserInput
		kind, message string
	}{
		"taken": {idp.AdminCreateUserInput{Username: aws.String("ADA@example.com")}, "UsernameExistsException",
			"An account with the given email already exists."},
		"not an address": {idp.AdminCreateUserInput{Username: aws.String("ada")}, "InvalidParameterException", "Username should be an email."},
		"weak": {idp.AdminCreateUserInput{Username: aws.String(grace), TemporaryPassword: aws.String("weak")}, "InvalidPasswordException",
			"Password did not conform with policy: Password not long enough"},
		"two addresses": {idp.AdminCreateUserInput{Username: aws.String(grace), UserAttributes: attrs("email", ada)}, "InvalidParameterException",
			"Attributes did not conform to the schema: email: must be the same as the username"},
		"half verified": {idp.AdminCreateUserInput{Username: aws.String(grace), UserAttributes: attrs("email_verified", "maybe")},
			"InvalidParameterException", "Attributes did not conform to the schema: email_verified: must be true or false"},
		"resend to nobody": {idp.AdminCreateUserInput{Username: aws.String(grace), MessageAction: "RESEND"}, "UserNotFoundException",
			"User does not exist."},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := create(tt.in)
			wantError(t, err, tt.kind, tt.message)
		})
	}
	w.user(grace, goodPass)
	_, err := create(idp.AdminCreateUserInput{Username: aws.String(grace), MessageAction: "RESEND"})
	wantError(t, err, "UnsupportedUserStateException", "User already has a permanent password; the invitation cannot be sent again.")
}

func TestAdminConfirmSignUpVerifiesNothing(t *testing.T) {
	w := newWorld(t)
	sub := w.signUp(ada, goodPass)
	confirm := func() error {
		_, err := w.admin.AdminConfirmSignUp(t.Context(), &idp.AdminConfirmSignUpInput{UserPoolId: w.poolID(), Username: aws.String(sub)})
		return err
	}
	if err := confirm(); err != nil {
		t.Fatal(err)
	}
	if got := w.get1(ada); got.UserStatus != "CONFIRMED" || attrMap(got.UserAttributes)["email_verified"] != "false" {
		t.Errorf("status %s, attributes %v", got.UserStatus, attrMap(got.UserAttributes))
	}
	wantError(t, confirm(), denied, "User cannot be confirmed. Current status is CONFIRMED")
	w.signIn(ada, goodPass)
}

func TestAdminSetUserPassword(t *testing.T) {
	w := newWorld(t)
	w.signUp(ada, goodPass)
	set := func(pass string, permanent bool) error {
		_, err := w.admin.AdminSetUserPassword(t.Context(), &idp.AdminSetUserPasswordInput{
			UserPoolId: w.poolID(), Username: aws.String(ada), Password: aws.String(pass), Permanent: permanent})
		return err
	}
	wantError(t, set("Password-x", true), "InvalidPasswordException",
		"Password does not conform to policy: Password must have numeric characters")
	if err := set(nextPass, true); err != nil {
		t.Fatal(err)
	}
	w.signIn(ada, nextPass)
	if err := set(goodPass, false); err != nil {
		t.Fatal(err)
	}
	if out := must(w.tryPassword(ada, goodPass))(t); out.ChallengeName != "NEW_PASSWORD_REQUIRED" {
		t.Errorf("challenge %q after a temporary password", out.ChallengeName)
	}
}

func TestAdminUpdatesAttributesAtOnce(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	w.user(grace, goodPass)
	update := func(pairs ...string) error {
		_, err := w.admin.AdminUpdateUserAttributes(t.Context(), &idp.AdminUpdateUserAttributesInput{
			UserPoolId: w.poolID(), Username: aws.String(ada), UserAttributes: attrs(pairs...)})
		return err
	}
	sent := w.mail.count()
	if err := update("email", "lovelace@example.com", "email_verified", "true", "nickname", "Ada"); err != nil {
		t.Fatal(err)
	}
	wantError(t, update("email", grace), "UserNotFoundException", "User does not exist.") // ada@ is no more
	must(w.admin.AdminDeleteUserAttributes(t.Context(), &idp.AdminDeleteUserAttributesInput{
		UserPoolId: w.poolID(), Username: aws.String("lovelace@example.com"), UserAttributeNames: []string{"nickname"}}))(t)
	got := attrMap(w.get1("lovelace@example.com").UserAttributes)
	if got["email_verified"] != "true" || got["nickname"] != "" || w.mail.count() != sent {
		t.Errorf("attributes %v, %d messages", got, w.mail.count()-sent)
	}
}

// TestAdminOperationsOnNobody holds that administrators are told so, whatever outsiders are told.
func TestAdminOperationsOnNobody(t *testing.T) {
	w := newWorld(t)
	ctx, pool, nobody := t.Context(), w.poolID(), aws.String("nobody@example.com")
	errs := map[string]func() error{
		"AdminGetUser": func() error {
			_, err := w.admin.AdminGetUser(ctx, &idp.AdminGetUserInput{UserPoolId: pool, Username: nobody})
			return err
		},
		"AdminConfirmSignUp": func() error {
			_, err := w.admin.AdminConfirmSignUp(ctx, &idp.AdminConfirmSignUpInput{UserPoolId: pool, Username: nobody})
			return err
		},
		"AdminSetUserPassword": func() error {
			_, err := w.admin.AdminSetUserPassword(ctx, &idp.AdminSetUserPasswordInput{UserPoolId: pool, Username: nobody,
				Password: aws.String(goodPass)})
			return err
		},
		"AdminUpdateUserAttributes": func() error {
			_, err := w.admin.AdminUpdateUserAttributes(ctx, &idp.AdminUpdateUserAttributesInput{UserPoolId: pool, Username: nobody,
				UserAttributes: attrs("name", "x")})
			return err
		},
		"AdminDeleteUserAttributes": func() error {
			_, err := w.admin.AdminDeleteUserAttributes(ctx, &idp.AdminDeleteUserAttributesInput{UserPoolId: pool, Username: nobody,
				UserAttributeNames: []string{"name"}})
			return err
		},
		"AdminResetUserPassword": func() error {
			_, err := w.admin.AdminResetUserPassword(ctx, &idp.AdminResetUserPasswordInput{UserPoolId: pool, Username: nobody})
			return err
		},
		"AdminDeleteUser": func() error {
			_, err := w.admin.AdminDeleteUser(ctx, &idp.AdminDeleteUserInput{UserPoolId: pool, Username: nobody})
			return err
		},
		"AdminDisableUser": func() error {
			_, err := w.admin.AdminDisableUser(ctx, &idp.AdminDisableUserInput{UserPoolId: pool, Username: nobody})
			return err
		},
		"AdminEnableUser": func() error {
			_, err := w.admin.AdminEnableUser(ctx, &idp.AdminEnableUserInput{UserPoolId: pool, Username: nobody})
			return err
		},
		"AdminUserGlobalSignOut": func() error {
			_, err := w.admin.AdminUserGlobalSignOut(ctx, &idp.AdminUserGlobalSignOutInput{UserPoolId: pool, Username: nobody})
			return err
		},
		"AdminAddUserToGroup": func() error {
			_, err := w.admin.AdminAddUserToGroup(ctx, &idp.AdminAddUserToGroupInput{UserPoolId: pool, Username: nobody,
				GroupName: aws.String("apiAdmins")})
			return err
		},
		"AdminListGroupsForUser": func() error {
			_, err := w.admin.AdminListGroupsForUser(ctx, &idp.AdminListGroupsForUserInput{UserPoolId: pool, Username: nobody})
			return err
		},
	}
	for name, call := range errs {
		t.Run(name, func(t *testing.T) { wantError(t, call(), "UserNotFoundException", "User does not exist.") })
	}
}
