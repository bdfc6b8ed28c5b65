package test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"

	"github.com/spacefinder/spacefinder/test/internal/client"
	"github.com/spacefinder/spacefinder/test/internal/people"
)

// expectCognito ends the test unless the user pool refused with that exception
// and message.
func expectCognito(t *testing.T, err error, code, message string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code || api.ErrorMessage() != message {
		t.Fatalf("want %s: %s, got %v", code, message, err)
	}
}

func TestForgottenPasswordIsReplacedByTheCodeThatWasSent(t *testing.T) {
	needsFolder(t)
	pool, user := shared.pool, shared.newUser(t, "forgetful")
	_, err := pool.Client.ForgotPassword(t.Context(), &cognito.ForgotPasswordInput{ClientId: &pool.ClientID, Username: &user.Email})
	if err != nil {
		t.Fatal(err)
	}
	code, err := shared.system.Code(user.Email)
	if err != nil {
		t.Fatal(err)
	}
	replacement := people.NewPassword()
	confirm := &cognito.ConfirmForgotPasswordInput{
		ClientId: &pool.ClientID, Username: &user.Email, ConfirmationCode: &code, Password: &replacement,
	}
	if _, err := pool.Client.ConfirmForgotPassword(t.Context(), confirm); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Client.ConfirmForgotPassword(t.Context(), confirm); err == nil {
		t.Error("a code works twice")
	}
	_, err = pool.SignIn(t.Context(), user.Email, user.Password)
	expectCognito(t, err, "NotAuthorizedException", "Incorrect username or password.")
	if _, err := pool.SignInSRP(t.Context(), user.Email, replacement); err != nil {
		t.Errorf("the new password does not work: %v", err)
	}
}

func TestSessionOutlivesItsTokensAndEndsWithSignOut(t *testing.T) {
	pool, user := shared.pool, shared.newUser(t, "visitor")
	fresh, err := pool.Refresh(t.Context(), user.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	shared.api.As(fresh.IDToken).Get(t, "/locations?limit=1").Expect(t, http.StatusOK)
	if fresh.IDToken == user.IDToken {
		t.Error("a refresh returns the token that was there")
	}
	changed := people.NewPassword()
	pool.Keep(changed)
	_, err = pool.Client.ChangePassword(t.Context(), &cognito.ChangePasswordInput{
		AccessToken: &fresh.AccessToken, PreviousPassword: &user.Password, ProposedPassword: &changed,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Client.GlobalSignOut(t.Context(), &cognito.GlobalSignOutInput{AccessToken: &fresh.AccessToken}); err != nil {
		t.Fatal(err)
	}
	_, err = pool.Refresh(t.Context(), user.RefreshToken)
	expectCognito(t, err, "NotAuthorizedException", "Refresh Token has been revoked")
	_, err = pool.Client.GetUser(t.Context(), &cognito.GetUserInput{AccessToken: &fresh.AccessToken})
	expectCognito(t, err, "NotAuthorizedException", "Access Token has been revoked")
	if _, err := pool.SignIn(t.Context(), user.Email, changed); err != nil {
		t.Errorf("the changed password does not work: %v", err)
	}
}

func TestInvitedUserChoosesAPasswordAtFirstSignIn(t *testing.T) {
	pool := shared.pool
	email, temporary, chosen := people.NewEmail("invited"), people.NewPassword(), people.NewPassword()
	pool.Keep(temporary)
	pool.Keep(chosen)
	_, err := pool.Client.AdminCreateUser(t.Context(), &cognito.AdminCreateUserInput{
		UserPoolId: &pool.ID, Username: &email, TemporaryPassword: &temporary, MessageAction: types.MessageActionTypeSuppress,
	})
	if err != nil {
		t.Fatal(err)
	}
	challenge, err := pool.Client.InitiateAuth(t.Context(), &cognito.InitiateAuthInput{
		ClientId: &pool.ClientID, AuthFlow: types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": email, "PASSWORD": temporary},
	})
	if err != nil {
		t.Fatal(err)
	}
	if challenge.ChallengeName != types.ChallengeNameTypeNewPasswordRequired || challenge.AuthenticationResult != nil {
		t.Fatalf("want the challenge NEW_PASSWORD_REQUIRED, got %+v", challenge)
	}
	done, err := pool.Client.RespondToAuthChallenge(t.Context(), &cognito.RespondToAuthChallengeInput{
		ClientId: &pool.ClientID, ChallengeName: challenge.ChallengeName, Session: challenge.Session,
		ChallengeResponses: map[string]string{"USERNAME": email, "NEW_PASSWORD": chosen},
	})
	if err != nil {
		t.Fatal(err)
	}
	token := aws.ToString(done.AuthenticationResult.IdToken)
	pool.Keep(token)
	shared.api.As(token).Get(t, "/locations?limit=1").Expect(t, http.StatusOK)
}

// An account that is gone leaves its bookings to the administrators.
func TestDeletedAccountCannotSignIn(t *testing.T) {
	pool, user := shared.pool, shared.newUser(t, "leaver")
	if _, err := pool.Client.DeleteUser(t.Context(), &cognito.DeleteUserInput{AccessToken: &user.AccessToken}); err != nil {
		t.Fatal(err)
	}
	_, err := pool.SignIn(t.Context(), user.Email, user.Password)
	expectCognito(t, err, "NotAuthorizedException", "Incorrect username or password.")
}

func TestAdministrativeCallsNeedTheKey(t *testing.T) {
	needsFolder(t)
	endpoint := shared.system.Outputs.CognitoEndpoint
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint,
		strings.NewReader(`{"UserPoolId":"`+shared.pool.ID+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	request.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.ListUsers")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if got := response.Header.Get("X-Amzn-Errortype"); !strings.HasPrefix(got, "MissingAuthenticationTokenException") {
		t.Errorf("an unsigned ListUsers is answered %s %s", response.Status, got)
	}
	stranger := shared.pool.Client.Options()
	stranger.Credentials = aws.CredentialsProviderFunc(wrongKey)
	_, err = cognito.New(stranger).ListUsers(t.Context(), &cognito.ListUsersInput{UserPoolId: &shared.pool.ID})
	if err == nil {
		t.Error("a call signed with another key is answered")
	}
}

// A token that gives a user's groups is not changed by a later grant; the next
// sign-in is.
func TestAdministratorsRightsComeWithTheNextSignIn(t *testing.T) {
	user := shared.newUser(t, "promoted")
	path := locationPath(newID("promoted"))
	body := client.Location{Name: "Promotion"}
	expectDenied(t, shared.as(user).Put(t, path, body))
	_, err := shared.pool.Client.AdminAddUserToGroup(t.Context(), &cognito.AdminAddUserToGroupInput{
		UserPoolId: &shared.pool.ID, Username: &user.Email, GroupName: &shared.pool.AdminGroup,
	})
	if err != nil {
		t.Fatal(err)
	}
	expectDenied(t, shared.as(user).Put(t, path, body))
	tokens, err := shared.pool.SignIn(t.Context(), user.Email, user.Password)
	if err != nil {
		t.Fatal(err)
	}
	promoted := shared.api.As(tokens.IDToken)
	promoted.Put(t, path, body).Expect(t, http.StatusCreated)
	promoted.Delete(t, path).Expect(t, http.StatusOK)
}

func wrongKey(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}, nil
}
