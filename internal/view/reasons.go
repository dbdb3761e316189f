package view

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/aws/smithy-go"

	"retrycatch/internal/scenario"
)

// maxReasons limits the number of reasons in a text. The JSON document lists every execution.
const maxReasons = 5

// runGroup holds runs with the same outcome for the same reason.
type runGroup struct{ runs []*scenario.Run }

func (r runGroup) example() *scenario.Run { return r.runs[0] }

// runGroups holds groups, the largest first.
type runGroups []runGroup

func groupRuns(runs []*scenario.Run, key func(*scenario.Run) string) runGroups {
	var groups runGroups
	known := map[string]int{}
	for _, r := range runs {
		k := key(r)
		i, ok := known[k]
		if !ok {
			i = len(groups)
			known[k], groups = i, append(groups, runGroup{})
		}
		groups[i].runs = append(groups[i].runs, r)
	}
	slices.SortStableFunc(groups, func(a, b runGroup) int { return cmp.Compare(len(b.runs), len(a.runs)) })
	return groups
}

// largest returns at most maxReasons groups, the largest first.
func (r runGroups) largest() runGroups { return r[:min(len(r), maxReasons)] }

// showRest prints the number of runs in the groups that r.largest() omits.
func (r runGroups) showRest(c *Console) {
	rest := 0
	for _, group := range r[len(r.largest()):] {
		rest += len(group.runs)
	}
	if rest > 0 {
		text := "and " + Counted(rest, "more execution") + " for other reasons; --output json lists all"
		c.Print("%s", wrapText(text, c.width, 0))
	}
}

// lossGroupKey returns the same key for runs that were lost for the same reason. Their error
// messages can differ, for example in the request ID.
func lossGroupKey(r *scenario.Run) string {
	operation, response := (*smithy.OperationError)(nil), smithy.APIError(nil)
	switch {
	case errors.Is(r.Err, context.Canceled):
		return lossReason(r)
	case errors.As(r.Err, &response) && errors.As(r.Err, &operation):
		return operation.Operation() + ": " + response.ErrorCode()
	case errors.As(r.Err, &operation):
		return operation.Operation() + ": " + innermost(r.Err).Error()
	default:
		return lossReason(r)
	}
}

// innermost returns the last error in a chain of wrapped errors.
func innermost(err error) error {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return err
}
