package userpool_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// attrs makes a list of pairs of names and values.
func attrs(pairs ...string) (list []types.AttributeType) {
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, types.AttributeType{Name: aws.String(pairs[i]), Value: aws.String(pairs[i+1])})
	}
	return list
}

func attrMap(list []types.AttributeType) map[string]string {
	m := map[string]string{}
	for _, a := range list {
		m[aws.ToString(a.Name)] = aws.ToString(a.Value)
	}
	return m
}

func (w *world) me(access *string) map[string]string {
	w.t.Helper()
	return attrMap(must(w.public.GetUser(w.t.Context(), &idp.GetUserInput{AccessToken: access}))(w.t).UserAttributes)
}

func (w *world) update(access *string, pairs ...string) (*idp.UpdateUserAttributesOutput, error) {
	return w.public.UpdateUserAttributes(w.t.Context(), &idp.UpdateUserAttributesInput{AccessToken: access, UserAttributes: attrs(pairs...)})
}

func TestUsersChangeTheirAttributes(t *testing.T) {
	w := newWorld(t)
	sub := w.user(ada, goodPass)
	access := w.signIn(ada, goodPass).AccessToken
	if out := must(w.update(access, "name", "Ada", "phone_number", "+4712345678"))(t); len(out.CodeDeliveryDetailsList) != 0 {
		t.Error("a code was announced though the address did not change")
	}
	want := map[string]string{"sub": sub, "email": ada, "email_verified": "true", "name": "Ada", "phone_number": "+4712345678",
		"phone_number_verified": "false"}
	got := w.me(access)
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s = %q, want %q", name, got[name], value)
		}
	}
	must(w.update(access, "name", ""))(t)
	must(w.public.DeleteUserAttributes(t.Context(), &idp.DeleteUserAttributesInput{AccessToken: access,
		UserAttributeNames: []string{"phone_number"}}))(t)
	if got := w.me(access); len(got) != 3 {
		t.Errorf("left over after deletion: %v", got)
	}
}

func TestAChangedAddressMustBeVerified(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	w.user("taken@example.com", goodPass)
	access := w.signIn(ada, goodPass).AccessToken
	_, err := w.update(access, "email", "Taken@example.com")
	wantError(t, err, "AliasExistsException", "An account with the email already exists.")

	out := must(w.update(access, "email", grace))(t)
	if len(out.CodeDeliveryDetailsList) != 1 || aws.ToString(out.CodeDeliveryDetailsList[0].Destination) != "g***@e***" {
		t.Errorf("delivery: %+v", out.CodeDeliveryDetailsList)
	}
	if got := w.me(access); got["email"] != grace || got["email_verified"] != "false" {
		t.Errorf("after the change: %v", got)
	}
	first := w.mail.last(t)
	verify := func(code string) error {
		_, err := w.public.VerifyUserAttribute(t.Context(), &idp.VerifyUserAttributeInput{
			AccessToken: access, AttributeName: aws.String("email"), Code: aws.String(code)})
		return err
	}
	must(w.public.GetUserAttributeVerificationCode(t.Context(), &idp.GetUserAttributeVerificationCodeInput{
		AccessToken: access, AttributeName: aws.String("email")}))(t)
	second := w.mail.last(t)
	if second.To != grace {
		t.Errorf("the code went to %s", second.To)
	}
	if first.Code != second.Code {
		wantError(t, verify(first.Code), "CodeMismatchException", "Invalid verification code provided, please try again.")
	}
	if err := verify(second.Code); err != nil {
		t.Fatal(err)
	}
	if got := w.me(access); got["email_verified"] != "true" {
		t.Errorf("after verification: %v", got)
	}
	wantError(t, verify(second.Code), "ExpiredCodeException", "Invalid code provided, please request a code again.")
	w.signIn(grace, goodPass)
	_, err = w.tryPassword(ada, goodPass)
	wantError(t, err, denied, "Incorrect username or password.")
}

// TestNobodyCanBeFloodedWithCodes holds that a user cannot have an address
// that is not theirs written to again and again, by respelling it or by turns.
func TestNobodyCanBeFloodedWithCodes(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	access := w.signIn(ada, goodPass).AccessToken
	before := w.mail.count()
	for _, address := range []string{"victim@example.net", "Victim@example.net", "vICTIM@example.net", ada, "victim@example.net"} {
		must(w.update(access, "email", address))(t)
	}
	_, err := w.update(access, "email", "VICTIM@example.net")
	wantError(t, err, "LimitExceededException", "Attempt limit exceeded, please try after some time.")
	_, err = w.public.GetUserAttributeVerificationCode(t.Context(), &idp.GetUserAttributeVerificationCodeInput{
		AccessToken: access, AttributeName: aws.String("email")})
	wantError(t, err, "LimitExceededException", "Attempt limit exceeded, please try after some time.")
	if sent := w.mail.count() - before; sent != 5 {
		t.Errorf("%d messages were sent, want 5", sent)
	}
	if email := w.me(access)["email"]; email != "victim@example.net" {
		t.Errorf("a change that was refused took effect: %q", email)
	}
	must(w.update(access, "email", "victim@example.net", "name", "Ada"))(t) // what changes no address sends nothing
	w.clock.advance(time.Hour)
	must(w.update(w.signIn("victim@example.net", goodPass).AccessToken, "email", ada))(t)
}

// TestACodeIsWorthlessForAnotherAddress changes the address between the code and its use.
func TestACodeIsWorthlessForAnotherAddress(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	access := w.signIn(ada, goodPass).AccessToken
	must(w.update(access, "email", "mine@example.com"))(t)
	code := w.mail.last(t).Code
	must(w.admin.AdminUpdateUserAttributes(t.Context(), &idp.AdminUpdateUserAttributesInput{
		UserPoolId: w.poolID(), Username: aws.String("mine@example.com"), UserAttributes: attrs("email", "victim@example.com")}))(t)
	_, err := w.public.VerifyUserAttribute(t.Context(), &idp.VerifyUserAttributeInput{
		AccessToken: access, AttributeName: aws.String("email"), Code: aws.String(code)})
	wantError(t, err, "CodeMismatchException", "Invalid verification code provided, please try again.")
}

func TestAttributeRefusals(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	access := w.signIn(ada, goodPass).AccessToken
	const invalid = "InvalidParameterException"
	for _, tt := range []struct{ name, value, kind, message string }{
		{"email_verified", "true", denied, "A client attempted to write unauthorized attribute"},
		{"sub", "x", invalid, "Cannot modify the non-mutable attribute sub"},
		{"custom:colour", "x", invalid, "Attributes did not conform to the schema: custom:colour: Attribute does not exist in the schema."},
		{"email", "nonsense", invalid, "Invalid email address format."},
		{"email", "", invalid, "Invalid email address format."},
		{"phone_number", "12345", invalid, "Invalid phone number format."},
	} {
		_, err := w.update(access, tt.name, tt.value)
		wantError(t, err, tt.kind, tt.message)
	}
	_, err := w.public.DeleteUserAttributes(t.Context(), &idp.DeleteUserAttributesInput{AccessToken: access,
		UserAttributeNames: []string{"email"}})
	wantError(t, err, invalid, "Attributes did not conform to the schema: email: The attribute is required")
	_, err = w.public.GetUserAttributeVerificationCode(t.Context(), &idp.GetUserAttributeVerificationCodeInput{
		AccessToken: access, AttributeName: aws.String("phone_number")})
	wantError(t, err, invalid, "The attribute phone_number cannot be verified in this user pool.")
}

func TestChangePassword(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	access := w.signIn(ada, goodPass).AccessToken
	change := func(from, to string) error {
		_, err := w.public.ChangePassword(t.Context(), &idp.ChangePasswordInput{
			AccessToken: access, PreviousPassword: aws.String(from), ProposedPassword: aws.String(to)})
		return err
	}
	wantError(t, change("wrong-one", nextPass), denied, "Incorrect username or password.")
	wantError(t, change(goodPass, "lowercase-1"), "InvalidPasswordException",
		"Password does not conform to policy: Password must have uppercase characters")
	if err := change(goodPass, nextPass); err != nil {
		t.Fatal(err)
	}
	w.signIn(ada, nextPass)
	must(w.trySRP(ada, nextPass))(t)
	_, err := w.tryPassword(ada, goodPass)
	wantError(t, err, denied, "Incorrect username or password.")
	for range 2 {
		wantError(t, change("wrong-one", nextPass), denied, "Incorrect username or password.")
	}
	limited := "Attempt limit exceeded, please try after some time."
	wantError(t, change(nextPass, goodPass), "LimitExceededException", limited)
	w.clock.advance(time.Hour)
	access = w.signIn(ada, nextPass).AccessToken
	if err := change(nextPass, goodPass); err != nil {
		t.Errorf("an hour later: %v", err)
	}
}

func TestUsersDeleteThemselves(t *testing.T) {
	w := newWorld(t)
	sub := w.user(ada, goodPass)
	w.join(ada, "apiAdmins")
	tokens := w.signIn(ada, goodPass)
	must(w.public.DeleteUser(t.Context(), &idp.DeleteUserInput{AccessToken: tokens.AccessToken}))(t)
	_, err := w.tryPassword(ada, goodPass)
	wantError(t, err, denied, "Incorrect username or password.")
	_, err = w.refresh(tokens.RefreshToken)
	wantError(t, err, denied, "Invalid Refresh Token")
	members := must(w.admin.ListUsersInGroup(t.Context(), &idp.ListUsersInGroupInput{UserPoolId: w.poolID(),
		GroupName: aws.String("apiAdmins")}))(t)
	if len(members.Users) != 0 {
		t.Errorf("%d members left in the group", len(members.Users))
	}
	if again := w.user(ada, nextPass); again == sub {
		t.Error("the address's next user has the same sub")
	}
	w.signIn(ada, nextPass)
}
