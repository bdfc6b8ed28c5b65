package deploytest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// A Value is a part of a template or of a resource's properties. Its methods
// return the zero value for what is not there.
type Value struct{ value any }

// Get returns a member of a map.
func (v Value) Get(names ...string) Value {
	for _, name := range names {
		v = Value{v.Map()[name]}
	}
	return v
}

// Has reports whether a map has a member.
func (v Value) Has(name string) bool {
	_, ok := v.Map()[name]
	return ok
}

// Map returns the members of a map.
func (v Value) Map() map[string]any {
	m, _ := v.value.(map[string]any)
	return m
}

// Keys returns the names of a map's members, sorted.
func (v Value) Keys() []string { return slices.Sorted(maps.Keys(v.Map())) }

// List returns the entries of a list.
func (v Value) List() []Value {
	list, _ := v.value.([]any)
	values := make([]Value, len(list))
	for i, entry := range list {
		values[i] = Value{entry}
	}
	return values
}

// Strings returns the entries of a list of texts, or a text as its only entry.
func (v Value) Strings() []string {
	if v.value == nil {
		return nil
	}
	if _, ok := v.value.([]any); !ok {
		return []string{v.String()}
	}
	var texts []string
	for _, entry := range v.List() {
		texts = append(texts, entry.String())
	}
	return texts
}

// String returns a text as it is, a number or boolean as CloudFormation writes
// it, a list or map as JSON, and "" for nothing.
func (v Value) String() string {
	switch value := v.value.(type) {
	case nil:
		return ""
	case string:
		return value
	case []any, map[string]any:
		text, err := json.Marshal(value, json.Deterministic(true))
		if err != nil {
			return fmt.Sprint(value)
		}
		return string(text)
	}
	return fmt.Sprint(v.value)
}

// commaList returns the entries of a CommaDelimitedList.
func commaList(text string) []any {
	var list []any
	for entry := range strings.SplitSeq(text, ",") {
		list = append(list, strings.TrimSpace(entry))
	}
	return list
}
