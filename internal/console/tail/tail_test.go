package tail_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/spacefinder/spacefinder/internal/console/tail"
)

func line(method, path, status, caller, ip string) string {
	return fmt.Sprintf(`{"requestId":"r-%s","ip":"%s","httpMethod":"%s","resourcePath":"%s","status":"%s","principalId":"%s"}`+"\n",
		status, ip, method, path, status, caller)
}

func sample() *tail.Log {
	l := tail.New(tail.DefaultBytes)
	_, _ = l.Write([]byte(line("GET", "/locations", "200", "ada", "10.0.0.1") + line("GET", "/locations", "401", "-", "10.0.0.2")))
	_, _ = l.Write([]byte(line("PUT", "/users/{userID}/bookings", "409", "bob", "10.0.0.1")))
	_, _ = l.Write([]byte(line("PUT", "/users/{userID}/bookings", "503", "Ada", "10.0.0.3")))
	return l
}

func numbers(r tail.Result) []int64 {
	found := []int64{}
	for _, e := range r.Entries {
		found = append(found, e.Number)
	}
	return found
}

func TestSearch(t *testing.T) {
	for name, c := range map[string]struct {
		query tail.Query
		want  []int64
	}{
		"everything, newest first":            {tail.Query{}, []int64{4, 3, 2, 1}},
		"a class of statuses":                 {tail.Query{Status: "4"}, []int64{3, 2}},
		"one status":                          {tail.Query{Status: "401"}, []int64{2}},
		"a method":                            {tail.Query{HTTPMethod: "GET"}, []int64{2, 1}},
		"a route, exactly":                    {tail.Query{ResourcePath: "/locations"}, []int64{2, 1}},
		"a route that is only the start":      {tail.Query{ResourcePath: "/users"}, []int64{}},
		"a caller in any case":                {tail.Query{Caller: "ADA"}, []int64{4, 1}},
		"a caller's address":                  {tail.Query{Caller: "10.0.0.1"}, []int64{3, 1}},
		"text in any case":                    {tail.Query{Text: "USERID"}, []int64{4, 3}},
		"newer than":                          {tail.Query{After: 2}, []int64{4, 3}},
		"nothing new":                         {tail.Query{After: 4}, []int64{}},
		"several conditions":                  {tail.Query{HTTPMethod: "PUT", Caller: "bob"}, []int64{3}},
		"a text that is in no line":           {tail.Query{Text: "nowhere"}, []int64{}},
		"a text with the marks of a pattern ": {tail.Query{Text: ".*"}, []int64{}},
	} {
		t.Run(name, func(t *testing.T) {
			r := sample().Search(c.query)
			if got := numbers(r); !slices.Equal(got, c.want) {
				t.Errorf("found %v, want %v", got, c.want)
			}
			if r.Last != 4 || r.More {
				t.Errorf("last %d, more %v; want 4, false", r.Last, r.More)
			}
		})
	}
}

func TestALimitSaysThatThereIsMore(t *testing.T) {
	r := sample().Search(tail.Query{Limit: 2})
	if got := numbers(r); !slices.Equal(got, []int64{4, 3}) || !r.More || r.Kept != 4 {
		t.Errorf("found %v, more %v of %d; want the newest two of 4 and more", got, r.More, r.Kept)
	}
}

func TestRoutesAreThoseOfAllLines(t *testing.T) {
	r := sample().Search(tail.Query{Status: "401"})
	if want := []string{"/locations", "/users/{userID}/bookings"}; !slices.Equal(r.Routes, want) {
		t.Errorf("routes %v, want %v", r.Routes, want)
	}
}

func TestTheOldestMakeRoom(t *testing.T) {
	one := line("GET", "/locations", "200", "ada", "10.0.0.1")
	l := tail.New(10 * len(one))
	for range 25 {
		_, _ = l.Write([]byte(one))
	}
	r := l.Search(tail.Query{})
	if got := numbers(r); len(got) != 10 || got[0] != 25 || got[9] != 16 {
		t.Errorf("kept %v, want 25 down to 16", got)
	}
}

func TestAWriteThatIsTooLargeIsNotKept(t *testing.T) {
	l := tail.New(10)
	_, _ = l.Write([]byte(line("GET", "/locations", "200", "ada", "10.0.0.1")))
	if r := l.Search(tail.Query{}); len(r.Entries) != 0 || r.Last != 1 {
		t.Errorf("kept %v of %d", r.Entries, r.Last)
	}
}

func TestLinesOfAnotherFormatAreCounted(t *testing.T) {
	l := tail.New(tail.DefaultBytes)
	_, _ = l.Write([]byte("10.0.0.1 GET /locations 200\n" + line("GET", "/locations", "200", "ada", "10.0.0.1")))
	if r := l.Search(tail.Query{}); len(r.Entries) != 1 || r.Unparsed != 1 || r.Entries[0].Number != 2 {
		t.Errorf("found %+v", r)
	}
}

func TestATeePassesOnWhatIsKept(t *testing.T) {
	var next bytes.Buffer
	text := line("GET", "/locations", "200", "ada", "10.0.0.1")
	buffer := []byte(text)
	l := tail.New(tail.DefaultBytes)
	if n, err := l.Tee(&next).Write(buffer); n != len(text) || err != nil {
		t.Fatalf("wrote %d, %v", n, err)
	}
	copy(buffer, strings.Repeat("x", len(buffer))) // the caller uses it again
	if next.String() != text || len(l.Search(tail.Query{}).Entries) != 1 {
		t.Errorf("passed on %q, kept %v", next.String(), l.Search(tail.Query{}))
	}
}

func TestAWriterThatFailsLosesNothingHere(t *testing.T) {
	l := tail.New(tail.DefaultBytes)
	_, err := l.Tee(failure{}).Write([]byte(line("GET", "/locations", "200", "ada", "10.0.0.1")))
	if !errors.Is(err, errDisk) || len(l.Search(tail.Query{}).Entries) != 1 {
		t.Errorf("error %v, want the writer's, and the line kept all the same", err)
	}
}

func TestATeeNeedsNeitherSide(t *testing.T) {
	l := tail.New(tail.DefaultBytes)
	if l.Tee(nil) != io.Writer(l) {
		t.Error("without a writer the log is not written to alone")
	}
	var next bytes.Buffer
	if (*tail.Log)(nil).Tee(&next) != io.Writer(&next) {
		t.Error("without a log the writer is not written to alone")
	}
}

var errDisk = errors.New("the disk is full")

type failure struct{}

func (failure) Write([]byte) (int, error) { return 0, errDisk }

func TestWritersAndReadersShareALog(t *testing.T) {
	l := tail.New(4 << 10)
	text := []byte(line("GET", "/locations", "200", "ada", "10.0.0.1"))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 200 {
				_, _ = l.Write(text)
				if r := l.Search(tail.Query{}); r.Unparsed > 0 {
					t.Errorf("torn lines: %d", r.Unparsed)
				}
			}
		})
	}
	group.Wait()
	if r := l.Search(tail.Query{}); r.Last != 800 {
		t.Errorf("%d lines, want 800", r.Last)
	}
}

func FuzzSearch(f *testing.F) {
	f.Add(line("GET", "/locations", "200", "ada", "10.0.0.1"), "ada", "2")
	f.Add("\n\n{}\n[]", "", "")
	f.Add("{\"status\":200}", "\xff", "9")
	f.Fuzz(func(t *testing.T, written, text, status string) {
		l := tail.New(tail.DefaultBytes)
		_, _ = l.Write([]byte(written))
		r := l.Search(tail.Query{Text: text, Status: status})
		if len(r.Entries)+r.Unparsed > r.Kept {
			t.Errorf("%d entries and %d unparsed of %d", len(r.Entries), r.Unparsed, r.Kept)
		}
	})
}
