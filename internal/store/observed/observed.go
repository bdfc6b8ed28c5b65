// Package observed wraps the storage contracts so that observers, such as those
// of metrics and traces, are told of every operation. The stores know nothing
// of it.
package observed

import (
	"context"

	"github.com/spacefinder/spacefinder/internal/store"
)

// Operation names a method of a contract. Operations lists them all.
type Operation struct {
	Resource string // "locations", "resources" or "bookings"
	Method   string // of the contract, such as "ListByUser"
}

// String returns both names, such as "bookings.ListByUser".
func (o Operation) String() string { return o.Resource + "." + o.Method }

// Observer is told of operations. It must not block, and must be safe for
// concurrent use.
type Observer interface {
	// Begin is called before the operation, which gets the context that it
	// returns: ctx or one that comes from it. The function is called once, with
	// the operation's error.
	Begin(ctx context.Context, op Operation) (context.Context, func(error))
}

// Names of the resources and of the methods.
const (
	nameLocations = "locations"
	nameResources = "resources"
	nameBookings  = "bookings"

	methodGet            = "Get"
	methodList           = "List"
	methodListByUser     = "ListByUser"
	methodListByResource = "ListByResource"
	methodPut            = "Put"
	methodDelete         = "Delete"
)

// Operations returns every operation that an observer can be told of.
func Operations() []Operation {
	return []Operation{
		{nameLocations, methodGet}, {nameLocations, methodList}, {nameLocations, methodPut}, {nameLocations, methodDelete},
		{nameResources, methodGet}, {nameResources, methodList}, {nameResources, methodPut}, {nameResources, methodDelete},
		{nameBookings, methodGet}, {nameBookings, methodListByUser}, {nameBookings, methodListByResource},
		{nameBookings, methodPut}, {nameBookings, methodDelete},
	}
}

// observers are told in order when an operation begins, and in the opposite
// order when it ends.
type observers []Observer

func (o observers) begin(ctx context.Context, resource, method string) (context.Context, func(error)) {
	op := Operation{resource, method}
	if len(o) == 1 {
		return o[0].Begin(ctx, op)
	}
	ends := make([]func(error), len(o))
	for i, each := range o {
		ctx, ends[i] = each.Begin(ctx, op)
	}
	return ctx, func(err error) {
		for i := len(ends) - 1; i >= 0; i-- {
			ends[i](err)
		}
	}
}

// Locations returns next with observers; next itself when there are none.
func Locations(next store.Locations, o ...Observer) store.Locations {
	if len(o) == 0 {
		return next
	}
	return locations{next, o}
}

// Resources returns next with observers; next itself when there are none.
func Resources(next store.Resources, o ...Observer) store.Resources {
	if len(o) == 0 {
		return next
	}
	return resources{next, o}
}

// Bookings returns next with observers; next itself when there are none.
func Bookings(next store.Bookings, o ...Observer) store.Bookings {
	if len(o) == 0 {
		return next
	}
	return bookings{next, o}
}
