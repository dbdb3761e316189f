package teardown

import (
	"testing"
	"time"

	"retrycatch/internal/resource"
)

func TestUnknownKind(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(*account)
		plan    State // the queue's state in the plan
		after   State // the queue's state after the teardown
	}{
		{"deleted", func(*account) {}, Remaining, Gone},
		{"deleted, visible for a few seconds",
			func(a *account) { a.FirstInstance(queue).VisibleAfterDeletion = 7 * time.Second }, Remaining, Gone},
		{"not deleted", func(a *account) { a.FirstInstance(queue).VisibleAfterDeletion = time.Hour }, Remaining, Remaining},
		{"never found", func(a *account) { a.DeleteAt(queue, ago(0)) }, Unknown, Unknown},
		{"denied", func(a *account) { a.Deny("CloudControl.GetResource") }, Unknown, Unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				a, _ := deployed(t, queue)
				test.prepare(a)
				plan, begin := readPlan(t, a), time.Now()
				want := allIn(Remaining, map[resource.Resource]State{queue: test.plan})
				requireSame(t, "the plan's states", want, states(plan.Items))
				report, err := execute(t, a, plan, Options{})
				if err != nil {
					t.Fatal(err)
				}
				requireSame(t, "the states", allIn(Gone, map[resource.Resource]State{queue: test.after}),
					states(report.Items))
				if took := time.Since(begin); took > 20*time.Second && test.after != Remaining {
					t.Errorf("got duration %v, want at most 20s", took)
				}
			})
		})
	}
}

// TestUnknownKindKept retains a queue. If Cloud Control does not find the queue, the queue may be
// gone, or Cloud Control may use another identifier.
func TestUnknownKindKept(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, s := deployed(t, queue)
		retain(s, queue)
		destroy(t, a, Options{})
		a.DeleteAt(queue, ago(0))
		report, err := Prove(t.Context(), a.Config(), readPlan(t, a), silent{})
		if err != nil {
			t.Fatal(err)
		}
		item := find(t, report.Items, queue)
		if item.State != Kept {
			t.Errorf("got queue %+v, want state %s", item, Kept)
		}
		requireText(t, item.Why, "it may not exist anymore, but this cannot be checked")
	})
}
