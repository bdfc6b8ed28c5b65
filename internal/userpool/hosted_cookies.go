package userpool

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"net/http"

	"github.com/spacefinder/spacefinder/internal/sqlitedb"
)

// Cookies and the form's field, as Cognito names them. Over https the names of
// the cookies begin with cookieHostPrefix.
const (
	cookieSession    = "cognito"
	cookieCSRF       = "XSRF-TOKEN"
	cookieHostPrefix = "__Host-"
	fieldCSRF        = "_csrf"
	csrfSize         = 32
	maxCookie        = 128
)

// cookie makes a cookie that no script reads and that no other site's form
// sends. Over https no other host of the domain can set it either, which takes
// the path "/"; over http it is limited to the pool's.
// Source: RFC 6265bis, sections 4.1.3.2 and 8.8.
func (h *hosted) cookie(name, value string, seconds int) *http.Cookie {
	path := h.mount + "/"
	if h.secure {
		path = "/"
	}
	return &http.Cookie{ //nolint:gosec // over http a cookie that is Secure would not come back
		Name: h.cookieName(name), Value: value, Path: path, MaxAge: seconds,
		Secure: h.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

func (h *hosted) cookieName(name string) string {
	if h.secure {
		return cookieHostPrefix + name
	}
	return name
}

// cookieValue returns the value of the request's cookie, "" when there is none or it is none of ours.
func (h *hosted) cookieValue(r *http.Request, name string) string {
	c, err := r.Cookie(h.cookieName(name))
	if err != nil || len(c.Value) > maxCookie {
		return ""
	}
	return c.Value
}

// formToken returns the token that a form must bring back: a signature of the
// browser's own cookie, which is set if need be. Another site can neither read
// the one nor, over https, set the other. Over http a program on another port of
// the host can set it, and have got a token for it; see fromOurPage.
func (h *hosted) formToken(w http.ResponseWriter, r *http.Request) string {
	value := h.cookieValue(r, cookieCSRF)
	if value == "" {
		value = base64.RawURLEncoding.EncodeToString(h.pool.random(csrfSize))
		http.SetCookie(w, h.cookie(cookieCSRF, value, 0))
	}
	return h.signed(value)
}

func (h *hosted) signed(cookie string) string {
	return base64.RawURLEncoding.EncodeToString(h.pool.keyed("csrf", cookie))
}

// fromOurPage reports whether the form was sent by a page that this browser got
// from here: by the token, and by where the browser says that the form was. Each
// holds where the other does not: old browsers do not say it, and cookies do not
// tell the ports of a host apart.
func (h *hosted) fromOurPage(v visit) bool {
	if h.ownForms.Check(v.Request) != nil {
		return false
	}
	value := h.cookieValue(v.Request, cookieCSRF)
	return value != "" && hmac.Equal([]byte(v.form.Get(fieldCSRF)), []byte(h.signed(value)))
}

// session returns the session of the browser, or errNoWebSession.
func (h *hosted) session(ctx context.Context, r *http.Request) (s webSession, err error) {
	token := h.cookieValue(r, cookieSession)
	if token == "" {
		return webSession{}, errNoWebSession
	}
	err = h.pool.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		s, err = liveWebSession(tx, token, h.pool.now())
		return err
	})
	return s, err
}
