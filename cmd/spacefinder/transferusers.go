package main

import (
	"context"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/spacefinder/spacefinder/internal/transfer"
)

// exportUsers writes the users of a data folder for Cognito's user import, and
// names on stderr those who cannot move that way.
func exportUsers(ctx context.Context, p process, data string, w io.Writer) (err error) {
	var open closers
	defer open.closeInto(&err)
	var u users
	if err := u.connect(ctx, data, &open); err != nil {
		return err
	}
	out, err := transfer.NewUserWriter(w)
	if err != nil {
		return err
	}
	var written, left int
	pages := cognito.NewListUsersPaginator(u.client, &cognito.ListUsersInput{UserPoolId: &u.poolID})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return plainError(err)
		}
		for _, user := range page.Users {
			err := out.Write(transfer.User{Enabled: user.Enabled, Attributes: attributesOf(user)})
			switch {
			case err == nil:
				written++
			case transfer.CannotMove(err):
				left++
				fmt.Fprintf(p.stderr, "left out: %s: %v\n", attribute(user.Attributes, "email"), err)
			default:
				return err
			}
		}
	}
	fmt.Fprintf(p.stderr, "exported %d users, left out %d\n", written, left)
	return out.Close()
}

func attributesOf(user types.UserType) map[string]string {
	attributes := make(map[string]string, len(user.Attributes))
	for _, a := range user.Attributes {
		attributes[aws.ToString(a.Name)] = aws.ToString(a.Value)
	}
	return attributes
}
