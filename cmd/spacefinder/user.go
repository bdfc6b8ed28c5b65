package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/userpool"
)

// userCommand is one of the things that `spacefinder user` does.
type userCommand struct {
	name, args, summary string
	run                 func(ctx context.Context, u *users, args []string) error
	minArgs, maxArgs    int
}

func userCommands() []userCommand {
	return []userCommand{
		{"add", "EMAIL", "create a user with a confirmed address; prints the password", addUser, 1, 1},
		{"grant", "EMAIL [GROUP]", "put a user with a verified address into a group, the administrators' unless one is named", grantGroup, 1, 2},
		{"revoke", "EMAIL [GROUP]", "take a user out of a group", revokeGroup, 1, 2},
		{"reset-password", "EMAIL", "give a user a new password, which is printed, and sign them out", resetPassword, 1, 1},
		{"enable", "EMAIL", "let a disabled user sign in again", enableUser, 1, 1},
		{"disable", "EMAIL", "keep a user from signing in and end their sessions", disableUser, 1, 1},
		{"delete", "EMAIL", "delete a user; their bookings stay", deleteUser, 1, 1},
		{"list", "", "list the users with their groups", listUsers, 0, 0},
	}
}

// users is the user pool of a data folder as seen through Cognito's API, which
// is the only way to it: that of the server that has the folder open, or of a
// pool in this process when none has.
type users struct {
	directory
	adminGroup string
	password   string // for add and reset-password; "" makes a random one
	stdout     io.Writer
}

func runUser(ctx context.Context, p process) (err error) {
	all := userCommands()
	if len(p.args) == 0 || wantsHelp(p.args[:1]) {
		printUserHelp(p.stdout, all)
		return nil
	}
	name := p.args[0]
	p.args = p.args[1:]
	i := slices.IndexFunc(all, func(c userCommand) bool { return c.name == name })
	if i < 0 {
		return usageError{fmt.Errorf("unknown command %q; `spacefinder user` lists them", "user "+name)}
	}
	command := all[i]
	set := newFlagSet(p, "user "+name, command.args)
	data := set.String("data", defaultDataDir, "data `folder` of the server")
	fromStdin := set.Bool("password-stdin", false, "read the new password from the first line of standard input")
	if err := set.parse(); err != nil {
		return err
	}
	if n := len(set.arguments); n < command.minArgs || n > command.maxArgs {
		set.addf("usage: spacefinder user %s [FLAGS] %s", name, command.args)
	}
	if err := set.err(); err != nil {
		return err
	}
	u := &users{stdout: p.stdout}
	if *fromStdin {
		if u.password, err = readLine(p.stdin); err != nil {
			return err
		}
	}
	var open closers
	defer open.closeInto(&err)
	if err := u.connect(ctx, *data, &open); err != nil {
		return err
	}
	return plainError(command.run(ctx, u, set.arguments))
}

func printUserHelp(w io.Writer, all []userCommand) {
	fmt.Fprint(w, "Usage: spacefinder user COMMAND [FLAGS] [ARGUMENTS]\n\n")
	for _, c := range all {
		fmt.Fprintf(w, "  %-28s %s\n", c.name+" "+c.args, c.summary)
	}
	fmt.Fprint(w, "\nFlags: -data FOLDER (environment "+envName("data")+"), -password-stdin\n")
}

func readLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", usageError{errors.New("-password-stdin: standard input has no password")}
	}
	return line, nil
}

// connect finds the pool of the data folder.
func (u *users) connect(ctx context.Context, dir string, open *closers) error {
	o, err := readOutputs(dir)
	if err != nil {
		return err
	}
	key, err := config.LoadSharedConfigProfile(ctx, config.DefaultSharedConfigProfile, func(o *config.LoadSharedConfigOptions) {
		o.CredentialsFiles = []string{filepath.Join(dir, credentialsFile)}
		o.ConfigFiles = []string{}
	})
	if err != nil {
		return fmt.Errorf("read the key for administrative calls: %w", err)
	}
	region, _, _ := strings.Cut(o.UserPool, "_") // a pool's id is REGION_xxxxxxxxx
	httpClient, err := poolTransport(ctx, dir, o, region, open)
	if err != nil {
		return err
	}
	u.poolID, u.adminGroup = o.UserPool, o.UserPoolAdminGroupName
	u.client = cognito.New(cognito.Options{
		Region:       region,
		BaseEndpoint: aws.String(o.CognitoEndpoint),
		Credentials:  credentials.StaticCredentialsProvider{Value: key.Credentials},
		HTTPClient:   httpClient,
	})
	return nil
}

// poolTransport returns a client of the running server, or, when the folder is
// free, of a pool that it opens in this process.
func poolTransport(ctx context.Context, dir string, o outputs, region string, open *closers) (*http.Client, error) {
	db, err := sqlitedb.Open(ctx, sqlitedb.Config{Path: filepath.Join(dir, databaseFile)})
	if errors.Is(err, sqlitedb.ErrInUse) {
		return http.DefaultClient, nil
	}
	if err != nil {
		return nil, err
	}
	open.add("database", db.Close)
	pool, err := userpool.Open(ctx, db, userpool.Config{
		Region:     region,
		BaseURL:    strings.TrimSuffix(o.CognitoEndpoint, "/"),
		AdminGroup: o.UserPoolAdminGroupName,
		Logger:     slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	open.add("user pool", pool.Close)
	return &http.Client{Transport: inProcess{poolHandler(pool)}}, nil
}

func addUser(ctx context.Context, u *users, args []string) error {
	password, err := u.newPassword()
	if err != nil {
		return err
	}
	if _, err := u.create(ctx, args[0], password); err != nil {
		return err
	}
	u.tell(args[0], password)
	return nil
}

func resetPassword(ctx context.Context, u *users, args []string) error {
	password, err := u.newPassword()
	if err != nil {
		return err
	}
	if err := u.replacePassword(ctx, args[0], password); err != nil {
		return err
	}
	u.tell(args[0], password)
	return nil
}

// tell prints a password that was made here.
func (u *users) tell(email, password string) {
	if u.password == "" {
		fmt.Fprintf(u.stdout, "Password of %s: %s\n", email, password)
	}
}

func (u *users) newPassword() (string, error) {
	if u.password != "" {
		return u.password, nil
	}
	return randomPassword()
}

// grantGroup puts into the group whoever is named by ID, or by an address that
// is proven to be theirs: anybody can give their account an address that its
// owner has not taken yet.
func grantGroup(ctx context.Context, u *users, args []string) error {
	user, err := u.client.AdminGetUser(ctx, &cognito.AdminGetUserInput{UserPoolId: &u.poolID, Username: &args[0]})
	if err != nil {
		return err
	}
	if args[0] != aws.ToString(user.Username) && attribute(user.UserAttributes, "email_verified") != "true" {
		return fmt.Errorf("%s is not verified, so whoever has that address here need not own it; to grant all the same, name the ID %s",
			args[0], aws.ToString(user.Username))
	}
	return u.Grant(ctx, aws.ToString(user.Username), u.group(args))
}

func revokeGroup(ctx context.Context, u *users, args []string) error {
	return u.Revoke(ctx, args[0], u.group(args))
}

func (u *users) group(args []string) string {
	if len(args) > 1 {
		return args[1]
	}
	return u.adminGroup
}

func enableUser(ctx context.Context, u *users, args []string) error { return u.Enable(ctx, args[0]) }

func disableUser(ctx context.Context, u *users, args []string) error { return u.Disable(ctx, args[0]) }

func deleteUser(ctx context.Context, u *users, args []string) error { return u.Delete(ctx, args[0]) }

func listUsers(ctx context.Context, u *users, _ []string) error {
	w := tabwriter.NewWriter(u.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "EMAIL\tSTATUS\tENABLED\tGROUPS\tID")
	pages := cognito.NewListUsersPaginator(u.client, &cognito.ListUsersInput{UserPoolId: &u.poolID})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, user := range page.Users {
			names, err := u.groupsOf(ctx, user.Username)
			if err != nil {
				return err
			}
			groups := "-"
			if len(names) > 0 {
				groups = strings.Join(names, ",")
			}
			fmt.Fprintf(w, "%s\t%s\t%t\t%s\t%s\n",
				attribute(user.Attributes, "email"), user.UserStatus, user.Enabled, groups, aws.ToString(user.Username))
		}
	}
	return w.Flush()
}
