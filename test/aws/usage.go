// Package aws holds the smoke test on a real account, which make smoke runs. It checks behaviors
// that a local AWS lacks. The build tag smoke selects the parts that need an account.
package aws

import "fmt"

// Usage counts the billed resources that a check uses.
type Usage struct {
	Deployments int // stacks created
	Executions  int
	Transitions int // state transitions, which Step Functions charges for
	Invocations int // of the function
}

// Add returns the sum of two usages.
func (u Usage) Add(more Usage) Usage {
	return Usage{u.Deployments + more.Deployments, u.Executions + more.Executions,
		u.Transitions + more.Transitions, u.Invocations + more.Invocations}
}

// Times returns the usage of n repetitions.
func (u Usage) Times(n int) Usage {
	return Usage{u.Deployments * n, u.Executions * n, u.Transitions * n, u.Invocations * n}
}

// The prices in us-east-1 in USD from docs/costs.md, without the free tier. CloudWatch charges for
// alarms and dashboards by the hour, so a deployment of some minutes counts as an hour.
const (
	perTransition = 0.025 / 1000
	perInvocation = 0.20/1_000_000 + 0.01*0.125*0.0000133 // 10 ms with 128 MB
	perExecution  = 5.0/1_000_000 + 0.0000075*0.50        // a trace, and 7.5 kB of logs
	hoursAMonth   = 730
	perDeployment = (5*0.10 + 3) / hoursAMonth // five alarms and the dashboard
)

// Cost returns the estimated costs in USD.
func (u Usage) Cost() float64 {
	return float64(u.Deployments)*perDeployment + float64(u.Executions)*perExecution +
		float64(u.Transitions)*perTransition + float64(u.Invocations)*perInvocation
}

func (u Usage) String() string {
	return fmt.Sprintf("%d deployments, %d executions with %d state transitions",
		u.Deployments, u.Executions, u.Transitions)
}
