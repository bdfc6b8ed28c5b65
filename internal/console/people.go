package console

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// People are the users and groups of the user pool. Config.Explain knows which
// of their errors are the person's to read.
type People interface {
	// Users returns a page of the users whose e-mail address begins with prefix.
	// page is Next of the page before, "" for the first.
	Users(ctx context.Context, prefix, page string) (UserPage, error)
	// User returns the user with an id.
	User(ctx context.Context, id string) (User, error)
	// Groups returns all groups.
	Groups(ctx context.Context) ([]Group, error)
	// Create makes a user with a confirmed address and a random password.
	Create(ctx context.Context, email string) (id, password string, err error)
	// ResetPassword gives a user a random password and ends the sessions.
	ResetPassword(ctx context.Context, id string) (password string, err error)
	Enable(ctx context.Context, id string) error
	Disable(ctx context.Context, id string) error // and ends the sessions
	Delete(ctx context.Context, id string) error
	Grant(ctx context.Context, id, group string) error
	Revoke(ctx context.Context, id, group string) error
}

// UserPage is a part of a list of users.
type UserPage struct {
	Users []User `json:"users"`
	Next  string `json:"next"` // "" on the last page
}

// User is one user of the pool.
type User struct {
	ID       string    `json:"id"`
	Email    string    `json:"email"`
	Verified bool      `json:"verified"` // the address is known to be theirs
	Status   string    `json:"status"`   // Cognito's UserStatus, such as CONFIRMED
	Enabled  bool      `json:"enabled"`
	Created  time.Time `json:"created"`
	Groups   []string  `json:"groups"`
}

// Group is one group of the pool.
type Group struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

func (c *Console) users(r *http.Request) (any, error) {
	query := r.URL.Query()
	prefix := strings.TrimSpace(query.Get("email"))
	if len(prefix) > maxSearch {
		return nil, badRequest("What is searched for is too long.")
	}
	return c.cfg.People.Users(r.Context(), prefix, query.Get("page"))
}

func (c *Console) user(r *http.Request) (any, error) {
	return c.cfg.People.User(r.Context(), r.PathValue("id"))
}

func (c *Console) groups(r *http.Request) (any, error) {
	groups, err := c.cfg.People.Groups(r.Context())
	return map[string][]Group{"groups": groups}, err
}

// secret is a password that is shown once.
type secret struct {
	ID       string `json:"id"`
	Password string `json:"password"`
}

func (c *Console) createUser(r *http.Request) (any, error) {
	var q struct {
		Email string `json:"email"`
	}
	if err := readBody(r, &q); err != nil {
		return nil, err
	}
	email := strings.TrimSpace(q.Email)
	if email == "" {
		return nil, badRequest("An e-mail address is needed.")
	}
	id, password, err := c.cfg.People.Create(r.Context(), email)
	if err != nil {
		return nil, err
	}
	c.log(r, "create user", "user", id)
	return secret{id, password}, nil
}

func (c *Console) resetPassword(r *http.Request) (any, error) {
	id := r.PathValue("id")
	password, err := c.cfg.People.ResetPassword(r.Context(), id)
	if err != nil {
		return nil, err
	}
	c.log(r, "reset password", "user", id)
	return secret{id, password}, nil
}

func (c *Console) enableUser(r *http.Request) (any, error) {
	return nil, c.change(r, "enable user", c.cfg.People.Enable)
}

func (c *Console) disableUser(r *http.Request) (any, error) {
	if err := c.notSelf(r, "You cannot disable yourself."); err != nil {
		return nil, err
	}
	return nil, c.change(r, "disable user", c.cfg.People.Disable)
}

func (c *Console) deleteUser(r *http.Request) (any, error) {
	if err := c.notSelf(r, "You cannot delete yourself."); err != nil {
		return nil, err
	}
	return nil, c.change(r, "delete user", c.cfg.People.Delete)
}

func (c *Console) grant(r *http.Request) (any, error) {
	return nil, c.changeGroup(r, "add to group", c.cfg.People.Grant)
}

func (c *Console) revoke(r *http.Request) (any, error) {
	if r.PathValue("group") == c.cfg.AdminGroup {
		if err := c.notSelf(r, "You cannot take yourself out of the administrators' group."); err != nil {
			return nil, err
		}
	}
	return nil, c.changeGroup(r, "remove from group", c.cfg.People.Revoke)
}

// byID refuses requests that name a user by the address, as the user pool would
// allow: nobody would be known as the caller by it, and the log would have it.
func byID(serve handler) handler {
	return func(r *http.Request) (any, error) {
		if strings.Contains(r.PathValue("id"), "@") {
			return nil, &RefusedError{http.StatusNotFound, "Users have ids here, which are not their addresses."}
		}
		return serve(r)
	}
}

// notSelf refuses what would lock the administrator out who asks for it, and
// perhaps everybody.
func (c *Console) notSelf(r *http.Request, message string) error {
	if r.PathValue("id") == c.cfg.Caller(r) {
		return &RefusedError{http.StatusConflict, message}
	}
	return nil
}

func (c *Console) change(r *http.Request, action string, do func(ctx context.Context, id string) error) error {
	id := r.PathValue("id")
	if err := do(r.Context(), id); err != nil {
		return err
	}
	c.log(r, action, "user", id)
	return nil
}

func (c *Console) changeGroup(r *http.Request, action string, do func(ctx context.Context, id, group string) error) error {
	id, group := r.PathValue("id"), r.PathValue("group")
	if err := do(r.Context(), id, group); err != nil {
		return err
	}
	c.log(r, action, "user", id, "group", group)
	return nil
}

// log notes what an administrator did. Users are named by their ids, which say
// nothing to anybody else.
func (c *Console) log(r *http.Request, action string, attributes ...any) {
	c.cfg.Logger.InfoContext(r.Context(), "console", append([]any{"action", action, "by", c.cfg.Caller(r)}, attributes...)...)
}
