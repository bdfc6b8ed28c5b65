package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/bench/internal/cpulimit"
	"github.com/spacefinder/spacefinder/bench/internal/load"
	"github.com/spacefinder/spacefinder/bench/internal/process"
	"github.com/spacefinder/spacefinder/internal/dynamotest/stub"
)

// dynamoService is one service over a DynamoDB, in a process of its own, asked
// as the front door asks it.
type dynamoService struct {
	binary, dir string
	service     string // locations or bookings
	title       string
	flags       []string // of the store
	clients     int
	limit       *cpulimit.Group // nil: none
	client      *client
	told        bool // the service serves metrics
	metrics     metrics

	free *atomic.Int64 // slots asked for so far, by all over the same store
}

// The services that are measured.
const (
	serviceLocations = "locations"
	serviceResources = "resources"
	serviceBookings  = "bookings"
)

// listMine20 is what a stub of twenty items can be asked for.
const listMine20 = "list 20 of my bookings"

// tablePrefix is what the names of the tables begin with, before the logical ids of
// deploy/tables.yaml.
const tablePrefix = "bench-"

func (d *dynamoService) name() string                { return d.title }
func (*dynamoService) bookings() int                 { return 0 }
func (d *dynamoService) tells() metrics              { return d.metrics }
func (*dynamoService) prepare(context.Context) error { return nil }

// start starts the service, which says in its log where it listens.
func (d *dynamoService) start(ctx context.Context) (*process.Process, error) {
	log := filepath.Join(d.dir, d.service+".log")
	if err := os.Remove(log); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if d.told {
		var err error
		if d.metrics, err = newMetrics(ctx); err != nil {
			return nil, err
		}
	}
	env := []string{"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true"}
	if d.limit != nil {
		env = append(env, "GOMAXPROCS=1") // as deploy/service.yaml has it for a core or less
	}
	args := append([]string{
		commandService, d.service, "-addr", "127.0.0.1:0", "-drain-delay", "0s", "-region", "us-east-1",
		"-locations-table", tablePrefix + "LocationsTable", "-resources-table", tablePrefix + "ResourcesTable",
		"-bookings-table", tablePrefix + "BookingsTable",
	}, slices.Concat(d.flags, d.metrics.flags())...)
	server, err := process.Start(ctx, process.Command{
		Path: d.binary, Args: args, Log: log,
		Env: env,
		URL: func() (string, error) { return readyAddress(log) },
	})
	if err != nil {
		return nil, err
	}
	d.client.connect(server.URL)
	if d.limit != nil {
		if err := d.limit.Add(server.PID()); err != nil {
			return nil, errors.Join(err, server.Stop())
		}
	}
	return server, nil
}

// readyAddress finds the address in the line of a service's log that says that
// it is ready.
func readyAddress(log string) (string, error) {
	text, err := os.ReadFile(log) //nolint:gosec // a file of the run
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		var entry struct {
			Message string `json:"msg"`
			Address string `json:"address"`
		}
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Message == "ready" {
			return entry.Address, nil
		}
	}
	return "", fmt.Errorf("%s has no line that says ready", log)
}

// workloads are measured for what they cost and how many there are at most:
// latency is that of the store.
func (d *dynamoService) workloads() []workload {
	of := func(name string, op load.Operation) workload {
		return workload{name: name, clients: d.clients, run: remote(op), fullOnly: true}
	}
	if d.service == serviceLocations {
		return []workload{
			of(readOne, d.get("/locations/"+locationID(0))),
			of(list20, d.get("/locations?limit=20")),
		}
	}
	return []workload{
		of(listMine20, d.get("/users/"+stub.UserID+"/bookings?limit=20")),
		of(book, d.book),
	}
}

func (d *dynamoService) get(path string) load.Operation {
	return func(ctx context.Context, client int) (load.Outcome, error) {
		return d.client.do(ctx, client, call{method: http.MethodGet, path: path, caller: stub.UserID, want: http.StatusOK})
	}
}

func (d *dynamoService) book(ctx context.Context, client int) (load.Outcome, error) {
	return d.bookSlot(ctx, client, freeEra(), d.free.Add(1)-1)
}

func (d *dynamoService) bookSlot(ctx context.Context, client int, era, n int64) (load.Outcome, error) {
	b, err := newBooking(stub.UserID, era, n)
	if err != nil {
		return load.Accepted, err
	}
	return d.client.do(ctx, client, call{
		method: http.MethodPut, path: "/users/" + stub.UserID + "/bookings/" + b.BookingID, caller: stub.UserID,
		body: bookingBody(b), want: http.StatusCreated,
	})
}
