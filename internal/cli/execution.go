package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"retrycatch/internal/history"
	"retrycatch/internal/problem"
	"retrycatch/internal/workflow"
)

// latest is the argument that selects the newest execution.
const latest = "latest"

// openExecution opens the deployment and reads an execution. The parameter nameOrARN can also be
// "latest".
func (a *app) openExecution(ctx context.Context, nameOrARN string) (*target, history.Execution, error) {
	if strings.HasPrefix(nameOrARN, "arn:") {
		return a.openExecutionARN(ctx, nameOrARN)
	}
	t, stateMachine, err := a.openStateMachine(ctx)
	if err != nil {
		return nil, history.Execution{}, err
	}
	e, err := a.findExecution(ctx, t, stateMachine, nameOrARN)
	return t, e, err
}

// openExecutionARN reads an execution by its ARN. The execution can belong to any state machine in
// the account and region.
func (a *app) openExecutionARN(ctx context.Context, executionARN string) (*target, history.Execution, error) {
	parsed, err := a.parseExecution(executionARN)
	if err != nil {
		return nil, history.Execution{}, err
	}
	t, err := a.openOne(ctx)
	if err != nil {
		return nil, history.Execution{}, err
	}
	if err := a.checkLocation(t, parsed); err != nil {
		return nil, history.Execution{}, err
	}
	e, err := workflow.Read(ctx, t.Config, executionARN)
	if isNotFound(err) {
		return nil, history.Execution{}, t.notFoundError(executionARN)
	}
	return t, e, err
}

func (a *app) parseExecution(executionARN string) (arn.ARN, error) {
	parsed, err := arn.Parse(executionARN)
	parts := strings.Split(parsed.Resource, ":")
	if err != nil || parsed.Service != "states" || parts[0] != "execution" || len(parts) != 3 {
		return parsed, &problem.Problem{What: executionARN + " is not the ARN of an execution of a STANDARD state machine",
			Next: a.command("executions --output json")}
	}
	return parsed, nil
}

// checkLocation returns a problem if the execution is not in the target's account and region.
func (a *app) checkLocation(t *target, execution arn.ARN) error {
	if execution.Region == t.Region() && execution.AccountID == t.Account {
		return nil
	}
	p := &problem.Problem{
		What: fmt.Sprintf("the execution is in account %s, region %s, not in %s",
			execution.AccountID, execution.Region, t.place()),
		Next: a.withFlag("region", execution.Region)}
	if execution.AccountID != t.Account {
		p.Next = "use credentials of the account " + execution.AccountID + ", for example with --profile"
	}
	return p
}

func (t *target) notFoundError(executionARN string) error {
	return &problem.Problem{What: "there is no execution " + executionARN, Next: t.Command("executions")}
}

// findExecution reads an execution of the state machine. name is the execution's name, a unique
// prefix or suffix of the name, or "latest".
func (a *app) findExecution(ctx context.Context, t *target, stateMachine, name string) (history.Execution, error) {
	if name == latest {
		listed, err := workflow.List(ctx, t.Config, stateMachine, "", 1)
		if err != nil {
			return history.Execution{}, err
		}
		if len(listed) == 0 {
			return history.Execution{}, &problem.Problem{What: "the state machine has no executions",
				Next: t.Command("run")}
		}
		return workflow.Read(ctx, t.Config, aws.ToString(listed[0].ExecutionArn))
	}
	arn, err := workflow.ExecutionARN(stateMachine, name)
	if err != nil {
		return history.Execution{}, err
	}
	e, err := workflow.Read(ctx, t.Config, arn)
	if !isNotFound(err) {
		return e, err
	}
	item, err := a.resolve(ctx, t, stateMachine, name, nil)
	if err != nil {
		return history.Execution{}, err
	}
	return workflow.Read(ctx, t.Config, aws.ToString(item.ExecutionArn))
}

// isNotFound reports whether an error means that no execution has the requested name or ARN. Step
// Functions rejects an invalid name with InvalidArn.
func isNotFound(err error) bool {
	unknown, invalid := (*types.ExecutionDoesNotExist)(nil), (*types.InvalidArn)(nil)
	return errors.As(err, &unknown) || errors.As(err, &invalid)
}
