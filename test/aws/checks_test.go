//go:build smoke

package aws

import (
	"context"
	"fmt"
	"slices"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/internal/load"
	"retrycatch/internal/scenario"
)

// check is one part of the smoke test. It creates only its fixtures and the stacks of its stage.
// Stages run concurrently, but the checks of one stage run in sequence.
type check struct {
	name       string
	stage      string
	fixtures   []fixture
	everyRound bool  // run once in each round
	usage      Usage // per round
	run        func(ctx context.Context, s *suite) (detail string, err error)
}

func (c check) title(s *suite) string {
	if c.everyRound {
		return fmt.Sprintf("%s, %d×", c.name, s.rounds)
	}
	return c.name
}

func (c check) totalUsage(s *suite) Usage {
	if c.everyRound {
		return c.usage.Times(s.rounds)
	}
	return c.usage
}

func stages() (names []string) {
	for _, c := range checks {
		if !slices.Contains(names, c.stage) {
			names = append(names, c.stage)
		}
	}
	return names
}

// isLast reports whether a check is the last check of its stage.
func isLast(c check) bool {
	last := ""
	for _, other := range checks {
		if other.stage == c.stage {
			last = other.name
		}
	}
	return c.name == last
}

// fixturesOf lists the fixtures of a stage's checks.
func fixturesOf(stage string) (all []fixture) {
	for _, c := range checks {
		if c.stage == stage {
			all = append(all, c.fixtures...)
		}
	}
	return all
}

// Names of stages have at most 16 characters.
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

// Resources that checks create outside the stacks.
var (
	outsidePolicy = policy{"retrycatch-smoke-outside",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}`}
	boundaryPolicy = policy{"retrycatch-smoke-boundary", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
		`"Action":["lambda:InvokeFunction","logs:*","xray:*"],"Resource":"*"}]}`}
	testProfile = profile{"retrycatch-smoke-profile"}
	deletedRole = role{"retrycatch-smoke-lost", `{"Version":"2012-10-17","Statement":[` +
		`{"Effect":"Allow","Action":["lambda:*","states:*","logs:*","cloudwatch:*"],"Resource":"*"},` +
		`{"Effect":"Allow","Action":"iam:*","Resource":"arn:*:iam::*:role/*_basic_execution-` + roleStage + `"},` +
		`{"Effect":"Allow","Action":"ssm:GetParameters","Resource":"arn:*:ssm:*:*:parameter/cdk-bootstrap/*"}]}`}
	secondBootstrap = bootstrap{"rcsmoke", "retrycatch-smoke-toolkit"}
)

var (
	oneDeployment = Usage{Deployments: 1}
	runUsage      = usageOf(scenario.All()[0]) // for scenario 200
)

// loadCount is the number of executions in the load test.
const loadCount = 50

// equalMix returns the mix of a load test that names no scenario.
func equalMix() (mix []load.Share) {
	for _, s := range scenario.All() {
		mix = append(mix, load.Share{Scenario: s, Weight: 1})
	}
	return mix
}

// usageOf returns the usage of executions that behave as their scenarios expect.
func usageOf(expected ...scenario.Scenario) (u Usage) {
	for _, s := range expected {
		e := history.New(awsstub.ScenarioEvents(awsstub.AWS, s.Name))
		u = u.Add(Usage{Executions: 1, Transitions: e.Transitions(), Invocations: e.Attempts()})
	}
	return u
}

var checks = []check{
	{name: "deploy and destroy", stage: roundsStage, everyRound: true, usage: oneDeployment, run: deployAndDestroy},
	{name: "run all", stage: runStage,
		usage: oneDeployment.Add(usageOf(scenario.All()...)), run: runAll},
	{name: "a trace that links to its log line", stage: runStage, usage: runUsage, run: findLogByTrace},
	{name: "a load test", stage: runStage, usage: usageOf(load.Draw(equalMix(), loadCount)...), run: runLoad},
	{name: "a failed creation", stage: rollbackStage, usage: oneDeployment, run: rollBackCreation},
	{name: "a policy from outside the stack", stage: policyStage, fixtures: []fixture{outsidePolicy}, usage: oneDeployment,
		run: attachPolicy},
	{name: "an instance profile", stage: profileStage, fixtures: []fixture{testProfile}, usage: oneDeployment,
		run: addRoleToProfile},
	{name: "a deleted execution role", stage: roleStage, fixtures: []fixture{deletedRole}, usage: oneDeployment,
		run: deleteExecutionRole},
	{name: "two regions", stage: regionsStage, usage: oneDeployment.Add(runUsage).Times(2), run: useTwoRegions},
	{name: "an unconfirmed e-mail address", stage: emailStage, usage: oneDeployment, run: skipConfirmation},
	{name: "a custom qualifier", stage: qualifierStage, fixtures: []fixture{secondBootstrap},
		usage: oneDeployment.Add(runUsage), run: useQualifier},
	{name: "a permissions boundary", stage: boundaryStage, fixtures: []fixture{boundaryPolicy},
		usage: oneDeployment.Add(runUsage), run: useBoundary},
}
