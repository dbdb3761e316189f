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

func planned(t *testing.T, count int) []*scenario.Run {
	t.Helper()
	return plannedOf(t, "200=70,429=20,503=7,999=3", count)
}

func plannedOf(t *testing.T, text string, count int) []*scenario.Run {
	t.Helper()
	mix, err := ParseMix(text)
	if err != nil {
		t.Fatal(err)
	}
	var executions []*scenario.Run
	for i, s := range Draw(mix, count) {
		executions = append(executions, &scenario.Run{Scenario: &s, SentTraceID: "1-a",
			Execution: history.Execution{Name: fmt.Sprintf("%s-test-%05d", s.Name, i+1), Input: s.Input()}})
	}
	return executions
}

// TestRun checks that each execution is started once despite throttling and lost answers.
func TestRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, cfg := newCloud(t)
		executions := planned(t, 300)
		var last Counts
		counts, err := Run(t.Context(), cfg, awsstub.StateMachineARN, executions, 40, func(now Counts) {
			if now.Done+now.Lost < last.Done+last.Lost || now.Running > 40 || now.Running != now.Started-now.Done {
				t.Errorf("got the counts %+v after %+v", now, last)
			}
			last = now
		})
		if err != nil {
			t.Fatal(err)
		}
		if counts != last || counts.Throttled < c.calls/4 {
			t.Errorf("got the counts %+v after %d calls; the last report was %+v", counts, c.calls, last)
		}
		if counts.Throttled = 0; counts != (Counts{Total: 300, Started: 300, Done: 300}) {
			t.Errorf("got the counts %+v", counts)
		}
		if len(c.started) != 300 {
			t.Errorf("got %d started executions, want 300", len(c.started))
		}
		for _, e := range executions {
			if e.Outcome != scenario.AsExpected || e.ARN != arnOf(e.Name) || c.told[e.Name] != 1 {
				t.Errorf("%s: got %v (%v, %v), the ARN %s and %d complete histories", e.Name, e.Outcome,
					e.Deviations, e.Err, e.ARN, c.told[e.Name])
			}
		}
	})
}

func TestRunLimit(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{1, 7, 40} {
		synctest.Test(t, func(t *testing.T) {
			c, cfg := newCloud(t)
			c.healthy = true
			executions := plannedOf(t, "429=1", 60) // long enough to reach the limit
			_, err := Run(t.Context(), cfg, awsstub.StateMachineARN, executions, limit, func(Counts) {})
			if err != nil {
				t.Fatal(err)
			}
			if c.most != limit || len(c.started) != len(executions) {
				t.Errorf("limit %d: got at most %d at the same time, and %d of %d started", limit, c.most,
					len(c.started), len(executions))
			}
		})
	}
}

// TestRunExpectedDuration checks that a load does not poll before the duration of the last
// execution of the scenario.
func TestRunExpectedDuration(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, cfg := newCloud(t)
		c.healthy = true
		executions, first := plannedOf(t, "429=1", 10), 0
		if _, err := Run(t.Context(), cfg, awsstub.StateMachineARN, executions, 1, func(now Counts) {
			if now.Done == 1 && first == 0 {
				first = c.lists
			}
		}); err != nil {
			t.Fatal(err)
		}
		if c.lists-first != 9 {
			t.Errorf("got %d lists before the first end and %d after it, want 9 after it", first, c.lists-first)
		}
		for _, e := range executions {
			if c.asked[e.Name] != 1 {
				t.Errorf("%s: got %d reads of the history, want 1", e.Name, c.asked[e.Name])
			}
		}
	})
}

func TestRunDuration(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, cfg := newCloud(t)
		c.healthy = true
		executions, began := plannedOf(t, "200=1", 500), time.Now()
		if _, err := Run(t.Context(), cfg, awsstub.StateMachineARN, executions, 50, func(Counts) {}); err != nil {
			t.Fatal(err)
		}
		// Ten rounds of 50 ms are the minimum. The list is read every 100 ms.
		if took := time.Since(began); took > 1500*time.Millisecond {
			t.Errorf("500 executions of 50 ms, 50 at the same time, took %v, want at most 1.5 s", took)
		}
		for _, e := range executions {
			if e.Outcome != scenario.AsExpected || c.asked[e.Name] != 1 {
				t.Errorf("%s: got %v (%v, %v) and %d reads of the history", e.Name, e.Outcome, e.Deviations, e.Err,
					c.asked[e.Name])
			}
		}
	})
}

func TestRunQuota(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, cfg := newCloud(t)
		c.healthy = true
		buckets := map[string]*rate.Limiter{"SFN.GetExecutionHistory": rate.NewLimiter(20, 400),
			"SFN.ListExecutions": rate.NewLimiter(5, 200), "SFN.StartExecution": rate.NewLimiter(300, 1300)}
		c.special = func(operation, _ string) awsstub.Answer {
			if buckets[operation].Allow() {
				return nil
			}
			return throttled
		}
		executions, began := plannedOf(t, "200=1", 1000), time.Now()
		counts, err := Run(t.Context(), cfg, awsstub.StateMachineARN, executions, 50, func(Counts) {})
		if err != nil || counts.Done != len(executions) {
			t.Fatalf("got the error %v and the counts %+v", err, counts)
		}
		// The quota of the histories allows (1000 - 400) / 20 s. In fake time, the duration depends
		// only on the calls.
		if took, least := time.Since(began), 30*time.Second; took > least*11/10 || counts.Throttled > 20 {
			t.Errorf("it took %v with %d throttled calls; the quota allows %v", took, counts.Throttled, least)
		}
		for _, e := range executions {
			if c.asked[e.Name] != 1 {
				t.Errorf("%s: got %d reads of the history, want 1", e.Name, c.asked[e.Name])
			}
		}
	})
}

func TestRunStaleList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, cfg := newCloud(t)
		c.healthy, c.unseen = true, 3 // the last three never appear in the list
		executions := planned(t, 60)
		counts, err := Run(t.Context(), cfg, awsstub.StateMachineARN, executions, 10, func(Counts) {})
		if want := (Counts{Total: 60, Started: 60, Done: 60}); err != nil || counts != want {
			t.Errorf("got the error %v and the counts %+v, want %+v", err, counts, want)
		}
		for _, e := range executions {
			if e.Outcome != scenario.AsExpected || c.asked[e.Name] != 1 {
				t.Errorf("%s: got %v (%v) and %d reads of the history", e.Name, e.Outcome, e.Err, c.asked[e.Name])
			}
		}
	})
}

func TestRunLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, cfg := newCloud(t)
		executions := planned(t, 60)
		refused, vanished, throttledAlways, odd := executions[10], executions[20], executions[30], executions[40]
		c.special = func(operation, name string) awsstub.Answer {
			start := operation == "SFN.StartExecution"
			switch {
			case name == refused.Name && start:
				return awsstub.Error(http.StatusBadRequest, "InvalidName", "Invalid Name")
			case name == vanished.Name && start:
				return awsstub.JSON(fmt.Sprintf(`{"executionArn": %q, "startDate": 1}`, arnOf(name)))
			case name == throttledAlways.Name && start:
				return throttled
			case name == odd.Name && operation == "SFN.GetExecutionHistory":
				return awsstub.History("", awsstub.Course(awsstub.AWS, "429")...)
			}
			return nil
		}
		counts, err := Run(t.Context(), cfg, awsstub.StateMachineARN, executions, 10, func(Counts) {})
		if err != nil {
			t.Fatal(err)
		}
		if counts.Throttled = 0; counts != (Counts{Total: 60, Started: 58, Done: 57, Failed: 1, Lost: 3}) {
			t.Errorf("got the counts %+v", counts)
		}
		lost := map[*scenario.Run]struct {
			reason string
			mayRun bool
		}{
			refused:         {"InvalidName", false},
			vanished:        {"ExecutionDoesNotExist", true},
			throttledAlways: {"ThrottlingException", true},
		}
		for _, e := range executions {
			want, isLost := lost[e]
			switch {
			case isLost:
				if e.Outcome != scenario.Lost || !strings.Contains(e.Err.Error(), want.reason) ||
					MayRun(e) != want.mayRun {
					t.Errorf("%s: got %v (%v), may run: %t; want %+v", e.Name, e.Outcome, e.Err, MayRun(e), want)
				}
			case e == odd:
				if e.Outcome != scenario.NotAsExpected || len(e.Deviations) != 2 {
					t.Errorf("%s with the history of 429: got %v: %v", e.Name, e.Outcome, e.Deviations)
				}
			case e.Outcome != scenario.AsExpected:
				t.Errorf("%s: got %v: %v", e.Name, e.Outcome, e.Err)
			}
		}
	})
}
