package cli

import (
	"context"
	"strings"

	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/problem"
	"retrycatch/internal/view"
)

// stages returns the stages that have a stack in the target's region. It returns none if the stacks
// cannot be read, because only suggestions use the result.
func (t *target) stages(ctx context.Context) (stages []string) {
	prefix := deployment.AllNames("", "").Stack + "-"
	names, _ := inventory.StackNames(ctx, t.Config, prefix)
	for _, name := range names {
		stages = append(stages, strings.TrimPrefix(name, prefix))
	}
	return stages
}

// similarStages returns the deployed stages with names similar to the target's stage.
func (t *target) similarStages(ctx context.Context) []string {
	if t.stage == "" {
		return nil
	}
	return similarNames(t.stage, t.stages(ctx))
}

// unknownStageError returns a problem for a stage that is not deployed. The next step shows the
// status of the most similar deployed stage. If none is similar, it deploys the target's stage.
func (t *target) unknownStageError(ctx context.Context) error {
	missing := t.notDeployedError()
	similar := t.similarStages(ctx)
	if len(similar) == 0 {
		return missing
	}
	what, next := t.didYouMean(similar)
	return &problem.Problem{What: missing.Error() + "; " + what, Next: next}
}

// didYouMean returns a question that suggests the stages, and the command that shows the status of
// the first one.
func (t *target) didYouMean(stages []string) (what, next string) {
	other := *t
	other.stage = stages[0]
	return "did you mean the stage " + alternatives(stages) + "?", other.Command("status")
}

// suggestStages prints the deployed stages similar to the target's stage, which is not deployed.
func (a *app) suggestStages(ctx context.Context, t *target) {
	if similar := t.similarStages(ctx); len(similar) > 0 {
		what, next := t.didYouMean(similar)
		a.console.Hint(view.Capitalize(what), next)
	}
}
