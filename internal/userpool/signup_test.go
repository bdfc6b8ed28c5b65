package userpool_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

func TestFromSignUpToTokens(t *testing.T) {
	w := newWorld(t)
	out := must(w.public.SignUp(t.Context(), &idp.SignUpInput{
		ClientId: w.clientID(), Username: aws.String("Ada@Example.com"), Password: aws.String(goodPass),
	}))(t)
	if out.UserConfirmed || len(aws.ToString(out.UserSub)) != 36 {
		t.Errorf("confirmed %v, sub %q", out.UserConfirmed, aws.ToString(out.UserSub))
	}
	if d := out.CodeDeliveryDetails; aws.ToString(d.Destination) != "a***@e***" || d.DeliveryMedium != "EMAIL" {
		t.Errorf("delivered to %q by %q", aws.ToString(d.Destination), d.DeliveryMedium)
	}
	_, err := w.tryPassword(ada, goodPass)
	wantError(t, err, "UserNotConfirmedException", "User is not confirmed.")
	must(w.public.ConfirmSignUp(t.Context(), &idp.ConfirmSignUpInput{
		ClientId: w.clientID(), Username: aws.String(ada), ConfirmationCode: aws.String(w.mail.last(t).Code),
	}))(t)
	tokens := w.signIn("ADA@example.COM", goodPass)
	me := must(w.public.GetUser(t.Context(), &idp.GetUserInput{AccessToken: tokens.AccessToken}))(t)
	if aws.ToString(me.Username) != aws.ToString(out.UserSub) {
		t.Errorf("GetUser names %q, SignUp %q", aws.ToString(me.Username), aws.ToString(out.UserSub))
	}
	if must(w.admin.ListUsers(t.Context(), &idp.ListUsersInput{UserPoolId: w.poolID()}))(t).Users[0].UserStatus != "CONFIRMED" {
		t.Error("the user is not CONFIRMED")
	}
}
