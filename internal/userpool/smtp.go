package userpool

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/smtp"
	"strings"
	"sync"
	"time"
)

// ErrMailQueueFull says that too many messages wait for the mail server.
var ErrMailQueueFull = errors.New("user pool: too many messages are waiting for the mail server")

const (
	mailQueue   = 256
	mailTimeout = 30 * time.Second // for one message, from connecting to QUIT
)

// SMTPConfig says how to reach a mail server.
type SMTPConfig struct {
	Addr     string           // host:port, usually port 587
	From     string           // sender's address
	Username string           // empty: no authentication
	Password string           // sent only over TLS
	TLS      *tls.Config      // for STARTTLS; default: verify the host of Addr
	Insecure bool             // send even when the server has no STARTTLS; never together with a password
	Now      func() time.Time // for the Date header; default time.Now
	Logger   *slog.Logger     // for messages that could not be delivered; default none
}

// SMTPSender delivers messages through a mail server, on a goroutine of its
// own: a slow or dead server never holds up a sign-up. Make one with NewSMTPSender.
type SMTPSender struct {
	cfg    SMTPConfig
	host   string
	queue  chan Message
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// NewSMTPSender starts a sender. The error says what is wrong with the configuration.
func NewSMTPSender(cfg SMTPConfig) (*SMTPSender, error) {
	host, _, err := net.SplitHostPort(cfg.Addr)
	switch {
	case err != nil || host == "":
		return nil, fmt.Errorf("mail server %q: want host:port", cfg.Addr)
	case !isEmail(cfg.From):
		return nil, fmt.Errorf("mail sender %q is not an e-mail address", cfg.From)
	case cfg.Insecure && cfg.Username != "":
		return nil, errors.New("mail server: authentication needs TLS")
	}
	if cfg.TLS == nil {
		cfg.TLS = &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &SMTPSender{cfg: cfg, host: host, queue: make(chan Message, mailQueue), ctx: ctx, cancel: cancel}
	s.done.Go(s.run)
	return s, nil
}

// Send queues the message. It returns ErrMailQueueFull at once rather than wait.
func (s *SMTPSender) Send(_ context.Context, m Message) error {
	if !isEmail(m.To) { // it goes into a mail header
		return fmt.Errorf("user pool: %q is not an e-mail address", m.To)
	}
	select {
	case <-s.ctx.Done():
		return net.ErrClosed
	default:
	}
	select {
	case s.queue <- m:
		return nil
	default:
		return ErrMailQueueFull
	}
}

// Close ends the delivery under way and drops what still waits.
func (s *SMTPSender) Close() error {
	s.cancel()
	s.done.Wait()
	return nil
}

func (s *SMTPSender) run() {
	for {
		select {
		case <-s.ctx.Done():
			return
		case m := <-s.queue:
			if err := s.deliver(m); err != nil && s.ctx.Err() == nil {
				s.cfg.Logger.Error("mail was not delivered", "kind", string(m.Kind), "to", masked(m.To), "error", err)
			}
		}
	}
}

// deliver hands one message to the server.
func (s *SMTPSender) deliver(m Message) (err error) {
	ctx, cancel := context.WithTimeout(s.ctx, mailTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.cfg.Addr)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // unblocks the dialogue below
	defer stop()
	client, err := smtp.NewClient(conn, s.host)
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	defer func() { _ = client.Close() }() // after QUIT there is nothing left to fail
	if err := s.secure(client); err != nil {
		return err
	}
	if err := errors.Join(client.Mail(s.cfg.From), client.Rcpt(m.To)); err != nil {
		return err
	}
	body, err := client.Data()
	if err != nil {
		return err
	}
	_, err = io.WriteString(body, s.compose(m))
	if err := errors.Join(err, body.Close()); err != nil {
		return err
	}
	return client.Quit()
}

// secure switches to TLS and authenticates.
func (s *SMTPSender) secure(client *smtp.Client) error {
	offered, _ := client.Extension("STARTTLS")
	switch {
	case offered:
		if err := client.StartTLS(s.cfg.TLS); err != nil {
			return err
		}
	case !s.cfg.Insecure:
		return errors.New("the mail server does not offer STARTTLS")
	}
	if s.cfg.Username == "" {
		return nil
	}
	return client.Auth(smtp.PlainAuth("", s.cfg.Username, s.cfg.Password, s.host))
}

// compose writes the message as RFC 5322 wants it.
func (s *SMTPSender) compose(m Message) string {
	subject, text := m.text()
	return strings.Join([]string{
		"From: " + s.cfg.From,
		"To: " + m.To,
		"Subject: " + mime.QEncoding.Encode("utf-8", subject),
		"Date: " + s.cfg.Now().UTC().Format(time.RFC1123Z),
		"MIME-Version: 1.0",
		"Content-Type: text/plain; charset=utf-8",
		"",
		text,
		"",
	}, "\r\n")
}

// text returns what a person reads.
func (m Message) text() (subject, body string) {
	switch m.Kind {
	case MessageInvitation:
		return "Your temporary password", "Your username is " + m.Username + " and temporary password is " + m.Password
	case MessageReset:
		return "Your password reset code", "Your password reset code is " + m.Code
	default:
		return "Your verification code", "Your confirmation code is " + m.Code
	}
}
