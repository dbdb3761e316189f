package e2e

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Two people destroy the same stack while 300 executions run.
func TestConcurrentTeardowns(t *testing.T) {
	t.Parallel()
	b := deployBlueprint(t).withDelayedRetries(t)
	c := newCloud(t)
	c.bootstrap(t, b)
	before := c.resources(t)
	stateMachine := c.create(t, b.template).Outputs["StateMachineArn"]

	var starting sync.WaitGroup
	for range 10 {
		starting.Go(func() {
			for range 30 {
				c.startExecution(t, stateMachine)
			}
		})
	}
	starting.Wait()

	var stopped atomic.Int64
	var teardowns sync.WaitGroup
	for range 2 {
		teardowns.Go(func() {
			// The later teardown finds a deletion in progress or no stack.
			r := c.run(t, "destroy", "--yes", "--output", "json")
			if r.code != 0 {
				t.Errorf("got exit code %d, want 0:\n%s\n%s", r.code, r.stderr, r.stdout)
				return
			}
			document := decode[destroyDocument](t, r)
			stopped.Add(int64(document.Stopped))
			for _, resource := range document.Resources {
				if !resource.Gone {
					t.Errorf("%s %s still exists: %s", resource.Type, resource.Name, resource.Proof)
				}
			}
		})
	}
	teardowns.Wait()
	if stopped.Load() == 0 {
		t.Error("got 0 stopped executions, want some")
	}
	if diff := cmp.Diff(before, c.resources(t)); diff != "" {
		t.Errorf("the account changed (-before +after):\n%s", diff)
	}
	c.mustRun(t, 0, "destroy", "--yes").wantText(t, "There is nothing to destroy")
}
