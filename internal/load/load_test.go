package load

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/internal/scenario"
)

func newRuns(t *testing.T, count int) []*scenario.Run {
	t.Helper()
	return newRunsOf(t, "200=70,429=20,503=7,999=3", count)
}

func newRunsOf(t *testing.T, text string, count int) []*scenario.Run {
	t.Helper()
	mix, err := ParseMix(text)
	if err != nil {
		t.Fatal(err)
	}
	var runs []*scenario.Run
	for i, s := range Draw(mix, count) {
		runs = append(runs, &scenario.Run{Scenario: &s, SentTraceID: "1-a",
			Execution: history.Execution{Name: fmt.Sprintf("%s-test-%05d", s.Name, i+1), Input: s.Input()}})
	}
	return runs
}

// TestRun checks that each execution starts once despite throttling and broken connections.
func TestRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, cfg := newFakeStepFunctions(t)
		runs := newRuns(t, 300)
		var last Counts
		counts, err := Run(t.Context(), cfg, awsstub.StateMachineARN, runs, 40, func(progress Counts) {
			if progress.Done+progress.Lost < last.Done+last.Lost || progress.Running > 40 ||
				progress.Running != progress.Started-progress.Done {
				t.Errorf("got counts %+v after counts %+v, want no decrease of Done + Lost, at most 40 "+
					"running, and Running = Started - Done", progress, last)
			}
			last = progress
		})
		if err != nil {
			t.Fatal(err)
		}
		if counts != last || counts.Throttled < c.calls/4 {
			t.Errorf("got counts %+v after %d calls, want at least %d throttled and the last counts for onChange: %+v",
				counts, c.calls, c.calls/4, last)
		}
		counts.Throttled = 0
		if want := (Counts{Total: 300, Started: 300, Done: 300}); counts != want {
			t.Errorf("got counts %+v, want %+v", counts, want)
		}
		if len(c.started) != 300 {
			t.Errorf("got %d started executions, want 300", len(c.started))
		}
		for _, e := range runs {
			if e.Outcome != scenario.AsExpected || e.ARN != arnOf(e.Name) || c.fullHistories[e.Name] != 1 {
				t.Errorf("%s: got outcome %v (%v, error %v), ARN %s and %d complete histories; want it as expected, "+
					"ARN %s and 1", e.Name, e.Outcome, e.Deviations, e.Err, e.ARN, c.fullHistories[e.Name], arnOf(e.Name))
			}
		}
	})
}

func TestRunLimit(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{1, 7, 40} {
		synctest.Test(t, func(t *testing.T) {
			c, cfg := newFakeStepFunctions(t)
			c.healthy = true
			runs := newRunsOf(t, "429=1", 60) // each takes 4.2 s, so that they reach the limit
			_, err := Run(t.Context(), cfg, awsstub.StateMachineARN, runs, limit, func(Counts) {})
			if err != nil {
				t.Fatal(err)
			}
			if c.maxRunning != limit || len(c.started) != len(runs) {
				t.Errorf("limit %d: got up to %d concurrent executions, and %d of %d started", limit, c.maxRunning,
					len(c.started), len(runs))
			}
		})
	}
}

// TestRunExpectedDuration checks that Run does not poll an execution before it has run as long as
// the previous execution of its scenario.
func TestRunExpectedDuration(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, cfg := newFakeStepFunctions(t)
		c.healthy = true
		runs, firstCalls := newRunsOf(t, "429=1", 10), 0
		if _, err := Run(t.Context(), cfg, awsstub.StateMachineARN, runs, 1, func(progress Counts) {
			if progress.Done == 1 && firstCalls == 0 {
				firstCalls = c.listCalls
			}
		}); err != nil {
			t.Fatal(err)
		}
		if c.listCalls-firstCalls != 9 {
			t.Errorf("got %d ListExecutions calls until the first execution ended and %d after that, want 9 after that",
				firstCalls, c.listCalls-firstCalls)
		}
		for _, e := range runs {
			if c.historyCalls[e.Name] != 1 {
				t.Errorf("%s: got %d GetExecutionHistory calls, want 1", e.Name, c.historyCalls[e.Name])
			}
		}
	})
}

func TestRunDuration(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, cfg := newFakeStepFunctions(t)
		c.healthy = true
		runs, began := newRunsOf(t, "200=1", 500), time.Now()
		if _, err := Run(t.Context(), cfg, awsstub.StateMachineARN, runs, 50, func(Counts) {}); err != nil {
			t.Fatal(err)
		}
		// The minimum is ten rounds of 50 ms. ListExecutions is called every 100 ms.
		if took := time.Since(began); took > 1500*time.Millisecond {
			t.Errorf("500 executions of 50 ms, 50 at a time: got duration %v, want at most 1.5 s", took)
		}
		for _, e := range runs {
			if e.Outcome != scenario.AsExpected || c.historyCalls[e.Name] != 1 {
				t.Errorf("%s: got outcome %v (%v, error %v) and %d GetExecutionHistory calls; want it as expected, and 1",
					e.Name, e.Outcome, e.Deviations, e.Err, c.historyCalls[e.Name])
			}
		}
	})
}

func TestRunQuota(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, cfg := newFakeStepFunctions(t)
		c.healthy = true
		buckets := map[string]*rate.Limiter{"SFN.GetExecutionHistory": rate.NewLimiter(20, 400),
			"SFN.ListExecutions": rate.NewLimiter(5, 200), "SFN.StartExecution": rate.NewLimiter(300, 1300)}
		c.override = func(operation, _ string) awsstub.Answer {
			if buckets[operation].Allow() {
				return nil
			}
			return throttled
		}
		runs, began := newRunsOf(t, "200=1", 1000), time.Now()
		counts, err := Run(t.Context(), cfg, awsstub.StateMachineARN, runs, 50, func(Counts) {})
		if err != nil || counts.Done != len(runs) {
			t.Fatalf("got error %v and counts %+v, want no error and 1000 done", err, counts)
		}
		// With the quota of GetExecutionHistory, 1000 calls take (1000 - 400) / (20 per second) =
		// 30 s. In simulated time, the duration depends only on the calls.
		if took, least := time.Since(began), 30*time.Second; took > least*11/10 || counts.Throttled > 20 {
			t.Errorf("got duration %v with %d throttled calls, want about %v and at most 20",
				took, counts.Throttled, least)
		}
		for _, e := range runs {
			if c.historyCalls[e.Name] != 1 {
				t.Errorf("%s: got %d GetExecutionHistory calls, want 1", e.Name, c.historyCalls[e.Name])
			}
		}
	})
}

func TestRunStaleList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, cfg := newFakeStepFunctions(t)
		c.healthy, c.unlisted = true, 3
		runs := newRuns(t, 60)
		counts, err := Run(t.Context(), cfg, awsstub.StateMachineARN, runs, 10, func(Counts) {})
		if want := (Counts{Total: 60, Started: 60, Done: 60}); err != nil || counts != want {
			t.Errorf("got error %v and counts %+v, want %+v", err, counts, want)
		}
		for _, e := range runs {
			if e.Outcome != scenario.AsExpected || c.historyCalls[e.Name] != 1 {
				t.Errorf("%s: got outcome %v (error %v) and %d GetExecutionHistory calls; want it as expected, and 1",
					e.Name, e.Outcome, e.Err, c.historyCalls[e.Name])
			}
		}
	})
}

func TestRunLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, cfg := newFakeStepFunctions(t)
		runs := newRuns(t, 60)
		invalidName, vanished, alwaysThrottled, wrongHistory := runs[10], runs[20], runs[30], runs[40]
		c.override = func(operation, name string) awsstub.Answer {
			start := operation == "SFN.StartExecution"
			switch {
			case name == invalidName.Name && start:
				return awsstub.Error(http.StatusBadRequest, "InvalidName", "Invalid Name")
			case name == vanished.Name && start:
				return awsstub.JSON(fmt.Sprintf(`{"executionArn": %q, "startDate": 1}`, arnOf(name)))
			case name == alwaysThrottled.Name && start:
				return throttled
			case name == wrongHistory.Name && operation == "SFN.GetExecutionHistory":
				return awsstub.History("", awsstub.ScenarioEvents(awsstub.AWS, "429")...)
			}
			return nil
		}
		counts, err := Run(t.Context(), cfg, awsstub.StateMachineARN, runs, 10, func(Counts) {})
		if err != nil {
			t.Fatal(err)
		}
		counts.Throttled = 0
		if want := (Counts{Total: 60, Started: 58, Done: 57, Failed: 1, Lost: 3}); counts != want {
			t.Errorf("got counts %+v, want %+v", counts, want)
		}
		lost := map[*scenario.Run]struct {
			reason string
			mayRun bool
		}{
			invalidName:     {"InvalidName", false},
			vanished:        {"ExecutionDoesNotExist", true},
			alwaysThrottled: {"ThrottlingException", true},
		}
		for _, e := range runs {
			want, isLost := lost[e]
			switch {
			case isLost:
				if e.Outcome != scenario.Lost || !strings.Contains(e.Err.Error(), want.reason) ||
					MayBeRunning(e) != want.mayRun {
					t.Errorf("%s: got outcome %v (error %v), MayBeRunning %t; want %+v", e.Name, e.Outcome, e.Err,
						MayBeRunning(e), want)
				}
			case e == wrongHistory:
				if e.Outcome != scenario.NotAsExpected || len(e.Deviations) != 2 {
					t.Errorf("%s, with the history of scenario 429: got outcome %v (%v), want 2 deviations", e.Name,
						e.Outcome, e.Deviations)
				}
			case e.Outcome != scenario.AsExpected:
				t.Errorf("%s: got outcome %v (error %v), want it as expected", e.Name, e.Outcome, e.Err)
			}
		}
	})
}
