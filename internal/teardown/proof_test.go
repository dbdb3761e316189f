package teardown

import (
	"errors"
	"testing"
	"time"

	"retrycatch/internal/resource"
	"retrycatch/internal/session"
)

func TestVerificationWaits(t *testing.T) {
	tests := []struct {
		name            string
		prepare         func(*account)
		except          map[resource.Resource]State
		atLeast, within time.Duration
	}{
		{"deleted role visible for a few seconds", func(a *account) {
			a.FirstInstance(role).VisibleAfterDeletion = 12 * time.Second
		}, nil, 12 * time.Second, 25 * time.Second},
		{"deleted role visible for too long", func(a *account) {
			a.FirstInstance(role).VisibleAfterDeletion = time.Hour
		}, map[resource.Resource]State{role: Remaining}, 20 * time.Second, time.Minute},
		{"state machine DELETING", func(a *account) {
			a.FirstInstance(machine).DeletionDuration = 2 * time.Minute
		}, nil, 2 * time.Minute, 3 * time.Minute},
		{"state machine DELETING for too long", func(a *account) {
			a.FirstInstance(machine).DeletionDuration = time.Hour
		}, map[resource.Resource]State{machine: Remaining}, 4 * time.Minute, 6 * time.Minute},
		{"role unreadable", func(a *account) {
			a.Deny("IAM.GetRole")
		}, map[resource.Resource]State{role: Unknown}, 0, 5 * time.Second},
		{"role unreadable, machine DELETING", func(a *account) {
			a.Deny("IAM.GetRole")
			a.FirstInstance(machine).DeletionDuration = 2 * time.Minute
		}, map[resource.Resource]State{role: Unknown}, 2 * time.Minute, 3 * time.Minute},
		{"role created during the wait", func(a *account) {
			a.FirstInstance(machine).RunningExecutions = []string{"first"} // makes the teardown wait for settleTime
			a.Add(role, instance{Created: soon(4 * time.Second)})
		}, map[resource.Resource]State{role: Foreign}, settleTime, 15 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a, _ := deployed(t)
				test.prepare(a)
				plan, begin := readPlan(t, a), time.Now()
				report, err := execute(t, a, plan, Options{})
				if err != nil {
					t.Fatal(err)
				}
				requireSame(t, "the states", allIn(Gone, test.except), states(report.Items))
				if took := time.Since(begin); took < test.atLeast || took > test.within {
					t.Errorf("got duration %v, want %v to %v", took, test.atLeast, test.within)
				}
				item, queries := find(t, report.Items, role), len(a.Inputs("IAM.GetRole"))
				if item.State == Unknown && (session.DeniedAction(item.Err) != "iam:GetRole" || queries > 3) {
					t.Errorf("got role %+v after %d queries, want a denied call to iam:GetRole and at most 3 queries", item, queries)
				}
			})
		})
	}
}

func TestCredentialsExpire(t *testing.T) {
	tests := map[string]time.Duration{"during the deletion": time.Second, "during the verification": 6 * time.Second}
	for name, after := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a, _ := deployed(t)
				a.FirstInstance(role).VisibleAfterDeletion = time.Hour
				plan := readPlan(t, a)
				a.CredentialsExpireAt = soon(after)
				_, err := execute(t, a, plan, Options{Force: true})
				if !session.AccessLost(err) {
					t.Errorf("got error %v, want expired credentials", err)
				}
				if delay := time.Since(a.CredentialsExpireAt); delay > 5*time.Second {
					t.Errorf("the teardown continued for %v after the credentials expired, want at most 5s", delay)
				}
			})
		})
	}
}

func TestCredentialsExpireAfterFailedDeletion(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, _ := deployed(t)
		a.FirstInstance(role).DeletionError = "cannot be deleted" // after a failed deletion, the teardown does not wait
		plan := readPlan(t, a)
		a.BeforeNext("IAM.GetRole", func() { a.CredentialsExpireAt = time.Now() })
		report, err := execute(t, a, plan, Options{})
		failed := (*FailedError)(nil)
		if !session.AccessLost(err) || !errors.As(err, &failed) || find(t, report.Items, role).State == Unknown {
			t.Errorf("got error %v and report %+v, want both errors and a role in a known state", err, report)
		}
	})
}

func TestReappearingLogGroup(t *testing.T) {
	const after = time.Second
	deletion := 2 * time.Second // duration of the stack's deletion
	tests := []struct {
		name    string
		prepare func(*account, *stack)
		state   State
		removed int // number of times that the teardown removes the group
	}{
		{"group without settings", func(a *account, _ *stack) {
			a.FirstInstance(group).RecreatedAfter = after
		}, Gone, 1},
		{"group that reappears twice", func(a *account, _ *stack) {
			a.Add(group, instance{Created: soon(deletion), RecreatedAfter: 100 * time.Millisecond})
		}, Gone, 2},
		{"group that reappears forever", func(a *account, _ *stack) {
			a.Add(group, instance{Created: soon(deletion), VisibleAfterDeletion: time.Hour})
		}, Foreign, maxRemovals},
		{"group with retention", func(a *account, _ *stack) {
			a.Add(group, instance{Created: soon(deletion), RetentionDays: 7})
		}, Foreign, 0},
		{"function still visible", func(a *account, _ *stack) {
			a.FirstInstance(group).RecreatedAfter, a.FirstInstance(fn).VisibleAfterDeletion = after, time.Hour
		}, Foreign, 0},
		{"recreated function", func(a *account, _ *stack) {
			a.FirstInstance(group).RecreatedAfter = after
			a.Add(fn, instance{Created: soon(deletion)})
		}, Foreign, 0},
		{"other log group", func(a *account, _ *stack) {
			a.FirstInstance(vended).RecreatedAfter = after
		}, Gone, 0},
		{"another stack exists", func(a *account, _ *stack) {
			a.FirstInstance(group).RecreatedAfter = after
			a.Deploy("retrycatch", soon(deletion), queue)
		}, Foreign, 0},
		{"other stack created before removal", func(a *account, _ *stack) {
			a.FirstInstance(group).RecreatedAfter = after
			a.BeforeNext("Lambda.GetFunctionConfiguration", func() {
				a.BeforeNext("Lambda.GetFunctionConfiguration", nil)
				a.Deploy("retrycatch", ago(0), queue)
			})
		}, Foreign, 0},
		{"failed deletion", func(a *account, _ *stack) {
			a.FirstInstance(group).RecreatedAfter, a.FirstInstance(role).DeletionError = after, "cannot be deleted"
		}, Foreign, 0},
		{"kept group", func(_ *account, s *stack) {
			retain(s, group)
		}, Kept, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a, s := deployed(t)
				plan := readPlan(t, a)
				test.prepare(a, s)
				report, err := execute(t, a, plan, Options{})
				if err != nil && a.FirstInstance(role).DeletionError == "" {
					t.Fatal(err)
				}
				if item := find(t, report.Items, group); item.State != test.state {
					t.Errorf("got group %+v, want state %s", item, test.state)
				}
				want := []string{"DeleteStack retrycatch"}
				for range test.removed {
					want = append(want, "remove log group /aws/lambda/MockAPIFunction")
				}
				requireSame(t, "the changes", want, a.Changes)
			})
		})
	}
}

func TestAnotherStackAppears(t *testing.T) {
	for name, force := range map[string]bool{"without force": false, "with force": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a, _ := deployed(t)
				a.FirstInstance(role).VisibleAfterDeletion = 20 * time.Second // makes the verification wait
				plan := readPlan(t, a)
				other := a.Deploy("retrycatch", soon(4*time.Second), group, vended, fn)
				report, err := execute(t, a, plan, Options{Force: force})
				if err != nil {
					t.Fatal(err)
				}
				requireSame(t, "the changes", []string{"DeleteStack retrycatch"}, a.Changes)
				time.Sleep(time.Minute)
				for _, r := range []resource.Resource{group, vended, fn} {
					if !a.Exists(r) {
						t.Errorf("the teardown removed the %s", r)
					}
				}
				// The role belongs to the first stack, but the teardown can no longer know this.
				item := find(t, report.Items, role)
				if item.State != Foreign {
					t.Errorf("got role %+v, want state %s", item, Foreign)
				}
				requireText(t, item.Why, "may belong to the stack retrycatch that was created at "+formatTime(other.Created))
			})
		})
	}
}

func formatTime(at time.Time) string { return at.UTC().Format(time.RFC3339) }

func TestStaleReadOfDeletedStack(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, s := deployed(t)
		addDeletion(s, ago(0), map[resource.Resource]string{vended: "DELETE_SKIPPED"})
		for _, r := range all {
			if r != vended {
				a.DeleteAt(r, ago(0))
			}
		}
		plan := readPlan(t, a)
		a.StaleDuration = time.Minute // DescribeStacks still finds the deleted stack by its name
		report, err := execute(t, a, plan, Options{Force: true})
		if err != nil {
			t.Fatal(err)
		}
		requireSame(t, "the states", allIn(Gone, nil), states(report.Items))
	})
}

func TestKept(t *testing.T) {
	const listed, unlisted, unreadable = "still listed", "no longer listed", "unreadable template"
	for _, name := range []string{listed, unlisted, unreadable} {
		t.Run(name, func(t *testing.T) {
			hidden, denied := name == unlisted, name == unreadable
			inBubble(t, func(t *testing.T) {
				a, s := deployed(t)
				retain(s, group)
				a.HidesDeletedStacks = hidden
				plan := readPlan(t, a)
				want := map[resource.Resource]State{group: Kept}
				requireSame(t, "the plan's states", allIn(Remaining, want), states(plan.Items))
				if denied {
					a.Deny("CloudFormation.GetTemplate")
				}
				report, err := execute(t, a, plan, Options{Force: true})
				if err != nil {
					t.Fatal(err)
				}
				requireSame(t, "the states", allIn(Gone, want), states(report.Items))
				if item := find(t, report.Items, group); item.Fate != NotDeleted || item.Why != keptReason {
					t.Errorf("got group %+v, want fate %q and reason %q", item, NotDeleted, keptReason)
				}
				if !hidden && !denied { // CloudFormation's records still say that the group is kept
					report, err := Prove(t.Context(), a.Config(), readPlan(t, a), silent{})
					requireSame(t, "the states from Prove", allIn(Gone, want), states(report.Items))
					if err != nil {
						t.Error(err)
					}
				}
			})
		})
	}
}
