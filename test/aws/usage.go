// Package aws holds the smoke test that "make smoke" runs on a real AWS account. It checks behavior
// that a local AWS lacks. Files that need an account have the build tag smoke.
package aws

import "fmt"

// Usage holds the quantities that AWS bills for a check of the smoke test.
type Usage struct {
	Deployments int // stacks created; each counts as one hour of its alarms and dashboard
	Executions  int
	Transitions int // state transitions
	Invocations int // invocations of the function
}

// Add returns the sum of two usages.
func (u Usage) Add(other Usage) Usage {
	return Usage{u.Deployments + other.Deployments, u.Executions + other.Executions,
		u.Transitions + other.Transitions, u.Invocations + other.Invocations}
}

// Times returns the usage of n repetitions.
func (u Usage) Times(n int) Usage {
	return Usage{u.Deployments * n, u.Executions * n, u.Transitions * n, u.Invocations * n}
}

// Prices from docs/costs.md in USD for us-east-1, without the free tier. CloudWatch bills alarms
// and dashboards by the hour, so a deployment of a few minutes counts as an hour.
const (
	pricePerTransition = 0.025 / 1000
	pricePerInvocation = 0.20/1_000_000 + 0.01*0.125*0.0000133 // one request and 10 ms with 128 MB
	pricePerExecution  = 5.0/1_000_000 + 0.0000075*0.50        // one trace and 7.5 kB of logs
	hoursPerMonth      = 730
	pricePerDeployment = (5*0.10 + 3) / hoursPerMonth // five alarms and one dashboard
)

// Cost returns the estimated cost in USD.
func (u Usage) Cost() float64 {
	return float64(u.Deployments)*pricePerDeployment + float64(u.Executions)*pricePerExecution +
		float64(u.Transitions)*pricePerTransition + float64(u.Invocations)*pricePerInvocation
}

func (u Usage) String() string {
	return fmt.Sprintf("%d deployments, %d executions with %d state transitions",
		u.Deployments, u.Executions, u.Transitions)
}
