package arch

import (
	"fmt"
	"slices"
	"strings"
)

// Rule is one line that imports do not cross. Patterns are paths of packages;
// one that ends in "/..." means that package and everything below it.
type Rule struct {
	Reason string   // why, for whoever crosses the line
	From   []string // the packages that the rule binds
	Except []string // packages among them that it does not bind
	NotTo  []string // what they may not import, unless it lies below them
	Direct bool     // only imports of their own count, not those of what they import
}

// Crossings returns the imports that break a rule, each as a sentence with the
// chain of imports and the reason.
func Crossings(packages []Package, rules []Rule) []string {
	byPath := map[string]Package{}
	for _, p := range packages {
		byPath[p.Path] = p
	}
	var found []string
	for _, rule := range rules {
		for _, p := range packages {
			if matchesAny(rule.From, p.Path) && !matchesAny(rule.Except, p.Path) {
				found = append(found, rule.crossings(byPath, p)...)
			}
		}
	}
	return found
}

// crossings walks the imports of one package, nearest first, so that the chain
// in the message is the shortest.
func (r Rule) crossings(byPath map[string]Package, from Package) []string {
	var found []string
	seen := map[string]bool{from.Path: true}
	chains := [][]string{{from.Path}}
	for len(chains) > 0 {
		chain := chains[0]
		chains = chains[1:]
		for _, imported := range byPath[chain[len(chain)-1]].Imports {
			next := append(slices.Clone(chain), imported)
			switch {
			case seen[imported]:
			case matchesAny(r.NotTo, imported) && !matches(from.Path+"/...", imported):
				found = append(found, fmt.Sprintf("%s: %s", strings.Join(next, " imports "), r.Reason))
			case !r.Direct:
				chains = append(chains, next)
			}
			seen[imported] = true
		}
	}
	return found
}

// Unbound returns the patterns of rules that name no package of the module,
// neither bound by them nor excepted: a rule about a package that has moved
// would hold nothing.
func Unbound(packages []Package, rules []Rule) []string {
	var unbound []string
	for _, rule := range rules {
		for _, pattern := range slices.Concat(rule.From, rule.Except) {
			if !slices.ContainsFunc(packages, func(p Package) bool { return matches(pattern, p.Path) }) {
				unbound = append(unbound, pattern)
			}
		}
	}
	return unbound
}
