package cli

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/deployment"
)

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
		targetIn("us-east-1", outputs("CREATE_COMPLETE", "first")),
		targetIn("eu-west-1", outputs("UPDATE_COMPLETE", "second")),
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
			targets := []*target{targetIn("us-east-1", stack("CREATE_COMPLETE")), targetIn("eu-west-1", stack(status))}
			err := (&app{console: console}).showDeployed(t.Context(), targets, outputJSON)
			requireProblems(t, err, "the stack retrycatch in account 111122223333, region eu-west-1 is "+status,
				"aws cloudformation describe-stack-events --stack-name retrycatch --region eu-west-1")
			if result := (*badResult)(nil); !errors.As(err, &result) || out.Len() > 0 {
				t.Errorf("got %v and the output %q, want a *badResult and no output", err, strings.TrimSpace(out.String()))
			}
		})
	}
}

// Deploying an unchanged template does not restore deleted resources, so deploy examines the
// resources.
func TestDeployExaminesResources(t *testing.T) {
	t.Parallel()
	const repair = "npx cdk deploy --revert-drift retrycatch-eu-west-1 -c alarmEmail=me@example.com --region eu-west-1"
	inSync, edited := awsstub.Drift("IN_SYNC"), awsstub.Drift("MODIFIED", [3]string{"/Path", "a", "b"})
	tests := []struct {
		name     string
		existing []string
		drift    []awsstub.Answer // order in each examination: role, alarm, state machine, topic
		want     []string         // parts of the problem and of its next step; nil for no problem
		remark   string           // a part of standard error
	}{
		{"no faults", everything, []awsstub.Answer{awsstub.Drift("IN_SYNC")}, nil, ""},
		{"a stale read", everything, []awsstub.Answer{inSync, edited, inSync, inSync, inSync}, nil,
			"Examining them again, because reads may be stale."},
		{"a resource is missing", everything[1:], slices.Repeat([]awsstub.Answer{inSync, awsstub.Drift("DELETED"),
			inSync, inSync}, 3),
			[]string{"is deployed, but the alarm retrycatch-function-errors is missing", repair}, ""},
		{"a resource is edited", everything, slices.Repeat([]awsstub.Answer{edited, inSync, inSync, inSync}, 3),
			[]string{"the IAM role lambda_basic_execution was edited outside of CloudFormation: /Path", repair}, ""},
		{"drift detection is denied", everything, []awsstub.Answer{awsstub.Denied()}, nil,
			"CloudFormation compared 0 of 4 resources with the template. To see why it skipped the others, " +
				"run retrycatch status --region eu-west-1."},
		{
			"a missing resource, drift denied",
			everything[1:],
			[]awsstub.Answer{awsstub.Denied()},
			[]string{
				"the alarm retrycatch-function-errors is missing",
				"retrycatch destroy --region eu-west-1 && " +
					"retrycatch deploy --region eu-west-1 -c alarmEmail=me@example.com",
			},
			"compared 0 of 4 resources",
		},
		{"found, but drift says deleted", everything, []awsstub.Answer{awsstub.Drift("DELETED"), inSync},
			nil, "compared 3 of 4 resources"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				console, _, stderr := consoleOf("")
				subject := targetIn("eu-west-1", deployed(t, stackOf("UPDATE_COMPLETE"),
					test.existing...).On("CloudFormation.DetectStackResourceDrift", test.drift...))
				subject.context = []string{"alarmEmail=me@example.com"}
				result := (&app{console: console}).showDeployed(t.Context(), []*target{subject}, outputText)
				if done := strings.Contains(stderr.String(), "✓"); done != (len(test.want) == 0) ||
					!strings.Contains(stderr.String(), test.remark) {
					t.Errorf("got success %t, want %t; want standard error to contain %q, got:\n%s", done,
						len(test.want) == 0, test.remark, stderr)
				}
				if len(test.want) == 0 {
					if result != nil {
						t.Errorf("got the error %v, want none", result)
					}
					return
				}
				requireProblems(t, result, test.want...)
				if bad := (*badResult)(nil); !errors.As(result, &bad) {
					t.Errorf("got %v, want a *badResult", result)
				}
			})
		})
	}
}
