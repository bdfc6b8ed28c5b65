package rest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/spacefinder/spacefinder"
	"github.com/spacefinder/spacefinder/internal/rest"
)

func TestCallerIsWhoTheFrontDoorSays(t *testing.T) {
	headers := func(ids, groups []string) func(*http.Request) {
		return func(r *http.Request) {
			header("X-Caller-Id", ids...)(r)
			header("X-Caller-Groups", groups...)(r)
		}
	}
	one := func(s string) []string { return []string{s} }
	tests := []struct {
		name        string
		ids, groups []string
		want        *spacefinder.Caller // nil: 403
	}{
		{"a caller without groups", one("ada"), nil, &spacefinder.Caller{ID: "ada"}},
		{"an empty list of groups", one("ada"), one("[]"), &spacefinder.Caller{ID: "ada"}},
		{"groups", one("ada"), one(`["staff", "apiAdmins"]`), &spacefinder.Caller{ID: "ada", Groups: []string{"staff", "apiAdmins"}}},
		{"a group beyond ASCII, escaped", one("ada"), one(`["b\u00fcro"]`), &spacefinder.Caller{ID: "ada", Groups: []string{"büro"}}},
		{"a group beyond ASCII, as it is", one("ada"), one(`["büro"]`), &spacefinder.Caller{ID: "ada", Groups: []string{"büro"}}},
		{"a comma and quotes in a group", one("ada"), one(`["a,\"b\""]`), &spacefinder.Caller{ID: "ada", Groups: []string{`a,"b"`}}},
		{"no caller", nil, one("[]"), nil},
		{"an empty caller", one(""), one("[]"), nil},
		{"a caller that is no id", one("ada/../bob"), one("[]"), nil},
		{"two callers", []string{"ada", "bob"}, one("[]"), nil},
		{"the same caller twice", []string{"ada", "ada"}, one("[]"), nil},
		{"two lists of groups", one("ada"), []string{"[]", `["apiAdmins"]`}, nil},
		{"an empty header of groups", one("ada"), one(""), nil},
		{"a group without a list", one("ada"), one("apiAdmins"), nil},
		{"a list that does not end", one("ada"), one(`["apiAdmins"`), nil},
		{"two lists in one header", one("ada"), one(`[]["apiAdmins"]`), nil},
		{"groups that are no strings", one("ada"), one("[1]"), nil},
		{"an object of groups", one("ada"), one(`{"apiAdmins":true}`), nil},
		{"groups that are not UTF-8", one("ada"), one("[\"\xff\"]"), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got *spacefinder.Caller
			f := newFixture(func(_ context.Context, r *rest.Request) (rest.Reply, error) {
				got = &r.Caller
				return rest.Deleted(), nil
			})
			w := f.get("/things/1", headers(tt.ids, tt.groups))
			if tt.want == nil {
				checkRefused(t, w, spacefinder.CodeForbidden)
				if got != nil {
					t.Errorf("the endpoint was called for %+v", *got)
				}
				return
			}
			checkStatus(t, w, http.StatusOK)
			if got == nil || got.ID != tt.want.ID || !reflect.DeepEqual(append([]string{}, got.Groups...), append([]string{}, tt.want.Groups...)) {
				t.Errorf("caller %+v, want %+v", got, tt.want)
			}
		})
	}
}

// thing is a body with a member of every kind that the contract has.
type thing struct {
	Name  string   `json:"name"`
	Count int      `json:"count"`
	Tags  []string `json:"tags"`
	When  *int64   `json:"when"`
}

// decoding is an endpoint that answers with the body that it decoded.
func decoding(_ context.Context, r *rest.Request) (rest.Reply, error) {
	body, err := rest.Decode[thing](r)
	return rest.Found(body, ""), err
}

func TestDecode(t *testing.T) {
	const bodyLimit = 256 << 10
	pad := func(body string, size int) string { return body + strings.Repeat(" ", size-len(body)) }
	longName := strings.Repeat("x", 1000)
	tests := []struct {
		name, body string
		code       spacefinder.Code // "": decoded
		fields     []string
	}{
		{"every member", `{"name":"Isar","count":2,"tags":["a"],"when":0}`, "", nil},
		{"no member", `{}`, "", nil},
		{"white space around", " \n{} \t", "", nil},
		{"null, which sets nothing", `null`, "", nil},
		{"a member of null", `{"name":null,"count":null}`, "", nil},
		{"as long as a body may be", pad(`{}`, bodyLimit), "", nil},

		{"one byte too long", pad(`{}`, bodyLimit+1), spacefinder.CodeTooLarge, nil},
		{"empty", ``, spacefinder.CodeInvalid, nil},
		{"white space alone", `  `, spacefinder.CodeInvalid, nil},
		{"cut short", `{"name":"Isar"`, spacefinder.CodeInvalid, nil},
		{"followed by another", `{}{}`, spacefinder.CodeInvalid, nil},
		{"a comment", `{} // Isar`, spacefinder.CodeInvalid, nil},
		{"single quotes", `{'name':'Isar'}`, spacefinder.CodeInvalid, nil},
		{"a trailing comma", `{"name":"Isar",}`, spacefinder.CodeInvalid, nil},
		{"a control character in a string", "{\"name\":\"a\nb\"}", spacefinder.CodeInvalid, nil},
		{"invalid UTF-8", "{\"name\":\"\xff\"}", spacefinder.CodeInvalid, nil},
		{"half a surrogate pair", `{"name":"\ud83c"}`, spacefinder.CodeInvalid, nil},
		{"UTF-16", "\xff\xfe{\x00}\x00", spacefinder.CodeInvalid, nil},
		{"deep nesting", strings.Repeat(`[`, 100_000), spacefinder.CodeInvalid, []string{"body"}},
		{"deep nesting in a member", `{"name":` + strings.Repeat(`[`, 100_000), spacefinder.CodeInvalid, nil},

		{"a list", `[]`, spacefinder.CodeInvalid, []string{"body"}},
		{"a string", `"Isar"`, spacefinder.CodeInvalid, []string{"body"}},
		{"a number for a string", `{"name":7}`, spacefinder.CodeInvalid, []string{"name"}},
		{"an object for a string", `{"name":{}}`, spacefinder.CodeInvalid, []string{"name"}},
		{"a string for a number", `{"count":"7"}`, spacefinder.CodeInvalid, []string{"count"}},
		{"a fraction for a whole number", `{"count":7.5}`, spacefinder.CodeInvalid, []string{"count"}},
		{"a number beyond 64 bits", `{"count":18446744073709551616}`, spacefinder.CodeInvalid, []string{"count"}},
		{"a truth for a number", `{"when":true}`, spacefinder.CodeInvalid, []string{"when"}},
		{"a string for a list", `{"tags":"a"}`, spacefinder.CodeInvalid, []string{"tags"}},
		{"a number in a list of strings", `{"tags":["a",7]}`, spacefinder.CodeInvalid, []string{"tags/1"}},
		{"an unknown member", `{"name":"Isar","title":"Isar"}`, spacefinder.CodeInvalid, []string{"title"}},
		{"a member in other letters", `{"Name":"Isar"}`, spacefinder.CodeInvalid, []string{"Name"}},
		{"a member without a name", `{"":1}`, spacefinder.CodeInvalid, []string{"body"}},
		{"an unknown member with a long name", `{"` + longName + `":1}`, spacefinder.CodeInvalid, []string{longName[:100] + "…"}},
		{"a member twice", `{"name":"Isar","name":"Inn"}`, spacefinder.CodeInvalid, []string{"name"}},
		{"a member twice, once escaped", `{"name":"Isar","\u006eame":"Inn"}`, spacefinder.CodeInvalid, []string{"name"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newFixture(decoding).put(tt.body)
			if tt.code == "" {
				checkStatus(t, w, http.StatusOK)
				return
			}
			checkRefused(t, w, tt.code, tt.fields...)
			for _, word := range []string{"Go ", "struct", "int64", "rest_test", "jsontext", "offset"} {
				if strings.Contains(w.Body.String(), word) {
					t.Errorf("the answer has the decoder's word %q: %s", word, w.Body)
				}
			}
		})
	}
}

func TestDecodeReturnsTheMembers(t *testing.T) {
	const body = `{"name":"Isar \ud83c\udfe2","count":2,"tags":["a","b"],"when":1795428000}`
	w := newFixture(decoding).put(body)
	checkStatus(t, w, http.StatusOK)
	if want := `{"name":"Isar 🏢","count":2,"tags":["a","b"],"when":1795428000}`; w.Body.String() != want {
		t.Errorf("got %s, want %s", w.Body, want)
	}
}

func TestDecodeAdmitsJSONAlone(t *testing.T) {
	tests := []struct {
		contentType string
		status      int
	}{
		{"application/json", 200},
		{"application/json; charset=utf-8", 200},
		{"Application/JSON", 200},
		{"", 200},
		{"text/plain", 415},
		{"application/x-www-form-urlencoded", 415},
		{"application/problem+json", 415},
		{"application/json, text/plain", 415},
		{"application/json; charset", 415},
		{"json", 415},
	}
	for _, tt := range tests {
		t.Run(tt.contentType, func(t *testing.T) {
			w := newFixture(decoding).put(`{}`, header("Content-Type", tt.contentType))
			checkStatus(t, w, tt.status)
			if tt.status == http.StatusUnsupportedMediaType {
				checkRefused(t, w, spacefinder.CodeUnsupportedType)
			}
		})
	}
}

func TestDecodeOfABodyThatBreaksOff(t *testing.T) {
	body := io.MultiReader(strings.NewReader(`{"name":`), iotest.ErrReader(errors.New("connection reset by peer")))
	w := do(newFixture(decoding), newRequest(http.MethodPut, "/things/1", body))
	checkRefused(t, w, spacefinder.CodeInvalid)
	if strings.Contains(w.Body.String(), "reset") {
		t.Errorf("the answer has the cause: %s", w.Body)
	}
}

func TestDecodeWithoutABody(t *testing.T) {
	r := newRequest(http.MethodPut, "/things/1", nil)
	r.Body = nil
	checkRefused(t, do(newFixture(decoding), r), spacefinder.CodeInvalid)
}

func TestPathID(t *testing.T) {
	endpoint := func(_ context.Context, r *rest.Request) (rest.Reply, error) {
		id, err := r.PathID("thingID")
		return rest.Found(id, ""), err
	}
	tests := []struct {
		name, target, want string // want "": refused
	}{
		{"an id", "/things/isar", "isar"},
		{"an escaped id", "/things/auth0%7C5f7c", "auth0|5f7c"},
		{"the longest id", "/things/" + strings.Repeat("x", 128), strings.Repeat("x", 128)},
		{"an id one character too long", "/things/" + strings.Repeat("x", 129), ""},
		{"an escaped slash", "/things/a%2Fb", ""},
		{"an escaped space", "/things/a%20b", ""},
		{"an escaped NUL", "/things/a%00", ""},
		{"bytes that are not UTF-8", "/things/%ff", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newFixture(endpoint).get(tt.target)
			if tt.want == "" {
				checkRefused(t, w, spacefinder.CodeInvalid, "thingID")
				return
			}
			checkStatus(t, w, http.StatusOK)
			if got := w.Body.String(); got != `"`+tt.want+`"` {
				t.Errorf("got %s, want %q", got, tt.want)
			}
		})
	}
}

func TestSamePathID(t *testing.T) {
	tests := []struct {
		name, body, path string
		ok               bool
	}{
		{"left out", "", "isar", true},
		{"the same", "isar", "isar", true},
		{"another", "inn", "isar", false},
		{"in other letters", "Isar", "isar", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := rest.SamePathID("thingID", tt.body, tt.path); (len(got) == 0) != tt.ok {
				t.Errorf("problems %v, want ok %t", got, tt.ok)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `null`, `{"name":"Isar","count":2,"tags":["a"],"when":0}`, `{"name":"a","name":"b"}`, `{"unknown":1}`,
		`{"count":1e400}`, `{"tags":[[[[`, "{\"name\":\"\xff\"}", `{"name":"\ud83c"}`, `{"~0/~1":{"":[]}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		w := newFixture(decoding).put(body)
		if w.Code == http.StatusOK {
			return
		}
		if p := readProblem(t, w); p.Code != spacefinder.CodeInvalid && p.Code != spacefinder.CodeTooLarge {
			t.Errorf("%q is answered %d: %s", body, w.Code, w.Body)
		}
	})
}
