package teardown

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"retrycatch/internal/accountstub"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
)

const (
	standard = types.DeletionModeStandard
	forced   = types.DeletionModeForceDeleteStack
)

// afterForcedDeletion calls callback after the forced deletion, which leaves resources behind. To
// find this point, it counts reads of the template. After the first deletion has failed, the
// teardown reads the template once before it deletes the stack again, and once after the last
// deletion.
func afterForcedDeletion(a *account, callback func()) {
	a.BeforeNext("CloudFormation.DeleteStack", func() {
		a.BeforeNext("CloudFormation.GetTemplate", func() { a.BeforeNext("CloudFormation.GetTemplate", callback) })
	})
}

func TestForce(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(*account, *stack)
		modes   []types.DeletionMode
		changes []string                    // all changes except the stack's deletions
		except  map[resource.Resource]State // final states other than Gone
	}{
		{"protection and holds", func(a *account, s *stack) {
			s.Protected = true
			s.Template = `{"Resources": {"` + accountstub.LogicalID(role) +
				`": {"Properties": {"Policies": [{"PolicyName": "own"}]}}}}`
			r := a.FirstInstance(role)
			r.ManagedPolicies, r.InlinePolicies = []string{readOnly}, []string{"own", "DebugAccess"}
			r.InstanceProfiles = []string{"workers"}
			a.FirstInstance(group).Protected = true
		}, []types.DeletionMode{standard}, []string{"UpdateTerminationProtection retrycatch",
			"DetachRolePolicy " + readOnly, "DeleteRolePolicy DebugAccess", "RemoveRoleFromInstanceProfile workers",
			"PutLogGroupDeletionProtection /aws/lambda/MockAPIFunction"}, nil},
		{"policy attached during the deletion", func(a *account, _ *stack) {
			a.BeforeNext("CloudFormation.DeleteStack", func() { a.FirstInstance(role).ManagedPolicies = []string{readOnly} })
		}, []types.DeletionMode{standard, standard}, []string{"DetachRolePolicy " + readOnly}, nil},
		{"undeletable resources", func(a *account, _ *stack) {
			a.FirstInstance(role).DeletionError = "cannot be deleted"
			a.FirstInstance(machine).DeletionError = "cannot be deleted"
		}, []types.DeletionMode{standard, standard, forced},
			[]string{"remove state machine MyAPIStateMachine", "remove IAM role lambda_basic_execution"}, nil},
		{"holds cannot be read", func(a *account, _ *stack) {
			a.FirstInstance(role).DeletionError = "cannot be deleted"
			a.BeforeNext("CloudFormation.DeleteStack", func() { a.Deny("IAM.ListRolePolicies") })
		}, []types.DeletionMode{standard, standard, forced}, nil, map[resource.Resource]State{role: Remaining}},
		{"kept log group", func(a *account, s *stack) {
			retain(s, group)
			a.FirstInstance(group).Protected, a.FirstInstance(role).DeletionError = true, "cannot be deleted"
		}, []types.DeletionMode{standard, standard, forced}, []string{"remove IAM role lambda_basic_execution"},
			map[resource.Resource]State{group: Kept}},
		{"unreadable template",
			func(a *account, s *stack) {
				retain(s, group)
				s.Template += readOnly
				a.FirstInstance(role).ManagedPolicies, a.FirstInstance(role).DeletionError = []string{readOnly}, "cannot be deleted"
				a.Deny("CloudFormation.GetTemplate")
			}, []types.DeletionMode{standard, standard, forced}, nil,
			map[resource.Resource]State{group: Remaining, role: Remaining}},
		{"deleted role, still visible", func(a *account, _ *stack) {
			a.FirstInstance(role).VisibleAfterDeletion = time.Hour
		}, []types.DeletionMode{standard}, nil, map[resource.Resource]State{role: Remaining}},
		{"role created after a deletion, stale reads", func(a *account, _ *stack) {
			a.StaleDuration, a.FirstInstance(role).NoDeletionEvent = 20*time.Second, true
			a.Add(role, instance{Created: soon(2 * time.Second)})
		}, []types.DeletionMode{standard}, nil, map[resource.Resource]State{role: Foreign}},
		{"colleague's new stack", func(a *account, _ *stack) {
			a.FirstInstance(role).DeletionError = "cannot be deleted"
			afterForcedDeletion(a, func() { a.Deploy("retrycatch", time.Now(), queue) })
		}, []types.DeletionMode{standard, standard, forced}, nil, map[resource.Resource]State{role: Foreign}},
		{"role created after the deletion", func(a *account, _ *stack) {
			a.FirstInstance(role).DeletionError = "cannot be deleted"
			afterForcedDeletion(a, func() {
				a.DeleteAt(role, time.Now())
				a.Add(role, instance{Created: time.Now(), Tags: map[string]string{"Project": "retrycatch"}})
			})
		}, []types.DeletionMode{standard, standard, forced}, nil, map[resource.Resource]State{role: Foreign}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a, s := deployed(t)
				test.prepare(a, s)
				report, err := execute(t, a, readPlan(t, a), Options{Force: true})
				if err != nil && test.except[role] != Remaining {
					t.Error(err)
				}
				requireSame(t, "the states", allIn(Gone, test.except), states(report.Items))
				requireSame(t, "the modes", test.modes, s.Modes)
				var changes []string
				for _, change := range a.Changes {
					if change != "DeleteStack retrycatch" {
						changes = append(changes, change)
					}
				}
				requireSame(t, "the changes", test.changes, changes)
			})
		})
	}
}

// TestRemovalFails checks that the teardown continues after a failed removal, and returns the
// error.
func TestRemovalFails(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, _ := deployed(t)
		a.FirstInstance(role).DeletionError, a.FirstInstance(fn).DeletionError = "cannot be deleted", "cannot be deleted"
		a.Deny("Lambda.DeleteFunction")
		report, err := execute(t, a, readPlan(t, a), Options{Force: true})
		if session.DeniedAction(err) != "lambda:DeleteFunction" {
			t.Errorf("got error %v, want a denied call to lambda:DeleteFunction", err)
		}
		requireSame(t, "the states", allIn(Gone, map[resource.Resource]State{fn: Remaining}), states(report.Items))
	})
}

func TestForceRemainingStack(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, s := deployed(t)
		retain(s, group)
		a.FirstInstance(role).DeletionError, s.AbandonReason = "cannot be deleted", "an output is in use"
		report, err := execute(t, a, readPlan(t, a), Options{Force: true})
		if failed := (*FailedError)(nil); !errors.As(err, &failed) {
			t.Errorf("got error %v, want a *FailedError", err)
		}
		requireSame(t, "the states", allIn(Remaining, map[resource.Resource]State{group: Kept}), states(report.Items))
		requireSame(t, "the changes", slices.Repeat([]string{"DeleteStack retrycatch"}, 3), a.Changes)
	})
}
