package cli

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/cdk"
)

func TestBootstrapBlockers(t *testing.T) {
	t.Parallel()
	missing := awsstub.Error(http.StatusBadRequest, "ParameterNotFound", "")
	version := func(value string) awsstub.Answer {
		return awsstub.JSON(`{"Parameter": {"Value": "` + value + `"}}`)
	}
	none := awsstub.JSON(`{"Parameters": []}`)
	org := awsstub.JSON(`{"Parameters": [{"Name": "/cdk-bootstrap/org/version"}]}`)
	custom := cdk.Bootstrap{Qualifier: "mine"}
	const location = "account 111122223333, region eu-west-1"
	const command = "npx cdk bootstrap aws://111122223333/eu-west-1"
	const customCommand = command + " --qualifier mine --toolkit-stack-name CDKToolkit-mine"
	updateCommand := func(qualifier string) string {
		return command + " --qualifier " + qualifier +
			` --toolkit-stack-name "$(aws cloudformation describe-stack-resources ` +
			"--physical-resource-id /cdk-bootstrap/" + qualifier + "/version --query 'StackResources[0].StackName' " +
			`--output text --region eu-west-1)"`
	}
	tests := []struct {
		name      string
		bootstrap cdk.Bootstrap
		version   awsstub.Answer // response to the lookup of the bootstrap's version
		others    awsstub.Answer // response to the search for other bootstraps
		stack     bool           // the bootstrap stack exists
		terminal  bool           // true: the user answers yes on a terminal; false: --yes is set
		creates   bool           // deploy creates the bootstrap
		want      []string       // the problem and its next step
	}{
		{"no bootstrap, with --yes", cdk.Bootstrap{}, missing, none, false, false, true, nil},
		{"no bootstrap, on a terminal", cdk.Bootstrap{}, missing, none, false, true, true, nil},
		{"only another bootstrap, with --yes", cdk.Bootstrap{}, missing, org, false, false, false,
			[]string{location + " is not bootstrapped for the CDK with the default qualifier, only with the qualifier org",
				"retrycatch deploy --region eu-west-1 -c @aws-cdk/core:bootstrapQualifier=org"}},
		{"only another bootstrap, on a terminal", cdk.Bootstrap{}, missing, org, false, true, false,
			[]string{"only with the qualifier org", "-c @aws-cdk/core:bootstrapQualifier=org"}},
		{"search denied, with --yes", cdk.Bootstrap{}, missing, awsstub.Denied(), false, false, false,
			[]string{location + " is not bootstrapped for the CDK (cannot check for another bootstrap: the " +
				"credentials cannot call ssm:GetParametersByPath)", command}},
		{"a bootstrap stack without a version", cdk.Bootstrap{}, missing, none, true, true, false,
			[]string{location + " is not bootstrapped for the CDK, but the stack CDKToolkit exists: a new bootstrap " +
				"would replace its resources",
				"aws cloudformation describe-stack-resources --stack-name CDKToolkit --region eu-west-1"}},
		{
			"a custom stack without a version",
			cdk.Bootstrap{Qualifier: cdk.DefaultQualifier, CustomStack: "Platform"},
			missing,
			none,
			true,
			false,
			false,
			[]string{"the stack Platform exists", "--stack-name Platform"},
		},
		{"no bootstrap, custom stack, with --yes",
			cdk.Bootstrap{Qualifier: cdk.DefaultQualifier, CustomStack: "Platform"}, missing, none,
			false, false, false,
			[]string{"is not bootstrapped", command + " --qualifier hnb659fds --toolkit-stack-name Platform"}},
		{"search denied, on a terminal", cdk.Bootstrap{}, missing, awsstub.Denied(), false, true, true, nil},
		{"no bootstrap, qualifier, with --yes", custom, missing, none, false, false, false,
			[]string{location + " is not bootstrapped for the CDK with the qualifier mine", customCommand}},
		{"no bootstrap, qualifier, on a terminal", custom, missing, none, false, true, true, nil},
		{"only another bootstrap, qualifier", custom, missing, org, false, true, false,
			[]string{"with the qualifier mine, only with the qualifier org", customCommand}},
		{
			"outdated bootstrap, with --yes",
			cdk.Bootstrap{},
			version("5"),
			none,
			false,
			false,
			false,
			[]string{
				"the CDK bootstrap of " + location + " is outdated: its version is 5, and the stack needs 6",
				updateCommand("hnb659fds"),
			},
		},
		{"outdated bootstrap, on a terminal", custom, version("5"), none, false, true, false,
			[]string{"with the qualifier mine is outdated: its version is 5", updateCommand("mine")}},
		{"an invalid qualifier", cdk.Bootstrap{Qualifier: "a b"}, missing, none, false, false, false,
			[]string{`@aws-cdk/core:bootstrapQualifier cannot be "a b"`, "correct it"}},
		{"up-to-date bootstrap", custom, version("6"), nil, false, false, false, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := emptyAccount(t, false).On("SSM.GetParameter", test.version)
			if test.others != nil {
				stub.On("SSM.GetParametersByPath", test.others)
			}
			if test.stack {
				stub.On("CloudFormation.DescribeStacks", func(call awsstub.Call) (*http.Response, error) {
					if name := *call.Input.(*cloudformation.DescribeStacksInput).StackName; name == "retrycatch" {
						return awsstub.NoStack()(call)
					}
					return awsstub.Stack("UPDATE_COMPLETE")(call)
				})
			}
			console, _, stderr := consoleOf("y\n")
			console.Interactive = test.terminal
			subject := targetIn("eu-west-1", stub)
			if test.bootstrap.Qualifier != "" {
				subject.bootstrap = test.bootstrap
			}
			targets, err := (&app{console: console}).checkTargets(t.Context(), rollout{targets: []*target{subject},
				options: deployOptions{yes: !test.terminal}})
			if creates := len(targets) == 1; creates != test.creates && err == nil {
				t.Errorf("deploy creates the bootstrap: got %t, want %t", creates, test.creates)
			}
			if asked := strings.Contains(stderr.String(), "AdministratorAccess"); asked != (test.terminal && test.creates) {
				t.Errorf("asked whether to bootstrap: got %t, want %t; standard error:\n%s", asked, !asked, stderr)
			}
			if test.want == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			requireProblems(t, err, test.want...)
		})
	}
}

// If deploy offers to create a missing bootstrap, status reports the offer instead of a blocker.
func TestStatusWithoutBootstrap(t *testing.T) {
	t.Parallel()
	const offer = "Account 111122223333, region eu-west-1 is not bootstrapped for the CDK; " +
		"retrycatch deploy offers to bootstrap it."
	s, err := readStatus(t.Context(), targetIn("eu-west-1", emptyAccount(t, false)))
	if err != nil || s.BootstrapOffer != offer || len(s.Blockers) > 0 ||
		s.Suggestion != "retrycatch deploy --region eu-west-1" {
		t.Errorf("got the status %+v (%v), want the offer %q", s, err, offer)
	}
	c, _, stderr := consoleOf("")
	s.Text(c)
	if want := "The stack retrycatch is not deployed in account 111122223333, region eu-west-1.\n" + offer +
		"\nnext: retrycatch deploy --region eu-west-1\n"; stderr.String() != want {
		t.Errorf("got standard error\n%s\nwant\n%s", stderr, want)
	}
	s, err = readStatus(t.Context(), targetIn("eu-west-1", emptyAccount(t, true)))
	if err != nil || s.BootstrapOffer != "" {
		t.Errorf("with a bootstrap, got the offer %q (%v), want none", s.BootstrapOffer, err)
	}
}
