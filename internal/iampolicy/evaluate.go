package iampolicy

import "unicode/utf8"

// Decision is the outcome of evaluating a policy. The zero value denies.
type Decision int

// The decisions. API Gateway words the two denials differently.
const (
	ImplicitDeny Decision = iota // nothing matches
	ExplicitDeny                 // a Deny statement matches, whatever else does
	Allow                        // an Allow statement matches and no Deny statement does
)

// String returns the decision as IAM's policy simulator spells it.
func (d Decision) String() string {
	switch d {
	case Allow:
		return "allowed"
	case ExplicitDeny:
		return "explicitDeny"
	default:
		return "implicitDeny"
	}
}

// Evaluate decides whether the document lets its bearer perform the action
// (such as [ActionInvoke]) on the resource (a method ARN). Actions match
// whatever their case, resources match exactly.
//
// It allocates nothing, and its time is bounded by the length of the resource
// times [MaxDocumentLength]. A document that [Document.Validate] refuses is
// never read as more permissive than written: a statement with an unsupported
// element or an unknown effect counts as a Deny.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
func (d Document) Evaluate(action, resource string) Decision {
	decision := ImplicitDeny
	if len(d.Unsupported) > 0 {
		return ExplicitDeny
	}
	for i := range d.Statement {
		s := &d.Statement[i]
		if len(s.Unsupported) > 0 {
			return ExplicitDeny
		}
		if !anyMatch(s.Action, action, foldCase) || !anyMatch(s.Resource, resource, exactCase) {
			continue
		}
		if s.Effect != EffectAllow {
			return ExplicitDeny
		}
		decision = Allow
	}
	return decision
}

// caseRule says how letters compare.
type caseRule bool

const (
	exactCase caseRule = false
	foldCase  caseRule = true // ASCII letters only: action names have no others
)

func (r caseRule) equal(a, b byte) bool {
	return a == b || r == foldCase && lower(a) == lower(b)
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + ('a' - 'A')
	}
	return b
}

func anyMatch(patterns []string, s string, rule caseRule) bool {
	for _, p := range patterns {
		if match(p, s, rule) {
			return true
		}
	}
	return false
}

// match reports whether the whole of s matches the pattern. Only the latest *
// is ever widened: what an earlier one could take in addition, the latest can
// take too. That keeps the steps below len(pattern) * len(s).
func match(pattern, s string, rule caseRule) bool {
	p, i := 0, 0
	star, resume := -1, 0 // the latest *, and where in s the text after it was tried
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, resume = p, i
			p++
		case p < len(pattern) && pattern[p] == '?':
			p++
			i += characterLength(s[i:])
		case p < len(pattern) && rule.equal(pattern[p], s[i]):
			p++
			i++
		case star >= 0:
			resume += characterLength(s[resume:])
			p, i = star+1, resume
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// characterLength returns the bytes of the first character of s, which is not
// empty; a byte that is no UTF-8 counts as a character.
func characterLength(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}
