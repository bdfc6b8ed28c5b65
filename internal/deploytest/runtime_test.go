package deploytest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spacefinder/spacefinder/internal/deploytest"
	"github.com/spacefinder/spacefinder/internal/tracing"
)

// containerOf returns the container of a service.
func containerOf(stage deploytest.Stack, stack string) deploytest.Value {
	return named(stage, stack+".TaskDefinition").Properties.Get("ContainerDefinitions").List()[0]
}

// cores returns how many cores a task keeps busy at once: all it has, but one where
// it has less, for which the runtime of Go would take two.
func cores(task deploytest.Resource) string {
	units, err := strconv.Atoi(task.Properties.Get("Cpu").String())
	if err != nil {
		return err.Error()
	}
	return strconv.Itoa(max(units/1024, 1))
}

// memory returns from how much memory on a task collects its garbage at once: less
// than its alarm on memory allows.
func memory(task deploytest.Resource) string {
	mebibytes, err := strconv.Atoi(task.Properties.Get("Memory").String())
	if err != nil {
		return err.Error()
	}
	return strconv.Itoa(mebibytes*3/4) + "MiB"
}

// checkContainers compares commands and variables with what a service needs;
// TestServicesStartWithTheirSettings shows that it starts with them.
func checkContainers(s *site) (p problems) {
	tables := map[string][]string{
		"locations": {"LOCATIONS"}, "resources": {"LOCATIONS", "RESOURCES"}, "bookings": {"BOOKINGS", "RESOURCES"},
	}
	for name, stage := range s.stages {
		for service, stack := range services() {
			container := containerOf(stage, stack)
			p.equal(name+": command of "+service, container.Get("Command").Strings(), []string{"service", service})
			got := environment(container)
			delete(got, "SPACEFINDER_ADDR") // checkPorts
			want := map[string]string{
				"SPACEFINDER_REGION": "us-east-1", "SPACEFINDER_ADMIN_GROUP": "apiAdmins", "SPACEFINDER_ADMIN_BOOKINGS": "all",
				"GOMAXPROCS":            cores(named(stage, stack+".TaskDefinition")),
				"GOMEMLIMIT":            memory(named(stage, stack+".TaskDefinition")),
				"SPACEFINDER_BASE_PATH": "/" + name, "SPACEFINDER_EMF_NAMESPACE": "SpaceFinder/" + name,
				"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT":    "https://xray.us-east-1.amazonaws.com/v1/traces",
				"OTEL_EXPORTER_OTLP_TRACES_COMPRESSION": "gzip",
				"OTEL_TRACES_SAMPLER":                   "parentbased_always_off",
				"OTEL_SERVICE_NAME":                     "spacefinder-" + name + "-" + service,
				"OTEL_RESOURCE_ATTRIBUTES":              "deployment.environment.name=" + name + ",aws.log.group.names=<" + stack + ".Logs>",
			}
			for _, table := range tables[service] {
				want["SPACEFINDER_"+table+"_TABLE"] = "<Tables." + table[:1] + strings.ToLower(table[1:]) + "Table>"
			}
			p.equal(name+": environment of "+service, got, want)
			for variable := range got {
				if strings.HasPrefix(variable, "OTEL_") && !slices.Contains(tracing.Variables(), variable) {
					p.addf("%s: the program reads no %s", name, variable)
				}
			}
		}
	}
	return p
}

// checkImage compares the container with deploy/Dockerfile.
func checkImage(s *site) (p problems) {
	text, err := os.ReadFile(filepath.Join(root, "deploy", "Dockerfile"))
	if err != nil {
		p.addf("%v", err)
		return p
	}
	program := regexp.MustCompile(`(?m)^ENTRYPOINT \["(.+)"\]$`).FindStringSubmatch(string(text))
	user := regexp.MustCompile(`(?m)^USER (.+)$`).FindStringSubmatch(string(text))
	if program == nil || user == nil {
		p.addf("the Dockerfile has no ENTRYPOINT of one program, or no USER")
		return p
	}
	for name, stage := range s.stages {
		for service, stack := range services() {
			where, container := name+": "+service+": ", containerOf(stage, stack)
			p.equal(where+"health check", container.Get("HealthCheck", "Command").Strings(), []string{"CMD", program[1], "healthcheck"})
			p.equal(where+"user", container.Get("User"), user[1])
			p.equal(where+"read-only root", container.Get("ReadonlyRootFilesystem"), true)
			p.equal(where+"image", container.Get("Image"), "123456789012.dkr.ecr.us-east-1.amazonaws.com/spacefinder:0123abc")
			task := named(stage, stack+".TaskDefinition").Properties
			p.equal(where+"processor", task.Get("RuntimePlatform", "CpuArchitecture"), "ARM64")
			p.equal(where+"path that the load balancer asks", named(stage, stack+".TargetGroup").Properties.Get("HealthCheckPath"), "/health")
		}
	}
	return p
}

// checkAuthorizer compares the function with cmd/authorizer and the script that
// packs it.
func checkAuthorizer(s *site) (p problems) {
	source, err := os.ReadFile(filepath.Join(root, "cmd", "authorizer", "main.go"))
	if err != nil {
		p.addf("%v", err)
		return p
	}
	for name, stage := range s.stages {
		function := named(stage, "Application.AuthorizerFunction").Properties
		p.equal(name+": variables of the authorizer", function.Get("Environment", "Variables").Map(), map[string]any{
			"USER_POOL_ID": "<Cognito.UserPool>", "USER_POOL_CLIENT_ID": "<Cognito.UserPoolClient>",
			"ADMIN_GROUP": "apiAdmins", "ADMIN_BOOKINGS": "all",
		})
		for _, variable := range function.Get("Environment", "Variables").Keys() {
			if !regexp.MustCompile(`(?m)^//\t` + variable + ` `).Match(source) {
				p.addf("%s: cmd/authorizer knows no %s", name, variable)
			}
		}
		p.equal(name+": package", function.Get("Code", "S3Key"), "../bin/authorizer.zip")
		p.equal(name+": handler", function.Get("Handler"), "bootstrap")
		p.equal(name+": runtime", function.Get("Runtime"), "provided.al2023")
		p.equal(name+": processor", function.Get("Architectures").Strings(), []string{"arm64"})
		p.equal(name+": log group", function.Get("LoggingConfig", "LogGroup"), "<Application.AuthorizerLogs>")
		p.equal(name+": role", function.Get("Role"), "<Application.AuthorizerRole.Arn>")
		writes := statements(named(stage, "Application.AuthorizerRole"))
		p.equal(name+": where the authorizer writes", writes[0].Get("Resource"), "<Application.AuthorizerLogs.Arn>")
		calls := statements(named(stage, "Application.AuthorizerInvocationRole"))
		p.equal(name+": what API Gateway calls", calls[0].Get("Resource"), "<Application.AuthorizerFunction.Arn>")
	}
	return p
}

// Seconds that the program takes at most from the signal to its end: the default
// of -drain-delay, shutdownTimeout in cmd/spacefinder, and the last export of
// traces.
const programStops = 3 + 9 + 2

// checkDrain compares what stands one after the other when a task is replaced.
func checkDrain(s *site) (p problems) {
	longest := 0
	for name, stage := range s.stages {
		body := named(stage, "Application.Api").Properties.Get("Body").String()
		for _, match := range regexp.MustCompile(`"timeoutInMillis":(\d+)`).FindAllStringSubmatch(body, -1) {
			longest = max(longest, number(match[1])/1000)
		}
		for service, stack := range services() {
			where := name + ": " + service + ": "
			for _, attribute := range named(stage, stack+".TargetGroup").Properties.Get("TargetGroupAttributes").List() {
				if number(attribute.Get("Value").String()) < longest {
					p.addf("%s%s is shorter than the longest request, %d s", where, attribute.Get("Key"), longest)
				}
			}
			if stop := number(containerOf(stage, stack).Get("StopTimeout").String()); stop <= programStops {
				p.addf("%sthe program is killed %d s after the signal, and takes up to %d", where, stop, programStops)
			}
			deployment := named(stage, stack+".EcsService").Properties.Get("DeploymentConfiguration")
			p.equal(where+"least share of tasks during a deployment", deployment.Get("MinimumHealthyPercent"), 100)
			p.equal(where+"rollback by the circuit breaker", deployment.Get("DeploymentCircuitBreaker"), `{"Enable":true,"Rollback":true}`)
			p.equal(where+"alarms that roll back", deployment.Get("Alarms"),
				`{"AlarmNames":["<`+stack+`.UnhealthyHosts>","<Application.ApiErrors>"],"Enable":true,"Rollback":true}`)
		}
	}
	if longest == 0 {
		p.addf("no integration has a timeout")
	}
	return p
}

// number returns a text's number, or -1.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}

// checkStages looks at what the parameters of the stages decide.
func checkStages(s *site) (p problems) {
	for name, stage := range s.stages {
		protected := map[string]bool{"staging": false, "production": true}[name]
		config := s.configs[name]
		p.equal(name+": name", config["Stage"], name)
		for _, table := range ofType(stage, "AWS::DynamoDB::Table") {
			p.equal(name+": protection of "+table.Name, table.Properties.Get("DeletionProtectionEnabled"), protected)
		}
		active := map[bool]string{false: "INACTIVE", true: "ACTIVE"}[protected]
		p.equal(name+": protection of the user pool", named(stage, "Cognito.UserPool").Properties.Get("DeletionProtection"), active)
		for _, attribute := range named(stage, "Application.LoadBalancer").Properties.Get("LoadBalancerAttributes").List() {
			if attribute.Get("Key").String() == "deletion_protection.enabled" {
				p.equal(name+": protection of the load balancer", attribute.Get("Value"), protected)
			}
		}
		if protected && number(config["MinTasks"]) < 2 {
			p.addf("%s: fewer than two tasks are not in two zones", name)
		}
		subnets := named(stage, "Application.LoadBalancer").Properties.Get("Subnets").Strings()
		p.equal(name+": subnets", subnets, []string{"<Network.PrivateSubnetA>", "<Network.PrivateSubnetB>"})
		zones := []string{}
		for _, subnet := range subnets {
			zone := named(stage, strings.Trim(subnet, "<>")).Properties.Get("AvailabilityZone").String()
			if slices.Contains(zones, zone) {
				p.addf("%s: %s is in the zone of another subnet", name, subnet)
			}
			zones = append(zones, zone)
		}
	}
	p.equal("stages", fmt.Sprint(s.stages["staging"].Resources != nil, s.stages["production"].Resources != nil), "true true")
	if s.configs["staging"]["VpcCidr"] == s.configs["production"]["VpcCidr"] {
		p.addf("the networks of the stages have the same addresses, so they can never be joined")
	}
	return p
}
