package route

import (
	"fmt"
	"regexp"
	"strings"
)

// Table maps a method and a path template to a value. Fill it with Add, then
// share it: Find changes nothing.
type Table[T any] struct{ root node[T] }

type node[T any] struct {
	literals  map[string]*node[T]
	parameter *node[T]
	name      string // of the parameter child
	greedy    map[string]leaf[T]
	methods   map[string]leaf[T]
}

type leaf[T any] struct {
	value  T
	names  []string // parameter name by segment; "" for a literal
	greedy bool     // the last name takes all remaining segments
}

// Params are the path parameters of a request.
type Params struct {
	path   Path
	names  []string
	greedy bool
}

// Get returns the segments that the parameter stands for: one, or one or more
// for a greedy parameter. It reports false when the template has no such
// parameter.
func (p Params) Get(name string) (Path, bool) {
	for i, n := range p.names {
		if n != name || n == "" {
			continue
		}
		if p.greedy && i == len(p.names)-1 {
			return p.path[i:], true
		}
		return p.path[i : i+1], true
	}
	return nil, false
}

// Value returns the decoded value of the parameter, segments joined by slashes.
func (p Params) Value(name string) (string, bool) {
	segments, ok := p.Get(name)
	if len(segments) == 1 {
		return segments[0], true
	}
	return strings.Join(segments, "/"), ok
}

var (
	literalSegment   = regexp.MustCompile(`^[A-Za-z0-9_.,:-]+$`)
	parameterSegment = regexp.MustCompile(`^\{([A-Za-z0-9._$-]+)(\+?)\}$`)
)

// Add maps the method on the path template to the value. It fails for a
// template that API Gateway would not import and for one that is already
// there, also under another parameter name.
func (t *Table[T]) Add(method, template string, value T) error {
	if !strings.HasPrefix(template, "/") {
		return fmt.Errorf("path %q does not begin with a slash", template)
	}
	n, l := &t.root, leaf[T]{value: value}
	if template != "/" {
		for segment := range strings.SplitSeq(template[1:], "/") {
			if l.greedy {
				return fmt.Errorf("path %q goes on after a greedy parameter", template)
			}
			next, name, greedy, err := n.child(segment)
			if err != nil {
				return fmt.Errorf("path %q: %w", template, err)
			}
			n, l.greedy, l.names = next, greedy, append(l.names, name)
		}
	}
	leaves := &n.methods
	if l.greedy {
		leaves = &n.greedy
	}
	if _, taken := (*leaves)[method]; taken {
		return fmt.Errorf("%s %s is there twice", method, template)
	}
	if *leaves == nil {
		*leaves = map[string]leaf[T]{}
	}
	(*leaves)[method] = l
	return nil
}

// child returns the node for the segment, making it when needed. A greedy
// parameter ends on the node itself.
func (n *node[T]) child(segment string) (next *node[T], name string, greedy bool, err error) {
	if literalSegment.MatchString(segment) && segment != "." && segment != ".." {
		if n.literals == nil {
			n.literals = map[string]*node[T]{}
		}
		if n.literals[segment] == nil {
			n.literals[segment] = &node[T]{}
		}
		return n.literals[segment], "", false, nil
	}
	m := parameterSegment.FindStringSubmatch(segment)
	if m == nil {
		return nil, "", false, fmt.Errorf("segment %q is neither a literal nor {name} nor {name+}", segment)
	}
	if m[2] != "" {
		return n, m[1], true, nil
	}
	if n.parameter == nil {
		n.parameter, n.name = &node[T]{}, m[1]
	}
	if n.name != m[1] {
		return nil, "", false, fmt.Errorf("parameter {%s} is called {%s} in another path", m[1], n.name)
	}
	return n.parameter, m[1], false, nil
}

// Find returns the value for the method and path with the path parameters, or
// false when there is none.
func (t *Table[T]) Find(method string, path Path) (T, Params, bool) {
	l, ok := t.root.find(method, path)
	if !ok {
		var none T
		return none, Params{}, false
	}
	return l.value, Params{path: path, names: l.names, greedy: l.greedy}, true
}

// find tries the most specific resource first and goes back to a less specific
// one when that lacks the method. Its depth is that of the deepest template.
func (n *node[T]) find(method string, rest Path) (leaf[T], bool) {
	if len(rest) == 0 {
		l, ok := n.methods[method]
		return l, ok
	}
	if next := n.literals[rest[0]]; next != nil {
		if l, ok := next.find(method, rest[1:]); ok {
			return l, true
		}
	}
	if n.parameter != nil {
		if l, ok := n.parameter.find(method, rest[1:]); ok {
			return l, true
		}
	}
	l, ok := n.greedy[method]
	return l, ok
}
