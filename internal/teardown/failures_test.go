package teardown

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/accountstub"
	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
)

// accountWithObstacles returns an account in which a teardown makes every possible call. It has
// executions, termination protection, holds, and staged files. CloudFormation cannot delete the
// role, and the log group reappears.
func accountWithObstacles(t *testing.T) *account {
	a, s := accountWithAssets(t)
	s.Protected = true
	a.FirstInstance(role).ManagedPolicies, a.FirstInstance(role).DeletionError = []string{readOnly}, "cannot be deleted"
	a.FirstInstance(machine).RunningExecutions = []string{"first"}
	a.FirstInstance(group).RecreatedAfter = time.Second
	a.Deploy("retrycatch-dev", ago(time.Hour)).Template = templateWithCode("earlier.zip")
	return a
}

// outcome holds a teardown's plan, report and error.
type outcome struct {
	failure string // the failure during the teardown, for messages
	plan    Plan
	report  Report
	err     error
}

func tearDown(ctx context.Context, cfg aws.Config) (result outcome) {
	if result.plan, result.err = Read(ctx, cfg, target()); result.err != nil {
		return result
	}
	if result.err = result.plan.FindAssets(ctx, cfg); result.err != nil {
		return result
	}
	result.report, result.err = Execute(ctx, cfg, result.plan, Options{Force: true, Assets: true}, silent{})
	return result
}

// contains reports whether any error in the outcome wraps err.
func (o outcome) contains(err error) bool {
	all := slices.Concat([]error{o.err, o.report.StopErr}, o.plan.Warnings, o.report.Warnings)
	for _, item := range slices.Concat(o.plan.Items, o.report.Items) {
		all = append(all, item.Err)
	}
	return errors.Is(errors.Join(all...), err)
}

// statesWithoutFailure returns the final states of a teardown without failures.
func statesWithoutFailure(t *testing.T) (want map[resource.Resource]State) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		result := tearDown(t.Context(), accountWithObstacles(t).Config())
		if result.err != nil {
			t.Fatal(result.err)
		}
		want = states(result.report.Items)
	})
	return want
}

// requireHonest checks the outcome of a teardown in which a call failed. A resource that is
// reported as gone must not exist. If the teardown returns an error, the outcome must contain
// failureErr. Otherwise, each state must equal the state in want, or say that the resource might
// still exist.
func requireHonest(t *testing.T, a *account, result outcome, failureErr error, want map[resource.Resource]State) {
	t.Helper()
	got := states(result.report.Items)
	for r, state := range got {
		if state == Gone && a.Exists(r) {
			t.Errorf("%s: the %s exists, but is reported as gone", result.failure, r)
		}
	}
	if result.err != nil && !result.contains(failureErr) {
		t.Errorf("%s: got error %v, want %v in the outcome", result.failure, result.err, failureErr)
	}
	mayExist := []State{Remaining, Unknown, Foreign}
	for r, state := range want {
		if result.err == nil && got[r] != state && !slices.Contains(mayExist, got[r]) {
			t.Errorf("%s: the %s: got state %q, want %q", result.failure, r, got[r], state)
		}
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	broken, want := errors.New("broken"), statesWithoutFailure(t)
	for n, more := 1, true; more; n++ {
		synctest.Test(t, func(t *testing.T) {
			a := accountWithObstacles(t)
			cfg, reached := awsstub.FailNthCall(a.Config(), n, func() error { return broken })
			result := tearDown(t.Context(), cfg)
			result.failure = fmt.Sprintf("call %d fails", n)
			requireHonest(t, a, result, broken, want)
			more = reached()
		})
	}
}

func TestInterrupts(t *testing.T) {
	t.Parallel()
	want := statesWithoutFailure(t)
	for n, more := 1, true; more; n += 3 {
		synctest.Test(t, func(t *testing.T) {
			a := accountWithObstacles(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			cfg, reached := awsstub.FailNthCall(a.Config(), n, func() error { cancel(); return nil })
			result := tearDown(ctx, cfg)
			result.failure = fmt.Sprintf("interrupt in call %d", n)
			requireHonest(t, a, result, context.Canceled, want)
			more = reached()
		})
	}
}

// TestInterruptedWaits ends the context at many points in time, mostly while the teardown waits.
func TestInterruptedWaits(t *testing.T) {
	t.Parallel()
	for limit := 300 * time.Millisecond; limit < 12*time.Second; limit += 400 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			a := accountWithObstacles(t)
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			result := tearDown(ctx, a.Config())
			result.failure = fmt.Sprintf("context ends after %v", limit)
			requireHonest(t, a, result, context.DeadlineExceeded, nil)
		})
	}
}

// TestInterruptedRead ends the context while Read waits for the stack named in a role's tags.
func TestInterruptedRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := accountstub.New(t)
		tags := map[string]string{"Project": "retrycatch", "Stack": "retrycatch"}
		a.Add(role, instance{Created: ago(time.Hour), Tags: tags})
		ctx, cancel := context.WithTimeout(t.Context(), staleWait/2)
		defer cancel()
		plan, err := Read(ctx, a.Config(), target())
		if !errors.Is(err, context.DeadlineExceeded) || find(t, plan.Items, role).State != Foreign {
			t.Errorf("got error %v and plan %+v, want context.DeadlineExceeded and a foreign role", err, plan)
		}
	})
}
