package teardown

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/accountstub"
	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
)

// hard returns an account whose teardown makes every call. It has executions, protection, holds, a
// resource that CloudFormation cannot delete, staged files, and a log group that reappears.
func hard(t *testing.T) *account {
	a, s := staged(t)
	s.Protected = true
	a.FirstInstance(role).ManagedPolicies, a.FirstInstance(role).DeletionError = []string{readOnly}, "no"
	a.FirstInstance(machine).RunningExecutions = []string{"first"}
	a.FirstInstance(group).RecreatedAfter = time.Second
	a.Deploy("retrycatch-dev", ago(time.Hour)).Template = withCode("earlier.zip")
	return a
}

// outcome holds a teardown's plan, report and error.
type outcome struct {
	plan   Plan
	report Report
	err    error
}

func tearDown(ctx context.Context, cfg aws.Config) (o outcome) {
	if o.plan, o.err = Read(ctx, cfg, target()); o.err != nil {
		return o
	}
	if o.err = o.plan.FindAssets(ctx, cfg); o.err != nil {
		return o
	}
	o.report, o.err = Execute(ctx, cfg, o.plan, Options{Force: true, Assets: true}, silent{})
	return o
}

// mentions reports whether the outcome has an error anywhere.
func (o outcome) mentions(err error) bool {
	said := slices.Concat([]error{o.err, o.report.Unstopped}, o.plan.Unread, o.report.Unread)
	for _, item := range slices.Concat(o.plan.Items, o.report.Items) {
		said = append(said, item.Err)
	}
	return errors.Is(errors.Join(said...), err)
}

// undisturbed returns the final states of a teardown without failures.
func undisturbed(t *testing.T) (want map[resource.Resource]Now) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o := tearDown(t.Context(), hard(t).Config())
		if o.err != nil {
			t.Fatal(o.err)
		}
		want = states(o.report.Items)
	})
	return want
}

// requireHonest fails the test if a resource reported as gone exists, or if no error names the
// failure. Without an error, the states must equal those of a teardown without failures, or cover
// everything that still exists.
func requireHonest(t *testing.T, a *account, o outcome, failure error, want map[resource.Resource]Now) {
	t.Helper()
	got := states(o.report.Items)
	for r, now := range got {
		if now == Gone && a.Exists(r) {
			t.Errorf("the %s exists, but is reported as gone", r)
		}
	}
	if o.err != nil && !o.mentions(failure) {
		t.Errorf("got error %v", o.err)
	}
	for r, now := range want {
		if exists := []Now{Left, Unknown, Foreign}; o.err == nil && got[r] != now && !slices.Contains(exists, got[r]) {
			t.Errorf("the %s: got state %q, want %q", r, got[r], now)
		}
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	broken, want := errors.New("broken"), undisturbed(t)
	for n, more := 1, true; more; n++ {
		synctest.Test(t, func(t *testing.T) {
			a := hard(t)
			cfg, reached := awsstub.FailNthCall(a.Config(), n, func() error { return broken })
			requireHonest(t, a, tearDown(t.Context(), cfg), broken, want)
			more = reached()
		})
	}
}

func TestInterrupts(t *testing.T) {
	t.Parallel()
	want := undisturbed(t)
	for n, more := 1, true; more; n += 3 {
		synctest.Test(t, func(t *testing.T) {
			a := hard(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			cfg, reached := awsstub.FailNthCall(a.Config(), n, func() error { cancel(); return nil })
			requireHonest(t, a, tearDown(ctx, cfg), context.Canceled, want)
			more = reached()
		})
	}
}

// TestInterruptedWaits ends the context while the teardown waits.
func TestInterruptedWaits(t *testing.T) {
	t.Parallel()
	for limit := 300 * time.Millisecond; limit < 12*time.Second; limit += 400 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			a := hard(t)
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			requireHonest(t, a, tearDown(ctx, a.Config()), context.DeadlineExceeded, nil)
		})
	}
}

// TestTaggedWithoutStack ends the context during the wait for a stack that a role's tags name.
func TestTaggedWithoutStack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := accountstub.New(t)
		tags := map[string]string{"Project": "retrycatch", "Stack": "retrycatch"}
		a.Add(role, thing{Created: ago(time.Hour), Tags: tags})
		ctx, cancel := context.WithTimeout(t.Context(), staleWait/2)
		defer cancel()
		plan, err := Read(ctx, a.Config(), target())
		if !errors.Is(err, context.DeadlineExceeded) || find(t, plan.Items, role).Now != Foreign {
			t.Errorf("got error %v and plan %+v", err, plan)
		}
	})
}
