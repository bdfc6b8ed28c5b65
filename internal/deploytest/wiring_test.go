package deploytest_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spacefinder/spacefinder/internal/deploytest"
)

// services are the three, with the name of their stack.
func services() map[string]string {
	return map[string]string{
		"locations": "Application.LocationsService", "resources": "Application.ResourcesService", "bookings": "Application.BookingsService",
	}
}

// checkPorts follows a request from the document to the container.
func checkPorts(s *site) (p problems) {
	for name, stage := range s.stages {
		taken := map[string]string{}
		variables := named(stage, "Application.ApiStage").Properties.Get("Variables")
		for service, stack := range services() {
			where := name + ": " + service + ": "
			endpoint := variables.Get(service + "Endpoint").String()
			host, port, _ := strings.Cut(endpoint, ":")
			p.equal(where+"host of the integration", host, "<Application.LoadBalancer.DNSName>")
			listener := named(stage, stack+".Listener").Properties
			p.equal(where+"port of the listener", listener.Get("Port"), port)
			p.equal(where+"load balancer of the listener", listener.Get("LoadBalancerArn"), "<Application.LoadBalancer>")
			p.equal(where+"target of the listener", listener.Get("DefaultActions").List()[0].Get("TargetGroupArn"), "<"+stack+".TargetGroup>")
			p.equal(where+"port of the target group", named(stage, stack+".TargetGroup").Properties.Get("Port"), port)
			checkContainerPort(&p, where, stage, stack, port)
			if other := taken[port]; other != "" {
				p.addf("%s and %s are both at port %s", service, other, port)
			}
			taken[port] = service
		}
	}
	return p
}

func checkContainerPort(p *problems, where string, stage deploytest.Stack, stack, port string) {
	container := containerOf(stage, stack)
	p.equal(where+"port of the container", container.Get("PortMappings").List()[0].Get("ContainerPort"), port)
	p.equal(where+"address of the program", environment(container)["SPACEFINDER_ADDR"], "0.0.0.0:"+port)
	target := named(stage, stack+".EcsService").Properties.Get("LoadBalancers").List()[0]
	p.equal(where+"port of the service", target.Get("ContainerPort"), port)
	p.equal(where+"container of the service", target.Get("ContainerName"), container.Get("Name"))
	p.equal(where+"target group of the service", target.Get("TargetGroupArn"), "<"+stack+".TargetGroup>")

	in := named(stage, stack+".TaskSecurityGroup").Properties.Get("SecurityGroupIngress").List()
	p.equal(where+"rules for what comes in", len(in), 1)
	p.equal(where+"first port that is let in", in[0].Get("FromPort"), port)
	p.equal(where+"last port that is let in", in[0].Get("ToPort"), port)
	p.equal(where+"who is let in", in[0].Get("SourceSecurityGroupId"), "<Application.LoadBalancerSecurityGroup>")
	balancer := "<Application.LoadBalancerSecurityGroup>"
	link := "<Application.VpcLinkSecurityGroup>"
	checkRule(p, where, stage, stack+".VpcLinkEgress", port, link, "DestinationSecurityGroupId", balancer)
	checkRule(p, where, stage, stack+".LoadBalancerIngress", port, balancer, "SourceSecurityGroupId", link)
	checkRule(p, where, stage, stack+".LoadBalancerEgress", port, balancer, "DestinationSecurityGroupId", "<"+stack+".TaskSecurityGroup>")
}

// checkRule looks at a rule of a security group for one port and one other group.
func checkRule(p *problems, where string, stage deploytest.Stack, name, port, group, direction, other string) {
	rule := named(stage, name).Properties
	where += name + ": "
	p.equal(where+"group", rule.Get("GroupId"), group)
	p.equal(where+"first port", rule.Get("FromPort"), port)
	p.equal(where+"last port", rule.Get("ToPort"), port)
	p.equal(where+direction, rule.Get(direction), other)
}

// checkEgress wants a network without a way to the internet to have an endpoint
// of each service of AWS that tasks call: DynamoDB, to start the registry with
// S3, where it keeps layers, and the logs, and for traces X-Ray.
func checkEgress(s *site) (p problems) {
	for name, stage := range s.stages {
		var got []string
		nat := false
		for _, r := range stage.Resources {
			switch r.Type {
			case "AWS::EC2::NatGateway":
				nat = true
			case "AWS::EC2::VPCEndpoint":
				got = append(got, strings.TrimPrefix(r.Properties.Get("ServiceName").String(), "com.amazonaws.us-east-1."))
			}
		}
		want := []string{"dynamodb", "s3"}
		if !nat {
			want = []string{"dynamodb", "ecr.api", "ecr.dkr", "logs", "s3", "xray"}
		}
		slices.Sort(got)
		p.equal(name+": endpoints of the network", strings.Join(got, " "), strings.Join(want, " "))
	}
	return p
}

// environment returns the variables of a container.
func environment(container deploytest.Value) map[string]string {
	variables := map[string]string{}
	for _, v := range container.Get("Environment").List() {
		variables[v.Get("Name").String()] = v.Get("Value").String()
	}
	return variables
}

var stageVariable = regexp.MustCompile(`\$\{stageVariables\.(\w+)\}`)

// checkStageVariables compares those that the document uses with those set.
func checkStageVariables(s *site) (p problems) {
	for name, stage := range s.stages {
		used := map[string]bool{}
		body := named(stage, "Application.Api").Properties.Get("Body")
		for _, match := range stageVariable.FindAllStringSubmatch(body.String(), -1) {
			used[match[1]] = true
		}
		variables := named(stage, "Application.ApiStage").Properties.Get("Variables")
		p.equal(name+": stage variables", variables.Keys(), slices.Sorted(maps.Keys(used)))
		p.equal(name+": VPC link", variables.Get("vpcLinkId"), "<Application.VpcLink>")
		checkLink(&p, name, stage, body)
		for _, variable := range variables.Keys() { // what API Gateway takes as a value
			value := strings.NewReplacer("<", "", ">", "").Replace(variables.Get(variable).String())
			if !regexp.MustCompile(`^[A-Za-z0-9-._~:/?#&=,]{1,512}$`).MatchString(value) {
				p.addf("%s: the value of %s is none that a stage variable can have: %s", name, variable, value)
			}
		}
	}
	return p
}

// checkLink follows a request from an operation through the VPC link to the load balancer.
func checkLink(p *problems, name string, stage deploytest.Stack, body deploytest.Value) {
	link := named(stage, "Application.VpcLink").Properties
	balancer := named(stage, "Application.LoadBalancer").Properties
	p.equal(name+": subnets of the VPC link", link.Get("SubnetIds"), balancer.Get("Subnets").String())
	p.equal(name+": group of the VPC link", link.Get("SecurityGroupIds").Strings(), []string{"<Application.VpcLinkSecurityGroup>"})
	p.equal(name+": group of the load balancer", balancer.Get("SecurityGroups").Strings(), []string{"<Application.LoadBalancerSecurityGroup>"})
	targets := 0
	for _, path := range body.Get("paths").Keys() {
		for _, method := range body.Get("paths", path).Keys() {
			integration := body.Get("paths", path, method, "x-amazon-apigateway-integration")
			if integration.Get("type").String() != "http_proxy" {
				continue
			}
			targets++
			p.equal(name+": target of "+method+" "+path, integration.Get("integrationTarget"), "<Application.LoadBalancer>")
		}
	}
	if targets == 0 {
		p.addf("%s: no operation has an integration", name)
	}
}

// checkDocument looks at what the document takes from the stack around it, and
// that it is the file that the front door reads.
func checkDocument(s *site) (p problems) {
	for name, stage := range s.stages {
		body := named(stage, "Application.Api").Properties.Get("Body")
		p.equal(name+": OpenAPI version", body.Get("openapi"), "3.0.1")
		authorizer := body.Get("components", "securitySchemes", "TokenAuthorizer", "x-amazon-apigateway-authorizer")
		p.equal(name+": authorizer", authorizer.Get("authorizerUri"),
			"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/<Application.AuthorizerFunction.Arn>/invocations")
		p.equal(name+": role that calls it", authorizer.Get("authorizerCredentials"), "<Application.AuthorizerInvocationRole.Arn>")
		for _, deployment := range ofType(stage, "AWS::ApiGateway::Deployment") {
			p.equal(name+": stage that SAM makes beside ours", deployment.Properties.Get("StageName"), "")
		}
	}
	if !strings.Contains(s.raw["application.yaml"], "Location: ../api/openapi.yaml\n") {
		p.addf("application.yaml does not include api/openapi.yaml")
	}
	if _, err := os.Stat(filepath.Join(root, "api", "openapi.yaml")); err != nil {
		p.addf("%v", err)
	}
	return p
}

// checkOutputs compares the outputs with those that the ancestor's users know,
// and that scripts/deploy-outputs takes.
func checkOutputs(s *site) (p problems) {
	want := []string{
		"APIEndpoint", "AccessLogs", "AlarmsTopic", "BookingsTable", "CognitoAuthCommand", "CognitoEndpoint", "CognitoLoginURL",
		"DashboardURL", "LocationsTable", "ResourcesTable", "UserPool", "UserPoolAdminGroupName", "UserPoolClient",
	}
	for name, stage := range s.stages {
		p.equal(name+": outputs", slices.Sorted(maps.Keys(stage.Outputs)), want)
		p.equal(name+": APIEndpoint", stage.Outputs["APIEndpoint"], "https://<Application.Api>.execute-api.us-east-1.amazonaws.com/"+name)
		p.equal(name+": UserPool", stage.Outputs["UserPool"], "<Cognito.UserPool>")
		p.equal(name+": CognitoEndpoint", stage.Outputs["CognitoEndpoint"], "https://cognito-idp.us-east-1.amazonaws.com")
	}
	return p
}

// checkTables compares the keys with those that internal/store/dynamodb composes.
func checkTables(s *site) (p problems) {
	for name, stage := range s.stages {
		tables := ofType(stage, "AWS::DynamoDB::Table")
		p.equal(name+": tables", len(tables), 3)
		for _, table := range tables {
			var keys []string
			for _, key := range table.Properties.Get("KeySchema").List() {
				keys = append(keys, key.Get("AttributeName").String()+" "+key.Get("KeyType").String())
			}
			p.equal(name+": keys of "+table.Name, keys, []string{"pk HASH", "sk RANGE"})
			p.equal(name+": billing of "+table.Name, table.Properties.Get("BillingMode"), "PAY_PER_REQUEST")
			for _, index := range []string{"GlobalSecondaryIndexes", "LocalSecondaryIndexes"} {
				if table.Properties.Has(index) {
					p.addf("%s: %s has %s, which the store does not use", name, table.Name, index)
				}
			}
		}
	}
	return p
}
