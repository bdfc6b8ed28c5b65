package main

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/spacefinder/spacefinder/bench/internal/load"
	"github.com/spacefinder/spacefinder/bench/internal/process"
	"github.com/spacefinder/spacefinder/bench/internal/report"
	"github.com/spacefinder/spacefinder/internal/sqlitedb"
	"github.com/spacefinder/spacefinder/internal/store"
	"github.com/spacefinder/spacefinder/internal/store/sqlite"
)

// rawSQLite is the floor of durable bookings: the embedded store with its group
// commit, used by goroutines of its own process. HTTP only tells it when.
type rawSQLite struct {
	child
	size   int
	counts []int // of goroutines that book
	client *client
}

// The command that makes this program the raw store, and what reports call it.
const (
	rawCommand = "raw-sqlite"
	rawName    = "raw SQLite, no HTTP"
)

// rawTimeout is more than any phase takes: the answer comes when it is over.
const rawTimeout = time.Hour

// newRawSQLite returns the subject over the database in dir, booked by so many
// goroutines in turn.
func newRawSQLite(dir string, size int, counts ...int) *rawSQLite {
	control := newClient(1)
	control.connections[0].Timeout = rawTimeout
	return &rawSQLite{
		child:  child{dir: dir, args: []string{rawCommand, "-data", dir}},
		size:   size,
		counts: counts,
		client: control,
	}
}

func (*rawSQLite) name() string                  { return rawName }
func (r *rawSQLite) bookings() int               { return r.size }
func (*rawSQLite) prepare(context.Context) error { return nil }

func (r *rawSQLite) start(ctx context.Context) (*process.Process, error) {
	p, err := r.child.start(ctx)
	if err == nil {
		r.client.connect(p.URL)
	}
	return p, err
}

func (r *rawSQLite) workloads() []workload {
	var all []workload
	for _, count := range r.counts {
		all = append(all, workload{name: book, clients: count, run: r.run})
	}
	return all
}

// run lets the child make the load. Both are this program, so gob will do.
func (r *rawSQLite) run(ctx context.Context, p load.Phase) (measured, error) {
	var m measured
	var body bytes.Buffer
	if err := gob.NewEncoder(&body).Encode(p); err != nil {
		return m, err
	}
	answer, err := r.client.get(ctx, call{method: http.MethodPost, path: "/run", body: body.Bytes(), want: http.StatusOK})
	if err != nil {
		return m, err
	}
	return m, gob.NewDecoder(bytes.NewReader(answer)).Decode(&m)
}

func serveRaw(ctx context.Context, args []string) (err error) {
	set, ready := childFlags(rawCommand)
	dir := set.String("data", "", "`folder` of the database")
	if err := set.Parse(args); err != nil {
		return err
	}
	db, err := sqlitedb.Open(ctx, sqlitedb.Config{Path: filepath.Join(*dir, databaseFile)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	stores, err := sqlite.New(ctx, db)
	if err != nil {
		return err
	}
	op := putBookings(stores.Bookings())
	mux := http.NewServeMux()
	mux.HandleFunc("POST /run", func(w http.ResponseWriter, r *http.Request) {
		m, err := runPhase(r, op)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_ = gob.NewEncoder(w).Encode(m) // a parent that has gone needs no answer
	})
	return serveChild(ctx, *ready, mux)
}

// runPhase makes the load that the request asks for, and counts allocations.
func runPhase(r *http.Request, op load.Operation) (measured, error) {
	var p load.Phase
	if err := gob.NewDecoder(r.Body).Decode(&p); err != nil {
		return measured{}, err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	result, err := load.Generator{Sleep: load.Sleep}.Run(r.Context(), p, op)
	runtime.ReadMemStats(&after)
	allocs := float64(after.Mallocs-before.Mallocs) / float64(max(1, result.Operations))
	return measured{Result: result, Allocs: allocs, Client: report.NotMeasured()}, err
}

// putBookings books one free slot after another.
func putBookings(bookings store.Bookings) load.Operation {
	var next atomic.Int64
	return func(ctx context.Context, _ int) (load.Outcome, error) {
		n := next.Add(1) - 1
		booking, err := newBooking(fmt.Sprintf("user-%d", n%people), freeEra(), n)
		if err != nil {
			return load.Accepted, err
		}
		_, _, err = bookings.Put(ctx, booking, store.Condition{})
		return load.Accepted, err
	}
}
