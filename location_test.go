package spacefinder_test

import (
	"runtime"
	"strings"
	"testing"
	_ "time/tzdata" // what is a time zone must not depend on the machine that runs the tests

	"github.com/spacefinder/spacefinder"
)

func validLocation() spacefinder.Location {
	return spacefinder.Location{
		LocationID:  "munich",
		Name:        "Munich office",
		Description: "Five floors\nbeside the river",
		ImageURL:    "https://example.com/munich.jpg",
		TimeZone:    "Europe/Berlin",
	}
}

func TestLocationProblems(t *testing.T) {
	type location = spacefinder.Location
	url := func(length int) string {
		return "https://x.example/" + strings.Repeat("a", length-len("https://x.example/"))
	}
	tests := []struct {
		name   string
		change func(*location)
		want   string
	}{
		{"valid", func(*location) {}, ""},
		{"only what is required", func(l *location) { l.Description, l.ImageURL = "", "" }, ""},
		{"no id", func(l *location) { l.LocationID = "" }, "locationID"},
		{"an id with a slash", func(l *location) { l.LocationID = "a/b" }, "locationID"},

		{"no name", func(l *location) { l.Name = "" }, "name"},
		{"a name of spaces", func(l *location) { l.Name = " \t " }, "name"},
		{"a name of spaces beyond ASCII", func(l *location) { l.Name = "\u00a0\u2003" }, "name"},
		{"the longest name", func(l *location) { l.Name = strings.Repeat("x", 200) }, ""},
		{"a name one character too long", func(l *location) { l.Name = strings.Repeat("x", 201) }, "name"},
		{"characters count, not bytes", func(l *location) { l.Name = strings.Repeat("北", 200) }, ""},
		{"characters beyond the basic plane count once", func(l *location) { l.Name = strings.Repeat("🏢", 200) }, ""},
		{"a name of 201 characters beyond the basic plane", func(l *location) { l.Name = strings.Repeat("🏢", 201) }, "name"},
		{"a newline in the name", func(l *location) { l.Name = "a\nb" }, "name"},
		{"NUL in the name", func(l *location) { l.Name = "a\x00b" }, "name"},
		{"DEL in the name", func(l *location) { l.Name = "a\x7fb" }, "name"},
		{"a C1 control character in the name", func(l *location) { l.Name = "a\u0085b" }, "name"},
		{"a name with two faults", func(l *location) { l.Name = "\n" + strings.Repeat("x", 200) }, "name name"},

		{"the longest description", func(l *location) { l.Description = strings.Repeat("é", 2000) }, ""},
		{"a description one character too long", func(l *location) { l.Description = strings.Repeat("é", 2001) }, "description"},

		{"http", func(l *location) { l.ImageURL = "http://example.com" }, ""},
		{"a scheme in capitals", func(l *location) { l.ImageURL = "HTTPS://example.com/a.png" }, ""},
		{"the longest image address", func(l *location) { l.ImageURL = url(2048) }, ""},
		{"an image address one character too long", func(l *location) { l.ImageURL = url(2049) }, "imageUrl"},
		{"a script", func(l *location) { l.ImageURL = "javascript:alert(1)" }, "imageUrl"},
		{"a script that looks like an address", func(l *location) { l.ImageURL = "javascript://example.com/%0Aalert(1)" }, "imageUrl"},
		{"an image in the address", func(l *location) { l.ImageURL = "data:image/png;base64,AAAA" }, "imageUrl"},
		{"a path", func(l *location) { l.ImageURL = "/munich.jpg" }, "imageUrl"},
		{"an address without a scheme", func(l *location) { l.ImageURL = "//example.com/munich.jpg" }, "imageUrl"},
		{"an address without a host", func(l *location) { l.ImageURL = "https:///munich.jpg" }, "imageUrl"},
		{"an address with a port alone", func(l *location) { l.ImageURL = "https://:443/munich.jpg" }, "imageUrl"},
		{"a file", func(l *location) { l.ImageURL = "file:///etc/passwd" }, "imageUrl"},
		{"a space before the address", func(l *location) { l.ImageURL = " https://example.com" }, "imageUrl"},
		{"a newline in the address", func(l *location) { l.ImageURL = "https://example.com/\nx" }, "imageUrl"},

		{"UTC", func(l *location) { l.TimeZone = "UTC" }, ""},
		{"a zone in three parts", func(l *location) { l.TimeZone = "America/Argentina/Buenos_Aires" }, ""},
		{"no time zone", func(l *location) { l.TimeZone = "" }, "timeZone"},
		{"the server's zone in Go's words", func(l *location) { l.TimeZone = "Local" }, "timeZone"},
		{"the server's zone in Unix's words", func(l *location) { l.TimeZone = "localtime" }, "timeZone"},
		{"a zone that does not exist", func(l *location) { l.TimeZone = "Europe/Atlantis" }, "timeZone"},
		{"an offset", func(l *location) { l.TimeZone = "+01:00" }, "timeZone"},
		{"a folder of zones", func(l *location) { l.TimeZone = "Europe" }, "timeZone"},
		{"a path out of the folder", func(l *location) { l.TimeZone = "../../etc/passwd" }, "timeZone"},
		{"a time zone too long to be one", func(l *location) { l.TimeZone = strings.Repeat("x", 65) }, "timeZone"},

		{"everything wrong at once", func(l *location) {
			*l = location{LocationID: "?", Description: strings.Repeat("x", 2001), ImageURL: "data:,", TimeZone: "Mars/Olympus"}
		}, "locationID name description imageUrl timeZone"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := validLocation()
			tt.change(&l)
			checkFields(t, l.Problems(), tt.want)
		})
	}
}

func TestTimeZoneNamesAreCaseSensitive(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the files of the time zone database lie in a folder that may ignore case")
	}
	l := validLocation()
	l.TimeZone = "europe/berlin"
	checkFields(t, l.Problems(), "timeZone")
}

func TestLocationWithDefaults(t *testing.T) {
	l := validLocation()
	if got := l.WithDefaults(); got != l {
		t.Errorf("defaults change a complete location: %+v", got)
	}
	l.TimeZone = ""
	if got := l.WithDefaults(); got.TimeZone != "UTC" {
		t.Errorf("time zone %q, want UTC", got.TimeZone)
	}
	if l.TimeZone != "" {
		t.Error("WithDefaults changed its receiver")
	}
}

func TestLocationSame(t *testing.T) {
	type location = spacefinder.Location
	tests := []struct {
		name   string
		change func(*location)
		want   bool
	}{
		{"nothing", func(*location) {}, true},
		{"when it was written", func(l *location) { l.Timestamp = "2026-11-22T09:30:00.000Z" }, true},
		{"the revision", func(l *location) { l.Revision = "2" }, true},
		{"the id", func(l *location) { l.LocationID = "berlin" }, false},
		{"the name", func(l *location) { l.Name = "Berlin" }, false},
		{"the description", func(l *location) { l.Description = "" }, false},
		{"the image", func(l *location) { l.ImageURL = "" }, false},
		{"the time zone", func(l *location) { l.TimeZone = "UTC" }, false},
	}
	for _, tt := range tests {
		t.Run("another "+tt.name, func(t *testing.T) {
			a, b := validLocation(), validLocation()
			tt.change(&b)
			if a.Same(b) != tt.want || b.Same(a) != tt.want {
				t.Errorf("Same is %t and %t, want %t", a.Same(b), b.Same(a), tt.want)
			}
		})
	}
}
