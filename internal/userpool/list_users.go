package userpool

import (
	"context"
	"slices"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

type listUsersRequest struct {
	poolRef
	AttributesToGet []string
	Limit           *int
	PaginationToken string
	Filter          string
}

func (r listUsersRequest) page() page { return page{Limit: r.Limit, NextToken: r.PaginationToken} }

func (r listUsersRequest) check(c *checks) {
	r.poolRef.check(c)
	c.names("attributesToGet", r.AttributesToGet)
	r.page().check(c)
	c.optional("filter", r.Filter, filterRule)
}

type listUsersResponse struct {
	Users           []wireUser `json:"Users"`
	PaginationToken string     `json:"PaginationToken,omitzero"`
}

// listUsers lists the users that pass the filter, in the order of their subs.
func (p *Pool) listUsers(ctx context.Context, r listUsersRequest) (listUsersResponse, error) {
	filter, err := parseFilter(r.Filter)
	if err != nil {
		return listUsersResponse{}, err
	}
	after, err := r.page().after()
	if err != nil {
		return listUsersResponse{}, err
	}
	var found []user
	err = p.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		found, err = usersMatching(tx, filter, after, r.page().size()+1)
		return err
	})
	users, next := userPage(found, r.page())
	for i := range users {
		users[i].keepAttributes(r.AttributesToGet)
	}
	return listUsersResponse{Users: users, PaginationToken: next}, err
}

// usersMatching returns at most limit users. Only the fixed text of filters goes into the statement.
func usersMatching(tx *sqlitedb.Tx, f userFilter, after string, limit int) ([]user, error) {
	rows, err := tx.Query(`SELECT `+userColumns+` FROM pool_users WHERE `+f.where+` AND sub > ?2 ORDER BY sub LIMIT ?3`,
		f.value, after, limit)
	return scanAll(rows, err, scanUser)
}

func userPage(found []user, r page) ([]wireUser, string) {
	kept, next := cut(found, r.size(), func(u user) string { return u.sub })
	users := make([]wireUser, len(kept))
	for i, u := range kept {
		users[i] = u.onTheWire()
	}
	return users, next
}

// keepAttributes drops every attribute that is not named; no names keep all.
func (u *wireUser) keepAttributes(names []string) {
	if len(names) == 0 {
		return
	}
	u.Attributes = slices.DeleteFunc(u.Attributes, func(a attribute) bool { return !slices.Contains(names, a.Name) })
}

type listUsersInGroupRequest struct {
	groupRef
	page
}

func (r listUsersInGroupRequest) check(c *checks) {
	r.groupRef.check(c)
	r.page.check(c)
}

type listUsersInGroupResponse struct {
	Users     []wireUser `json:"Users"`
	NextToken string     `json:"NextToken,omitzero"`
}

func (p *Pool) listUsersInGroup(ctx context.Context, r listUsersInGroupRequest) (listUsersInGroupResponse, error) {
	after, err := r.after()
	if err != nil {
		return listUsersInGroupResponse{}, err
	}
	var found []user
	err = p.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		if _, err := groupByName(tx, r.GroupName); err != nil {
			return err
		}
		found, err = usersInGroup(tx, r.GroupName, after, r.size()+1)
		return err
	})
	users, next := userPage(found, r.page)
	return listUsersInGroupResponse{Users: users, NextToken: next}, err
}
