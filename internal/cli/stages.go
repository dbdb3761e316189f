package cli

import (
	"context"
	"slices"
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

// similarStages returns the deployed stages with names similar to the target's stage. It omits
// stacks of other projects.
func (t *target) similarStages(ctx context.Context) []string {
	if t.stage == "" {
		return nil
	}
	return slices.DeleteFunc(similarNames(t.stage, t.stages(ctx)), func(stage string) bool {
		stack, err := inventory.FindStack(ctx, t.Config, deployment.AllNames(stage, "").Stack)
		return err != nil || stack == nil || !stack.Ours()
	})
}

// unknownStageError returns a problem for a target whose stack is not deployed. The next step is
// this command line with the most similar deployed stage. If none is similar, it deploys the
// target's stage.
func (a *app) unknownStageError(ctx context.Context, t *target) error {
	missing := t.notDeployedError()
	similar := t.similarStages(ctx)
	if len(similar) == 0 {
		return missing
	}
	what, next := a.didYouMean(similar)
	return &problem.Problem{What: missing.Error() + "; " + what, Next: next}
}

// didYouMean returns a question that suggests the stages, and this command line with the first one.
func (a *app) didYouMean(stages []string) (what, next string) {
	return "did you mean the stage " + alternatives(stages) + "?", a.withFlag(deployment.OptionStage, stages[0])
}

// showWithStages shows the status. If the target is not deployed, it suggests similar deployed
// stages instead of a deployment.
func (a *app) showWithStages(ctx context.Context, t *target, s *view.Status, output outputFlag) {
	var similar []string
	if !s.Deployed {
		similar = t.similarStages(ctx)
	}
	if len(similar) == 0 {
		a.show(s, output)
		return
	}
	s.Suggestion = ""
	a.show(s, output)
	what, next := a.didYouMean(similar)
	a.console.Hint(view.Capitalize(what), next)
}
