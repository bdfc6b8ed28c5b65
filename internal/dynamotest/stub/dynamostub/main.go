// Command dynamostub serves the stub of internal/dynamotest/stub: it prints its
// endpoint on a line, and serves until its standard input ends.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/spacefinder/spacefinder/internal/dynamotest/stub"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "dynamostub:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	var o stub.Options
	flags := flag.NewFlagSet("dynamostub", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:0", "`address` to listen on")
	flags.DurationVar(&o.Delay, "delay", 0, "how `long` every answer takes")
	flags.IntVar(&o.Items, "items", 20, "`number` of items in a list")
	if err := flags.Parse(args); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	served := make(chan error, 1)
	go func() { served <- stub.Serve(ctx, listener, o) }()
	fmt.Fprintf(out, "http://%s\n", listener.Addr())
	_, err = io.Copy(io.Discard, in) // until whoever started this ends it, or is gone
	stop()
	return errors.Join(err, <-served)
}
