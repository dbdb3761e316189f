package cli

import (
	"context"
	"strings"

	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
	"retrycatch/internal/view"
)

// stages lists the stages that seem to be deployed in the target's region, by their stack names. It
// returns none if the stacks cannot be read, because the list only serves suggestions.
func (t *target) stages(ctx context.Context) (stages []string) {
	prefix := deployment.AllNames("", "").Stack + "-"
	names, _ := inventory.StackNames(ctx, t.Config, prefix)
	for _, name := range names {
		stages = append(stages, strings.TrimPrefix(name, prefix))
	}
	return stages
}

// nearStages lists the deployed stages with names similar to the target's stage.
func (t *target) nearStages(ctx context.Context) []string {
	if t.stage == "" {
		return nil
	}
	return near(t.stage, t.stages(ctx))
}

// unknownStage returns the problem of a stage that is not deployed. If there are similar stages, it
// suggests them instead of a deployment.
func (t *target) unknownStage(ctx context.Context) error {
	missing := t.notDeployedError()
	like := t.nearStages(ctx)
	if len(like) == 0 {
		return missing
	}
	what, next := t.meant(like)
	return &problem.Problem{What: missing.Error() + "; " + what, Next: next}
}

// meant returns a question that suggests stages, and the command that shows the first.
func (t *target) meant(stages []string) (what, next string) {
	other := *t
	other.stage = stages[0]
	return "did you mean the stage " + alternatives(stages) + "?", other.Command("status")
}

// offerStages prints the stages similar to the target's stage, which is not deployed.
func (a *app) offerStages(ctx context.Context, t *target) {
	if like := t.nearStages(ctx); len(like) > 0 {
		what, next := t.meant(like)
		a.console.Hint(view.Capitalize(what), next)
	}
}
