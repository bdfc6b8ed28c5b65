package spacefinder

import "slices"

// DefaultAdminGroup is the group whose members read and write everything.
const DefaultAdminGroup = "apiAdmins"

// AdminBookings says what administrators may do with other people's bookings.
type AdminBookings string

// The settings of AdminBookings.
const (
	AdminBookingsAll AdminBookings = "all" // read and write all: the specification
	AdminBookingsOwn AdminBookings = "own" // only their own, as the ancestor's code did
)

// Access is the rule of who may do what. It is enforced twice: by the
// authorizer's policy at the front door, and by each service.
type Access struct {
	AdminGroup    string
	AdminBookings AdminBookings
}

// Caller is who makes a request, as the authorizer established it.
type Caller struct {
	ID     string   // the subject of the ID token
	Groups []string // the groups in the ID token, in any order
}

// IsAdmin reports whether the caller is an administrator. The group may stand
// anywhere in the list. Without an AdminGroup there are no administrators.
func (a Access) IsAdmin(c Caller) bool {
	return a.AdminGroup != "" && slices.Contains(c.Groups, a.AdminGroup)
}

// CheckRead returns nil when the caller may read locations, resources and
// their bookings, which every signed-in caller may.
func (a Access) CheckRead(c Caller) error {
	if c.ID == "" {
		return forbidden()
	}
	return nil
}

// CheckWrite returns nil when the caller may change locations and resources.
func (a Access) CheckWrite(c Caller) error {
	if c.ID == "" || !a.IsAdmin(c) {
		return forbidden()
	}
	return nil
}

// CheckUser returns nil when the caller may read and write the bookings of the
// user.
func (a Access) CheckUser(c Caller, userID string) error {
	own := c.ID != "" && c.ID == userID
	admin := c.ID != "" && a.AdminBookings == AdminBookingsAll && a.IsAdmin(c)
	if !own && !admin {
		return forbidden()
	}
	return nil
}

func forbidden() error {
	return Errorf(CodeForbidden, "The caller may not do this.")
}
