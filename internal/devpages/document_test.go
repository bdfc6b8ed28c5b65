package devpages_test

import (
	"bytes"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	yaml "github.com/oasdiff/yaml3"

	"github.com/spacefinder/spacefinder/api"
	"github.com/spacefinder/spacefinder/internal/devpages"
)

// The document that people read is the one that the front door follows, but
// for the address.
func TestTheDocumentIsTheContractWithThisServersAddress(t *testing.T) {
	servers := "servers:\n  - url: \"http://127.0.0.1:8080\"\n    description: This server\n"
	served := get(t, "/openapi.yaml").Body.String()
	if strings.Count(served, servers) != 1 || strings.Replace(served, servers, "", 1) != string(api.Document) {
		t.Error("the document differs from the contract by more than its servers")
	}
	parsed, err := openapi3.NewLoader().LoadFromData([]byte(served))
	if err != nil {
		t.Fatal(err)
	}
	if err := parsed.Validate(t.Context()); err != nil {
		t.Error(err)
	}
	if len(parsed.Servers) != 1 || parsed.Servers[0].URL != baseURL {
		t.Errorf("the servers are %v", parsed.Servers)
	}
}

func TestTheJSONSaysWhatTheYAMLSays(t *testing.T) {
	var fromYAML, fromJSON any
	if err := yaml.Unmarshal(get(t, "/openapi.yaml").Body.Bytes(), &fromYAML); err != nil {
		t.Fatal(err)
	}
	text := get(t, "/openapi.json").Body.Bytes()
	if err := json.Unmarshal(text, &fromJSON); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(asJSON(t, fromYAML), fromJSON) {
		t.Error("the two differ")
	}
	if !bytes.Contains(text, []byte(`"x-amazon-apigateway-integration"`)) {
		t.Error("the extensions are missing")
	}
}

// asJSON returns a value as it is after a way through JSON, which has one type
// of number.
func asJSON(t *testing.T, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var back any
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

// Readers meet operations in the order that the document tells them in.
func TestTheJSONKeepsTheOrder(t *testing.T) {
	decoder := jsontext.NewDecoder(get(t, "/openapi.json").Body)
	var members []string
	for depth := 0; ; {
		token, err := decoder.ReadToken()
		if err != nil {
			break
		}
		switch kind := token.Kind(); {
		case kind == '{' || kind == '[':
			depth++
		case kind == '}' || kind == ']':
			depth--
		case kind == '"' && depth == 1:
			if _, length := decoder.StackIndex(1); length%2 == 1 {
				members = append(members, token.String())
			}
		}
	}
	want := []string{"openapi", "info", "tags", "servers", "paths", "components"}
	members = slices.DeleteFunc(members, func(m string) bool { return !slices.Contains(want, m) })
	if !slices.Equal(members, want) {
		t.Errorf("the members are in the order %q", members)
	}
}

func TestToolsOfOtherOriginsReadTheDocumentAlone(t *testing.T) {
	pages := newPages(t, config())
	for path := range maps.Keys(paths()) {
		got := ask(t, pages, http.MethodGet, path, http.Header{"Origin": {"https://editor.example"}}).Header().Get("Access-Control-Allow-Origin")
		if want := strings.HasPrefix(path, "/openapi."); (got == "*") != want || (got != "" && got != "*") {
			t.Errorf("%s: Access-Control-Allow-Origin is %q", path, got)
		}
	}
}

func TestADocumentThatCannotBeConvertedIsRefused(t *testing.T) {
	for name, document := range map[string]string{
		"no paths":               "openapi: 3.0.1\n",
		"servers of its own":     "openapi: 3.0.1\nservers: []\npaths:\n  /: {}\n",
		"paths twice":            "openapi: 3.0.1\npaths:\n  /: {}\npaths:\n  /: {}\n",
		"no YAML":                "openapi: [\npaths:\n",
		"a key that is a list":   "openapi: 3.0.1\npaths:\n  [a]: {}\n",
		"an alias":               "a: &a {}\npaths:\n  /: *a\n",
		"a merge":                "a: &a {}\npaths:\n  <<: {}\n",
		"a name given twice":     "a: 1\na: 2\npaths:\n  /: {}\n",
		"infinity":               "a: .inf\npaths:\n  /: {}\n",
		"binary":                 "a: !!binary aGk=\npaths:\n  /: {}\n",
		"a second YAML document": "a: 1\npaths:\n  /: {}\n---\nb: 1\n",
	} {
		c := config()
		c.Document = []byte(document)
		if _, err := devpages.New(c); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestScalarsKeepTheirTypes(t *testing.T) {
	c := config()
	c.Document = []byte("openapi: 3.0.1\nversion: \"1.0\"\nint: 0x10\nfloat: 2.50\nyes: true\nnothing: ~\n" +
		"date: 2030-01-07\ntext: |\n  two\n  lines\nlist: [1, '2', {}]\npaths:\n  /a:\n    get: {}\n")
	text := ask(t, newPages(t, c), http.MethodGet, "/openapi.json", nil).Body.String()
	want := `{"openapi":"3.0.1","version":"1.0","int":16,"float":2.5,"yes":true,"nothing":null,"date":"2030-01-07",` +
		`"text":"two\nlines\n","list":[1,"2",{}],"servers":[{"url":"http://127.0.0.1:8080","description":"This server"}],` +
		`"paths":{"/a":{"get":{}}}}`
	if strings.TrimSpace(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}
