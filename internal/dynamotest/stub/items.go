package stub

import (
	"fmt"
	"strings"
)

// The items that every answer consists of. The requests of a measurement name
// these: a booking can be read under its own user alone.
const (
	LocationID = "01890a5d-ac96-774b-bcce-b302099a8050"
	ResourceID = "01890a5d-ac96-774b-bcce-b302099a8051"
	UserID     = "01890a5d-ac96-774b-bcce-b302099a8052"
	BookingID  = "01890a5d-ac96-774b-bcce-b302099a8053"
)

const (
	revision  = "01890a5d-ac96-774b-bcce-b302099a8057"
	timestamp = "2026-01-02T03:04:05.678Z"

	firstStart = 1_900_000_000 // of the booking of number 0, in seconds since 1970
	spacing    = 7200          // from one booking to the next
	lasting    = 3600
)

// numbered returns an id of the same length that ends in n; number 0 is id itself.
func numbered(id string, n int) string {
	if n == 0 {
		return id
	}
	return fmt.Sprintf("%s%04d", id[:len(id)-4], n)
}

func location(pk, sk string, n int) string {
	return fmt.Sprintf(`{"pk":{"S":%q},"sk":{"S":%q},"locationID":{"S":%q},"name":{"S":"Engineering Building, North Campus"},`+
		`"description":{"S":%q},"imageUrl":{"S":"https://images.example.com/locations/engineering-north.jpg"},`+
		`"timeZone":{"S":"Europe/Berlin"},"timestamp":{"S":%q},"revision":{"S":%q},"resources":{"N":"1"}}`,
		pk, sk, numbered(LocationID, n), strings.Repeat("Two floors. ", 10), timestamp, revision)
}

func resource(pk, sk string, n int) string {
	return fmt.Sprintf(`{"pk":{"S":%q},"sk":{"S":%q},"resourceID":{"S":%q},"locationID":{"S":%q},"name":{"S":"Meeting room 2.14"},`+
		`"type":{"S":"room"},"description":{"S":%q},"capacity":{"N":"12"},`+
		`"amenities":{"L":[{"S":"screen"},{"S":"whiteboard"},{"S":"video"}]},"timestamp":{"S":%q},"revision":{"S":%q}}`,
		pk, sk, numbered(ResourceID, n), LocationID, strings.Repeat("By the window. ", 8), timestamp, revision)
}

func booking(pk, sk string, n int) string {
	start := firstStart + n*spacing
	return fmt.Sprintf(`{"pk":{"S":%q},"sk":{"S":%q},"bookingID":{"S":%q},"userID":{"S":%q},"resourceID":{"S":%q},"locationID":{"S":%q},`+
		`"starttimeepochtime":{"N":"%d"},"endtimeepochtime":{"N":"%d"},"timestamp":{"S":%q},"revision":{"S":%q}}`,
		pk, sk, numbered(BookingID, n), UserID, ResourceID, LocationID, start, start+lasting, timestamp, revision)
}

// claim is the item that says where a resource is.
func claim(pk, sk string) string {
	return fmt.Sprintf(`{"pk":{"S":%q},"sk":{"S":%q},"locationID":{"S":%q},"bookings":{"N":"7"}}`, pk, sk, LocationID)
}

// single returns the item that a key names, "" for none: an item of every kind is
// there under every id, but no day has been booked.
func single(pk, sk string) string {
	switch {
	case sk == "location":
		return location(pk, sk, 0)
	case sk == "claim":
		return claim(pk, sk)
	case sk == "booking":
		return booking(pk, sk, 0)
	case strings.HasPrefix(sk, "resource#"):
		return resource(pk, sk, 0)
	}
	return ""
}

// listed returns the item of number n in a partition.
func listed(pk string, n int) string {
	switch {
	case pk == "directory":
		return location(pk, "location#"+numbered(LocationID, n), n)
	case strings.HasPrefix(pk, "location#"):
		return resource(pk, "resource#"+numbered(ResourceID, n), n)
	default:
		return booking(pk, fmt.Sprintf("%012d#%s", firstStart+n*spacing, numbered(BookingID, n)), n)
	}
}
