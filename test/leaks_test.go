package test

import (
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/spacefinder/spacefinder/test/internal/forge"
	"github.com/spacefinder/spacefinder/test/internal/harness"
	"github.com/spacefinder/spacefinder/test/internal/people"
)

// What no log may have, whatever its value.
var (
	tokenPattern = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}`)
	keyPattern   = regexp.MustCompile(`PRIVATE KEY|\$argon2|\$2[aby]\$`)
	faultPattern = regexp.MustCompile(`"level":"ERROR"|goroutine \d+ \[|^panic:`)
)

// leaks returns the places where text shows one of the secrets, or something
// that looks like one.
func leaks(name, text string, secrets []string) []error {
	var found []error
	for _, line := range strings.Split(text, "\n") {
		if tokenPattern.MatchString(line) || keyPattern.MatchString(line) {
			found = append(found, fmt.Errorf("%s: a token or key in the line %.300s", name, line))
		}
	}
	for _, secret := range secrets {
		if i := strings.Index(text, secret); i >= 0 {
			found = append(found, fmt.Errorf("%s shows a secret: ...%.200s", name, text[max(0, i-100):]))
		}
	}
	return found
}

// checkLogs reports secrets in anything that the system printed or logged in
// its life, and failures that no test was looking for. It reads the output of
// the processes of this start and the access log of all.
func (s *site) checkLogs() error {
	stored, err := storedSecrets(s.system)
	if err != nil {
		return err
	}
	access, err := os.ReadFile(s.system.Dir + "/" + harness.AccessLogFile)
	if err != nil {
		return err
	}
	secrets := append(s.pool.Secrets(), stored...)
	return errors.Join(append(leaks("the access log", string(access), secrets), s.checkOutput(secrets))...)
}

// checkOutput is checkLogs for what the processes printed and logged.
func (s *site) checkOutput(secrets []string) error {
	var found []error
	for _, p := range s.system.Processes() {
		logged := withoutMessages(p.Stderr())
		found = append(found, leaks("stderr", logged, secrets)...)
		found = append(found, leaks("stdout", s.withoutFirstPassword(p.Stdout()), secrets)...)
		for _, line := range strings.Split(logged, "\n") {
			if faultPattern.MatchString(line) {
				found = append(found, fmt.Errorf("a failure in the log: %.600s", line))
			}
		}
		found = append(found, p.Races())
	}
	return errors.Join(found...)
}

// withoutMessages leaves out the lines by which codes and temporary passwords
// reach the operator of a local installation: they are documented to.
func withoutMessages(log string) string {
	var rest []string
	for _, line := range strings.Split(log, "\n") {
		if _, ok := harness.ParseMessage(line); !ok {
			rest = append(rest, line)
		}
	}
	return strings.Join(rest, "\n")
}

// withoutFirstPassword leaves out the one password that the first start prints.
func (s *site) withoutFirstPassword(text string) string {
	password, err := s.system.FirstPassword()
	if err != nil {
		return text // not the first start
	}
	return strings.ReplaceAll(text, password, "")
}

// secretColumn matches the names of columns that hold what only the user pool
// may know.
var secretColumn = regexp.MustCompile(`secret|hash|salt|verifier|mac|pkcs8`)

// storedSecrets returns what the database keeps secret, in the spellings in
// which a log could show it.
func storedSecrets(s *harness.System) ([]string, error) {
	db, err := forge.OpenDatabase(s)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }() // it is only read
	columns, err := query[string](db, `SELECT t.name || '.' || c.name FROM sqlite_schema t, pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name LIKE 'pool%'`)
	if err != nil {
		return nil, err
	}
	var secrets []string
	for _, column := range columns {
		table, name, _ := strings.Cut(column, ".")
		if !secretColumn.MatchString(name) {
			continue
		}
		values, err := query[[]byte](db, "SELECT CAST("+name+" AS BLOB) FROM "+table)
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			secrets = append(secrets, spellings(v)...)
		}
	}
	if len(secrets) == 0 {
		return nil, errors.New("the database keeps no secrets? the names of its columns have changed")
	}
	return secrets, nil
}

func query[T any](db *sql.DB, text string) ([]T, error) {
	rows, err := db.Query(text)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var values []T
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, rows.Err()
}

func spellings(secret []byte) []string {
	if len(secret) < 8 {
		return nil
	}
	return []string{
		string(secret), hex.EncodeToString(secret), strings.ToUpper(hex.EncodeToString(secret)),
		base64.RawStdEncoding.EncodeToString(secret), base64.RawURLEncoding.EncodeToString(secret),
	}
}

// A search that finds nothing must be one that can find something.
func TestSearchForLeaksFindsThem(t *testing.T) {
	token := "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"
	for name, text := range map[string]string{
		"a token":         `{"msg":"denied","token":"` + token + `"}`,
		"a password":      `{"msg":"sign-in","password":"correct horse"}`,
		"a key":           `-----BEGIN PRIVATE KEY-----`,
		"a stored hash":   `{"hash":"` + hex.EncodeToString([]byte("stored hash")) + `"}`,
		"a password hash": `$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA`,
	} {
		secrets := append(spellings([]byte("stored hash")), "correct horse")
		if len(leaks("log", text, secrets)) == 0 {
			t.Errorf("%s is not found in %s", name, text)
		}
	}
	if found := leaks("log", `{"msg":"request","requestId":"6a4f1f0c-95f8-4f0e-8c8a-2b7c3f1f9d55"}`, []string{"correct horse"}); found != nil {
		t.Errorf("found in an innocent line: %v", found)
	}
}

// A session in which everything that must stay secret passes through a system
// that logs all it can. The end of the test searches all that it wrote.
func TestNothingSecretIsLoggedAtDebugLevel(t *testing.T) {
	s := own(t, "-log-level", "debug")
	ctx, pool := t.Context(), s.pool
	admin, user := s.newUser(t, "admin", pool.AdminGroup), s.newUser(t, "user")
	password, err := s.system.FirstPassword()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pool.SignInSRP(ctx, "admin@example.com", password); err != nil {
		t.Fatal(err)
	}
	wrong := people.NewPassword()
	for _, signIn := range []func() error{
		func() error { _, err := pool.SignIn(ctx, user.Email, wrong); return err },
		func() error { _, err := pool.SignInSRP(ctx, user.Email, wrong); return err },
		func() error { _, err := pool.SignIn(ctx, people.NewEmail("nobody"), wrong); return err },
		func() error { _, err := pool.Refresh(ctx, user.AccessToken); return err },
	} {
		if err := signIn(); err == nil {
			t.Error("a wrong secret signs in")
		}
	}
	if _, err := pool.Refresh(ctx, user.RefreshToken); err != nil {
		t.Error(err)
	}
	resetByCode(t, s, user)
	inviteWithPassword(t, s)
	misuseTokens(t, s, user)

	r := newRoom(t, s.as(admin))
	book(t, s.as(user), user.ID, newID("booking"), r.slot(0))
	expectProblem(t, s.as(admin).Put(t, "/users/"+user.ID+"/bookings", r.slot(0)), http.StatusConflict, "booking_conflict")
}

func resetByCode(t *testing.T, s *site, user people.User) {
	t.Helper()
	_, err := s.pool.Client.ForgotPassword(t.Context(), &cognito.ForgotPasswordInput{ClientId: &s.pool.ClientID, Username: &user.Email})
	if err != nil {
		t.Fatal(err)
	}
	code, err := s.system.Code(user.Email)
	if err != nil {
		t.Fatal(err)
	}
	chosen := people.NewPassword()
	s.pool.Keep(chosen)
	_, err = s.pool.Client.ConfirmForgotPassword(t.Context(), &cognito.ConfirmForgotPasswordInput{
		ClientId: &s.pool.ClientID, Username: &user.Email, ConfirmationCode: &code, Password: &chosen,
	})
	if err != nil {
		t.Fatal(err)
	}
}

func inviteWithPassword(t *testing.T, s *site) {
	t.Helper()
	temporary := people.NewPassword()
	s.pool.Keep(temporary)
	_, err := s.pool.Client.AdminCreateUser(t.Context(), &cognito.AdminCreateUserInput{
		UserPoolId: &s.pool.ID, Username: aws.String(people.NewEmail("guest")), TemporaryPassword: &temporary,
		DesiredDeliveryMediums: []types.DeliveryMediumType{types.DeliveryMediumTypeEmail},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func misuseTokens(t *testing.T, s *site, user people.User) {
	t.Helper()
	for _, token := range []string{user.AccessToken, user.RefreshToken, user.IDToken + "x", "Bearer " + user.AccessToken, user.Password} {
		expectUnauthorized(t, s.api.As(token).Get(t, "/locations"))
	}
	// In places where they do not belong they must not be logged either.
	s.as(user).Get(t, "/locations?token="+user.IDToken).Expect(t, http.StatusOK)
	expectUnrouted(t, s.as(user).Get(t, "/tokens/"+user.IDToken))
}
