package deploytest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/spacefinder/spacefinder/internal/gateway"
)

var contextVariable = regexp.MustCompile(`\$context\.[A-Za-z0-9.]+`)

// accessLogFields returns the members of the access log's lines.
func accessLogFields(format string) ([]string, error) {
	line := contextVariable.ReplaceAllString(format, "-") // what API Gateway writes for what it does not know
	var members map[string]string
	err := json.Unmarshal([]byte(line), &members)
	fields := []string{}
	for name := range members {
		fields = append(fields, name)
	}
	return fields, err
}

// checkAccessLog wants JSON where nothing is known, and the format of our own
// front door, so that one query serves both.
func checkAccessLog(s *site) (p problems) {
	for name, stage := range s.stages {
		format := named(stage, "Application.ApiStage").Properties.Get("AccessLogSetting", "Format").String()
		if _, err := accessLogFields(format); err != nil {
			p.addf("%s: a line without values is no JSON: %v", name, err)
			continue
		}
		got, want := jsontext.Value(format), jsontext.Value(gateway.DefaultAccessLogFormat)
		if err := got.Compact(); err != nil {
			p.addf("%s: %v", name, err)
		}
		p.equal(name+": format of the access log", string(got), string(want))
		if !strings.Contains(format, "$context.requestId") {
			p.addf("%s: API Gateway refuses a format without $context.requestId", name)
		}
	}
	return p
}

// serviceFields are members of the services' and the authorizer's log lines.
func serviceFields() []string { return []string{"level", "msg", "error", "requestId"} }

var queryField = regexp.MustCompile(`\b[a-z][A-Za-z]*\b`)

// checkQueries looks up the log groups and the fields of the saved queries.
func checkQueries(s *site) (p problems) {
	words := strings.Fields("fields filter sort stats limit by desc as count sum pct max and in put the request id here requests slowest throttled")
	for name, stage := range s.stages {
		format := named(stage, "Application.ApiStage").Properties.Get("AccessLogSetting", "Format").String()
		access, err := accessLogFields(format)
		if err != nil {
			p.addf("%s: %v", name, err)
		}
		for _, query := range ofType(stage, "AWS::Logs::QueryDefinition") {
			known := slices.Clone(words)
			for _, group := range query.Properties.Get("LogGroupNames").Strings() {
				if named(stage, strings.Trim(group, "<>")).Type != "AWS::Logs::LogGroup" {
					p.addf("%s: %s reads %s, which is no log group", name, query.Name, group)
				}
				if group == "<Application.AccessLogs>" {
					known = append(known, access...)
				} else {
					known = append(known, serviceFields()...)
				}
			}
			text := regexp.MustCompile(`@\w+|"[A-Z]+"|p\d+`).ReplaceAllString(query.Properties.Get("QueryString").String(), "")
			for _, field := range queryField.FindAllString(text, -1) {
				if !slices.Contains(known, field) {
					p.addf("%s: %s asks for %s, which no line of its log groups has", name, query.Name, field)
				}
			}
		}
	}
	return p
}

var runbookEntry = regexp.MustCompile(`see docs/deploy\.md, alarm "([a-z-]+)"$`)

// checkRunbook looks for the section that each alarm's description names.
func checkRunbook(s *site) (p problems) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "deploy.md"))
	if err != nil {
		p.addf("%v", err)
		return p
	}
	for name, stage := range s.stages {
		for _, alarm := range ofType(stage, "AWS::CloudWatch::Alarm") {
			match := runbookEntry.FindStringSubmatch(alarm.Properties.Get("AlarmDescription").String())
			switch {
			case match == nil:
				p.addf("%s: the description of %s does not say where the runbook is", name, alarm.Name)
			case !strings.Contains(string(text), "\n### "+match[1]+"\n"):
				p.addf("%s: docs/deploy.md has no section %s for %s", name, match[1], alarm.Name)
			case !strings.HasSuffix(alarm.Properties.Get("AlarmName").String(), "-"+match[1]):
				p.addf("%s: the alarm %s is not named %s like its section", name, alarm.Properties.Get("AlarmName"), match[1])
			}
		}
	}
	return p
}
