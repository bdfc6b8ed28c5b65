package userpool

import (
	"errors"
	"net/http"
	"time"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/userpool/pages"
)

// fieldContinue tells the page of who is signed in already from the one that asks for a password.
const fieldContinue = "continue"

// authorize is the authorization endpoint: who is signed in goes back to the
// application at once, everybody else to the sign-in page.
// Source: https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
func (h *hosted) authorize(v visit) (reply, error) {
	_, err := h.session(v.Context(), v.Request)
	if err == nil && !v.auth.prompts(promptLogin) && !v.auth.prompts(promptSelect) {
		var answer reply
		if answer, err = h.goOn(v); err == nil {
			return answer, nil
		}
	}
	switch {
	case err != nil && !errors.Is(err, errNoWebSession):
		h.pool.log.ErrorContext(v.Context(), "the authorization endpoint failed", "error", err)
		return redirectTo(v.auth.withError(asOAuthError(err).code)), nil
	case v.auth.prompts(promptNone):
		return redirectTo(v.auth.withError(oauthLoginRequired)), nil
	}
	return redirectTo(h.link(pathLogin, v.auth)), nil
}

// login asks for address and password, or whether to go on as who is signed in.
func (h *hosted) login(v visit) (reply, error) {
	if !v.auth.prompts(promptLogin) {
		s, err := h.session(v.Context(), v.Request)
		if err == nil {
			return h.whoPage(v, s.user), nil
		}
		if !errors.Is(err, errNoWebSession) {
			return reply{}, err
		}
	}
	return h.loginPage(v, v.auth.loginHint, "", remarks{}), nil
}

// whoPage offers to go on as the user who is signed in, or as somebody else.
func (h *hosted) whoPage(v visit, u user) reply {
	other := v.auth
	other.prompt, other.loginHint = []string{promptLogin}, ""
	return reply{status: http.StatusOK, page: pages.Page{
		Title: "Continue as " + u.email() + "?",
		Form: &pages.Form{
			Action: h.link(pathLogin, v.auth), Hidden: []pages.Hidden{{Name: fieldContinue, Value: "1"}}, Submit: "Continue",
		},
		Links: []pages.Link{{Lead: "Not you?", Text: "Sign in as somebody else", Address: h.link(pathLogin, other)}},
	}}
}

func (h *hosted) loginPage(v visit, name, good string, m remarks) reply {
	page := pages.Page{Title: "Sign in", Good: good, Wrong: m.wrong, Form: &pages.Form{
		Action: h.link(pathLogin, v.auth),
		Fields: []pages.Field{nameField(name, m), passwordField("Password", "current-password", nil, m)},
		Submit: "Sign in",
	}}
	page.Links = append(page.Links, pages.Link{Text: "Forgot your password?", Address: h.link(pathForgot, v.auth)})
	if !h.pool.cfg.NoSelfSignUp {
		page.Links = append(page.Links, pages.Link{Lead: "No account yet?", Text: "Create one", Address: h.link(pathSignUp, v.auth)})
	}
	return reply{status: m.httpStatus(), page: page}
}

// signIn takes what the sign-in page sends.
func (h *hosted) signIn(v visit) (reply, error) {
	if v.form.Has(fieldContinue) {
		answer, err := h.goOn(v)
		if errors.Is(err, errNoWebSession) {
			return h.loginPage(v, v.auth.loginHint, "", remarks{}), nil
		}
		return answer, err
	}
	name, plain := v.name(), v.form.Get(fieldPassword)
	var m remarks
	m.unless(usernameRule.fits(name), fieldName, "Enter your email address.")
	m.unless(plain != "", fieldPassword, "Enter your password.")
	if m.any() {
		return h.loginPage(v, name, "", m), nil
	}
	s, err := h.pool.subject(v.Context(), name, errNoUser)
	if err != nil {
		return h.retry(err, func(m remarks) reply { return h.loginPage(v, name, "", m) })
	}
	e := h.newEntrance()
	session, err := h.pool.letIn(v.Context(), s, h.pool.passwordProof(v.Context(), s, plain), h.enter(v, e))
	switch {
	case errors.Is(err, errNotConfirmed):
		return h.confirmPage(v, name, "Before you sign in for the first time, confirm your email address: enter the code that was sent there.",
			remarks{}), nil
	case errors.Is(err, errMustReset):
		return h.resetPage(v, name, "You need a new password. Enter the code that was sent to you, and choose one.", remarks{}), nil
	case err != nil:
		return h.retry(err, func(m remarks) reply { return h.loginPage(v, name, "", m) })
	case session != "":
		return h.newPasswordPage(v, session, s.user, remarks{}), nil
	}
	return h.entered(v, e), nil
}

// entrance is what a person gets who is let in: a session of the browser, and a code for the application.
type entrance struct{ session, code string }

func (h *hosted) newEntrance() entrance {
	return entrance{session: h.pool.newRefreshToken(), code: h.pool.newRefreshToken()}
}

// enter keeps the entrance. A session that the browser had before ends.
func (h *hosted) enter(v visit, e entrance) entry {
	return func(tx *sqlitedb.Tx, u user) error {
		now := h.pool.now()
		if err := endWebSession(tx, h.cookieValue(v.Request, cookieSession)); err != nil {
			return err
		}
		if err := insertWebSession(tx, e.session, u, now); err != nil {
			return err
		}
		return insertCode(tx, e.code, h.codeFor(v.auth, u, now))
	}
}

// entered sets the session's cookie and leads to the application.
func (h *hosted) entered(v visit, e entrance) reply {
	return reply{
		redirect: v.auth.withCode(e.code),
		cookie:   h.cookie(cookieSession, e.session, int(webSessionLifetime/time.Second)),
	}
}

// goOn leads to the application with a code for who is signed in, or returns errNoWebSession.
func (h *hosted) goOn(v visit) (reply, error) {
	code := h.pool.newRefreshToken()
	err := h.pool.db.Write(v.Context(), func(tx *sqlitedb.Tx) error {
		s, err := liveWebSession(tx, h.cookieValue(v.Request, cookieSession), h.pool.now())
		if err != nil {
			return err
		}
		return insertCode(tx, code, h.codeFor(v.auth, s.user, s.at))
	})
	if err != nil {
		return reply{}, err
	}
	return redirectTo(v.auth.withCode(code)), nil
}

func (h *hosted) codeFor(a authorization, u user, signedIn time.Time) issuedCode {
	return issuedCode{
		sub: u.sub, redirectURI: a.redirectURI, scope: a.scope, nonce: a.nonce, challenge: a.challenge,
		at: signedIn, expires: h.pool.now().Add(authorizationLifetime),
	}
}

// newPasswordPage asks who signed in with a temporary password for one of
// their own, and for the required attributes that an administrator left out.
func (h *hosted) newPasswordPage(v visit, session string, u user, m remarks) reply {
	fields := []pages.Field{passwordField("New password", "new-password", h.passwordRules(), m)}
	for _, name := range h.pool.missingAttributes(u) {
		fields = append(fields, attributeField(name, v.form.Get(attributePrefix+name), m))
	}
	return reply{status: m.httpStatus(), page: pages.Page{
		Title: "Choose a password", Wrong: m.wrong,
		Intro: "You signed in with a temporary password. Choose one that only you know.",
		Form: &pages.Form{
			Action: h.link(pathNewPassword, v.auth), Fields: fields, Submit: "Save and sign in",
			Hidden: []pages.Hidden{{Name: fieldSession, Value: session}, {Name: fieldName, Value: u.sub}},
		},
	}}
}

// newPassword takes the password that replaces a temporary one.
func (h *hosted) newPassword(v visit) (reply, error) {
	answer := newPassword{session: v.form.Get(fieldSession), username: v.name(), password: v.form.Get(fieldPassword)}
	u, err := h.pool.sessionUser(v.Context(), answer.session, answer.username)
	if err != nil {
		return h.retry(err, func(m remarks) reply { return h.loginPage(v, "", "", m) })
	}
	var m remarks
	m.checkNewPassword(answer.password)
	for _, name := range h.pool.missingAttributes(u) {
		value := v.form.Get(attributePrefix + name)
		m.unless(valueRule.fits(value), attributePrefix+name, "Enter your "+attributeWords(name)+".")
		answer.added = append(answer.added, attribute{Name: name, Value: value})
	}
	if m.any() {
		return h.newPasswordPage(v, answer.session, u, m), nil
	}
	e := h.newEntrance()
	if err := h.pool.replaceTemporary(v.Context(), answer, h.enter(v, e)); err != nil {
		return h.retry(err, func(m remarks) reply { return h.newPasswordPage(v, answer.session, u, m) })
	}
	return h.entered(v, e), nil
}
