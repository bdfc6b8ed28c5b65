package transfer_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"pgregory.net/rapid"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/dynamotest"
	"github.com/spacefinder/spacefinder/internal/store"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb"
	"github.com/spacefinder/spacefinder/internal/transfer"
)

func TestTheFileIsAsDocumented(t *testing.T) {
	t.Parallel()
	s := model()
	put(t, s.Locations.Put, spacefinder.Location{
		LocationID: "munich", Name: "Munich <office>", TimeZone: "UTC", Timestamp: "2026-01-02T03:04:05Z", Revision: "1",
	})
	put(t, s.Resources.Put, spacefinder.Resource{
		ResourceID: "isar", LocationID: "munich", Name: "Isar", Type: "room", Capacity: 8, Timestamp: "2026-01-02T03:04:05Z", Revision: "2",
	})
	put(t, s.Bookings.Put, newBooking("munich", "isar", "b1", "ada", 7200))
	got := export(t, s)
	items := `{"export":{"version":1,"exportedAt":"2026-11-22T18:00:00Z"}}
{"location":{"locationID":"munich","name":"Munich <office>","timeZone":"UTC","timestamp":"2026-01-02T03:04:05Z","revision":"1"}}
{"resource":{"resourceID":"isar","locationID":"munich","name":"Isar","type":"room","capacity":8,` +
		`"timestamp":"2026-01-02T03:04:05Z","revision":"2"}}
{"booking":{"bookingID":"b1","userID":"ada","resourceID":"isar","locationID":"munich","starttimeepochtime":7200,` +
		`"endtimeepochtime":10800,"timestamp":"2026-01-02T03:04:07Z","revision":"b-b1"}}
`
	want := items + fmt.Sprintf(`{"end":{"locations":1,"resources":1,"bookings":1,"sha256":"%s"}}`+"\n", sum(items))
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// trip moves what s holds through a file into other stores and compares a
// second export, which has every member of every item in it.
func trip(t *testing.T, from, to transfer.Stores) {
	t.Helper()
	content := export(t, from)
	file := write(t, content)
	report, err := into(to, file).Run(t.Context())
	must(t, err)
	if want := (transfer.Report{Counts: filled()}); report != want {
		t.Errorf("the report is %+v, want %+v", report, want)
	}
	if got := export(t, to); got != content {
		t.Errorf("the second export differs:\n%s\nthe first was\n%s", got, content)
	}
	if !missing(file + ".progress") {
		t.Error("the progress file is still there")
	}
}

func TestWhatIsMovedIsWhatWasThere(t *testing.T) {
	t.Parallel()
	from := embedded(t)
	fill(t, from)
	trip(t, from, embedded(t))
}

func TestFromTheEmbeddedStoreToDynamoDBAndBack(t *testing.T) {
	t.Parallel()
	names := dynamotest.Tables(t, dynamotest.Client(t), "LocationsTable", "ResourcesTable", "BookingsTable")
	options := dynamotest.Options(dynamotest.Endpoint(t))
	tables := dynamodb.Tables{Locations: names[0], Resources: names[1], Bookings: names[2]}
	config := aws.Config{Region: options.Region, Credentials: options.Credentials}
	client, err := dynamodb.NewClient(t.Context(), config, dynamodb.ClientOptions{Endpoint: dynamotest.Endpoint(t)})
	if err != nil {
		t.Fatal(err)
	}
	over := dynamodb.New(client, tables, dynamodb.Options{})
	cloud := transfer.Stores{Locations: over.Locations(), Resources: over.Resources(), Bookings: over.Bookings()}

	from := embedded(t)
	fill(t, from)
	trip(t, from, cloud)
	trip(t, cloud, embedded(t))
}

func TestListsLongerThanAPageMoveWhole(t *testing.T) {
	t.Parallel()
	from, to := embedded(t), embedded(t)
	put(t, from.Locations.Put, newLocation("a"))
	put(t, from.Resources.Put, newResource("a", "r"))
	bookings := make(chan error)
	const more = store.MaxPageSize + 1
	for n := range more {
		go func() {
			_, _, err := from.Bookings.Put(t.Context(), newBooking("a", "r", fmt.Sprint("b", n), "ada", int64(n)*3600), store.Condition{})
			bookings <- err
		}()
	}
	for range more {
		must(t, <-bookings)
	}
	i := into(to, write(t, export(t, from)))
	i.WritersPerResource = 16
	report, err := i.Run(t.Context())
	must(t, err)
	if report.Bookings != more || export(t, from) != export(t, to) {
		t.Errorf("moved %+v", report)
	}
}

// Whatever the services accept comes through unchanged, in whatever batches.
func TestAnythingValidMoves(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	rapid.Check(t, func(r *rapid.T) {
		from, to := model(), model()
		stored := draw(t, r, from)
		content := export(t, from)
		file := filepath.Join(folder, "export.jsonl")
		must(t, os.WriteFile(file, []byte(content), 0o600))
		i := into(to, file)
		i.Batch = rapid.IntRange(1, 5).Draw(r, "batch")
		i.WritersPerResource = rapid.IntRange(1, 3).Draw(r, "writers per resource")
		report, err := i.Run(t.Context())
		if err != nil || report.Counts != stored || export(t, to) != content {
			r.Fatalf("%v, %+v, want %+v, from\n%s", err, report, stored, content)
		}
	})
}

// draw stores what rapid draws, as far as the store takes it.
func draw(t *testing.T, r *rapid.T, s transfer.Stores) (stored transfer.Counts) {
	t.Helper()
	id := rapid.SampledFrom([]string{"a", "A", "b", "a-1", "a.1", "~", "10", "9", "u|1"})
	text := rapid.StringN(1, 20, -1).Filter(func(s string) bool { return strings.TrimSpace(s) != "" })
	for range rapid.IntRange(0, 40).Draw(r, "items") {
		l, b := newLocation(id.Draw(r, "location")), newResource(id.Draw(r, "location"), id.Draw(r, "resource"))
		l.Name, l.Description = "n", text.Draw(r, "description")
		b.Name, b.Description = "n", text.Draw(r, "description")
		k := newBooking("", id.Draw(r, "resource"), id.Draw(r, "booking"), id.Draw(r, "user"), 60*rapid.Int64Range(0, 200).Draw(r, "start"))
		k.End = k.Start + 60*rapid.Int64Range(1, 60).Draw(r, "minutes")
		var created bool
		var err error
		switch rapid.IntRange(0, 2).Draw(r, "kind") {
		case 0:
			if _, created, err = s.Locations.Put(t.Context(), l, store.Condition{}); created {
				stored.Locations++
			}
		case 1:
			if _, created, err = s.Resources.Put(t.Context(), b, store.Condition{}); created {
				stored.Resources++
			}
		case 2:
			if _, created, err = s.Bookings.Put(t.Context(), k, store.Condition{}); created {
				stored.Bookings++
			}
		}
		if spacefinder.CodeOf(err) == spacefinder.CodeInternal {
			r.Fatal(err)
		}
	}
	return stored
}

func TestAnEmptyStoreMoves(t *testing.T) {
	t.Parallel()
	to := model()
	report, err := into(to, write(t, export(t, model()))).Run(t.Context())
	if err != nil || report != (transfer.Report{}) {
		t.Errorf("%v, %+v", err, report)
	}
}

func TestExportFailsWhereTheStoreOrTheFileDoes(t *testing.T) {
	t.Parallel()
	s := model()
	fill(t, s)
	broken := s
	broken.Bookings = failing{Bookings: s.Bookings}
	_, err := transfer.Export(t.Context(), &strings.Builder{}, broken, transfer.Reporting{Now: now})
	fails(t, err, "the disk is gone")
	_, err = transfer.Export(t.Context(), fullDisk{}, s, transfer.Reporting{Now: now})
	fails(t, err, "no space left")
	shuffled := s
	shuffled.Bookings = repeating{Bookings: s.Bookings}
	_, err = transfer.Export(t.Context(), &strings.Builder{}, shuffled, transfer.Reporting{Now: now})
	fails(t, err, "was the store written to meanwhile?")
}

var errDisk = errors.New("the disk is gone")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestProgressIsShownOnceASecond(t *testing.T) {
	t.Parallel()
	s := model()
	fill(t, s)
	var shown strings.Builder
	at := now()
	clock := func() time.Time { // a quarter of a second passes at every look
		at = at.Add(time.Second / 4)
		return at
	}
	_, err := transfer.Export(t.Context(), &strings.Builder{}, s, transfer.Reporting{Progress: &shown, Now: clock})
	must(t, err)
	lines := strings.Split(strings.TrimSpace(shown.String()), "\n")
	if len(lines) != 5 || lines[0] != "exported 2 locations, 2 resources, 0 bookings" {
		t.Errorf("22 items, and a quarter of a second for each, show\n%s", shown.String())
	}
	shown.Reset()
	i := into(model(), write(t, export(t, s)))
	i.Reporting = transfer.Reporting{Progress: &shown, Now: clock}
	_, err = i.Run(t.Context())
	must(t, err)
	if first, _, _ := strings.Cut(shown.String(), "\n"); !strings.HasPrefix(first, "imported ") || !strings.HasSuffix(first, "(18 %)") {
		t.Errorf("the import shows first %q", first)
	}
}
