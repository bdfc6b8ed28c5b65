package iampolicy_test

import (
	"reflect"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/spacefinder/spacefinder/internal/iampolicy"
)

type json = jsontext.Value

func TestDocumentReadsEveryFormOfItsLists(t *testing.T) {
	t.Parallel()
	want := document(allow(api + "GET/locations"))
	one := `{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"` + api + `GET/locations"}`
	listed := `{"Effect":"Allow","Action":["execute-api:Invoke"],"Resource":["` + api + `GET/locations"]}`
	for name, text := range map[string]string{
		"single statement, single entries": `{"Version":"2012-10-17","Statement":` + one + `}`,
		"listed statement, single entries": `{"Version":"2012-10-17","Statement":[` + one + `]}`,
		"single statement, listed entries": `{"Version":"2012-10-17","Statement":` + listed + `}`,
		"listed statement, listed entries": `{"Version":"2012-10-17","Statement":[` + listed + `]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got iampolicy.Document
			if err := jsonv2.Unmarshal([]byte(text), &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestDocumentIsWrittenWithLists(t *testing.T) {
	t.Parallel()
	got, err := jsonv2.Marshal(document(allow(api + "GET/locations")))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
		`"Action":["execute-api:Invoke"],"Resource":["` + api + `GET/locations"]}]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestDocumentRefusesMalformedJSON(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"Action is a number":        `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":1,"Resource":"*"}}`,
		"Resource is an object":     `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":{}}}`,
		"Resource is null":          `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":null}}`,
		"Statement is null":         `{"Version":"2012-10-17","Statement":null}`,
		"Statement is a string":     `{"Version":"2012-10-17","Statement":"Allow"}`,
		"a list within a list":      `{"Version":"2012-10-17","Statement":[[]]}`,
		"Effect stands there twice": `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var doc iampolicy.Document
			if err := jsonv2.Unmarshal([]byte(text), &doc); err == nil {
				t.Errorf("accepted as %+v", doc)
			}
		})
	}
}

func TestValidateNamesEveryProblem(t *testing.T) {
	t.Parallel()
	const good = `"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"`
	tests := []struct {
		name, text string
		want       []string
	}{
		{"no version", `{"Statement":{` + good + `}}`, []string{"Version is missing"}},
		{"another version", `{"Version":"2020-01-01","Statement":{` + good + `}}`, []string{`Version "2020-01-01" is not`}},
		{"no statement", `{"Version":"2012-10-17"}`, []string{"Statement is missing"}},
		{"empty list of statements", `{"Version":"2012-10-17","Statement":[]}`, []string{"Statement is missing"}},
		{"empty statement", `{"Version":"2012-10-17","Statement":{}}`,
			[]string{"statement 1: the Effect must be", "statement 1: the Action is missing", "statement 1: the Resource is missing"}},
		{"effect in another case", `{"Version":"2012-10-17","Statement":{"Effect":"allow","Action":"*","Resource":"*"}}`,
			[]string{"statement 1: the Effect must be Allow or Deny"}},
		{"element in another case", `{"Version":"2012-10-17","Statement":{` + good + `,"resource":"*"}}`,
			[]string{`statement 1: the element "resource"`}},
		{"condition and its relatives", `{"Version":"2012-10-17","Statement":[{` + good + `},{` + good +
			`,"Condition":{},"NotAction":"a","NotResource":"b","Principal":"*"}]}`,
			[]string{`statement 2: the element "Condition"`, `statement 2: the element "NotAction"`,
				`statement 2: the element "NotResource"`, `statement 2: the element "Principal"`}},
		{"unknown element of the document", `{"Version":"2012-10-17","Statement":{` + good + `},"Extra":1}`, []string{`element "Extra"`}},
		{"action without a service", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["Invoke",":x","x:",""],"Resource":"*"}}`,
			[]string{`Action "Invoke"`, `Action ":x"`, `Action "x:"`, `Action ""`}},
		{"resource is no ARN", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":["GET/locations",""]}}`,
			[]string{`Resource "GET/locations"`, `Resource ""`}},
		{"resource too long", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:` +
			strings.Repeat("a", 509) + `"}}`, []string{"exceeds 512 characters"}},
		{"too much in all", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":["*"` +
			strings.Repeat(`,"*"`, 9000) + `]}}`, []string{"actions and resources exceed"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var doc iampolicy.Document
			if err := jsonv2.Unmarshal([]byte(test.text), &doc); err != nil {
				t.Fatal(err)
			}
			err := doc.Validate()
			if err == nil {
				t.Fatal("accepted")
			}
			if got := len(strings.Split(err.Error(), "\n")); got != len(test.want) {
				t.Errorf("%d problems, want %d: %v", got, len(test.want), err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}

func TestValidateAcceptsWhatAPIGatewayAccepts(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"blueprint":   `{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Deny","Resource":["` + api + `*/*"]}]}`,
		"with labels": `{"Version":"2008-10-17","Id":"i","Statement":{"Sid":"s","Action":"*","Effect":"Allow","Resource":"*"}}`,
		"longest resource": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:` +
			strings.Repeat("a", 508) + `"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var doc iampolicy.Document
			if err := jsonv2.Unmarshal([]byte(text), &doc); err != nil {
				t.Fatal(err)
			}
			if err := doc.Validate(); err != nil {
				t.Error(err)
			}
		})
	}
}

func FuzzDocumentJSON(f *testing.F) {
	f.Add([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`))
	f.Add([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["a:b"],"Resource":["arn:x"],"Condition":{"a":[1]}}]}`))
	f.Add([]byte(`{"Statement":[[]]}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var doc iampolicy.Document
		if jsonv2.Unmarshal(text, &doc) != nil {
			return
		}
		valid := doc.Validate() == nil
		written, err := jsonv2.Marshal(doc)
		if err != nil {
			t.Fatalf("read but not written: %v", err)
		}
		var again iampolicy.Document
		if err := jsonv2.Unmarshal(written, &again); err != nil {
			t.Fatalf("written as %s but not read: %v", written, err)
		}
		if valid != (again.Validate() == nil) {
			t.Errorf("valid before writing: %t, not so after: %s", valid, written)
		}
		const resource = "arn:aws:execute-api:us-east-1:1:a/p/GET/x"
		if a, b := doc.Evaluate(iampolicy.ActionInvoke, resource), again.Evaluate(iampolicy.ActionInvoke, resource); a != b {
			t.Errorf("decides %s before writing, %s after", a, b)
		}
	})
}
