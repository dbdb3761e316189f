package teardown

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
)

const (
	// deletingLimit limits the wait while a service reports a deletion in progress. A state machine
	// is DELETING until all of its executions have ended. Each ends at its next transition.
	deletingLimit = 5 * time.Minute
	// consistencyLimit limits the wait while a service still returns a deleted resource. IAM may
	// return a deleted role for a few seconds:
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
	consistencyLimit = 30 * time.Second
	// maxRemovals limits how many times the teardown removes log groups that reappear.
	maxRemovals = 5
)

// The wait between two queries about a resource grows from pollFirst to pollLast.
const (
	pollFirst = 100 * time.Millisecond
	pollLast  = 5 * time.Second
)

func nextWait(wait time.Duration) time.Duration { return min(wait*3/2, pollLast) }

// verification queries the resources of a teardown until their states are final.
type verification struct {
	*teardown
	once     bool          // query once, without waiting
	settle   time.Duration // the wait before the last query of all resources
	settled  bool          // the wait of length settle has begun, because nothing is pending
	removals int           // number of times that run removed reappeared log groups
}

// run queries each resource's own service until no resource is pending, or a time limit has passed.
// If no resource is pending, run then waits for the duration settle and queries all resources once
// more, for three reasons. Somebody may have created a resource, an earlier read may have been
// stale, and a function's last log lines may have recreated the function's log group. run stores
// the final items in the report.
func (v *verification) run(ctx context.Context) error {
	defer func() { v.report.Items = v.final() }()
	start := time.Now()
	for wait := pollFirst; ; wait = nextWait(wait) {
		pending, limit, err := v.queryAll(ctx)
		if err != nil {
			return err
		}
		reappeared := v.reappearedLogGroups()
		done := pending == 0 && len(reappeared) == 0
		switch {
		case v.once, done && v.settled:
			return nil
		case done:
			v.settled = true
			if err := sleep(ctx, v.settle); err != nil {
				return err
			}
			continue
		case pending == 0 && v.removals < maxRemovals:
			v.settled = false
			v.removals++
			if err := v.removeReappeared(ctx, reappeared); err != nil {
				return err
			}
		case time.Since(start)+wait > limit:
			return nil
		}
		v.progress.Waiting(pending+len(reappeared), len(v.items))
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// final returns the items in their final state. If a service does not report creation times, a
// resource that still exists may be the stack's own, so final sets its state to Remaining.
func (v *verification) final() []Item {
	for i := range v.items {
		if item := &v.items[i]; item.State == Foreign && item.reappearance == undated {
			item.State, item.Removable = Remaining, false
			item.Why = "still exists; it may be new, because its service does not report when it was created"
		}
	}
	return v.items
}

// queryAll queries each resource whose state may change. Once v.settled is set, it queries every
// resource. It returns the number of pending resources and the limit on the total wait.
func (v *verification) queryAll(ctx context.Context) (pending int, limit time.Duration, err error) {
	if err := v.findOtherStack(ctx); err != nil {
		return 0, 0, err
	}
	limit = consistencyLimit
	for i := range v.items {
		item := &v.items[i]
		if done := item.State == Gone || item.State == Unknown && session.Denied(item.Err); !done || v.settled {
			if err := v.judge.observe(ctx, v.cfg, item); err != nil {
				return 0, 0, err
			}
			v.progress.ShowItem(*item)
		}
		if item.pending() {
			pending++
		}
		if item.seen.Deleting() {
			limit = deletingLimit
		}
	}
	return pending, limit, nil
}

// findOtherStack checks whether somebody created another stack with the deployment's name. From
// then on, the teardown removes nothing, because each resource may belong to the other stack.
func (t *teardown) findOtherStack(ctx context.Context) error {
	if t.judge.otherStack != nil {
		return nil
	}
	found, err := inventory.FindStack(ctx, t.cfg, t.plan.Target.StackName)
	if err != nil {
		return fmt.Errorf("cannot check whether another stack named %s exists: %w", t.plan.Target.StackName, err)
	}
	// A stale read may still return the stack that was deleted.
	known := func(record inventory.Record) bool { return record.Stack.ARN == found.ARN }
	if found == nil || found.Gone() || slices.ContainsFunc(t.plan.records, known) {
		return nil
	}
	t.judge.otherStack = found
	t.progress.Say(fmt.Sprintf("another stack named %s was created at %s: the teardown removes no more resources",
		found.Name, found.Created.UTC().Format(time.RFC3339)))
	return nil
}

// functionLogs is the prefix of the log groups that Lambda creates.
const functionLogs = "/aws/lambda/"

// reappearedLogGroups returns the log groups that Lambda recreated after they were deleted, to
// write a deleted function's last log lines. The stack does not give the function's role this
// permission, but somebody may have attached another policy.
func (v *verification) reappearedLogGroups() (groups []*Item) {
	for i := range v.items {
		item := &v.items[i]
		name, isFunctionLog := strings.CutPrefix(item.Resource.ID, functionLogs)
		gone := slices.ContainsFunc(v.items, func(other Item) bool {
			return other.Resource == resource.Resource{Kind: resource.Function, ID: name} && other.State == Gone
		})
		if item.State == Foreign && item.reappearance == flushed && isFunctionLog && gone {
			groups = append(groups, item)
		}
	}
	return groups
}

func (v *verification) removeReappeared(ctx context.Context, groups []*Item) error {
	for _, item := range groups {
		if err := v.findOtherStack(ctx); err != nil || v.judge.otherStack != nil {
			return err
		}
		v.progress.Say("the " + item.Resource.String() + " has reappeared")
		if err := v.remove(ctx, item); err != nil {
			return err
		}
	}
	return nil
}

func sleep(ctx context.Context, wait time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait):
		return nil
	}
}
