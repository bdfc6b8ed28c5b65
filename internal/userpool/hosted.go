package userpool

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/spacefinder/spacefinder/internal/style"
	"github.com/spacefinder/spacefinder/internal/userpool/pages"
)

// The paths of the OAuth endpoints and of the pages, as Cognito has them on the
// domain of a pool; pathNewPassword and pathStyle are ours.
const (
	pathAuthorize   = "/oauth2/authorize"
	pathToken       = "/oauth2/token" //nolint:gosec // a path, no credential
	pathUserInfo    = "/oauth2/userInfo"
	pathRevoke      = "/oauth2/revoke"
	pathLogin       = "/login"
	pathLogout      = "/logout"
	pathSignUp      = "/signup"
	pathConfirm     = "/confirm"
	pathResend      = "/resendcode"
	pathForgot      = "/forgotPassword"
	pathReset       = "/confirmForgotPassword"
	pathResetToo    = "/confirmforgotPassword" // both spellings are about
	pathNewPassword = "/newPassword"
	pathError       = "/error"
	pathStyle       = "/style.css"
)

// maxQuery bounds an authorization request, which every page carries on.
const maxQuery = 8 << 10

// hosted is the pages where people sign in and up. What an application asked
// for travels in the address from page to page; until somebody has signed in,
// nothing is kept.
type hosted struct {
	pool       *Pool
	drawer     *pages.Drawer
	registered registration
	mount      string
	secure     bool // the address is https
	ownForms   *http.CrossOriginProtection
}

func newHosted(p *Pool) *hosted {
	h := &hosted{
		pool: p, drawer: pages.New(), registered: p.registration(), mount: p.mount(), secure: strings.HasPrefix(p.cfg.BaseURL, "https:"),
		ownForms: http.NewCrossOriginProtection(),
	}
	if err := h.ownForms.AddTrustedOrigin(p.origin()); err != nil { // Config.validate has parsed it
		panic("userpool: " + err.Error())
	}
	return h
}

func (h *hosted) register(mux *http.ServeMux) {
	for pattern, show := range map[string]func(visit) (reply, error){
		"GET " + pathAuthorize:    h.authorize,
		"GET " + pathLogin:        h.login,
		"POST " + pathLogin:       h.signIn,
		"POST " + pathNewPassword: h.newPassword,
		"GET " + pathSignUp:       h.signUpPage,
		"POST " + pathSignUp:      h.signUp,
		"GET " + pathConfirm:      h.confirm,
		"POST " + pathConfirm:     h.confirmSignUp,
		"POST " + pathResend:      h.resend,
		"GET " + pathForgot:       h.forgot,
		"POST " + pathForgot:      h.sendResetCode,
		"GET " + pathReset:        h.reset,
		"POST " + pathReset:       h.resetPassword,
		"GET " + pathResetToo:     h.reset,
		"POST " + pathResetToo:    h.resetPassword,
	} {
		mux.HandleFunc(pattern, h.authorized(show))
	}
	mux.HandleFunc("GET "+pathLogout, h.serve(h.logout))
	mux.HandleFunc("GET "+pathError, h.serve(h.errorPage))
	mux.Handle("GET "+pathStyle, style.Handler())
}

// visit is a request for a page.
type visit struct {
	*http.Request
	auth authorization
	form url.Values // of a POST, which the token has shown to come from our page
}

// name returns the e-mail address that the person has entered.
func (v visit) name() string { return strings.TrimSpace(v.form.Get(fieldName)) }

// reply is a page, or where to go instead.
type reply struct {
	status   int // of the page
	page     pages.Page
	redirect string
	cookie   *http.Cookie
}

func redirectTo(address string) reply { return reply{redirect: address} }

// link returns the address of a page that carries the authorization request on.
func (h *hosted) link(path string, a authorization) string {
	return h.mount + path + "?" + a.query().Encode()
}

// authorized serves a page that is part of an authorization request.
func (h *hosted) authorized(show func(visit) (reply, error)) http.HandlerFunc {
	return h.serve(func(v visit) (reply, error) {
		query, err := boundedQuery(v.Request)
		if err != nil {
			return reply{}, err
		}
		if v.auth, err = h.registered.parse(query); err != nil {
			return reply{}, err
		}
		if v.Method == http.MethodPost && !h.fromOurPage(v) {
			return h.forged(v), nil
		}
		return show(v)
	})
}

// boundedQuery returns the query of a request; an error is an *authorizationError.
func boundedQuery(r *http.Request) (url.Values, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || len(r.URL.RawQuery) > maxQuery || !isText(query) {
		return nil, &authorizationError{code: oauthInvalidRequest}
	}
	return query, nil
}

// serve answers with a page or a redirect, under the headers that all of them share.
func (h *hosted) serve(show func(visit) (reply, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		setPageHeaders(w.Header())
		v := visit{Request: r}
		if r.Method == http.MethodPost {
			form, err := readForm(w, r)
			if err != nil {
				h.write(w, r, h.broken(asOAuthError(err).status, "What your browser sent could not be read."))
				return
			}
			v.form = form
		}
		answer, err := show(v)
		if err != nil {
			answer = h.failed(r.Context(), err)
		}
		h.write(w, r, answer)
	}
}

// Source: OWASP HTTP headers cheat sheet. The referrer stays within the server,
// where it carries no secret, so that browsers name the origin of forms.
func setPageHeaders(header http.Header) {
	for name, value := range map[string]string{
		"Cache-Control":          "no-store",
		"Referrer-Policy":        "same-origin",
		"X-Content-Type-Options": "nosniff",
		"X-Frame-Options":        "DENY",
	} {
		header.Set(name, value)
	}
}

func (h *hosted) write(w http.ResponseWriter, r *http.Request, answer reply) {
	if answer.cookie != nil {
		http.SetCookie(w, answer.cookie)
	}
	if answer.redirect != "" {
		w.Header().Set("Location", answer.redirect)
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusSeeOther) // what the form held is not sent on
			return
		}
		w.WriteHeader(http.StatusFound)
		return
	}
	h.draw(w, r, answer)
}

func (h *hosted) draw(w http.ResponseWriter, r *http.Request, answer reply) {
	page := answer.page
	page.Style = h.mount + pathStyle
	target := "'self'"
	if page.Form != nil {
		page.Form.Hidden = append(page.Form.Hidden, pages.Hidden{Name: fieldCSRF, Value: h.formToken(w, r)})
		if address := r.URL.Query().Get("redirect_uri"); address != "" { // a registered one, or there were no form
			target += " " + formTarget(address)
		}
	}
	var body bytes.Buffer
	if err := h.drawer.Draw(&body, page); err != nil {
		h.pool.log.ErrorContext(r.Context(), "a page was not drawn", "title", page.Title, "error", err)
		http.Error(w, "Internal server error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy",
		"default-src 'none'; style-src 'self'; form-action "+target+"; frame-ancestors 'none'; base-uri 'none'")
	w.WriteHeader(answer.status)
	_, _ = body.WriteTo(w) // the client may be gone
}

// failed is what comes of an error that the person can do nothing about: the
// application is told of its own, ours are in the log alone.
func (h *hosted) failed(ctx context.Context, err error) reply {
	var bad *authorizationError
	switch {
	case errors.As(err, &bad) && bad.redirect != "":
		return redirectTo(bad.redirect)
	case errors.As(err, &bad):
		return redirectTo(h.mount + pathError + "?" + url.Values{"error": {bad.code}}.Encode())
	case isUnavailable(err):
		return h.broken(http.StatusServiceUnavailable, "The server is busy. Please try again in a moment.")
	}
	reference := h.pool.newUUID()
	h.pool.log.ErrorContext(ctx, "a page of the user pool failed", "requestId", reference, "error", err)
	return h.broken(http.StatusInternalServerError,
		"This is a fault of ours. If it stays, tell the operator of this server the reference "+reference+".")
}

// broken is a page that leads nowhere.
func (h *hosted) broken(status int, intro string) reply {
	return reply{status: status, page: pages.Page{Title: "That did not work", Intro: intro}}
}

// forged is the page for a form that cannot be shown to come from ours.
func (h *hosted) forged(v visit) reply {
	return reply{status: http.StatusForbidden, page: pages.Page{
		Title: "Please try again",
		Intro: "This form was open for too long, or your browser does not accept cookies from this server. Nothing has been done.",
		Links: []pages.Link{{Lead: "Go", Text: "back to sign-in", Address: h.link(pathLogin, v.auth)}},
	}}
}
