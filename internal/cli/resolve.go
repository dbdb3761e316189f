package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
	"retrycatch/internal/view"
	"retrycatch/internal/workflow"
)

const (
	maxMatches  = 5     // matching names that an error lists
	maxSearched = 10000 // executions that a search reads
)

// nameSearch collects the executions whose names begin or end with a part.
type nameSearch struct {
	part     string
	names    []string                  // every name searched so far
	found    []types.ExecutionListItem // the matching executions
	complete bool                      // whether the search covered every execution
}

// add searches one page of executions. It returns false when the search needs no more pages.
func (c *nameSearch) add(page []types.ExecutionListItem) bool {
	for _, item := range page {
		name := aws.ToString(item.Name)
		c.names = append(c.names, name)
		if c.part != "" && (strings.HasPrefix(name, c.part) || strings.HasSuffix(name, c.part)) {
			c.found = append(c.found, item)
		}
	}
	return len(c.found) < 2 && len(c.names) < maxSearched
}

// resolve returns the only execution whose name begins or ends with part, and prints the full name.
// The caller has checked that no name equals part. newest holds up to maxListed of the newest
// executions, or none. If newest holds every execution, resolve makes no call.
func (a *app) resolve(ctx context.Context, t *target, stateMachine, part string, newest []types.ExecutionListItem) (
	types.ExecutionListItem, error) {
	c := nameSearch{part: part, complete: len(newest) > 0 && len(newest) < maxListed}
	if more := c.add(newest); more && !c.complete {
		c = nameSearch{part: part}
		var err error
		if c.complete, err = workflow.Search(ctx, t.Config, stateMachine, c.add); err != nil {
			return types.ExecutionListItem{}, errors.Join(a.noMatchError(c, t), err)
		}
	}
	switch {
	case len(c.found) == 0:
		return types.ExecutionListItem{}, a.noMatchError(c, t)
	case len(c.found) > 1 || !c.complete:
		return types.ExecutionListItem{}, a.ambiguousError(c)
	}
	a.console.Progress("%s matches the execution %s.", safetext.Line(part), safetext.Line(aws.ToString(c.found[0].Name)))
	return c.found[0], nil
}

// ambiguousError returns a problem for a part that matches two or more names, or one name in an
// incomplete search. The next step uses the newest match.
func (a *app) ambiguousError(c nameSearch) error {
	slices.SortStableFunc(c.found, func(a, b types.ExecutionListItem) int {
		return aws.ToTime(b.StartDate).Compare(aws.ToTime(a.StartDate))
	})
	newest, _ := a.withCorrection(c.part, aws.ToString(c.found[0].Name))
	if len(c.found) == 1 {
		what := fmt.Sprintf("%s is the only match for %q in the newest %d executions, but older executions were not searched",
			aws.ToString(c.found[0].Name), c.part, len(c.names))
		return &problem.Problem{What: what, Next: newest}
	}
	what := fmt.Sprintf("more than one execution name begins or ends with %q; newest first:", c.part)
	for _, item := range c.found[:min(maxMatches, len(c.found))] {
		what += fmt.Sprintf("\n  %s, started %s UTC", aws.ToString(item.Name),
			aws.ToTime(item.StartDate).UTC().Format(time.DateTime))
	}
	if others := len(c.found) - maxMatches; others > 0 {
		what += "\n  and "
		if !c.complete {
			what += "at least "
		}
		what += view.Counted(others, "other")
	}
	return &problem.Problem{What: what, Next: newest}
}

// noMatchError returns a problem for a part that no name begins or ends with.
func (a *app) noMatchError(c nameSearch, t *target) error {
	what := fmt.Sprintf("there is no execution %q", c.part)
	if len(similarNames(c.part, c.names)) == 0 {
		what += "; use a name, a unique prefix or suffix of a name, or " + latest
	}
	return a.wrongWordError(what, c.part, c.names, t.Command("executions"))
}
