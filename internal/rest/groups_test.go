package rest

import (
	"slices"
	"testing"

	"github.com/go-json-experiment/json"
)

// The front door writes groups so that they are read without the decoder.
func TestGroupsAreReadWithoutTheDecoder(t *testing.T) {
	for _, groups := range [][]string{{"staff"}, {"staff", "apiAdmins"}, {""}, {"", ""}, {",", "[a]", ","}, {"eu-central-1_Abc:x/y z"}} {
		text, err := json.Marshal(groups)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := splitGroups(string(text)); !ok || !slices.Equal(got, groups) {
			t.Errorf("%s: %q, %t", text, got, ok)
		}
	}
}

// What is read without the decoder is what the decoder reads.
func FuzzGroups(f *testing.F) {
	for _, text := range []string{
		`["a"]`, `["a","b"]`, `["a",""]`, `[""]`, `["a",",","b"]`, `["a"",""b"]`, `["a","b]`, `["]`, `[" ]`, `["a" ,"b"]`, `["a"]"]`,
		`["\u0061"]`, `["ü"]`, "[\"\xff\"]", "[\"a\n\"]", `["a"]]`, `[["a"]]`, `["a",1]`, `["a",]`, `[]`, `null`, ``,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := splitGroups(text)
		if !ok {
			return
		}
		var want []string
		if err := json.Unmarshal([]byte(text), &want); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, the decoder says %q, %v", text, got, want, err)
		}
	})
}
