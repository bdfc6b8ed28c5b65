package test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/spacefinder/spacefinder/test/internal/client"
	"github.com/spacefinder/spacefinder/test/internal/people"
)

// office runs `spacefinder user` on a data folder.
type office struct {
	t   *testing.T
	dir string
}

func (o office) user(command string, args ...string) result {
	o.t.Helper()
	return run(o.t, append([]string{"user", command, "-data", o.dir}, args...)...)
}

var printed = regexp.MustCompile(`Password of \S+: (\S+)\n`)

// password returns the password that a command printed.
func (o office) password(r result) string {
	o.t.Helper()
	m := printed.FindStringSubmatch(r.succeeds(o.t))
	if m == nil {
		o.t.Fatalf("no password is printed: %s", r.stdout)
	}
	return m[1]
}

// An operator manages users at the command line, while the system runs and
// while it does not.
func TestUsersAtTheCommandLine(t *testing.T) {
	needsOneProcess(t)
	t.Parallel()
	s := startIn(t, t.TempDir()+"/data")
	o, email := office{t, s.system.Dir}, people.NewEmail("clerk")
	manageUsers(t, s, o, email)
	if err := s.close(); err != nil {
		t.Fatal(err)
	}

	if text := o.user("list").succeeds(t); !strings.Contains(text, email) || !strings.Contains(text, "admin@example.com") {
		t.Errorf("after the stop the users are\n%s", text)
	}
	password := o.password(o.user("reset-password", email))
	o.user("grant", email).succeeds(t)
	s = ownIn(t, s.system.Dir, "-addr", s.system.Addr())
	tokens, err := s.pool.SignIn(t.Context(), email, password)
	if err != nil {
		t.Fatal(err)
	}
	s.api.As(tokens.IDToken).Put(t, "/locations", client.Location{Name: "n"}).Expect(t, 201)
}

func manageUsers(t *testing.T, s *site, o office, email string) {
	t.Helper()
	signIn := func(password string) client.Session {
		t.Helper()
		tokens, err := s.pool.SignIn(t.Context(), email, password)
		if err != nil {
			t.Fatal(err)
		}
		return s.api.As(tokens.IDToken)
	}
	first := o.password(o.user("add", email))
	expectDenied(t, signIn(first).Put(t, "/locations", client.Location{Name: "n"}))
	o.user("grant", email).succeeds(t)
	signIn(first).Put(t, "/locations", client.Location{Name: "n"}).Expect(t, 201)
	if line := listed(t, o, email); !strings.Contains(line, "CONFIRMED") || !strings.Contains(line, "apiAdmins") {
		t.Errorf("the list says %q", line)
	}
	o.user("revoke", email).succeeds(t)
	expectDenied(t, signIn(first).Put(t, "/locations", client.Location{Name: "n"}))

	second := o.password(o.user("reset-password", email))
	_, err := s.pool.SignIn(t.Context(), email, first)
	expectCognito(t, err, "NotAuthorizedException", "Incorrect username or password.")
	signIn(second)

	chosen := people.NewPassword()
	given := runWith(t, nil, strings.NewReader(chosen+"\n"), "user", "reset-password", "-data", o.dir, "-password-stdin", email)
	if text := given.succeeds(t); strings.Contains(text, chosen) {
		t.Error("a password that was given is printed")
	}
	signIn(chosen)

	o.user("disable", email).succeeds(t)
	if _, err := s.pool.SignIn(t.Context(), email, chosen); err == nil {
		t.Error("a disabled user signs in")
	}
	if line := listed(t, o, email); !strings.Contains(line, "false") {
		t.Errorf("the list says of a disabled user %q", line)
	}
	o.user("enable", email).succeeds(t)
	signIn(chosen)
	deleteAndMistake(t, o, email)
}

func deleteAndMistake(t *testing.T, o office, email string) {
	t.Helper()
	other := people.NewEmail("short")
	o.password(o.user("add", other))
	o.user("delete", other).succeeds(t)
	if text := o.user("list").succeeds(t); strings.Contains(text, other) {
		t.Error("a deleted user is listed")
	}
	o.user("add", email).fails(t, "exists")
	o.user("add", "not-an-address").fails(t, "email")
	o.user("grant", people.NewEmail("nobody")).fails(t, "User does not exist.")
	o.user("grant", email, "no-such-group").fails(t, "Group not found.")
	o.user("add").fails(t, "EMAIL")
	run(t, "user", "list", "-data", t.TempDir()).fails(t, "outputs.json")

	weak := people.NewEmail("weak")
	refused := runWith(t, nil, strings.NewReader("short\n"), "user", "add", "-data", o.dir, "-password-stdin", weak)
	refused.fails(t, "Password not long enough")
	if text := o.user("list").succeeds(t); strings.Contains(text, weak) {
		t.Error("a user whose password was refused is there all the same")
	}
}

// Who takes an address before its owner does must not get the owner's rights.
func TestAnAddressThatIsNotVerifiedIsGrantedNothing(t *testing.T) {
	needsOneProcess(t)
	t.Parallel()
	s := startIn(t, t.TempDir()+"/data")
	o, owner := office{t, s.system.Dir}, people.NewEmail("owner")
	squatter, err := s.pool.New(t.Context(), "squatter")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.pool.Client.UpdateUserAttributes(t.Context(), &cognito.UpdateUserAttributesInput{
		AccessToken: &squatter.AccessToken, UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: &owner}},
	})
	if err != nil {
		t.Fatal(err)
	}
	o.user("grant", owner).fails(t, "is not verified")
	if line := listed(t, o, owner); strings.Contains(line, "apiAdmins") {
		t.Errorf("the list says %q", line)
	}
	o.user("grant", squatter.ID).succeeds(t) // who names the account means it
	if line := listed(t, o, owner); !strings.Contains(line, "apiAdmins") {
		t.Errorf("the list says %q", line)
	}
}

// listed returns the line of a user in the list.
func listed(t *testing.T, o office, email string) string {
	t.Helper()
	for _, line := range strings.Split(o.user("list").succeeds(t), "\n") {
		if strings.Contains(line, email) {
			return line
		}
	}
	t.Fatalf("%s is not listed", email)
	return ""
}
