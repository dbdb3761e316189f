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

// updateLag limits how long after an update a new execution may still use the previous definition.
// AWS documents a few seconds:
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-read-consistency.html
const updateLag = 30 * time.Second

// UsedDefinition holds the definition that an execution uses.
type UsedDefinition struct {
	Name       string // name of the state machine
	Definition []byte
	Err        error // why the definition cannot be read, or nil
}

// Definitions returns the definitions that listed executions use, in the same order. It calls
// onDone with the number of definitions found so far. The quota of DescribeStateMachineForExecution
// refills only one call a second. So Definitions makes one call per distinct definition, and more
// calls only for executions that started just after an update. After a failed call, Definitions
// makes more calls only if they may succeed.
func Definitions(ctx context.Context, cfg aws.Config, listed []types.ExecutionListItem, onDone func(int)) (
	[]UsedDefinition, error) {
	// Sort the newest executions first. Then the first execution found with a definition is the
	// newest one that used it.
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
	found := make([]UsedDefinition, len(listed))
	for n, i := range order {
		found[i] = f.definition(ctx, n)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		onDone(n + 1)
	}
	return found, nil
}

// finder finds the definitions of executions.
type finder struct {
	cfg    aws.Config
	sorted []types.ExecutionListItem // newest first
	known  revisions
	failed error // an error that all further calls would return too, or nil
}

// definition returns the definition of the nth execution.
func (f *finder) definition(ctx context.Context, n int) UsedDefinition {
	r := f.known.usedBy(f.sorted[n])
	if r != nil {
		return UsedDefinition{Name: r.name, Definition: r.text}
	}
	if f.failed != nil {
		return UsedDefinition{Err: f.failed}
	}
	r, err := f.describe(ctx, n)
	if err != nil {
		return UsedDefinition{Err: err}
	}
	f.extendBack(ctx, n, r)
	return UsedDefinition{Name: r.name, Definition: r.text}
}

// describe reads the revision that the nth execution uses, and adds it to the known revisions.
func (f *finder) describe(ctx context.Context, n int) (*revision, error) {
	r, err := readRevision(ctx, f.cfg, f.sorted[n])
	if err != nil {
		if !affectsOneExecution(err) {
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

// maxSingle limits how many executions that started just after an update are described one by one.
// The quota allows a burst of 200 calls.
const maxSingle = 100

// extendBack assigns revision r of the nth execution to older executions that started just after
// the update. Their start times do not say which revision they use, and a call for each would take
// too long. extendBack looks for an older execution that uses r, oldest candidates first, and
// assumes that all executions between that one and the nth also use r.
func (f *finder) extendBack(ctx context.Context, n int, r *revision) {
	end := n
	for end+1 < len(f.sorted) && f.known.usedBy(f.sorted[end+1]) == nil && !started(f.sorted[end+1]).Before(r.updated) {
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

// affectsOneExecution reports whether the same call may succeed for other executions.
func affectsOneExecution(err error) bool {
	unknown, invalid := (*types.ExecutionDoesNotExist)(nil), (*types.InvalidArn)(nil)
	return errors.As(err, &unknown) || errors.As(err, &invalid)
}

// revision holds a definition, and the times and ARNs that show which executions use it.
type revision struct {
	name    string
	text    []byte
	machine string // ARN of the state machine
	version string // ARN of the published version, which never changes; empty without a version
	updated time.Time
	first   bool      // no earlier revision exists
	newest  time.Time // start of the newest execution that is known to use the revision
	oldest  time.Time // start of the oldest execution that extendBack found, or zero
}

// readRevision reads the revision that an execution uses. A redrive does not change the revision:
// https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
func readRevision(ctx context.Context, cfg aws.Config, item types.ExecutionListItem) (*revision, error) {
	out, err := describeRevision(ctx, cfg, aws.ToString(item.ExecutionArn))
	if err != nil {
		return nil, err
	}
	return newRevision(out, item), nil
}

// newRevision builds a revision. A state machine that was never updated has no revision ID:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineForExecution.html
func newRevision(out *sfn.DescribeStateMachineForExecutionOutput, item types.ExecutionListItem) *revision {
	return &revision{name: aws.ToString(out.Name), text: []byte(aws.ToString(out.Definition)),
		machine: aws.ToString(item.StateMachineArn), version: aws.ToString(item.StateMachineVersionArn),
		updated: aws.ToTime(out.UpdateDate), first: out.RevisionId == nil, newest: started(item)}
}

type revisions []*revision

// usedBy returns the known revision that an execution uses, or nil if this is not known yet.
func (all revisions) usedBy(item types.ExecutionListItem) *revision {
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

// covers reports whether every execution that started at this time uses r. Either of two conditions
// is sufficient. The start lies in the range that extendBack found. Or the start is at least
// updateLag after r's update, a newer execution also uses r, and no other update is known between
// r's update and the start. An update is unknown if no described execution uses its definition. The
// first revision has no lag, because no previous definition exists.
func (all revisions) covers(r *revision, start time.Time) bool {
	if !r.oldest.IsZero() && !start.Before(r.oldest) && !start.After(r.newest) {
		return true
	}
	from := r.updated.Add(updateLag)
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
