// Package stacks defines the CloudFormation stack: two roles, a function, a state machine and their log groups.
package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"retrycatch/internal/deployment"
	"retrycatch/statemachine"
)

// New adds the stack of one deployment to the scope. functionFolder holds the function as BuildFunction left it.
func New(scope constructs.Construct, d deployment.Deployment, functionFolder string) awscdk.Stack {
	names := d.Names()
	stack := awscdk.NewStack(scope, &names.Stack, &awscdk.StackProps{
		Description: jsii.String("A state machine that retries and catches the errors of an API, which a function mocks"),
		Tags:        &map[string]*string{"Project": jsii.String("retrycatch"), "Stack": &names.Stack},
	})

	functionLogs := logGroup(stack, "FunctionLogs", names.FunctionLogs)
	functionRole := newFunctionRole(stack, names.FunctionRole, functionLogs)
	function := awslambda.NewFunction(stack, jsii.String("Function"), &awslambda.FunctionProps{
		FunctionName:  &names.Function,
		Description:   jsii.String("Plays an API: answers the status code it is asked for"),
		Runtime:       awslambda.Runtime_PROVIDED_AL2023(),
		Architecture:  architecture(d.Architecture),
		Handler:       jsii.String("bootstrap"),
		Code:          awslambda.Code_FromAsset(&functionFolder, nil),
		MemorySize:    jsii.Number(128),
		Timeout:       awscdk.Duration_Seconds(jsii.Number(10)),
		Role:          functionRole.WithoutPolicyUpdates(nil),
		LogGroup:      functionLogs,
		LoggingFormat: awslambda.LoggingFormat_JSON,
		Tracing:       awslambda.Tracing_ACTIVE,
	})

	stateMachineLogs := logGroup(stack, "StateMachineLogs", names.StateMachineLogs)
	stateMachineRole := newStateMachineRole(stack, names.StateMachineRole, function)
	stateMachine := awsstepfunctions.NewStateMachine(stack, jsii.String("StateMachine"), &awsstepfunctions.StateMachineProps{
		StateMachineName:        &names.StateMachine,
		StateMachineType:        awsstepfunctions.StateMachineType_STANDARD,
		DefinitionBody:          awsstepfunctions.DefinitionBody_FromString(&statemachine.Definition),
		DefinitionSubstitutions: &map[string]*string{"MockAPIFunctionArn": function.FunctionArn()},
		Role:                    stateMachineRole.WithoutPolicyUpdates(nil),
		Logs: &awsstepfunctions.LogOptions{
			Destination:          stateMachineLogs,
			Level:                awsstepfunctions.LogLevel_ALL,
			IncludeExecutionData: jsii.Bool(true),
		},
		TracingEnabled: jsii.Bool(true),
	})

	output(stack, deployment.OutputStateMachine, stateMachine.StateMachineArn())
	output(stack, deployment.OutputFunction, function.FunctionArn())
	output(stack, deployment.OutputFunctionRole, functionRole.RoleArn())
	output(stack, deployment.OutputStateMachineRole, stateMachineRole.RoleArn())
	output(stack, deployment.OutputConsole, awscdk.Fn_Sub(
		jsii.String("https://${AWS::Region}.console.aws.amazon.com/states/home?region=${AWS::Region}#/statemachines/view/${Arn}"),
		&map[string]*string{"Arn": stateMachine.StateMachineArn()}))
	return stack
}

// logGroup declares a group that goes with the stack. One that AWS creates by itself would stay behind, and keep its
// lines for ever.
func logGroup(scope constructs.Construct, id, name string) awslogs.LogGroup {
	return awslogs.NewLogGroup(scope, &id, &awslogs.LogGroupProps{
		LogGroupName:  &name,
		Retention:     awslogs.RetentionDays_ONE_WEEK,
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
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
