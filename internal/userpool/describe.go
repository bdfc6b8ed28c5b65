package userpool

import (
	"context"
	"time"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// What the pool and its client are called where people see a name.
const (
	poolTitle   = "spacefinder"
	clientTitle = "spacefinder"
)

type listPoolsRequest struct {
	MaxResults *int
	NextToken  string
}

func (r listPoolsRequest) check(c *checks) {
	if r.MaxResults == nil {
		c.required("maxResults", "", rule{})
	}
	c.between("maxResults", r.MaxResults, 1, maxPage)
	c.optional("nextToken", r.NextToken, pageKeyRule)
}

type poolSummary struct {
	ID               string   `json:"Id"`
	Name             string   `json:"Name"`
	LambdaConfig     struct{} `json:"LambdaConfig"`
	CreationDate     float64  `json:"CreationDate"`
	LastModifiedDate float64  `json:"LastModifiedDate"`
}

type listPoolsResponse struct {
	UserPools []poolSummary `json:"UserPools"`
}

func (p *Pool) listUserPools(context.Context, listPoolsRequest) (listPoolsResponse, error) {
	return listPoolsResponse{[]poolSummary{p.summary()}}, nil
}

func (p *Pool) summary() poolSummary {
	return poolSummary{
		ID: p.settings.poolID, Name: poolTitle,
		CreationDate: epoch(p.settings.created), LastModifiedDate: epoch(p.settings.created),
	}
}

type listClientsRequest struct {
	poolRef
	MaxResults *int
	NextToken  string
}

func (r listClientsRequest) check(c *checks) {
	r.poolRef.check(c)
	c.between("maxResults", r.MaxResults, 1, maxPage)
	c.optional("nextToken", r.NextToken, pageKeyRule)
}

type clientSummary struct {
	ClientID   string `json:"ClientId"`
	UserPoolID string `json:"UserPoolId"`
	ClientName string `json:"ClientName"`
}

type listClientsResponse struct {
	UserPoolClients []clientSummary `json:"UserPoolClients"`
}

func (p *Pool) listUserPoolClients(context.Context, listClientsRequest) (listClientsResponse, error) {
	return listClientsResponse{[]clientSummary{{p.settings.clientID, p.settings.poolID, clientTitle}}}, nil
}

type passwordPolicy struct {
	MinimumLength                 int
	RequireUppercase              bool
	RequireLowercase              bool
	RequireNumbers                bool
	RequireSymbols                bool
	TemporaryPasswordValidityDays int
}

type poolDescription struct {
	poolSummary
	ARN      string `json:"Arn"`
	Policies struct {
		PasswordPolicy passwordPolicy
	}
	AutoVerifiedAttributes []string
	UsernameAttributes     []string
	UsernameConfiguration  struct{ CaseSensitive bool }
	MFAConfiguration       string `json:"MfaConfiguration"`
	EstimatedNumberOfUsers int
	AdminCreateUserConfig  struct{ AllowAdminCreateUserOnly bool }
	SchemaAttributes       []schemaAttribute
	UserPoolTier           string
	DeletionProtection     string
}

type schemaAttribute struct {
	Name              string
	AttributeDataType string
	Required          bool
	Mutable           bool
}

type describePoolResponse struct {
	UserPool poolDescription
}

func (p *Pool) describeUserPool(ctx context.Context, _ poolRef) (describePoolResponse, error) {
	d := poolDescription{
		poolSummary:            p.summary(),
		ARN:                    "arn:aws:cognito-idp:" + p.cfg.Region + ":000000000000:userpool/" + p.settings.poolID,
		AutoVerifiedAttributes: []string{attrEmail},
		UsernameAttributes:     []string{attrEmail},
		MFAConfiguration:       "OFF",
		UserPoolTier:           "LITE",
		DeletionProtection:     "INACTIVE",
	}
	d.AdminCreateUserConfig.AllowAdminCreateUserOnly = p.cfg.NoSelfSignUp
	policy := p.cfg.PasswordPolicy
	d.Policies.PasswordPolicy = passwordPolicy{policy.MinimumLength, policy.RequireUppercase, policy.RequireLowercase, policy.RequireNumbers,
		policy.RequireSymbols, int(p.cfg.TemporaryPasswordLifetime / day)}
	for _, name := range append([]string{attrEmail}, p.cfg.RequiredAttributes...) {
		d.SchemaAttributes = append(d.SchemaAttributes, schemaAttribute{Name: name, AttributeDataType: "String", Required: true, Mutable: true})
	}
	err := p.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(`SELECT count(*) FROM pool_users`).Scan(&d.EstimatedNumberOfUsers)
	})
	return describePoolResponse{d}, err
}

type describeClientRequest struct {
	poolRef
	clientRef
}

func (r describeClientRequest) check(c *checks) {
	r.poolRef.check(c)
	r.clientRef.check(c)
}

type clientDescription struct {
	clientSummary
	RefreshTokenValidity       int
	AccessTokenValidity        int
	IDTokenValidity            int `json:"IdTokenValidity"`
	TokenValidityUnits         struct{ AccessToken, IdToken, RefreshToken string }
	ExplicitAuthFlows          []string
	SupportedIdentityProviders []string

	CallbackURLs                    []string
	LogoutURLs                      []string
	AllowedOAuthFlows               []string
	AllowedOAuthScopes              []string
	AllowedOAuthFlowsUserPoolClient bool

	PreventUserExistenceErrors string
	EnableTokenRevocation      bool
	AuthSessionValidity        int
	CreationDate               float64
	LastModifiedDate           float64
}

type describeClientResponse struct {
	UserPoolClient clientDescription
}

// describeUserPoolClient gives lifetimes in seconds, minutes for sessions, so that every setting is a whole number.
func (p *Pool) describeUserPoolClient(context.Context, describeClientRequest) (describeClientResponse, error) {
	seconds := func(d time.Duration) int { return int(d / time.Second) }
	registered := p.registration()
	c := clientDescription{
		SupportedIdentityProviders: []string{identityProvider},
		CallbackURLs:               registered.callbacks,
		LogoutURLs:                 registered.logouts,
		AllowedOAuthFlows:          []string{"code"},
		AllowedOAuthScopes:         clientScopes(),

		AllowedOAuthFlowsUserPoolClient: true,

		clientSummary:              clientSummary{p.settings.clientID, p.settings.poolID, clientTitle},
		RefreshTokenValidity:       seconds(p.cfg.RefreshTokenLifetime),
		AccessTokenValidity:        seconds(p.cfg.AccessTokenLifetime),
		IDTokenValidity:            seconds(p.cfg.IDTokenLifetime),
		PreventUserExistenceErrors: "ENABLED",
		EnableTokenRevocation:      true,
		AuthSessionValidity:        int(p.cfg.SessionLifetime / time.Minute),
		CreationDate:               epoch(p.settings.created),
		LastModifiedDate:           epoch(p.settings.created),
	}
	if p.cfg.RevealUserExistence {
		c.PreventUserExistenceErrors = "LEGACY"
	}
	c.TokenValidityUnits.AccessToken, c.TokenValidityUnits.IdToken, c.TokenValidityUnits.RefreshToken = "seconds", "seconds", "seconds"
	for _, flow := range p.cfg.AuthFlows {
		c.ExplicitAuthFlows = append(c.ExplicitAuthFlows, "ALLOW_"+flow)
	}
	return describeClientResponse{c}, nil
}
