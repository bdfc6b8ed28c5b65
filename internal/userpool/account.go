package userpool

import (
	"context"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

type getUserResponse struct {
	Username       string      `json:"Username"`
	UserAttributes []attribute `json:"UserAttributes"`
}

func (p *Pool) getUser(_ context.Context, c caller, _ tokenRef) (getUserResponse, error) {
	return getUserResponse{Username: c.user.sub, UserAttributes: c.user.listed()}, nil
}

type updateAttributesRequest struct {
	tokenRef
	UserAttributes []attribute
}

func (r updateAttributesRequest) check(c *checks) {
	r.tokenRef.check(c)
	c.attributes(r.UserAttributes)
}

type updateAttributesResponse struct {
	CodeDeliveryDetailsList []*delivery `json:"CodeDeliveryDetailsList,omitzero"`
}

// updateUserAttributes sets attributes. A new e-mail address takes effect at
// once, unverified, and a code is sent to it. Such codes count with those that
// the user asks for: any address can be named here, and its owner is to get few.
func (p *Pool) updateUserAttributes(ctx context.Context, c caller, r updateAttributesRequest) (updateAttributesResponse, error) {
	if err := checkAttributes(r.UserAttributes, byUser); err != nil {
		return updateAttributesResponse{}, err
	}
	wanted := c.user
	if wanted.apply(r.UserAttributes); wanted.email() != c.user.email() {
		if err := p.countTry(ctx, c.user.sub, actionSendVerify); err != nil {
			return updateAttributesResponse{}, err
		}
	}
	changed, err := p.setAttributes(ctx, c.user.sub, r.UserAttributes)
	if err != nil || changed.email() == c.user.email() {
		return updateAttributesResponse{}, err
	}
	sent, err := p.sendCode(ctx, changed, MessageVerify, purposeVerify+attrEmail, verifyCodeLifetime)
	return updateAttributesResponse{[]*delivery{sent.CodeDeliveryDetails}}, err
}

// setAttributes applies a list that has been checked and returns the user as they are then.
func (p *Pool) setAttributes(ctx context.Context, sub string, list []attribute) (changed user, err error) {
	err = p.changeUser(ctx, sub, func(tx *sqlitedb.Tx, u *user) error {
		u.apply(list)
		if err := p.missingAttribute(u.attributes); err != nil {
			return err
		}
		changed = *u
		return emailFree(tx, u.email(), u.sub, errAliasTaken)
	})
	return changed, err
}

type deleteAttributesRequest struct {
	tokenRef
	UserAttributeNames []string
}

func (r deleteAttributesRequest) check(c *checks) {
	r.tokenRef.check(c)
	c.names("userAttributeNames", r.UserAttributeNames)
}

func (p *Pool) deleteUserAttributes(ctx context.Context, c caller, r deleteAttributesRequest) (empty, error) {
	return empty{}, p.removeAttributes(ctx, c.user.sub, r.UserAttributeNames, byUser)
}

func (p *Pool) removeAttributes(ctx context.Context, sub string, names []string, who writer) error {
	blanks := make([]attribute, len(names))
	for i, name := range names {
		if name == attrEmail {
			return refuse(kindInvalidParameter, "Attributes did not conform to the schema: %s: The attribute is required", name)
		}
		blanks[i].Name = name
	}
	if err := checkAttributes(blanks, who); err != nil {
		return err
	}
	_, err := p.setAttributes(ctx, sub, blanks)
	return err
}

type attributeCodeRequest struct {
	tokenRef
	AttributeName string
}

func (r attributeCodeRequest) check(c *checks) {
	r.tokenRef.check(c)
	c.required("attributeName", r.AttributeName, attributeRule)
}

func (p *Pool) getVerificationCode(ctx context.Context, c caller, r attributeCodeRequest) (deliveryResponse, error) {
	if err := mustBeEmail(r.AttributeName); err != nil {
		return deliveryResponse{}, err
	}
	if err := p.countTry(ctx, c.user.sub, actionSendVerify); err != nil {
		return deliveryResponse{}, err
	}
	return p.sendCode(ctx, c.user, MessageVerify, purposeVerify+attrEmail, verifyCodeLifetime)
}

// mustBeEmail refuses other attributes: messages go by e-mail alone.
func mustBeEmail(name string) error {
	if name != attrEmail {
		return refuse(kindInvalidParameter, "The attribute %s cannot be verified in this user pool.", name)
	}
	return nil
}

type verifyAttributeRequest struct {
	attributeCodeRequest
	Code string
}

func (r verifyAttributeRequest) check(c *checks) {
	r.attributeCodeRequest.check(c)
	c.required("code", r.Code, codeRule)
}

func (p *Pool) verifyUserAttribute(ctx context.Context, c caller, r verifyAttributeRequest) (empty, error) {
	if err := mustBeEmail(r.AttributeName); err != nil {
		return empty{}, err
	}
	if err := p.countTry(ctx, c.user.sub, actionVerify); err != nil {
		return empty{}, err
	}
	return empty{}, p.changeUser(ctx, c.user.sub, func(tx *sqlitedb.Tx, u *user) error {
		u.attributes[attrEmailVerified] = valueTrue
		return p.takeCode(tx, *u, purposeVerify+attrEmail, r.Code)
	})
}

type changePasswordRequest struct {
	tokenRef
	PreviousPassword string
	ProposedPassword string
}

func (r changePasswordRequest) check(c *checks) {
	r.tokenRef.check(c)
	c.optional("previousPassword", r.PreviousPassword, passwordRule)
	c.required("proposedPassword", r.ProposedPassword, passwordRule)
}

func (p *Pool) changePassword(ctx context.Context, c caller, r changePasswordRequest) (empty, error) {
	if err := p.countTry(ctx, c.user.sub, actionChangePassword); err != nil {
		return empty{}, err
	}
	if err := p.checkPassword(r.ProposedPassword, policyAtChange); err != nil {
		return empty{}, err
	}
	right, err := p.hasher.Verify(ctx, r.PreviousPassword, c.user.credential.hash)
	if err != nil {
		return empty{}, err
	}
	if !right {
		return empty{}, errWrongPassword
	}
	fresh, err := p.newCredential(ctx, c.user.sub, r.ProposedPassword)
	if err != nil {
		return empty{}, err
	}
	return empty{}, p.changeUser(ctx, c.user.sub, func(_ *sqlitedb.Tx, u *user) error {
		if u.credential.hash != c.user.credential.hash { // changed by somebody else meanwhile
			return errWrongPassword
		}
		u.credential = fresh
		return nil
	})
}

func (p *Pool) globalSignOut(ctx context.Context, c caller, _ tokenRef) (empty, error) {
	return empty{}, p.signOutEverywhere(ctx, c.user.sub)
}

func (p *Pool) signOutEverywhere(ctx context.Context, sub string) error {
	return p.db.Write(ctx, func(tx *sqlitedb.Tx) error { return revokeSignIns(tx, sub) })
}

func (p *Pool) deleteUser(ctx context.Context, c caller, _ tokenRef) (empty, error) {
	return empty{}, p.db.Write(ctx, func(tx *sqlitedb.Tx) error { return deleteUser(tx, c.user.sub) })
}
