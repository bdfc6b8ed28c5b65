// Package expression reads the two small languages of API Gateway in which a
// document refers to a request: parameter mappings, such as
// context.requestId or 'literal', and templates of gateway responses and
// access logs, such as {"id":"$context.requestId"}.
//
// Neither is Velocity: substitution is all there is.
//
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
package expression

import (
	"fmt"
	"regexp"
	"strings"
)

// Kind says where a value comes from.
type Kind int

// The kinds of source.
const (
	Literal       Kind = iota // Name is the text itself
	Path                      // a path parameter
	Query                     // a query parameter, the last one when repeated
	Header                    // a header, the last one when repeated
	StageVariable             // a stage variable
	Context                   // a context variable, such as authorizer.principalId
)

// Source is a value of a request, or a literal.
type Source struct {
	Kind Kind
	Name string
}

const name = `([A-Za-z0-9_$-]+(?:\.[A-Za-z0-9_$-]+)*)`

var (
	mapping = regexp.MustCompile(`^(context|stageVariables|method\.request\.(?:path|querystring|header))\.` + name + `$`)
	inText  = regexp.MustCompile(`\$(context|stageVariables|method\.request\.(?:path|querystring|header))\.` +
		`([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)`)
	foreign = regexp.MustCompile(`\$[A-Za-z{!]`) // Velocity, or a slip
	kinds   = map[string]Kind{
		"context": Context, "stageVariables": StageVariable,
		"method.request.path": Path, "method.request.querystring": Query, "method.request.header": Header,
	}
)

// ParseMapping reads a mapping expression. Multi-value forms and parts of the
// body are not supported and are errors.
func ParseMapping(s string) (Source, error) {
	if inner, ok := strings.CutPrefix(s, "'"); ok {
		inner, ok = strings.CutSuffix(inner, "'")
		if !ok || strings.Contains(inner, "'") {
			return Source{}, fmt.Errorf("%s is not one literal in single quotes", s)
		}
		return Source{Literal, inner}, nil
	}
	m := mapping.FindStringSubmatch(s)
	if m == nil {
		return Source{}, fmt.Errorf("mapping expression %q is not supported", s)
	}
	return Source{kinds[m[1]], m[2]}, nil
}

// ParseTemplate splits a text into literals and the $-expressions between them.
// What looks like an expression and is not supported is an error.
func ParseTemplate(s string) ([]Source, error) {
	var parts []Source
	rest := 0
	literal := func(text string) error {
		if i := foreign.FindStringIndex(text); i != nil {
			return fmt.Errorf("template expression %.40q is not supported", text[i[0]:])
		}
		if text != "" {
			parts = append(parts, Source{Literal, text})
		}
		return nil
	}
	for _, at := range inText.FindAllStringSubmatchIndex(s, -1) {
		if err := literal(s[rest:at[0]]); err != nil {
			return nil, err
		}
		parts = append(parts, Source{kinds[s[at[2]:at[3]]], s[at[4]:at[5]]})
		rest = at[1]
	}
	if err := literal(s[rest:]); err != nil {
		return nil, err
	}
	return parts, nil
}

var stageVariable = regexp.MustCompile(`\$\{stageVariables\.([A-Za-z0-9_]+)\}`)

// ExpandStageVariables replaces every ${stageVariables.NAME} in s. A name that
// is not in variables is an error.
func ExpandStageVariables(s string, variables map[string]string) (string, error) {
	var missing []string
	expanded := stageVariable.ReplaceAllStringFunc(s, func(match string) string {
		name := stageVariable.FindStringSubmatch(match)[1]
		value, ok := variables[name]
		if !ok {
			missing = append(missing, name)
		}
		return value
	})
	if len(missing) > 0 {
		return "", fmt.Errorf("stage variable %s is not set", strings.Join(missing, ", "))
	}
	return expanded, nil
}
