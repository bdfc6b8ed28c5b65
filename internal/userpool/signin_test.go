package userpool_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/spacefinder/spacefinder/internal/userpool"
)

func reveal(c *userpool.Config) { c.RevealUserExistence = true }

const denied = "NotAuthorizedException"

func TestPasswordSignInRefusals(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	w.signUp(grace, goodPass)
	for _, pass := range []string{"wrong", goodPass + "x"} {
		_, err := w.tryPassword(ada, pass)
		wantError(t, err, denied, "Incorrect username or password.")
	}
	_, err := w.tryPassword(grace, "wrong")
	wantError(t, err, "UserNotConfirmedException", "User is not confirmed.")
	must(w.admin.AdminResetUserPassword(t.Context(), &idp.AdminResetUserPasswordInput{UserPoolId: w.poolID(), Username: aws.String(ada)}))(t)
	_, err = w.tryPassword(ada, goodPass)
	wantError(t, err, "PasswordResetRequiredException", "Password reset required for the user")
}

// TestUserExistence holds what an outsider can learn in either setting.
func TestUserExistence(t *testing.T) {
	nobody := aws.String("nobody@example.com")
	type call func(w *world) error
	calls := map[string]call{
		"sign-in": func(w *world) error { _, err := w.tryPassword(*nobody, goodPass); return err },
		"SRP":     func(w *world) error { _, err := w.trySRP(*nobody, goodPass); return err },
		"reset": func(w *world) error {
			_, err := w.public.ForgotPassword(w.t.Context(), &idp.ForgotPasswordInput{ClientId: w.clientID(), Username: nobody})
			return err
		},
		"resend": func(w *world) error {
			_, err := w.public.ResendConfirmationCode(w.t.Context(), &idp.ResendConfirmationCodeInput{ClientId: w.clientID(), Username: nobody})
			return err
		},
		"confirm reset": func(w *world) error {
			_, err := w.public.ConfirmForgotPassword(w.t.Context(), &idp.ConfirmForgotPasswordInput{
				ClientId: w.clientID(), Username: nobody, ConfirmationCode: aws.String("123456"), Password: aws.String(goodPass)})
			return err
		},
		"confirm sign-up": func(w *world) error {
			_, err := w.public.ConfirmSignUp(w.t.Context(), &idp.ConfirmSignUpInput{
				ClientId: w.clientID(), Username: nobody, ConfirmationCode: aws.String("123456")})
			return err
		},
	}
	type answer struct{ kind, message string }
	hidden := map[string]answer{
		"sign-in":         {denied, "Incorrect username or password."},
		"SRP":             {denied, "Incorrect username or password."},
		"reset":           {},
		"resend":          {},
		"confirm reset":   {"ExpiredCodeException", "Invalid code provided, please request a code again."},
		"confirm sign-up": {"ExpiredCodeException", "Invalid code provided, please request a code again."},
	}
	revealed := map[string]answer{
		"sign-in":         {"UserNotFoundException", "User does not exist."},
		"SRP":             {"UserNotFoundException", "User does not exist."},
		"reset":           {"UserNotFoundException", "Username/client id combination not found."},
		"resend":          {"UserNotFoundException", "Username/client id combination not found."},
		"confirm reset":   {"UserNotFoundException", "Username/client id combination not found."},
		"confirm sign-up": {"UserNotFoundException", "Username/client id combination not found."},
	}
	check := func(t *testing.T, expected map[string]answer, change ...func(*userpool.Config)) {
		t.Helper()
		for name, do := range calls {
			t.Run(name, func(t *testing.T) {
				w := newWorld(t, change...)
				err := do(w)
				if want := expected[name]; want.kind == "" {
					if err != nil {
						t.Errorf("got %v, want success", err)
					}
				} else {
					wantError(t, err, want.kind, want.message)
				}
				if w.mail.count() != 0 {
					t.Error("a message went out for nobody")
				}
			})
		}
	}
	t.Run("hidden", func(t *testing.T) { check(t, hidden) })
	t.Run("revealed", func(t *testing.T) { check(t, revealed, reveal) })
}

// TestNobodyIsLimitedLikeSomebody holds that limits do not tell who exists.
func TestNobodyIsLimitedLikeSomebody(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	confirm := func(name string) error { return w.confirmForgot(name, "1234567", nextPass) }
	for _, name := range []string{ada, "nobody@example.com"} {
		t.Run(name, func(t *testing.T) {
			wantError(t, confirm(name), "ExpiredCodeException", "Invalid code provided, please request a code again.")
			for range 5 {
				if err := w.forgot(name); err != nil {
					t.Fatal(err)
				}
			}
			wantError(t, w.forgot(name), "LimitExceededException", "Attempt limit exceeded, please try after some time.")
			wantError(t, confirm(name), "CodeMismatchException", "Invalid verification code provided, please try again.")
			for range 5 {
				_, err := w.tryPassword(name, "wrong")
				wantError(t, err, denied, "Incorrect username or password.")
			}
			_, err := w.tryPassword(name, "wrong")
			wantError(t, err, denied, "Password attempts exceeded")
		})
	}
}

// TestAskingForACodeDoesNotTellWhoExists compares what an outsider can measure:
// how many writes, each of which waits for the disk, and where the code went.
func TestAskingForACodeDoesNotTellWhoExists(t *testing.T) {
	for name, ask := range map[string]func(w *world, name string) *types.CodeDeliveryDetailsType{
		"reset": func(w *world, name string) *types.CodeDeliveryDetailsType {
			return must(w.public.ForgotPassword(w.t.Context(), &idp.ForgotPasswordInput{
				ClientId: w.clientID(), Username: aws.String(name)}))(w.t).CodeDeliveryDetails
		},
		"resend": func(w *world, name string) *types.CodeDeliveryDetailsType {
			return must(w.public.ResendConfirmationCode(w.t.Context(), &idp.ResendConfirmationCodeInput{
				ClientId: w.clientID(), Username: aws.String(name)}))(w.t).CodeDeliveryDetails
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.user("Grace@Example.com", goodPass)
			w.signUp("Gloria@Example.com", goodPass)
			known := map[string]string{"reset": "grace@example.com", "resend": "gloria@example.com"}[name]
			for _, who := range []string{known, "gaspard@example.com"} {
				before := w.db.Stats().Writes
				where := ask(w, who)
				if n := w.db.Stats().Writes - before; n != 1 {
					t.Errorf("for %s: %d writes, want 1", who, n)
				}
				if to := aws.ToString(where.Destination); to != "g***@e***" {
					t.Errorf("for %s: sent to %s", who, to)
				}
			}
		})
	}
}

// TestLockout walks through the doubling locks: 1 s after the fifth failure,
// 2 s after the sixth, and so on to a quarter of an hour.
func TestLockout(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	fail := func(message string) {
		t.Helper()
		_, err := w.tryPassword(ada, "wrong")
		wantError(t, err, denied, message)
	}
	for range 5 {
		fail("Incorrect username or password.")
	}
	for _, seconds := range []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900} {
		lock := time.Duration(seconds) * time.Second
		w.clock.advance(lock - time.Millisecond)
		fail("Password attempts exceeded") // and does not extend the lock
		_, err := w.trySRP(ada, goodPass)
		wantError(t, err, denied, "Password attempts exceeded")
		_, err = w.tryPassword(ada, goodPass)
		wantError(t, err, denied, "Password attempts exceeded")
		w.clock.advance(time.Millisecond)
		if seconds < 900 {
			fail("Incorrect username or password.")
		}
	}
	w.signIn(ada, goodPass)
	for range 5 {
		fail("Incorrect username or password.") // success made the count start over
	}
	fail("Password attempts exceeded")
	w.clock.advance(15*time.Minute + time.Second)
	for range 5 {
		fail("Incorrect username or password.") // so did a quiet quarter of an hour
	}
}

func TestLockoutSurvivesARestart(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	for range 5 {
		_, err := w.tryPassword(ada, "wrong")
		wantError(t, err, denied, "Incorrect username or password.")
	}
	w.restart()
	_, err := w.tryPassword(ada, goodPass)
	wantError(t, err, denied, "Password attempts exceeded")
}

// TestConcurrentGuessesAreCountedOneByOne sends many guesses at once: only five
// of them may learn that they are wrong.
func TestConcurrentGuessesAreCountedOneByOne(t *testing.T) {
	w := newWorld(t)
	w.user(ada, goodPass)
	wrong, locked := make(chan error, 40), 0
	for range cap(wrong) {
		go func() {
			_, err := w.tryPassword(ada, "wrong")
			wrong <- err
		}()
	}
	for range cap(wrong) {
		if err := <-wrong; isLocked(err) {
			locked++
		}
	}
	if locked != cap(wrong)-5 {
		t.Errorf("%d of %d guesses met the lock, want all but 5", locked, cap(wrong))
	}
}

func TestDisabledUsersCannotSignIn(t *testing.T) {
	for name, tt := range map[string]struct {
		change  []func(*userpool.Config)
		message string
	}{
		"hidden":   {nil, "Incorrect username or password."},
		"revealed": {[]func(*userpool.Config){reveal}, "User is disabled."},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, tt.change...)
			w.user(ada, goodPass)
			must(w.admin.AdminDisableUser(t.Context(), &idp.AdminDisableUserInput{UserPoolId: w.poolID(), Username: aws.String(ada)}))(t)
			_, err := w.tryPassword(ada, goodPass)
			wantError(t, err, denied, tt.message)
			_, err = w.trySRP(ada, goodPass)
			wantError(t, err, denied, tt.message)
			must(w.admin.AdminEnableUser(t.Context(), &idp.AdminEnableUserInput{UserPoolId: w.poolID(), Username: aws.String(ada)}))(t)
			w.signIn(ada, goodPass)
		})
	}
}

func TestFlows(t *testing.T) {
	w := newWorld(t, func(c *userpool.Config) { c.AuthFlows = []string{userpool.FlowAdminPassword} })
	sub := w.user(ada, goodPass)
	start := func(flow types.AuthFlowType, parameters map[string]string) error {
		_, err := w.public.InitiateAuth(t.Context(), &idp.InitiateAuthInput{ClientId: w.clientID(), AuthFlow: flow, AuthParameters: parameters})
		return err
	}
	for flow, message := range map[types.AuthFlowType]string{
		"USER_PASSWORD_AUTH":       "USER_PASSWORD_AUTH flow not enabled for this client",
		"USER_SRP_AUTH":            "USER_SRP_AUTH flow not enabled for this client",
		"CUSTOM_AUTH":              "CUSTOM_AUTH flow not enabled for this client",
		"REFRESH_TOKEN":            "REFRESH_TOKEN flow not enabled for this client",
		"ADMIN_USER_PASSWORD_AUTH": "Initiate Auth method not supported.",
		"ADMIN_NO_SRP_AUTH":        "Initiate Auth method not supported.",
	} {
		wantError(t, start(flow, nil), "InvalidParameterException", message)
	}
	startAsAdmin := func(flow types.AuthFlowType) (*idp.AdminInitiateAuthOutput, error) {
		return w.admin.AdminInitiateAuth(t.Context(), &idp.AdminInitiateAuthInput{UserPoolId: w.poolID(), ClientId: w.clientID(),
			AuthFlow: flow, AuthParameters: map[string]string{"USERNAME": sub, "PASSWORD": goodPass}})
	}
	for _, flow := range []types.AuthFlowType{"ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"} {
		if out := must(startAsAdmin(flow))(t); out.AuthenticationResult == nil {
			t.Errorf("%s gave no tokens", flow)
		}
	}
	_, err := startAsAdmin("USER_PASSWORD_AUTH")
	wantError(t, err, "InvalidParameterException", "Auth flow not enabled for this client")
}

func TestMissingParameters(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		flow  types.AuthFlowType
		given map[string]string
		lacks string
	}{
		{"USER_PASSWORD_AUTH", nil, "USERNAME"},
		{"USER_PASSWORD_AUTH", map[string]string{"USERNAME": ada}, "PASSWORD"},
		{"USER_SRP_AUTH", map[string]string{"USERNAME": ada}, "SRP_A"},
		{"REFRESH_TOKEN_AUTH", nil, "REFRESH_TOKEN"},
	} {
		_, err := w.public.InitiateAuth(t.Context(), &idp.InitiateAuthInput{ClientId: w.clientID(), AuthFlow: tt.flow, AuthParameters: tt.given})
		wantError(t, err, "InvalidParameterException", "Missing required parameter "+tt.lacks)
	}
}

func TestOnlySoManySignInsAreKept(t *testing.T) {
	w := newWorld(t, func(c *userpool.Config) { c.MaxSignIns = 2 })
	w.user(ada, goodPass)
	var refresh []*string
	for range 3 {
		refresh = append(refresh, w.signIn(ada, goodPass).RefreshToken)
		w.clock.advance(time.Second)
	}
	_, err := w.refresh(refresh[0])
	wantError(t, err, denied, "Invalid Refresh Token")
	must(w.refresh(refresh[1]))(t)
	must(w.refresh(refresh[2]))(t)
}
