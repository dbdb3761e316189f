package cli

import (
	"context"
	"strings"

	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
)

// stages lists the stages that seem to be deployed in the target's region, by the names of the
// stacks. It lists none if they cannot be read: the list only helps with a name.
func (t *target) stages(ctx context.Context) (stages []string) {
	prefix := deployment.AllNames("", "").Stack + "-"
	names, _ := inventory.StackNames(ctx, t.Config, prefix)
	for _, name := range names {
		stages = append(stages, strings.TrimPrefix(name, prefix))
	}
	return stages
}

// unknownStage returns the problem of a stage that is not deployed. It offers similar stages, and
// their command instead of a deployment.
func (t *target) unknownStage(ctx context.Context) error {
	missing := t.notDeployed()
	if t.stage == "" {
		return missing
	}
	if like := near(t.stage, t.stages(ctx)); len(like) > 0 {
		other := *t
		other.stage = like[0]
		missing = &problem.Problem{What: missing.Error() + "; did you mean the stage " + alternatives(like) + "?",
			Next: other.Command("status")}
	}
	return missing
}
