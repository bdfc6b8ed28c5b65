package transfer

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// userColumns are the columns of Cognito's file for user import, as
// GetCSVHeader answers for a pool without custom attributes
// (https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-using-import-tool-csv-header.html).
func userColumns() []string {
	return []string{
		"name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website",
		"email", "email_verified", "gender", "birthdate", "zoneinfo", "locale", "phone_number", "phone_number_verified",
		"address", "updated_at", "cognito:mfa_enabled", "cognito:username",
	}
}

// maxUserRow is the longest row that Cognito imports, in characters.
const maxUserRow = 16_000

// Reasons why Cognito would not import a user, or not as the same one.
var (
	ErrNotVerified  = errors.New("the e-mail address is not verified, which Cognito requires of users it imports")
	ErrDisabled     = errors.New("the user is disabled, and Cognito would import them enabled")
	ErrLineBreak    = errors.New("an attribute has a line break, which Cognito's format cannot carry")
	ErrRowTooLong   = errors.New("the attributes are longer than Cognito imports")
	errWriteNoUsers = errors.New("write the users")
)

// CannotMove reports whether err is one of the reasons why Write has left a
// user out; any other error is of the file.
func CannotMove(err error) bool {
	for _, reason := range []error{ErrNotVerified, ErrDisabled, ErrLineBreak, ErrRowTooLong} {
		if errors.Is(err, reason) {
			return true
		}
	}
	return false
}

// User is a user of a pool, as far as the file can carry one.
type User struct {
	Enabled    bool
	Attributes map[string]string // by Cognito's names; "email" is who the user is
}

// UserWriter writes users for Cognito's user import. The format is not that of
// RFC 4180: values are never in quotation marks, and a comma in one has a
// backslash before it.
type UserWriter struct{ out *bufio.Writer }

// NewUserWriter writes the header to w.
func NewUserWriter(w io.Writer) (*UserWriter, error) {
	u := &UserWriter{out: bufio.NewWriter(w)}
	return u, u.row(userColumns())
}

// Write writes a user, who then signs in with the e-mail address, and whom
// Cognito asks for a new password. ErrNotVerified, ErrDisabled, ErrLineBreak
// and ErrRowTooLong mean that the user cannot move this way; nothing is
// written then.
func (u *UserWriter) Write(user User) error {
	switch {
	case !user.Enabled:
		return ErrDisabled
	case user.Attributes["email_verified"] != "true":
		return ErrNotVerified
	}
	var row []string
	for _, column := range userColumns() {
		value := user.value(column)
		if strings.ContainsAny(value, "\r\n") {
			return ErrLineBreak
		}
		row = append(row, strings.ReplaceAll(value, ",", `\,`))
	}
	if utf8.RuneCountInString(strings.Join(row, ",")) > maxUserRow {
		return ErrRowTooLong
	}
	return u.row(row)
}

// Close writes what is left. It does not close the writer below.
func (u *UserWriter) Close() error {
	if err := u.out.Flush(); err != nil {
		return fmt.Errorf("%w: %w", errWriteNoUsers, err)
	}
	return nil
}

func (u *UserWriter) row(values []string) error {
	if _, err := u.out.WriteString(strings.Join(values, ",") + "\n"); err != nil {
		return fmt.Errorf("%w: %w", errWriteNoUsers, err)
	}
	return nil
}

// value returns what stands in a column of the user's row.
func (u User) value(column string) string {
	value := u.Attributes[column]
	switch column {
	case "cognito:username":
		return u.Attributes["email"]
	case "cognito:mfa_enabled":
		return "false" // the user pool has no second factor
	case "phone_number_verified":
		if value == "" {
			return "false"
		}
	case "birthdate":
		return importDate(value)
	}
	return value
}

// importDate spells a date of OpenID Connect (2006-01-02) as the import wants
// it (01/02/2006), and leaves any other text as it is.
func importDate(value string) string {
	const layout = "0000-00-00"
	if len(value) != len(layout) || value[4] != '-' || value[7] != '-' {
		return value
	}
	return value[5:7] + "/" + value[8:] + "/" + value[:4]
}
