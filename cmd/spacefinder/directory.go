package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"

	"github.com/spacefinder/spacefinder/internal/console"
	"github.com/spacefinder/spacefinder/internal/userpool"
)

// directory is a user pool as seen through Cognito's API, which is the only way
// to it, for the command line and for the console alike. It implements
// console.People; its errors are the API's.
type directory struct {
	client *cognito.Client
	poolID string
}

// usersAtOnce is how many users a page of the console has.
const usersAtOnce = 25

// ownDirectory is the user pool of this process, called without a connection.
func ownDirectory(pool *userpool.Pool, region, baseURL string) directory {
	id, secret := pool.AdminAccessKey()
	return directory{
		poolID: pool.ID(),
		client: cognito.New(cognito.Options{
			Region:       region,
			BaseEndpoint: aws.String(baseURL + cognitoPrefix + "/"),
			Credentials:  credentials.NewStaticCredentialsProvider(id, secret, ""),
			HTTPClient:   &http.Client{Transport: inProcess{poolHandler(pool)}},
		}),
	}
}

// Users implements console.People.
func (d directory) Users(ctx context.Context, prefix, page string) (console.UserPage, error) {
	input := &cognito.ListUsersInput{UserPoolId: &d.poolID, Limit: aws.Int32(usersAtOnce)}
	if prefix != "" {
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(prefix)
		input.Filter = aws.String(`email ^= "` + quoted + `"`)
	}
	if page != "" {
		input.PaginationToken = &page
	}
	found, err := d.client.ListUsers(ctx, input)
	if err != nil {
		return console.UserPage{}, err
	}
	answer := console.UserPage{Users: []console.User{}, Next: aws.ToString(found.PaginationToken)}
	for _, u := range found.Users {
		user, err := d.user(ctx, u)
		if err != nil {
			return console.UserPage{}, err
		}
		answer.Users = append(answer.Users, user)
	}
	return answer, nil
}

// User implements console.People.
func (d directory) User(ctx context.Context, name string) (console.User, error) {
	u, err := d.client.AdminGetUser(ctx, &cognito.AdminGetUserInput{UserPoolId: &d.poolID, Username: &name})
	if err != nil {
		return console.User{}, err
	}
	return d.user(ctx, types.UserType{
		Username: u.Username, Attributes: u.UserAttributes, UserStatus: u.UserStatus, Enabled: u.Enabled, UserCreateDate: u.UserCreateDate,
	})
}

// user adds the groups to what a list says of a user.
func (d directory) user(ctx context.Context, u types.UserType) (console.User, error) {
	groups, err := d.groupsOf(ctx, u.Username)
	return console.User{
		ID:       aws.ToString(u.Username),
		Email:    attribute(u.Attributes, "email"),
		Verified: attribute(u.Attributes, "email_verified") == "true",
		Status:   string(u.UserStatus),
		Enabled:  u.Enabled,
		Created:  aws.ToTime(u.UserCreateDate).UTC(),
		Groups:   groups,
	}, err
}

// Groups implements console.People.
func (d directory) Groups(ctx context.Context) ([]console.Group, error) {
	all := []console.Group{}
	pages := cognito.NewListGroupsPaginator(d.client, &cognito.ListGroupsInput{UserPoolId: &d.poolID})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, g := range page.Groups {
			all = append(all, console.Group{Name: aws.ToString(g.GroupName), Description: aws.ToString(g.Description)})
		}
	}
	return all, nil
}

func (d directory) groupsOf(ctx context.Context, username *string) ([]string, error) {
	names := []string{}
	pages := cognito.NewAdminListGroupsForUserPaginator(d.client,
		&cognito.AdminListGroupsForUserInput{UserPoolId: &d.poolID, Username: username})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, group := range page.Groups {
			names = append(names, aws.ToString(group.GroupName))
		}
	}
	return names, nil
}

// Create implements console.People.
func (d directory) Create(ctx context.Context, email string) (id, password string, err error) {
	if password, err = randomPassword(); err != nil {
		return "", "", err
	}
	id, err = d.create(ctx, email, password)
	return id, password, err
}

// create makes a user with a confirmed address and a password that lasts.
func (d directory) create(ctx context.Context, email, password string) (id string, err error) {
	made, err := d.client.AdminCreateUser(ctx, &cognito.AdminCreateUserInput{
		UserPoolId:        &d.poolID,
		Username:          &email,
		TemporaryPassword: &password, // so that a password that the policy refuses leaves no user behind
		MessageAction:     types.MessageActionTypeSuppress,
		UserAttributes: []types.AttributeType{
			{Name: aws.String("email"), Value: &email},
			{Name: aws.String("email_verified"), Value: aws.String("true")},
		},
	})
	if err != nil {
		return "", err
	}
	id = aws.ToString(made.User.Username)
	return id, d.setPassword(ctx, id, password)
}

// ResetPassword implements console.People.
func (d directory) ResetPassword(ctx context.Context, name string) (password string, err error) {
	if password, err = randomPassword(); err != nil {
		return "", err
	}
	return password, d.replacePassword(ctx, name, password)
}

// replacePassword gives a user a password that lasts, and ends the sessions.
func (d directory) replacePassword(ctx context.Context, name, password string) error {
	if err := d.setPassword(ctx, name, password); err != nil {
		return err
	}
	_, err := d.client.AdminUserGlobalSignOut(ctx, &cognito.AdminUserGlobalSignOutInput{UserPoolId: &d.poolID, Username: &name})
	return err
}

func (d directory) setPassword(ctx context.Context, name, password string) error {
	_, err := d.client.AdminSetUserPassword(ctx, &cognito.AdminSetUserPasswordInput{
		UserPoolId: &d.poolID, Username: &name, Password: &password, Permanent: true,
	})
	return err
}

// Enable implements console.People.
func (d directory) Enable(ctx context.Context, name string) error {
	_, err := d.client.AdminEnableUser(ctx, &cognito.AdminEnableUserInput{UserPoolId: &d.poolID, Username: &name})
	return err
}

// Disable implements console.People.
func (d directory) Disable(ctx context.Context, name string) error {
	_, err := d.client.AdminDisableUser(ctx, &cognito.AdminDisableUserInput{UserPoolId: &d.poolID, Username: &name})
	return err
}

// Delete implements console.People.
func (d directory) Delete(ctx context.Context, name string) error {
	_, err := d.client.AdminDeleteUser(ctx, &cognito.AdminDeleteUserInput{UserPoolId: &d.poolID, Username: &name})
	return err
}

// Grant implements console.People.
func (d directory) Grant(ctx context.Context, name, group string) error {
	_, err := d.client.AdminAddUserToGroup(ctx, &cognito.AdminAddUserToGroupInput{
		UserPoolId: &d.poolID, Username: &name, GroupName: &group,
	})
	return err
}

// Revoke implements console.People.
func (d directory) Revoke(ctx context.Context, name, group string) error {
	_, err := d.client.AdminRemoveUserFromGroup(ctx, &cognito.AdminRemoveUserFromGroupInput{
		UserPoolId: &d.poolID, Username: &name, GroupName: &group,
	})
	return err
}

// Random passwords have 20 letters and digits, of which no two look alike,
// and end in one of each kind that a password policy may ask for.
const (
	passwordAlphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	passwordLength   = 20
	passwordEnding   = "-aA7"
)

func randomPassword() (string, error) {
	password := make([]byte, passwordLength)
	for i := range password {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(passwordAlphabet))))
		if err != nil {
			return "", fmt.Errorf("make a password: %w", err)
		}
		password[i] = passwordAlphabet[n.Int64()]
	}
	return string(password) + passwordEnding, nil
}

func attribute(attributes []types.AttributeType, name string) string {
	for _, a := range attributes {
		if aws.ToString(a.Name) == name {
			return aws.ToString(a.Value)
		}
	}
	return "-"
}

// plainError leaves of an error of the user pool what it says to a person.
func plainError(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) {
		return fmt.Errorf("%s (%s)", api.ErrorMessage(), api.ErrorCode())
	}
	return err
}
