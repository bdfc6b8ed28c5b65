package dynamodb_test

import (
	"bufio"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/dynamotest/stub"
	"github.com/spacefinder/spacefinder/internal/store"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb"
)

// startStub runs the stub of DynamoDB in a process of its own, so that what it
// takes does not count.
func startStub(b *testing.B) (endpoint string) {
	b.Helper()
	binary := filepath.Join(b.TempDir(), "dynamostub")
	build := exec.CommandContext(b.Context(), "go", "build", "-o", binary, "../../dynamotest/stub/dynamostub")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	run := exec.Command(binary, "-items", "20")
	in, err := run.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := run.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := run.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := in.Close(); err != nil {
			b.Error(err)
		}
		if err := run.Wait(); err != nil {
			b.Error(err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // ends with the stub
	return strings.TrimSpace(line)
}

// cpu returns the processor time that this process has taken.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// What an operation of the store takes of the processor (cpu-us/op), over each
// client, over a stub that answers at once: 16 goroutines share a store.
func BenchmarkOperations(b *testing.B) {
	endpoint := startStub(b)
	page, all := store.Page{Limit: 20}, store.BookingPage{Interval: store.AllTime(), Limit: 20}
	for _, operation := range []struct {
		name string
		do   func(b *testing.B, s *dynamodb.Store) error
	}{
		{"get", func(b *testing.B, s *dynamodb.Store) error {
			b.Helper()
			_, err := s.Locations().Get(b.Context(), stub.LocationID)
			return err
		}},
		{"list20locations", func(b *testing.B, s *dynamodb.Store) error {
			b.Helper()
			_, _, err := s.Locations().List(b.Context(), page)
			return err
		}},
		{"list20bookings", func(b *testing.B, s *dynamodb.Store) error {
			b.Helper()
			_, _, err := s.Bookings().ListByUser(b.Context(), stub.UserID, all)
			return err
		}},
		{"putBooking", func(b *testing.B, s *dynamodb.Store) error {
			b.Helper()
			_, _, err := s.Bookings().Put(b.Context(), stubBooking(), always)
			return err
		}},
	} {
		for kind, options := range map[string]dynamodb.ClientOptions{
			"wire":         {Kind: dynamodb.ClientWire},
			"wire+nethttp": {Kind: dynamodb.ClientWire, Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
			"sdk":          {Kind: dynamodb.ClientSDK},
		} {
			b.Run(operation.name+"/"+kind, func(b *testing.B) {
				tables := dynamodb.Tables{Locations: "locations", Resources: "resources", Bookings: "bookings"}
				s := dynamodb.New(clientOf(b, endpoint, options), tables, dynamodb.Options{})
				b.ReportAllocs()
				b.SetParallelism(8)
				before := cpu(b)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if err := operation.do(b, s); err != nil {
							b.Error(err)
						}
					}
				})
				b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-us/op")
			})
		}
	}
}

func stubBooking() spacefinder.Booking {
	b := typicalBooking(stub.BookingID, 1_900_000_000, 1_900_003_600)
	b.UserID, b.ResourceID, b.LocationID = stub.UserID, stub.ResourceID, stub.LocationID
	return b
}
