package deploytest

import (
	"regexp"
	"slices"
	"strings"
)

// pseudo are the pseudo parameters of the account that stages are evaluated in.
func pseudo(name string) (string, bool) {
	values := map[string]string{
		"AWS::AccountId": "123456789012", "AWS::Partition": "aws", "AWS::Region": "us-east-1",
		"AWS::URLSuffix": "amazonaws.com", "AWS::StackName": "spacefinder-stack",
	}
	value, ok := values[name]
	return value, ok
}

// noValue stands for AWS::NoValue until the list or map around it drops it.
type noValue struct{}

// resolve returns a value with its functions resolved.
func (s *scope) resolve(value any) any {
	switch v := value.(type) {
	case []any:
		list := make([]any, 0, len(v))
		for _, entry := range v {
			if resolved := s.resolve(entry); resolved != (noValue{}) {
				list = append(list, resolved)
			}
		}
		return list
	case map[string]any:
		if name, argument, ok := function(v); ok {
			return s.call(name, argument)
		}
		resolved := make(map[string]any, len(v))
		for name, entry := range v {
			if r := s.resolve(entry); r != (noValue{}) {
				resolved[name] = r
			}
		}
		return resolved
	}
	return value
}

// function returns the function that a map with one member is, if it is one.
func function(m map[string]any) (name string, argument Value, ok bool) {
	for member, value := range m {
		name, argument = member, Value{value}
	}
	ok = len(m) == 1 && (name == "Ref" || name == "Condition" || strings.HasPrefix(name, "Fn::"))
	return name, argument, ok
}

func (s *scope) call(name string, argument Value) any {
	list := argument.List()
	switch name {
	case "Ref":
		return s.ref(argument.String())
	case "Fn::GetAtt":
		return s.attribute(argument)
	case "Fn::Sub":
		return s.substitute(argument)
	case "Fn::If":
		if s.condition(list[0].String()) {
			return s.resolve(list[1].value)
		}
		return s.resolve(list[2].value)
	case "Fn::Join":
		return strings.Join(Value{s.resolve(list[1].value)}.Strings(), list[0].String())
	case "Fn::FindInMap":
		table := s.template.Get("Mappings").Get(list[0].String()).Get(s.text(list[1])).Get(s.text(list[2]))
		if table.value == nil {
			s.problemf("%s: the mappings have no %s", s.file, argument)
		}
		return table.value
	case "Fn::Select", "Fn::GetAZs", "Fn::Cidr":
		return "<" + name + argument.String() + ">" // a list that AWS makes
	}
	s.problemf("%s: the function %s is not known", s.file, name)
	return nil
}

// text resolves a value to a text.
func (s *scope) text(v Value) string { return Value{s.resolve(v.value)}.String() }

func (s *scope) ref(name string) any {
	if name == "AWS::NoValue" {
		return noValue{}
	}
	if value, ok := pseudo(name); ok {
		return value
	}
	if value, ok := s.parameters[name]; ok {
		return value
	}
	if _, ok := s.resources[name]; !ok {
		s.problemf("%s: Ref %s: there is no such parameter or resource", s.file, name)
	}
	return "<" + s.qualified(name) + ">"
}

// attribute resolves Fn::GetAtt in both its forms.
func (s *scope) attribute(argument Value) any {
	name, attribute, _ := strings.Cut(strings.Join(argument.Strings(), "."), ".")
	definition, ok := s.resources[name]
	if !ok {
		s.problemf("%s: GetAtt %s: there is no such resource", s.file, name)
		return nil
	}
	output, nested := strings.CutPrefix(attribute, "Outputs.")
	if !nested || (Value{definition}).Get("Type").String() != stackType {
		return "<" + s.qualified(name) + "." + attribute + ">"
	}
	s.resource(name)
	value, ok := s.nested[name][output]
	if !ok {
		s.problemf("%s: the stack %s has no output %s", s.file, name, output)
	}
	return value
}

var placeholder = regexp.MustCompile(`\$\{[^}!]+\}`)

// substitute resolves Fn::Sub in both its forms.
func (s *scope) substitute(argument Value) any {
	text, own := argument.String(), map[string]any{}
	if list := argument.List(); len(list) == 2 {
		text, own = list[0].String(), list[1].Map()
	}
	return placeholder.ReplaceAllStringFunc(text, func(match string) string {
		name := match[2 : len(match)-1]
		if value, ok := own[name]; ok {
			return s.text(Value{value})
		}
		if strings.Contains(name, ".") {
			return Value{s.attribute(Value{name})}.String()
		}
		return Value{s.ref(name)}.String()
	})
}

// condition evaluates a condition of the template by name.
func (s *scope) condition(name string) bool {
	definition, ok := s.template.Get("Conditions").Map()[name]
	if !ok {
		s.problemf("%s: there is no condition %s", s.file, name)
		return false
	}
	return s.holds(definition)
}

func (s *scope) holds(definition any) bool {
	m, ok := definition.(map[string]any)
	if !ok {
		s.problemf("%s: %v is no condition", s.file, definition)
		return false
	}
	name, argument, _ := function(m)
	list := argument.List()
	switch name {
	case "Condition":
		return s.condition(argument.String())
	case "Fn::Equals":
		return s.text(list[0]) == s.text(list[1])
	case "Fn::Not":
		return !s.holds(list[0].value)
	case "Fn::And":
		return !slices.ContainsFunc(list, func(each Value) bool { return !s.holds(each.value) })
	}
	s.problemf("%s: the condition %s is not known", s.file, name)
	return false
}
