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

// flags holds the command line. make smoke sets the flags from its variables.
var flags struct {
	account, region, secondRegion string
	rounds, program               string
	clean                         string
}

func init() {
	flag.StringVar(&flags.account, "account", "", "ID of the account to run on")
	flag.StringVar(&flags.region, "region", "", "region (default: the region of the AWS settings)")
	flag.StringVar(&flags.secondRegion, "second-region", "",
		"region of the second stack (default: us-west-2 or us-east-1)")
	flag.StringVar(&flags.rounds, "rounds", "", "number of times to deploy and destroy (default: 10)")
	flag.StringVar(&flags.program, "program", "../../bin/retrycatch", "program to test")
	flag.StringVar(&flags.clean, "clean", "", "if yes, only remove what an interrupted run left behind")
}

// cleanUpLimit limits the duration of the cleanup at the end. The first interrupt does not stop
// this cleanup.
const cleanUpLimit = time.Hour

// TestSmoke runs all checks on the account, and removes everything that they created.
func TestSmoke(t *testing.T) {
	signal.Ignore(syscall.SIGPIPE) // clean up even if the output is closed
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	t.Cleanup(stop)
	s, err := openSuite(ctx)
	if err != nil {
		failWithProblem(t, err)
	}
	t.Cleanup(func() { s.close(t.Failed()) })
	if flags.clean != "" {
		s.cleanOnly(ctx, t)
		return
	}
	if err := s.checkReady(ctx); err != nil {
		failWithProblem(t, err)
	}
	s.printPlan()
	t.Cleanup(func() { s.finish(t, ctx.Err() != nil, stop) })
	for _, stage := range stages() {
		t.Run(stage, func(t *testing.T) {
			if stage != roundsStage { // this stage compares the whole account, so it must run alone
				t.Parallel()
			}
			s.performStage(ctx, t, stage)
		})
	}
}

// failWithProblem prints an error's problems with their next steps, and ends the test.
func failWithProblem(t *testing.T, err error) {
	t.Helper()
	printProblem(err)
	t.FailNow()
}

func printProblem(err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			printProblem(one)
		}
		return
	}
	err = session.Explain(err)
	fmt.Fprintln(os.Stderr, "error:", err)
	if p := (*problem.Problem)(nil); errors.As(err, &p) {
		fmt.Fprintln(os.Stderr, "next:", p.Next)
	}
}

// performStage runs the checks of one stage, then removes everything that they left behind.
func (s *suite) performStage(ctx context.Context, t *testing.T, stage string) {
	for _, c := range checks {
		if c.stage != stage {
			continue
		}
		start := time.Now()
		o := s.runCheck(ctx, c)
		if ctx.Err() == nil && isLast(c) { // after an interrupt, finish cleans up
			if err := s.cleanUpStage(ctx, stage); err != nil {
				o.Status, o.Detail = Failed, strings.TrimSpace(o.Detail+"; cleanup failed: "+err.Error())
			}
		}
		o.Duration = time.Since(start)
		s.recordOutcome(o)
		if o.Status == Failed {
			t.Fail()
		}
	}
}

func (s *suite) runCheck(ctx context.Context, c check) Outcome {
	o := Outcome{Check: c.title(s), Status: Passed}
	err := ctx.Err()
	if err == nil {
		o.Detail, err = c.run(ctx, s)
	}
	missing := (*notApplicableError)(nil)
	switch {
	case ctx.Err() != nil:
		o.Status, o.Detail = Failed, "interrupted"
	case errors.As(err, &missing) && s.local:
		o.Status, o.Detail = NotApplicable, missing.reason
	case err != nil:
		o.Status, o.Detail = Failed, err.Error()
	}
	return o
}

// notApplicableError says that the endpoint lacks a behavior that a check needs. On AWS, this error
// makes the check fail.
type notApplicableError struct{ reason string }

func (n *notApplicableError) Error() string { return n.reason }

// finish removes everything that is left, checks that the account is unchanged, and prints the
// summary.
func (s *suite) finish(t *testing.T, interrupted bool, stop func()) {
	if interrupted {
		stop() // a second signal ends the process
		fmt.Printf("Interrupted. Removing everything that this run created. To stop the\n"+
			"cleanup too, press Ctrl-C again. To remove the rest later, run:\n    %s\n", s.cleanCommand())
	}
	ctx, cancel := context.WithTimeout(context.Background(), cleanUpLimit)
	defer cancel()
	o := Outcome{Check: "the account is unchanged", Status: Passed}
	start := time.Now()
	err := s.cleanUp(ctx)
	if err == nil {
		o.Detail, err = s.checkUnchanged(ctx)
	}
	if err != nil {
		o.Status, o.Detail = Failed, err.Error()+"; next: "+s.cleanCommand()
		t.Fail()
	}
	o.Duration = time.Since(start)
	s.recordOutcome(o)
	s.sortOutcomes()
	fmt.Printf("\n%s\n", Summary(s.versions(), s.outcomes, s.redaction))
}

// cleanOnly removes everything that an earlier run left behind.
func (s *suite) cleanOnly(ctx context.Context, t *testing.T) {
	if err := s.cleanUp(ctx); err != nil {
		next := s.cleanCommand()
		if known := (*problem.Problem)(nil); errors.As(err, &known) {
			next = known.Next
		}
		failWithProblem(t, &problem.Problem{What: "cannot remove everything that earlier runs left behind",
			Err: err, Next: next})
	}
	fmt.Println("✓ No resources of earlier runs are left.")
}
