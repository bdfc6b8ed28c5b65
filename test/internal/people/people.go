// Package people makes users of a user pool and signs them in, through
// Cognito's API alone, with AWS's own client.
package people

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/go-json-experiment/json"
	"github.com/golang-jwt/jwt/v5"

	"github.com/spacefinder/spacefinder/test/internal/harness"
)

// Pool is the user pool of a system.
type Pool struct {
	Client     *cognito.Client
	ID         string
	ClientID   string
	AdminGroup string

	http    *http.Client
	mu      sync.Mutex
	secrets []string
}

const callTimeout = 60 * time.Second

// Open returns the user pool of a system.
func Open(s *harness.System) *Pool {
	client := &http.Client{Timeout: callTimeout, Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	return &Pool{
		Client: cognito.New(cognito.Options{
			Region:           s.Outputs.Region(),
			BaseEndpoint:     aws.String(s.Outputs.CognitoEndpoint),
			Credentials:      s.Credentials,
			HTTPClient:       client,
			RetryMaxAttempts: 1,
		}),
		ID:         s.Outputs.UserPool,
		ClientID:   s.Outputs.UserPoolClient,
		AdminGroup: s.Outputs.UserPoolAdminGroupName,
		http:       client,
	}
}

// Close drops the idle connections.
func (p *Pool) Close() { p.http.CloseIdleConnections() }

// User is a person with an account, signed in.
type User struct {
	ID       string // "sub": the user's part of /users/{userID}/bookings
	Email    string
	Password string
	Tokens
}

// Tokens are what a sign-in gives.
type Tokens struct {
	IDToken      string // what the API takes
	AccessToken  string // what the user pool takes
	RefreshToken string
}

// NewPassword returns a password that no log may have by accident.
func NewPassword() string { return "Pw-" + strings.ToLower(rand.Text()) + "-A7" }

// NewEmail returns an address that nobody has yet.
func NewEmail(name string) string {
	return name + "." + strings.ToLower(rand.Text()[:10]) + "@example.com"
}

// New makes a user by administrative calls, puts it into the groups and signs
// it in.
func (p *Pool) New(ctx context.Context, name string, groups ...string) (User, error) {
	u := User{Email: NewEmail(name), Password: NewPassword()}
	p.keep(u.Password)
	_, err := p.Client.AdminCreateUser(ctx, &cognito.AdminCreateUserInput{
		UserPoolId: &p.ID, Username: &u.Email, MessageAction: types.MessageActionTypeSuppress,
		UserAttributes: []types.AttributeType{
			{Name: aws.String("email"), Value: &u.Email},
			{Name: aws.String("email_verified"), Value: aws.String("true")},
			{Name: aws.String("name"), Value: &name},
		},
	})
	if err != nil {
		return u, err
	}
	_, err = p.Client.AdminSetUserPassword(ctx, &cognito.AdminSetUserPasswordInput{
		UserPoolId: &p.ID, Username: &u.Email, Password: &u.Password, Permanent: true,
	})
	if err != nil {
		return u, err
	}
	for _, group := range groups {
		_, err := p.Client.AdminAddUserToGroup(ctx, &cognito.AdminAddUserToGroupInput{
			UserPoolId: &p.ID, Username: &u.Email, GroupName: aws.String(group),
		})
		if err != nil {
			return u, err
		}
	}
	return p.signInto(ctx, u)
}

// Invite makes a user as an administrator does, with a temporary password that
// nobody has used yet.
func (p *Pool) Invite(ctx context.Context, u User) error {
	p.keep(u.Password)
	_, err := p.Client.AdminCreateUser(ctx, &cognito.AdminCreateUserInput{
		UserPoolId: &p.ID, Username: &u.Email, TemporaryPassword: &u.Password, MessageAction: types.MessageActionTypeSuppress,
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: &u.Email}},
	})
	return err
}

func (p *Pool) signInto(ctx context.Context, u User) (User, error) {
	tokens, err := p.SignIn(ctx, u.Email, u.Password)
	if err != nil {
		return u, err
	}
	u.Tokens = tokens
	u.ID, err = Subject(tokens.IDToken)
	return u, err
}

// SignIn signs in with USER_PASSWORD_AUTH.
func (p *Pool) SignIn(ctx context.Context, email, password string) (Tokens, error) {
	p.keep(password)
	out, err := p.Client.InitiateAuth(ctx, &cognito.InitiateAuthInput{
		ClientId: &p.ClientID, AuthFlow: types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": email, "PASSWORD": password},
	})
	if err != nil {
		return Tokens{}, err
	}
	return p.tokens(out.AuthenticationResult)
}

// Refresh gets new tokens for a refresh token.
func (p *Pool) Refresh(ctx context.Context, refresh string) (Tokens, error) {
	out, err := p.Client.InitiateAuth(ctx, &cognito.InitiateAuthInput{
		ClientId: &p.ClientID, AuthFlow: types.AuthFlowTypeRefreshTokenAuth,
		AuthParameters: map[string]string{"REFRESH_TOKEN": refresh},
	})
	if err != nil {
		return Tokens{}, err
	}
	return p.tokens(out.AuthenticationResult)
}

func (p *Pool) tokens(r *types.AuthenticationResultType) (Tokens, error) {
	if r == nil {
		return Tokens{}, fmt.Errorf("the pool asks for more than a password")
	}
	t := Tokens{
		IDToken:      aws.ToString(r.IdToken),
		AccessToken:  aws.ToString(r.AccessToken),
		RefreshToken: aws.ToString(r.RefreshToken),
	}
	p.keep(t.IDToken, t.AccessToken, t.RefreshToken)
	return t, nil
}

// EnsureGroup makes a group unless it is there.
func (p *Pool) EnsureGroup(ctx context.Context, name string, precedence int32) error {
	_, err := p.Client.GetGroup(ctx, &cognito.GetGroupInput{UserPoolId: &p.ID, GroupName: &name})
	if err == nil {
		return nil
	}
	_, err = p.Client.CreateGroup(ctx, &cognito.CreateGroupInput{UserPoolId: &p.ID, GroupName: &name, Precedence: &precedence})
	return err
}

// keep notes values that may be in no log.
func (p *Pool) keep(secrets ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range secrets {
		if s != "" {
			p.secrets = append(p.secrets, s)
		}
	}
}

// Keep notes a value that may be in no log.
func (p *Pool) Keep(secret string) { p.keep(secret) }

// Secrets returns every password and token that went through the pool.
func (p *Pool) Secrets() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.secrets...)
}

// Claims returns the claims of a token, without a look at its signature.
func Claims(token string) (map[string]any, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, fmt.Errorf("a token has three parts, this one %d", len(parts))
	}
	payload, err := jwt.NewParser().DecodeSegment(parts[1])
	if err != nil {
		return nil, err
	}
	var claims map[string]any
	return claims, json.Unmarshal(payload, &claims)
}

// Subject returns the user whom a token names.
func Subject(token string) (string, error) {
	claims, err := Claims(token)
	if err != nil {
		return "", err
	}
	sub, ok := claims["sub"].(string)
	if !ok || sub == "" {
		return "", fmt.Errorf("the token names no subject")
	}
	return sub, nil
}
