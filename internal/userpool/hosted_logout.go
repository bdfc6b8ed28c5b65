package userpool

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/userpool/pages"
)

// logout ends the browser's session and leads to the address that the
// application has registered for it, or to a new sign-in. Tokens stay valid.
// Source: https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html
func (h *hosted) logout(v visit) (reply, error) {
	query, err := boundedQuery(v.Request)
	if err != nil {
		return reply{}, err
	}
	next, err := h.afterLogout(query)
	if err != nil {
		return reply{}, err
	}
	if token := h.cookieValue(v.Request, cookieSession); token != "" {
		err := h.pool.db.Write(v.Context(), func(tx *sqlitedb.Tx) error { return endWebSession(tx, token) })
		if err != nil {
			return reply{}, err
		}
	}
	return reply{redirect: next, cookie: h.cookie(cookieSession, "", -1)}, nil
}

// afterLogout returns where to go after a sign-out, or an *authorizationError.
func (h *hosted) afterLogout(query url.Values) (next string, err error) {
	if !query.Has("logout_uri") {
		a, err := h.registered.parse(query)
		return h.link(pathLogin, a), err
	}
	next = query.Get("logout_uri")
	switch {
	case len(query["client_id"]) != 1 || len(query["logout_uri"]) != 1:
		return "", &authorizationError{code: oauthInvalidRequest}
	case query.Get("client_id") != h.registered.clientID:
		return "", &authorizationError{code: oauthInvalidClient}
	case !slices.Contains(h.registered.logouts, next):
		return "", &authorizationError{code: oauthRedirectMismatch}
	}
	return next, nil
}

// errorPage explains an error that the application has made.
func (h *hosted) errorPage(v visit) (reply, error) {
	page := pages.Page{Title: "This link does not work"}
	switch v.URL.Query().Get("error") {
	case oauthRedirectMismatch:
		page.Intro = "The application wanted to send you to an address that is not registered for it. " +
			"Its operator can allow the address; it has to match exactly."
	case oauthInvalidClient:
		page.Intro = "The application that sent you here is not known to this server."
	default:
		page.Intro = "Something is missing in the link that brought you here. Go back to the application and sign in from there."
	}
	return reply{status: http.StatusBadRequest, page: page}, nil
}
