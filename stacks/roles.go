package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"retrycatch/internal/deployment"
)

// The roles allow exactly the actions listed here. Their policies are inline, and the function and
// the state machine receive their roles as immutable. Otherwise, the CDK would add a managed policy
// and broader statements.

// newFunctionRole adds the function's role. The role must not create log groups: a late log write
// would recreate the group that a teardown has just deleted.
func newFunctionRole(scope constructs.Construct, name string, logs awslogs.LogGroup) awsiam.Role {
	role := awsiam.NewRole(scope, jsii.String("FunctionRole"), &awsiam.RoleProps{
		RoleName:    &name,
		Description: jsii.String("Allows the mock API to write its log and its traces"),
		AssumedBy:   awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"logs":   document(statement(logs.LogGroupArn(), "logs:CreateLogStream", "logs:PutLogEvents")),
			"traces": document(statement(jsii.String("*"), "xray:PutTraceSegments", "xray:PutTelemetryRecords")),
		},
	})
	tagRegion(role)
	acknowledgeWildcard(role, "X-Ray supports no resource-level permissions for these actions: "+
		"https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html")
	return role
}

// newStateMachineRole adds the state machine's role. The conditions of its trust policy prevent
// another account from using the role through Step Functions:
// https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
func newStateMachineRole(scope constructs.Construct, name string, function awslambda.Function) awsiam.Role {
	role := awsiam.NewRole(scope, jsii.String("StateMachineRole"), &awsiam.RoleProps{
		RoleName:    &name,
		Description: jsii.String("Allows the state machine to call the mock API and to deliver its log and its traces"),
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("states.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{
				"ArnLike": map[string]any{"aws:SourceArn": awscdk.Fn_Sub(
					jsii.String("arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:*"), nil)},
				"StringEquals": map[string]any{"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID()},
			},
		}),
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"function": document(statement(function.FunctionArn(), "lambda:InvokeFunction")),
			"logs": document(statement(jsii.String("*"),
				"logs:CreateLogDelivery",
				"logs:GetLogDelivery",
				"logs:UpdateLogDelivery",
				"logs:DeleteLogDelivery",
				"logs:ListLogDeliveries",
				"logs:PutResourcePolicy",
				"logs:DescribeResourcePolicies",
				"logs:DescribeLogGroups")),
			"traces": document(statement(jsii.String("*"),
				"xray:PutTraceSegments",
				"xray:PutTelemetryRecords",
				"xray:GetSamplingRules",
				"xray:GetSamplingTargets")),
		},
	})
	tagRegion(role)
	acknowledgeWildcard(role, "Log delivery and X-Ray support no resource-level permissions for these actions: "+
		"https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html and "+
		"https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html")
	return role
}

// tagRegion tags a role with its stack's region. IAM is global and role names are unique in an
// account, so only this tag shows which region's deployment a role belongs to.
func tagRegion(role awsiam.Role) {
	awscdk.Tags_Of(role).Add(jsii.String(deployment.TagRegion), awscdk.Aws_REGION(), nil)
}

// acknowledgeWildcard tells cdk-nag why the role's policies apply to all resources.
func acknowledgeWildcard(role awsiam.Role, reason string) {
	awscdk.Validations_Of(role).Acknowledge(&awscdk.Acknowledgment{
		Id:     jsii.String("AwsSolutions-IAM5[Resource::*]"),
		Reason: &reason,
	})
}

func document(statements ...awsiam.PolicyStatement) awsiam.PolicyDocument {
	return awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &statements})
}

func statement(resource *string, actions ...string) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings(actions...),
		Resources: &[]*string{resource},
	})
}
