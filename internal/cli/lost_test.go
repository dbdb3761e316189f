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

// loseResponses makes the target lose the responses to some calls. It uses the same timeout and
// retry settings as session.Open.
func loseResponses(subject *target, c *view.Console, stub *awsstub.Stub, isLost func(operation string) bool) *target {
	limits := session.NewLimits(time.Minute, c.Notice)
	subject.Config.HTTPClient = stub.DroppingClient(isLost)
	subject.Config.Retryer = limits.Retryer(0)
	subject.Config.APIOptions = slices.Concat(subject.Config.APIOptions, limits.Options())
	return subject
}

// firstCallTo returns a function that selects the first call to an operation.
func firstCallTo(operation string) func(string) bool {
	var done atomic.Bool
	return func(called string) bool { return called == operation && done.CompareAndSwap(false, true) }
}

// countRetryNotices counts the retries that standard error mentions.
func countRetryNotices(messages string) int {
	return strings.Count(messages, " got no complete response within 60 s; attempt ")
}

// distinctOperations returns each operation in calls once.
func distinctOperations(calls []string) []string {
	slices.Sort(calls)
	return slices.Compact(calls)
}

func TestStatusWithLostResponse(t *testing.T) {
	t.Parallel()
	healthy := deployed(t, stackOf("CREATE_COMPLETE"), everything...)
	want, err := readStatus(t.Context(), targetIn("eu-west-1", healthy))
	if err != nil {
		t.Fatal(err)
	}
	for _, operation := range distinctOperations(healthy.CalledOperations()) {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, _, messages := consoleOf("")
				stub := deployed(t, stackOf("CREATE_COMPLETE"), everything...)
				got, err := readStatus(t.Context(), loseResponses(targetIn("eu-west-1", stub), c, stub, firstCallTo(operation)))
				if err != nil || countRetryNotices(messages.String()) != 1 {
					t.Errorf("got error %v and messages\n%s\nwant no error and one retry", err, messages)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("the status differs (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// If CloudWatch does not respond, all calls to it together take no longer than a single call with
// its retries.
func TestStatusWithSilentService(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _, messages := consoleOf("")
		const errorsAlarm, throttlesAlarm = "retrycatch-function-errors", "retrycatch-function-throttles"
		exist := append(slices.Clone(everything), throttlesAlarm)
		stub := deployed(t, stackOf("CREATE_COMPLETE"), exist...).On("CloudFormation.ListStackResources",
			awsstub.StackResources("", [2]string{"AWS::CloudWatch::Alarm", errorsAlarm},
				[2]string{"AWS::CloudWatch::Alarm", throttlesAlarm},
				[2]string{"AWS::IAM::Role", "lambda_basic_execution"}))
		began := time.Now()
		got, err := readStatus(t.Context(), loseResponses(targetIn("eu-west-1", stub), c, stub, func(operation string) bool {
			return strings.HasPrefix(operation, "CloudWatch.")
		}))
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > 200*time.Second || countRetryNotices(messages.String()) != 2 {
			t.Errorf("status took %s and printed\n%s\nwant at most 200 s and two retries", took, messages)
		}
		for _, r := range got.Resources {
			alarm := r.Type == "AWS::CloudWatch::Alarm"
			if alarm != (r.Unknown != "") || alarm && !strings.Contains(r.Unknown,
				"no response from https://monitoring.") {
				t.Errorf("%s %s: got Unknown %q, want \"no response\" for alarms and \"\" for other resources",
					r.Type, r.Name, r.Unknown)
			}
		}
	})
}

func TestDestroyWithLostResponse(t *testing.T) {
	t.Parallel()
	tearDown := func(t *testing.T, lost func(string) bool) (calls []string, out, messages string, err error) {
		a := newAccount(t, awsstub.ProjectTags())
		c, stdout, stderr := consoleOf("")
		subject := loseResponses(targetIn(awsstub.Region, a.Stub), c, a.Stub, lost)
		err = (&app{console: c, args: []string{"destroy"}}).tearDown(t.Context(), subject,
			destroyOptions{yes: true, output: outputText})
		return a.CalledOperations(), stdout.String(), stderr.String(), err
	}
	var calls []string
	synctest.Test(t, func(t *testing.T) {
		calls, _, _, _ = tearDown(t, func(string) bool { return false })
	})
	for _, operation := range distinctOperations(calls) {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, out, messages, err := tearDown(t, firstCallTo(operation))
				if err != nil || !strings.Contains(out, "✓ gone") || countRetryNotices(messages) != 1 {
					t.Errorf("got error %v and output\n%s%s\nwant a complete teardown and one retry", err, out, messages)
				}
			})
		})
	}
	t.Run("silent service", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			_, _, messages, err := tearDown(t, func(operation string) bool { return strings.HasPrefix(operation, "IAM.") })
			if err == nil || countRetryNotices(messages) == 0 {
				t.Errorf("got error %v and messages\n%s\nwant an error after retries", err, messages)
			}
		})
	})
}

func TestLoadWithLostResponse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lost    func(string) bool
		outcome scenario.Outcome
		notice  string
	}{
		"start":   {firstCallTo("SFN.StartExecution"), scenario.AsExpected, "attempt 2 of 3"},
		"history": {firstCallTo("SFN.GetExecutionHistory"), scenario.AsExpected, "attempt 2 of 12"},
		// ListExecutions is not retried, because the history alone gives the outcome.
		"list":           {firstCallTo("SFN.ListExecutions"), scenario.AsExpected, ""},
		"silent service": {func(string) bool { return true }, scenario.Lost, "attempt 3 of 3"},
		"service silent after the start": {func(operation string) bool { return operation == "SFN.GetExecutionHistory" },
			scenario.Lost,
			"attempt 12 of 12"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, _, messages := consoleOf("")
				stub := awsstub.New(t).On("SFN.StartExecution",
					awsstub.JSON(`{"executionArn": "arn:one", "startDate": 1}`)).
					On("SFN.GetExecutionHistory", awsstub.History("", awsstub.ScenarioEvents(awsstub.AWS, "200")...)).
					On("SFN.ListExecutions", awsstub.JSON(`{"executions": [{"executionArn": "arn:one", "status": "SUCCEEDED",
						"startDate": 1, "stopDate": 2}]}`))
				subject := loseResponses(targetIn(awsstub.Region, stub), c, stub, test.lost)
				r := finishedLoad(t, 1)
				r.Runs = r.Runs[:1]
				run := r.Runs[0]
				// finishedLoad returns executions that have ended, so reset this one.
				markLost(nil, "", run)
				run.Outcome = scenario.NotStarted
				_, _ = load.Run(t.Context(), subject.Config, r.StateMachine, r.Runs, 1,
					c.NewMeter().Show)
				if run.Outcome != test.outcome || !strings.Contains(messages.String(), test.notice) {
					t.Errorf("got outcome %v, error %v and messages\n%s\nwant outcome %v and %q", run.Outcome, run.Err, messages,
						test.outcome, test.notice)
				}
				if test.outcome == scenario.Lost && !load.MayBeRunning(run) {
					t.Errorf("got MayBeRunning false after error %v, want true", run.Err)
				}
			})
		})
	}
}
