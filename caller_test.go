package spacefinder_test

import (
	"testing"

	"github.com/spacefinder/spacefinder"
)

func TestAccess(t *testing.T) {
	all := spacefinder.Access{AdminGroup: "apiAdmins", AdminBookings: spacefinder.AdminBookingsAll}
	own := spacefinder.Access{AdminGroup: "apiAdmins", AdminBookings: spacefinder.AdminBookingsOwn}
	none := spacefinder.Access{AdminBookings: spacefinder.AdminBookingsAll}
	unset := spacefinder.Access{AdminGroup: "apiAdmins"}

	caller := func(id string, groups ...string) spacefinder.Caller {
		return spacefinder.Caller{ID: id, Groups: groups}
	}

	tests := []struct {
		name   string
		access spacefinder.Access
		caller spacefinder.Caller
		read   bool // locations, resources, bookings of resources
		write  bool // locations, resources
		mine   bool // ada's bookings, where the caller is mostly ada
		theirs bool // bob's bookings
	}{
		{"nobody", all, caller(""), false, false, false, false},
		{"nobody who claims to be an administrator", all, caller("", "apiAdmins"), false, false, false, false},
		{"a user", all, caller("ada"), true, false, true, false},
		{"a user with other groups", all, caller("ada", "staff", "apiadmins", "apiAdmins "), true, false, true, false},
		{"an administrator", all, caller("ada", "apiAdmins"), true, true, true, true},
		{"an administrator in several groups", all, caller("ada", "staff", "apiAdmins", "eu"), true, true, true, true},
		{"an administrator who has own bookings only", own, caller("ada", "apiAdmins"), true, true, true, false},
		{"a user where administrators have own bookings only", own, caller("ada"), true, false, true, false},
		{"an administrator where the setting is missing", unset, caller("ada", "apiAdmins"), true, true, true, false},
		{"a group without a name where there is no group of administrators", none, caller("ada", ""), true, false, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			check := func(what string, err error, allowed bool) {
				t.Helper()
				want := spacefinder.CodeForbidden
				if allowed {
					want = ""
				}
				if got := spacefinder.CodeOf(err); got != want {
					t.Errorf("%s: %q, want %q", what, got, want)
				}
			}
			check("reading", tt.access.CheckRead(tt.caller), tt.read)
			check("writing", tt.access.CheckWrite(tt.caller), tt.write)
			check("own bookings", tt.access.CheckUser(tt.caller, "ada"), tt.mine)
			check("another's bookings", tt.access.CheckUser(tt.caller, "bob"), tt.theirs)
			check("bookings of nobody", tt.access.CheckUser(tt.caller, ""), tt.theirs)
		})
	}
}
