package cli

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/session"
)

// The command repeats the options of the deployment. If possible, it restores only the drifted
// resources.
func TestRepairCommand(t *testing.T) {
	const defaultTemplate = `{"Resources": {
		"F": {"Type": "AWS::Lambda::Function", "Properties": {"Architectures": ["arm64"]}},
		"D": {"Type": "AWS::CloudWatch::Dashboard"},
		"L": {"Type": "AWS::Logs::LogGroup", "DeletionPolicy": "Delete"}}}`
	const changedTemplate = `{"Resources": {
		"F": {"Type": "AWS::Lambda::Function", "Properties": {"Architectures": ["x86_64"]}},
		"S": {"Type": "AWS::SNS::Subscription", "Properties": {"Endpoint": "me@example.com"}},
		"L": {"Type": "AWS::Logs::LogGroup", "DeletionPolicy": "RetainExceptOnCreate"}}}`
	defaults := deployment.Deployment{Architecture: deployment.ARM64, Observability: true}
	staged := defaults
	staged.Stage, staged.Regions = "dev", []string{"eu-west-1", "us-east-1"}
	tests := []struct {
		name       string
		options    deployment.Deployment
		profile    string
		template   awsstub.Answer
		role       string
		isLocal    bool
		revertible bool
		want       string
	}{
		{"no options", defaults, "", awsstub.Template(defaultTemplate), "role/lambda_basic_execution", false, true,
			"npx cdk deploy --revert-drift retrycatch --region eu-west-1"},
		{
			"options from the template",
			defaults,
			"",
			awsstub.Template(changedTemplate),
			"role/lambda_basic_execution_eu-west-1",
			false,
			true,
			"npx cdk deploy --revert-drift retrycatch-eu-west-1 -c architecture=x86_64 -c observability=off " +
				"-c alarmEmail=me@example.com " +
				"-c protect=true -c regions=eu-west-1 --region eu-west-1",
		},
		{"stage with a region", staged, "mine", awsstub.Template(defaultTemplate),
			"role/lambda_basic_execution-dev_eu-west-1", false, true,
			"npx cdk deploy --revert-drift retrycatch-dev-eu-west-1 -c stage=dev --region eu-west-1 --profile mine"},
		{"denied template", defaults, "", awsstub.Denied(), "", false, true,
			"npx cdk deploy --revert-drift retrycatch --region eu-west-1"},
		{
			"drift that cannot be reverted",
			staged,
			"mine",
			awsstub.Template(changedTemplate),
			"role/lambda_basic_execution-dev_eu-west-1",
			false,
			false,
			"retrycatch destroy --stage dev --region eu-west-1 --profile mine && " +
				"retrycatch deploy --stage dev --region eu-west-1 --profile mine" +
				" -c architecture=x86_64 -c observability=off -c alarmEmail=me@example.com -c protect=true",
		},
		{"local AWS", defaults, "", awsstub.Template(defaultTemplate), "", true, true,
			"retrycatch destroy --region eu-west-1 && retrycatch deploy --region eu-west-1"},
	}
	for _, option := range deployment.OptionNames() {
		selectsStack := option == deployment.OptionStage || option == deployment.OptionAccount
		if !selectsStack && !strings.Contains(tests[1].want, " -c "+option+"=") {
			t.Errorf("the test %q lacks the option %s, so a repair might reset the option", tests[1].name, option)
		}
	}
	t.Setenv("CDK_CONTEXT", "")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cfg := awsstub.New(t).On("CloudFormation.GetTemplate", test.template).
				On("CloudFormation.ListStackResources", awsstub.StackResources("")).Config()
			if test.isLocal {
				cfg.BaseEndpoint = aws.String("http://localhost:4566")
			}
			stack := &inventory.Stack{ARN: awsstub.StackARN,
				Outputs: map[string]string{deployment.OutputFunctionRole: "arn:aws:iam::111122223333:" + test.role}}
			record, err := inventory.ReadRecord(t.Context(), cfg, stack)
			if err != nil {
				t.Fatal(err)
			}
			subject := &target{Session: &session.Session{Config: cfg}, stackID: "retrycatch", options: test.options,
				stage: test.options.Stage, profile: test.profile}
			if got := subject.repairCommand(record, test.revertible); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}
