package userpool

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/spacefinder/spacefinder/internal/userpool/pages"
	"github.com/spacefinder/spacefinder/internal/userpool/password"
)

// The fields of the forms. Attributes are attributePrefix and their name.
const (
	fieldName     = "username"
	fieldPassword = "password"
	fieldCode     = "code"
	fieldSession  = "session"
)

// remarks are what is wrong with a form: with all of it, or with single fields.
type remarks struct {
	status int
	wrong  string
	fields map[string]string
}

func (m *remarks) unless(good bool, field, text string) {
	if good {
		return
	}
	if m.fields == nil {
		m.fields = map[string]string{}
	}
	m.fields[field] = text
}

func (m *remarks) checkNewPassword(plain string) {
	m.unless(plain != "", fieldPassword, "Choose a password.")
	m.unless(plain == "" || passwordRule.fits(plain), fieldPassword,
		fmt.Sprintf("A password has at most %d characters, and no space at its beginning or end.", passwordRule.max))
}

func (m remarks) any() bool { return m.wrong != "" || len(m.fields) > 0 }

func (m remarks) httpStatus() int {
	switch {
	case m.status != 0:
		return m.status
	case m.any():
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// retry shows a form again with what the error means for the person. An error
// that is none of theirs it returns.
func (h *hosted) retry(err error, show func(remarks) reply) (reply, error) {
	var refusal *apiError
	if !errors.As(err, &refusal) {
		return reply{}, err
	}
	return show(explain(refusal)), nil
}

// explain says what a refusal of the API means in the words of a page.
func explain(refusal *apiError) remarks {
	if text := explained(refusal); text != "" {
		return remarks{wrong: text}
	}
	field := func(name, text string) remarks { return remarks{fields: map[string]string{name: text}} }
	switch refusal.kind {
	case kindCodeMismatch:
		return field(fieldCode, "This is not the right code.")
	case kindExpiredCode:
		return field(fieldCode, "This code is not valid any more. Ask for a new one.")
	case kindInvalidPassword:
		return field(fieldPassword, "This password does not keep the rules: "+ruleBroken(refusal.message)+".")
	case kindLimitExceeded:
		return remarks{status: http.StatusTooManyRequests, wrong: "That was tried too often. Try again in an hour."}
	case kindCodeDelivery:
		return remarks{status: http.StatusServiceUnavailable, wrong: "We could not send the message. Ask for a new code later."}
	case kindUserNotFound:
		return field(fieldName, "There is no account with this address.")
	case kindInvalidParameter:
		return remarks{wrong: "Something that you have entered is not accepted. Check it and try again."}
	}
	return remarks{wrong: "This is not possible for this account. Ask the operator of this server."}
}

// explained returns the words for the refusals that are a matter of the account, or "".
func explained(refusal *apiError) string {
	switch refusal {
	case errWrongPassword:
		return "The email address or the password is not right."
	case errLockedOut:
		return "Too many wrong passwords. Wait a little, then try again."
	case errTemporaryOld:
		return "The temporary password has expired. Ask an administrator for a new one."
	case errUserDisabled:
		return "This account is disabled. Ask an administrator."
	case errSessionInvalid, errSessionExpired, errSessionUsed, errWrongState:
		return "That took too long. Sign in with the temporary password again."
	case errEmailTaken:
		return "There is an account with this address already. Sign in, or reset its password."
	case errIsConfirmed:
		return "This address is confirmed already. You can sign in."
	case errNotResetable:
		return "This account still has its temporary password. Sign in with that, or ask an administrator for a new one."
	case errNoRecovery:
		return "There is no confirmed email address to send a code to. Ask an administrator."
	}
	return ""
}

// ruleBroken returns the rule that a refusal of a password names, in the words of the pages.
func ruleBroken(message string) string {
	_, fault, _ := strings.Cut(message, ": ")
	switch {
	case strings.Contains(fault, "uppercase"):
		return "it needs a capital letter"
	case strings.Contains(fault, "lowercase"):
		return "it needs a small letter"
	case strings.Contains(fault, "numeric"):
		return "it needs a digit"
	case strings.Contains(fault, "symbol"):
		return "it needs a symbol"
	case strings.Contains(fault, "not long"):
		return "it is too short"
	}
	return "it is too long"
}

// passwordRules returns the rules for passwords, as the pages tell them.
func (h *hosted) passwordRules() []string {
	policy := h.pool.cfg.PasswordPolicy
	rules := []string{fmt.Sprintf("%d to %d characters", policy.MinimumLength, password.MaxLength)}
	for _, r := range []struct {
		required bool
		text     string
	}{
		{policy.RequireUppercase, "a capital letter, A to Z"},
		{policy.RequireLowercase, "a small letter, a to z"},
		{policy.RequireNumbers, "a digit"},
		{policy.RequireSymbols, "a symbol, such as . - ! or ?"},
	} {
		if r.required {
			rules = append(rules, r.text)
		}
	}
	return rules
}

func nameField(value string, m remarks) pages.Field {
	return pages.Field{
		Name: fieldName, Label: "Email address", Type: "text", Value: value, Autocomplete: "username", InputMode: "email",
		Fault: m.fields[fieldName],
	}
}

// passwordField never repeats what was entered.
func passwordField(label, autocomplete string, rules []string, m remarks) pages.Field {
	return pages.Field{
		Name: fieldPassword, Label: label, Type: "password", Autocomplete: autocomplete, Rules: rules, Fault: m.fields[fieldPassword],
	}
}

func codeField(m remarks) pages.Field {
	return pages.Field{
		Name: fieldCode, Label: "Code", Type: "text", Autocomplete: "one-time-code", InputMode: "numeric", Code: true,
		Hint: "Six digits", Fault: m.fields[fieldCode],
	}
}

// codeOf returns the code that was entered, without the spaces that people type between digits.
func codeOf(v visit) string {
	return strings.ReplaceAll(strings.TrimSpace(v.form.Get(fieldCode)), " ", "")
}

// attributeWords returns what people call the attribute: "given name" for given_name.
func attributeWords(name string) string { return strings.ReplaceAll(name, "_", " ") }

// attributeField asks for a standard attribute.
func attributeField(name, value string, m remarks) pages.Field {
	label := attributeWords(name)
	return pages.Field{
		Name: attributePrefix + name, Label: strings.ToUpper(label[:1]) + label[1:], Type: "text", Value: value,
		Autocomplete: autocompleteOf(name), Fault: m.fields[attributePrefix+name],
	}
}

// autocompleteOf returns what browsers call the attribute.
// Source: WHATWG HTML, section 4.10.18.7.1.
func autocompleteOf(attributeName string) string {
	switch attributeName {
	case "name", "nickname":
		return attributeName
	case "given_name", "family_name":
		return strings.ReplaceAll(attributeName, "_", "-")
	case "middle_name":
		return "additional-name"
	case attrPhone:
		return "tel"
	}
	return "off"
}
