package userpool

import (
	"errors"
	"net/http"

	"github.com/spacefinder/spacefinder/internal/userpool/pages"
)

// signUpPage is the page on which a person makes an account.
func (h *hosted) signUpPage(v visit) (reply, error) {
	return h.signUpForm(v, v.auth.loginHint, remarks{}), nil
}

func (h *hosted) signUpForm(v visit, name string, m remarks) reply {
	if h.pool.cfg.NoSelfSignUp {
		return h.broken(http.StatusForbidden, "Only an administrator can create accounts here.")
	}
	fields := []pages.Field{nameField(name, m), passwordField("Password", "new-password", h.passwordRules(), m)}
	for _, name := range h.pool.cfg.RequiredAttributes {
		if name != attrEmail {
			fields = append(fields, attributeField(name, v.form.Get(attributePrefix+name), m))
		}
	}
	return reply{status: m.httpStatus(), page: pages.Page{
		Title: "Create an account", Wrong: m.wrong,
		Form:  &pages.Form{Action: h.link(pathSignUp, v.auth), Fields: fields, Submit: "Create account"},
		Links: []pages.Link{{Lead: "Have one already?", Text: "Sign in", Address: h.link(pathLogin, v.auth)}},
	}}
}

// signUp takes what the sign-up page sends.
func (h *hosted) signUp(v visit) (reply, error) {
	request := signUpRequest{Username: v.name(), Password: v.form.Get(fieldPassword)}
	var m remarks
	m.unless(isEmail(request.Username) && usernameRule.fits(request.Username), fieldName, "Enter an email address, like name@example.com.")
	m.checkNewPassword(request.Password)
	for _, name := range h.pool.cfg.RequiredAttributes {
		if name == attrEmail {
			continue
		}
		value := v.form.Get(attributePrefix + name)
		m.unless(valueRule.fits(value), attributePrefix+name, "Enter your "+attributeWords(name)+".")
		request.UserAttributes = append(request.UserAttributes, attribute{Name: name, Value: value})
	}
	if m.any() {
		return h.signUpForm(v, request.Username, m), nil
	}
	made, err := h.pool.signUp(v.Context(), request)
	switch {
	case errors.Is(err, errNotDelivered): // the account is there, only the code is not
		return h.confirmRetry(v, request.Username, err)
	case err != nil:
		return h.retry(err, func(m remarks) reply { return h.signUpForm(v, request.Username, m) })
	}
	intro := "We have sent a code to " + made.CodeDeliveryDetails.Destination + ". Enter it here."
	return h.confirmPage(v, request.Username, intro, remarks{}), nil
}

// confirm is the page that asks for the code of a sign-up.
func (h *hosted) confirm(v visit) (reply, error) {
	return h.confirmPage(v, v.auth.loginHint, "Enter the code that was sent to you.", remarks{}), nil
}

func (h *hosted) confirmPage(v visit, name, intro string, m remarks) reply {
	return reply{status: m.httpStatus(), page: pages.Page{
		Title: "Confirm your email address", Intro: intro, Wrong: m.wrong,
		Form: &pages.Form{
			Action: h.link(pathConfirm, v.auth), Fields: []pages.Field{nameField(name, m), codeField(m)}, Submit: "Confirm",
			Other: &pages.Other{Lead: "No code?", Submit: "Send a new one", Action: h.link(pathResend, v.auth)},
		},
		Links: []pages.Link{{Lead: "Go", Text: "back to sign-in", Address: h.link(pathLogin, v.auth)}},
	}}
}

func (h *hosted) confirmRetry(v visit, name string, err error) (reply, error) {
	return h.retry(err, func(m remarks) reply { return h.confirmPage(v, name, "", m) })
}

// confirmSignUp takes the code of a sign-up.
func (h *hosted) confirmSignUp(v visit) (reply, error) {
	request := confirmSignUpRequest{Username: v.name(), ConfirmationCode: codeOf(v)}
	var m remarks
	m.unless(usernameRule.fits(request.Username), fieldName, "Enter your email address.")
	m.unless(codeRule.fits(request.ConfirmationCode), fieldCode, "Enter the code.")
	if m.any() {
		return h.confirmPage(v, request.Username, "", m), nil
	}
	if _, err := h.pool.confirmSignUp(v.Context(), request); err != nil {
		return h.confirmRetry(v, request.Username, err)
	}
	return h.loginPage(v, request.Username, "Your email address is confirmed. Sign in to go on.", remarks{}), nil
}

// resend sends a new code for a sign-up.
func (h *hosted) resend(v visit) (reply, error) {
	name := v.name()
	var m remarks
	m.unless(usernameRule.fits(name), fieldName, "Enter your email address.")
	if m.any() {
		return h.confirmPage(v, name, "", m), nil
	}
	sent, err := h.pool.resendConfirmationCode(v.Context(), resendRequest{Username: name})
	if err != nil {
		return h.confirmRetry(v, name, err)
	}
	intro := "We have sent a new code to " + sent.CodeDeliveryDetails.Destination + ". Earlier ones are void."
	return h.confirmPage(v, name, intro, remarks{}), nil
}
