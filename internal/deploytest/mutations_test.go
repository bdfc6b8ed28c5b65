package deploytest_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// evaluating is what catches a mutation that leaves nothing to check.
const evaluating = "evaluating"

// A mutation is one way to break the templates, and the check that notices.
type mutation struct {
	name     string
	file     string
	old, new string // the first place where old stands gets new
	caught   string
}

func mutations() []mutation {
	return []mutation{
		{"a listener at another port", "service.yaml", "      Protocol: TCP\n      Port: !Ref Port\n      DefaultActions", "      Protocol: TCP\n      Port: 8080\n      DefaultActions", "the ports of a service are one port"},
		{"two services at one port", "application.yaml", "resources: 8082", "resources: 8081", "the ports of a service are one port"},
		{"the tasks let nobody in", "service.yaml", "          SourceSecurityGroupId: !Ref LoadBalancerSecurityGroup", "          CidrIp: 127.0.0.1/32", "the ports of a service are one port"},
		{"the VPC link reaches nothing", "service.yaml", "      GroupId: !Ref VpcLinkSecurityGroup\n", "      GroupId: !Ref LoadBalancerSecurityGroup\n", "the ports of a service are one port"},
		{"the load balancer lets nobody in", "service.yaml", "      SourceSecurityGroupId: !Ref VpcLinkSecurityGroup", "      CidrIp: 127.0.0.1/32", "the ports of a service are one port"},
		{"the VPC link in other subnets", "application.yaml", "      SubnetIds: !Ref PrivateSubnetIds", "      SubnetIds: [!Select [0, !Ref PrivateSubnetIds]]", "the document's stage variables are set"},
		{"a service that does not know of the stage's name", "service.yaml", "Value: !Sub /${Stage}\n", "Value: !Sub ${Stage}\n", "a container has the settings of its service"},
		{"a stage variable under another name", "application.yaml", "        bookingsEndpoint:", "        bookingEndpoint:", "the document's stage variables are set"},
		{"the document's role renamed", "application.yaml", "  AuthorizerInvocationRole:", "  InvocationRole:", evaluating},
		{"SAM's second stage", "application.yaml", "    OpenApiVersion: 3.0.1", "    TracingEnabled: true", "the document's import resolves"},
		{"a permission is missing", "application.yaml", "dynamodb:PutItem, dynamodb:Query, dynamodb:UpdateItem]", "dynamodb:PutItem, dynamodb:Query]", "a service may do what it does, and no more"},
		{"a permission too many", "application.yaml", "Action: [dynamodb:BatchGetItem, dynamodb:GetItem]", "Action: [dynamodb:BatchGetItem, dynamodb:GetItem, dynamodb:Scan]", "a service may do what it does, and no more"},
		{"a permission on the wrong table", "application.yaml", "table/${BookingsTable}", "table/${LocationsTable}", "a service may do what it does, and no more"},
		{"a permission without its limit", "application.yaml", "dynamodb:Attributes: [pk, sk, resources]", "dynamodb:Attributes: [pk, sk, resources, name]", "a service may do what it does, and no more"},
		{"traces that X-Ray refuses", "application.yaml", "Action: [xray:PutSpans, ", "Action: [", "a service may do what it does, and no more"},
		{"no way to X-Ray", "network.yaml", "${AWS::Region}.xray", "${AWS::Region}.sqs", "the tasks reach what they call"},
		{"traces of what API Gateway does not sample", "service.yaml", "Value: parentbased_always_off", "Value: always_on", "a container has the settings of its service"},
		{"a resource * without a reason", "service.yaml", `Resource: "*" # the action knows no resources`, `Resource: "*"`, "every wildcard has its reason"},
		{"an action that is all actions", "service.yaml", "Action: ecr:GetAuthorizationToken", "Action: ecr:*", "every wildcard has its reason"},
		{"a role for anybody", "service.yaml", "              Service: ecs-tasks.amazonaws.com", `              AWS: "*"`, "every role is for one service of AWS"},
		{"a variable that the program does not read", "service.yaml", "SPACEFINDER_BOOKINGS_TABLE", "BOOKINGS_TABLE", "a container has the settings of its service"},
		{"a service without its parent's table", "application.yaml", "        LocationsTable: !Ref LocationsTable\n        ResourcesTable", "        ResourcesTable", "a container has the settings of its service"},
		{"a health check of a file that the image has not", "service.yaml", "/usr/local/bin/spacefinder", "/spacefinder", "a container runs as the image is made"},
		{"a container as root", "service.yaml", `User: "65532:65532"`, `User: "0"`, "a container runs as the image is made"},
		{"the authorizer trusts another client", "application.yaml", "USER_POOL_CLIENT_ID: !Ref UserPoolClient", "USER_POOL_CLIENT_ID: !Ref UserPool", "the authorizer has the settings that it reads"},
		{"tasks are taken away too soon", "service.yaml", `Value: "30" # longer`, `Value: "20" # longer`, "a request is never cut off by a deployment"},
		{"a deployment that cannot roll back", "service.yaml", "          Enable: true\n          Rollback: true\n        Alarms", "          Enable: true\n          Rollback: false\n        Alarms", "a request is never cut off by a deployment"},
		{"an alarm by the API's id", "observability.yaml", "Value: !Sub spacefinder-${Stage}\n        - Name: Stage", "Value: !Ref AccessLogs\n        - Name: Stage", "alarms are on metrics that there are"},
		{"an alarm on a metric of HTTP APIs", "application.yaml", "MetricName: 5XXError", "MetricName: 5xx", "alarms are on metrics that there are"},
		{"an alarm without a dimension", "service.yaml", "        - Name: ServiceName\n          Value: !GetAtt EcsService.Name\n", "", "alarms are on metrics that there are"},
		{"a metric filter renamed", "observability.yaml", "          MetricName: AuthorizerFailures", "          MetricName: AuthorizerFaults", "alarms are on metrics that there are"},
		{"an alarm that tells nobody", "service.yaml", "      AlarmActions: [!Ref AlarmsTopic]\n", "", "alarms tell somebody, and do not mind silence"},
		{"an alarm that silence sets off", "observability.yaml", "TreatMissingData: notBreaching", "TreatMissingData: breaching", "alarms tell somebody, and do not mind silence"},
		{"an alarm outside of the composite one", "observability.yaml", `          - !Sub ALARM("${LocationsCpuHigh}")` + "\n", "", "the composite alarm has them all"},
		{"an alarm without a page in the runbook", "service.yaml", `alarm "cpu"`, `alarm "processor"`, "every alarm has its page in the runbook"},
		{"a dashboard with a metric that there is not", "observability.yaml", `"4XXError"`, `"4xx"`, "the dashboard shows metrics that there are"},
		{"a metric that no service writes", "observability.yaml", "MetricName=\\\"ProcessedBookingsErrors", "MetricName=\\\"ProcessedBookingErrors", "the dashboard shows metrics that there are"},
		{"metrics in another namespace", "service.yaml", "Value: !Ref MetricsNamespace", "Value: !Sub ${MetricsNamespace}/metrics", "a container has the settings of its service"},
		{"a dashboard of another namespace", "application.yaml", "        MetricsNamespace: !Sub SpaceFinder/${Stage}\n        LatencyAlarm", "        MetricsNamespace: !Sub Spaces/${Stage}\n        LatencyAlarm", "the dashboard shows metrics that there are"},
		{"a dashboard that is no JSON", "observability.yaml", `{"widgets":[`, `{"widgets":[,`, "the dashboard shows metrics that there are"},
		{"a query of a field that there is not", "observability.yaml", "filter status >= 500", "filter statusCode >= 500", "queries read log groups and fields that there are"},
		{"an access log that is not always JSON", "application.yaml", `"$context.integrationLatency"`, "$context.integrationLatency", "the access log is JSON whatever is unknown"},
		{"a log for ever", "service.yaml", "      RetentionInDays: 7\n", "", "every log ends"},
		{"a stack without the tag", "stage.yaml", "        - Key: Stack\n", "        - Key: Name\n", "every stack hands down its tag"},
		{"a topic in the clear", "application.yaml", "      KmsMasterKeyId: !Ref AlarmsKey\n", "", "what is stored is encrypted and kept"},
		{"a public bucket", "pipeline.yaml", "BlockPublicPolicy: true", "BlockPublicPolicy: false", "what is stored is encrypted and kept"},
		{"a table without backup", "tables.yaml", "PointInTimeRecoveryEnabled: true", "PointInTimeRecoveryEnabled: false", "what is stored is encrypted and kept"},
		{"production without protection", "config/production.json", `"Protected": "true"`, `"Protected": "false"`, "production is protected and in two zones, staging is not"},
		{"both subnets in one zone", "network.yaml", `!Select [1, !GetAZs ""]`, `!Select [0, !GetAZs ""]`, "production is protected and in two zones, staging is not"},
		{"a renamed key", "tables.yaml", "        - AttributeName: sk\n          KeyType: RANGE", "        - AttributeName: sort\n          KeyType: RANGE", "the tables have the store's keys"},
		{"an output that is gone", "cognito.yaml", "  UserPoolClient:\n    Description: Id", "  Client:\n    Description: Id", evaluating},
		{"a parameter that nobody gives", "stage.yaml", "        UserPool: !GetAtt Cognito.Outputs.UserPool\n", "", evaluating},
		{"another name for what people use", "stage.yaml", "  APIEndpoint:\n", "  ApiEndpoint:\n", "the outputs are those that scripts and people rely on"},
		{"a setting of a stage that there is not", "config/staging.json", `"MinTasks"`, `"DesiredCount"`, evaluating},
		{"the build hands over another file", "buildspecs/build.yaml", "files: [stage.yaml, staging.json, production.json]", "files: [application.yaml, staging.json]", "the pipeline hands over what the stages take"},
		{"production before the approval", "pipeline.yaml", "        - Name: Approval", "        - Name: Afterwards", "the pipeline hands over what the stages take"},
		{"a command with a variable that nobody sets", "pipeline.yaml", "- Name: ARTIFACTS_BUCKET", "- Name: BUCKET", "the build's commands have the variables that they use"},
		{"the pipeline may not make alarms", "pipeline.yaml", "                  - cloudwatch:PutMetricAlarm\n", "", "CloudFormation may make every kind of resource in a stage"},
	}
}

// TestMutations breaks the templates in every one of these ways, each in a copy,
// and wants the check to notice that is there for it.
func TestMutations(t *testing.T) {
	theSite(t)
	all := mutations()
	folders := make([]string, len(all))
	for i, m := range all {
		folders[i] = m.apply(t)
	}
	sites, problems, err := newSites(t.Context(), python(), folders...)
	if err != nil {
		t.Fatal(err)
	}
	caught := map[string]bool{evaluating: true}
	for i, m := range all {
		caught[m.caught] = true
		t.Run(m.name, func(t *testing.T) { m.check(t, sites[i], problems[i]) })
	}
	for _, name := range slices.Sorted(maps.Keys(checks())) {
		if !caught[name] {
			t.Errorf("no mutation shows that a check can fail: %s", name)
		}
	}
}

func (m mutation) check(t *testing.T, s *site, err error) {
	t.Helper()
	if m.caught == evaluating {
		if err == nil {
			t.Error("the templates are evaluated as if nothing were wrong")
		}
		t.Logf("noticed: %v", err)
		return
	}
	if err != nil {
		t.Fatalf("evaluating fails, and not only the check: %v", err)
	}
	found := checks()[m.caught](s)
	if len(found) == 0 {
		t.Error("not noticed")
	}
	t.Logf("noticed: %s", strings.Join(found, "\n"))
}

// apply makes a copy of deploy/ with the mutation, and returns its folder.
func (m mutation) apply(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, folder := range []string{"deploy", "api"} {
		if err := os.CopyFS(filepath.Join(dir, folder), os.DirFS(filepath.Join(root, folder))); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.change(filepath.Join(dir, "deploy", m.file)); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "deploy")
}

func (m mutation) change(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !strings.Contains(string(text), m.old) {
		return fmt.Errorf("%s has nothing to change: %s", m.file, m.old)
	}
	return os.WriteFile(file, []byte(strings.Replace(string(text), m.old, m.new, 1)), 0o600)
}
