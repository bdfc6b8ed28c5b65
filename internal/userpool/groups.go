package userpool

import (
	"context"
	"errors"
	"math"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// maxGroupsPerUser bounds the groups in a token, as Cognito's quota does.
const maxGroupsPerUser = 100

type groupRef struct {
	poolRef
	GroupName string
}

func (r groupRef) check(c *checks) {
	r.poolRef.check(c)
	c.required("groupName", r.GroupName, groupRule)
}

// wireGroup is GroupType.
type wireGroup struct {
	GroupName        string  `json:"GroupName"`
	UserPoolID       string  `json:"UserPoolId"`
	Description      string  `json:"Description,omitzero"`
	RoleARN          string  `json:"RoleArn,omitzero"`
	Precedence       *int    `json:"Precedence,omitzero"`
	LastModifiedDate float64 `json:"LastModifiedDate"`
	CreationDate     float64 `json:"CreationDate"`
}

func (p *Pool) groupOnTheWire(g group) wireGroup {
	return wireGroup{
		GroupName: g.name, UserPoolID: p.settings.poolID, Description: g.description, RoleARN: g.roleARN, Precedence: g.precedence,
		LastModifiedDate: epoch(g.modified), CreationDate: epoch(g.created),
	}
}

type groupResponse struct {
	Group wireGroup `json:"Group"`
}

type groupRequest struct {
	groupRef
	Description *string
	Precedence  *int
	RoleARN     *string `json:"RoleArn"`
}

func (r groupRequest) check(c *checks) {
	r.groupRef.check(c)
	c.between("precedence", r.Precedence, 0, math.MaxInt32)
	if r.Description != nil {
		c.optional("description", *r.Description, describeRule)
	}
	if r.RoleARN != nil {
		c.optional("roleArn", *r.RoleARN, roleRule)
	}
}

// applyTo sets the members that the request holds.
func (r groupRequest) applyTo(g *group) {
	if r.Description != nil {
		g.description = *r.Description
	}
	if r.RoleARN != nil {
		g.roleARN = *r.RoleARN
	}
	if r.Precedence != nil {
		g.precedence = r.Precedence
	}
}

func (p *Pool) createGroup(ctx context.Context, r groupRequest) (groupResponse, error) {
	now := p.now()
	g := group{name: r.GroupName, created: now, modified: now}
	r.applyTo(&g)
	err := p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		_, err := groupByName(tx, g.name)
		switch {
		case err == nil:
			return refuse(kindGroupExists, "A group with the name already exists.")
		case errors.Is(err, errNoGroup):
			return insertGroup(tx, g)
		}
		return err
	})
	return groupResponse{p.groupOnTheWire(g)}, err
}

func (p *Pool) getGroup(ctx context.Context, r groupRef) (groupResponse, error) {
	var g group
	err := p.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		g, err = groupByName(tx, r.GroupName)
		return err
	})
	return groupResponse{p.groupOnTheWire(g)}, err
}

func (p *Pool) updateGroup(ctx context.Context, r groupRequest) (groupResponse, error) {
	var g group
	err := p.db.Write(ctx, func(tx *sqlitedb.Tx) (err error) {
		if g, err = groupByName(tx, r.GroupName); err != nil {
			return err
		}
		r.applyTo(&g)
		g.modified = p.now()
		return updateGroup(tx, g)
	})
	return groupResponse{p.groupOnTheWire(g)}, err
}

func (p *Pool) deleteGroup(ctx context.Context, r groupRef) (empty, error) {
	return empty{}, p.db.Write(ctx, func(tx *sqlitedb.Tx) error { return deleteGroup(tx, r.GroupName) })
}

type listGroupsRequest struct {
	poolRef
	page
}

func (r listGroupsRequest) check(c *checks) {
	r.poolRef.check(c)
	r.page.check(c)
}

type listGroupsResponse struct {
	Groups    []wireGroup `json:"Groups"`
	NextToken string      `json:"NextToken,omitzero"`
}

func (p *Pool) listGroups(ctx context.Context, r listGroupsRequest) (listGroupsResponse, error) {
	after, err := r.after()
	if err != nil {
		return listGroupsResponse{}, err
	}
	var found []group
	err = p.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		found, err = groupsAfter(tx, after, r.size()+1)
		return err
	})
	return p.groupPage(found, r.page), err
}

func (p *Pool) groupPage(found []group, r page) listGroupsResponse {
	kept, next := cut(found, r.size(), func(g group) string { return g.name })
	answer := listGroupsResponse{NextToken: next, Groups: make([]wireGroup, len(kept))}
	for i, g := range kept {
		answer.Groups[i] = p.groupOnTheWire(g)
	}
	return answer
}

type listGroupsForUserRequest struct {
	userRef
	page
}

func (r listGroupsForUserRequest) check(c *checks) {
	r.userRef.check(c)
	r.page.check(c)
}

// adminListGroupsForUser lists a user's groups in the order of their tokens.
func (p *Pool) adminListGroupsForUser(ctx context.Context, r listGroupsForUserRequest) (listGroupsResponse, error) {
	after, err := r.after()
	if err != nil {
		return listGroupsResponse{}, err
	}
	var found []group
	err = p.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		u, err := userByName(tx, r.Username)
		if err != nil {
			return err
		}
		found, err = groupsOf(tx, u.sub)
		return err
	})
	return p.groupPage(following(found, after), r.page), err
}

// following returns the groups after the one with the name, all of them for "".
func following(all []group, name string) []group {
	for i, g := range all {
		if g.name == name {
			return all[i+1:]
		}
	}
	return all
}

type membershipRequest struct {
	userRef
	GroupName string
}

func (r membershipRequest) check(c *checks) {
	r.userRef.check(c)
	c.required("groupName", r.GroupName, groupRule)
}

func (p *Pool) adminAddUserToGroup(ctx context.Context, r membershipRequest) (empty, error) {
	return empty{}, p.changeMembership(ctx, r, func(tx *sqlitedb.Tx, name, sub string) error {
		groups, err := groupsOf(tx, sub)
		if err == nil && len(groups) >= maxGroupsPerUser {
			return refuse(kindLimitExceeded, "A user can be in at most %d groups.", maxGroupsPerUser)
		}
		return errors.Join(err, addMember(tx, name, sub))
	})
}

func (p *Pool) adminRemoveUserFromGroup(ctx context.Context, r membershipRequest) (empty, error) {
	return empty{}, p.changeMembership(ctx, r, removeMember)
}

func (p *Pool) changeMembership(ctx context.Context, r membershipRequest, change func(tx *sqlitedb.Tx, name, sub string) error) error {
	return p.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		u, err := userByName(tx, r.Username)
		if err != nil {
			return err
		}
		if _, err := groupByName(tx, r.GroupName); err != nil {
			return err
		}
		return change(tx, r.GroupName, u.sub)
	})
}
