package cli

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
	"retrycatch/internal/session"
)

// target is a deployment in an account: what a command works on.
type target struct {
	*session.Session
	names    deployment.Names
	expected []inventory.Resource
}

// open opens the access and names what is to be found there.
func (a *app) open(ctx context.Context, d deployment.Deployment) (*target, error) {
	s, err := session.Open(ctx, a.access)
	if err != nil {
		return nil, err
	}
	caller, err := arn.Parse(s.Caller)
	if err != nil {
		return nil, &problem.Problem{What: "sts:GetCallerIdentity answered with no ARN but " + s.Caller,
			Next: "check AWS_ENDPOINT_URL if it is set", Err: err}
	}
	names := d.Names()
	return &target{Session: s, names: names, expected: inventory.Expected(names, caller.Partition, s.Region(), s.Account)}, nil
}

// place is where the target is, for messages.
func (t *target) place() string { return "account " + t.Account + ", region " + t.Region() }

// stack returns the deployed stack, or a problem that names the next step when there is none.
func (t *target) stack(ctx context.Context) (*inventory.Stack, error) {
	stack, err := inventory.FindStack(ctx, t.Config, t.names.Stack)
	if err != nil {
		return nil, session.Explain(err)
	}
	if stack == nil {
		return nil, &problem.Problem{What: "the stack " + t.names.Stack + " is not deployed in " + t.place(),
			Next: "run retrycatch deploy, or name another --region or --profile"}
	}
	return stack, nil
}
