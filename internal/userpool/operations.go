package userpool

import (
	"context"

	"github.com/go-json-experiment/json"
)

// operation is one entry of the table: who may call it and what it does with a body.
type operation struct {
	signed bool // needs a Signature Version 4 by the administrator's key
	serve  func(ctx context.Context, body []byte) (any, error)
}

// empty is the answer of an operation without output.
type empty struct{}

// A request knows its constraints.
type request interface{ check(c *checks) }

// Requests that name something which must exist embed one of these.
type (
	clientRef struct {
		ClientID string `json:"ClientId"`
	}
	poolRef struct {
		UserPoolID string `json:"UserPoolId"`
	}
	userRef struct {
		poolRef
		Username string
	}
	tokenRef struct{ AccessToken string }
)

func (r clientRef) check(c *checks)     { c.required("clientId", r.ClientID, clientIDRule) }
func (r clientRef) namedClient() string { return r.ClientID }
func (r poolRef) check(c *checks)       { c.required("userPoolId", r.UserPoolID, poolIDRule) }
func (r poolRef) namedPool() string     { return r.UserPoolID }
func (r tokenRef) check(c *checks)      { c.required("accessToken", r.AccessToken, tokenRule) }
func (r tokenRef) bearer() string       { return r.AccessToken }

func (r userRef) check(c *checks) {
	r.poolRef.check(c)
	c.required("username", r.Username, usernameRule)
}

// open is an operation that anybody may call.
func open[Q request, R any](p *Pool, fn func(context.Context, Q) (R, error)) operation {
	return operation{serve: func(ctx context.Context, body []byte) (any, error) {
		q, err := decode[Q](p, body)
		if err != nil {
			return nil, err
		}
		return fn(ctx, q)
	}}
}

// owned is an operation of the user whose access token the request holds.
func owned[Q interface {
	request
	bearer() string
}, R any](p *Pool, fn func(context.Context, caller, Q) (R, error)) operation {
	return open(p, func(ctx context.Context, q Q) (R, error) {
		c, err := p.authenticate(ctx, q.bearer(), scopeUser)
		if err != nil {
			var none R
			return none, err
		}
		return fn(ctx, c, q)
	})
}

// signed is an operation of the administrator.
func signed[Q request, R any](p *Pool, fn func(context.Context, Q) (R, error)) operation {
	op := open(p, fn)
	op.signed = true
	return op
}

// decode reads a request, checks its constraints and that the client or pool
// which it names is this one.
func decode[Q request](p *Pool, body []byte) (Q, error) {
	var q Q
	if err := json.Unmarshal(body, &q); err != nil {
		return q, refuse(kindSerialization, "The request is not a JSON object of the operation's input.")
	}
	var c checks
	q.check(&c)
	if err := c.err(); err != nil {
		return q, err
	}
	if r, ok := any(q).(interface{ namedClient() string }); ok && r.namedClient() != p.settings.clientID {
		return q, refuse(kindResourceNotFound, "User pool client %s does not exist.", r.namedClient())
	}
	if r, ok := any(q).(interface{ namedPool() string }); ok && r.namedPool() != p.settings.poolID {
		return q, refuse(kindResourceNotFound, "User pool %s does not exist.", r.namedPool())
	}
	return q, nil
}

// operationTable is every operation by its name on the wire.
func (p *Pool) operationTable() map[string]operation {
	return map[string]operation{
		"SignUp":                    open(p, p.signUp),
		"ConfirmSignUp":             open(p, p.confirmSignUp),
		"ResendConfirmationCode":    open(p, p.resendConfirmationCode),
		"InitiateAuth":              open(p, p.initiateAuth),
		"RespondToAuthChallenge":    open(p, p.respondToAuthChallenge),
		"GetTokensFromRefreshToken": open(p, p.getTokensFromRefreshToken),
		"ForgotPassword":            open(p, p.forgotPassword),
		"ConfirmForgotPassword":     open(p, p.confirmForgotPassword),
		"RevokeToken":               open(p, p.revokeToken),

		"GetUser":                          owned(p, p.getUser),
		"UpdateUserAttributes":             owned(p, p.updateUserAttributes),
		"DeleteUserAttributes":             owned(p, p.deleteUserAttributes),
		"GetUserAttributeVerificationCode": owned(p, p.getVerificationCode),
		"VerifyUserAttribute":              owned(p, p.verifyUserAttribute),
		"ChangePassword":                   owned(p, p.changePassword),
		"GlobalSignOut":                    owned(p, p.globalSignOut),
		"DeleteUser":                       owned(p, p.deleteUser),

		"AdminCreateUser":             signed(p, p.adminCreateUser),
		"AdminConfirmSignUp":          signed(p, p.adminConfirmSignUp),
		"AdminSetUserPassword":        signed(p, p.adminSetUserPassword),
		"AdminGetUser":                signed(p, p.adminGetUser),
		"AdminUpdateUserAttributes":   signed(p, p.adminUpdateUserAttributes),
		"AdminDeleteUserAttributes":   signed(p, p.adminDeleteUserAttributes),
		"AdminResetUserPassword":      signed(p, p.adminResetUserPassword),
		"AdminDeleteUser":             signed(p, p.adminDeleteUser),
		"AdminDisableUser":            signed(p, p.adminDisableUser),
		"AdminEnableUser":             signed(p, p.adminEnableUser),
		"AdminUserGlobalSignOut":      signed(p, p.adminUserGlobalSignOut),
		"AdminInitiateAuth":           signed(p, p.adminInitiateAuth),
		"AdminRespondToAuthChallenge": signed(p, p.adminRespondToAuthChallenge),

		"AdminAddUserToGroup":      signed(p, p.adminAddUserToGroup),
		"AdminRemoveUserFromGroup": signed(p, p.adminRemoveUserFromGroup),
		"AdminListGroupsForUser":   signed(p, p.adminListGroupsForUser),
		"CreateGroup":              signed(p, p.createGroup),
		"GetGroup":                 signed(p, p.getGroup),
		"UpdateGroup":              signed(p, p.updateGroup),
		"DeleteGroup":              signed(p, p.deleteGroup),
		"ListGroups":               signed(p, p.listGroups),
		"ListUsersInGroup":         signed(p, p.listUsersInGroup),
		"ListUsers":                signed(p, p.listUsers),

		"ListUserPools":          signed(p, p.listUserPools),
		"ListUserPoolClients":    signed(p, p.listUserPoolClients),
		"DescribeUserPool":       signed(p, p.describeUserPool),
		"DescribeUserPoolClient": signed(p, p.describeUserPoolClient),
	}
}
