package teardown

import (
	"slices"
	"testing"
	"time"

	"retrycatch/internal/accountstub"
	"retrycatch/internal/resource"
)

// rolledBack returns an account in which a first deployment failed an hour ago, because resources
// with its names existed. CloudFormation still lists the stack's resources.
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
		name    string
		made    time.Duration // ago
		forgets bool          // the endpoint does not list deleted stacks
		why     string
	}{
		{"created before", 24 * time.Hour, false, "before the stack tried to create its own"},
		{"created after", 30 * time.Minute, false, "after the stack's own resource was"},
		{"created after, stack not listed", 30 * time.Minute, true, "after the stack's own resource was"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				a, _ := rolledBack(t)
				a.HidesDeletedStacks = test.forgets
				for _, r := range all {
					a.Add(r, thing{Created: ago(test.made), ManagedPolicies: []string{readOnly},
						RunningExecutions: []string{"by hand"}})
				}
				a.FirstInstance(group).RunningExecutions, a.FirstInstance(role).RunningExecutions = nil, nil
				plan := look(t, a)
				if len(plan.Holds)+len(plan.Running)+len(plan.Removable()) > 0 || plan.Stack == nil {
					t.Errorf("got plan %+v", plan)
				}
				requireSame(t, "the plan", allIn(Foreign, nil), states(plan.Items))
				report, err := execute(t, a, plan, Options{Force: true})
				if err != nil {
					t.Fatal(err)
				}
				requireSame(t, "the states", allIn(Foreign, nil), states(report.Items))
				requireSame(t, "the changes", []string{"DeleteStack retrycatch"}, a.Changes)
				for _, r := range []resource.Resource{role, group, fn, machine} {
					requireText(t, find(t, report.Items, r).Why, test.why)
				}
				requireText(t, find(t, report.Items, vended).Why, "no stack of this name created it")
			})
		})
	}
}

func TestRolledBackStackLogGroup(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, _ := rolledBack(t)
		a.Add(group, thing{Created: ago(30 * time.Minute)}) // without settings, like Lambda's own
		item := find(t, destroy(t, a, Options{Force: true}).Items, group)
		if item.Now != Foreign || !a.Exists(group) {
			t.Errorf("got group %+v", item)
		}
	})
}

func TestCreationFailed(t *testing.T) {
	tests := []struct {
		name  string
		made  time.Duration // after the stack's creation
		plan  Now
		after Now // with force
	}{
		{"created by this stack", 20 * time.Second, Left, Gone},
		{"created before", -time.Minute, Foreign, Foreign},
		{"created after", time.Minute, Foreign, Foreign},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				a, s := rolledBack(t)
				a.Add(fn, thing{Created: s.Created.Add(test.made)})
				plan := look(t, a)
				if item := find(t, plan.Items, fn); item.Now != test.plan || item.Removable != (test.plan == Left) {
					t.Errorf("got item %+v in the plan", item)
				}
				report, err := execute(t, a, plan, Options{})
				if item := find(t, report.Items, fn); item.Now != test.plan || err != nil {
					t.Errorf("without force: got %+v, error %v", item, err)
				}
				if item := find(t, destroy(t, a, Options{Force: true}).Items, fn); item.Now != test.after {
					t.Errorf("with force: got %+v", item)
				}
			})
		})
	}
}

var oldRole = resource.Resource{Kind: resource.Role, ID: "old_role"}

// replaced adds an update that replaced a role and failed to delete the old one.
func replaced(a *account, s *stack) {
	s.AddCreationEvents(s.Created, oldRole)
	event := s.AddEvent(ago(30*time.Minute), oldRole, "DELETE_FAILED")
	event.Reason, event.Unlisted = "must detach all policies first", true
	s.AddEvent(ago(29*time.Minute), resource.Resource{}, "UPDATE_COMPLETE")
	a.Add(oldRole, thing{Created: s.Created.Add(20 * time.Second), ManagedPolicies: []string{readOnly}})
}

func TestReplacedRole(t *testing.T) {
	removal := []string{"DetachRolePolicy " + readOnly, "remove IAM role old_role"}
	tests := []struct {
		name    string
		change  func(*account, *stack)
		force   bool
		now     Now // in the plan
		after   Now
		changes []string
	}{
		{"without force", nil, false, Left, Left, []string{"DeleteStack retrycatch"}},
		{"with force", nil, true, Left, Gone, append([]string{"DeleteStack retrycatch"}, removal...)},
		{"recreated by hand", func(a *account, _ *stack) {
			a.FirstInstance(oldRole).Deleted = ago(time.Minute)
			a.Add(oldRole, thing{Created: ago(time.Minute), ManagedPolicies: []string{readOnly}})
		}, true, Foreign, Foreign, []string{"DeleteStack retrycatch"}},
		{"deleted stack", func(a *account, s *stack) {
			addDeletion(s, ago(20*time.Minute), nil)
			for _, r := range all {
				a.DeleteAt(r, ago(20*time.Minute))
			}
		}, true, Left, Gone, removal},
		{"two deleted stacks", func(a *account, s *stack) {
			addDeletion(s, ago(20*time.Minute), nil)
			for _, r := range all {
				a.DeleteAt(r, ago(20*time.Minute))
			}
			addDeletion(a.Deploy("retrycatch", ago(15*time.Minute), all...), ago(10*time.Minute), nil)
			for _, r := range all {
				a.DeleteAt(r, ago(10*time.Minute))
			}
		}, true, Left, Gone, removal},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				a, s := deployed(t)
				replaced(a, s)
				if test.change != nil {
					test.change(a, s)
				}
				plan := look(t, a)
				if item := find(t, plan.Items, oldRole); item.Now != test.now || len(plan.Holds) > 0 {
					t.Errorf("got item %+v and holds %v in the plan", item, plan.Holds)
				}
				if left := len(plan.Removable()) == 1; left != (test.now == Left) {
					t.Errorf("got removable items %v", plan.Removable())
				}
				report, err := execute(t, a, plan, Options{Force: test.force})
				if err != nil {
					t.Fatal(err)
				}
				requireSame(t, "the changes", test.changes, a.Changes)
				requireSame(t, "the states", allIn(Gone, map[resource.Resource]Now{oldRole: test.after}),
					states(report.Items))
			})
		})
	}
}

func TestEarlierDeletions(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, s := deployed(t)
		addDeletion(s, ago(50*time.Minute), map[resource.Resource]string{vended: "DELETE_SKIPPED"})
		for _, r := range all {
			if r != vended {
				a.DeleteAt(r, ago(50*time.Minute))
			}
		}
		// A later deployment does not have that group, and its deletion succeeds.
		others := slices.DeleteFunc(slices.Clone(all), func(r resource.Resource) bool { return r == vended })
		later := a.Deploy("retrycatch", ago(30*time.Minute), others...)
		for _, r := range others {
			later.AddEvent(ago(20*time.Minute), r, "DELETE_COMPLETE")
			a.DeleteAt(r, ago(20*time.Minute))
		}
		later.AddEvent(ago(20*time.Minute), resource.Resource{}, "DELETE_COMPLETE")
		// Somebody else's stack with the same name does not count.
		foreign := a.Deploy("retrycatch", ago(15*time.Minute), queue)
		foreign.Tags = nil
		foreign.AddEvent(ago(14*time.Minute), queue, "DELETE_SKIPPED")
		foreign.AddEvent(ago(14*time.Minute), resource.Resource{}, "DELETE_COMPLETE")

		plan := look(t, a)
		requireSame(t, "the plan", allIn(Gone, map[resource.Resource]Now{vended: Left}), states(plan.Items))
		if plan.Stack != nil || !plan.Known() || plan.Last().ARN != later.ARN {
			t.Errorf("got plan %+v", plan)
		}
		requireText(t, find(t, plan.Items, vended).Why, "was left behind by the stack retrycatch (DELETE_SKIPPED")
		proof, err := Prove(t.Context(), a.Config(), plan, silent{})
		if err != nil || len(a.Changes) > 0 || len(proof.Stays) == 0 {
			t.Errorf("got proof %+v, error %v and changes %v", proof, err, a.Changes)
		}
		requireSame(t, "the proof", states(plan.Items), states(proof.Items))
		report, err := execute(t, a, plan, Options{Force: true})
		if err != nil {
			t.Fatal(err)
		}
		requireSame(t, "the states", allIn(Gone, nil), states(report.Items))
		if item := find(t, report.Items, vended); item.Fate != ByItself {
			t.Errorf("got group %+v", item)
		}
	})
}
