package userpool_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/spacefinder/spacefinder/internal/userpool"
)

// invite creates a user with a temporary password.
func (w *world) invite(email string) (temporary string) {
	w.t.Helper()
	out := must(w.admin.AdminCreateUser(w.t.Context(), &idp.AdminCreateUserInput{
		UserPoolId: w.poolID(), Username: aws.String(email), DesiredDeliveryMediums: []types.DeliveryMediumType{"EMAIL"},
		UserAttributes: []types.AttributeType{{Name: aws.String("email_verified"), Value: aws.String("true")}},
	}))(w.t)
	if out.User.UserStatus != "FORCE_CHANGE_PASSWORD" || !out.User.Enabled {
		w.t.Errorf("new user: status %s, enabled %v", out.User.UserStatus, out.User.Enabled)
	}
	message := w.mail.last(w.t)
	if message.Kind != userpool.MessageInvitation || message.To != email || message.Password == "" {
		w.t.Errorf("invitation: %s to %s", message.Kind, message.To)
	}
	return message.Password
}

// answerNew answers NEW_PASSWORD_REQUIRED, with more responses as pairs.
func (w *world) answerNew(session *string, name, pass string, more ...string) (*idp.RespondToAuthChallengeOutput, error) {
	responses := map[string]string{"USERNAME": name, "NEW_PASSWORD": pass}
	for i := 0; i < len(more); i += 2 {
		responses[more[i]] = more[i+1]
	}
	return w.public.RespondToAuthChallenge(w.t.Context(), &idp.RespondToAuthChallengeInput{
		ClientId: w.clientID(), ChallengeName: types.ChallengeNameTypeNewPasswordRequired, Session: session, ChallengeResponses: responses,
	})
}

func TestInvitedUsersReplaceTheirPassword(t *testing.T) {
	w := newWorld(t, func(c *userpool.Config) { c.RequiredAttributes = []string{"name"} })
	temporary := w.invite(ada)
	for what, begin := range map[string]func() (types.ChallengeNameType, *string, map[string]string){
		"by password": func() (types.ChallengeNameType, *string, map[string]string) {
			out := must(w.tryPassword(ada, temporary))(t)
			return out.ChallengeName, out.Session, out.ChallengeParameters
		},
		"by SRP": func() (types.ChallengeNameType, *string, map[string]string) {
			out := must(w.trySRP(ada, temporary))(t)
			return out.ChallengeName, out.Session, out.ChallengeParameters
		},
	} {
		name, session, given := begin()
		if name != "NEW_PASSWORD_REQUIRED" || session == nil || len(given["USER_ID_FOR_SRP"]) != 36 {
			t.Errorf("%s: challenge %q, session %v, parameters %v", what, name, session, given)
		}
		if given["userAttributes"] != `{"email":"ada@example.com","email_verified":"true"}` ||
			given["requiredAttributes"] != `["userAttributes.name"]` {
			t.Errorf("%s: attributes %v", what, given)
		}
	}
	session := must(w.tryPassword(ada, temporary))(t).Session
	_, err := w.answerNew(session, ada, "short")
	wantError(t, err, "InvalidPasswordException", "Password does not conform to policy: Password not long enough")
	_, err = w.answerNew(session, ada, nextPass)
	wantError(t, err, "InvalidParameterException", "Attributes did not conform to the schema: name: The attribute is required")
	_, err = w.answerNew(session, ada, nextPass, "userAttributes.email", grace)
	wantError(t, err, denied, "Cannot modify an already provided email")
	_, err = w.answerNew(session, ada, nextPass, "userAttributes.phone_number_verified", "true")
	wantError(t, err, denied, "A client attempted to write unauthorized attribute")
	out := must(w.answerNew(session, ada, nextPass, "userAttributes.name", "Ada"))(t)
	if claims, _ := w.verified(out.AuthenticationResult.IdToken); claims["name"] != "Ada" {
		t.Errorf("name in the token: %v", claims["name"])
	}
	_, err = w.answerNew(session, ada, nextPass)
	wantError(t, err, denied, "Invalid session for the user, session can only be used once.")
	w.signIn(ada, nextPass)
	must(w.trySRP(ada, nextPass))(t)
}

func TestChallengeRefusals(t *testing.T) {
	w := newWorld(t)
	temporary := w.invite(ada)
	w.invite(grace)
	session := must(w.tryPassword(ada, temporary))(t).Session
	_, err := w.answerNew(session, grace, nextPass)
	wantError(t, err, denied, "Invalid session for the user.")
	_, err = w.answerNew(session, "nobody@example.com", nextPass)
	wantError(t, err, denied, "Invalid session for the user.")
	_, err = w.answerNew(aws.String("a-session-that-was-never-given"), ada, nextPass)
	wantError(t, err, denied, "Invalid session for the user.")
	_, err = w.answerNew(nil, ada, nextPass)
	wantError(t, err, "InvalidParameterException", "Missing required parameter Session")
	_, err = w.public.RespondToAuthChallenge(t.Context(), &idp.RespondToAuthChallengeInput{
		ClientId: w.clientID(), ChallengeName: "SMS_MFA", Session: session, ChallengeResponses: map[string]string{"USERNAME": ada}})
	wantError(t, err, "CodeMismatchException", "Invalid code or auth state for the user.")
	w.clock.advance(3*time.Minute + time.Second)
	_, err = w.answerNew(session, ada, nextPass)
	wantError(t, err, denied, "Invalid session for the user, session is expired.")

	session = must(w.tryPassword(ada, temporary))(t).Session
	must(w.admin.AdminSetUserPassword(t.Context(), &idp.AdminSetUserPasswordInput{
		UserPoolId: w.poolID(), Username: aws.String(ada), Password: aws.String(goodPass), Permanent: true}))(t)
	_, err = w.answerNew(session, ada, nextPass)
	wantError(t, err, "CodeMismatchException", "Invalid code or auth state for the user.")
	w.signIn(ada, goodPass)
}

// TestANewTemporaryPasswordEndsWhatTheOldOneBegan holds that whoever signed in
// with a temporary password that has been replaced cannot choose the next one.
func TestANewTemporaryPasswordEndsWhatTheOldOneBegan(t *testing.T) {
	for name, replace := range map[string]func(w *world) error{
		"by a new invitation": func(w *world) error {
			_, err := w.admin.AdminCreateUser(w.t.Context(), &idp.AdminCreateUserInput{
				UserPoolId: w.poolID(), Username: aws.String(ada), MessageAction: types.MessageActionTypeResend})
			return err
		},
		"by an administrator": func(w *world) error {
			_, err := w.admin.AdminSetUserPassword(w.t.Context(), &idp.AdminSetUserPasswordInput{
				UserPoolId: w.poolID(), Username: aws.String(ada), Password: aws.String(goodPass)})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			session := must(w.tryPassword(ada, w.invite(ada)))(t).Session
			if err := replace(w); err != nil {
				t.Fatal(err)
			}
			_, err := w.answerNew(session, ada, nextPass)
			wantError(t, err, denied, "Invalid session for the user.")
		})
	}
}

func TestTemporaryPasswordsExpire(t *testing.T) {
	w := newWorld(t)
	temporary := w.invite(ada)
	w.clock.advance(7*24*time.Hour + time.Second)
	_, err := w.tryPassword(ada, temporary)
	wantError(t, err, denied, "Temporary password has expired and must be reset by an administrator.")
	must(w.admin.AdminCreateUser(t.Context(), &idp.AdminCreateUserInput{
		UserPoolId: w.poolID(), Username: aws.String(ada), MessageAction: types.MessageActionTypeResend}))(t)
	if out := must(w.tryPassword(ada, w.mail.last(t).Password))(t); out.ChallengeName != "NEW_PASSWORD_REQUIRED" {
		t.Errorf("challenge %q with a renewed password", out.ChallengeName)
	}
}

func TestAdministratorsCanAnswerChallenges(t *testing.T) {
	w := newWorld(t)
	begun := must(w.admin.AdminInitiateAuth(t.Context(), &idp.AdminInitiateAuthInput{UserPoolId: w.poolID(), ClientId: w.clientID(),
		AuthFlow: types.AuthFlowTypeAdminUserPasswordAuth, AuthParameters: map[string]string{"USERNAME": ada, "PASSWORD": w.invite(ada)}}))(t)
	out := must(w.admin.AdminRespondToAuthChallenge(t.Context(), &idp.AdminRespondToAuthChallengeInput{UserPoolId: w.poolID(),
		ClientId: w.clientID(), ChallengeName: begun.ChallengeName, Session: begun.Session,
		ChallengeResponses: map[string]string{"USERNAME": ada, "NEW_PASSWORD": nextPass}}))(t)
	if out.AuthenticationResult == nil {
		t.Error("no tokens")
	}
}
