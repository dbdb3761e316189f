//go:build smoke

package aws

import (
	"context"
	"fmt"
	"slices"
)

// check is one check. It creates only stacks of its stage, and the things in makes. The checks of
// one stage run in sequence. The stages run concurrently.
type check struct {
	name     string
	stage    string
	makes    []thing
	repeated bool  // once in each round
	usage    Usage // in one round
	run      func(ctx context.Context, s *suite) (detail string, err error)
}

func (c check) title(s *suite) string {
	if c.repeated {
		return fmt.Sprintf("%s, %d×", c.name, s.rounds)
	}
	return c.name
}

func (c check) uses(s *suite) Usage {
	if c.repeated {
		return c.usage.Times(s.rounds)
	}
	return c.usage
}

// stages lists the stages of all checks.
func stages() (names []string) {
	for _, c := range checks {
		if !slices.Contains(names, c.stage) {
			names = append(names, c.stage)
		}
	}
	return names
}

// isLast reports whether a check is the last one of its stage.
func isLast(c check) bool {
	last := ""
	for _, other := range checks {
		if other.stage == c.stage {
			last = other.name
		}
	}
	return c.name == last
}

// makes lists the things that a stage's checks make.
func makes(stage string) (all []thing) {
	for _, c := range checks {
		if c.stage == stage {
			all = append(all, c.makes...)
		}
	}
	return all
}

// The stages. The name of a stage has at most 16 characters.
const (
	runStage       = "smoke-run"
	roundsStage    = "smoke-rounds"
	rollbackStage  = "smoke-rollback"
	policyStage    = "smoke-policy"
	profileStage   = "smoke-profile"
	roleStage      = "smoke-role"
	regionsStage   = "smoke-regions"
	emailStage     = "smoke-email"
	qualifierStage = "smoke-qualifier"
	boundaryStage  = "smoke-boundary"
)

// The things that checks make outside the stacks.
var (
	outside = policy{"retrycatch-smoke-outside",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}`}
	boundary = policy{"retrycatch-smoke-boundary", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
		`"Action":["lambda:InvokeFunction","logs:*","xray:*"],"Resource":"*"}]}`}
	holder = profile{"retrycatch-smoke-profile"}
	lost   = role{"retrycatch-smoke-lost", `{"Version":"2012-10-17","Statement":[` +
		`{"Effect":"Allow","Action":["lambda:*","states:*","logs:*","cloudwatch:*"],"Resource":"*"},` +
		`{"Effect":"Allow","Action":"iam:*","Resource":"arn:*:iam::*:role/*_basic_execution-` + roleStage + `"},` +
		`{"Effect":"Allow","Action":"ssm:GetParameters","Resource":"arn:*:ssm:*:*:parameter/cdk-bootstrap/*"}]}`}
	second = bootstrap{"rcsmoke", "retrycatch-smoke-toolkit"}
)

var (
	one = Usage{Deployments: 1}
	run = Usage{Executions: 1, Transitions: 2, Invocations: 1} // of the scenario 200
)

var checks = []check{
	{name: "deploy and destroy", stage: roundsStage, repeated: true, usage: one, run: deployAndDestroy},
	{name: "run all", stage: runStage,
		usage: one.Add(Usage{Executions: 4, Transitions: 13, Invocations: 7}), run: runAll},
	{name: "a trace leads to a log line", stage: runStage, usage: run, run: joinTrace},
	{name: "a load with a concurrency of 10", stage: runStage,
		usage: Usage{Executions: 50, Transitions: 161, Invocations: 86}, run: runLoad},
	{name: "ROLLBACK_COMPLETE", stage: rollbackStage, usage: one, run: rollBack},
	{name: "a policy from outside", stage: policyStage, makes: []thing{outside}, usage: one, run: attachPolicy},
	{name: "an instance profile", stage: profileStage, makes: []thing{holder}, usage: one, run: holdRole},
	{name: "a lost execution role", stage: roleStage, makes: []thing{lost}, usage: one, run: loseRole},
	{name: "two regions", stage: regionsStage, usage: one.Add(run).Times(2), run: twoRegions},
	{name: "an unconfirmed e-mail address", stage: emailStage, usage: one, run: neverConfirm},
	{name: "a custom qualifier", stage: qualifierStage, makes: []thing{second}, usage: one.Add(run), run: qualify},
	{name: "a permissions boundary", stage: boundaryStage, makes: []thing{boundary}, usage: one.Add(run), run: bound},
}
