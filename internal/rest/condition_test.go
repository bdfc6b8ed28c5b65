package rest_test

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/rest"
	"github.com/spacefinder/spacefinder/internal/store"
)

func TestCondition(t *testing.T) {
	match := func(values ...string) func(*http.Request) { return header("If-Match", values...) }
	none := func(values ...string) func(*http.Request) { return header("If-None-Match", values...) }
	longest := `"` + strings.Repeat("x", 1022) + `"`
	tests := []struct {
		name   string
		change func(*http.Request)
		want   store.Condition
		field  string // of the header that is refused
	}{
		{"no header", func(*http.Request) {}, store.Condition{}, ""},
		{"one tag", match(`"1"`), store.Condition{Match: []string{"1"}}, ""},
		{"an empty tag", match(`""`), store.Condition{Match: []string{""}}, ""},
		{"several tags", match(`"1","2" , "3"`), store.Condition{Match: []string{"1", "2", "3"}}, ""},
		{"several headers", match(`"1"`, `"2", "3"`), store.Condition{Match: []string{"1", "2", "3"}}, ""},
		{"empty elements", match(` , "1",, "2" ,`), store.Condition{Match: []string{"1", "2"}}, ""},
		{"a comma in a tag", match(`"1,2"`), store.Condition{Match: []string{"1,2"}}, ""},
		{"a weak tag never matches", match(`W/"1"`), store.Condition{Match: []string{}}, ""},
		{"a weak tag among strong ones", match(`W/"1", "2"`), store.Condition{Match: []string{"2"}}, ""},
		{"any", match(`*`), store.Condition{Exists: true}, ""},
		{"any, with space around", match(" *\t"), store.Condition{Exists: true}, ""},
		{"the longest header", match(longest), store.Condition{Match: []string{longest[1 : len(longest)-1]}}, ""},

		{"none of", none(`"1"`), store.Condition{NoneMatch: []string{"1"}}, ""},
		{"none of several, compared weakly", none(`W/"1", "2"`), store.Condition{NoneMatch: []string{"1", "2"}}, ""},
		{"absent", none(`*`), store.Condition{Absent: true}, ""},
		{"both", func(r *http.Request) { match(`"1"`)(r); none(`"2"`)(r) }, store.Condition{Match: []string{"1"}, NoneMatch: []string{"2"}}, ""},

		{"an empty header", match(``), store.Condition{}, "If-Match"},
		{"commas alone", match(`,,`), store.Condition{}, "If-Match"},
		{"a tag without quotes", match(`1`), store.Condition{}, "If-Match"},
		{"a tag that does not end", match(`"1`), store.Condition{}, "If-Match"},
		{"a tag that does not begin", match(`1"`), store.Condition{}, "If-Match"},
		{"a tag without quotes after another", match(`"1", 2`), store.Condition{}, "If-Match"},
		{"two tags without a comma", match(`"1" "2"`), store.Condition{}, "If-Match"},
		{"two tags that touch", match(`"1""2"`), store.Condition{}, "If-Match"},
		{"a weak mark in small letters", match(`w/"1"`), store.Condition{}, "If-Match"},
		{"a weak mark alone", match(`W/`), store.Condition{}, "If-Match"},
		{"any, twice", match(`*`, `*`), store.Condition{}, "If-Match"},
		{"any among tags", match(`"1", *`), store.Condition{}, "If-Match"},
		{"one byte longer than the longest", match(longest + `,`), store.Condition{}, "If-Match"},
		{"none of what is no tag", none(`1`), store.Condition{}, "If-None-Match"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got store.Condition
			f := newFixture(func(_ context.Context, r *rest.Request) (rest.Reply, error) {
				var err error
				got, err = r.Condition()
				return rest.Deleted(), err
			})
			w := f.put(`{}`, tt.change)
			if tt.field != "" {
				checkRefused(t, w, spacefinder.CodeInvalid, tt.field)
				return
			}
			checkStatus(t, w, http.StatusOK)
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("condition %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestNotModified(t *testing.T) {
	tests := []struct {
		name        string
		ifNoneMatch []string
		status      int
	}{
		{"no header", nil, 200},
		{"the tag", []string{`"r1"`}, 304},
		{"the tag, weak", []string{`W/"r1"`}, 304},
		{"the tag in a list", []string{`"r0", "r1"`}, 304},
		{"the tag in the second header", []string{`"r0"`, `"r1"`}, 304},
		{"any", []string{`*`}, 304},
		{"another tag", []string{`"r2"`}, 200},
		{"the tag in other letters", []string{`"R1"`}, 200},
		{"what is no tag", []string{`r1`}, 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newFixture(found("r1")).get("/things/1", header("If-None-Match", tt.ifNoneMatch...))
			checkStatus(t, w, tt.status)
			if got := w.Header().Get("ETag"); got != `"r1"` {
				t.Errorf("ETag %s", got)
			}
			if empty := w.Body.Len() == 0; empty != (tt.status == http.StatusNotModified) {
				t.Errorf("a %d with the body %q", w.Code, w.Body)
			}
		})
	}
	t.Run("a PUT is never answered so", func(t *testing.T) {
		checkStatus(t, newFixture(found("r1")).put(`{}`, header("If-None-Match", `"r1"`)), http.StatusOK)
	})
	t.Run("nor is an answer without a revision", func(t *testing.T) {
		w := newFixture(found("")).get("/things/1", header("If-None-Match", `""`))
		checkStatus(t, w, http.StatusOK)
		if got, given := w.Header()["Etag"]; given {
			t.Errorf("ETag %s", got)
		}
	})
}

func FuzzCondition(f *testing.F) {
	for _, seed := range []string{``, `*`, `"1"`, `W/"1"`, `"1", W/"2"`, `"1" "2"`, `"`, `W/`, `,"",,`, `"1,2"`, `*,*`, "\"\xff\""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		var got store.Condition
		fixture := newFixture(func(_ context.Context, r *rest.Request) (rest.Reply, error) {
			var err error
			got, err = r.Condition()
			return rest.Deleted(), err
		})
		w := fixture.put(`{}`, header("If-Match", value))
		switch {
		case w.Code == http.StatusBadRequest:
			checkRefused(t, w, spacefinder.CodeInvalid, "If-Match")
		case w.Code != http.StatusOK:
			t.Errorf("%q is answered %d", value, w.Code)
		case got.Exists != (strings.Trim(value, " \t") == "*"):
			t.Errorf("%q is read as %+v", value, got)
		case !got.Exists && got.Match == nil:
			t.Errorf("%q sets no condition", value)
		}
	})
}
