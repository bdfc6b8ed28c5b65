package userpool_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder/internal/userpool"
)

// mailServer accepts one message and hands over what it was told. With a
// configuration it offers STARTTLS and authentication.
func mailServer(t *testing.T, secure *tls.Config) (addr string, received <-chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	messages := make(chan string, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		fmt.Fprint(conn, "220 ready\r\n")
		messages <- converse(conn, secure)
	}()
	return listener.Addr().String(), messages
}

// converse plays a minimal SMTP server and returns the envelope and the message.
func converse(conn net.Conn, secure *tls.Config) string {
	var seen strings.Builder
	in := textproto.NewReader(bufio.NewReader(conn))
	for {
		line, err := in.ReadLine()
		if err != nil {
			return seen.String()
		}
		switch verb, _, _ := strings.Cut(line, " "); verb {
		case "EHLO":
			if secure != nil {
				fmt.Fprint(conn, "250-hello\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n")
				continue
			}
			fmt.Fprint(conn, "250-hello\r\n250 AUTH PLAIN\r\n")
		case "STARTTLS":
			fmt.Fprint(conn, "220 go on\r\n")
			return "over TLS\n" + converse(tls.Server(conn, secure), nil)
		case "AUTH":
			seen.WriteString(line + "\n")
			fmt.Fprint(conn, "235 welcome\r\n")
		case "DATA":
			fmt.Fprint(conn, "354 go on\r\n")
			text, _ := in.ReadDotBytes()
			seen.Write(text)
			fmt.Fprint(conn, "250 ok\r\n")
		case "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return seen.String()
		default:
			seen.WriteString(line + "\n")
			fmt.Fprint(conn, "250 ok\r\n")
		}
	}
}

func newSender(t *testing.T, addr string) *userpool.SMTPSender {
	t.Helper()
	sender, err := userpool.NewSMTPSender(userpool.SMTPConfig{
		Addr: addr, From: "rooms@example.com", Insecure: true,
		Now: func() time.Time { return time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sender.Close() })
	return sender
}

func TestMailIsDeliveredThroughTheServer(t *testing.T) {
	addr, received := mailServer(t, nil)
	sender := newSender(t, addr)
	if err := sender.Send(t.Context(), userpool.Message{Kind: userpool.MessageSignUp, To: ada, Code: "012345"}); err != nil {
		t.Fatal(err)
	}
	got := <-received
	for _, want := range []string{"MAIL FROM:<rooms@example.com>", "RCPT TO:<ada@example.com>", "\nTo: ada@example.com\n",
		"\nDate: Thu, 05 Mar 2026 09:00:00 +0000\n", "Your confirmation code is 012345"} {
		if !strings.Contains(got, want) {
			t.Errorf("the message lacks %q:\n%s", want, got)
		}
	}
}

func TestPasswordsAndCodesGoOverTLS(t *testing.T) {
	certified := httptest.NewTLSServer(nil) // lends its certificate, which is for example.com
	defer certified.Close()
	roots := x509.NewCertPool()
	roots.AddCert(certified.Certificate())
	addr, received := mailServer(t, &tls.Config{Certificates: certified.TLS.Certificates, MinVersion: tls.VersionTLS12})
	sender, err := userpool.NewSMTPSender(userpool.SMTPConfig{Addr: addr, From: "rooms@example.com", Username: "rooms", Password: "key",
		TLS: &tls.Config{RootCAs: roots, ServerName: "example.com", MinVersion: tls.VersionTLS12}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sender.Close() }()
	if err := sender.Send(t.Context(), userpool.Message{Kind: userpool.MessageInvitation, To: ada, Username: ada,
		Password: "tmp-1"}); err != nil {
		t.Fatal(err)
	}
	got := <-received
	credentials := base64.StdEncoding.EncodeToString([]byte("\x00rooms\x00key"))
	for _, want := range []string{"over TLS\n", "AUTH PLAIN " + credentials,
		"Your username is ada@example.com and temporary password is tmp-1"} {
		if !strings.Contains(got, want) {
			t.Errorf("the server did not see %q:\n%s", want, got)
		}
	}
}

// TestNothingIsSentInTheClear meets a server without STARTTLS, which must not see as much as an address.
func TestNothingIsSentInTheClear(t *testing.T) {
	addr, received := mailServer(t, nil)
	sender, err := userpool.NewSMTPSender(userpool.SMTPConfig{Addr: addr, From: "rooms@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sender.Close() }()
	if err := sender.Send(t.Context(), userpool.Message{Kind: userpool.MessageReset, To: ada, Code: "012345"}); err != nil {
		t.Fatal(err)
	}
	if got := <-received; got != "" {
		t.Errorf("the server saw %q", got)
	}
}

func TestADeadMailServerNeverBlocks(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // accepts into its backlog and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	sender := newSender(t, listener.Addr().String())
	for range 10_000 {
		if err = sender.Send(t.Context(), userpool.Message{Kind: userpool.MessageReset, To: ada, Code: "012345"}); err != nil {
			break
		}
	}
	if !errors.Is(err, userpool.ErrMailQueueFull) {
		t.Errorf("got %v, want ErrMailQueueFull", err)
	}
	if err := sender.Close(); err != nil {
		t.Error(err)
	}
	if err := sender.Send(t.Context(), userpool.Message{To: ada}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close got %v, want net.ErrClosed", err)
	}
}

func TestMailConfigurationErrors(t *testing.T) {
	for name, cfg := range map[string]userpool.SMTPConfig{
		"no port":                 {Addr: "mail.example.com", From: ada},
		"no host":                 {Addr: ":587", From: ada},
		"sender is no address":    {Addr: "mail.example.com:587", From: "Rooms"},
		"password without TLS":    {Addr: "mail.example.com:587", From: ada, Username: "u", Password: "p", Insecure: true},
		"header in the sender":    {Addr: "mail.example.com:587", From: "a@b.c\r\nBcc: x@y.z"},
		"two addresses as sender": {Addr: "mail.example.com:587", From: "a@b.c,d@e.f"},
	} {
		t.Run(name, func(t *testing.T) {
			if sender, err := userpool.NewSMTPSender(cfg); err == nil {
				_ = sender.Close()
				t.Error("accepted")
			}
		})
	}
}

func TestMailRefusesAddressesThatWouldForgeHeaders(t *testing.T) {
	sender := newSender(t, "127.0.0.1:1")
	if err := sender.Send(t.Context(), userpool.Message{To: "a@b.c\r\nBcc: x@y.z"}); err == nil {
		t.Error("accepted")
	}
}
