package test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder/test/internal/forge"
	"github.com/spacefinder/spacefinder/test/internal/people"
)

// visitor is somebody who calls every operation.
type visitor struct {
	name    string
	token   string
	refused int // status for operations that are not for anybody; 0: depends on the audience
	isOwner bool
	isAdmin bool
}

// may returns the status with which an operation answers the visitor, 0 for
// its success.
func (v visitor) may(a audience) int {
	allowed := map[audience]bool{
		anybody:       true,
		signedIn:      v.refused == 0,
		admins:        v.refused == 0 && v.isAdmin,
		userAndAdmins: v.refused == 0 && (v.isOwner || v.isAdmin),
	}
	switch {
	case allowed[a]:
		return 0
	case v.refused != 0:
		return v.refused
	default:
		return http.StatusForbidden
	}
}

func signedInVisitors(t *testing.T) []visitor {
	t.Helper()
	for i, group := range []string{"everybody", "facilities"} {
		if err := shared.pool.EnsureGroup(t.Context(), group, int32(10*i)); err != nil { // everybody goes before apiAdmins by name
			t.Fatal(err)
		}
	}
	member := shared.newUser(t, "member", "everybody", "facilities")
	// The administrators' group has precedence 0 as "everybody" has, and is
	// not the first of the three in the token.
	several := shared.newUser(t, "several", "everybody", "facilities", shared.pool.AdminGroup)
	if err := shared.pool.EnsureGroup(t.Context(), "aaa", 0); err != nil {
		t.Fatal(err)
	}
	adminNotFirst := shared.newUser(t, "notfirst", "aaa", shared.pool.AdminGroup)
	checkAdminNotFirst(t, adminNotFirst)
	return []visitor{
		{name: "owner", token: shared.alice.IDToken, isOwner: true},
		{name: "owner with Bearer", token: "Bearer " + shared.alice.IDToken, isOwner: true},
		{name: "other user", token: shared.bob.IDToken},
		{name: "member of other groups", token: member.IDToken},
		{name: "administrator", token: shared.admin.IDToken, isAdmin: true},
		{name: "administrator with several groups", token: several.IDToken, isAdmin: true},
		{name: "administrator whose first group is another", token: adminNotFirst.IDToken, isAdmin: true},
	}
}

func checkAdminNotFirst(t *testing.T, u people.User) {
	t.Helper()
	claims, err := people.Claims(u.IDToken)
	if err != nil {
		t.Fatal(err)
	}
	groups, ok := claims["cognito:groups"].([]any)
	if !ok || len(groups) != 2 || groups[0] == shared.pool.AdminGroup {
		t.Fatalf("want two groups, the administrators' not first, got %v", claims["cognito:groups"])
	}
}

// strangers are callers whose token is missing or not valid.
func strangers(t *testing.T) []visitor {
	t.Helper()
	unauthorized := func(name, token string) visitor {
		return visitor{name: name, token: token, refused: http.StatusUnauthorized}
	}
	visitors := []visitor{
		unauthorized("anonymous", ""),
		unauthorized("access token", shared.admin.AccessToken),
		unauthorized("tampered token", tamper(shared.admin.IDToken)),
	}
	if shared.system.Dir == "" {
		return visitors
	}
	forger, err := forge.New(t.Context(), shared.system)
	if err != nil {
		t.Fatal(err)
	}
	expired, err := forger.Token(shared.admin.IDToken, forge.Claim("exp", forge.At(-time.Minute)))
	if err != nil {
		t.Fatal(err)
	}
	forged, err := forger.ForeignKey(shared.admin.IDToken)
	if err != nil {
		t.Fatal(err)
	}
	return append(visitors, unauthorized("expired", expired), unauthorized("forged", forged))
}

// tamper changes one character in the middle of the signature.
func tamper(token string) string {
	i := strings.LastIndexByte(token, '.') + 40
	other := byte('A')
	if token[i] == other {
		other = 'B'
	}
	return token[:i] + string(other) + token[i+1:]
}
