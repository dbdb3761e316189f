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

// similarStages lists the deployed stages with names similar to the target's stage.
func (t *target) similarStages(ctx context.Context) []string {
	if t.stage == "" {
		return nil
	}
	return similarNames(t.stage, t.stages(ctx))
}

// unknownStageError returns the problem of a stage that is not deployed. If there are similar stages, it
// suggests them instead of a deployment.
func (t *target) unknownStageError(ctx context.Context) error {
	missing := t.notDeployedError()
	like := t.similarStages(ctx)
	if len(like) == 0 {
		return missing
	}
	what, next := t.didYouMean(like)
	return &problem.Problem{What: missing.Error() + "; " + what, Next: next}
}

// didYouMean returns a question that suggests stages, and the command that shows the first.
func (t *target) didYouMean(stages []string) (what, next string) {
	other := *t
	other.stage = stages[0]
	return "did you mean the stage " + alternatives(stages) + "?", other.Command("status")
}

// suggestStages prints the stages similar to the target's stage, which is not deployed.
func (a *app) suggestStages(ctx context.Context, t *target) {
	if like := t.similarStages(ctx); len(like) > 0 {
		what, next := t.didYouMean(like)
		a.console.Hint(view.Capitalize(what), next)
	}
}
