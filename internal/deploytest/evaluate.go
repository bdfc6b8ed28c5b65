package deploytest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Resource is one that a stage is made of, with its functions resolved.
type Resource struct {
	Name       string // with the names of the stacks around it: Application.BookingsService.Listener
	File       string // the template that it is in
	Type       string // AWS::ElasticLoadBalancingV2::Listener
	Properties Value
}

// A Stack is what a template and its nested ones make.
type Stack struct {
	Resources []Resource        // in order of their names, nested ones included
	Outputs   map[string]string // of the outermost template
}

// stackType is the type of a nested stack.
const stackType = "AWS::CloudFormation::Stack"

// Evaluate resolves the template in a file for these parameters, with the nested
// stacks that it names. The error lists every mistake: parameters that are
// missing or that there are not, names that nothing has, values not allowed.
func Evaluate(templates map[string]Template, file string, parameters map[string]string) (Stack, error) {
	e := evaluation{templates: templates}
	outputs := e.stack(file, "", parameters)
	slices.SortFunc(e.resources, func(a, b Resource) int { return strings.Compare(a.Name, b.Name) })
	return Stack{Resources: e.resources, Outputs: outputs}, errors.Join(e.problems...)
}

// An evaluation gathers what all stacks give.
type evaluation struct {
	templates map[string]Template
	resources []Resource
	problems  []error
}

func (e *evaluation) problemf(format string, args ...any) {
	e.problems = append(e.problems, fmt.Errorf(format, args...))
}

// scope is one stack while it is resolved.
type scope struct {
	*evaluation
	file, path string
	template   Value
	parameters map[string]any
	resources  map[string]any               // definitions by logical id, without those whose condition is false
	nested     map[string]map[string]string // outputs of the nested stacks by logical id
}

// stack resolves one template and returns its outputs.
func (e *evaluation) stack(file, path string, given map[string]string) map[string]string {
	template, found := e.templates[file]
	if !found {
		e.problemf("%s: there is no such template", file)
		return nil
	}
	s := scope{
		evaluation: e, file: file, path: path, template: Value{map[string]any(template)},
		parameters: map[string]any{}, resources: map[string]any{}, nested: map[string]map[string]string{},
	}
	s.setParameters(given)
	all := s.template.Get("Resources").Map()
	for name, definition := range all {
		condition := Value{definition}.Get("Condition").String()
		if condition == "" || s.condition(condition) {
			s.resources[name] = definition
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.resources)) {
		s.resource(name) // a nested stack comes here, or when another resource needs its outputs
	}
	return s.outputs()
}

// setParameters takes the given values and the defaults of the others.
func (s *scope) setParameters(given map[string]string) {
	declared := s.template.Get("Parameters").Map()
	for name := range given {
		if _, ok := declared[name]; !ok {
			s.problemf("%s: there is no parameter %s", s.file, name)
		}
	}
	for name, declaration := range declared {
		d := Value{declaration}
		value, ok := given[name]
		switch {
		case ok:
			s.checkAllowed(name, value, d)
		case d.Has("Default"):
			value = d.Get("Default").String()
		default:
			s.problemf("%s: the parameter %s is not given", s.file, name)
		}
		s.parameters[name] = value
		if d.Get("Type").String() == "CommaDelimitedList" {
			s.parameters[name] = commaList(value)
		}
	}
}

func (s *scope) checkAllowed(name, value string, declaration Value) {
	allowed := declaration.Get("AllowedValues").List()
	if len(allowed) > 0 && !slices.ContainsFunc(allowed, func(v Value) bool { return v.String() == value }) {
		s.problemf("%s: the parameter %s may not be %q", s.file, name, value)
	}
}

// resource resolves one resource, a nested stack with all that is in it. It does
// nothing the second time.
func (s *scope) resource(name string) {
	if _, done := s.nested[name]; done {
		return
	}
	definition := Value{s.resources[name]}
	kind := definition.Get("Type").String()
	s.nested[name] = nil
	properties := Value{s.resolve(definition.Get("Properties").value)}
	s.checkDependencies(name, definition)
	full := s.qualified(name)
	s.evaluation.resources = append(s.evaluation.resources, Resource{Name: full, File: s.file, Type: kind, Properties: properties})
	if kind == stackType {
		given := map[string]string{}
		for parameter, value := range properties.Get("Parameters").Map() {
			given[parameter] = Value{value}.String()
		}
		s.nested[name] = s.stack(properties.Get("TemplateURL").String(), full, given)
	}
}

func (s *scope) checkDependencies(name string, definition Value) {
	for _, other := range definition.Get("DependsOn").Strings() {
		if _, ok := s.resources[other]; !ok {
			s.problemf("%s: %s depends on %s, which there is not", s.file, name, other)
		}
	}
}

func (s *scope) outputs() map[string]string {
	outputs := map[string]string{}
	for name, output := range s.template.Get("Outputs").Map() {
		outputs[name] = Value{s.resolve(Value{output}.Get("Value").value)}.String()
	}
	return outputs
}

// qualified returns the name of a resource with those of the stacks around it.
func (s *scope) qualified(name string) string {
	if s.path == "" {
		return name
	}
	return s.path + "." + name
}
