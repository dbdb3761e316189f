package resource

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"retrycatch/internal/deployment"
)

// StateMachine is the resource kind for Step Functions state machines.
const StateMachine Kind = "AWS::StepFunctions::StateMachine"

// stateDeleting is the state of a state machine whose deletion waits for its executions to end:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
const stateDeleting = string(types.StateMachineStatusDeleting)

var stateMachineRecord = record{
	kind:  StateMachine,
	title: "state machine",
	ids: func(names deployment.Names, location Location) []string {
		return []string{location.arn("states", "stateMachine:"+names.StateMachine)}
	},
	list:          listStateMachines,
	observe:       observeStateMachine,
	remove:        removeStateMachine,
	removeCommand: func(id string) string { return "aws stepfunctions delete-state-machine --state-machine-arn " + id },
}

func listStateMachines(ctx context.Context, cfg aws.Config) (ids []string, err error) {
	pages := sfn.NewListStateMachinesPaginator(sfn.NewFromConfig(cfg), &sfn.ListStateMachinesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, machine := range page.StateMachines {
			ids = append(ids, aws.ToString(machine.StateMachineArn))
		}
	}
	return ids, nil
}

func observeStateMachine(ctx context.Context, cfg aws.Config, id string) (Observation, error) {
	const operation = "states:DescribeStateMachine"
	out, err := sfn.NewFromConfig(cfg).DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: &id})
	if err != nil {
		return absentIf(operation, codeNoStateMachine, err)
	}
	if aws.ToString(out.StateMachineArn) != id {
		return Observation{}, missingResource(operation)
	}
	o := found(operation)
	o.State, o.Since = string(out.Status), aws.ToTime(out.CreationDate)
	return o, nil
}

func removeStateMachine(ctx context.Context, cfg aws.Config, id string) error {
	_, err := sfn.NewFromConfig(cfg).DeleteStateMachine(ctx, &sfn.DeleteStateMachineInput{StateMachineArn: &id})
	return err
}
