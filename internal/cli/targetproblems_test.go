package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/deployment"
	"retrycatch/internal/session"
	"retrycatch/internal/view"
)

func TestOpenAllProblems(t *testing.T) {
	const other = "222233334444"
	mismatch := []string{
		"the credentials are for account " + awsstub.Account + ", but the account option is " + other,
		"--profile",
	}
	tests := []struct {
		name       string
		caller     string
		deployment deployment.Deployment
		flags      []string
		want       []string // part of the error, then part of its next step
	}{
		{"credentials of another account", userARN, deployment.Deployment{Account: other}, nil, mismatch},
		{
			"another account, two regions",
			userARN,
			deployment.Deployment{Account: other, Regions: []string{"us-east-1", "eu-central-1"}},
			nil,
			mismatch,
		},
		{
			"region not in the regions option",
			userARN,
			deployment.Deployment{Regions: []string{"us-east-1", "eu-central-1"}},
			[]string{"--region", "eu-west-1"},
			[]string{"the region eu-west-1 is not in the regions option: us-east-1, eu-central-1",
				"retrycatch --region us-east-1"},
		},
		{"endpoint that is not AWS", "nobody", deployment.Deployment{}, nil,
			[]string{"sts:GetCallerIdentity returned no ARN: nobody", "AWS_ENDPOINT_URL"}},
		{"missing profile", userARN, deployment.Deployment{}, []string{"--profile", "nobody"},
			[]string{"the profile nobody does not exist", "--profile or AWS_PROFILE"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			setCaller(t, test.caller)
			_, err := appWithFlags(t, test.flags...).openAll(t.Context(), test.deployment)
			requireProblems(t, err, test.want...)
		})
	}
}

func TestTargetProblems(t *testing.T) {
	tests := []struct {
		name, settings string
		args           []string
		want           string
	}{
		{"another account", `{"context": {"account": "222233334444"}}`, nil,
			"error: the credentials are for account 111122223333, but the account option is 222233334444\n" +
				"  next: use other credentials, for example with --profile, or correct the option\n"},
		{"two stages", "", []string{"--stage", "dev", "--stage", "prod"},
			"error: the command line sets more than one stage\n  next: select one stage with --stage\n"},
	}
	for _, command := range []string{"run", "status", "destroy"} {
		for _, test := range tests {
			t.Run(command+": "+test.name, func(t *testing.T) {
				setCaller(t, userARN)
				chdirProject(t, test.settings)
				var out, err strings.Builder
				code := Run(
					t.Context(),
					append([]string{command}, test.args...),
					view.Streams{In: strings.NewReader(""), Out: &out, Err: &err},
				)
				if code != exitUnable || out.Len() > 0 {
					t.Errorf("got exit code %d and output %q, want %d and none", code, out.String(), exitUnable)
				}
				if diff := cmp.Diff(test.want, err.String()); diff != "" {
					t.Errorf("standard error differs (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestStackNotDeployed(t *testing.T) {
	t.Parallel()
	cfg := awsstub.New(t).On("CloudFormation.DescribeStacks", awsstub.NoStack()).
		On("CloudFormation.ListStacks", awsstub.Stacks("")).Config()
	subject := &target{Session: &session.Session{Config: cfg, Account: awsstub.Account}, stackName: "retrycatch-dev"}
	_, err := (&app{}).stack(t.Context(), subject)
	requireProblems(t, err, "the stack retrycatch-dev is not deployed in account 111122223333, region eu-west-1",
		"retrycatch deploy --region eu-west-1")
}
