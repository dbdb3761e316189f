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
	// is DELETING until each of its executions stops at its next transition.
	deletingLimit = 5 * time.Minute
	// consistencyLimit limits the wait while a service still shows a deleted resource. IAM may do
	// so for a few seconds:
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
	consistencyLimit = 30 * time.Second
	// mostRemovals limits how many times the teardown removes a reappearing log group.
	mostRemovals = 5
)

// The wait between two queries about a resource grows from pollFirst to pollLast.
const (
	pollFirst = 100 * time.Millisecond
	pollLast  = 5 * time.Second
)

// longer returns the next, longer wait.
func longer(wait time.Duration) time.Duration { return min(wait*3/2, pollLast) }

// proof queries the resources of a teardown until their states are final.
type proof struct {
	*teardown
	once    bool          // query once, without waiting
	settle  time.Duration // the wait before a second query about all resources
	settled bool          // nothing is pending, and settle has passed
	// removals counts the removals of reappeared log groups.
	removals int
}

// run queries each resource's own service until all resources are gone, or a time limit has passed.
// When nothing is pending, it waits for settle and queries everything once more. Meanwhile,
// somebody may have created a resource, an earlier read may have been stale, or a function's last
// lines may have recreated its log group. run puts the final items into the report.
func (p *proof) run(ctx context.Context) error {
	defer func() { p.report.Items = p.final() }()
	start := time.Now()
	for wait := pollFirst; ; wait = longer(wait) {
		pending, limit, err := p.lookAtAll(ctx)
		if err != nil {
			return err
		}
		late := p.lateFlushes()
		quiet := pending == 0 && len(late) == 0
		switch {
		case p.once, quiet && p.settled:
			return nil
		case quiet:
			p.settled = true
			if err := sleep(ctx, p.settle); err != nil {
				return err
			}
			continue
		case pending == 0 && p.removals < mostRemovals:
			p.settled = false
			p.removals++
			if err := p.removeLate(ctx, late); err != nil {
				return err
			}
		case time.Since(start)+wait > limit:
			return nil
		}
		p.progress.Waiting(pending+len(late), len(p.items))
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// final returns the items in their final state. If a service does not report creation times, a
// resource that still exists may be the stack's own. Such a resource counts as left, and final does
// not remove it.
func (p *proof) final() []Item {
	for i := range p.items {
		if item := &p.items[i]; item.Now == Foreign && item.again == undated {
			item.Now, item.Removable = Left, false
			item.Why = "still exists and may be the stack's own or a new one: its service does not report when it was created"
		}
	}
	return p.items
}

// lookAtAll queries each resource whose state may change, or all resources once everything has
// settled. It returns the number of pending resources and the limit of the wait for them.
func (p *proof) lookAtAll(ctx context.Context) (pending int, limit time.Duration, err error) {
	if err := p.findOther(ctx); err != nil {
		return 0, 0, err
	}
	limit = consistencyLimit
	for i := range p.items {
		item := &p.items[i]
		if done := item.Now == Gone || item.Now == Unknown && session.Denied(item.Err); !done || p.settled {
			if err := p.judge.look(ctx, p.cfg, item); err != nil {
				return 0, 0, err
			}
			p.progress.Look(*item)
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

// findOther looks for another stack with the deployment's name. Once it finds one, every existing
// resource may belong to that stack, so the teardown does not touch it.
func (t *teardown) findOther(ctx context.Context) error {
	if t.judge.other != nil {
		return nil
	}
	now, err := inventory.FindStack(ctx, t.cfg, t.plan.Target.StackName)
	if err != nil {
		return fmt.Errorf("cannot check whether another stack of this name exists: %w", err)
	}
	// A stale read may still show a deleted stack.
	known := func(record inventory.Record) bool { return record.Stack.ARN == now.ARN }
	if now == nil || now.Gone() || slices.ContainsFunc(t.plan.records, known) {
		return nil
	}
	t.judge.other = now
	t.progress.Say(fmt.Sprintf("another stack %s was created at %s: nothing that still exists is removed",
		now.Name, now.Created.UTC().Format(time.RFC3339)))
	return nil
}

// functionLogs is the prefix of the log groups that Lambda creates.
const functionLogs = "/aws/lambda/"

// lateFlushes returns the log groups that Lambda recreated after their deletion, to write a deleted
// function's last lines. The function's own role does not permit this, but somebody may have
// attached a policy that does.
func (p *proof) lateFlushes() (late []*Item) {
	for i := range p.items {
		item := &p.items[i]
		name, ofFunction := strings.CutPrefix(item.Resource.ID, functionLogs)
		gone := slices.ContainsFunc(p.items, func(other Item) bool {
			return other.Resource == resource.Resource{Kind: resource.Function, ID: name} && other.Now == Gone
		})
		if item.Now == Foreign && item.again == flushed && ofFunction && gone {
			late = append(late, item)
		}
	}
	return late
}

func (p *proof) removeLate(ctx context.Context, late []*Item) error {
	for _, item := range late {
		if err := p.findOther(ctx); err != nil || p.judge.other != nil {
			return err
		}
		p.progress.Say("the " + item.Resource.String() + " has reappeared")
		if err := p.remove(ctx, item); err != nil {
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
