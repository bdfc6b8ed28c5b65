package devpages

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	yaml "github.com/oasdiff/yaml3"
)

// document is the OpenAPI document as this server gives it away.
type document struct {
	source     []byte // comments included, with the address put in
	json       []byte // the same content in the same order
	operations []operation
}

// operation is what the first page shows of one.
type operation struct {
	ID, Method, Path, Summary, Tag string
}

// pathsLine is the line of the source that the address is put before.
var pathsLine = []byte("\npaths:\n")

// newDocument puts the server's address into the document's source, which must
// not name any.
func newDocument(source []byte, baseURL string) (*document, error) {
	if bytes.Count(source, pathsLine) != 1 || bytes.Contains(source, []byte("\nservers:")) {
		return nil, errors.New("there must be one line \"paths:\" to put the address before, and no \"servers:\"")
	}
	address, err := json.Marshal(baseURL) // YAML reads what JSON quotes
	if err != nil {
		return nil, err
	}
	servers := fmt.Appendf(nil, "\nservers:\n  - url: %s\n    description: This server", address)
	d := &document{source: bytes.Replace(source, pathsLine, append(servers, pathsLine...), 1)}
	root, err := parse(d.source)
	if err != nil {
		return nil, err
	}
	if d.json, err = toJSON(root); err != nil {
		return nil, err
	}
	d.operations = operations(root)
	return d, nil
}

// parse returns the root of a source that is one YAML document.
func parse(source []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(source))
	var document, more yaml.Node
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the YAML document")
	}
	return document.Content[0], nil
}

// toJSON converts a tree of YAML with its members in their order. Aliases,
// merges and keys that are no strings have no counterpart and are errors.
func toJSON(node *yaml.Node) ([]byte, error) {
	var text bytes.Buffer
	if err := encode(jsontext.NewEncoder(&text), node); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

func encode(to *jsontext.Encoder, node *yaml.Node) error {
	switch node.Kind {
	case yaml.MappingNode:
		return encodeAll(to, node, jsontext.BeginObject, jsontext.EndObject)
	case yaml.SequenceNode:
		return encodeAll(to, node, jsontext.BeginArray, jsontext.EndArray)
	case yaml.ScalarNode:
		return encodeScalar(to, node)
	default:
		return fmt.Errorf("line %d: JSON has no counterpart of it", node.Line)
	}
}

// encodeAll writes the children of a node: the elements of a sequence, or the
// names and values of a mapping in turn, as JSON's encoder takes both.
func encodeAll(to *jsontext.Encoder, node *yaml.Node, begin, end jsontext.Token) error {
	if err := to.WriteToken(begin); err != nil {
		return err
	}
	for i, child := range node.Content {
		if isName := node.Kind == yaml.MappingNode && i%2 == 0; isName {
			if child.Kind != yaml.ScalarNode || child.ShortTag() == "!!merge" {
				return fmt.Errorf("line %d: JSON has no counterpart of it", child.Line)
			}
			if err := to.WriteToken(jsontext.String(child.Value)); err != nil {
				return err
			}
			continue
		}
		if err := encode(to, child); err != nil {
			return err
		}
	}
	return to.WriteToken(end)
}

func encodeScalar(to *jsontext.Encoder, node *yaml.Node) error {
	switch node.ShortTag() {
	case "!!str", "!!timestamp": // a date is a string to OpenAPI
		return to.WriteToken(jsontext.String(node.Value))
	case "!!null", "!!bool", "!!int", "!!float":
		var value any
		if err := node.Decode(&value); err != nil {
			return err
		}
		return json.MarshalEncode(to, value)
	default:
		return fmt.Errorf("line %d: JSON has no counterpart of %s", node.Line, node.ShortTag())
	}
}

// operations lists what people call, in the order of the document: all verbs
// but OPTIONS, which browsers send by themselves.
func operations(root *yaml.Node) []operation {
	verbs := []string{"get", "put", "post", "patch", "delete"}
	var all []operation
	eachMember(member(root, "paths"), func(path string, item *yaml.Node) {
		eachMember(item, func(verb string, op *yaml.Node) {
			if !slices.Contains(verbs, verb) {
				return
			}
			found := operation{ID: text(op, "operationId"), Method: strings.ToUpper(verb), Path: path, Summary: text(op, "summary")}
			if tags := member(op, "tags"); tags != nil && len(tags.Content) > 0 {
				found.Tag = tags.Content[0].Value
			}
			all = append(all, found)
		})
	})
	return all
}

// eachMember visits the members of a mapping, and nothing of anything else.
func eachMember(node *yaml.Node, visit func(name string, value *yaml.Node)) {
	if node == nil || node.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		visit(node.Content[i].Value, node.Content[i+1])
	}
}

// member returns the member of a mapping, or nil.
func member(node *yaml.Node, name string) *yaml.Node {
	var found *yaml.Node
	eachMember(node, func(each string, value *yaml.Node) {
		if each == name {
			found = value
		}
	})
	return found
}

func text(node *yaml.Node, name string) string {
	if value := member(node, name); value != nil {
		return value.Value
	}
	return ""
}
