package workflow

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// unsettled is the time after an update in which an execution may still use the previous
// definition. AWS says that it is seconds:
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-read-consistency.html
const unsettled = 30 * time.Second

// Use is the definition that an execution uses.
type Use struct {
	Name       string // of the state machine
	Definition []byte
	Err        error // the reason why the definition cannot be read
}

// Definitions returns the definitions that listed executions use, in the same order. It calls done
// with the number of executions whose definition it has. It asks DescribeStateMachineForExecution
// once for each distinct definition, not for each execution: the quota of that call refills one a
// second. An error of one execution does not stop the others, unless all would fail with it.
func Definitions(ctx context.Context, cfg aws.Config, listed []types.ExecutionListItem, done func(int)) (
	[]Use, error) {
	found := make([]Use, len(listed))
	order := make([]int, len(listed))
	for i := range order {
		order[i] = i
	}
	// Newest first, so the first execution with a definition tells until when the definition was in
	// use.
	slices.SortStableFunc(order, func(a, b int) int { return started(listed[b]).Compare(started(listed[a])) })
	var known revisions
	var failed error
	for n, i := range order {
		r := known.of(listed[i])
		if r == nil && failed == nil {
			var err error
			if r, err = askRevision(ctx, cfg, listed[i]); err != nil {
				found[i].Err = err
				if !ofOne(err) {
					failed = err
				}
			} else {
				known = append(known, r)
			}
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		switch {
		case r != nil:
			found[i] = Use{Name: r.name, Definition: r.text}
		case failed != nil:
			found[i].Err = failed
		}
		done(n + 1)
	}
	return found, nil
}

func started(item types.ExecutionListItem) time.Time { return aws.ToTime(item.StartDate) }

// ofOne reports whether an error may concern one execution only.
func ofOne(err error) bool {
	unknown, gone := (*types.ExecutionDoesNotExist)(nil), (*types.InvalidArn)(nil)
	return errors.As(err, &unknown) || errors.As(err, &gone)
}

// revision is a definition, and the executions that certainly use it.
type revision struct {
	name    string
	text    []byte
	machine string // ARN of the state machine
	version string // ARN of the published version; its executions use nothing else
	updated time.Time
	first   bool      // no earlier revision exists
	until   time.Time // the start of the newest execution that uses it
}

// askRevision asks for the revision that an execution uses. A redriven execution uses that of its
// first start: https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
func askRevision(ctx context.Context, cfg aws.Config, item types.ExecutionListItem) (*revision, error) {
	out, err := describeRevision(ctx, cfg, aws.ToString(item.ExecutionArn))
	if err != nil {
		return nil, err
	}
	return newRevision(out, item), nil
}

// newRevision builds a revision. The revision ID of a state machine that was never updated is null:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineForExecution.html
func newRevision(out *sfn.DescribeStateMachineForExecutionOutput, item types.ExecutionListItem) *revision {
	return &revision{name: aws.ToString(out.Name), text: []byte(aws.ToString(out.Definition)),
		machine: aws.ToString(item.StateMachineArn), version: aws.ToString(item.StateMachineVersionArn),
		updated: aws.ToTime(out.UpdateDate), first: out.RevisionId == nil, until: started(item)}
}

type revisions []*revision

// of returns the known revision that an execution certainly uses, or nil.
func (all revisions) of(item types.ExecutionListItem) *revision {
	for _, r := range all {
		if r.machine != aws.ToString(item.StateMachineArn) || r.version != aws.ToString(item.StateMachineVersionArn) {
			continue
		}
		if r.version != "" || all.covers(r, started(item)) {
			return r
		}
	}
	return nil
}

// covers reports whether every execution that started at this time uses the revision: it was in
// use everywhere by then, still was at the start of a newer execution, and no update in between is
// known. An update is unknown if no execution that was asked for uses it.
func (all revisions) covers(r *revision, start time.Time) bool {
	from := r.updated.Add(unsettled)
	if r.first {
		from = r.updated
	}
	if start.Before(from) || start.After(r.until) {
		return false
	}
	return !slices.ContainsFunc(all, func(next *revision) bool {
		return next.machine == r.machine && next.version == "" && next.updated.After(r.updated) && !next.updated.After(start)
	})
}
