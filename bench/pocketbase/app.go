package main

import (
	"database/sql"
	"errors"
	"net/http"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	_ "github.com/pocketbase/pocketbase/migrations" // its own collections
	"github.com/pocketbase/pocketbase/tools/router"
	"github.com/pocketbase/pocketbase/tools/types"
)

// SQLite's modes of flushing to the disk (https://sqlite.org/pragma.html#pragma_synchronous).
const (
	normal = "NORMAL"
	full   = "FULL"
)

// The collections.
const (
	locations = "locations"
	resources = "resources"
	bookings  = "bookings"
	users     = "users" // PocketBase makes it

	timestampField = "timestamp" // of each of them but the users
)

// open returns an app over the databases in the folder, with the collections
// and the hook. All is as PocketBase does it by default, but for synchronous.
func open(dir, synchronous string) (*core.BaseApp, error) {
	app := core.NewBaseApp(core.BaseAppConfig{
		DataDir: dir,
		DBConnect: func(path string) (*dbx.DB, error) {
			// PocketBase's own settings, core.DefaultDBConnect, in which one word is a variable.
			return dbx.Open("sqlite", path+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=journal_size_limit(200000000)"+
				"&_pragma=synchronous("+synchronous+")&_pragma=foreign_keys(ON)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-32000)")
		},
	})
	if err := app.Bootstrap(); err != nil {
		return nil, err
	}
	if err := app.RunAllMigrations(); err != nil {
		return nil, err
	}
	if _, err := app.FindCollectionByNameOrId(bookings); err != nil {
		if err := app.RunInTransaction(createCollections); err != nil {
			return nil, err
		}
	}
	app.OnRecordCreate(bookings).BindFunc(refuseOverlap)
	return app, nil
}

func createCollections(app core.App) error {
	const signedIn = `@request.auth.id != ""`
	site := core.NewBaseCollection(locations)
	site.ListRule, site.ViewRule = types.Pointer(signedIn), types.Pointer(signedIn)
	site.Fields.Add(
		&core.TextField{Name: "name", Required: true}, &core.TextField{Name: "description"}, &core.URLField{Name: "imageUrl"},
		&core.TextField{Name: "timeZone"}, &core.TextField{Name: timestampField},
	)
	if err := app.Save(site); err != nil {
		return err
	}
	room := core.NewBaseCollection(resources)
	room.ListRule, room.ViewRule = types.Pointer(signedIn), types.Pointer(signedIn)
	room.Fields.Add(
		&core.RelationField{Name: "location", CollectionId: site.Id, MaxSelect: 1, Required: true},
		&core.TextField{Name: "name", Required: true}, &core.TextField{Name: "type"}, &core.NumberField{Name: "capacity"},
		&core.JSONField{Name: "amenities"}, &core.TextField{Name: timestampField},
	)
	if err := app.Save(room); err != nil {
		return err
	}
	people, err := app.FindCollectionByNameOrId(users)
	if err != nil {
		return err
	}
	const own = "user = @request.auth.id"
	booked := core.NewBaseCollection(bookings)
	booked.ListRule, booked.ViewRule, booked.CreateRule = types.Pointer(own), types.Pointer(own), types.Pointer(own)
	booked.Fields.Add(
		&core.RelationField{Name: "user", CollectionId: people.Id, MaxSelect: 1, Required: true},
		&core.RelationField{Name: "resource", CollectionId: room.Id, MaxSelect: 1, Required: true},
		&core.NumberField{Name: "start", OnlyInt: true, Required: true},
		&core.NumberField{Name: "end", OnlyInt: true, Required: true},
		&core.TextField{Name: timestampField},
	)
	booked.AddIndex("bookings_resource_start", false, "resource, start", "")
	booked.AddIndex("bookings_user_start", false, "user, start", "")
	return app.Save(booked)
}

// refuseOverlap checks and writes a booking in one transaction, as PocketBase's
// guide does it: two bookings of a resource never overlap.
func refuseOverlap(e *core.RecordEvent) error {
	outer := e.App
	defer func() { e.App = outer }()
	return outer.RunInTransaction(func(tx core.App) error {
		e.App = tx
		start, end := e.Record.GetInt("start"), e.Record.GetInt("end")
		if start >= end {
			return router.NewBadRequestError("A booking must end after it starts.", nil)
		}
		taken, err := overlaps(tx, e.Record.GetString("resource"), start, end)
		if err != nil {
			return err
		}
		if taken {
			return router.NewApiError(http.StatusConflict, "The resource is booked at that time.", nil)
		}
		return e.Next()
	})
}

// overlaps looks at the last booking that begins before the end: those that are
// stored never overlap, so no earlier one can reach further.
func overlaps(app core.App, resource string, start, end int) (bool, error) {
	var last struct {
		End int `db:"end"`
	}
	err := app.DB().Select("end").From(bookings).
		Where(dbx.NewExp("resource = {:resource} AND start < {:end}", dbx.Params{"resource": resource, "end": end})).
		OrderBy("start DESC").Limit(1).One(&last)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return last.End > start, err
}
