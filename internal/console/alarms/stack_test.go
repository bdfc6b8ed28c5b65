package alarms_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spacefinder/spacefinder/internal/console/alarms"
	"github.com/spacefinder/spacefinder/internal/console/series"
)

// stackAlarm is an alarm as a template describes it. Values that are functions
// or references are left empty.
type stackAlarm struct {
	Name              string `yaml:"AlarmName"`
	Description       string `yaml:"AlarmDescription"`
	Period            int    `yaml:"Period"` // 0 where Metrics has it
	EvaluationPeriods int    `yaml:"EvaluationPeriods"`
	DatapointsToAlarm int    `yaml:"DatapointsToAlarm"`
	Comparison        string `yaml:"ComparisonOperator"`
	Threshold         any    `yaml:"Threshold"`
	MissingData       string `yaml:"TreatMissingData"`
	Metrics           []struct {
		MetricStat struct {
			Period int `yaml:"Period"`
		} `yaml:"MetricStat"`
	} `yaml:"Metrics"`
}

func (a stackAlarm) period() time.Duration {
	seconds := a.Period
	for _, m := range a.Metrics {
		seconds = max(seconds, m.MetricStat.Period)
	}
	return time.Duration(seconds) * time.Second
}

// stackAlarms returns the alarms of the templates by their names without the
// stage, those of a service once for each.
func stackAlarms(t *testing.T) map[string]stackAlarm {
	t.Helper()
	found := map[string]stackAlarm{}
	for _, file := range []string{"observability.yaml", "application.yaml", "service.yaml"} {
		for _, a := range templateAlarms(t, file) {
			name, ok := strings.CutPrefix(a.Name, "spacefinder-${Stage}-")
			if !ok {
				t.Fatalf("%s: the alarm %s has no stage in its name", file, a.Name)
			}
			for _, service := range series.Services() {
				found[strings.ReplaceAll(name, "${Service}", service)] = a
			}
		}
	}
	if len(found) < 10 {
		t.Fatalf("only %d alarms were found in the templates", len(found))
	}
	return found
}

func templateAlarms(t *testing.T, file string) []stackAlarm {
	t.Helper()
	var template struct {
		Resources map[string]struct {
			Type       string    `yaml:"Type"`
			Properties yaml.Node `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	unmarshal(t, file, &template)
	var all []stackAlarm
	for name, r := range template.Resources {
		if r.Type != "AWS::CloudWatch::Alarm" {
			continue
		}
		var a stackAlarm
		if err := r.Properties.Decode(&a); err != nil {
			t.Fatalf("%s: %s: %v", file, name, err)
		}
		all = append(all, a)
	}
	return all
}

func unmarshal(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile("../../../deploy/" + file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// latencyAlarm is the default of the parameter that api-latency refers to.
func latencyAlarm(t *testing.T) float64 {
	t.Helper()
	var stage struct {
		Parameters struct {
			LatencyAlarm struct {
				Default float64 `yaml:"Default"`
			} `yaml:"LatencyAlarm"`
		} `yaml:"Parameters"`
	}
	unmarshal(t, "stage.yaml", &stage)
	return stage.Parameters.LatencyAlarm.Default
}

func threshold(t *testing.T, a stackAlarm) float64 {
	t.Helper()
	switch v := a.Threshold.(type) {
	case int:
		return float64(v)
	case float64:
		return v
	case string:
		if v == "LatencyAlarm" {
			return latencyAlarm(t)
		}
	}
	t.Fatalf("%s has the threshold %v", a.Name, a.Threshold)
	return 0
}

func byName(t *testing.T, name string) alarms.Alarm {
	t.Helper()
	all := alarms.All()
	i := slices.IndexFunc(all, func(a alarms.Alarm) bool { return a.Name == name })
	if i < 0 {
		t.Fatalf("there is no alarm %s", name)
	}
	return all[i]
}

func TestAlarmsAreThoseOfTheStack(t *testing.T) {
	stack := stackAlarms(t)
	stands := map[string]string{} // our alarm by that of the stack
	for _, a := range alarms.All() {
		if _, ok := stack[a.Name]; ok {
			stands[a.Name] = a.Name
		}
	}
	for _, a := range alarms.Missing() {
		if _, ok := stack[a.Name]; !ok || stands[a.Name] != "" {
			t.Errorf("%s is said to be missing, and the stack does not have it or we do", a.Name)
		}
		if a.Reason == "" {
			t.Errorf("%s is missing without a reason", a.Name)
		}
		stands[a.Name] = a.Instead
	}
	for name, theirs := range stack {
		ours, known := stands[name]
		switch {
		case !known:
			t.Errorf("the stack's %s is neither watched nor said to be missing", name)
		case ours != "":
			compare(t, name, byName(t, ours), theirs)
		}
	}
}

func compare(t *testing.T, name string, ours alarms.Alarm, theirs stackAlarm) {
	t.Helper()
	got := fmt.Sprintf("%d of %d periods of %s above %g", ours.Datapoints, ours.Periods, ours.Period, ours.Threshold)
	want := fmt.Sprintf("%d of %d periods of %s above %g", theirs.DatapointsToAlarm, theirs.EvaluationPeriods, theirs.period(), threshold(t, theirs))
	if got != want {
		t.Errorf("%s is on after %s, the stack's %s after %s", ours.Name, got, name, want)
	}
	if theirs.Comparison != "GreaterThanThreshold" || theirs.MissingData != "notBreaching" {
		t.Errorf("the stack's %s compares by %s and treats missing data as %s, which is not what is evaluated here",
			name, theirs.Comparison, theirs.MissingData)
	}
	if !strings.Contains(theirs.Description, `alarm "`+ours.Runbook+`"`) {
		t.Errorf("the stack's %s is described by %q, ours by the section %s", name, theirs.Description, ours.Runbook)
	}
}

func TestEveryAlarmIsOneOfTheStackOrStandsForOne(t *testing.T) {
	stack := stackAlarms(t)
	for _, a := range alarms.All() {
		_, same := stack[a.Name]
		stands := slices.ContainsFunc(alarms.Missing(), func(m alarms.Absent) bool { return m.Instead == a.Name })
		if !same && !stands {
			t.Errorf("%s is no alarm of the stack and stands for none", a.Name)
		}
	}
}

func TestEveryAlarmLeadsToARunbookAndSaysWhatToDo(t *testing.T) {
	text, err := os.ReadFile("../../../docs/deploy.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range alarms.All() {
		if !regexp.MustCompile(`(?m)^### ` + regexp.QuoteMeta(a.Runbook) + `$`).Match(text) {
			t.Errorf("docs/deploy.md has no section %s", a.Runbook)
		}
		if len(a.Steps) == 0 || a.Meaning == "" || a.Unit == "" {
			t.Errorf("%s does not say what it means and what to do", a.Name)
		}
	}
}
