package view

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/deployment"
)

func TestStatusText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status Status
		want   string
	}{
		{"nothing is deployed, nor can be", Status{Blockers: []StatusBlocker{{"deploy", "it is taken\x1b", "free it"}}},
			"The stack retrycatch is not deployed in account 111122223333, region eu-west-1.\nBlocks retrycatch deploy: it is taken \n  next: free it\n"},
		{"nothing is deployed", Status{}, "The stack retrycatch is not deployed in account 111122223333, region eu-west-1.\n"},
		{"a stack with a resource that is missing, and policies from elsewhere", Status{Deployed: true, Status: "CREATE_COMPLETE", Blockers: []StatusBlocker{{"destroy", "a policy", "take it away"}}, Running: []string{"arn:running"},
			Resources: []StatusResource{{Type: "AWS::CloudWatch::Alarm", Name: "a", Exists: true, State: "ALARM",
				Drift: "not checked", Reason: "no\x1b"},
				{Type: "AWS::SNS::Topic", Name: "b", Drift: "deleted"},
				{Type: "AWS::Lambda::Function", Name: "c", Exists: true, Drift: "modified",
					Properties: []string{"/Timeout", "/Role"}}},
			Outputs: map[string]string{deployment.OutputConsole: "https://c", deployment.OutputDashboard: "https://d",
				"Other": "x"}},
			`The stack retrycatch in account 111122223333, region eu-west-1 is CREATE_COMPLETE.
RESOURCE         NAME  NOW             TEMPLATE
alarm            a     ✓ exists ALARM  not checked
topic            b     ✗ missing       deleted
Lambda function  c     ✓ exists        ✗ edited
                                       /Timeout
                                       /Role
Not compared with the template: no 
1 execution running.
StateMachineConsole: https://c
DashboardConsole: https://d
Blocks retrycatch destroy: a policy
  next: take it away
`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			console, out, _ := consoleOf("")
			s := test.status
			s.StackName, s.Account, s.Region = "retrycatch", awsstub.Account, "eu-west-1"
			s.Text(console)
			if diff := cmp.Diff(test.want, out.String()); diff != "" {
				t.Errorf("what is shown differs (-want +got):\n%s", diff)
			}
		})
	}
}
