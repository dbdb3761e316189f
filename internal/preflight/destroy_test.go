package preflight

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
)

const (
	getRole  = "IAM.GetRole"
	simulate = "IAM.SimulatePrincipalPolicy"
	user     = "arn:aws:iam::111122223333:user/team/me"
)

func TestCheckProtection(t *testing.T) {
	t.Parallel()
	a, _ := deployed(t)
	roleInstance := a.FirstInstance(role)
	roleInstance.ManagedPolicies = []string{"arn:aws:iam::aws:policy/Wide"}
	roleInstance.InlinePolicies = []string{"DebugAccess"}
	roleInstance.InstanceProfiles = []string{"workers"}
	a.FirstInstance(group).Protected = true
	var holds []resource.Hold
	for _, r := range []resource.Resource{role, group} {
		found, err := resource.Holds(t.Context(), a.Config(), r, resource.DeclaredAttachments{})
		if err != nil {
			t.Fatal(err)
		}
		holds = append(holds, found...)
	}
	const awsFlags = " --region eu-west-1 --profile work"
	requireBlockers(t, CheckProtection(&inventory.Stack{Name: "retrycatch", Protected: true}, holds, fakeTarget{}),
		blocker{"the stack retrycatch has termination protection", "retrycatch destroy --force" + flags},
		blocker{"has the policy arn:aws:iam::aws:policy/Wide",
			"aws iam detach-role-policy --role-name lambda_basic_execution " +
				"--policy-arn arn:aws:iam::aws:policy/Wide" + awsFlags},
		blocker{"has the inline policy DebugAccess",
			"aws iam delete-role-policy --role-name lambda_basic_execution --policy-name DebugAccess" + awsFlags},
		blocker{"is in the instance profile workers",
			"aws iam remove-role-from-instance-profile --instance-profile-name workers " +
				"--role-name lambda_basic_execution" + awsFlags},
		blocker{"has deletion protection", "aws logs put-log-group-deletion-protection --no-deletion-protection-enabled " +
			"--log-group-identifier " + group.ID + awsFlags})
	requireBlockers(t, CheckProtection(&inventory.Stack{Name: "retrycatch"}, nil, fakeTarget{}))
}

func TestCheckInProgress(t *testing.T) {
	t.Parallel()
	for status, blocked := range map[types.StackStatus]bool{
		types.StackStatusCreateComplete: false, types.StackStatusRollbackComplete: false,
		types.StackStatusDeleteFailed:     false,
		types.StackStatusReviewInProgress: false, types.StackStatusDeleteInProgress: false,
		types.StackStatusUpdateInProgress: true, types.StackStatusUpdateCompleteCleanupInProgress: true,
	} {
		got := CheckInProgress(&inventory.Stack{Name: "retrycatch", Status: status}, fakeTarget{})
		var want []blocker
		if blocked {
			want = []blocker{{"an operation on the stack retrycatch is in progress: its status is " + string(status),
				"retrycatch status" + flags}}
		}
		requireBlockers(t, got, want...)
	}
}

func execRole(qualifier string) string {
	return "arn:aws:iam::111122223333:role/cdk-" + qualifier + "-cfn-exec-role-111122223333-eu-west-1"
}

func noRole() awsstub.Answer {
	return awsstub.Error(http.StatusNotFound, "NoSuchEntity", "The role cannot be found.")
}

func TestExecutionRole(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		stack, other string         // the stack's role, and the role in --role-arn
		answer       awsstub.Answer // response of iam:GetRole
		queried      string         // name of the role in the query
		want         []blocker
	}{
		{"no role", "", "", nil, "", nil},
		{"exists", execRole("hnb659fds"), "", awsstub.Role("x"),
			"cdk-hnb659fds-cfn-exec-role-111122223333-eu-west-1", nil},
		{"path", "arn:aws:iam::111122223333:role/a/b/mine", "", awsstub.Role("mine"), "mine", nil},
		{"denied", execRole("hnb659fds"), "", awsstub.Denied(),
			"cdk-hnb659fds-cfn-exec-role-111122223333-eu-west-1", nil},
		{"CDK's role missing", execRole("hnb659fds"), "", noRole(), "cdk-hnb659fds-cfn-exec-role-111122223333-eu-west-1",
			[]blocker{{"which no longer exists", "npx cdk bootstrap aws://111122223333/eu-west-1"}}},
		{"custom bootstrap's role missing", execRole("mine"), "", noRole(), "cdk-mine-cfn-exec-role-111122223333-eu-west-1",
			[]blocker{{"set another role with --role-arn",
				"npx cdk bootstrap aws://111122223333/eu-west-1 --qualifier mine --toolkit-stack-name CDKToolkit-mine"}}},
		{"custom role missing", "arn:aws:iam::111122223333:role/a/b/mine", "", noRole(), "mine",
			[]blocker{{"assumes the role arn:aws:iam::111122223333:role/a/b/mine",
				listRolesCommand + " --region eu-west-1 --profile work"}}},
		{"CDK's role missing, --role-arn", execRole("hnb659fds"), "arn:aws:iam::111122223333:role/other",
			awsstub.Role("other"), "other", nil},
		{"both roles missing", execRole("hnb659fds"), "arn:aws:iam::111122223333:role/other",
			noRole(), "other",
			[]blocker{{"the role arn:aws:iam::111122223333:role/other in --role-arn does not exist",
				listRolesCommand + " --region eu-west-1 --profile work"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t)
			if test.answer != nil {
				stub.On(getRole, test.answer)
			}
			stack := &inventory.Stack{Name: "retrycatch", ARN: awsstub.StackARN, RoleARN: test.stack}
			teardown := Teardown{Stack: stack, RoleARN: test.other, Caller: "arn:aws:iam::111122223333:root"}
			got, err := CheckDeletion(t.Context(), stub.Config(), teardown, fakeTarget{})
			if err != nil {
				t.Fatal(err)
			}
			requireBlockers(t, got, test.want...)
			for _, input := range stub.Inputs(getRole) {
				if name := aws.ToString(input.(*iam.GetRoleInput).RoleName); name != test.queried {
					t.Errorf("got a query for the role %s, want %s", name, test.queried)
				}
			}
		})
	}
}

// decision returns the response of a simulation. missing is the key of a missing condition, or "".
func decision(decision, missing string) awsstub.Answer {
	if missing != "" {
		missing = "<MissingContextValues><member>" + missing + "</member></MissingContextValues>"
	}
	return awsstub.XML("<EvaluationResults><member><EvalActionName>a</EvalActionName><EvalDecision>", decision,
		"</EvalDecision>", missing,
		"</member></EvaluationResults>")
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	const assumed = "arn:aws:sts::111122223333:assumed-role/admin/me"
	other := "arn:aws:iam::111122223333:role/other"
	next := func(action, principal string) string {
		return "ask an administrator to allow " + action + " for " + principal +
			", or use other credentials with --profile"
	}
	tests := []struct {
		name     string
		caller   string
		teardown Teardown
		role     awsstub.Answer   // response of iam:GetRole
		answer   []awsstub.Answer // responses of the simulations
		calls    []string         // actions and resources of the simulations
		want     []blocker
	}{
		{"allowed", user, Teardown{Running: []string{"first", "second"}, RoleARN: other}, awsstub.Role("other"),
			[]awsstub.Answer{decision("allowed", "")},
			[]string{"cloudformation:DeleteStack " + awsstub.StackARN, "states:StopExecution first",
				"iam:PassRole " + other}, nil},
		{"denied", user, Teardown{Running: []string{"first"}}, nil,
			[]awsstub.Answer{decision("explicitDeny", ""), decision("implicitDeny", "")},
			[]string{"cloudformation:DeleteStack " + awsstub.StackARN, "states:StopExecution first"},
			[]blocker{{user + " cannot call cloudformation:DeleteStack on " + awsstub.StackARN + " (explicitDeny)",
				next("cloudformation:DeleteStack", user)},
				{"states:StopExecution on first (implicitDeny)", next("states:StopExecution", user)}}},
		{"another role can delete", user, Teardown{Deployer: other}, nil,
			[]awsstub.Answer{decision("implicitDeny", ""), decision("allowed", "")},
			[]string{"cloudformation:DeleteStack " + awsstub.StackARN, "sts:AssumeRole " + other}, nil},
		{"another role that cannot be assumed", user, Teardown{Deployer: other}, nil,
			[]awsstub.Answer{decision("implicitDeny", "")},
			[]string{"cloudformation:DeleteStack " + awsstub.StackARN, "sts:AssumeRole " + other},
			[]blocker{{user + " cannot call cloudformation:DeleteStack", next("cloudformation:DeleteStack", user)}}},
		{"denial with a condition", user, Teardown{}, nil,
			[]awsstub.Answer{decision("implicitDeny", "aws:RequestedRegion")},
			[]string{"cloudformation:DeleteStack " + awsstub.StackARN}, nil},
		{"simulation denied", user, Teardown{Running: []string{"first"}}, nil, []awsstub.Answer{awsstub.Denied()},
			[]string{"cloudformation:DeleteStack " + awsstub.StackARN}, nil},
		{"simulation not supported", user, Teardown{}, nil,
			[]awsstub.Answer{awsstub.Error(http.StatusBadRequest, "InvalidAction", "not implemented")},
			[]string{"cloudformation:DeleteStack " + awsstub.StackARN}, nil},
		{"root", "arn:aws:iam::111122223333:root", Teardown{}, nil, nil, nil, nil},
		{"federated user", "arn:aws:sts::111122223333:federated-user/me", Teardown{}, nil, nil, nil, nil},
		{"not an ARN", "me", Teardown{}, nil, nil, nil, nil},
		{"assumed role with a path", assumed, Teardown{}, roleAt("/a/b/", "admin"),
			[]awsstub.Answer{decision("implicitDeny", "")}, []string{"cloudformation:DeleteStack " + awsstub.StackARN},
			[]blocker{{assumed + " cannot call", next("cloudformation:DeleteStack",
				"arn:aws:iam::111122223333:role/a/b/admin")}}},
		{"assumed role, denied", assumed, Teardown{}, awsstub.Denied(), nil, nil, nil},
		{"assumed role of another account", assumed, Teardown{}, noRole(), nil, nil, nil},
		{"assumed role missing from the response", assumed, Teardown{}, awsstub.XML(), nil, nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t)
			if test.role != nil {
				stub.On(getRole, test.role)
			}
			if test.answer != nil {
				stub.On(simulate, test.answer...)
			}
			teardown := test.teardown
			teardown.Stack, teardown.Caller = &inventory.Stack{Name: "retrycatch", ARN: awsstub.StackARN}, test.caller
			got, err := CheckDeletion(t.Context(), stub.Config(), teardown, fakeTarget{})
			if err != nil {
				t.Fatal(err)
			}
			requireBlockers(t, got, test.want...)
			var calls []string
			for _, input := range stub.Inputs(simulate) {
				in := input.(*iam.SimulatePrincipalPolicyInput)
				calls = append(calls, in.ActionNames[0]+" "+in.ResourceArns[0])
			}
			if diff := cmp.Diff(test.calls, calls); diff != "" {
				t.Errorf("the simulated calls differ (-want +got):\n%s", diff)
			}
		})
	}
}

func roleAt(path, name string) awsstub.Answer {
	return awsstub.XML("<Role><Path>", path, "</Path><RoleId>AROAEXAMPLE</RoleId><Arn>arn:aws:iam::111122223333:role",
		path, name,
		"</Arn><RoleName>", name, "</RoleName><CreateDate>2026-01-02T03:04:05Z</CreateDate></Role>")
}

func TestCheckDeletionWithoutAccess(t *testing.T) {
	t.Parallel()
	expired := awsstub.Error(http.StatusForbidden, "ExpiredToken",
		"The security token included in the request is expired")
	stack := &inventory.Stack{Name: "retrycatch", ARN: awsstub.StackARN, RoleARN: execRole("hnb659fds")}
	for name, stub := range map[string]*awsstub.Stub{
		"reading the role":           awsstub.New(t).On(getRole, expired),
		"simulating the permissions": awsstub.New(t).On(getRole, awsstub.Role("x")).On(simulate, expired),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := CheckDeletion(t.Context(), stub.Config(), Teardown{Stack: stack, Caller: user}, fakeTarget{})
			if !session.AccessLost(err) {
				t.Errorf("got error %v, want one about expired credentials", err)
			}
		})
	}
}

// TestStopExecutionWarns denies states:StopExecution, which does not prevent the stack's deletion.
func TestStopExecutionWarns(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(simulate, decision("allowed", ""), decision("implicitDeny", ""))
	teardown := Teardown{Stack: &inventory.Stack{Name: "retrycatch", ARN: awsstub.StackARN}, Caller: user,
		Running: []string{"first"}}
	found, err := CheckDeletion(t.Context(), stub.Config(), teardown, fakeTarget{})
	blockers, warnings := Split(found)
	if err != nil || len(blockers) > 0 || len(warnings) != 1 {
		t.Fatalf("got blockers %v, warnings %v and error %v, want one warning", blockers, warnings, err)
	}
	requireProblem(t, warnings[0], user+" cannot call states:StopExecution on first",
		"ask an administrator to allow states:StopExecution for "+user+", or use other credentials with --profile")
}
