package main

import (
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

const (
	siteSize      = 120       // locations, with one resource each
	seedEra       = 946684800 // 2000-01-01: the bookings that are there before a run begin here, in Unix seconds
	secondsAnHour = 3600
	seededAt      = "2026-01-01T00:00:00.000Z"
)

// The ids that the load program asks for: fifteen characters, as PocketBase's
// own are.
func locationID(n int) string { return fmt.Sprintf("location%07d", n) }
func resourceID(n int) string { return fmt.Sprintf("resource%07d", n) }

// The users whom the load program signs in. They exist for a run on one machine.
func email(n int) string    { return fmt.Sprintf("user-%d@example.com", n) }
func password(n int) string { return fmt.Sprintf("bench-user-%d-aA7", n) }

// seed makes the site, the users, and so many bookings of theirs: an hour each,
// evenly over the resources, every resource by every user in turn.
func seed(app core.App, people, booked int) error {
	return app.RunInTransaction(func(tx core.App) error {
		if err := seedSite(tx); err != nil {
			return err
		}
		ids, err := seedUsers(tx, people)
		if err != nil {
			return err
		}
		return seedBookings(tx, ids, booked)
	})
}

// seedBookings goes around PocketBase's validation, which takes longer than the
// inserts themselves.
func seedBookings(app core.App, userIDs []string, count int) error {
	insert := app.NonconcurrentDB().NewQuery("INSERT INTO " + bookings + " (id, user, resource, start, `end`, timestamp)" +
		" VALUES ({:id}, {:user}, {:resource}, {:start}, {:end}, {:timestamp})").Prepare()
	defer func() { _ = insert.Close() }() // the transaction tells what matters
	for n := range count {
		start := seedEra + n/siteSize*secondsAnHour
		_, err := insert.Bind(dbx.Params{
			"id": fmt.Sprintf("booking%08d", n), "user": userIDs[(n+n/siteSize)%len(userIDs)], "resource": resourceID(n % siteSize),
			"start": start, "end": start + secondsAnHour, timestampField: seededAt,
		}).Execute()
		if err != nil {
			return err
		}
	}
	return nil
}

func seedSite(app core.App) error {
	for n := range siteSize {
		if err := save(app, locations, locationID(n), map[string]any{
			"name":         fmt.Sprintf("Office %03d", n),
			"description":  "Five floors of rooms and a hall, two minutes from the station.",
			"imageUrl":     "https://images.example.com/offices/front.jpg",
			"timeZone":     "Europe/Berlin",
			timestampField: seededAt,
		}); err != nil {
			return err
		}
		if err := save(app, resources, resourceID(n), map[string]any{
			"location": locationID(n), "name": fmt.Sprintf("Room %03d", n), "type": "room", "capacity": 8,
			"amenities": []string{"projector", "whiteboard"}, timestampField: seededAt,
		}); err != nil {
			return err
		}
	}
	return nil
}

func seedUsers(app core.App, count int) (ids []string, err error) {
	for n := range count {
		id := fmt.Sprintf("person%09d", n)
		err := save(app, users, id, map[string]any{"email": email(n), "password": password(n), "verified": true})
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func save(app core.App, collection, id string, fields map[string]any) error {
	c, err := app.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		return err
	}
	record := core.NewRecord(c)
	record.Load(fields)
	record.Id = id
	return app.Save(record)
}
