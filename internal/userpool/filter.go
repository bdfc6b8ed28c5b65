package userpool

import (
	"regexp"
	"strings"
)

// userFilter is a parsed Filter of ListUsers: SQL over pool_users with one
// parameter. The zero value lets everybody through.
type userFilter struct {
	where string // with ?1 for the value; never holds text of the request
	value string
}

// filterPattern is one clause: name, quoted or not, "=" or "^=", quoted value.
var filterPattern = regexp.MustCompile(`^\s*("?)([a-z_:A-Z0-9]+)("?)\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*$`)

// parseFilter reads a filter such as `email ^= "ada"`.
// Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
func parseFilter(text string) (userFilter, error) {
	if strings.TrimSpace(text) == "" {
		return userFilter{where: "?1 = ''"}, nil
	}
	m := filterPattern.FindStringSubmatch(text)
	if m == nil || m[1] != m[3] {
		return userFilter{}, refuse(kindInvalidParameter, "Error while parsing filter.")
	}
	name, prefix := m[2], m[4] == "^="
	value := strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(m[5])
	column, exactCase, ok := filterColumn(name)
	if !ok {
		return userFilter{}, refuse(kindInvalidParameter, "Invalid search attribute: %s", name)
	}
	if name == attrEmail {
		value = emailKey(value)
	}
	if !exactCase {
		column, value = "lower("+column+")", lowerASCII(value)
	}
	if prefix {
		return userFilter{where: "substr(" + column + ", 1, length(?1)) = ?1", value: value}, nil
	}
	return userFilter{where: column + " = ?1", value: value}, nil
}

// filterColumn returns the SQL for what can be searched, and whether case counts.
func filterColumn(name string) (column string, exactCase, ok bool) {
	switch name {
	case "username", attrSub:
		return "sub", true, true
	case attrEmail:
		return "email_key", true, true
	case "status":
		return "iif(enabled, 'Enabled', 'Disabled')", true, true
	case "cognito:user_status":
		return "status", false, true
	case attrPhone, "name", "given_name", "family_name", "preferred_username":
		return "json_extract(attributes, '$." + name + "')", false, true
	}
	return "", false, false
}

// lowerASCII is what SQLite's lower does.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
