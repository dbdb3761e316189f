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

// unsettled is the time after an update during which a new execution may still use the previous
// definition. According to AWS, it takes seconds:
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-read-consistency.html
const unsettled = 30 * time.Second

// Use holds the definition that an execution uses.
type Use struct {
	Name       string // of the state machine
	Definition []byte
	Err        error // the reason why the definition cannot be read
}

// Definitions returns the definitions that listed executions use, in the same order. It calls done
// with the number of definitions so far. It calls DescribeStateMachineForExecution once for each
// distinct definition, and more often only just after an update: its quota refills one call a
// second. After an error of one execution, it continues with the others, unless all would fail.
func Definitions(ctx context.Context, cfg aws.Config, listed []types.ExecutionListItem, done func(int)) (
	[]Use, error) {
	// Newest first: the first execution with a definition shows how long it was in use.
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

// finder finds the definitions of executions.
type finder struct {
	cfg    aws.Config
	sorted []types.ExecutionListItem // newest first
	known  revisions
	failed error // all further calls would return it
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
	r, err := f.describe(ctx, n)
	if err != nil {
		return Use{Err: err}
	}
	f.bracket(ctx, n, r)
	return Use{Name: r.name, Definition: r.text}
}

// describe reads the definition of the nth execution.
func (f *finder) describe(ctx context.Context, n int) (*revision, error) {
	r, err := readRevision(ctx, f.cfg, f.sorted[n])
	if err != nil {
		if !affectsOne(err) {
			f.failed = err
		}
		return nil, err
	}
	for _, k := range f.known {
		if k.machine == r.machine && k.version == r.version && k.updated.Equal(r.updated) &&
			bytes.Equal(k.text, r.text) {
			if r.newest.After(k.newest) {
				k.newest = r.newest
			}
			return k, nil
		}
	}
	f.known = append(f.known, r)
	return r, nil
}

// maxSingle limits the executions just after an update that are described one by one. The quota
// allows 200 calls at once.
const maxSingle = 100

// bracket searches the executions that started just after an update, for which the start time does
// not determine the revision. It finds the oldest one with the revision of the nth, and assumes the
// same revision for all between the two. One call for each would take too long.
func (f *finder) bracket(ctx context.Context, n int, r *revision) {
	end := n
	for end+1 < len(f.sorted) && f.known.of(f.sorted[end+1]) == nil && !started(f.sorted[end+1]).Before(r.updated) {
		end++
	}
	if end-n <= maxSingle {
		return
	}
	for far := end; far > n && f.failed == nil && ctx.Err() == nil; far = n + (far-n)/2 {
		if other, err := f.describe(ctx, far); err == nil && other == r {
			r.oldest = started(f.sorted[far])
			return
		}
	}
}

func started(item types.ExecutionListItem) time.Time { return aws.ToTime(item.StartDate) }

// affectsOne reports whether other executions may succeed despite an error.
func affectsOne(err error) bool {
	unknown, gone := (*types.ExecutionDoesNotExist)(nil), (*types.InvalidArn)(nil)
	return errors.As(err, &unknown) || errors.As(err, &gone)
}

// revision holds a definition and identifies the executions that certainly use it.
type revision struct {
	name    string
	text    []byte
	machine string // ARN of the state machine
	version string // ARN of the published version; its executions use nothing else
	updated time.Time
	first   bool      // no earlier revision exists
	newest  time.Time // start of the newest execution that AWS reported with it
	oldest  time.Time // start of the oldest execution that bracket found with it, or zero
}

// readRevision reads the revision that an execution uses. A redriven execution uses the revision of
// its first start: https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
func readRevision(ctx context.Context, cfg aws.Config, item types.ExecutionListItem) (*revision, error) {
	out, err := describeRevision(ctx, cfg, aws.ToString(item.ExecutionArn))
	if err != nil {
		return nil, err
	}
	return newRevision(out, item), nil
}

// newRevision returns a revision. A state machine that was never updated has no revision ID:
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

// covers reports whether every execution that started at this time uses the revision. Either
// bracket found so, or the revision was in use everywhere before, and a newer execution used it
// too, without a known update in between. An update is unknown if none of the described executions
// uses it.
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
		return next.machine == r.machine && next.version == "" && next.updated.After(r.updated) &&
			!next.updated.After(start)
	})
}
