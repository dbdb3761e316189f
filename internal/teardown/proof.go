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
	// deletingLimit limits the wait while a service says that a deletion is in progress. A state
	// machine is DELETING until each of its executions reaches the next transition and stops.
	deletingLimit = 5 * time.Minute
	// consistencyLimit limits the wait while a service still shows a deleted resource. IAM does so
	// for some seconds:
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
	consistencyLimit = 30 * time.Second
	// mostRemovals limits the removals of log groups that come back.
	mostRemovals = 5
)

// The wait between two questions about the same thing grows from pollFirst to pollLast.
const (
	pollFirst = 100 * time.Millisecond
	pollLast  = 5 * time.Second
)

// longer returns the wait that follows another.
func longer(wait time.Duration) time.Duration { return min(wait*3/2, pollLast) }

// proof asks for each resource of a teardown until its state is final.
type proof struct {
	*teardown
	once    bool          // ask once, and wait for nothing
	settle  time.Duration // the wait before it asks for everything once more
	settled bool          // nothing is pending, and settle has passed
	// removals counts the removals of log groups that had come back.
	removals int
}

// run asks each resource's own service, and repeats this until all are gone or the time limit has
// passed. When nothing is pending it waits for settle and asks for everything once more: somebody
// may have created a resource meanwhile, a read may have been stale, and a function's last lines
// may have brought its log group back. It puts the final items into the report.
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

// final returns the items in their final state. An existing resource that the stack had until now
// and that its service does not date may be the stack's own: it counts as left, and is not removed.
func (p *proof) final() []Item {
	for i := range p.items {
		if item := &p.items[i]; item.Now == Foreign && item.again == undated {
			item.Now, item.Removable = Left, false
			item.Why = "still exists, and may be the stack's own or a new one: its service does not say when it was created"
		}
	}
	return p.items
}

// lookAtAll asks for each resource whose state may change, or for all once everything has settled.
// It returns the number of pending resources, and how long to wait for them.
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

// findOther looks for another stack with the deployment's name than the plan's. From then on, every
// existing resource may belong to that stack, so the teardown leaves it alone.
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
	t.progress.Say(fmt.Sprintf("another stack %s was created at %s: every resource that exists now is left alone",
		now.Name, now.Created.UTC().Format(time.RFC3339)))
	return nil
}

// functionLogs is the prefix of the log groups that Lambda creates for functions.
const functionLogs = "/aws/lambda/"

// lateFlushes returns the log groups that Lambda created again, after their deletion, for the last
// lines of a function that is gone. The function's own role may not create log groups, but somebody
// may have given it a policy that allows this.
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
		p.progress.Say("the " + item.Resource.String() + " has come back")
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
