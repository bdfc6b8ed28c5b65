package deploytest_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spacefinder/spacefinder/internal/deploytest"
	"github.com/spacefinder/spacefinder/internal/store/dynamodb"
)

// statements returns the statements of a role's own policies.
func statements(role deploytest.Resource) []deploytest.Value {
	var all []deploytest.Value
	for _, policy := range role.Properties.Get("Policies").List() {
		all = append(all, policy.Get("PolicyDocument", "Statement").List()...)
	}
	return all
}

// sendTraces is what a service does beside its tables: it exports to X-Ray's
// OTLP endpoint.
const sendTraces = "Allow [xray:PutSpans xray:PutSpansForIndexing xray:PutTraceSegments] [*] "

// checkGrants compares the roles of the tasks with what the store declares.
func checkGrants(s *site) (p problems) {
	for name, stage := range s.stages {
		for service, stack := range services() {
			task := named(stage, stack+".TaskDefinition").Properties.Get("TaskRoleArn").String()
			role := named(stage, strings.TrimSuffix(strings.TrimPrefix(task, "<"), ".Arn>"))
			var got []string
			for _, statement := range statements(role) {
				got = append(got, describeStatement(statement))
			}
			if role.Properties.Has("ManagedPolicyArns") {
				got = append(got, "managed policies")
			}
			want := []string{sendTraces}
			for _, grant := range dynamodb.Grants() {
				if grant.Service == service {
					want = append(want, describeGrant(grant))
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			p.equal(fmt.Sprintf("%s: what %s may do", name, service), strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	return p
}

func describeStatement(s deploytest.Value) string {
	actions := s.Get("Action").Strings()
	slices.Sort(actions)
	return fmt.Sprintf("%v %v %v %v", s.Get("Effect"), actions, s.Get("Resource").Strings(), s.Get("Condition"))
}

func describeGrant(g dynamodb.Grant) string {
	condition := ""
	quoted := func(texts []string) string { return `["` + strings.Join(texts, `","`) + `"]` }
	like := `"ForAllValues:StringLike":{"dynamodb:LeadingKeys":["` + g.LeadingKeys + `"]}`
	switch {
	case g.Attributes != nil:
		condition = `{"ForAllValues:StringEquals":{"dynamodb:Attributes":` + quoted(g.Attributes) + `},` + like + `}`
	case g.LeadingKeys != "":
		condition = "{" + like + "}"
	}
	table := "arn:aws:dynamodb:us-east-1:123456789012:table/<Tables." + g.Table + ">"
	return fmt.Sprintf("Allow %v %v %v", slices.Sorted(slices.Values(g.Actions)), []string{table}, condition)
}

var (
	// wildResource is a resource that is anything at all.
	wildResource = regexp.MustCompile(`^\s*Resource: "\*"(.*)$`)
	// wildAction is an action that is many: of these there are few, for good.
	wildAction = regexp.MustCompile(`\b[a-z0-9-]+:[A-Za-z]*\*`)
)

// wildActions are the only ones that a template may have.
func wildActions() []string {
	return []string{
		"kms:*",                                  // the account's own right in a key's policy, without which nobody could manage the key
		"kms:GenerateDataKey*", "kms:ReEncrypt*", // as AWS documents them for encrypted topics and artifacts
		"dynamodb:*",                                                                           // in the policy of an endpoint, which narrows the roles' rights and gives none
		"s3:*",                                                                                 // in a denial
		"ec2:Describe*", "elasticloadbalancing:Describe*", "application-autoscaling:Describe*", // these only read
	}
}

// checkWildcards wants a comment beside each resource "*".
func checkWildcards(s *site) (p problems) {
	for file, text := range s.raw {
		for n, line := range strings.Split(text, "\n") {
			if match := wildResource.FindStringSubmatch(line); match != nil && !strings.HasPrefix(match[1], " # ") {
				p.addf("%s:%d: the resource * is without a reason beside it", file, n+1)
			}
			code, _, _ := strings.Cut(line, " # ")
			for _, action := range wildAction.FindAllString(code, -1) {
				if !slices.Contains(wildActions(), action) && !strings.Contains(code, "arn:") {
					p.addf("%s:%d: the action %s is too much", file, n+1, action)
				}
			}
		}
	}
	return p
}

// checkTrust wants each role to be assumed by one service of AWS alone, and for
// this account where that service tells the account.
func checkTrust(s *site) (p problems) {
	// Services that are not documented to tell the account when they assume a role.
	tellsNothing := []string{"apigateway.amazonaws.com", "lambda.amazonaws.com", "cloudformation.amazonaws.com"}
	for _, r := range s.everywhere() {
		if r.Type != "AWS::IAM::Role" {
			continue
		}
		trust := r.Properties.Get("AssumeRolePolicyDocument", "Statement").List()
		p.equal(r.Name+": statements of trust", len(trust), 1)
		service := trust[0].Get("Principal", "Service").String()
		if !regexp.MustCompile(`^[a-z-]+\.amazonaws\.com$`).MatchString(service) {
			p.addf("%s can be assumed by %s", r.Name, trust[0].Get("Principal"))
		}
		account := trust[0].Get("Condition", "StringEquals", "aws:SourceAccount").String()
		if account != "123456789012" && !slices.Contains(tellsNothing, service) {
			p.addf("%s can be assumed for another account", r.Name)
		}
	}
	return p
}

// allows reports whether statements allow an action.
func allows(all []deploytest.Value, action string) bool {
	return slices.ContainsFunc(all, func(s deploytest.Value) bool {
		return slices.ContainsFunc(s.Get("Action").Strings(), func(pattern string) bool {
			prefix, wild := strings.CutSuffix(pattern, "*")
			return pattern == action || wild && strings.HasPrefix(action, prefix)
		})
	})
}
