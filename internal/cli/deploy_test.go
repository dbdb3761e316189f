package cli

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/session"
)

// in is a target in a region, in whose account the stub answers.
func in(region string, stub *awsstub.Stub) *target {
	cfg := stub.Config()
	cfg.Region = region
	return &target{Session: &session.Session{Config: cfg, Account: awsstub.Account, Caller: someone}, stackID: "retrycatch-" + region, stackName: "retrycatch",
		expected: []inventory.Resource{{Kind: inventory.Role, ID: "lambda_basic_execution_" + region}}}
}

// ready is an account to which nothing is deployed, bootstrapped or not, that holds these names.
func ready(t *testing.T, bootstrapped bool, holds ...string) *awsstub.Stub {
	version := awsstub.Error(http.StatusBadRequest, "ParameterNotFound", "")
	if bootstrapped {
		version = awsstub.JSON(`{"Parameter": {"Value": "30"}}`)
	}
	return awsstub.New(t).Holds(holds...).On("CloudFormation.DescribeStacks", awsstub.NoStack()).On("SSM.GetParameter", version)
}

func TestDeployTellsOfEverythingAtOnce(t *testing.T) {
	caller(t, awsstub.Account, "nobody")
	enter(t, `{"context": {"account": "mine"}}`)
	err := given(t, "--stage=Dev").runDeploy(t.Context(), deployOptions{context: []string{"colour=red"}})
	requireProblems(t, err, `there is no option "colour"`, "correct it", `option stage cannot be "Dev"`, "correct it", `option account cannot be "mine"`, "correct it",
		"the CDK CLI is not installed", "make setup", "sts:GetCallerIdentity answered with no ARN", "AWS_ENDPOINT_URL")
}

func TestWhatStandsAgainstDeployingIsSaidOfEachRegion(t *testing.T) {
	t.Parallel()
	const first, second = "us-east-1", "eu-west-1"
	noTerminal := []string{"there is no terminal to approve them on", "--yes"}
	notBootstrapped := []string{"account 111122223333, region eu-west-1 is not bootstrapped", "npx cdk bootstrap aws://111122223333/eu-west-1"}
	taken := []string{"IAM role lambda_basic_execution_us-east-1 exists already", "aws iam delete-role --role-name lambda_basic_execution_us-east-1"}
	tests := []struct {
		name         string
		bootstrapped [2]bool
		holds        string
		terminal     bool
		yes          bool
		answer       string
		bare         []string   // the regions to bootstrap
		want         [][]string // what happened and what to do
	}{
		{name: "nothing does", bootstrapped: [2]bool{true, true}, yes: true},
		{name: "nothing does on a terminal either", bootstrapped: [2]bool{true, true}, terminal: true},
		{name: "a region to bootstrap, with --yes", bootstrapped: [2]bool{true, false}, yes: true, bare: []string{second}},
		{name: "both, with --yes", yes: true, bare: []string{first, second}},
		{name: "both, with a yes to each question", terminal: true, answer: "y\nyes\n", bare: []string{first, second}},
		{name: "a yes for the one and a no for the other", terminal: true, answer: "y\nn\n", want: [][]string{notBootstrapped}},
		{name: "nobody to ask", bootstrapped: [2]bool{true, false}, want: [][]string{noTerminal, notBootstrapped}},
		{name: "a taken name in one region", bootstrapped: [2]bool{true, true}, yes: true, holds: "lambda_basic_execution_us-east-1", want: [][]string{taken}},
		// Nobody is asked for what would not help.
		{name: "a taken name, and a region to bootstrap", bootstrapped: [2]bool{true, false}, terminal: true, answer: "y\n", holds: "lambda_basic_execution_us-east-1",
			want: [][]string{taken, notBootstrapped}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			console, _, _ := consoleOf(test.answer)
			console.interactive = test.terminal
			targets := []*target{in(first, ready(t, test.bootstrapped[0], test.holds)), in(second, ready(t, test.bootstrapped[1]))}
			bare, err := (&app{console: console}).preflight(t.Context(), targets, test.yes)
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
			for _, target := range bare {
				regions = append(regions, target.Region())
			}
			if diff := cmp.Diff(test.bare, regions); diff != "" {
				t.Errorf("the regions to bootstrap differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAFailedDeploymentSaysWhatBecameOfEachStack(t *testing.T) {
	t.Parallel()
	stack := func(answer awsstub.Answer) *awsstub.Stub {
		return awsstub.New(t).On("CloudFormation.DescribeStacks", answer)
	}
	targets := []*target{in("us-east-1", stack(awsstub.Stack("ROLLBACK_COMPLETE"))), in("eu-west-1", stack(awsstub.NoStack())), in("eu-north-1", stack(awsstub.Denied()))}
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	for name, ctx := range map[string]context.Context{"by itself": t.Context(), "by an interrupt": interrupted} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := (&app{}).afterFailedDeploy(ctx, targets, errors.New("exit code 1"))
			if want := "the deployment did not succeed: exit code 1"; err.Error() != want {
				t.Errorf("the error is %q, want %q", err, want)
			}
			requireProblems(t, err, "the deployment did not succeed", "in the region us-east-1 the stack is ROLLBACK_COMPLETE, and retrycatch destroy takes it down; "+
				"in the region eu-west-1 no stack was created; in the region eu-north-1 the stack's state could not be read: ")
		})
	}
}

func TestADeploymentShowsTheOutputsOfEachStack(t *testing.T) {
	t.Parallel()
	outputs := func(status, value string) *awsstub.Stub {
		return awsstub.New(t).On("CloudFormation.DescribeStacks", awsstub.Stack(status,
			"<Outputs><member><OutputKey>", deployment.OutputFunction, "</OutputKey><OutputValue>", value, "</OutputValue></member></Outputs>"))
	}
	targets := []*target{in("us-east-1", outputs("CREATE_COMPLETE", "first")), in("eu-west-1", outputs("UPDATE_COMPLETE", "second"))}
	for format, want := range map[outputFlag]string{
		outputText: "FunctionArn          first\nFunctionArn          second\n",
		outputJSON: `{
  "stacks": [
    {
      "region": "us-east-1",
      "stack": "` + awsstub.StackARN + `",
      "status": "CREATE_COMPLETE",
      "outputs": {
        "FunctionArn": "first"
      }
    },
    {
      "region": "eu-west-1",
      "stack": "` + awsstub.StackARN + `",
      "status": "UPDATE_COMPLETE",
      "outputs": {
        "FunctionArn": "second"
      }
    }
  ]
}
`,
	} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			console, out, _ := consoleOf("")
			if err := (&app{console: console}).showDeployed(t.Context(), targets, format); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, out.String()); diff != "" {
				t.Errorf("the outputs differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestADeploymentIsNotDoneUntilEveryStackIsComplete(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"UPDATE_ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE", "CREATE_IN_PROGRESS", "UPDATE_FAILED"} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			console, out, _ := consoleOf("")
			targets := []*target{in("us-east-1", awsstub.New(t).On("CloudFormation.DescribeStacks", awsstub.Stack("CREATE_COMPLETE"))),
				in("eu-west-1", awsstub.New(t).On("CloudFormation.DescribeStacks", awsstub.Stack(status)))}
			err := (&app{console: console}).showDeployed(t.Context(), targets, outputJSON)
			requireProblems(t, err, "the stack retrycatch in account 111122223333, region eu-west-1 is "+status, "CloudFormation console")
			if result := (*badResult)(nil); !errors.As(err, &result) || out.Len() > 0 {
				t.Errorf("it is no bad result, or there is an output: %q", strings.TrimSpace(out.String()))
			}
		})
	}
}
