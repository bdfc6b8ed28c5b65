package iampolicy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Bounds of a policy document.
const (
	// MaxResourceLength is the most characters of a Resource entry.
	//
	// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
	MaxResourceLength = 512
	// MaxDocumentLength is the most characters of all Action and Resource
	// entries together. It is a bound of ours, on the time of an evaluation.
	MaxDocumentLength = 16 << 10
)

var errNullElement = errors.New("a policy element must not be null")

// Validate returns nil when the document is one that API Gateway accepts and
// that Evaluate evaluates in full; else an error that names every problem and
// the statement (counted from 1) that it is in.
func (d Document) Validate() error {
	var problems []error
	switch d.Version {
	case Version, "2008-10-17":
	case "":
		problems = append(problems, errors.New("the Version is missing"))
	default:
		problems = append(problems, fmt.Errorf("the Version %.20q is not a version of the policy language", d.Version))
	}
	if len(d.Statement) == 0 {
		problems = append(problems, errors.New("the Statement is missing or empty"))
	}
	for _, name := range slices.Sorted(maps.Keys(d.Unsupported)) {
		problems = append(problems, fmt.Errorf("the element %.40q is not supported", name))
	}
	if d.length() > MaxDocumentLength {
		return errors.Join(append(problems, fmt.Errorf("actions and resources exceed %d characters", MaxDocumentLength))...)
	}
	for i, s := range d.Statement {
		for _, problem := range s.problems() {
			problems = append(problems, fmt.Errorf("statement %d: %w", i+1, problem))
		}
	}
	return errors.Join(problems...)
}

// length counts an entry's own place in the list too, so that many empty
// entries do not pass as nothing.
func (d Document) length() int {
	n := 0
	for _, s := range d.Statement {
		n++
		for _, list := range [][]string{s.Action, s.Resource} {
			for _, entry := range list {
				n += len(entry) + 1
			}
		}
	}
	return n
}

func (s Statement) problems() []error {
	var problems []error
	if s.Effect != EffectAllow && s.Effect != EffectDeny {
		problems = append(problems, fmt.Errorf("the Effect must be Allow or Deny, is %.20q", string(s.Effect)))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Unsupported)) {
		problems = append(problems, fmt.Errorf("the element %.40q is not supported", name))
	}
	if len(s.Action) == 0 {
		problems = append(problems, errors.New("the Action is missing or empty"))
	}
	for _, action := range s.Action {
		if service, name, ok := strings.Cut(action, ":"); action != "*" && (!ok || service == "" || name == "") {
			problems = append(problems, fmt.Errorf("the Action %.60q is neither * nor service:action", action))
		}
	}
	if len(s.Resource) == 0 {
		problems = append(problems, errors.New("the Resource is missing or empty"))
	}
	for _, resource := range s.Resource {
		switch {
		case len(resource) > MaxResourceLength:
			problems = append(problems, fmt.Errorf("the Resource %.60q... exceeds %d characters", resource, MaxResourceLength))
		case resource != "*" && !strings.HasPrefix(resource, "arn:"):
			problems = append(problems, fmt.Errorf("the Resource %.60q is neither * nor an ARN", resource))
		}
	}
	return problems
}
