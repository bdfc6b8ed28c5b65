package deploytest_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/spacefinder/spacefinder/internal/deploytest"
	"github.com/spacefinder/spacefinder/internal/telemetry"
)

// A metric is one as an alarm or a widget asks for it.
type metric struct {
	namespace, name string
	dimensions      []string // names and values by turns
}

func (m metric) String() string { return fmt.Sprint(m.namespace, " ", m.name, " ", m.dimensions) }

// awsMetrics are the metrics that AWS emits, by namespace and the names of the
// dimensions in AWS's order. A metric asked for with other dimensions has no data.
//
// Sources: the pages "metrics and dimensions" of the guides of API Gateway
// (REST), Lambda, DynamoDB, ECS and Network Load Balancers.
func awsMetrics() map[string][]string {
	return map[string][]string{
		"AWS/ApiGateway ApiName Stage":            {"4XXError", "5XXError", "Count", "IntegrationLatency", "Latency"},
		"AWS/Lambda FunctionName":                 {"ConcurrentExecutions", "Duration", "Errors", "Invocations", "Throttles"},
		"AWS/DynamoDB TableName":                  {"ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits", "ReadThrottleEvents", "WriteThrottleEvents"},
		"AWS/DynamoDB TableName Operation":        {"SuccessfulRequestLatency", "ThrottledRequests"},
		"AWS/ECS ClusterName ServiceName":         {"CPUUtilization", "MemoryUtilization"},
		"AWS/NetworkELB TargetGroup LoadBalancer": {"HealthyHostCount", "UnHealthyHostCount"},
	}
}

// shownMetrics are those of the services that the dashboard shows, found by name
// alone.
func shownMetrics() []string {
	return []string{
		"ProcessedBookings", "ProcessedBookingsErrors", "ProcessedLocations", "ProcessedLocationsErrors",
		"ProcessedResources", "ProcessedResourcesErrors",
	}
}

// writtenMetrics are those that the program writes.
func writtenMetrics() []string {
	var names []string
	for service := range services() {
		names = append(names, telemetry.BusinessMetrics(service)...)
	}
	return names
}

// searched finds the metrics that an expression of the dashboard searches.
var searched = regexp.MustCompile(`Namespace="([^"]*)" MetricName="([^"]*)"`)

// checkSearches looks up what the expressions of the dashboard search, among
// what the program writes and where.
func checkSearches(p *problems, name, body string, stage deploytest.Stack) {
	var found []string
	for _, search := range searched.FindAllStringSubmatch(strings.ReplaceAll(body, `\"`, `"`), -1) {
		for service, stack := range services() {
			if namespace := environment(containerOf(stage, stack))["SPACEFINDER_EMF_NAMESPACE"]; namespace != search[1] {
				p.addf("%s: the dashboard searches %s in %s, and %s writes into %s", name, search[2], search[1], service, namespace)
			}
		}
		if !slices.Contains(writtenMetrics(), search[2]) {
			p.addf("%s: the dashboard shows %s, which the program does not write", name, search[2])
		}
		found = append(found, search[2])
	}
	for _, m := range shownMetrics() {
		if !slices.Contains(found, m) {
			p.addf("%s: the dashboard does not show %s", name, m)
		}
	}
}

// dimensionValues are the values that the dimensions of a stage's metrics have.
func dimensionValues(name string, stage deploytest.Stack) map[string][]string {
	return map[string][]string{
		"ApiName":      {named(stage, "Application.Api").Properties.Get("Name").String()},
		"Stage":        {named(stage, "Application.ApiStage").Properties.Get("StageName").String()},
		"FunctionName": {"<Application.AuthorizerFunction>"},
		"TableName":    {"<Tables.LocationsTable>", "<Tables.ResourcesTable>", "<Tables.BookingsTable>"},
		"Operation":    {"GetItem", "Query", "TransactWriteItems"},
		"ClusterName":  {"<Application.Cluster>"},
		"ServiceName": {
			"locations", "resources", "bookings",
			"<Application.LocationsService.EcsService.Name>", "<Application.ResourcesService.EcsService.Name>",
			"<Application.BookingsService.EcsService.Name>",
		},
		"LoadBalancer": {"<Application.LoadBalancer.LoadBalancerFullName>"},
		"TargetGroup": {
			"<Application.LocationsService.TargetGroup.TargetGroupFullName>", "<Application.ResourcesService.TargetGroup.TargetGroupFullName>",
			"<Application.BookingsService.TargetGroup.TargetGroupFullName>",
		},
		"": {name},
	}
}

// checkMetric says whether there is such a metric in the stage.
func checkMetric(p *problems, where, name string, stage deploytest.Stack, m metric) {
	for _, filter := range ofType(stage, "AWS::Logs::MetricFilter") {
		made := filter.Properties.Get("MetricTransformations").List()[0]
		if made.Get("MetricNamespace").String() == m.namespace && made.Get("MetricName").String() == m.name && len(m.dimensions) == 0 {
			return
		}
	}
	values := dimensionValues(name, stage)
	kind := m.namespace
	for i := 0; i < len(m.dimensions); i += 2 {
		kind += " " + m.dimensions[i]
		if !slices.Contains(values[m.dimensions[i]], m.dimensions[i+1]) {
			p.addf("%s: %s: there is no %s %s", where, m, m.dimensions[i], m.dimensions[i+1])
		}
	}
	if !slices.Contains(awsMetrics()[kind], m.name) {
		p.addf("%s: there is no metric %s", where, m)
	}
}

// metricsOf returns the metrics of an alarm.
func metricsOf(alarm deploytest.Value) []metric {
	of := func(v deploytest.Value) metric {
		m := metric{namespace: v.Get("Namespace").String(), name: v.Get("MetricName").String()}
		for _, d := range v.Get("Dimensions").List() {
			m.dimensions = append(m.dimensions, d.Get("Name").String(), d.Get("Value").String())
		}
		return m
	}
	if alarm.Has("MetricName") {
		return []metric{of(alarm)}
	}
	var all []metric
	for _, entry := range alarm.Get("Metrics").List() {
		if entry.Has("MetricStat") {
			all = append(all, of(entry.Get("MetricStat", "Metric")))
		}
	}
	return all
}

var word = regexp.MustCompile(`\b[a-z]+\b`)

// checkAlarmMetrics looks up what every alarm watches.
func checkAlarmMetrics(s *site) (p problems) {
	for name, stage := range s.stages {
		for _, alarm := range ofType(stage, "AWS::CloudWatch::Alarm") {
			metrics := metricsOf(alarm.Properties)
			if len(metrics) == 0 {
				p.addf("%s: %s watches nothing", name, alarm.Name)
			}
			for _, m := range metrics {
				checkMetric(&p, name+": "+alarm.Name, name, stage, m)
			}
			ids := []string{}
			for _, entry := range alarm.Properties.Get("Metrics").List() {
				ids = append(ids, entry.Get("Id").String())
			}
			for _, entry := range alarm.Properties.Get("Metrics").List() {
				for _, id := range word.FindAllString(entry.Get("Expression").String(), -1) {
					if !slices.Contains(ids, id) {
						p.addf("%s: %s: the expression uses %s, which there is not", name, alarm.Name, id)
					}
				}
			}
		}
	}
	return p
}

// checkAlarmActions looks at what every alarm does.
func checkAlarmActions(s *site) (p problems) {
	for name, stage := range s.stages {
		for _, alarm := range ofType(stage, "AWS::CloudWatch::Alarm") {
			where, v := name+": "+alarm.Name+": ", alarm.Properties
			p.equal(where+"actions", v.Get("AlarmActions").Strings(), []string{"<Application.AlarmsTopic>"})
			p.equal(where+"actions when it is over", v.Get("OKActions").Strings(), []string{"<Application.AlarmsTopic>"})
			p.equal(where+"treatment of missing data", v.Get("TreatMissingData"), "notBreaching")
			p.equal(where+"periods", v.Get("EvaluationPeriods").String()+" "+v.Get("DatapointsToAlarm").String(), "3 2")
			if !strings.HasPrefix(v.Get("AlarmName").String(), "spacefinder-"+name+"-") {
				p.addf("%sthe name %s does not say the stage", where, v.Get("AlarmName"))
			}
		}
		publish := named(stage, "Application.AlarmsTopicPolicy").Properties.Get("PolicyDocument", "Statement").List()[0]
		use := named(stage, "Application.AlarmsKey").Properties.Get("KeyPolicy", "Statement").List()[1]
		for what, statement := range map[string]deploytest.Value{"topic": publish, "key": use} {
			p.equal(name+": who may use the "+what, statement.Get("Principal"), `{"Service":"cloudwatch.amazonaws.com"}`)
		}
		p.equal(name+": how the key is used", use.Get("Action").Strings(), []string{"kms:Decrypt", "kms:GenerateDataKey*"})
	}
	return p
}

// checkComposite compares the rule with the alarms that there are.
func checkComposite(s *site) (p problems) {
	for name, stage := range s.stages {
		var want []string
		for _, alarm := range ofType(stage, "AWS::CloudWatch::Alarm") {
			want = append(want, `ALARM("<`+alarm.Name+`>")`)
		}
		rule := strings.Split(named(stage, "Application.Observability.Anything").Properties.Get("AlarmRule").String(), " OR ")
		slices.Sort(want)
		slices.Sort(rule)
		p.equal(name+": alarms of the composite alarm", rule, want)
	}
	return p
}

// A widget of a dashboard, as far as it is looked at.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
type widget struct {
	Type       string `json:"type"`
	X          int    `json:"x"`
	Y          int    `json:"y"`
	Width      int    `json:"width"`
	Height     int    `json:"height"`
	Properties struct {
		Title   string   `json:"title"`
		Region  string   `json:"region"`
		View    string   `json:"view"`
		Alarms  []string `json:"alarms"`
		Metrics [][]any  `json:"metrics"`
	} `json:"properties"`
}

// checkDashboard looks up what every widget shows.
func checkDashboard(s *site) (p problems) {
	for name, stage := range s.stages {
		body := named(stage, "Application.Observability.Dashboard").Properties.Get("DashboardBody").String()
		var dashboard struct {
			Widgets []widget `json:"widgets"`
		}
		if err := json.Unmarshal([]byte(body), &dashboard, json.RejectUnknownMembers(true)); err != nil {
			p.addf("%s: the dashboard is no such JSON: %v", name, err)
			continue
		}
		shown := map[string]bool{}
		for _, w := range dashboard.Widgets {
			checkWidget(&p, name, stage, w, shown)
		}
		for kind, metrics := range awsMetrics() {
			for _, m := range metrics {
				if !shown[strings.Fields(kind)[0]+" "+m] && m != "ThrottledRequests" {
					p.addf("%s: the dashboard does not show %s of %s", name, m, kind)
				}
			}
		}
		checkSearches(&p, name, body, stage)
	}
	return p
}

func checkWidget(p *problems, name string, stage deploytest.Stack, w widget, shown map[string]bool) {
	where := name + ": " + w.Properties.Title
	if w.X+w.Width > 24 {
		p.addf("%s: the widget does not fit on the dashboard", where)
	}
	if w.Type == "alarm" {
		p.equal(where+": alarms", len(w.Properties.Alarms), 1+len(ofType(stage, "AWS::CloudWatch::Alarm")))
		return
	}
	var before []string
	for _, entry := range w.Properties.Metrics {
		var texts []string
		for _, word := range entry {
			if text, ok := word.(string); ok {
				texts = append(texts, text)
			}
		}
		if len(texts) == 0 {
			continue // an expression
		}
		before = spellOut(texts, before)
		m := metric{namespace: before[0], name: before[1], dimensions: before[2:]}
		checkMetric(p, where, name, stage, m)
		shown[m.namespace+" "+m.name] = true
	}
}

// spellOut replaces "." by the word above it and "..." by all of them.
func spellOut(words, before []string) []string {
	if words[0] == "..." {
		return before
	}
	full := slices.Clone(words)
	for i, word := range words {
		if word == "." && i < len(before) {
			full[i] = before[i]
		}
	}
	return full
}
