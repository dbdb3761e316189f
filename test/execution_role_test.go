package test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"retrycatch/internal/iampolicy"
)

// resourceARNs holds, for each resource type, the format of its ARNs and the property that contains
// the name.
var resourceARNs = map[string]struct{ arn, name string }{
	"AWS::IAM::Role":        {"arn:aws:iam::111122223333:role/%s", "RoleName"},
	"AWS::Lambda::Function": {"arn:aws:lambda:eu-central-1:111122223333:function:%s", "FunctionName"},
	"AWS::Logs::LogGroup":   {"arn:aws:logs:eu-central-1:111122223333:log-group:%s:*", "LogGroupName"},
	"AWS::StepFunctions::StateMachine": {"arn:aws:states:eu-central-1:111122223333:stateMachine:%s",
		"StateMachineName"},
	"AWS::CloudWatch::Alarm":     {"arn:aws:cloudwatch:eu-central-1:111122223333:alarm:%s", "AlarmName"},
	"AWS::CloudWatch::Dashboard": {"arn:aws:cloudwatch::111122223333:dashboard/%s", "DashboardName"},
	"AWS::SNS::Topic":            {"arn:aws:sns:eu-central-1:111122223333:%s", "TopicName"},
	"AWS::SNS::TopicPolicy":      {topicARN, ""},
	"AWS::SNS::Subscription":     {topicARN, ""},
}

const topicARN = "arn:aws:sns:eu-central-1:111122223333:retrycatch-alarms"

// unusedProperties lists properties that no template sets, by resource type. For each property, it
// lists the actions that CloudFormation's resource handlers need only for that property.
var unusedProperties = map[string]map[string][]string{
	"AWS::IAM::Role": {
		"ManagedPolicyArns":   {"iam:AttachRolePolicy", "iam:DetachRolePolicy"},
		"PermissionsBoundary": {"iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary"},
	},
	"AWS::Lambda::Function": {
		"CapacityProviderConfig": {"lambda:PassCapacityProvider"},
		"CodeSigningConfigArn": {"lambda:GetCodeSigningConfig", "lambda:PutFunctionCodeSigningConfig",
			"lambda:DeleteFunctionCodeSigningConfig"},
		"FileSystemConfigs":     {"elasticfilesystem:DescribeMountTargets", "s3files:ListMountTargets"},
		"FunctionScalingConfig": {"lambda:PutFunctionScalingConfig"},
		"KmsKeyArn": {"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt",
			"kms:GenerateDataKey"},
		"Layers":                       {"lambda:GetLayerVersion"},
		"PublishToLatestPublished":     {"lambda:PublishVersion"},
		"RecursiveLoop":                {"lambda:PutFunctionRecursionConfig"},
		"ReservedConcurrentExecutions": {"lambda:PutFunctionConcurrency", "lambda:DeleteFunctionConcurrency"},
		"RuntimeManagementConfig":      {"lambda:PutRuntimeManagementConfig", "lambda:AssociateRuntimeAlias"},
		"VpcConfig": {"ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs",
			"ec2:DescribeNetworkInterfaces"},
		"Code.S3ObjectVersion": {"s3:GetObjectVersion"},
	},
	"AWS::Logs::LogGroup": {
		"BearerTokenAuthenticationEnabled": {"logs:PutBearerTokenAuthentication"},
		"DataProtectionPolicy": {"logs:PutDataProtectionPolicy", "logs:CreateLogDelivery", "s3:REST.PUT.OBJECT",
			"firehose:TagDeliveryStream"},
		"DeletionProtectionEnabled": {"logs:PutLogGroupDeletionProtection"},
		"FieldIndexPolicies":        {"logs:PutIndexPolicy", "logs:DeleteIndexPolicy"},
		"KmsKeyId":                  {"logs:AssociateKmsKey", "logs:DisassociateKmsKey"},
		"ResourcePolicyDocument":    {"logs:PutResourcePolicy", "logs:DeleteResourcePolicy"},
	},
	"AWS::StepFunctions::StateMachine": {
		"DefinitionS3Location":    {"s3:GetObject", "s3:GetObjectVersion"},
		"EncryptionConfiguration": {"kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"},
	},
	"AWS::SNS::Topic": {
		"DataProtectionPolicy":  {"sns:PutDataProtectionPolicy"},
		"DeliveryStatusLogging": {"iam:GetRole", "iam:PassRole"},
	},
	"AWS::SNS::Subscription": {"SubscriptionRoleArn": {"iam:GetRole", "iam:PassRole"}},
}

// isUnneeded reports whether the handlers need an action only for an unused property.
func isUnneeded(kind, action string) bool {
	for _, actions := range unusedProperties[kind] {
		if slices.Contains(actions, action) {
			return true
		}
	}
	return false
}

// templateResource is a resource in one of the snapshots.
type templateResource struct {
	kind, name string
	properties map[string]any
}

func snapshotFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(repository, "test", "__snapshots__", "*.json"))
	if err != nil || len(files) < len(variants) {
		t.Fatalf("got %d snapshots and error %v, want at least %d", len(files), err, len(variants))
	}
	return files
}

// readSnapshots returns the resources in all template snapshots, except the CDK's metadata.
func readSnapshots(t *testing.T) (all []templateResource) {
	t.Helper()
	for _, file := range snapshotFiles(t) {
		var template struct {
			Resources map[string]struct {
				Type       string
				Properties map[string]any
			}
		}
		readInto(t, file, &template)
		for _, id := range slices.Sorted(maps.Keys(template.Resources)) {
			r := template.Resources[id]
			if r.Type == "AWS::CDK::Metadata" {
				continue
			}
			known, ok := resourceARNs[r.Type]
			if !ok {
				t.Fatalf("add the type %s to resourceARNs, and its actions to docs/policies/execution-role.json", r.Type)
			}
			name, _ := r.Properties[known.name].(string)
			if (name == "") != (known.name == "") {
				t.Errorf("%s: the resource %s has no string in %s, its name property in resourceARNs",
					filepath.Base(file), id, known.name)
			}
			all = append(all, templateResource{r.Type, name, r.Properties})
		}
	}
	return all
}

// readSSMParameters returns the ARNs of the SSM parameters that the templates read. CloudFormation
// fails without the permission to read them:
// https://github.com/aws/aws-cdk/issues/20959
func readSSMParameters(t *testing.T) (arns []string) {
	t.Helper()
	for _, file := range snapshotFiles(t) {
		var template struct {
			Parameters map[string]struct{ Type, Default string }
		}
		readInto(t, file, &template)
		for _, parameter := range template.Parameters {
			if strings.HasPrefix(parameter.Type, "AWS::SSM::Parameter::") {
				arns = append(arns, "arn:aws:ssm:eu-central-1:111122223333:parameter"+parameter.Default)
			}
		}
	}
	if len(arns) == 0 {
		t.Error("got no parameter, want the bootstrap version in each template")
	}
	return arns
}

func (r templateResource) arn() string {
	arn := resourceARNs[r.kind].arn
	if strings.Contains(arn, "%s") {
		return fmt.Sprintf(arn, r.name)
	}
	return arn
}

// sets reports whether the template sets a property of the resource. The property can be nested, as
// in Code.S3ObjectVersion.
func (r templateResource) sets(property string) bool {
	outer, inner, nested := strings.Cut(property, ".")
	value, found := r.properties[outer]
	if nested {
		fields, _ := value.(map[string]any)
		_, found = fields[inner]
	}
	return found
}

func TestExecutionRole(t *testing.T) {
	kinds, authorization := slices.Sorted(maps.Keys(resourceARNs)), readAuthorization(t)
	schemas, policy := readHandlers(t, kinds...), readPolicy(t, "execution-role")
	resources, missing := readSnapshots(t), map[string]bool{}
	// The stack has tags, so the handlers need this action too: see tagging.permissions in the
	// schema.
	needed := map[string]bool{"lambda:ListTags": true}
	for _, r := range resources {
		for property := range unusedProperties[r.kind] {
			if r.sets(property) {
				t.Errorf("a template sets %s of %s: remove the property from unusedProperties", property, r.kind)
			}
		}
		for _, handler := range []string{"create", "read", "update", "delete"} {
			for _, action := range schemas[r.kind][handler].Permissions {
				if isUnneeded(r.kind, action) {
					continue
				}
				needed[action] = true
				if arn := r.permissionARN(authorization, action); !policy.Allows(action, arn) {
					missing[fmt.Sprintf("%s on %s, needed to %s %s", action, arn, handler, r.kind)] = true
				}
			}
		}
	}
	for _, arn := range readSSMParameters(t) {
		needed["ssm:GetParameters"] = true
		if !policy.Allows("ssm:GetParameters", arn) {
			missing["ssm:GetParameters on "+arn+", which a template reads"] = true
		}
	}
	for _, fault := range slices.Sorted(maps.Keys(missing)) {
		t.Errorf("add to docs/policies/execution-role.json: %s", fault)
	}
	for _, action := range policy.Actions() {
		if !needed[action] {
			t.Errorf("remove from docs/policies/execution-role.json: %s, which no handler or parameter needs", action)
		}
	}
	if len(resources) < 50 || len(needed) < 50 {
		t.Errorf("got %d resources and %d actions, want at least 50 of each", len(resources), len(needed))
	}
}

// permissionARN returns the ARN on which the handlers of r need permission for the action.
func (r templateResource) permissionARN(a authorization, action string) string {
	_, scoped := a.find(action)
	switch {
	case !scoped:
		return "*"
	case action == "iam:PassRole":
		return "arn:aws:iam::111122223333:role/lambda_basic_execution"
	case action == "s3:GetObject":
		return "arn:aws:s3:::cdk-hnb659fds-assets-111122223333-eu-central-1/0123.zip"
	default:
		return r.arn()
	}
}

// typeConfigurationsAction is the action that drift detection needs besides the actions of the read
// handlers.
const typeConfigurationsAction = "cloudformation:BatchDescribeTypeConfigurations"

// TestDriftDetection checks that callers have the permissions that the read handlers need. To
// detect drift, CloudFormation reads the resources with the permissions of the caller:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
func TestDriftDetection(t *testing.T) {
	all := slices.DeleteFunc(slices.Sorted(maps.Keys(resourceARNs)),
		func(kind string) bool { return kind == "AWS::SNS::TopicPolicy" }) // has no read handler
	checkedByRun := []string{"AWS::IAM::Role", "AWS::Lambda::Function", "AWS::StepFunctions::StateMachine"}
	schemas, authorization := readHandlers(t, all...), readAuthorization(t)
	resources := readSnapshots(t)
	for name, kinds := range map[string][]string{"deploy": all, "status": all, "run": checkedByRun} {
		t.Run(name, func(t *testing.T) {
			policy, needed := readPolicy(t, name), map[string]bool{typeConfigurationsAction: true}
			missing := map[string]bool{}
			if !policy.Allows(typeConfigurationsAction, "*") {
				t.Errorf("add to DriftDetectionLists in docs/policies/%s.json: %s on *", name, typeConfigurationsAction)
			}
			for _, r := range resources {
				if !slices.Contains(kinds, r.kind) {
					continue
				}
				for _, action := range schemas[r.kind]["read"].Permissions {
					if isUnneeded(r.kind, action) {
						continue
					}
					needed[action] = true
					if arn := r.permissionARN(authorization, action); !policy.Allows(action, arn) {
						missing[action+" on "+arn] = true
					}
				}
			}
			for _, fault := range slices.Sorted(maps.Keys(missing)) {
				t.Errorf("add to DriftDetection in docs/policies/%s.json: %s", name, fault)
			}
			for _, action := range driftActions(policy) {
				if !needed[action] {
					t.Errorf("remove from DriftDetection in docs/policies/%s.json: %s", name, action)
				}
			}
		})
	}
}

func driftActions(p iampolicy.Policy) (actions []string) {
	for _, s := range p.Statement {
		if strings.HasPrefix(s.Sid, "DriftDetection") {
			actions = append(actions, s.Action...)
		}
	}
	return actions
}
