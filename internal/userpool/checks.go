package userpool

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// rule is what a string field must be like, as in the service's model.
type rule struct {
	min, max int            // characters
	pattern  *regexp.Regexp // nil: any
	shown    bool           // whether an error may repeat the value
}

// fits reports whether the value is there and as it must be.
func (r rule) fits(value string) bool {
	n := utf8.RuneCountInString(value)
	return value != "" && n >= r.min && n <= r.max && (r.pattern == nil || r.pattern.MatchString(value))
}

// maxToken bounds tokens and sessions of every kind.
const maxToken = 8192

var (
	clientIDRule  = rule{min: 1, max: 128, pattern: regexp.MustCompile(`^[\w+]+$`)}
	poolIDRule    = rule{min: 1, max: 55, pattern: regexp.MustCompile(`^[\w-]+_[0-9a-zA-Z]+$`), shown: true}
	usernameRule  = rule{min: 1, max: 128, pattern: regexp.MustCompile(`^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$`)}
	passwordRule  = rule{min: 1, max: 256, pattern: regexp.MustCompile(`^\S+(.*\S)?$`)}
	codeRule      = rule{min: 1, max: 2048, pattern: regexp.MustCompile(`^\S+$`)}
	sessionRule   = rule{min: 20, max: 2048}
	tokenRule     = rule{min: 1, max: maxToken, pattern: regexp.MustCompile(`^[A-Za-z0-9\-_=.]+$`)}
	attributeRule = rule{min: 1, max: 32, pattern: usernameRule.pattern, shown: true}
	valueRule     = rule{min: 0, max: 2048}
	groupRule     = rule{min: 1, max: 128, pattern: usernameRule.pattern, shown: true}
	describeRule  = rule{min: 0, max: 2048, shown: true}
	roleRule      = rule{min: 20, max: 2048, pattern: regexp.MustCompile(`^arn:[\w-]+:iam::[0-9]*:role/[\w+=/,.@-]+$`), shown: true}
	filterRule    = rule{min: 0, max: 256, shown: true}
	pageKeyRule   = rule{min: 1, max: 2048, pattern: codeRule.pattern}
)

// checks gathers what is wrong with a request, in the words of AWS services.
type checks struct{ faults []string }

// required checks a field that must be there.
func (c *checks) required(field, value string, r rule) {
	if value == "" {
		c.fault("Value null at '%s' failed to satisfy constraint: Member must not be null", field)
		return
	}
	c.optional(field, value, r)
}

// optional checks a field that may be left out.
func (c *checks) optional(field, value string, r rule) {
	if value == "" {
		return
	}
	shown := "Value"
	if r.shown {
		shown = fmt.Sprintf("Value '%s'", value)
	}
	n := utf8.RuneCountInString(value)
	switch {
	case n < r.min:
		c.fault("%s at '%s' failed to satisfy constraint: Member must have length greater than or equal to %d", shown, field, r.min)
	case n > r.max:
		c.fault("Value at '%s' failed to satisfy constraint: Member must have length less than or equal to %d", field, r.max)
	case r.pattern != nil && !r.pattern.MatchString(value):
		c.fault("%s at '%s' failed to satisfy constraint: Member must satisfy regular expression pattern: %s", shown, field,
			strings.Trim(r.pattern.String(), "^$"))
	}
}

// between checks a number that may be left out.
func (c *checks) between(field string, value *int, low, high int) {
	switch {
	case value == nil:
	case *value < low:
		c.fault("Value '%d' at '%s' failed to satisfy constraint: Member must have value greater than or equal to %d", *value, field, low)
	case *value > high:
		c.fault("Value '%d' at '%s' failed to satisfy constraint: Member must have value less than or equal to %d", *value, field, high)
	}
}

// oneOf checks an enumeration. An empty value counts as left out.
func (c *checks) oneOf(field, value string, allowed ...string) {
	for _, a := range allowed {
		if value == a || value == "" {
			return
		}
	}
	c.fault("Value at '%s' failed to satisfy constraint: Member must satisfy enum value set: [%s]", field, strings.Join(allowed, ", "))
}

// count checks how many members a list or map has.
func (c *checks) count(field string, n, most int) {
	if n > most {
		c.fault("Value at '%s' failed to satisfy constraint: Member must have length less than or equal to %d", field, most)
	}
}

const (
	maxMembers = 100 // of the lists and maps of a request
	maxFaults  = 10  // that one answer names
)

// parameters checks the string map of a sign-in request.
func (c *checks) parameters(field string, m map[string]string) {
	c.count(field, len(m), maxMembers)
	for _, value := range m {
		c.optional(field, value, rule{max: maxToken})
	}
}

// attributes checks a list of names and values.
func (c *checks) attributes(list []attribute) {
	c.count("userAttributes", len(list), maxMembers)
	for i, a := range list {
		c.required(fmt.Sprintf("userAttributes.%d.member.name", i+1), a.Name, attributeRule)
		c.optional(fmt.Sprintf("userAttributes.%d.member.value", i+1), a.Value, valueRule)
	}
}

func (c *checks) names(field string, list []string) {
	c.count(field, len(list), maxMembers)
	for i, name := range list {
		c.required(fmt.Sprintf("%s.%d.member", field, i+1), name, attributeRule)
	}
}

func (c *checks) fault(format string, args ...any) {
	if len(c.faults) < maxFaults {
		c.faults = append(c.faults, fmt.Sprintf(format, args...))
	}
}

// err returns the faults found as one InvalidParameterException, or nil.
func (c *checks) err() error {
	switch n := len(c.faults); n {
	case 0:
		return nil
	case 1:
		return refuse(kindInvalidParameter, "1 validation error detected: %s", c.faults[0])
	default:
		return refuse(kindInvalidParameter, "%d validation errors detected: %s", n, strings.Join(c.faults, "; "))
	}
}
