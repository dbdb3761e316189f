package teardown

import (
	"slices"
	"testing"
	"time"

	"retrycatch/internal/accountstub"
	"retrycatch/internal/resource"
)

// rolledBack returns an account in which the first deployment of a stack failed an hour ago,
// because the function's name was in use. CloudFormation still lists the stack's resources.
func rolledBack(t *testing.T) (*account, *stack) {
	a := accountstub.New(t)
	s := a.AddStack("retrycatch", ago(time.Hour))
	s.AddEvent(s.Created, resource.Resource{}, "CREATE_IN_PROGRESS")
	for _, r := range []resource.Resource{role, group, machine} {
		s.AddCreationEvents(s.Created, r)
		s.AddEvent(s.Created.Add(time.Minute), r, "DELETE_COMPLETE")
	}
	begun := s.AddEvent(s.Created.Add(10*time.Second), resource.Resource{Kind: fn.Kind}, "CREATE_IN_PROGRESS")
	begun.LogicalID = accountstub.LogicalID(fn)
	s.AddEvent(s.Created.Add(30*time.Second), fn, "CREATE_FAILED")
	s.AddEvent(s.Created.Add(time.Minute), resource.Resource{}, "ROLLBACK_COMPLETE")
	return a, s
}

func TestRolledBackStack(t *testing.T) {
	tests := []struct {
		name  string
		age   time.Duration // of the existing resources
		hides bool          // the endpoint does not list deleted stacks
		why   string
	}{
		{"resources older than the stack", 24 * time.Hour, false, "before the stack tried to create its own"},
		{"resources newer than the stack", 30 * time.Minute, false, "after the stack's own resource"},
		{"newer resources, stack not listed", 30 * time.Minute, true, "after the stack's own resource"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a, _ := rolledBack(t)
				a.HidesDeletedStacks = test.hides
				for _, r := range all {
					a.Add(r, instance{Created: ago(test.age), ManagedPolicies: []string{readOnly},
						RunningExecutions: []string{"by hand"}})
				}
				a.FirstInstance(group).RunningExecutions, a.FirstInstance(role).RunningExecutions = nil, nil
				plan := readPlan(t, a)
				if len(plan.Holds)+len(plan.Running)+len(plan.Removable()) > 0 || plan.Stack == nil {
					t.Errorf("got plan %+v, want one with a stack, but without anything to remove or stop", plan)
				}
				requireSame(t, "the plan's states", allIn(Foreign, nil), states(plan.Items))
				report, err := execute(t, a, plan, Options{Force: true})
				if err != nil {
					t.Fatal(err)
				}
				requireSame(t, "the states", allIn(Foreign, nil), states(report.Items))
				requireSame(t, "the changes", []string{"DeleteStack retrycatch"}, a.Changes)
				for _, r := range []resource.Resource{role, group, fn, machine} {
					requireText(t, find(t, report.Items, r).Why, test.why)
				}
				requireText(t, find(t, report.Items, vended).Why, "was not created by any stack of this stage")
			})
		})
	}
}

func TestRolledBackStackLogGroup(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, _ := rolledBack(t)
		a.Add(group, instance{Created: ago(30 * time.Minute)}) // without settings, like a group that Lambda created
		item := find(t, destroy(t, a, Options{Force: true}).Items, group)
		if item.State != Foreign || !a.Exists(group) {
			t.Errorf("got group %+v, want a foreign group that exists", item)
		}
	})
}

func TestCreationFailed(t *testing.T) {
	tests := []struct {
		name  string
		since time.Duration // from the stack's creation to the function's creation
		plan  State         // state in the plan, and after a teardown without force
		after State         // state after a teardown with force
	}{
		{"function created by this stack", 20 * time.Second, Remaining, Gone},
		{"function older than the stack", -time.Minute, Foreign, Foreign},
		{"function created after the rollback", time.Minute, Foreign, Foreign},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a, s := rolledBack(t)
				a.Add(fn, instance{Created: s.Created.Add(test.since)})
				plan := readPlan(t, a)
				if item := find(t, plan.Items, fn); item.State != test.plan || item.Removable != (test.plan == Remaining) {
					t.Errorf("the plan: got %+v, want state %s", item, test.plan)
				}
				report, err := execute(t, a, plan, Options{})
				if item := find(t, report.Items, fn); item.State != test.plan || err != nil {
					t.Errorf("without force: got %+v and error %v, want state %s", item, err, test.plan)
				}
				if item := find(t, destroy(t, a, Options{Force: true}).Items, fn); item.State != test.after {
					t.Errorf("with force: got %+v, want state %s", item, test.after)
				}
			})
		})
	}
}

var oldRole = resource.Resource{Kind: resource.Role, ID: "old_role"}

// replaceRole adds a stack update that replaced a role, but failed to delete the old role.
func replaceRole(a *account, s *stack) {
	s.AddCreationEvents(s.Created, oldRole)
	event := s.AddEvent(ago(30*time.Minute), oldRole, "DELETE_FAILED")
	event.Reason, event.Unlisted = "must detach all policies first", true
	s.AddEvent(ago(29*time.Minute), resource.Resource{}, "UPDATE_COMPLETE")
	a.Add(oldRole, instance{Created: s.Created.Add(20 * time.Second), ManagedPolicies: []string{readOnly}})
}

func TestReplacedRole(t *testing.T) {
	removal := []string{"DetachRolePolicy " + readOnly, "remove IAM role old_role"}
	tests := []struct {
		name    string
		change  func(*account, *stack)
		force   bool
		state   State // the old role's state in the plan
		after   State // the old role's state after the teardown
		changes []string
	}{
		{"without force", nil, false, Remaining, Remaining, []string{"DeleteStack retrycatch"}},
		{"with force", nil, true, Remaining, Gone, append([]string{"DeleteStack retrycatch"}, removal...)},
		{"recreated by hand", func(a *account, _ *stack) {
			a.FirstInstance(oldRole).Deleted = ago(time.Minute)
			a.Add(oldRole, instance{Created: ago(time.Minute), ManagedPolicies: []string{readOnly}})
		}, true, Foreign, Foreign, []string{"DeleteStack retrycatch"}},
		{"deleted stack", func(a *account, s *stack) {
			addDeletion(s, ago(20*time.Minute), nil)
			for _, r := range all {
				a.DeleteAt(r, ago(20*time.Minute))
			}
		}, true, Remaining, Gone, removal},
		{"two deleted stacks", func(a *account, s *stack) {
			addDeletion(s, ago(20*time.Minute), nil)
			for _, r := range all {
				a.DeleteAt(r, ago(20*time.Minute))
			}
			addDeletion(a.Deploy("retrycatch", ago(15*time.Minute), all...), ago(10*time.Minute), nil)
			for _, r := range all {
				a.DeleteAt(r, ago(10*time.Minute))
			}
		}, true, Remaining, Gone, removal},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a, s := deployed(t)
				replaceRole(a, s)
				if test.change != nil {
					test.change(a, s)
				}
				plan := readPlan(t, a)
				if item := find(t, plan.Items, oldRole); item.State != test.state || len(plan.Holds) > 0 {
					t.Errorf("the plan: got %+v and holds %v, want state %s and no holds", item, plan.Holds, test.state)
				}
				removable := 0
				if test.state == Remaining {
					removable = 1
				}
				if got := plan.Removable(); len(got) != removable {
					t.Errorf("got removable items %v, want %d", got, removable)
				}
				report, err := execute(t, a, plan, Options{Force: test.force})
				if err != nil {
					t.Fatal(err)
				}
				requireSame(t, "the changes", test.changes, a.Changes)
				requireSame(t, "the states", allIn(Gone, map[resource.Resource]State{oldRole: test.after}),
					states(report.Items))
			})
		})
	}
}

func TestEarlierDeletions(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, s := deployed(t)
		addDeletion(s, ago(50*time.Minute), map[resource.Resource]string{vended: "DELETE_SKIPPED"})
		for _, r := range all {
			if r != vended {
				a.DeleteAt(r, ago(50*time.Minute))
			}
		}
		// A later stack, which was deleted without a failure, does not contain the group vended.
		others := slices.DeleteFunc(slices.Clone(all), func(r resource.Resource) bool { return r == vended })
		later := a.Deploy("retrycatch", ago(30*time.Minute), others...)
		for _, r := range others {
			later.AddEvent(ago(20*time.Minute), r, "DELETE_COMPLETE")
			a.DeleteAt(r, ago(20*time.Minute))
		}
		later.AddEvent(ago(20*time.Minute), resource.Resource{}, "DELETE_COMPLETE")
		// The teardown ignores somebody else's stack with the same name.
		foreign := a.Deploy("retrycatch", ago(15*time.Minute), queue)
		foreign.Tags = nil
		foreign.AddEvent(ago(14*time.Minute), queue, "DELETE_SKIPPED")
		foreign.AddEvent(ago(14*time.Minute), resource.Resource{}, "DELETE_COMPLETE")

		plan := readPlan(t, a)
		requireSame(t, "the plan's states", allIn(Gone, map[resource.Resource]State{vended: Remaining}), states(plan.Items))
		if plan.Stack != nil || !plan.Known() || plan.Last().ARN != later.ARN {
			t.Errorf("got plan %+v, want one for the last deleted stack", plan)
		}
		requireText(t, find(t, plan.Items, vended).Why, "was left behind by the stack retrycatch (DELETE_SKIPPED")
		checked, err := Prove(t.Context(), a.Config(), plan, silent{})
		if err != nil || len(a.Changes) > 0 || len(checked.Notes) == 0 {
			t.Errorf("got report %+v, error %v and changes %v, want notes, no error and no changes", checked, err,
				a.Changes)
		}
		requireSame(t, "the states from Prove", states(plan.Items), states(checked.Items))
		report, err := execute(t, a, plan, Options{Force: true})
		if err != nil {
			t.Fatal(err)
		}
		requireSame(t, "the states", allIn(Gone, nil), states(report.Items))
		if item := find(t, report.Items, vended); item.Fate != ByOwnAPI {
			t.Errorf("got group %+v, want fate %q", item, ByOwnAPI)
		}
	})
}
