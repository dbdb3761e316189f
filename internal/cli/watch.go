package cli

import (
	"context"
	"errors"
	"strings"
	"time"

	"retrycatch/internal/history"
	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
	"retrycatch/internal/scenario"
	"retrycatch/internal/workflow"
)

// watch follows a running execution to its end. The parameter "argument" is the word on the command
// line that selected the execution.
func (a *app) watch(ctx context.Context, t *target, e history.Execution, argument string) (history.Execution, error) {
	a.console.Progress("Watching %s. Ctrl-C stops watching; the execution continues.", safetext.Line(e.Name))
	r := scenario.Review(e)
	live := a.console.NewLive([]*scenario.Run{r}, a.executionWaitEnds(ctx, t, e.ARN))
	followed, err := workflow.Follow(ctx, t.Config, e.ARN, func(now history.Execution) { live.Update(r, now) })
	live.End()
	if ctx.Err() == nil {
		return followed, err
	}
	again := a.commandLine()
	if !strings.HasPrefix(argument, "arn:") { // "latest" might select another execution next time
		again, _ = a.withCorrection(argument, e.Name)
	}
	what := "the execution " + e.Name + " is still running"
	return e, errors.Join(ctx.Err(), &problem.Problem{What: what, Next: again})
}

// executionWaitEnds returns a function that computes when a waiting step of the execution resumes.
// It returns nil if the console cannot redraw lines.
func (a *app) executionWaitEnds(ctx context.Context, t *target, executionARN string) func(history.Step) time.Time {
	if !a.console.CanRedraw() {
		return nil
	}
	_, text, _ := workflow.DefinitionOf(ctx, t.Config, executionARN)
	return waitEnds(text)
}
