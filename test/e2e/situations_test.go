package e2e

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	functionRole   = "lambda_basic_execution"
	functionLogs   = "/aws/lambda/MockAPIFunction"
	readOnlyPolicy = "arn:aws:iam::aws:policy/ReadOnlyAccess"
)

// situation is a test in its own account. The account must be unchanged at the end, except for the
// resources in leftovers.
type situation struct {
	name      string
	run       func(t *testing.T, c *cloud, b blueprint)
	leftovers []string
}

func TestSituations(t *testing.T) {
	t.Parallel()
	b := deployBlueprint(t).withDelayedRetries(t)
	c := newCloud(t)
	for i, test := range slices.Concat(blockerSituations, foreignSituations, responseSituations) {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			account := c.inAccount(fmt.Sprintf("4%011d", i))
			account.bootstrap(t, b)
			before := account.resources(t)
			test.run(t, account, b)
			added, removed := account.resources(t).Difference(before)
			if diff := cmp.Diff(test.leftovers, added); diff != "" || len(removed) > 0 {
				t.Errorf("resources left behind (removed: %q) (-want +got):\n%s", removed, diff)
			}
		})
	}
}
