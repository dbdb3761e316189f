package view

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/deployment"
	"retrycatch/internal/resource"
)

func TestStatusText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, rows, remarks string
		status              Status
	}{
		{"blocked", "", "The stack retrycatch is not deployed in account 111122223333, region eu-west-1.\n" +
			"retrycatch deploy is blocked: the name is in use \n  next: delete it\n",
			Status{Blockers: []StatusBlocker{{"deploy", "the name is in use\x1b", "delete it"}}}},
		{"not deployed", "",
			"The stack retrycatch is not deployed in account 111122223333, region eu-west-1.\nnext: retrycatch deploy\n",
			Status{Suggestion: "retrycatch deploy"}},
		{"healthy", "✓\talarm\ta\t✗ ALARM\tunchecked\n✓\talarm\td\tno data\tin sync\n", `✓ healthy
Stack retrycatch is CREATE_COMPLETE in account 111122223333, region eu-west-1.
Because it failed on purpose.
Not compared with the template: no 
1 execution running.
StateMachineConsole: https://c
DashboardConsole: https://d
next: retrycatch run all
`, Status{Deployed: true, Healthy: true, Status: "CREATE_COMPLETE", Running: []string{"r"},
			Suggestion: "retrycatch run all",
			Resources: []StatusResource{{Type: "AWS::CloudWatch::Alarm", Name: "a", Exists: true, State: "ALARM",
				Drift: "not checked", Reason: "no\x1b", Note: "because it failed on purpose."},
				{Type: "AWS::CloudWatch::Alarm", Name: "d", Exists: true, State: "INSUFFICIENT_DATA", Drift: "in sync"}},
			Outputs: map[string]string{deployment.OutputConsole: "https://c", deployment.OutputDashboard: "https://d",
				"Other": "x"}}},
		{"not known to be healthy", "?\tlog group\te\tunknown\tin sync\n",
			`? not known to be healthy: cannot check whether these exist: log group e
Stack retrycatch is CREATE_COMPLETE in account 111122223333, region eu-west-1.
Denied.
`, Status{Deployed: true, Uncertain: true, Status: "CREATE_COMPLETE",
				Faults:    []string{"cannot check whether these exist: log group e"},
				Resources: []StatusResource{{Type: "AWS::Logs::LogGroup", Name: "e", Unknown: "denied.", Drift: "in sync"}}}},
		{"not healthy", "✗\ttopic\tb\tmissing\t✗ deleted\n✓\tLambda function\tc\t✗ Failed\t✗ edited\n" +
			"?\tlog group\te\tunknown\tin sync\n",
			`✗ not healthy: b is missing; c was edited; the stack's status is DELETE_FAILED
Stack retrycatch is DELETE_FAILED in account 111122223333, region eu-west-1.
It is in use.
Denied.
retrycatch destroy is blocked: a policy
retrycatch destroy is blocked: an instance profile
  next: use force
retrycatch destroy is blocked: a missing role
  next: pass a role
`, Status{Deployed: true, StatusIsFault: true, Status: "DELETE_FAILED", Reason: "It is in use.",
				Faults: []string{"b is missing", "c was edited"},
				Blockers: []StatusBlocker{{"destroy", "a policy", "use force"}, {"destroy", "an instance profile", "use force"},
					{"destroy", "a missing role", "pass a role"}},
				Resources: []StatusResource{{Type: "AWS::SNS::Topic", Name: "b", Drift: "deleted"},
					{Type: "AWS::Lambda::Function", Name: "c", Exists: true, State: "Failed", Drift: "modified",
						Properties: []string{"/Timeout", "/Role"}},
					{Type: "AWS::Logs::LogGroup", Name: "e", Unknown: "denied.", Drift: "in sync"}}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			console, out, remarks := newTestConsole("")
			s := test.status
			s.StackName, s.Account, s.Region = "retrycatch", awsstub.Account, "eu-west-1"
			s.Text(console)
			if diff := cmp.Diff([]string{test.rows, test.remarks}, []string{out.String(), remarks.String()}); diff != "" {
				t.Errorf("the rows or the remarks differ (-want +got):\n%s", diff)
			}
		})
	}
}

// longestStatus returns a status with the longest names that a deployment without a stage has.
func longestStatus() Status {
	s := Status{
		Deployed:   true,
		Status:     "UPDATE_ROLLBACK_COMPLETE",
		StackName:  "retrycatch",
		Account:    awsstub.Account,
		Region:     "eu-west-1",
		Healthy:    true,
		Running:    []string{},
		Suggestion: "retrycatch run all --region eu-west-1",
		Blockers: []StatusBlocker{
			{"destroy", "a policy that keeps a role from being deleted by CloudFormation", "aws iam x"},
		},
	}
	for kind, name := range map[resource.Kind]string{
		resource.Role:         "step_functions_basic_execution",
		resource.Function:     "MockAPIFunction",
		resource.LogGroup:     "/aws/vendedlogs/states/MyAPIStateMachine",
		resource.StateMachine: "MyAPIStateMachine",
	} {
		s.Resources = append(s.Resources, StatusResource{Type: string(kind), Name: name, Exists: true, State: "ACTIVE",
			Drift: "not checked", Reason: "Drift detection is not supported for resource type [" + string(kind) + "]"})
	}
	s.Resources = append(s.Resources, StatusResource{Type: string(resource.Alarm), Name: "retrycatch-executions-failed",
		Exists: true, State: "ALARM", Drift: "in sync", Note: "the alarm is in ALARM because executions failed on purpose"})
	return s
}

func TestStatusAtAllWidths(t *testing.T) {
	t.Parallel()
	requireAllWidths(t, longestStatus().Text)
}

// At 80 columns, each resource has one line.
func TestStatusRows(t *testing.T) {
	t.Parallel()
	s := longestStatus()
	text := shownAt(80, s.Text)
	for _, r := range s.Resources {
		line := regexp.MustCompile(`(?m)^✓ .*` + regexp.QuoteMeta(r.Name) + ` .*(unchecked|in sync)$`)
		if !line.MatchString(text) {
			t.Errorf("got\n%s\nwant one line about %s", text, r.Name)
		}
	}
}
