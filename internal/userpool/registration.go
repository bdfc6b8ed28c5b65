package userpool

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// Limits on registered addresses.
// Source: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html
const (
	maxRegistered    = 100
	maxRegisteredURL = 1024
)

// registration is what the client may send people to. Addresses match as they
// are written, byte for byte: anything looser has been a way to steal codes.
type registration struct {
	clientID  string
	callbacks []string
	logouts   []string
}

// registration returns the configured addresses and, always, the server's own
// pages: its console and its documentation.
func (p *Pool) registration() registration {
	own := []string{p.origin() + "/console/", p.origin() + "/docs/"}
	return registration{
		clientID:  p.settings.clientID,
		callbacks: slices.Concat(own, p.cfg.CallbackURLs),
		logouts:   slices.Concat(own, p.cfg.LogoutURLs),
	}
}

// origin returns scheme and host of the pool's address.
func (p *Pool) origin() string { return strings.TrimSuffix(p.cfg.BaseURL, p.mount()) }

// mount returns the path of the pool's address, "" or one without a slash at the end.
func (p *Pool) mount() string {
	base, err := url.Parse(p.cfg.BaseURL)
	if err != nil { // Config.validate has parsed it
		panic("userpool: " + err.Error())
	}
	return base.EscapedPath()
}

// CheckRedirectURL returns why people cannot be sent to the address after they
// signed in or out, or nil: it must be absolute and without a fragment, and https,
// an application's own scheme, or http on the machine of whoever opens it.
// Source: RFC 6749, section 3.1.2, and
// https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
func CheckRedirectURL(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || len(address) > maxRegisteredURL || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' }):
		return fmt.Errorf("%q is not an address of at most %d characters of ASCII", address, maxRegisteredURL)
	case !strings.HasPrefix(strings.ToLower(address), u.Scheme+"://") || u.Scheme == "":
		return fmt.Errorf("%q does not begin with a scheme and ://", address)
	case strings.Contains(address, "#"):
		return fmt.Errorf("%q has a fragment", address)
	case u.User != nil:
		return fmt.Errorf("%q has a user name", address)
	}
	switch u.Scheme {
	case "https":
		if u.Hostname() == "" {
			return fmt.Errorf("%q has no host", address)
		}
	case "http":
		if !isLoopback(u.Hostname()) {
			return fmt.Errorf("%q is http and not on localhost: it must be https", address)
		}
	case "javascript", "data", "vbscript", "file", "blob", "about", "filesystem":
		return fmt.Errorf("%q has a scheme that runs or reads what is local", address)
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// withParameters adds parameters to the query of a registered address.
func withParameters(address string, parameters url.Values) string {
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	return address + separator + parameters.Encode()
}

// formTarget returns what a form-action directive has to name so that a form may
// end at the address. Browsers hold redirects after a form to it too. It cannot
// name an IPv6 address, so there the scheme stands for it.
// Source: Content Security Policy Level 3, sections 2.3.1 and 6.4.1.
func formTarget(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	if (u.Scheme == "http" || u.Scheme == "https") && !strings.Contains(u.Host, "[") {
		return u.Scheme + "://" + u.Host
	}
	return u.Scheme + ":"
}
