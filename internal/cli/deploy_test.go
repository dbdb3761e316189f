package cli

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/cdk"
	"retrycatch/internal/deployment"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
)

// in returns a target in a region. The stub answers for its account.
func in(region string, stub *awsstub.Stub) *target {
	cfg := stub.Config()
	cfg.Region = region
	return &target{
		Session:   &session.Session{Config: cfg, Account: awsstub.Account, Caller: someone},
		stackID:   "retrycatch-" + region,
		stackName: "retrycatch",
		bootstrap: cdk.Bootstrap{Qualifier: cdk.DefaultQualifier},
		expected:  []resource.Resource{{Kind: resource.Role, ID: "lambda_basic_execution_" + region}},
	}
}

// ready returns an account without a deployment, bootstrapped or not, in which these names exist.
func ready(t *testing.T, bootstrapped bool, holds ...string) *awsstub.Stub {
	version := awsstub.Error(http.StatusBadRequest, "ParameterNotFound", "")
	if bootstrapped {
		version = awsstub.JSON(`{"Parameter": {"Value": "30"}}`)
	}
	return awsstub.New(t).Holds(holds...).On("CloudFormation.DescribeStacks",
		awsstub.NoStack()).On("SSM.GetParameter", version).
		On("CloudFormation.ListStacks", awsstub.Stacks("")).On("SSM.GetParametersByPath", awsstub.JSON(`{"Parameters": []}`))
}

func TestDeployReportsAllProblems(t *testing.T) {
	caller(t, "nobody")
	enter(t, `{"context": {"account": "mine"}}`)
	err := given(t, "--stage=Dev").runDeploy(t.Context(), deployOptions{context: []string{"color=red"}})
	requireProblems(t, err,
		`there is no option "color"`, "correct it",
		`option stage cannot be "Dev"`, "correct it",
		`option account cannot be "mine"`, "correct it",
		"the CDK CLI is not installed", "make setup",
		"sts:GetCallerIdentity answered without an ARN", "AWS_ENDPOINT_URL")
}

func TestDeployBlockers(t *testing.T) {
	t.Parallel()
	const first, second = "us-east-1", "eu-west-1"
	noTerminal := []string{"there is no terminal to approve them on", "--yes"}
	notBootstrapped := []string{
		"account 111122223333, region eu-west-1 is not bootstrapped",
		"npx cdk bootstrap aws://111122223333/eu-west-1",
	}
	inUse := []string{"IAM role lambda_basic_execution_us-east-1 exists already, and this stack does not own it",
		"retrycatch deploy --stage dev --region us-east-1"}
	tests := []struct {
		name         string
		bootstrapped [2]bool
		holds        string
		terminal     bool
		yes          bool
		answer       string
		qualifier    string     // of a custom bootstrap
		bare         []string   // the regions to bootstrap
		want         [][]string // the problems, each with its next step
	}{
		{name: "none", bootstrapped: [2]bool{true, true}, yes: true},
		{name: "none, with a terminal", bootstrapped: [2]bool{true, true}, terminal: true},
		{name: "one bootstrap, with --yes", bootstrapped: [2]bool{true, false}, yes: true, bare: []string{second}},
		{name: "two bootstraps, with --yes", yes: true, bare: []string{first, second}},
		{name: "two bootstraps, both confirmed", terminal: true, answer: "y\nyes\n", bare: []string{first, second}},
		{name: "no terminal", bootstrapped: [2]bool{true, true}, want: [][]string{noTerminal}},
		{
			name:         "no terminal, one bootstrap",
			bootstrapped: [2]bool{true, false},
			want: [][]string{{
				"deploying creates IAM roles, and first bootstraps account 111122223333, region eu-west-1, " +
					"but there is no terminal",
				"retrycatch --yes",
			}},
		},
		{
			name: "no terminal, two bootstraps",
			want: [][]string{{
				"bootstraps account 111122223333, region us-east-1 and account 111122223333, region eu-west-1, but",
				"retrycatch --yes",
			}},
		},
		{
			name:         "no terminal, a custom bootstrap",
			bootstrapped: [2]bool{true, false},
			qualifier:    "mine",
			want:         [][]string{notBootstrapped},
		},
		{
			name:         "a name in use",
			bootstrapped: [2]bool{true, true},
			yes:          true,
			holds:        "lambda_basic_execution_us-east-1",
			want:         [][]string{inUse},
		},
		// A bootstrap would not help, so deploy does not offer it.
		{
			name:         "a name in use, one bootstrap",
			bootstrapped: [2]bool{true, false},
			terminal:     true,
			answer:       "y\n",
			holds:        "lambda_basic_execution_us-east-1",
			want:         [][]string{inUse},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			console, _, _ := consoleOf(test.answer)
			console.Interactive = test.terminal
			targets := []*target{
				in(first, ready(t, test.bootstrapped[0], test.holds)),
				in(second, ready(t, test.bootstrapped[1])),
			}
			if test.qualifier != "" {
				targets[1].bootstrap.Qualifier = test.qualifier
			}
			bare, err := (&app{console: console}).preflight(t.Context(),
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
			for _, target := range bare {
				regions = append(regions, target.Region())
			}
			if diff := cmp.Diff(test.bare, regions); diff != "" {
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
	targets := []*target{in("eu-central-1", stack(stackOf("UPDATE_COMPLETE"))),
		in("us-east-1", stack(stackOf("ROLLBACK_COMPLETE"))),
		in("eu-west-1", stack(awsstub.NoStack())), in("eu-north-1", stack(awsstub.Denied()))}
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	for name, ctx := range map[string]context.Context{"failure": t.Context(), "interrupt": interrupted} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := (&app{}).afterFailedDeploy(ctx, targets, errors.New("exit code 1"))
			requireProblems(t, err, "the deployment did not succeed; in the region eu-central-1 the stack is UPDATE_COMPLETE; "+
				"in the region us-east-1 the stack is ROLLBACK_COMPLETE; in the region eu-west-1 the stack does not exist; "+
				"in the region eu-north-1 the stack cannot be read: the credentials may not call "+
				"cloudformation:DescribeStacks: AccessDenied: "+
				awsstub.DeniedText+"DescribeStacks: exit code 1", "retrycatch status --region us-east-1")
		})
	}
}

func TestDeployOutputs(t *testing.T) {
	t.Parallel()
	outputs := func(status, value string) *awsstub.Stub {
		return awsstub.New(t).
			On("CloudFormation.ListStackResources", awsstub.StackResources("")).
			On("CloudFormation.GetTemplate", awsstub.Template("{}")).
			On("CloudFormation.DescribeStackEvents", awsstub.Events("")).
			On("CloudFormation.DescribeStacks", stackOf(status,
				"<Outputs><member><OutputKey>", deployment.OutputFunction, "</OutputKey>",
				"<OutputValue>", value, "</OutputValue></member></Outputs>"))
	}
	targets := []*target{
		in("us-east-1", outputs("CREATE_COMPLETE", "first")),
		in("eu-west-1", outputs("UPDATE_COMPLETE", "second")),
	}
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

func TestDeployIncomplete(t *testing.T) {
	t.Parallel()
	for _, status := range []string{
		"UPDATE_ROLLBACK_COMPLETE",
		"ROLLBACK_COMPLETE",
		"CREATE_IN_PROGRESS",
		"UPDATE_FAILED",
	} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			console, out, _ := consoleOf("")
			stack := func(status string) *awsstub.Stub {
				return awsstub.New(t).On("CloudFormation.DescribeStacks",
					stackOf(status)).On("CloudFormation.DescribeStackEvents", awsstub.Events(""))
			}
			targets := []*target{in("us-east-1", stack("CREATE_COMPLETE")), in("eu-west-1", stack(status))}
			err := (&app{console: console}).showDeployed(t.Context(), targets, outputJSON)
			requireProblems(t, err, "the stack retrycatch in account 111122223333, region eu-west-1 is "+status,
				"aws cloudformation describe-stack-events --stack-name retrycatch --region eu-west-1")
			if result := (*badResult)(nil); !errors.As(err, &result) || out.Len() > 0 {
				t.Errorf("got %v and the output %q, want a bad result without output", err, strings.TrimSpace(out.String()))
			}
		})
	}
}

// A deployment with an unchanged template changes nothing, so it does not restore deleted
// resources.
func TestDeployExaminesResources(t *testing.T) {
	t.Parallel()
	const repair = "npx cdk deploy --revert-drift retrycatch-eu-west-1 -c alarmEmail=me@example.com --region eu-west-1"
	inSync, edited := awsstub.Drift("IN_SYNC"), awsstub.Drift("MODIFIED", [3]string{"/Path", "a", "b"})
	tests := []struct {
		name   string
		holds  []string
		drift  []awsstub.Answer // of each of its resources: a role, an alarm, a state machine, a topic
		want   []string         // parts of the problem and of its next step; nil without a problem
		remark string
	}{
		{"all is well", everything, []awsstub.Answer{awsstub.Drift("IN_SYNC")}, nil, ""},
		{"a read that lags behind", everything, []awsstub.Answer{inSync, edited, inSync, inSync, inSync}, nil,
			"Examining them again"},
		{"a resource is missing", everything[1:], slices.Repeat([]awsstub.Answer{inSync, awsstub.Drift("DELETED"),
			inSync, inSync}, 3),
			[]string{"is deployed, but the alarm retrycatch-function-errors is missing", repair}, ""},
		{"a resource is edited", everything, slices.Repeat([]awsstub.Answer{edited, inSync, inSync, inSync}, 3),
			[]string{"the IAM role lambda_basic_execution was edited outside of CloudFormation: /Path", repair}, ""},
		{"drift detection denied", everything, []awsstub.Answer{awsstub.Denied()}, nil,
			"CloudFormation compared 0 of them with the template; retrycatch status --region eu-west-1 says"},
		{
			"missing, and drift denied",
			everything[1:],
			[]awsstub.Answer{awsstub.Denied()},
			[]string{
				"the alarm retrycatch-function-errors is missing",
				"retrycatch destroy --region eu-west-1 && " +
					"retrycatch deploy --region eu-west-1 -c alarmEmail=me@example.com",
			},
			"compared 0 of them",
		},
		{"drift contradicts the service", everything, []awsstub.Answer{awsstub.Drift("DELETED"), inSync},
			nil, "compared 3 of them"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				console, _, err := consoleOf("")
				subject := in("eu-west-1", deployed(t, stackOf("UPDATE_COMPLETE"),
					test.holds...).On("CloudFormation.DetectStackResourceDrift", test.drift...))
				subject.context = []string{"alarmEmail=me@example.com"}
				result := (&app{console: console}).showDeployed(t.Context(), []*target{subject}, outputText)
				if done := strings.Contains(err.String(), "✓"); done != (len(test.want) == 0) ||
					!strings.Contains(err.String(), test.remark) {
					t.Errorf("it says\n%s", err)
				}
				if len(test.want) == 0 {
					if result != nil {
						t.Errorf("the error is %v", result)
					}
					return
				}
				requireProblems(t, result, test.want...)
				if bad := (*badResult)(nil); !errors.As(result, &bad) {
					t.Errorf("got %v, want a bad result", result)
				}
			})
		})
	}
}

// Answering no is not a failure. The end of the input counts as no.
func TestDeclinedBootstrap(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{"no": "y\nn\n", "nothing": "y\n\n", "the end": "y\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			console, _, said := consoleOf(answer)
			console.Interactive = true
			a := &app{console: console}
			r := rollout{targets: []*target{in("us-east-1", ready(t, false)), in("eu-west-1", ready(t, false))}}
			err := a.rollOut(t.Context(), r)
			want := "Nothing was deployed.\n  next: npx cdk bootstrap aws://" + awsstub.Account + "/eu-west-1\n"
			if err != nil || !strings.HasSuffix(said.String(), want) {
				t.Errorf("%v, it says\n%s", err, said)
			}
		})
	}
}
