package userpool

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

const (
	attrEmail         = "email"
	attrEmailVerified = "email_verified"
	attrPhone         = "phone_number"
	attrPhoneVerified = "phone_number_verified"
	attrSub           = "sub"
	valueTrue         = "true"
	valueFalse        = "false"
	maxEmail          = 254 // RFC 5321, section 4.5.3.1.3
)

var phonePattern = regexp.MustCompile(`^\+[0-9]{1,15}$`)

// attribute is a name and its value, both strings, as on the wire.
type attribute struct {
	Name  string `json:"Name"`
	Value string `json:"Value"`
}

// isStandardAttribute reports whether the name is one of those of a pool
// without custom attributes: the OpenID Connect claims.
func isStandardAttribute(name string) bool {
	switch name {
	case "address", "birthdate", attrEmail, attrEmailVerified, "family_name", "gender", "given_name", "locale", "middle_name",
		"name", "nickname", attrPhone, attrPhoneVerified, "picture", "preferred_username", "profile", attrSub, "updated_at",
		"website", "zoneinfo":
		return true
	}
	return false
}

func isBooleanAttribute(name string) bool {
	return name == attrEmailVerified || name == attrPhoneVerified
}

// listed returns the attributes with sub first, then by name.
func (u user) listed() []attribute {
	list := []attribute{{Name: attrSub, Value: u.sub}}
	for _, name := range slices.Sorted(maps.Keys(u.attributes)) {
		list = append(list, attribute{Name: name, Value: u.attributes[name]})
	}
	return list
}

// writer says who sets attributes: users may not declare themselves verified.
type writer int

const (
	byUser writer = iota
	byAdministrator
)

// checkAttributes returns the first reason why the attributes may not be set.
func checkAttributes(list []attribute, who writer) error {
	for _, a := range list {
		if err := checkAttribute(a, who); err != nil {
			return err
		}
	}
	return nil
}

func checkAttribute(a attribute, who writer) error {
	switch {
	case !isStandardAttribute(a.Name):
		return refuse(kindInvalidParameter, "Attributes did not conform to the schema: %s: Attribute does not exist in the schema.", a.Name)
	case a.Name == attrSub:
		return refuse(kindInvalidParameter, "Cannot modify the non-mutable attribute %s", a.Name)
	case isBooleanAttribute(a.Name) && who == byUser:
		return refuse(kindNotAuthorized, "A client attempted to write unauthorized attribute")
	case isBooleanAttribute(a.Name) && a.Value != valueTrue && a.Value != valueFalse && a.Value != "":
		return refuse(kindInvalidParameter, "Attributes did not conform to the schema: %s: must be true or false", a.Name)
	case a.Name == attrEmail && !isEmail(a.Value):
		return refuse(kindInvalidParameter, "Invalid email address format.")
	case a.Name == attrPhone && a.Value != "" && !phonePattern.MatchString(a.Value):
		return refuse(kindInvalidParameter, "Invalid phone number format.")
	}
	return nil
}

// apply sets the attributes on u; a blank value removes one. A new e-mail
// address or phone number is unverified unless the same list says otherwise.
func (u *user) apply(list []attribute) {
	next := maps.Clone(u.attributes)
	if next == nil {
		next = map[string]string{}
	}
	for _, a := range list {
		switch {
		case a.Name == attrEmail && a.Value != next[attrEmail]:
			next[attrEmailVerified] = valueFalse
		case a.Name == attrPhone && a.Value != next[attrPhone]:
			next[attrPhoneVerified] = valueFalse
		}
	}
	for _, a := range list {
		if a.Value == "" {
			delete(next, a.Name)
		} else {
			next[a.Name] = a.Value
		}
	}
	if next[attrPhone] == "" {
		delete(next, attrPhoneVerified)
	}
	u.attributes = next
}

// missingAttribute returns the refusal for the first required attribute that is not there.
func (p *Pool) missingAttribute(attributes map[string]string) error {
	for _, name := range p.cfg.RequiredAttributes {
		if attributes[name] == "" {
			return refuse(kindInvalidParameter, "Attributes did not conform to the schema: %s: The attribute is required", name)
		}
	}
	return nil
}

// isEmail reports whether s is an address that can be sent to without quoting:
// one "@", no spaces, no characters that mean something in a mail header.
func isEmail(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || domain == "" || len(s) > maxEmail {
		return false
	}
	for _, r := range s {
		if r <= ' ' || r == 0x7f || strings.ContainsRune(`"(),:;<>[\]`, r) {
			return false
		}
	}
	return !strings.Contains(domain, "@") && !strings.HasPrefix(domain, ".") && !strings.HasSuffix(domain, ".") &&
		!strings.Contains(domain, "..")
}
