//go:build smoke

package aws

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"retrycatch/internal/problem"
	"retrycatch/internal/session"
)

// The flags. make smoke sets them from its variables.
var given struct {
	account, region, secondRegion string
	rounds, program               string
	clean                         string
}

func init() {
	flag.StringVar(&given.account, "account", "", "number of the account to run on")
	flag.StringVar(&given.region, "region", "", "region (default: that of the AWS settings)")
	flag.StringVar(&given.secondRegion, "second-region", "",
		"region of the second stack (default: us-west-2 or us-east-1)")
	flag.StringVar(&given.rounds, "rounds", "", "number of times to deploy and destroy (default: 10)")
	flag.StringVar(&given.program, "program", "../../bin/retrycatch", "program to test")
	flag.StringVar(&given.clean, "clean", "", "yes to only remove what an interrupted run left")
}

// cleanLimit limits the cleanup at the end, which ignores the first interrupt.
const cleanLimit = time.Hour

// TestSmoke runs all checks on the account, and removes everything they made.
func TestSmoke(t *testing.T) {
	signal.Ignore(syscall.SIGPIPE) // the run must clean up even if its output is closed
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	t.Cleanup(stop)
	s, err := open(ctx)
	if err != nil {
		refuse(t, err)
	}
	t.Cleanup(func() { s.close(t.Failed()) })
	if given.clean != "" {
		s.onlyClean(ctx, t)
		return
	}
	if err := s.ready(ctx); err != nil {
		refuse(t, err)
	}
	s.announce()
	t.Cleanup(func() { s.finish(t, ctx.Err() != nil, stop) })
	for _, stage := range stages() {
		t.Run(stage, func(t *testing.T) {
			if stage != roundsStage { // its checks compare the whole account, so nothing else may change it
				t.Parallel()
			}
			s.perform(ctx, t, stage)
		})
	}
}

// refuse reports problems with their next steps, and ends the test.
func refuse(t *testing.T, err error) {
	t.Helper()
	report(err)
	t.FailNow()
}

func report(err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			report(one)
		}
		return
	}
	err = session.Explain(err)
	fmt.Fprintln(os.Stderr, "error:", err)
	if p := (*problem.Problem)(nil); errors.As(err, &p) {
		fmt.Fprintln(os.Stderr, "next:", p.Next)
	}
}

// perform runs the checks of one stage, then removes everything they left.
func (s *suite) perform(ctx context.Context, t *testing.T, stage string) {
	for _, c := range checks {
		if c.stage != stage {
			continue
		}
		start := time.Now()
		o := s.try(ctx, c)
		if ctx.Err() == nil && isLast(c) { // after an interrupt, finish removes everything
			if err := s.clear(ctx, stage); err != nil {
				o.Status, o.Detail = Failed, strings.TrimSpace(o.Detail+"; cleanup failed: "+err.Error())
			}
		}
		o.Took = time.Since(start)
		s.record(o)
		if o.Status == Failed {
			t.Fail()
		}
	}
}

// try runs one check.
func (s *suite) try(ctx context.Context, c check) Outcome {
	o := Outcome{Check: c.title(s), Status: Passed}
	err := ctx.Err()
	if err == nil {
		o.Detail, err = c.run(ctx, s)
	}
	unsuitable := (*notApplicable)(nil)
	switch {
	case ctx.Err() != nil:
		o.Status, o.Detail = Failed, "interrupted"
	case errors.As(err, &unsuitable) && s.local:
		o.Status, o.Detail = NotApplicable, unsuitable.reason
	case err != nil:
		o.Status, o.Detail = Failed, err.Error()
	}
	return o
}

// notApplicable is the error of a check that needs a behavior the endpoint lacks. On AWS it is a
// failure.
type notApplicable struct{ reason string }

func (n *notApplicable) Error() string { return n.reason }

// finish removes everything that is left, checks that the account is as before, and prints the
// summary.
func (s *suite) finish(t *testing.T, interrupted bool, stop func()) {
	if interrupted {
		stop() // another signal ends the process
		fmt.Printf("Interrupted. Removing everything that this run made. To stop that too, press\n"+
			"Ctrl-C again and remove the rest later:\n    %s\n", s.cleanCommand())
	}
	ctx, cancel := context.WithTimeout(context.Background(), cleanLimit)
	defer cancel()
	o := Outcome{Check: "the account is as before", Status: Passed}
	start := time.Now()
	err := s.clearAll(ctx)
	if err == nil {
		o.Detail, err = s.unchanged(ctx)
	}
	if err != nil {
		o.Status, o.Detail = Failed, err.Error()+"; next: "+s.cleanCommand()
		t.Fail()
	}
	o.Took = time.Since(start)
	s.record(o)
	s.sort()
	fmt.Printf("\n%s\n", Summary(s.facts(), s.outcomes, s.hide))
}

// onlyClean removes everything that an earlier run left.
func (s *suite) onlyClean(ctx context.Context, t *testing.T) {
	if err := s.clearAll(ctx); err != nil {
		next := s.cleanCommand()
		if known := (*problem.Problem)(nil); errors.As(err, &known) {
			next = known.Next
		}
		refuse(t, &problem.Problem{What: "cannot remove everything", Err: err, Next: next})
	}
	fmt.Println("✓ No resource of an earlier run is left.")
}
