package workflow

import (
	"bytes"
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
// once for each distinct definition, and more often only just after an update: the quota of that
// call refills one a second. An error of one execution does not stop the others, unless all would
// fail with it.
func Definitions(ctx context.Context, cfg aws.Config, listed []types.ExecutionListItem, done func(int)) (
	[]Use, error) {
	// The newest first: the first execution with a definition then tells until when it was in use.
	order := make([]int, len(listed))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return started(listed[b]).Compare(started(listed[a])) })
	sorted := make([]types.ExecutionListItem, len(listed))
	for n, i := range order {
		sorted[n] = listed[i]
	}
	f := finder{cfg: cfg, sorted: sorted}
	found := make([]Use, len(listed))
	for n, i := range order {
		found[i] = f.use(ctx, n)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		done(n + 1)
	}
	return found, nil
}

// finder finds the definitions of executions, the newest first.
type finder struct {
	cfg    aws.Config
	sorted []types.ExecutionListItem
	known  revisions
	failed error // that every execution would meet
}

// use returns the definition of the nth execution.
func (f *finder) use(ctx context.Context, n int) Use {
	r := f.known.of(f.sorted[n])
	if r != nil {
		return Use{Name: r.name, Definition: r.text}
	}
	if f.failed != nil {
		return Use{Err: f.failed}
	}
	r, err := f.ask(ctx, n)
	if err != nil {
		return Use{Err: err}
	}
	f.bracket(ctx, n, r)
	return Use{Name: r.name, Definition: r.text}
}

// ask asks for the definition of the nth execution.
func (f *finder) ask(ctx context.Context, n int) (*revision, error) {
	r, err := askRevision(ctx, f.cfg, f.sorted[n])
	if err != nil {
		if !ofOne(err) {
			f.failed = err
		}
		return nil, err
	}
	for _, k := range f.known {
		if k.machine == r.machine && k.version == r.version && k.updated.Equal(r.updated) && bytes.Equal(k.text, r.text) {
			if r.newest.After(k.newest) {
				k.newest = r.newest
			}
			return k, nil
		}
	}
	f.known = append(f.known, r)
	return r, nil
}

// singly is how many executions just after an update are asked for one by one. The quota allows 200
// calls at once.
const singly = 100

// bracket looks for the oldest execution after the nth that uses its revision, too, among those
// that started just after its update. Their times do not tell, and one call for each of many takes
// too long. It then counts the executions in between as using the same revision.
func (f *finder) bracket(ctx context.Context, n int, r *revision) {
	end := n
	for end+1 < len(f.sorted) && f.known.of(f.sorted[end+1]) == nil && !started(f.sorted[end+1]).Before(r.updated) {
		end++
	}
	if end-n <= singly {
		return
	}
	for far := end; far > n && f.failed == nil && ctx.Err() == nil; far = n + (far-n)/2 {
		if other, err := f.ask(ctx, far); err == nil && other == r {
			r.oldest = started(f.sorted[far])
			return
		}
	}
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
	newest  time.Time // the start of the newest execution that AWS said to use it
	oldest  time.Time // the start of the oldest execution that bracket found to use it, or zero
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
		updated: aws.ToTime(out.UpdateDate), first: out.RevisionId == nil, newest: started(item)}
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

// covers reports whether every execution that started at this time uses the revision: bracket found
// so, or the revision was in use everywhere by then, still was at the start of a newer execution, and
// no update in between is known. An update is unknown if no execution that was asked for uses it.
func (all revisions) covers(r *revision, start time.Time) bool {
	if !r.oldest.IsZero() && !start.Before(r.oldest) && !start.After(r.newest) {
		return true
	}
	from := r.updated.Add(unsettled)
	if r.first {
		from = r.updated
	}
	if start.Before(from) || start.After(r.newest) {
		return false
	}
	return !slices.ContainsFunc(all, func(next *revision) bool {
		return next.machine == r.machine && next.version == "" && next.updated.After(r.updated) && !next.updated.After(start)
	})
}
