package deploytest_test

import (
	"slices"
	"strings"
)

// checkRetention wants every log group to forget, and everything that writes logs
// to write into one of the template's.
func checkRetention(s *site) (p problems) {
	for _, r := range s.everywhere() {
		switch r.Type {
		case "AWS::Logs::LogGroup":
			want := 7
			if slices.Contains([]string{"Application.AccessLogs", "BuildLogs", "IntegrationTestLogs"}, r.Name) {
				want = 30
			}
			p.equal("days that "+r.Name+" keeps", r.Properties.Get("RetentionInDays"), want)
		case "AWS::ECS::TaskDefinition":
			options := r.Properties.Get("ContainerDefinitions").List()[0].Get("LogConfiguration", "Options")
			p.equal("log group of "+r.Name, options.Get("awslogs-group"), "<"+strings.TrimSuffix(r.Name, "TaskDefinition")+"Logs>")
			p.equal("mode of the log of "+r.Name, options.Get("mode"), "non-blocking")
		case "AWS::EC2::FlowLog":
			p.equal("log group of "+r.Name, r.Properties.Get("LogGroupName"), "<Network.FlowLogs>")
		case "AWS::CodeBuild::Project":
			p.equal("log group of "+r.Name, r.Properties.Get("LogsConfig", "CloudWatchLogs", "GroupName"), "<"+r.Name+"Logs>")
		case "AWS::ApiGateway::Stage":
			p.equal("access log of "+r.Name, r.Properties.Get("AccessLogSetting", "DestinationArn"), "<Application.AccessLogs.Arn>")
		}
	}
	return p
}

// checkTags wants the tag Stack: on each nested stack of a stage, from where
// CloudFormation hands it to all resources in it, and on each resource of the
// pipeline that can have tags.
func checkTags(s *site) (p problems) {
	untaggable := []string{"AWS::ApiGateway::Account", "AWS::S3::BucketPolicy", "AWS::Events::Rule"}
	for _, r := range s.pipeline.Resources {
		tags := r.Properties.Get("Tags").String()
		if !slices.Contains(untaggable, r.Type) && tags != `[{"Key":"Stack","Value":"spacefinder-stack"}]` {
			p.addf("pipeline.yaml: %s has not the tag Stack", r.Name)
		}
	}
	for name, stage := range s.stages {
		for _, r := range ofType(stage, "AWS::CloudFormation::Stack") {
			want := "spacefinder-stack" // AWS::StackName, which is spacefinder-STAGE
			if r.File != "stage.yaml" {
				want = "spacefinder-" + name
			}
			p.equal(name+": tags of "+r.Name, r.Properties.Get("Tags"), `[{"Key":"Stack","Value":"`+want+`"}]`)
		}
		for _, r := range ofType(stage, "AWS::ECS::Service") {
			p.equal(name+": what tags the tasks of "+r.Name+" get", r.Properties.Get("PropagateTags"), "SERVICE")
		}
	}
	return p
}

// checkStorage looks at encryption, backups and what the public may see.
func checkStorage(s *site) (p problems) {
	for _, r := range s.everywhere() {
		v := r.Properties
		switch r.Type {
		case "AWS::DynamoDB::Table":
			p.equal("encryption of "+r.Name, v.Get("SSESpecification", "SSEEnabled"), true)
			p.equal("recovery of "+r.Name, v.Get("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"), true)
		case "AWS::SNS::Topic":
			p.equal("key of "+r.Name, v.Get("KmsMasterKeyId"), "<Application.AlarmsKey>")
		case "AWS::KMS::Key":
			p.equal("rotation of "+r.Name, v.Get("EnableKeyRotation"), true)
		case "AWS::S3::Bucket":
			for _, block := range []string{"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"} {
				p.equal(block+" of "+r.Name, v.Get("PublicAccessBlockConfiguration", block), true)
			}
			rule := v.Get("BucketEncryption", "ServerSideEncryptionConfiguration").List()[0].Get("ServerSideEncryptionByDefault")
			p.equal("encryption of "+r.Name, rule.Get("SSEAlgorithm"), "aws:kms")
			p.equal("owner of "+r.Name, v.Get("OwnershipControls", "Rules").List()[0].Get("ObjectOwnership"), "BucketOwnerEnforced")
		case "AWS::S3::BucketPolicy":
			deny := v.Get("PolicyDocument", "Statement").List()[0]
			p.equal("policy of "+r.Name, deny.Get("Effect").String()+deny.Get("Condition").String(), `Deny{"Bool":{"aws:SecureTransport":"false"}}`)
		case "AWS::ECR::Repository":
			p.equal("tags of "+r.Name, v.Get("ImageTagMutability"), "IMMUTABLE")
			p.equal("encryption of "+r.Name, v.Get("EncryptionConfiguration", "EncryptionType"), "KMS")
		case "AWS::ApiGateway::RestApi":
			p.equal("TLS of "+r.Name, v.Get("SecurityPolicy"), "SecurityPolicy_TLS13_1_2_2021_06")
			p.equal("access mode of "+r.Name, v.Get("EndpointAccessMode"), "STRICT") // without which that policy is refused
		case "AWS::ElasticLoadBalancingV2::LoadBalancer":
			p.equal("scheme of "+r.Name, v.Get("Scheme"), "internal")
		case "AWS::ECS::Service":
			p.equal("public address of "+r.Name, v.Get("NetworkConfiguration", "AwsvpcConfiguration", "AssignPublicIp"), "DISABLED")
		}
	}
	return p
}
