package rest_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/internal/rest"
)

// body has a member of every kind, and spells itself.
type body struct {
	Name  string   `json:"name"`
	Note  string   `json:"note,omitempty"`
	Count int64    `json:"count"`
	At    string   `json:"at"`
	Tags  []string `json:"tags"`
	Inner struct {
		Name string `json:"name"`
	} `json:"inner"`

	seconds int64 // of At
}

func newBody(name, note, tag string, count, seconds int64) *body {
	b := &body{Name: name, Note: note, Count: count, At: time.Unix(seconds, 0).UTC().Format(time.RFC3339), seconds: seconds}
	b.Tags, b.Inner.Name = []string{tag, name}, tag
	return b
}

func (b *body) EncodeTo(e *rest.Encoder) {
	e.Open('{')
	e.TextMember("name", b.Name)
	e.OptionalText("note", b.Note)
	e.NumberMember("count", b.Count)
	e.TimeMember("at", b.seconds)
	e.Name("tags")
	e.Open('[')
	for _, tag := range b.Tags {
		e.Text(tag)
	}
	e.Close(']')
	e.Name("inner")
	e.Open('{')
	e.TextMember("name", b.Inner.Name)
	e.Close('}')
	e.Close('}')
}

type bodies []*body

func (b bodies) EncodeTo(e *rest.Encoder) {
	e.Open('[')
	for _, one := range b {
		one.EncodeTo(e)
	}
	e.Close(']')
}

// answered returns the body of an answer, "" when it is an error.
func answered(t *testing.T, content any) string {
	t.Helper()
	w := newFixture(func(context.Context, *rest.Request) (rest.Reply, error) { return rest.Found(content, ""), nil }).get("/things/1")
	if w.Code == http.StatusInternalServerError {
		readProblem(t, w)
		return ""
	}
	checkStatus(t, w, http.StatusOK)
	return w.Body.String()
}

// A body that spells itself is answered as reflection would spell it, whatever
// is in its strings; one that is not UTF-8 is not answered.
func FuzzBodyAsByReflection(f *testing.F) {
	f.Add("Isar", "", "wifi", int64(0), int64(0))
	f.Add("", "a note", "", int64(-1), int64(253402300799))
	f.Add("\"\\/\b\f\n\r\t\x00\x7f", "<b>&'\u2028\u2029", "{[:,", int64(1<<62), int64(1795341600))
	f.Add("\xff", "ü🙂\ufffd", "[", int64(12), int64(1))
	f.Fuzz(func(t *testing.T, name, note, tag string, count, seconds int64) {
		if seconds < 0 || seconds > 253402300799 {
			t.Skip("no time of the contract")
		}
		content := newBody(name, note, tag, count, seconds)
		want, err := json.Marshal(content)
		if err != nil { // an answer is whole, or there is none
			want = nil
		}
		if got := answered(t, content); got != string(want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

// Every byte is answered as reflection would answer it, wherever it stands in a
// text, which is looked at in pieces of eight.
func TestEveryByteInEveryPlace(t *testing.T) {
	const around = "sixteen letters."
	for place := range len(around) + 1 {
		for b := range 256 {
			text := around[:place] + string([]byte{byte(b)}) + around[place:]
			want, err := json.Marshal(text)
			if err != nil {
				want = nil
			}
			if got := answered(t, oneText(text)); got != string(want) {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
}

// oneText is a body that is a string.
type oneText string

func (o oneText) EncodeTo(e *rest.Encoder) { e.Text(string(o)) }

// A text that fails does not spoil the answers after it, which may be encoded in
// the same memory.
func TestBodyAfterOneThatFails(t *testing.T) {
	good, bad := newBody("Isar", "", "wifi", 1, 1), newBody("\xff", "", "", 1, 1)
	want, err := json.Marshal(good)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got := answered(t, bad); got != "" {
			t.Errorf("answered text that is not UTF-8: %q", got)
		}
		if got := answered(t, good); got != string(want) {
			t.Errorf("answered %s, want %s", got, want)
		}
	}
}
