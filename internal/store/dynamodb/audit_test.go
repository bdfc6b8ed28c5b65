package dynamodb_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/spacefinder/spacefinder/internal/dynamotest"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb"
)

// rows are the attributes of the items of a table, as text, by "pk sk".
type rows map[string]map[string]string

// audit fails when the tables do not hold together: every copy is as its
// original, every count is that of the children, every parent exists, and each
// schedule says exactly what is booked. So every write was wholly carried out, or
// not at all.
func audit(t testing.TB, tables dynamodb.Tables) {
	t.Helper()
	for _, problem := range problems(t, tables) {
		t.Error(problem)
	}
}

func problems(t testing.TB, tables dynamodb.Tables) []string {
	t.Helper()
	client := dynamotest.Client(t)
	locations, resources, bookings := scan(t, client, tables.Locations), scan(t, client, tables.Resources), scan(t, client, tables.Bookings)
	var a auditor
	a.locations(locations, resources)
	a.compare("locations", locations)
	a.resources(locations, resources, bookings)
	a.compare("resources", resources)
	a.bookings(bookings)
	a.compare("bookings", bookings)
	a.noOverlap(bookings)
	return a.problems
}

// An auditor works out what a table has to hold from its original items.
type auditor struct {
	want     rows
	problems []string
}

func (a *auditor) locations(locations, resources rows) {
	a.want = make(rows)
	for name, l := range locations {
		if !strings.HasSuffix(name, " location") {
			continue
		}
		a.want[name] = with(l, "resources", count(resources, "location#"+l["locationID"]+" "))
		a.want["directory location#"+l["locationID"]] = without(l, "resources")
	}
}

func (a *auditor) resources(locations, resources, bookings rows) {
	a.want = make(rows)
	for name, r := range resources {
		id, ok := r["resourceID"]
		if !ok {
			continue
		}
		if locations["location#"+r["locationID"]+" location"] == nil {
			a.problemf("resource %s has no location %s", id, r["locationID"])
		}
		a.want[name] = r
		a.want["resource#"+id+" claim"] = map[string]string{
			"locationID": r["locationID"], "bookings": count(bookings, "resource#"+id+"#"+r["locationID"]+" "),
		}
	}
}

func (a *auditor) bookings(bookings rows) {
	a.want = make(rows)
	days := make(map[string][]interval)
	for name, b := range bookings {
		if !strings.HasSuffix(name, " booking") {
			continue
		}
		i := intervalOf(b)
		place := fmt.Sprintf(" %012d#%s", i.start, b["bookingID"])
		a.want[name] = b
		a.want["user#"+b["userID"]+place] = b
		a.want["resource#"+b["resourceID"]+"#"+b["locationID"]+place] = b
		for day := i.start / 86400; day*86400 < i.end; day++ {
			date := time.Unix(day*86400, 0).UTC().Format(time.DateOnly)
			key := "schedule#" + b["resourceID"] + " " + date
			days[key] = append(days[key], interval{i.start - day*86400, i.end - day*86400})
		}
	}
	for key, intervals := range days {
		slices.SortFunc(intervals, func(a, b interval) int { return int(a.start - b.start) })
		var taken []string
		for _, i := range intervals {
			taken = append(taken, fmt.Sprintf("%d/%d", i.start, i.end))
		}
		a.want[key] = map[string]string{"taken": strings.Join(taken, " ")}
	}
}

type interval struct{ start, end int64 }

func intervalOf(b map[string]string) interval {
	start, _ := strconv.ParseInt(b["starttimeepochtime"], 10, 64)
	end, _ := strconv.ParseInt(b["endtimeepochtime"], 10, 64)
	return interval{start, end}
}

// noOverlap checks I1 on the bookings themselves.
func (a *auditor) noOverlap(bookings rows) {
	byResource := make(map[string][]interval)
	for name, b := range bookings {
		if strings.HasSuffix(name, " booking") {
			byResource[b["resourceID"]] = append(byResource[b["resourceID"]], intervalOf(b))
		}
	}
	for id, intervals := range byResource {
		slices.SortFunc(intervals, func(a, b interval) int { return int(a.start - b.start) })
		for n := 1; n < len(intervals); n++ {
			if intervals[n-1].end > intervals[n].start {
				a.problemf("resource %s is booked twice: %v and %v", id, intervals[n-1], intervals[n])
			}
		}
	}
}

// compare checks a table against what it has to hold.
func (a *auditor) compare(table string, got rows) {
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if !maps.Equal(got[name], a.want[name]) {
			a.problemf("table of %s, item %q:\nis        %v\nshould be %v", table, name, got[name], a.want[name])
		}
	}
	for name := range a.want {
		if got[name] == nil {
			a.problemf("table of %s has no item %q", table, name)
		}
	}
}

func (a *auditor) problemf(format string, args ...any) {
	a.problems = append(a.problems, fmt.Sprintf(format, args...))
}

// count returns how many items have names with the prefix.
func count(items rows, prefix string) string {
	n := 0
	for name := range items {
		if strings.HasPrefix(name, prefix) {
			n++
		}
	}
	return strconv.Itoa(n)
}

func with(m map[string]string, name, value string) map[string]string {
	m = maps.Clone(m)
	m[name] = value
	return m
}

func without(m map[string]string, name string) map[string]string {
	m = maps.Clone(m)
	delete(m, name)
	return m
}

// scan reads a whole table.
func scan(t testing.TB, client *sdk.Client, table string) rows {
	t.Helper()
	all := make(rows)
	pages := sdk.NewScanPaginator(client, &sdk.ScanInput{TableName: aws.String(table), ConsistentRead: aws.Bool(true)})
	for pages.HasMorePages() {
		// Also called when the test, and with it its context, has ended.
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range page.Items {
			row := make(map[string]string)
			for name, value := range it {
				row[name] = plain(value)
			}
			name := row["pk"] + " " + row["sk"]
			delete(row, "pk")
			delete(row, "sk")
			all[name] = row
		}
	}
	return all
}

func plain(value types.AttributeValue) string {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberN:
		return v.Value
	default:
		return "a list"
	}
}
