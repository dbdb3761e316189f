package e2e

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	functionRole = "lambda_basic_execution"
	functionLogs = "/aws/lambda/MockAPIFunction"
	readOnly     = "arn:aws:iam::aws:policy/ReadOnlyAccess"
)

// situation is a state of an AWS account that a local AWS does not have by itself. Each has its own
// account, which must be unchanged at the end except for the resources in left.
type situation struct {
	name string
	run  func(t *testing.T, c *cloud, o original)
	left []string
}

func TestSituations(t *testing.T) {
	t.Parallel()
	o := deployOriginal(t).delayed(t)
	c := newCloud(t)
	for i, test := range slices.Concat(blockers, foreign, answers) {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			account := c.inAccount(fmt.Sprintf("4%011d", i))
			account.bootstrap(t, o)
			before := account.resources(t)
			test.run(t, account, o)
			added, removed := account.resources(t).Difference(before)
			if diff := cmp.Diff(test.left, added); diff != "" || len(removed) > 0 {
				t.Errorf("the resources left differ (removed: %q) (-want +got):\n%s", removed, diff)
			}
		})
	}
}
