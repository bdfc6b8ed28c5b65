package userpool

import (
	"github.com/spacefinder/spacefinder/internal/userpool/pages"
)

// forgot is the page for people who have forgotten their password.
func (h *hosted) forgot(v visit) (reply, error) {
	return h.forgotPage(v, v.auth.loginHint, remarks{}), nil
}

func (h *hosted) forgotPage(v visit, name string, m remarks) reply {
	return reply{status: m.httpStatus(), page: pages.Page{
		Title: "Reset your password", Wrong: m.wrong,
		Intro: "Enter your email address. We send a code there, with which you choose a new password.",
		Form:  &pages.Form{Action: h.link(pathForgot, v.auth), Fields: []pages.Field{nameField(name, m)}, Submit: "Send the code"},
		Links: []pages.Link{{Lead: "Remembered it?", Text: "Sign in", Address: h.link(pathLogin, v.auth)}},
	}}
}

// sendResetCode sends the code that allows a new password. The answer is the
// same when nobody has the address.
func (h *hosted) sendResetCode(v visit) (reply, error) {
	name := v.name()
	var m remarks
	m.unless(usernameRule.fits(name), fieldName, "Enter your email address.")
	if m.any() {
		return h.forgotPage(v, name, m), nil
	}
	sent, err := h.pool.forgotPassword(v.Context(), forgotPasswordRequest{Username: name})
	if err != nil {
		return h.retry(err, func(m remarks) reply { return h.forgotPage(v, name, m) })
	}
	return h.resetPage(v, name, "If there is an account with this address, a code is on its way to "+sent.CodeDeliveryDetails.Destination+".",
		remarks{}), nil
}

// reset is the page that asks for the code and a new password.
func (h *hosted) reset(v visit) (reply, error) {
	return h.resetPage(v, v.auth.loginHint, "Enter the code that was sent to you, and choose a new password.", remarks{}), nil
}

func (h *hosted) resetPage(v visit, name, intro string, m remarks) reply {
	return reply{status: m.httpStatus(), page: pages.Page{
		Title: "Choose a new password", Intro: intro, Wrong: m.wrong,
		Form: &pages.Form{
			Action: h.link(pathReset, v.auth),
			Fields: []pages.Field{
				nameField(name, m), codeField(m), passwordField("New password", "new-password", h.passwordRules(), m),
			},
			Submit: "Save the password",
			Other:  &pages.Other{Lead: "No code?", Submit: "Send a new one", Action: h.link(pathForgot, v.auth)},
		},
		Links: []pages.Link{{Lead: "Go", Text: "back to sign-in", Address: h.link(pathLogin, v.auth)}},
	}}
}

// resetPassword takes the code and the new password.
func (h *hosted) resetPassword(v visit) (reply, error) {
	request := confirmForgotRequest{Username: v.name(), ConfirmationCode: codeOf(v), Password: v.form.Get(fieldPassword)}
	var m remarks
	m.unless(usernameRule.fits(request.Username), fieldName, "Enter your email address.")
	m.unless(codeRule.fits(request.ConfirmationCode), fieldCode, "Enter the code.")
	m.checkNewPassword(request.Password)
	if m.any() {
		return h.resetPage(v, request.Username, "", m), nil
	}
	if _, err := h.pool.confirmForgotPassword(v.Context(), request); err != nil {
		return h.retry(err, func(m remarks) reply { return h.resetPage(v, request.Username, "", m) })
	}
	return h.loginPage(v, request.Username, "Your new password is saved. Sign in with it.", remarks{}), nil
}
