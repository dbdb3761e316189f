package cli

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/cdk"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
)

// targetIn returns a target in a region. The stub receives the calls to the target's account.
func targetIn(region string, stub *awsstub.Stub) *target {
	cfg := stub.Config()
	cfg.Region = region
	return &target{
		Session:   &session.Session{Config: cfg, Account: awsstub.Account, Caller: userARN},
		stackID:   "retrycatch-" + region,
		stackName: "retrycatch",
		bootstrap: cdk.Bootstrap{Qualifier: cdk.DefaultQualifier},
		expected:  []resource.Resource{{Kind: resource.Role, ID: "lambda_basic_execution_" + region}},
	}
}

// emptyAccount returns a stub of an account without a deployment. The parameter "existing" names
// the account's resources.
func emptyAccount(t *testing.T, bootstrapped bool, existing ...string) *awsstub.Stub {
	version := awsstub.Error(http.StatusBadRequest, "ParameterNotFound", "")
	if bootstrapped {
		version = awsstub.JSON(`{"Parameter": {"Value": "30"}}`)
	}
	return awsstub.New(t).WithResources(existing...).On("CloudFormation.DescribeStacks",
		awsstub.NoStack()).On("SSM.GetParameter", version).
		On("CloudFormation.ListStacks", awsstub.Stacks("")).On("SSM.GetParametersByPath", awsstub.JSON(`{"Parameters": []}`))
}

func TestDeployReportsAllProblems(t *testing.T) {
	setCaller(t, "nobody")
	chdirProject(t, `{"context": {"account": "mine"}}`)
	err := appWithFlags(t, "--stage=Dev").runDeploy(t.Context(), deployOptions{context: []string{"color=red"}})
	requireProblems(t, err,
		`there is no option "color"`, "correct it",
		`option stage cannot be "Dev"`, "correct it",
		`option account cannot be "mine"`, "correct it",
		"the CDK CLI is not installed", "make setup",
		"sts:GetCallerIdentity returned no ARN", "AWS_ENDPOINT_URL")
}

func TestDeployBlockers(t *testing.T) {
	t.Parallel()
	const first, second = "us-east-1", "eu-west-1"
	noTerminal := []string{"deploy needs approval to create IAM roles, but there is no terminal", "--yes"}
	notBootstrapped := []string{
		"account 111122223333, region eu-west-1 is not bootstrapped",
		"npx cdk bootstrap aws://111122223333/eu-west-1",
	}
	inUse := []string{"IAM role lambda_basic_execution_us-east-1 already exists, and this stack does not own it",
		"retrycatch deploy --stage dev --region us-east-1"}
	tests := []struct {
		name         string
		bootstrapped [2]bool
		existing     string // a resource that exists in the first region
		terminal     bool
		yes          bool
		answer       string
		qualifier    string     // a custom qualifier in the second region
		toBootstrap  []string   // regions
		want         [][]string // the problems, each with its next step
	}{
		{name: "no blockers", bootstrapped: [2]bool{true, true}, yes: true},
		{name: "no blockers, with a terminal", bootstrapped: [2]bool{true, true}, terminal: true},
		{name: "one missing bootstrap, with --yes", bootstrapped: [2]bool{true, false}, yes: true,
			toBootstrap: []string{second}},
		{name: "two missing bootstraps, with --yes", yes: true, toBootstrap: []string{first, second}},
		{name: "two missing bootstraps, both confirmed", terminal: true, answer: "y\nyes\n",
			toBootstrap: []string{first, second}},
		{name: "no terminal", bootstrapped: [2]bool{true, true}, want: [][]string{noTerminal}},
		{
			name:         "no terminal, one missing bootstrap",
			bootstrapped: [2]bool{true, false},
			want: [][]string{{
				"deploy needs approval to create IAM roles and to bootstrap account 111122223333, region eu-west-1, " +
					"but there is no terminal",
				"retrycatch --yes",
			}},
		},
		{
			name: "no terminal, two missing bootstraps",
			want: [][]string{{
				"to bootstrap account 111122223333, region us-east-1 and account 111122223333, region eu-west-1, but",
				"retrycatch --yes",
			}},
		},
		{
			name:         "no terminal, a missing custom bootstrap",
			bootstrapped: [2]bool{true, false},
			qualifier:    "mine",
			want:         [][]string{notBootstrapped},
		},
		{
			name:         "a name in use",
			bootstrapped: [2]bool{true, true},
			yes:          true,
			existing:     "lambda_basic_execution_us-east-1",
			want:         [][]string{inUse},
		},
		// Bootstrapping would not unblock the deployment, so deploy does not offer it.
		{
			name:         "a name in use, one missing bootstrap",
			bootstrapped: [2]bool{true, false},
			terminal:     true,
			answer:       "y\n",
			existing:     "lambda_basic_execution_us-east-1",
			want:         [][]string{inUse},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			console, _, _ := consoleOf(test.answer)
			console.Interactive = test.terminal
			targets := []*target{
				targetIn(first, emptyAccount(t, test.bootstrapped[0], test.existing)),
				targetIn(second, emptyAccount(t, test.bootstrapped[1])),
			}
			if test.qualifier != "" {
				targets[1].bootstrap.Qualifier = test.qualifier
			}
			unbootstrapped, err := (&app{console: console}).checkTargets(t.Context(),
				rollout{targets: targets, options: deployOptions{yes: test.yes}})
			if len(test.want) > 0 {
				var want []string
				for _, problem := range test.want {
					want = append(want, problem...)
				}
				requireProblems(t, err, want...)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var regions []string
			for _, target := range unbootstrapped {
				regions = append(regions, target.Region())
			}
			if diff := cmp.Diff(test.toBootstrap, regions); diff != "" {
				t.Errorf("the regions to bootstrap differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDeployFailed(t *testing.T) {
	t.Parallel()
	stack := func(answer awsstub.Answer) *awsstub.Stub {
		return awsstub.New(t).On("CloudFormation.DescribeStacks", answer)
	}
	targets := []*target{targetIn("eu-central-1", stack(stackOf("UPDATE_COMPLETE"))),
		targetIn("us-east-1", stack(stackOf("ROLLBACK_COMPLETE"))),
		targetIn("eu-west-1", stack(awsstub.NoStack())), targetIn("eu-north-1", stack(awsstub.Denied()))}
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	for name, ctx := range map[string]context.Context{"failure": t.Context(), "interrupt": interrupted} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := (&app{}).failedDeployProblem(ctx, targets, errors.New("exit code 1"))
			requireProblems(t, err, "the deployment failed; in the region eu-central-1 the stack is UPDATE_COMPLETE; "+
				"in the region us-east-1 the stack is ROLLBACK_COMPLETE; in the region eu-west-1 the stack does not exist; "+
				"in the region eu-north-1 the stack cannot be read: the credentials cannot call "+
				"cloudformation:DescribeStacks: AccessDenied: "+
				awsstub.DeniedText+"DescribeStacks: exit code 1", "retrycatch status --region us-east-1")
		})
	}
}

// The answer No is not a failure. The end of the input counts as No.
func TestDeclinedBootstrap(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{"no": "y\nn\n", "empty line": "y\n\n", "end of input": "y\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			console, _, stderr := consoleOf(answer)
			console.Interactive = true
			a := &app{console: console}
			r := rollout{targets: []*target{targetIn("us-east-1", emptyAccount(t, false)),
				targetIn("eu-west-1", emptyAccount(t, false))}}
			err := a.rollOut(t.Context(), r)
			want := "Nothing was deployed.\n  next: npx cdk bootstrap aws://" + awsstub.Account + "/eu-west-1\n"
			if err != nil || !strings.HasSuffix(stderr.String(), want) {
				t.Errorf("got the error %v and standard error\n%s\nwant none and\n%s", err, stderr, want)
			}
		})
	}
}
