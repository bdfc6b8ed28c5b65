package userpool_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/spacefinder/spacefinder/internal/userpool"
)

func (w *world) forgot(name string) error {
	_, err := w.public.ForgotPassword(w.t.Context(), &idp.ForgotPasswordInput{ClientId: w.clientID(), Username: aws.String(name)})
	return err
}

func (w *world) confirmForgot(name, code, pass string) error {
	_, err := w.public.ConfirmForgotPassword(w.t.Context(), &idp.ConfirmForgotPasswordInput{
		ClientId: w.clientID(), Username: aws.String(name), ConfirmationCode: aws.String(code), Password: aws.String(pass)})
	return err
}

// otherThan returns six digits that are not the code.
func otherThan(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func TestForgottenPasswords(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	out := must(w.public.ForgotPassword(t.Context(), &idp.ForgotPasswordInput{ClientId: w.clientID(), Username: aws.String(ada)}))(t)
	if aws.ToString(out.CodeDeliveryDetails.Destination) != "a***@e***" {
		t.Errorf("destination %q", aws.ToString(out.CodeDeliveryDetails.Destination))
	}
	code := w.mail.last(t).Code
	wantError(t, w.confirmForgot(ada, otherThan(code), nextPass), "CodeMismatchException",
		"Invalid verification code provided, please try again.")
	wantError(t, w.confirmForgot(ada, code, "Short-1"), "InvalidPasswordException",
		"Password does not conform to policy: Password not long enough")
	for range 6 {
		_, err := w.tryPassword(ada, "wrong")
		if err == nil {
			t.Fatal("a wrong password was accepted")
		}
	}
	if err := w.confirmForgot(ada, code, nextPass); err != nil {
		t.Fatal(err)
	}
	w.signIn(ada, nextPass) // the lock is gone with the old password
	wantError(t, w.confirmForgot(ada, code, goodPass), "ExpiredCodeException", "Invalid code provided, please request a code again.")
}

func TestResetCodesLastAnHour(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	for wait, works := range map[time.Duration]bool{time.Hour: true, time.Hour + time.Second: false} {
		if err := w.forgot(ada); err != nil {
			t.Fatal(err)
		}
		w.clock.advance(wait)
		if err := w.confirmForgot(ada, w.mail.last(t).Code, nextPass); (err == nil) != works {
			t.Errorf("after %v: %v", wait, err)
		}
	}
}

func TestCodesAllowOnlySoManyTries(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	if err := w.forgot(ada); err != nil {
		t.Fatal(err)
	}
	code := w.mail.last(t).Code
	for range 15 {
		wantError(t, w.confirmForgot(ada, otherThan(code), nextPass), "CodeMismatchException",
			"Invalid verification code provided, please try again.")
	}
	wantError(t, w.confirmForgot(ada, code, nextPass), "LimitExceededException", "Attempt limit exceeded, please try after some time.")
}

func TestWhoCannotResetAPassword(t *testing.T) {
	w := newWorld(t, reveal)
	w.invite(ada)
	wantError(t, w.forgot(ada), denied, "User password cannot be reset in the current state.")
	w.signUp(grace, goodPass)
	unverified := "Cannot reset password for the user as there is no registered/verified email or phone_number"
	wantError(t, w.forgot(grace), "InvalidParameterException", unverified)

	hidden := newWorld(t)
	hidden.signUp(grace, goodPass)
	sent := hidden.mail.count()
	if err := hidden.forgot(grace); err != nil || hidden.mail.count() != sent {
		t.Errorf("with existence hidden: %v, %d messages", err, hidden.mail.count()-sent)
	}
}

func TestAdministratorsResetPasswords(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	must(w.admin.AdminResetUserPassword(t.Context(), &idp.AdminResetUserPasswordInput{UserPoolId: w.poolID(), Username: aws.String(ada)}))(t)
	if status := w.get1(ada).UserStatus; status != "RESET_REQUIRED" {
		t.Errorf("status %s", status)
	}
	message := w.mail.last(t)
	if message.Kind != userpool.MessageReset {
		t.Errorf("message of kind %s", message.Kind)
	}
	if err := w.confirmForgot(ada, message.Code, nextPass); err != nil {
		t.Fatal(err)
	}
	w.signIn(ada, nextPass)
}

func TestSignUpCodesLastADayAndCanBeSentAgain(t *testing.T) {
	w := newWorld(t)
	w.signUp(ada, goodPass)
	confirm := func(code string) error {
		_, err := w.public.ConfirmSignUp(t.Context(), &idp.ConfirmSignUpInput{
			ClientId: w.clientID(), Username: aws.String(ada), ConfirmationCode: aws.String(code)})
		return err
	}
	resend := func() error {
		_, err := w.public.ResendConfirmationCode(t.Context(), &idp.ResendConfirmationCodeInput{ClientId: w.clientID(),
			Username: aws.String(ada)})
		return err
	}
	w.clock.advance(24*time.Hour + time.Second)
	wantError(t, confirm(w.mail.last(t).Code), "ExpiredCodeException", "Invalid code provided, please request a code again.")
	if err := resend(); err != nil {
		t.Fatal(err)
	}
	code := w.mail.last(t).Code
	wantError(t, confirm(otherThan(code)), "CodeMismatchException", "Invalid verification code provided, please try again.")
	if err := confirm(code); err != nil {
		t.Fatal(err)
	}
	wantError(t, confirm(code), denied, "User cannot be confirmed. Current status is CONFIRMED")
	wantError(t, resend(), "InvalidParameterException", "User is already confirmed.")
}

func TestAMessageThatCannotBeSentIsSaid(t *testing.T) {
	w := newWorld(t)
	w.mail.err = errors.New("the queue is full")
	_, err := w.public.SignUp(t.Context(), &idp.SignUpInput{ClientId: w.clientID(), Username: aws.String(ada), Password: aws.String(goodPass)})
	wantError(t, err, "CodeDeliveryFailureException", "The message could not be delivered.")
}
