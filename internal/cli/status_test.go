package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
	"retrycatch/internal/view"
)

// stackOf returns a stack with the tag of this project.
func stackOf(status string, more ...string) awsstub.Answer {
	return awsstub.Stack(status, append(more, awsstub.ProjectTags())...)
}

// deployed returns an account with a stack. Of the stack's resources, only those named by the
// parameter "exist" are still there.
func deployed(t *testing.T, stack awsstub.Answer, exist ...string) *awsstub.Stub {
	return awsstub.New(t).WithResources(exist...).On("CloudFormation.DescribeStacks", stack).
		On("SSM.GetParameter", awsstub.JSON(`{"Parameter": {"Value": "21"}}`)).
		On("CloudFormation.GetTemplate", awsstub.Template("{}")).
		On("IAM.ListAttachedRolePolicies", awsstub.XML("<AttachedPolicies/>")).
		On("IAM.ListRolePolicies", awsstub.XML("<PolicyNames/>")).
		On("IAM.ListInstanceProfilesForRole", awsstub.XML("<InstanceProfiles/>")).
		On("CloudFormation.DescribeStackEvents", awsstub.Events("")).
		On("CloudFormation.ListStackResources", awsstub.StackResources("",
			[2]string{"AWS::CloudWatch::Alarm", "retrycatch-function-errors"},
			[2]string{"AWS::IAM::Role", "lambda_basic_execution"},
			[2]string{"AWS::SNS::Topic", awsstub.TopicARN},
			[2]string{"AWS::SNS::TopicPolicy", "policy"},
			[2]string{"AWS::StepFunctions::StateMachine", awsstub.StateMachineARN},
		)).
		On("CloudFormation.DetectStackResourceDrift", awsstub.Drift("IN_SYNC")).
		On("SFN.ListExecutions", awsstub.JSON(`{"executions": [{"executionArn": "arn:running", `+
			`"stateMachineArn": "s", "name": "n", "status": "RUNNING", "startDate": 1}]}`))
}

// everything names the resources of the stack that the function deployed adds, except for the topic
// policy, which exists only in the stack.
var everything = []string{
	"retrycatch-function-errors",
	"lambda_basic_execution",
	awsstub.TopicARN,
	awsstub.StateMachineARN,
}

func TestStatus(t *testing.T) {
	t.Parallel()
	stack := stackOf(
		"CREATE_COMPLETE",
		"<EnableTerminationProtection>true</EnableTerminationProtection><StackStatusReason>because</StackStatusReason>",
		"<Outputs><member><OutputKey>Key</OutputKey><OutputValue>value</OutputValue></member></Outputs>",
	)
	got, err := readStatus(t.Context(), targetIn("eu-west-1", deployed(t, stack, everything...)))
	if err != nil {
		t.Fatal(err)
	}
	want := &view.Status{
		StackName: "retrycatch",
		Account:   awsstub.Account,
		Region:    "eu-west-1",
		Deployed:  true,
		Healthy:   true,
		Stack:     awsstub.StackARN,
		Status:    "CREATE_COMPLETE",
		Reason:    "because",
		Protected: true,
		Running:   []string{"arn:running"},
		Outputs:   map[string]string{"Key": "value"},
		Resources: []view.StatusResource{
			{Type: "AWS::IAM::Role", Name: "lambda_basic_execution", Exists: true, Drift: "in sync"},
			{Type: "AWS::CloudWatch::Alarm", Name: "retrycatch-function-errors", Exists: true, State: "OK",
				Drift: "in sync"},
			{Type: "AWS::StepFunctions::StateMachine", Name: "MyAPIStateMachine", Exists: true, State: "ACTIVE",
				Drift: "in sync"},
			{Type: "AWS::SNS::Topic", Name: "retrycatch-alarms", Exists: true, Drift: "in sync"},
		},
		Blockers:   got.Blockers,
		Suggestion: "retrycatch executions --status RUNNING --region eu-west-1",
	}
	if len(got.Blockers) != 1 || got.Blockers[0].Command != "destroy" ||
		got.Blockers[0].What != "the stack retrycatch has termination protection; to turn it off, use --force, "+
			"or deploy without the option protect" || got.Blockers[0].Next == "" {
		t.Errorf("got blockers %+v, want termination protection only", got.Blockers)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the status differs (-want +got):\n%s", diff)
	}
}

func TestStatusHealthy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status string
		exist  []string
		want   bool
	}{
		{"created", "CREATE_COMPLETE", everything, true},
		{"updated", "UPDATE_COMPLETE", everything, true},
		{"update rolled back", "UPDATE_ROLLBACK_COMPLETE", everything, true},
		{"creation rolled back", "ROLLBACK_COMPLETE", everything, false},
		{"update in progress", "UPDATE_IN_PROGRESS", everything, false},
		{"failed deletion", "DELETE_FAILED", everything, false},
		{"missing alarm", "CREATE_COMPLETE", everything[1:], false},
		{"missing state machine", "CREATE_COMPLETE", everything[:3], false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := readStatus(t.Context(), targetIn("eu-west-1", deployed(t, stackOf(test.status), test.exist...)))
			if err != nil || got.Healthy != test.want {
				t.Errorf("got healthy %v and error %v, want %v", got.Healthy, err, test.want)
			}
		})
	}
}

func TestStatusFaults(t *testing.T) {
	t.Parallel()
	definition := func(text string) awsstub.Answer {
		return awsstub.Template(`{"Resources": {"` +
			awsstub.LogicalID("AWS::StepFunctions::StateMachine", awsstub.StateMachineARN) +
			`": {"Properties": {"DefinitionString": "` + text + `"}}}}`)
	}
	const revert, recreate = "npx cdk deploy --revert-drift retrycatch-eu-west-1 --region eu-west-1",
		"retrycatch destroy --region eu-west-1 && retrycatch deploy --region eu-west-1"
	tests := []struct {
		name, status string
		exist        []string
		drift        awsstub.Answer
		template     awsstub.Answer
		faults       []string
		next         string
	}{
		{"no faults", "CREATE_COMPLETE", everything, awsstub.Drift("IN_SYNC"), definition("A"), nil, ""},
		{"missing resource", "CREATE_COMPLETE", everything[1:], awsstub.Drift("DELETED"), definition("A"),
			[]string{"the alarm retrycatch-function-errors is missing"}, revert},
		{"missing resource, unknown drift", "CREATE_COMPLETE", everything[1:], awsstub.Denied(), definition("A"),
			[]string{"the alarm retrycatch-function-errors is missing"}, recreate},
		{"edited definition, unknown drift", "UPDATE_COMPLETE", everything, awsstub.Denied(),
			definition("B"),
			[]string{"the state machine MyAPIStateMachine was edited outside of CloudFormation: /DefinitionString"},
			recreate},
		{"edited resources", "UPDATE_COMPLETE", everything, awsstub.Drift("MODIFIED", [3]string{"/Tags", "a", "b"}),
			definition("A"), []string{
				"the IAM role lambda_basic_execution was edited outside of CloudFormation: /Tags",
				"the alarm retrycatch-function-errors was edited outside of CloudFormation: /Tags",
				"the state machine MyAPIStateMachine was edited outside of CloudFormation: /Tags",
				"the topic retrycatch-alarms was edited outside of CloudFormation: /Tags"}, revert},
		{"update in progress", "UPDATE_IN_PROGRESS", everything, awsstub.Drift("IN_SYNC"), definition("A"), nil,
			"retrycatch status --region eu-west-1"},
		{"stack that must be deleted", "ROLLBACK_COMPLETE", everything, awsstub.Drift("IN_SYNC"), definition("A"),
			nil, "retrycatch destroy --region eu-west-1"},
		{"failed stack", "UPDATE_ROLLBACK_FAILED", everything, awsstub.Drift("IN_SYNC"), definition("A"), nil,
			"retrycatch destroy --region eu-west-1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := deployed(t, stackOf(test.status), test.exist...).On("CloudFormation.GetTemplate", test.template).
				On("CloudFormation.DetectStackResourceDrift", test.drift)
			stub.On("SFN.DescribeStateMachine", awsstub.JSON(`{"stateMachineArn": "`+awsstub.StateMachineARN+`", `+
				`"status": "ACTIVE", "definition": "A"}`))
			got, err := readStatus(t.Context(), targetIn("eu-west-1", stub))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.faults, got.Faults); diff != "" || got.Next != test.next ||
				got.Healthy != (test.next == "") {
				t.Errorf("got healthy %v and next step %q, want next step %q; the faults differ (-want +got):\n%s",
					got.Healthy, got.Next, test.next, diff)
			}
		})
	}
}

func TestStatusDenied(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"CloudFormation.DescribeStacks", "CloudFormation.ListStackResources"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			_, err := readStatus(t.Context(), targetIn("eu-west-1",
				deployed(t, stackOf("CREATE_COMPLETE"), everything...).On(operation, awsstub.Denied())))
			if err == nil || !strings.Contains(err.Error(), awsstub.DeniedText) {
				t.Errorf("got error %v, want an access-denied error", err)
			}
		})
	}
}

// The account has a role with a policy that the stack did not attach. The credentials lack the
// permission to check whether one of the stack's names is in use.
func TestStatusBlockers(t *testing.T) {
	t.Parallel()
	stub := deployed(t, stackOf("UPDATE_IN_PROGRESS"), everything...).
		On("SSM.GetParameter", awsstub.Error(400, "ParameterNotFound", "")).
		On("SSM.GetParametersByPath", awsstub.JSON(`{"Parameters": []}`)).
		On("IAM.ListAttachedRolePolicies", awsstub.XML("<AttachedPolicies><member><PolicyName>Wide</PolicyName>"+
			"<PolicyArn>arn:wide</PolicyArn></member></AttachedPolicies>")).
		On("Lambda.GetFunctionConfiguration", awsstub.Denied())
	target := targetIn("eu-west-1", stub)
	target.expected = []resource.Resource{{Kind: resource.Function, ID: "MockAPIFunction"}}
	got, err := readStatus(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	var blockers []string
	for _, blocker := range got.Blockers {
		blockers = append(blockers, blocker.Command+": "+blocker.What)
		if blocker.Next == "" {
			t.Errorf("the blocker %q has no next step", blocker.What)
		}
	}
	want := []string{
		"deploy: an operation on the stack retrycatch is in progress: its status is UPDATE_IN_PROGRESS",
		"deploy: account 111122223333, region eu-west-1 is not bootstrapped for the CDK, but the stack CDKToolkit " +
			"exists: a new bootstrap would replace its resources", // in the stub, every stack exists
		"destroy: an operation on the stack retrycatch is in progress: its status is UPDATE_IN_PROGRESS",
		"destroy: the IAM role lambda_basic_execution has the policy arn:wide, which the stack did not attach, " +
			"so the stack's deletion would fail without --force",
	}
	if diff := cmp.Diff(want, blockers); diff != "" {
		t.Errorf("the blockers differ (-want +got):\n%s", diff)
	}
	unread := []string{"the credentials cannot call lambda:GetFunctionConfiguration, which would show " +
		"whether these names are in use: Lambda function MockAPIFunction"}
	if diff := cmp.Diff(unread, got.Warnings); diff != "" {
		t.Errorf("the skipped checks differ (-want +got):\n%s", diff)
	}
}
