package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/store"
	"github.com/spacefinder/spacefinder/internal/store/sqlite"
)

const (
	databaseFile  = "spacefinder.db" // of a data folder
	siteSize      = 120              // locations, with one resource each; more than the longest list asks for
	seeders       = 512              // goroutines that fill the store
	seededAt      = "2026-01-01T00:00:00.000Z"
	secondsAnHour = int64(time.Hour / time.Second)
)

// The time is divided, so that bookings of one kind never meet one of another:
// those that are there before the run, those that find their slot free, and
// those that are fought for. Each era has room for more than a run can book.
func seedEra() int64    { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Unix() }
func freeEra() int64    { return time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC).Unix() }
func contestEra() int64 { return time.Date(7000, 1, 1, 0, 0, 0, 0, time.UTC).Unix() }

func locationID(i int) string { return seededID("location", i) }
func resourceID(i int) string { return seededID("resource", i) }

// seededID returns an id of the form that the system's own ids have, the same
// in every run.
func seededID(kind string, i int) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "%s %d", kind, i)).String()
}

func seededLocation(i int) spacefinder.Location {
	return spacefinder.Location{
		LocationID:  locationID(i),
		Name:        fmt.Sprintf("Office %03d", i),
		Description: "Five floors of rooms and a hall, two minutes from the station.",
		ImageURL:    "https://images.example.com/offices/front.jpg",
		TimeZone:    "Europe/Berlin",
		Timestamp:   seededAt,
		Revision:    locationID(i),
	}
}

func seededResource(i int) spacefinder.Resource {
	return spacefinder.Resource{
		ResourceID: resourceID(i),
		LocationID: locationID(i),
		Name:       fmt.Sprintf("Room %03d", i),
		Type:       spacefinder.TypeRoom,
		Capacity:   8,
		Amenities:  []string{"projector", "whiteboard"},
		Timestamp:  seededAt,
		Revision:   resourceID(i),
	}
}

// slot is the nth hour, counted over all resources, since the beginning of an
// era.
func slot(era, n int64) (resource int, interval spacefinder.Interval) {
	start := era + n/siteSize*secondsAnHour
	return int(n % siteSize), spacefinder.Interval{Start: start, End: start + secondsAnHour}
}

// newBooking returns a booking of the nth slot of an era, with fresh ids.
func newBooking(userID string, era, n int64) (spacefinder.Booking, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return spacefinder.Booking{}, err
	}
	resource, interval := slot(era, n)
	return spacefinder.Booking{
		BookingID: id.String(), UserID: userID, ResourceID: resourceID(resource), Interval: interval,
		Timestamp: seededAt, Revision: uuid.NewString(),
	}, nil
}

// seed fills the database of a data folder, which no server may have open:
// locations and resources, and so many bookings of the users in turn.
func seed(ctx context.Context, dir string, userIDs []string, bookings int) (err error) {
	db, err := sqlitedb.Open(ctx, sqlitedb.Config{
		Path: filepath.Join(dir, databaseFile), QueueDepth: seeders, MaxBatch: seeders,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	stores, err := sqlite.New(ctx, db)
	if err != nil {
		return err
	}
	for i := range siteSize {
		if _, _, err := stores.Locations().Put(ctx, seededLocation(i), store.Condition{}); err != nil {
			return err
		}
		if _, _, err := stores.Resources().Put(ctx, seededResource(i), store.Condition{}); err != nil {
			return err
		}
	}
	return seedBookings(ctx, stores.Bookings(), userIDs, int64(bookings))
}

func seedBookings(ctx context.Context, bookings store.Bookings, userIDs []string, count int64) error {
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range seeders {
		group.Go(func() error {
			for n := next.Add(1) - 1; n < count; n = next.Add(1) - 1 {
				// Every resource is booked by every user in turn.
				user := userIDs[(n+n/siteSize)%int64(len(userIDs))]
				booking, err := newBooking(user, seedEra(), n)
				if err != nil {
					return err
				}
				if _, _, err := bookings.Put(ctx, booking, store.Condition{}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}
