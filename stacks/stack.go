// Package stacks defines the CloudFormation stack: two roles, a function, a state machine, their
// log groups, and optional alarms with a dashboard.
package stacks

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"retrycatch/internal/deployment"
	"retrycatch/statemachine"
)

// New adds one stack of a deployment to the scope. functionFolder is the output folder of
// lambda.BuildFunction.
func New(scope constructs.Construct, d deployment.Deployment, s deployment.Stack, functionFolder string) awscdk.Stack {
	names := s.Names
	tags := map[string]*string{}
	for _, tag := range deployment.StackTags(names.Stack) {
		tags[tag.Key] = &tag.Value
	}
	const description = "A state machine that retries and catches the errors of a mock API"
	stack := awscdk.NewStack(scope, &s.ID, &awscdk.StackProps{
		StackName:             &names.Stack,
		Env:                   &awscdk.Environment{Account: optional(d.Account), Region: optional(s.Region)},
		Description:           jsii.String(description),
		Tags:                  &tags,
		TerminationProtection: &d.Protect,
	})

	function := newFunction(stack, names, d, functionFolder)
	stateMachine := newStateMachine(stack, names, d, function)

	output(stack, deployment.OutputStateMachine, stateMachine.StateMachineArn())
	output(stack, deployment.OutputFunction, function.FunctionArn())
	output(stack, deployment.OutputFunctionRole, function.Role().RoleArn())
	output(stack, deployment.OutputStateMachineRole, stateMachine.Role().RoleArn())
	domain := consoleDomain(stack, s.Region)
	output(stack, deployment.OutputConsole, awscdk.Fn_Sub(
		jsii.String("https://${AWS::Region}.${Console}/states/home?region=${AWS::Region}#/statemachines/view/${Arn}"),
		&map[string]*string{"Console": domain, "Arn": stateMachine.StateMachineArn()}))
	if d.Observability {
		dashboard := newObservability(stack, names, d.AlarmEmail, function, stateMachine)
		output(stack, deployment.OutputDashboard, awscdk.Fn_Sub(
			jsii.String("https://${AWS::Region}.${Console}/cloudwatch/home?region=${AWS::Region}"+
				"#dashboards:name=${Name}"),
			&map[string]*string{"Console": domain, "Name": dashboard.DashboardName()}))
	}
	return stack
}

// newFunction adds the function with its log group and role.
func newFunction(
	stack awscdk.Stack,
	names deployment.Names,
	d deployment.Deployment,
	folder string,
) awslambda.Function {
	logs := logGroup(stack, "FunctionLogs", names.FunctionLogs, d.Protect)
	role := newFunctionRole(stack, names.FunctionRole, logs)
	function := awslambda.NewFunction(stack, jsii.String("Function"), &awslambda.FunctionProps{
		FunctionName:  &names.Function,
		Description:   jsii.String("Mocks an API: returns the result for the status code in the event"),
		Runtime:       awslambda.Runtime_PROVIDED_AL2023(),
		Architecture:  architecture(d.Architecture),
		Handler:       jsii.String("bootstrap"),
		Code:          awslambda.Code_FromAsset(&folder, nil),
		MemorySize:    jsii.Number(128),
		Timeout:       awscdk.Duration_Seconds(jsii.Number(10)),
		Role:          role.WithoutPolicyUpdates(nil),
		LogGroup:      logs,
		LoggingFormat: awslambda.LoggingFormat_JSON,
		Tracing:       awslambda.Tracing_ACTIVE,
	})
	acknowledgeDependsOn(function)
	return function
}

// newStateMachine adds the state machine with its log group and role.
func newStateMachine(
	stack awscdk.Stack,
	names deployment.Names,
	d deployment.Deployment,
	function awslambda.Function,
) awsstepfunctions.StateMachine {
	logs := logGroup(stack, "StateMachineLogs", names.StateMachineLogs, d.Protect)
	role := newStateMachineRole(stack, names.StateMachineRole, function)
	props := awsstepfunctions.StateMachineProps{
		StateMachineName: &names.StateMachine,
		StateMachineType: awsstepfunctions.StateMachineType_STANDARD,
		// Use Fn::Sub instead of the resource's DefinitionSubstitutions. `cdk deploy --hotswap`
		// would send the definition without the substitutions, so its placeholders would stay
		// unresolved.
		DefinitionBody: awsstepfunctions.DefinitionBody_FromString(awscdk.Fn_Sub(&statemachine.Definition,
			&map[string]*string{"MockAPIFunctionArn": function.FunctionArn()})),
		Role: role.WithoutPolicyUpdates(nil),
		Logs: &awsstepfunctions.LogOptions{
			Destination:          logs,
			Level:                awsstepfunctions.LogLevel_ALL,
			IncludeExecutionData: jsii.Bool(true),
		},
		TracingEnabled: jsii.Bool(true),
	}
	stateMachine := awsstepfunctions.NewStateMachine(stack, jsii.String("StateMachine"), &props)
	acknowledgeDependsOn(stateMachine)
	return stateMachine
}

// Domains of the AWS console:
// https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/using-govcloud.html
// https://docs.amazonaws.cn/en_us/aws/latest/userguide/introduction.html
const (
	console         = "console.aws.amazon.com"
	consoleChina    = "console.amazonaws.cn"
	consoleGovCloud = "console.amazonaws-us-gov.com"
)

// consoleDomain returns the domain of the console in a region. If the region is empty,
// CloudFormation chooses the domain during the deployment.
func consoleDomain(stack awscdk.Stack, region string) *string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return jsii.String(consoleChina)
	case strings.HasPrefix(region, "us-gov-"):
		return jsii.String(consoleGovCloud)
	case region != "":
		return jsii.String(console)
	}
	in := func(id, partition string) *string {
		return awscdk.NewCfnCondition(stack, &id, &awscdk.CfnConditionProps{
			Expression: awscdk.Fn_ConditionEquals(stack.Partition(), &partition)}).LogicalId()
	}
	other := awscdk.Fn_ConditionIf(in("InGovCloud", "aws-us-gov"), consoleGovCloud, console)
	return awscdk.Token_AsString(awscdk.Fn_ConditionIf(in("InChina", "aws-cn"), consoleChina, other), nil)
}

// logGroup declares a log group. Deleting the stack deletes the group, unless keep is true. Without
// a declared group, AWS would create one outside the stack and keep its logs forever.
func logGroup(scope constructs.Construct, id, name string, keep bool) awslogs.LogGroup {
	removal := awscdk.RemovalPolicy_DESTROY
	if keep {
		// A failed first deployment still deletes its group. A retained group would block the next
		// deployment.
		removal = awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE
	}
	return awslogs.NewLogGroup(scope, &id, &awslogs.LogGroupProps{
		LogGroupName:  &name,
		Retention:     awslogs.RetentionDays_ONE_WEEK,
		RemovalPolicy: removal,
	})
}

// acknowledgeDependsOn tells cfn-lint to accept that a resource names its role twice, by reference
// and in DependsOn. Since March 2024, CloudFormation can create a resource before its role has
// propagated, unless the resource has DependsOn. Without it, a new state machine might not have
// permission to write to its log group yet:
// https://aws.amazon.com/about-aws/whats-new/2024/03/aws-cloudformation-40-percent-faster-stack-creation/
func acknowledgeDependsOn(resource constructs.IConstruct) {
	// https://github.com/aws-cloudformation/cfn-lint#metadata
	resource.Node().DefaultChild().(awscdk.CfnResource).AddMetadata(jsii.String("cfn-lint"),
		map[string]any{"config": map[string]any{"ignore_checks": []string{"W3005"}}})
}

// optional returns nil for an empty value. The CDK then uses the account or region of the AWS
// settings at deployment.
func optional(value string) *string {
	if value == "" {
		return nil
	}
	return &value
}

func architecture(a deployment.Architecture) awslambda.Architecture {
	if a == deployment.X8664 {
		return awslambda.Architecture_X86_64()
	}
	return awslambda.Architecture_ARM_64()
}

func output(stack awscdk.Stack, id string, value *string) {
	awscdk.NewCfnOutput(stack, &id, &awscdk.CfnOutputProps{Value: value})
}
