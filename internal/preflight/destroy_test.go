package preflight

import (
	"errors"
	"strings"
	"testing"

	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
)

func TestWhatIsInTheWayOfATeardown(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		stack   *inventory.Stack
		outside []inventory.Policy
		want    []string // what happened and what to do, a part of each
	}{
		{"a healthy stack", &inventory.Stack{Status: "CREATE_COMPLETE"}, nil, nil},
		{"a stack that was rolled back", &inventory.Stack{Status: "ROLLBACK_COMPLETE"}, nil, nil},
		{"a stack whose deletion failed", &inventory.Stack{Status: "DELETE_FAILED"}, nil, nil},
		{"a stack that is being deleted already", &inventory.Stack{Status: "DELETE_IN_PROGRESS"}, nil, nil},
		{"a stack that is only being reviewed", &inventory.Stack{Status: "REVIEW_IN_PROGRESS"}, nil, nil},
		{"a stack that is being changed", &inventory.Stack{Name: "retrycatch", Status: "UPDATE_IN_PROGRESS"}, nil,
			[]string{"the stack retrycatch is being changed: UPDATE_IN_PROGRESS", "retrycatch status"}},
		{"a protected stack", &inventory.Stack{Name: "retrycatch", Status: "CREATE_COMPLETE", Protected: true}, nil,
			[]string{"the stack retrycatch has termination protection", "run retrycatch deploy without the option protect"}},
		{"a protected stack that is only to be deleted", &inventory.Stack{Name: "retrycatch-dev", Status: "CREATE_COMPLETE", Protected: true}, nil,
			[]string{"the stack retrycatch-dev has termination protection", "--no-enable-termination-protection --stack-name retrycatch-dev"}},
		{"roles with policies from elsewhere", &inventory.Stack{Status: "CREATE_COMPLETE"}, []inventory.Policy{{Role: "a_role", Name: "Wide", ARN: "arn:wide"}, {Role: "a_role", Name: "more"}},
			[]string{"the policy arn:wide of the IAM role a_role is not the stack's", "`aws iam detach-role-policy --role-name a_role --policy-arn arn:wide`, or run this with --force",
				"the inline policy more of the IAM role a_role is not the stack's", "`aws iam delete-role-policy --role-name a_role --policy-name more`, or run this with --force"}},
		{"both at once", &inventory.Stack{Name: "retrycatch", Status: "CREATE_IN_PROGRESS", Protected: true}, nil,
			[]string{"has termination protection", "update-termination-protection", "is being changed: CREATE_IN_PROGRESS", "wait"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			blockers := append(Destroy(test.stack, test.outside), Changing(test.stack)...)
			if len(blockers) != len(test.want)/2 {
				t.Fatalf("there are %d blockers, want %d: %v", len(blockers), len(test.want)/2, blockers)
			}
			for i, blocker := range blockers {
				var p *problem.Problem
				if !errors.As(blocker, &p) || !strings.Contains(p.What, test.want[2*i]) || !strings.Contains(p.Next, test.want[2*i+1]) {
					t.Errorf("the blocker is %#v, want %q and %q", blocker, test.want[2*i], test.want[2*i+1])
				}
			}
		})
	}
}
