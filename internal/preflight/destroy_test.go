package preflight

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

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
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			got := CheckInProgress(&inventory.Stack{Name: "retrycatch", Status: status}, fakeTarget{})
			var want []blocker
			if blocked {
				want = []blocker{{"an operation on the stack retrycatch is in progress: its status is " + string(status),
					"retrycatch status" + flags}}
			}
			requireBlockers(t, got, want...)
		})
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
		name      string
		stackRole string
		option    string         // the role in --role-arn
		answer    awsstub.Answer // response of iam:GetRole
		queried   string         // name of the role in the query
		want      []blocker
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
			stack := &inventory.Stack{Name: "retrycatch", ARN: awsstub.StackARN, RoleARN: test.stackRole}
			teardown := Teardown{Stack: stack, RoleARN: test.option, Caller: "arn:aws:iam::111122223333:root"}
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
