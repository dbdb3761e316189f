package inventory

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/smithy-go"

	"retrycatch/internal/deployment"
)

// Kind is a type of resource, as CloudFormation spells it.
type Kind string

// The kinds that the stack consists of.
const (
	Role         Kind = "AWS::IAM::Role"
	Function     Kind = "AWS::Lambda::Function"
	LogGroup     Kind = "AWS::Logs::LogGroup"
	StateMachine Kind = "AWS::StepFunctions::StateMachine"
)

// Resource is one resource of the stack. ID is CloudFormation's physical ID: a state machine's ARN, and the name of any
// other kind.
type Resource struct {
	Kind Kind
	ID   string
}

// Name is the resource's own name, without what surrounds it in an ARN.
func (r Resource) Name() string {
	if r.Kind == StateMachine {
		return r.ID[strings.LastIndexByte(r.ID, ':')+1:]
	}
	return r.ID
}

// Expected lists the resources that a deployment of these names creates, in the order in which they depend on each other.
func Expected(names deployment.Names, partition, region, account string) []Resource {
	return []Resource{
		{Role, names.FunctionRole},
		{Role, names.StateMachineRole},
		{LogGroup, names.FunctionLogs},
		{LogGroup, names.StateMachineLogs},
		{Function, names.Function},
		{StateMachine, fmt.Sprintf("arn:%s:states:%s:%s:stateMachine:%s", partition, region, account, names.StateMachine)},
	}
}

// Observation is what a resource's own service says of it.
type Observation struct {
	Exists bool
	State  string // as the service calls it, for example ACTIVE or DELETING; empty where it has none
	Answer string // the operation asked and what it answered, for example "lambda:GetFunction: ResourceNotFoundException"
}

// Observe asks the resource's own service whether it exists. An error means that the answer could not be had, which is
// not the same as "no".
func Observe(ctx context.Context, cfg aws.Config, r Resource) (Observation, error) {
	switch r.Kind {
	case Role:
		_, err := iam.NewFromConfig(cfg).GetRole(ctx, &iam.GetRoleInput{RoleName: &r.ID})
		return observed(r, "iam:GetRole", "", err, "NoSuchEntity")
	case Function:
		out, err := lambda.NewFromConfig(cfg).GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &r.ID})
		state := ""
		if err == nil {
			state = string(out.State)
		}
		return observed(r, "lambda:GetFunctionConfiguration", state, err, "ResourceNotFoundException")
	case StateMachine:
		out, err := sfn.NewFromConfig(cfg).DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: &r.ID})
		state := ""
		if err == nil {
			state = string(out.Status)
		}
		return observed(r, "states:DescribeStateMachine", state, err, "StateMachineDoesNotExist")
	case LogGroup:
		return observeLogGroup(ctx, cfg, r)
	default:
		return Observation{}, fmt.Errorf("cannot say whether %s %s exists: the kind is not one of this stack's", r.Kind, r.ID)
	}
}

// observed reads the answer of an operation that names one resource. notFound is the code of the error that the service
// has for a name that it does not know.
func observed(r Resource, operation, state string, err error, notFound string) (Observation, error) {
	if err == nil {
		return Observation{Exists: true, State: state, Answer: operation + ": found"}, nil
	}
	if api := smithy.APIError(nil); errors.As(err, &api) && api.ErrorCode() == notFound {
		return Observation{Answer: operation + ": " + notFound}, nil
	}
	return Observation{}, fmt.Errorf("cannot say whether the %s exists: %w", r, err)
}

// observeLogGroup lists, as CloudWatch Logs has no operation that asks for one group. Names that only begin alike are
// other groups.
func observeLogGroup(ctx context.Context, cfg aws.Config, r Resource) (Observation, error) {
	const operation = "logs:DescribeLogGroups"
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(cloudwatchlogs.NewFromConfig(cfg),
		&cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &r.ID})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return Observation{}, fmt.Errorf("cannot say whether the %s exists: %w", r, err)
		}
		for _, group := range page.LogGroups {
			if aws.ToString(group.LogGroupName) == r.ID {
				return Observation{Exists: true, Answer: operation + ": found"}, nil
			}
		}
	}
	return Observation{Answer: operation + ": not listed"}, nil
}

// Removal says how to remove the resource by hand.
func (r Resource) Removal() string {
	switch r.Kind {
	case Role:
		return "detach its policies and run `aws iam delete-role --role-name " + r.ID + "`"
	case Function:
		return "run `aws lambda delete-function --function-name " + r.ID + "`"
	case LogGroup:
		return "run `aws logs delete-log-group --log-group-name " + r.ID + "`"
	case StateMachine:
		return "run `aws stepfunctions delete-state-machine --state-machine-arn " + r.ID + "`"
	default:
		return "delete it in its service's console"
	}
}

func (r Resource) String() string { return r.Kind.Title() + " " + r.Name() }

// Title is the kind in plain words.
func (k Kind) Title() string {
	switch k {
	case Role:
		return "IAM role"
	case Function:
		return "Lambda function"
	case LogGroup:
		return "log group"
	case StateMachine:
		return "state machine"
	default:
		return string(k)
	}
}
