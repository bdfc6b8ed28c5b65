package userpool_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

func TestGroupLifecycle(t *testing.T) {
	w := newWorld(t)
	ctx, pool, name := t.Context(), w.poolID(), aws.String("guides")
	made := must(w.admin.CreateGroup(ctx, &idp.CreateGroupInput{UserPoolId: pool, GroupName: name,
		Description: aws.String("show people round")}))(t)
	if g := made.Group; aws.ToString(g.UserPoolId) != w.pool.ID() || g.Precedence != nil || !g.CreationDate.Equal(w.clock.Now()) {
		t.Errorf("created: %+v", g)
	}
	_, err := w.admin.CreateGroup(ctx, &idp.CreateGroupInput{UserPoolId: pool, GroupName: name})
	wantError(t, err, "GroupExistsException", "A group with the name already exists.")
	must(w.admin.UpdateGroup(ctx, &idp.UpdateGroupInput{UserPoolId: pool, GroupName: name, Precedence: aws.Int32(7)}))(t)
	got := must(w.admin.GetGroup(ctx, &idp.GetGroupInput{UserPoolId: pool, GroupName: name}))(t)
	if aws.ToInt32(got.Group.Precedence) != 7 || aws.ToString(got.Group.Description) != "show people round" {
		t.Errorf("after the update: %+v", got.Group)
	}
	w.user(ada, goodPass)
	w.join(ada, "guides")
	w.join(ada, "guides") // is idempotent
	for range 2 {         // so is this
		must(w.admin.AdminRemoveUserFromGroup(ctx, &idp.AdminRemoveUserFromGroupInput{UserPoolId: pool, GroupName: name,
			Username: aws.String(ada)}))(t)
	}
	w.join(ada, "guides")
	must(w.admin.DeleteGroup(ctx, &idp.DeleteGroupInput{UserPoolId: pool, GroupName: name}))(t)
	if groups := must(w.admin.AdminListGroupsForUser(ctx, &idp.AdminListGroupsForUserInput{UserPoolId: pool,
		Username: aws.String(ada)}))(t); len(groups.Groups) != 0 {
		t.Errorf("still in %d groups", len(groups.Groups))
	}
	for what, call := range map[string]func() error{
		"get": func() error {
			_, err := w.admin.GetGroup(ctx, &idp.GetGroupInput{UserPoolId: pool, GroupName: name})
			return err
		},
		"update": func() error {
			_, err := w.admin.UpdateGroup(ctx, &idp.UpdateGroupInput{UserPoolId: pool, GroupName: name})
			return err
		},
		"delete": func() error {
			_, err := w.admin.DeleteGroup(ctx, &idp.DeleteGroupInput{UserPoolId: pool, GroupName: name})
			return err
		},
		"join": func() error {
			_, err := w.admin.AdminAddUserToGroup(ctx, &idp.AdminAddUserToGroupInput{UserPoolId: pool, GroupName: name, Username: aws.String(ada)})
			return err
		},
		"members": func() error {
			_, err := w.admin.ListUsersInGroup(ctx, &idp.ListUsersInGroupInput{UserPoolId: pool, GroupName: name})
			return err
		},
	} {
		t.Run(what, func(t *testing.T) { wantError(t, call(), "ResourceNotFoundException", "Group not found.") })
	}
}

// TestPaging walks every list in pages of three and expects each item once.
func TestPaging(t *testing.T) {
	w := newWorld(t)
	ctx, pool, three := t.Context(), w.poolID(), aws.Int32(3)
	var wantUsers, wantGroups []string
	for i := range 10 {
		sub := w.signUp(fmt.Sprintf("user%d@example.com", i), goodPass)
		w.join(sub, "apiAdmins")
		wantUsers = append(wantUsers, sub)
		name := fmt.Sprintf("group-%d", i)
		must(w.admin.CreateGroup(ctx, &idp.CreateGroupInput{UserPoolId: pool, GroupName: aws.String(name),
			Precedence: aws.Int32(int32(i / 2))}))(t)
		wantGroups = append(wantGroups, name)
	}
	for _, name := range wantGroups {
		w.join(wantUsers[0], name)
	}
	wantGroups = append(wantGroups, "apiAdmins")
	users := func(list []types.UserType) (names []string) {
		for _, u := range list {
			names = append(names, aws.ToString(u.Username))
		}
		return names
	}
	groups := func(list []types.GroupType) (names []string) {
		for _, g := range list {
			names = append(names, aws.ToString(g.GroupName))
		}
		return names
	}
	for what, tt := range map[string]struct {
		want []string
		page func(token *string) ([]string, *string)
	}{
		"users": {wantUsers, func(token *string) ([]string, *string) {
			out := must(w.admin.ListUsers(ctx, &idp.ListUsersInput{UserPoolId: pool, Limit: three, PaginationToken: token}))(t)
			return users(out.Users), out.PaginationToken
		}},
		"members": {wantUsers, func(token *string) ([]string, *string) {
			out := must(w.admin.ListUsersInGroup(ctx, &idp.ListUsersInGroupInput{UserPoolId: pool, GroupName: aws.String("apiAdmins"),
				Limit: three, NextToken: token}))(t)
			return users(out.Users), out.NextToken
		}},
		"groups": {wantGroups, func(token *string) ([]string, *string) {
			out := must(w.admin.ListGroups(ctx, &idp.ListGroupsInput{UserPoolId: pool, Limit: three, NextToken: token}))(t)
			return groups(out.Groups), out.NextToken
		}},
		"groups of a user": {wantGroups, func(token *string) ([]string, *string) {
			out := must(w.admin.AdminListGroupsForUser(ctx, &idp.AdminListGroupsForUserInput{UserPoolId: pool, Username: &wantUsers[0],
				Limit: three, NextToken: token}))(t)
			return groups(out.Groups), out.NextToken
		}},
	} {
		t.Run(what, func(t *testing.T) {
			var got []string
			var token *string
			for pages := 0; ; pages++ {
				items, next := tt.page(token)
				got = append(got, items...)
				if token = next; token == nil {
					break
				}
				if len(items) != 3 || pages > 10 {
					t.Fatalf("page %d holds %d items", pages, len(items))
				}
			}
			want := slices.Sorted(slices.Values(tt.want))
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestListUsersFilter(t *testing.T) {
	w := newWorld(t)
	sub := w.user(ada, goodPass)
	w.signUp(grace, goodPass)
	must(w.admin.AdminUpdateUserAttributes(t.Context(), &idp.AdminUpdateUserAttributesInput{UserPoolId: w.poolID(), Username: aws.String(ada),
		UserAttributes: attrs("name", `Ada "Countess" Lovelace`)}))(t)
	must(w.admin.AdminDisableUser(t.Context(), &idp.AdminDisableUserInput{UserPoolId: w.poolID(), Username: aws.String(grace)}))(t)
	list := func(filter string) ([]string, error) {
		out, err := w.admin.ListUsers(t.Context(), &idp.ListUsersInput{UserPoolId: w.poolID(), Filter: aws.String(filter),
			AttributesToGet: []string{"email"}})
		if err != nil {
			return nil, err
		}
		var emails []string
		for _, u := range out.Users {
			if len(u.Attributes) != 1 {
				t.Errorf("AttributesToGet left %v", attrMap(u.Attributes))
			}
			emails = append(emails, attrMap(u.Attributes)["email"])
		}
		slices.Sort(emails)
		return emails, nil
	}
	for filter, want := range map[string][]string{
		``:                                  {ada, grace},
		`email = "ada@example.com"`:         {ada},
		`email="ADA@EXAMPLE.COM"`:           {ada},
		`"email"^="gr"`:                     {grace},
		`email ^= "x"`:                      nil,
		`username = "` + sub + `"`:          {ada},
		`sub ^= "` + sub[:8] + `"`:          {ada},
		`status = "Disabled"`:               {grace},
		`status = "disabled"`:               nil,
		`cognito:user_status = "confirmed"`: {ada},
		`name ^= "ada \"count"`:             {ada},
		`name = "' OR 1=1 --"`:              nil,
	} {
		t.Run(filter, func(t *testing.T) {
			if got, err := list(filter); err != nil || !slices.Equal(got, want) {
				t.Errorf("got %v, %v, want %v", got, err, want)
			}
		})
	}
	for filter, message := range map[string]string{
		`custom:foo = "x"`:           "Invalid search attribute: custom:foo",
		`email = ada`:                "Error while parsing filter.",
		`"email = "x"`:               "Error while parsing filter.",
		`email = "x" AND name = "y"`: "Error while parsing filter.",
		`email = "x"; DROP TABLE x`:  "Error while parsing filter.",
	} {
		t.Run(filter, func(t *testing.T) {
			_, err := list(filter)
			wantError(t, err, "InvalidParameterException", message)
		})
	}
}

func TestListRefusals(t *testing.T) {
	w := newWorld(t)
	list := func(limit int32, token string) error {
		_, err := w.admin.ListGroups(t.Context(), &idp.ListGroupsInput{UserPoolId: w.poolID(), Limit: aws.Int32(limit),
			NextToken: aws.String(token)})
		return err
	}
	const invalid, validation = "InvalidParameterException",
		"1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: "
	wantError(t, list(61, "AA"), invalid, fmt.Sprintf(validation, 61)+"Member must have value less than or equal to 60")
	wantError(t, list(-1, "AA"), invalid, fmt.Sprintf(validation, -1)+"Member must have value greater than or equal to 0")
	wantError(t, list(1, "!"), invalid, "Invalid pagination token.")
}
