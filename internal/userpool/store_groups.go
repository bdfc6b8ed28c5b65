package userpool

import (
	"database/sql"
	"errors"
	"time"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// group is a row of pool_groups.
type group struct {
	name        string
	description string
	precedence  *int // lower comes first; nil comes last
	roleARN     string
	created     time.Time
	modified    time.Time
}

const (
	groupColumns = `name, description, precedence, role_arn, created_at, modified_at`
	memberColumn = `g.name, g.description, g.precedence, g.role_arn, g.created_at, g.modified_at`
)

// scanGroup reads groupColumns. No row is errNoGroup.
func scanGroup(row scanner) (group, error) {
	var g group
	var created, modified int64
	err := row.Scan(&g.name, &g.description, &g.precedence, &g.roleARN, &created, &modified)
	if errors.Is(err, sql.ErrNoRows) {
		return group{}, errNoGroup
	}
	g.created, g.modified = time.UnixMilli(created), time.UnixMilli(modified)
	return g, err
}

func groupByName(tx *sqlitedb.Tx, name string) (group, error) {
	return scanGroup(tx.QueryRow(`SELECT `+groupColumns+` FROM pool_groups WHERE name = ?`, name))
}

func insertGroup(tx *sqlitedb.Tx, g group) error {
	_, err := tx.Exec(`INSERT INTO pool_groups (`+groupColumns+`) VALUES (?, ?, ?, ?, ?, ?)`,
		g.name, g.description, g.precedence, g.roleARN, milliseconds(g.created), milliseconds(g.modified))
	return err
}

func updateGroup(tx *sqlitedb.Tx, g group) error {
	_, err := tx.Exec(`UPDATE pool_groups SET description = ?, precedence = ?, role_arn = ?, modified_at = ? WHERE name = ?`,
		g.description, g.precedence, g.roleARN, milliseconds(g.modified), g.name)
	return err
}

// deleteGroup removes the group with its memberships, or returns errNoGroup.
func deleteGroup(tx *sqlitedb.Tx, name string) error {
	n, err := tx.Exec(`DELETE FROM pool_groups WHERE name = ?`, name)
	if err == nil && n == 0 {
		return errNoGroup
	}
	return err
}

// groupsAfter returns at most limit groups in the order of their names.
func groupsAfter(tx *sqlitedb.Tx, after string, limit int) ([]group, error) {
	rows, err := tx.Query(`SELECT `+groupColumns+` FROM pool_groups WHERE name > ? ORDER BY name LIMIT ?`, after, limit)
	return scanAll(rows, err, scanGroup)
}

// groupsOf returns a user's groups by precedence, those without one last, then
// by name. A user is in at most maxGroupsPerUser.
func groupsOf(tx *sqlitedb.Tx, sub string) ([]group, error) {
	rows, err := tx.Query(`SELECT `+memberColumn+` FROM pool_members m JOIN pool_groups g ON g.name = m.group_name
		WHERE m.sub = ? ORDER BY g.precedence IS NULL, g.precedence, g.name`, sub)
	return scanAll(rows, err, scanGroup)
}

// usersInGroup returns at most limit members in the order of their subs.
func usersInGroup(tx *sqlitedb.Tx, name, after string, limit int) ([]user, error) {
	rows, err := tx.Query(`SELECT `+userColumns+` FROM pool_users
		WHERE sub IN (SELECT sub FROM pool_members WHERE group_name = ? AND sub > ? ORDER BY sub LIMIT ?) ORDER BY sub`, name, after, limit)
	return scanAll(rows, err, scanUser)
}

func addMember(tx *sqlitedb.Tx, name, sub string) error {
	_, err := tx.Exec(`INSERT INTO pool_members (group_name, sub) VALUES (?, ?) ON CONFLICT DO NOTHING`, name, sub)
	return err
}

func removeMember(tx *sqlitedb.Tx, name, sub string) error {
	_, err := tx.Exec(`DELETE FROM pool_members WHERE group_name = ? AND sub = ?`, name, sub)
	return err
}
