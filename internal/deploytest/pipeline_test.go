package deploytest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spacefinder/spacefinder/internal/deploytest"
)

// actions returns the actions of the pipeline by STAGE/NAME.
func actions(s *site) map[string]deploytest.Value {
	all := map[string]deploytest.Value{}
	for _, stage := range named(s.pipeline, "Pipeline").Properties.Get("Stages").List() {
		for _, action := range stage.Get("Actions").List() {
			all[stage.Get("Name").String()+"/"+action.Get("Name").String()] = action
		}
	}
	return all
}

// checkPipeline follows the artifacts from the build to the stages.
func checkPipeline(s *site) (p problems) {
	build, err := readBuildspec(s, "build.yaml")
	if err != nil {
		p.addf("%v", err)
		return p
	}
	all := actions(s)
	for _, stage := range []string{"staging", "production"} {
		title := strings.ToUpper(stage[:1]) + stage[1:]
		prepare := all[title+"/Prepare"].Get("Configuration")
		p.equal("template of "+stage, prepare.Get("TemplatePath"), "Packaged::stage.yaml")
		p.equal("parameters of "+stage, prepare.Get("TemplateConfiguration"), "Packaged::"+stage+".json")
		p.equal("role that deploys "+stage, prepare.Get("RoleArn"), "<DeployRole.Arn>")
		p.equal("capabilities for "+stage, prepare.Get("Capabilities"), "CAPABILITY_IAM,CAPABILITY_NAMED_IAM,CAPABILITY_AUTO_EXPAND")
		p.equal("stack of "+stage, prepare.Get("StackName"), "spacefinder-"+stage)
		deploy := all[title+"/Deploy"].Get("Configuration")
		p.equal("stack that is deployed for "+stage, deploy.Get("StackName"), prepare.Get("StackName"))
		p.equal("change set that is deployed for "+stage, deploy.Get("ChangeSetName"), prepare.Get("ChangeSetName"))
		for _, file := range []string{"stage.yaml", stage + ".json"} {
			if !slices.Contains(build.Artifacts.Files, file) {
				p.addf("the build does not hand over %s", file)
			}
		}
	}
	var order []string
	for _, stage := range named(s.pipeline, "Pipeline").Properties.Get("Stages").List() {
		order = append(order, stage.Get("Name").String()+stage.Get("OnFailure", "Result").String())
	}
	p.equal("stages of the pipeline", order, []string{"Source", "Build", "StagingROLLBACK", "Approval", "ProductionROLLBACK"})
	p.equal("artifact of the build", all["Build/Build"].Get("OutputArtifacts").List()[0].Get("Name"), "Packaged")
	p.equal("type of the pipeline", named(s.pipeline, "Pipeline").Properties.Get("PipelineType"), "V2")
	return p
}

// A buildspec, as far as it is looked at.
type buildspec struct {
	Env struct {
		Variables map[string]string `yaml:"variables"`
	} `yaml:"env"`
	Phases map[string]struct {
		Commands []string `yaml:"commands"`
	} `yaml:"phases"`
	Reports map[string]struct {
		Files []string `yaml:"files"`
	} `yaml:"reports"`
	Artifacts struct {
		Files []string `yaml:"files"`
	} `yaml:"artifacts"`
}

func readBuildspec(s *site, file string) (buildspec, error) {
	var b buildspec
	text, err := os.ReadFile(filepath.Join(s.folder, "buildspecs", file))
	if err != nil {
		return b, err
	}
	return b, yaml.Unmarshal(text, &b)
}

var shellVariable = regexp.MustCompile(`\$([A-Z][A-Z_]+)`)

// checkBuildspecs looks up the variables, scripts and reports of the commands.
func checkBuildspecs(s *site) (p problems) {
	given := []string{"CODEBUILD_RESOLVED_SOURCE_VERSION", "PWD"}
	for _, project := range ofType(s.pipeline, "AWS::CodeBuild::Project") {
		path := project.Properties.Get("Source", "BuildSpec").String()
		spec, err := readBuildspec(s, filepath.Base(path))
		if err != nil || filepath.Dir(path) != "deploy/buildspecs" {
			p.addf("%s: %s: %v", project.Name, path, err)
			continue
		}
		known := slices.Clone(given)
		for _, variable := range project.Properties.Get("Environment", "EnvironmentVariables").List() {
			known = append(known, variable.Get("Name").String())
		}
		commands := ""
		for _, phase := range spec.Phases {
			commands += strings.Join(phase.Commands, "\n") + "\n"
		}
		for _, match := range shellVariable.FindAllStringSubmatch(commands, -1) {
			if _, own := spec.Env.Variables[match[1]]; !own && !slices.Contains(known, match[1]) {
				p.addf("%s uses $%s, which nobody sets", path, match[1])
			}
		}
		for _, script := range regexp.MustCompile(`scripts/[a-z-]+`).FindAllString(commands, -1) {
			if info, err := os.Stat(filepath.Join(root, script)); err != nil || info.Mode()&0o111 == 0 {
				p.addf("%s runs %s, which is no program: %v", path, script, err)
			}
		}
		for report, files := range spec.Reports {
			if len(files.Files) != 1 || !strings.Contains(commands, files.Files[0]) {
				p.addf("%s: no command writes the report %s", path, report)
			}
		}
	}
	return p
}

// creators are the actions that make a resource of each type.
//
// Source: the permissions of the create handlers in CloudFormation's resource schemas.
func creators() map[string]string {
	return map[string]string{
		"AWS::ApiGateway::Deployment": "apigateway:POST", "AWS::ApiGateway::RestApi": "apigateway:PUT",
		"AWS::ApiGateway::Stage": "apigateway:PATCH", "AWS::ApiGatewayV2::VpcLink": "apigateway:POST",
		"AWS::ApplicationAutoScaling::ScalableTarget": "application-autoscaling:RegisterScalableTarget",
		"AWS::ApplicationAutoScaling::ScalingPolicy":  "application-autoscaling:PutScalingPolicy",
		"AWS::CloudFormation::Stack":                  "cloudformation:CreateStack",
		"AWS::CloudWatch::Alarm":                      "cloudwatch:PutMetricAlarm",
		"AWS::CloudWatch::CompositeAlarm":             "cloudwatch:PutCompositeAlarm",
		"AWS::CloudWatch::Dashboard":                  "cloudwatch:PutDashboard",
		"AWS::Cognito::ManagedLoginBranding":          "cognito-idp:CreateManagedLoginBranding",
		"AWS::Cognito::UserPool":                      "cognito-idp:CreateUserPool",
		"AWS::Cognito::UserPoolClient":                "cognito-idp:CreateUserPoolClient",
		"AWS::Cognito::UserPoolDomain":                "cognito-idp:CreateUserPoolDomain",
		"AWS::Cognito::UserPoolGroup":                 "cognito-idp:CreateGroup",
		"AWS::DynamoDB::Table":                        "dynamodb:CreateTable",
		"AWS::EC2::EIP":                               "ec2:AllocateAddress", "AWS::EC2::FlowLog": "ec2:CreateFlowLogs",
		"AWS::EC2::InternetGateway": "ec2:CreateInternetGateway", "AWS::EC2::NatGateway": "ec2:CreateNatGateway",
		"AWS::EC2::Route": "ec2:CreateRoute", "AWS::EC2::RouteTable": "ec2:CreateRouteTable",
		"AWS::EC2::SecurityGroup":               "ec2:CreateSecurityGroup",
		"AWS::EC2::SecurityGroupEgress":         "ec2:AuthorizeSecurityGroupEgress",
		"AWS::EC2::SecurityGroupIngress":        "ec2:AuthorizeSecurityGroupIngress",
		"AWS::EC2::Subnet":                      "ec2:CreateSubnet",
		"AWS::EC2::SubnetRouteTableAssociation": "ec2:AssociateRouteTable",
		"AWS::EC2::VPC":                         "ec2:CreateVpc", "AWS::EC2::VPCEndpoint": "ec2:CreateVpcEndpoint",
		"AWS::EC2::VPCGatewayAttachment": "ec2:AttachInternetGateway",
		"AWS::ECS::Cluster":              "ecs:CreateCluster", "AWS::ECS::Service": "ecs:CreateService",
		"AWS::ECS::TaskDefinition":                  "ecs:RegisterTaskDefinition",
		"AWS::ElasticLoadBalancingV2::Listener":     "elasticloadbalancing:CreateListener",
		"AWS::ElasticLoadBalancingV2::LoadBalancer": "elasticloadbalancing:CreateLoadBalancer",
		"AWS::ElasticLoadBalancingV2::TargetGroup":  "elasticloadbalancing:CreateTargetGroup",
		"AWS::IAM::Role":                            "iam:CreateRole", "AWS::KMS::Key": "kms:CreateKey",
		"AWS::Lambda::Function": "lambda:CreateFunction", "AWS::Logs::LogGroup": "logs:CreateLogGroup",
		"AWS::Logs::MetricFilter": "logs:PutMetricFilter", "AWS::Logs::QueryDefinition": "logs:PutQueryDefinition",
		"AWS::SNS::Topic": "sns:CreateTopic", "AWS::SNS::TopicPolicy": "sns:SetTopicAttributes",
	}
}

// checkDeployRole looks up whether the role that deploys may make what there is
// to make, and pass on the roles that services run with.
func checkDeployRole(s *site) (p problems) {
	all := statements(named(s.pipeline, "DeployRole"))
	for name, stage := range s.stages {
		for _, r := range stage.Resources {
			action, known := creators()[r.Type]
			switch {
			case !known:
				p.addf("%s: %s: which action makes a %s?", name, r.Name, r.Type)
			case !allows(all, action):
				p.addf("%s: CloudFormation may not %s to make %s", name, action, r.Name)
			}
			if r.Type != "AWS::IAM::Role" {
				continue
			}
			service := r.Properties.Get("AssumeRolePolicyDocument", "Statement").List()[0].Get("Principal", "Service").String()
			passed := slices.ContainsFunc(all, func(statement deploytest.Value) bool {
				return slices.Contains(statement.Get("Condition", "StringEquals", "iam:PassedToService").Strings(), service)
			})
			if !passed {
				p.addf("%s: CloudFormation may not hand %s to %s", name, r.Name, service)
			}
		}
	}
	return p
}
