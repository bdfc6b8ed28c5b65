package main

import (
	"log/slog"
	"net/url"
	"strings"

	"github.com/spacefinder/spacefinder/internal/userpool"
)

// poolOptions are the settings of the user pool.
type poolOptions struct {
	region    string
	publicURL string
	noSignUp  bool
	callbacks string
	logouts   string
	codes     string
	smtp      userpool.SMTPConfig
}

// Where confirmation codes go.
const (
	codesAuto = "auto"
	codesLog  = "log"
	codesSMTP = "smtp"
)

func (o *poolOptions) register(set *flagSet) {
	set.StringVar(&o.region, "region", "us-east-1", "AWS `region` that the pool's id and its signatures name")
	set.StringVar(&o.publicURL, "public-url", "",
		"`URL` under which clients reach this server, where that is not its address; tokens name it as their issuer")
	set.BoolVar(&o.noSignUp, "no-sign-up", false, "only administrators create users")
	set.StringVar(&o.callbacks, "callback-urls", "",
		"`URLs` of applications to which people return after they signed in, separated by commas; /console/ and /docs/ are always known")
	set.StringVar(&o.logouts, "logout-urls", "", "`URLs` to which people return after they signed out, separated by commas")
	set.StringVar(&o.codes, "codes", codesAuto,
		"where confirmation codes go: `log or smtp`; unless given, smtp where -smtp-addr is, else log if only this machine can reach the server")
	set.StringVar(&o.smtp.Addr, "smtp-addr", "", "`address` of the mail server")
	set.StringVar(&o.smtp.From, "smtp-from", "", "sender's `address` of mails")
	set.StringVar(&o.smtp.Username, "smtp-username", "",
		"`name` to sign in to the mail server with; the password comes from the environment alone: SPACEFINDER_SMTP_PASSWORD")
	set.BoolVar(&o.smtp.Insecure, "smtp-insecure", false, "send mails without TLS to a server that has none, such as one on this machine")
}

func (o *poolOptions) check(set *flagSet, addr string) {
	o.smtp.Password = set.process.getenv(envPrefix + "SMTP_PASSWORD")
	o.publicURL = strings.TrimSuffix(o.publicURL, "/")
	if o.publicURL != "" && !isOrigin(o.publicURL) {
		set.addf("-public-url: %q is not of the form https://HOST[:PORT], in small letters and without a port that goes without saying; "+
			"behind a path the server cannot be reached", o.publicURL)
	}
	checkRedirectURLs(set, "-callback-urls", o.callbacks)
	checkRedirectURLs(set, "-logout-urls", o.logouts)
	if o.codes == codesAuto {
		switch {
		case o.smtp.Addr != "":
			o.codes = codesSMTP
		case isLoopback(addr):
			o.codes = codesLog
		default:
			set.addf("other machines can reach %s: say where confirmation codes go, with -smtp-addr, or -codes log to write them to the log", addr)
		}
	}
	switch o.codes {
	case codesLog, codesAuto:
	case codesSMTP:
		if o.smtp.Addr == "" || o.smtp.From == "" {
			set.addf("-codes smtp needs -smtp-addr and -smtp-from")
		}
	default:
		set.addf("-codes must be log or smtp, not %q", o.codes)
	}
}

func checkRedirectURLs(set *flagSet, flag, list string) {
	for _, address := range commaSeparated(list) {
		if err := userpool.CheckRedirectURL(address); err != nil {
			set.addf("%s: %v", flag, err)
		}
	}
}

// commaSeparated returns the members of a list, none when it is empty.
func commaSeparated(list string) []string {
	if list == "" {
		return nil
	}
	members := strings.Split(list, ",")
	for i := range members {
		members[i] = strings.TrimSpace(members[i])
	}
	return members
}

// isOrigin reports whether address is http or https, a host and nothing more, as
// browsers write it: pages compare it with where they are, and whether cookies
// are for https alone is told by its scheme.
func isOrigin(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Hostname() != "" && (u.Scheme == "http" || u.Scheme == "https") &&
		address == strings.ToLower(originOf(u.Scheme, strings.TrimSuffix(u.Host, ":")))
}

// originOf returns scheme and host without the scheme's own port, as browsers
// write an origin.
//
// Source: https://url.spec.whatwg.org/#port-state
func originOf(scheme, host string) string {
	defaultPort := map[string]string{"http": ":80", "https": ":443"}[scheme]
	return scheme + "://" + strings.TrimSuffix(host, defaultPort)
}

// sender returns what delivers codes. One that is logged must reach the log
// whatever -log-level says.
func (o *poolOptions) sender(p process, logger *slog.Logger, open *closers) (userpool.Sender, error) {
	if o.codes != codesSMTP {
		return userpool.LogSender{Logger: slog.New(slog.NewJSONHandler(p.stderr, nil))}, nil
	}
	o.smtp.Logger = logger
	sender, err := userpool.NewSMTPSender(o.smtp)
	if err != nil {
		return nil, err
	}
	open.add("mail sender", sender.Close)
	return sender, nil
}
