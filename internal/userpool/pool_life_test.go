package userpool_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/userpool"
	"github.com/spacefinder/spacefinder/internal/userpool/password"
)

func TestFirstStartMakesIdentifiersOfCognitosForm(t *testing.T) {
	w := newWorld(t)
	key, secret := w.pool.AdminAccessKey()
	for form, value := range map[string]string{
		`^us-east-1_[0-9A-Za-z]{9}$`: w.pool.ID(),
		`^[a-z0-9]{26}$`:             w.pool.ClientID(),
		`^AKIA[A-Z2-7]{16}$`:         key,
		`^[0-9A-Za-z]{40}$`:          secret,
	} {
		if !regexp.MustCompile(form).MatchString(value) {
			t.Errorf("%q is not of the form %s", value, form)
		}
	}
	if w.pool.Issuer() != w.url+"/"+w.pool.ID() {
		t.Errorf("issuer %q", w.pool.Issuer())
	}
	group := must(w.admin.GetGroup(t.Context(), &idp.GetGroupInput{UserPoolId: w.poolID(), GroupName: aws.String("apiAdmins")}))(t)
	if group.Group.Precedence == nil || *group.Group.Precedence != 0 {
		t.Errorf("the administrators' group: %+v", group.Group)
	}
	file := must(os.Stat(filepath.Join(w.folder, "pool.db")))(t)
	if file.Mode().Perm() != 0o600 {
		t.Errorf("the file that holds the keys has mode %v", file.Mode().Perm())
	}
}

func TestEverythingSurvivesARestart(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	before, tokens := w.pool.ID()+w.pool.ClientID(), w.signIn(ada, goodPass)
	w.restart()
	if after := w.pool.ID() + w.pool.ClientID(); after != before {
		t.Errorf("identifiers changed from %s to %s", before, after)
	}
	w.verified(tokens.IdToken)
	must(w.refresh(tokens.RefreshToken))(t)
	w.get1(ada) // the administrator's key still signs
}

func TestOpenRefusesWhatCannotWork(t *testing.T) {
	db := must(sqlitedb.Open(t.Context(), sqlitedb.Config{Path: filepath.Join(t.TempDir(), "pool.db")}))(t)
	t.Cleanup(func() { _ = db.Close() })
	_, err := userpool.Open(t.Context(), db, userpool.Config{
		BaseURL: "127.0.0.1:8080/", Region: "Mars", AuthFlows: []string{"MAGIC"}, RequiredAttributes: []string{"shoe_size"},
		PasswordPolicy:  password.Policy{MinimumLength: 4},
		IDTokenLifetime: time.Second, AccessTokenLifetime: 25 * time.Hour, RefreshTokenLifetime: time.Minute,
	})
	if err == nil {
		t.Fatal("opened")
	}
	for _, part := range []string{"base URL", "Mars", "MAGIC", "shoe_size", "minimum length", "ID token", "access token", "refresh token"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not speak of %q:\n%v", part, err)
		}
	}
}

func TestAPoolBelongsToItsRegion(t *testing.T) {
	w := newWorld(t)
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	db := must(sqlitedb.Open(t.Context(), sqlitedb.Config{Path: filepath.Join(w.folder, "pool.db")}))(t)
	t.Cleanup(func() { _ = db.Close() })
	_, err := userpool.Open(t.Context(), db, userpool.Config{BaseURL: w.url, Region: "eu-north-1"})
	if err == nil || !strings.Contains(err.Error(), "not one of region eu-north-1") {
		t.Errorf("got %v", err)
	}
}

func TestFirstAdministrator(t *testing.T) {
	w := newWorld(t)
	pass, created, err := w.pool.EnsureFirstAdministrator(t.Context(), ada)
	if err != nil || !created {
		t.Fatalf("created %v, %v", created, err)
	}
	id, _ := w.verified(w.signIn(ada, pass).IdToken)
	if groups, _ := id["cognito:groups"].([]any); len(groups) != 1 || groups[0] != "apiAdmins" || id["email_verified"] != true {
		t.Errorf("claims: %v", id)
	}
	must(w.trySRP(ada, pass))(t)
	if pass, created, err := w.pool.EnsureFirstAdministrator(t.Context(), grace); pass != "" || created || err != nil {
		t.Errorf("with an administrator there: %q, %v, %v", pass, created, err)
	}
	if _, _, err := w.pool.EnsureFirstAdministrator(t.Context(), "nonsense"); err == nil {
		t.Error("accepted an address that is none")
	}
}

// TestAnEarlyRegistrationGainsNothing registers the administrator's address before the first administrator is made.
func TestAnEarlyRegistrationGainsNothing(t *testing.T) {
	w := newWorld(t)
	sub := w.user(ada, goodPass)
	early := w.signIn(ada, goodPass)
	must(w.admin.DeleteGroup(t.Context(), &idp.DeleteGroupInput{UserPoolId: w.poolID(), GroupName: aws.String("apiAdmins")}))(t)
	pass, created, err := w.pool.EnsureFirstAdministrator(t.Context(), ada)
	if err != nil || !created {
		t.Fatalf("created %v, %v", created, err)
	}
	_, err = w.refresh(early.RefreshToken)
	wantError(t, err, denied, "Refresh Token has been revoked")
	_, err = w.tryPassword(ada, goodPass)
	wantError(t, err, denied, "Incorrect username or password.")
	if id, _ := w.verified(w.signIn(ada, pass).IdToken); id["sub"] != sub || id["cognito:groups"] == nil {
		t.Errorf("claims: %v", id)
	}
}

// TestNothingSecretIsLoggedOrStored goes through a whole session and looks for its secrets in the log and in the file.
func TestNothingSecretIsLoggedOrStored(t *testing.T) {
	w := newWorld(t)
	w.signUp(ada, goodPass)
	code := w.mail.last(t).Code
	must(w.public.ConfirmSignUp(t.Context(), &idp.ConfirmSignUpInput{ClientId: w.clientID(), Username: aws.String(ada),
		ConfirmationCode: aws.String(code)}))(t)
	_, err := w.tryPassword(ada, "Wrong-password-9")
	wantError(t, err, denied, "Incorrect username or password.")
	tokens := w.signIn(ada, goodPass)
	must(w.trySRP(ada, goodPass))(t)
	must(w.refresh(tokens.RefreshToken))(t)
	must(w.public.ChangePassword(t.Context(), &idp.ChangePasswordInput{
		AccessToken: tokens.AccessToken, PreviousPassword: aws.String(goodPass), ProposedPassword: aws.String(nextPass)}))(t)
	temporary := w.invite(grace)
	session := must(w.tryPassword(grace, temporary))(t).Session
	w.mail.err = errors.New("mail server is down")
	_, err = w.public.ForgotPassword(t.Context(), &idp.ForgotPasswordInput{ClientId: w.clientID(), Username: aws.String(ada)})
	wantError(t, err, "CodeDeliveryFailureException", "The message could not be delivered.")
	resetCode := w.mail.last(t).Code
	_, accessSecret := w.pool.AdminAccessKey()
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	logged := w.logs.String()
	if !strings.Contains(logged, "operation=SignUp") || !strings.Contains(logged, "mail server is down") {
		t.Error("the log lacks the session's lines, so this test would prove nothing")
	}
	stored := string(must(os.ReadFile(filepath.Join(w.folder, "pool.db")))(t))
	for what, secret := range map[string]string{
		"password": goodPass, "new password": nextPass, "wrong password": "Wrong-password-9", "temporary password": temporary,
		"code": code, "reset code": "code=" + resetCode, "session": *session, "access token": *tokens.AccessToken,
		"ID token": *tokens.IdToken, "refresh token": *tokens.RefreshToken,
	} {
		if strings.Contains(logged, secret) {
			t.Errorf("the log holds the %s", what)
		}
		if len(secret) > 6 && strings.Contains(stored, secret) {
			t.Errorf("the file holds the %s", what)
		}
	}
	if strings.Contains(logged, accessSecret) {
		t.Error("the log holds the secret access key")
	}
}

// TestPurgeRemovesWhatHasExpiredAndNothingElse counts rows around the moment of expiry.
func TestPurgeRemovesWhatHasExpiredAndNothingElse(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	must(w.trySRP(ada, goodPass))(t)
	must(w.tryPassword(grace, w.invite(grace)))(t)
	if err := w.forgot(ada); err != nil {
		t.Fatal(err)
	}
	w.signUp("late@example.com", goodPass)
	_, err := w.tryPassword(ada, "wrong")
	wantError(t, err, denied, "Incorrect username or password.")
	purgeAfter := func(d time.Duration, want map[string]int) {
		t.Helper()
		w.clock.advance(d)
		if err := w.pool.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		for table, n := range want {
			if got := w.count(table); got != n {
				t.Errorf("after %v more: %d rows in %s, want %d", d, got, table, n)
			}
		}
	}
	purgeAfter(0, map[string]int{"pool_sessions": 2, "pool_codes": 2, "pool_attempts": 3, "pool_sign_ins": 1, "pool_users": 3})
	purgeAfter(2*time.Hour, map[string]int{"pool_sessions": 0, "pool_codes": 1, "pool_attempts": 0, "pool_sign_ins": 1})
	purgeAfter(24*time.Hour, map[string]int{"pool_codes": 0, "pool_sign_ins": 1})
	purgeAfter(31*24*time.Hour, map[string]int{"pool_sign_ins": 0, "pool_users": 3, "pool_keys": 2})
}

// count returns the number of rows of a table.
func (w *world) count(table string) (n int) {
	w.t.Helper()
	err := w.db.Read(w.t.Context(), func(tx *sqlitedb.Tx) error {
		return tx.QueryRow("SELECT count(*) FROM " + table).Scan(&n)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func TestSelfSignUpCanBeClosedAndAttributesRequired(t *testing.T) {
	closed := newWorld(t, func(c *userpool.Config) { c.NoSelfSignUp = true })
	in := &idp.SignUpInput{ClientId: closed.clientID(), Username: aws.String(ada), Password: aws.String(goodPass)}
	_, err := closed.public.SignUp(t.Context(), in)
	wantError(t, err, denied, "SignUp is not permitted for this user pool")

	strict := newWorld(t, func(c *userpool.Config) { c.RequiredAttributes = []string{"name"} })
	in.ClientId = strict.clientID()
	_, err = strict.public.SignUp(t.Context(), in)
	wantError(t, err, "InvalidParameterException", "Attributes did not conform to the schema: name: The attribute is required")
	in.UserAttributes = attrs("name", "Ada")
	must(strict.public.SignUp(t.Context(), in))(t)
}

// TestAStoppedDatabaseIsNotTheClientsFault closes the database under the pool.
func TestAStoppedDatabaseIsNotTheClientsFault(t *testing.T) {
	w := newWorld(t)
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	got := w.post("InitiateAuth",
		`{"ClientId":"`+w.pool.ClientID()+`","AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"a@b.c","PASSWORD":"x"}}`)
	if got.status != 503 || got.kind != "ServiceUnavailableException" || got.words != "Service is unavailable, try again." {
		t.Errorf("%d %s %q", got.status, got.kind, got.words)
	}
}

func TestLogSenderWritesWhatTheOperatorNeeds(t *testing.T) {
	w := newWorld(t, func(c *userpool.Config) { c.Sender = userpool.LogSender{Logger: c.Logger} })
	w.signUp(ada, goodPass)
	if !regexp.MustCompile(`kind=sign-up to=ada@example.com code=\d{6}\n`).MatchString(w.logs.String()) {
		t.Errorf("log: %s", w.logs)
	}
	w.logs.Reset()
	sender := userpool.LogSender{Logger: w.logger()}
	if err := sender.Send(context.Background(), userpool.Message{Kind: userpool.MessageInvitation, To: ada, Password: "x"}); err != nil {
		t.Error(err)
	}
	if !strings.Contains(w.logs.String(), "temporaryPassword=x") {
		t.Errorf("log: %s", w.logs)
	}
}
