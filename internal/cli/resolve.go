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
	maxMatches  = 5     // limits the matching names that an error lists
	maxSearched = 10000 // limits the executions that a search reads
)

// nameSearch collects the executions whose names begin or end with a fragment.
type nameSearch struct {
	fragment string
	names    []string                  // every name searched so far
	found    []types.ExecutionListItem // the matching executions
	complete bool                      // whether the search covered every execution
}

// add searches one page of executions. It returns false to end the search.
func (s *nameSearch) add(page []types.ExecutionListItem) bool {
	for _, item := range page {
		name := aws.ToString(item.Name)
		s.names = append(s.names, name)
		if s.fragment != "" && (strings.HasPrefix(name, s.fragment) || strings.HasSuffix(name, s.fragment)) {
			s.found = append(s.found, item)
		}
	}
	return len(s.found) < 2 && len(s.names) < maxSearched
}

// resolve returns the only execution whose name begins or ends with the fragment, and prints the
// full name. The caller has checked that no name equals the fragment. The parameter "newest" holds
// up to maxListed of the newest executions, or none. If these suffice, resolve makes no call.
func (a *app) resolve(ctx context.Context, t *target, stateMachine, fragment string, newest []types.ExecutionListItem) (
	types.ExecutionListItem, error) {
	s := nameSearch{fragment: fragment, complete: len(newest) > 0 && len(newest) < maxListed}
	if more := s.add(newest); more && !s.complete {
		s = nameSearch{fragment: fragment}
		var err error
		if s.complete, err = workflow.Search(ctx, t.Config, stateMachine, s.add); err != nil {
			return types.ExecutionListItem{}, errors.Join(a.noMatchError(s, t), err)
		}
	}
	switch {
	case len(s.found) == 0:
		return types.ExecutionListItem{}, a.noMatchError(s, t)
	case len(s.found) > 1 || !s.complete:
		return types.ExecutionListItem{}, a.ambiguousError(s)
	}
	a.console.Progress("%s matches the execution %s.", safetext.Line(fragment),
		safetext.Line(aws.ToString(s.found[0].Name)))
	return s.found[0], nil
}

// ambiguousError returns a problem for a fragment that matches two or more names, or one name in an
// incomplete search. The next step uses the newest match.
func (a *app) ambiguousError(s nameSearch) error {
	slices.SortStableFunc(s.found, func(a, b types.ExecutionListItem) int {
		return aws.ToTime(b.StartDate).Compare(aws.ToTime(a.StartDate))
	})
	next, _ := a.withCorrection(s.fragment, aws.ToString(s.found[0].Name))
	if len(s.found) == 1 {
		what := fmt.Sprintf("%s is the only match for %q in the newest %d executions, but older executions were not searched",
			aws.ToString(s.found[0].Name), s.fragment, len(s.names))
		return &problem.Problem{What: what, Next: next}
	}
	what := fmt.Sprintf("more than one execution name begins or ends with %q; newest first:", s.fragment)
	for _, item := range s.found[:min(maxMatches, len(s.found))] {
		what += fmt.Sprintf("\n  %s, started %s UTC", aws.ToString(item.Name),
			aws.ToTime(item.StartDate).UTC().Format(time.DateTime))
	}
	if others := len(s.found) - maxMatches; others > 0 {
		what += "\n  and "
		if !s.complete {
			what += "at least "
		}
		what += view.Counted(others, "other")
	}
	return &problem.Problem{What: what, Next: next}
}

// noMatchError returns a problem for a fragment that no name begins or ends with.
func (a *app) noMatchError(s nameSearch, t *target) error {
	what := fmt.Sprintf("there is no execution %q", s.fragment)
	if len(similarNames(s.fragment, s.names)) == 0 {
		what += "; use a name, a unique prefix or suffix of a name, or " + latest
	}
	return a.wrongWordError(what, s.fragment, s.names, t.Command("executions"))
}
