// Command pocketbase is a yardstick: a booking service as somebody would build
// it on PocketBase, with its own users, tokens, collections and access rules,
// and a hook that refuses overlapping bookings. The load program in the folder
// above builds it, fills it and measures it.
//
// It is a module of its own, so that nothing of PocketBase's reaches
// SpaceFinder's go.mod:
//
//	go -C bench/pocketbase test ./...
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
)

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	if err != nil {
		log.Fatal("pocketbase: ", err)
	}
}

// options are the flags.
type options struct {
	data        string
	synchronous string
	ready       string
	seed        bool
	users       int
	bookings    int
}

func parse(args []string, help io.Writer) (options, error) {
	var o options
	set := flag.NewFlagSet("pocketbase", flag.ContinueOnError)
	set.SetOutput(help)
	set.StringVar(&o.data, "data", "", "`folder` of the databases")
	set.StringVar(&o.synchronous, "synchronous", normal, "SQLite's `mode`: NORMAL, as PocketBase has it, or FULL, which is durable")
	set.StringVar(&o.ready, "ready", "", "`file` that gets the server's address")
	set.BoolVar(&o.seed, "seed", false, "fill the databases and end, instead of serving")
	set.IntVar(&o.users, "users", 8, "`number` of users to make")
	set.IntVar(&o.bookings, "bookings", 1000, "`number` of bookings to make, of the users in turn")
	if err := set.Parse(args); err != nil {
		return o, err
	}
	if o.data == "" || set.NArg() > 0 {
		return o, errors.New("-data is required, and there are no arguments")
	}
	if o.synchronous != normal && o.synchronous != full {
		return o, fmt.Errorf("-synchronous must be %s or %s, not %q", normal, full, o.synchronous)
	}
	if o.users < 1 || o.bookings < 0 {
		return o, errors.New("-users must be positive, -bookings not negative")
	}
	return o, nil
}

func run(ctx context.Context, args []string, help io.Writer) error {
	o, err := parse(args, help)
	if err != nil {
		return err
	}
	app, err := open(o.data, o.synchronous)
	if err != nil {
		return err
	}
	if o.seed {
		return errors.Join(seed(app, o.users, o.bookings), app.ResetBootstrapState())
	}
	return serve(ctx, app, o.ready)
}

// serve serves PocketBase's API, and GET /health, until ctx ends.
func serve(ctx context.Context, app core.App, ready string) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Listener, e.InstallerFunc = listener, nil
		e.Router.GET("/health", func(e *core.RequestEvent) error { return e.NoContent(http.StatusOK) })
		stop := context.AfterFunc(ctx, func() { _ = e.Server.Close() }) // the run is over, nobody waits for answers
		app.OnTerminate().BindFunc(func(e *core.TerminateEvent) error {
			stop()
			return e.Next()
		})
		if err := e.Next(); err != nil {
			return err
		}
		return os.WriteFile(ready, []byte("http://"+listener.Addr().String()), 0o600)
	})
	err = apis.Serve(app, apis.ServeConfig{HttpAddr: listener.Addr().String()})
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}
