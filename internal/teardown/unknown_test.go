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
		plan    Now
		after   Now
	}{
		{"seen before", func(*account) {}, Left, Gone},
		{"seen before, visible for a few seconds",
			func(a *account) { a.FirstInstance(queue).VisibleAfterDeletion = 7 * time.Second }, Left, Gone},
		{"seen before, stays", func(a *account) { a.FirstInstance(queue).VisibleAfterDeletion = time.Hour }, Left, Left},
		{"never seen", func(a *account) { a.DeleteAt(queue, ago(0)) }, Unknown, Unknown},
		{"denied", func(a *account) { a.Deny("CloudControl.GetResource") }, Unknown, Unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				a, _ := deployed(t, queue)
				test.prepare(a)
				plan, begin := look(t, a), time.Now()
				requireSame(t, "the plan", allIn(Left, map[resource.Resource]Now{queue: test.plan}), states(plan.Items))
				report, err := execute(t, a, plan, Options{})
				if err != nil {
					t.Fatal(err)
				}
				requireSame(t, "the states", allIn(Gone, map[resource.Resource]Now{queue: test.after}),
					states(report.Items))
				if took := time.Since(begin); took > 20*time.Second && test.after != Left {
					t.Errorf("got wait %v", took)
				}
			})
		})
	}
}

// TestUnknownKindKept keeps a queue. Cloud Control's "not found" may mean that it is gone, or that
// it has another identifier.
func TestUnknownKindKept(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, s := deployed(t, queue)
		retain(s, queue)
		destroy(t, a, Options{})
		a.DeleteAt(queue, ago(0))
		report, err := Prove(t.Context(), a.Config(), look(t, a), silent{})
		if err != nil {
			t.Fatal(err)
		}
		item := find(t, report.Items, queue)
		if item.Now != Kept {
			t.Errorf("got queue %+v", item)
		}
		requireText(t, item.Why, "it may not exist anymore, but this cannot be checked")
	})
}
