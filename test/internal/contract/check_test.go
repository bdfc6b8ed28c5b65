package contract

import (
	"net/http"
	"strings"
	"testing"
)

const requestID = "6a4f1f0c-95f8-4f0e-8c8a-2b7c3f1f9d55"

// answer returns a good answer to GET /locations/a; with changes it is good or
// not.
func answer(changes ...func(*Answer)) Answer {
	a := Answer{
		Method: http.MethodGet, Path: "/locations/a", Status: http.StatusOK,
		Header: http.Header{
			"X-Amzn-Requestid": {requestID}, "Access-Control-Allow-Origin": {"*"}, "Content-Type": {"application/json"}, "Etag": {`"1"`},
		},
		Body: []byte(`{"locationID":"a","name":"n","timeZone":"UTC","timestamp":"2026-11-22T09:30:00.000Z"}`),
	}
	for _, change := range changes {
		change(&a)
	}
	return a
}

func status(code int) func(*Answer)   { return func(a *Answer) { a.Status = code } }
func path(p string) func(*Answer)     { return func(a *Answer) { a.Path = p } }
func method(m string) func(*Answer)   { return func(a *Answer) { a.Method = m } }
func body(text string) func(*Answer)  { return func(a *Answer) { a.Body = []byte(text) } }
func drop(name string) func(*Answer)  { return func(a *Answer) { a.Header.Del(name) } }
func set(k, v string) func(*Answer)   { return func(a *Answer) { a.Header.Set(k, v) } }
func twice(k, v string) func(*Answer) { return func(a *Answer) { a.Header.Add(k, v) } }

// notFound is a service's error about a detail.
func notFound(detail string) func(*Answer) {
	return func(a *Answer) {
		a.Status = http.StatusNotFound
		a.Header = http.Header{
			"X-Amzn-Requestid": {requestID}, "Access-Control-Allow-Origin": {"*"}, "Content-Type": {"application/problem+json"},
		}
		a.Body = []byte(`{"type":"about:blank","title":"Not Found","status":404,"code":"not_found","detail":"` + detail +
			`","message":"` + detail + `","instance":"urn:uuid:` + requestID + `"}`)
	}
}

// denied is an error of the front door.
func denied(a *Answer) {
	a.Status = http.StatusForbidden
	a.Header.Set("X-Amzn-Errortype", "AccessDeniedException")
	a.Body = []byte(`{"message":"User is not authorized to access this resource"}`)
}

func TestCheck(t *testing.T) {
	document, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		answer Answer
		fault  string // words of the error; "" for a good answer
	}{
		"an item":                         {answer(), ""},
		"an item behind a trailing slash": {answer(path("/locations/a/")), ""},
		"a service's error":               {answer(notFound("There is no such location.")), ""},
		"an error of the front door":      {answer(denied), ""},
		"an unknown route":                {answer(denied, path("/nothing")), ""},
		"an item that is not modified":    {answer(status(http.StatusNotModified), body("")), ""},
		"created where the client said":   {answer(method("PUT"), status(http.StatusCreated)), ""},
		"deleted":                         {answer(method("DELETE"), body("")), ""},

		"member missing":              {answer(body(`{"locationID":"a","name":"n","timeZone":"UTC"}`)), "timestamp"},
		"member of the wrong type":    {answer(body(strings.Replace(string(answer().Body), `"n"`, `7`, 1))), "name"},
		"member that is not declared": {answer(body(strings.Replace(string(answer().Body), `{`, `{"secret":1,`, 1))), "secret"},
		"member given twice":          {answer(body(strings.Replace(string(answer().Body), `{`, `{"name":"m",`, 1))), "not JSON"},
		"not JSON":                    {answer(body(`<html>`)), "not JSON"},
		"body of a deletion":          {answer(method("DELETE"), body("{}")), "not empty"},
		"another media type":          {answer(set("Content-Type", "text/plain")), "not declared"},
		"no media type":               {answer(drop("Content-Type")), "content type"},
		"status that is not declared": {answer(status(http.StatusAccepted)), "not declared"},
		"verb that is not declared":   {answer(method("POST")), "no operation"},
		"success of an unknown route": {answer(path("/nothing")), "no operation"},
		"no request id":               {answer(drop("X-Amzn-Requestid")), "RequestId"},
		"request id of another form":  {answer(set("X-Amzn-Requestid", "1")), "RequestId"},
		"no leave for browsers":       {answer(drop("Access-Control-Allow-Origin")), "Allow-Origin"},
		"leave for browsers twice":    {answer(twice("Access-Control-Allow-Origin", "*")), "Allow-Origin"},
		"no ETag":                     {answer(drop("Etag")), "ETag"},
		"no address of a new item":    {answer(method("PUT"), path("/locations"), status(http.StatusCreated)), "Location"},
		"another instance":            {answer(notFound("No."), set("X-Amzn-Requestid", strings.Replace(requestID, "6", "7", 1))), "instance"},
		"SQL in an error":             {answer(notFound("SQL logic error near SELECT")), "insides"},
		"a Go type in an error":       {answer(notFound("cannot decode spacefinder.Location")), "insides"},
		"a file in an error":          {answer(notFound("open /tmp/spacefinder.db")), "insides"},
		"a stack in an error":         {answer(notFound("goroutine 7 at gateway.go:12")), "insides"},
	} {
		t.Run(name, func(t *testing.T) {
			err := document.Check(c.answer)
			if (err == nil) != (c.fault == "") || (err != nil && !strings.Contains(err.Error(), c.fault)) {
				t.Errorf("want %q, got %v", c.fault, err)
			}
		})
	}
}
