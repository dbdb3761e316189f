package cli

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/load"
	"retrycatch/internal/scenario"
	"retrycatch/internal/session"
	"retrycatch/internal/view"
)

// loseResponses makes a target lose the answers to some calls, within the limits that session.Open sets.
func loseResponses(subject *target, c *view.Console, stub *awsstub.Stub, lost func(operation string) bool) *target {
	limits := session.NewLimits(time.Minute, c.Notice)
	subject.Config.HTTPClient = stub.Lossy(lost)
	subject.Config.Retryer = limits.Retryer(0)
	subject.Config.APIOptions = slices.Concat(subject.Config.APIOptions, limits.Options())
	return subject
}

// firstCallTo loses the first answer to an operation.
func firstCallTo(operation string) func(string) bool {
	var done atomic.Bool
	return func(called string) bool { return called == operation && done.CompareAndSwap(false, true) }
}

// countRetryNotices counts the notices of retries.
func countRetryNotices(said string) int {
	return strings.Count(said, " got no complete response within 60 s; attempt ")
}

// distinctOperations lists each operation of a stub's calls once.
func distinctOperations(calls []string) []string {
	slices.Sort(calls)
	return slices.Compact(calls)
}

func TestStatusWithLostAnswer(t *testing.T) {
	t.Parallel()
	healthy := deployed(t, stackOf("CREATE_COMPLETE"), everything...)
	want, err := readStatus(t.Context(), targetIn("eu-west-1", healthy))
	if err != nil {
		t.Fatal(err)
	}
	for _, operation := range distinctOperations(healthy.Calls()) {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, _, said := consoleOf("")
				stub := deployed(t, stackOf("CREATE_COMPLETE"), everything...)
				got, err := readStatus(t.Context(), loseResponses(targetIn("eu-west-1", stub), c, stub, firstCallTo(operation)))
				if err != nil || countRetryNotices(said.String()) != 1 {
					t.Errorf("the error is %v, and it says\n%s", err, said)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("the status differs (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// All calls of CloudWatch together wait no longer than a single call.
func TestStatusWithSilentService(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _, said := consoleOf("")
		exist := append(slices.Clone(everything), "retrycatch-function-throttles")
		stub := deployed(t, stackOf("CREATE_COMPLETE"), exist...).On("CloudFormation.ListStackResources",
			awsstub.StackResources("", [2]string{"AWS::CloudWatch::Alarm", exist[0]},
				[2]string{"AWS::CloudWatch::Alarm", exist[4]},
				[2]string{"AWS::IAM::Role", exist[1]}))
		began := time.Now()
		got, err := readStatus(t.Context(), loseResponses(targetIn("eu-west-1", stub), c, stub, func(operation string) bool {
			return strings.HasPrefix(operation, "CloudWatch.")
		}))
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > 200*time.Second ||
			countRetryNotices(said.String()) != 2 { // of fake time
			t.Errorf("it takes %s, and says\n%s", took, said)
		}
		for _, r := range got.Resources {
			alarm := r.Type == "AWS::CloudWatch::Alarm"
			if alarm != (r.Unknown != "") || alarm && !strings.Contains(r.Unknown,
				"no response from https://monitoring.") {
				t.Errorf("%s is unknown because %q", r.Name, r.Unknown)
			}
		}
	})
}

func TestDestroyWithLostAnswer(t *testing.T) {
	t.Parallel()
	tearDown := func(t *testing.T, lost func(string) bool) (calls []string, out, said string, err error) {
		a := newAccount(t, awsstub.Ours())
		c, stdout, stderr := consoleOf("")
		subject := loseResponses(targetIn(awsstub.Region, a.Stub), c, a.Stub, lost)
		err = (&app{console: c, args: []string{"destroy"}}).tearDown(t.Context(), subject,
			destroyOptions{yes: true, output: outputText})
		return a.Calls(), stdout.String(), stderr.String(), err
	}
	var calls []string
	synctest.Test(t, func(t *testing.T) {
		calls, _, _, _ = tearDown(t, func(string) bool { return false })
	})
	for _, operation := range distinctOperations(calls) {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, out, said, err := tearDown(t, firstCallTo(operation))
				if err != nil || !strings.Contains(out, "✓ gone") || countRetryNotices(said) != 1 {
					t.Errorf("the error is %v, and it prints\n%s\n%s", err, out, said)
				}
			})
		})
	}
	t.Run("a silent service", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, _, said, err := tearDown(t, func(operation string) bool { return strings.HasPrefix(operation, "IAM.") })
			if err == nil || countRetryNotices(said) == 0 {
				t.Errorf("the error is %v, and it says\n%s", err, said)
			}
		})
	})
}

func TestLoadWithLostAnswer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lost    func(string) bool
		outcome scenario.Outcome
		says    string
	}{
		"a start":          {firstCallTo("SFN.StartExecution"), scenario.AsExpected, "attempt 2 of 3"},
		"a history":        {firstCallTo("SFN.GetExecutionHistory"), scenario.AsExpected, "attempt 2 of 12"},
		"a list":           {firstCallTo("SFN.ListExecutions"), scenario.AsExpected, ""}, // the history has the end
		"a silent service": {func(string) bool { return true }, scenario.Lost, "attempt 3 of 3"},
		"a service that falls silent": {func(operation string) bool { return operation == "SFN.GetExecutionHistory" },
			scenario.Lost,
			"attempt 12 of 12"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, _, said := consoleOf("")
				stub := awsstub.New(t).On("SFN.StartExecution",
					awsstub.JSON(`{"executionArn": "arn:one", "startDate": 1}`)).
					On("SFN.GetExecutionHistory", awsstub.History("", awsstub.Course(awsstub.AWS, "200")...)).
					On("SFN.ListExecutions", awsstub.JSON(`{"executions": [{"executionArn": "arn:one", "status": "SUCCEEDED",
						"startDate": 1, "stopDate": 2}]}`))
				subject := loseResponses(targetIn(awsstub.Region, stub), c, stub, test.lost)
				r := finishedLoad(t, 1)
				r.Runs = r.Runs[:1]
				markLost(nil, "", r.Runs[0])
				r.Runs[0].Outcome = scenario.NotStarted
				_, _ = load.Run(t.Context(), subject.Config, r.StateMachine, r.Runs, 1,
					c.NewMeter().Show)
				e := r.Runs[0]
				if e.Outcome != test.outcome || !strings.Contains(said.String(), test.says) {
					t.Errorf("the outcome is %v (%v), and it says\n%s", e.Outcome, e.Err, said)
				}
				if test.outcome == scenario.Lost && !load.MayBeRunning(e) {
					t.Errorf("MayRun is false after the error %v, want true", e.Err)
				}
			})
		})
	}
}
