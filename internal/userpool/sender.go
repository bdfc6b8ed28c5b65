package userpool

import (
	"context"
	"log/slog"
	"strings"
)

// MessageKind says why a message is sent.
type MessageKind string

// The kinds of messages.
const (
	MessageSignUp     MessageKind = "sign-up"        // Code confirms the address and the account
	MessageReset      MessageKind = "reset-password" // Code allows a new password
	MessageVerify     MessageKind = "verify-email"   // Code confirms a changed address
	MessageInvitation MessageKind = "invitation"     // Password is temporary, Username the user's e-mail address
)

// Message is something that a user must get out of band.
type Message struct {
	Kind     MessageKind
	To       string // e-mail address
	Username string // invitation only
	Code     string // six digits; empty in an invitation
	Password string // invitation only
}

// Sender delivers messages. Send must return soon: it is called while a client
// waits. An error means that the message will not arrive.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// LogSender "delivers" to a log, where the operator of a local installation
// reads the codes. It is not for installations whose log others can read.
type LogSender struct{ Logger *slog.Logger }

// Send writes one line and never fails.
func (s LogSender) Send(ctx context.Context, m Message) error {
	attrs := []slog.Attr{slog.String("kind", string(m.Kind)), slog.String("to", m.To)}
	if m.Code != "" {
		attrs = append(attrs, slog.String("code", m.Code))
	}
	if m.Password != "" {
		attrs = append(attrs, slog.String("temporaryPassword", m.Password))
	}
	s.Logger.LogAttrs(ctx, slog.LevelInfo, "message for a user of the pool", attrs...)
	return nil
}

// delivery is where a code went: CodeDeliveryDetails.
type delivery struct {
	Destination    string `json:"Destination"`
	DeliveryMedium string `json:"DeliveryMedium"`
	AttributeName  string `json:"AttributeName"`
}

// deliveryTo shows an address in lower case, so that a capital that only the
// pool can know of does not tell a user from nobody.
func deliveryTo(email string) *delivery {
	return &delivery{Destination: masked(emailKey(email)), DeliveryMedium: "EMAIL", AttributeName: attrEmail}
}

// masked hides an address the way Cognito does: t***@e***.
func masked(email string) string {
	local, domain, _ := strings.Cut(email, "@")
	return initial(local) + "***@" + initial(domain) + "***"
}

func initial(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

// send delivers a message. What went wrong is logged, without the secret.
func (p *Pool) send(ctx context.Context, m Message) error {
	if err := p.cfg.Sender.Send(ctx, m); err != nil {
		p.log.ErrorContext(ctx, "a message was not delivered", "kind", string(m.Kind), "to", masked(m.To), "error", err)
		return errNotDelivered
	}
	return nil
}
