package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/internal/scenario"
)

// endedRuns returns one run of each scenario of the tutorial. All ended as expected.
func endedRuns() []*scenario.Run {
	var runs []*scenario.Run
	for _, s := range scenario.All()[:4] {
		r := &scenario.Run{Scenario: &s}
		e := history.New(awsstub.ScenarioEvents(awsstub.AWS, s.Name))
		e.Name = s.Name + "-20260102T030405Z-abcdef"
		e.ARN = "arn:" + e.Name
		r.Judge(e)
		runs = append(runs, r)
	}
	return runs
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	const suffix, regionFlag = "-20260102T030405Z-abcdef", " --region eu-west-1"
	interrupted := fmt.Errorf("reading: %w", context.Canceled)
	for name, test := range map[string]struct {
		change func(runs []*scenario.Run)
		want   []string // the lines on standard error
	}{
		"all as expected": {func([]*scenario.Run) {}, nil},
		"not checked":     {func(runs []*scenario.Run) { runs[0].Outcome = scenario.Unchecked }, nil},
		"one unexpected path": {func(runs []*scenario.Run) { runs[1].Outcome = scenario.NotAsExpected },
			[]string{"error: the scenario 503 did not behave as expected", "  next: look"}},
		"three unexpected paths": {func(runs []*scenario.Run) {
			for _, r := range runs[1:] {
				r.Outcome = scenario.NotAsExpected
			}
		}, []string{"error: the scenarios 503, 429 and 999 did not behave as expected", "  next: look"}},
		"one lost": {func(runs []*scenario.Run) { runs[0].MarkLost(errors.New("no such page")) },
			[]string{"error: the execution 200" + suffix + " was not followed to its end: no such page",
				"  next: retrycatch inspect 200" + suffix + regionFlag}},
		"lost for two reasons": {func(runs []*scenario.Run) {
			runs[0].MarkLost(errors.New("no such page"))
			runs[1].MarkLost(errors.New("no response"))
			runs[2].MarkLost(errors.New("no such page"))
		}, []string{"error: the executions 200" + suffix + " and 429" + suffix + " were not followed to their ends: " +
			"no such page",
			"  next: retrycatch inspect 200" + suffix + regionFlag,
			"error: the execution 503" + suffix + " was not followed to its end: no response",
			"  next: retrycatch inspect 503" + suffix + regionFlag}},
		"not started": {func(runs []*scenario.Run) {
			for _, r := range runs[2:] {
				r.Outcome, r.Err = scenario.NotStarted, errors.New("throttled")
			}
		}, []string{"error: the executions 429" + suffix + " and 999" + suffix + " were not started: throttled",
			"  next: retrycatch run"}},
		"one interrupted": {func(runs []*scenario.Run) { runs[2].MarkLost(interrupted) },
			[]string{"error: the execution 429" + suffix + " is still running",
				"  next: retrycatch inspect --watch 429" + suffix + regionFlag}},
		"two interrupted, one not started": {func(runs []*scenario.Run) {
			runs[1].MarkLost(interrupted)
			runs[2].MarkLost(interrupted)
			runs[3].Outcome, runs[3].Err = scenario.NotStarted, interrupted
		}, []string{"error: the execution 999" + suffix + " was not started", "  next: retrycatch run",
			"error: the executions 503" + suffix + " and 429" + suffix + " are still running",
			"  next: retrycatch inspect --watch 503" + suffix + regionFlag}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _, stderr := consoleOf("")
			a := &app{console: c, args: []string{"run"}}
			runs := endedRuns()
			test.change(runs)
			err := a.verdict(targetIn(awsstub.Region, awsstub.New(t)), runs, advice{next: "look"})
			if result := (*badResult)(nil); errors.As(err, &result) != (len(test.want) > 0) {
				t.Errorf("got %v, want a *badResult: %t", err, len(test.want) > 0)
			}
			interrupt := strings.Contains(name, "interrupted")
			if errors.Is(err, context.Canceled) != interrupt {
				t.Errorf("got error %v, want an interrupt: %t", err, interrupt)
			}
			if err != nil {
				a.fail(err, "default next step")
			}
			if got, want := strings.TrimSpace(stderr.String()), strings.Join(test.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestSuggestAfter(t *testing.T) {
	t.Parallel()
	all, withoutRetries := endedRuns(), endedRuns()
	withoutRetries[2] = withoutRetries[1]
	for name, test := range map[string]struct {
		runs []*scenario.Run
		want string
	}{
		"some retries":  {all, "retrycatch inspect 429-20260102T030405Z-abcdef --region eu-west-1"},
		"no retries":    {withoutRetries, "retrycatch report --region eu-west-1"},
		"one execution": {all[:1], "retrycatch inspect 200-20260102T030405Z-abcdef --region eu-west-1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := targetIn(awsstub.Region, awsstub.New(t)).suggestAfter(test.runs); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// Without a next command, nothing is printed. This is the case in the demo, because its local AWS
// is about to stop.
func TestNextAfterSuccess(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{"retrycatch status": "next: retrycatch status\n", "": ""} {
		c, _, stderr := consoleOf("")
		a := &app{console: c, next: next}
		if code := a.finish(t.Context(), nil, nil); code != exitDone || stderr.String() != want {
			t.Errorf("%q: got exit code %d and %q, want %q", next, code, stderr, want)
		}
	}
}

func TestRunNextCommand(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]string{
		"run 200":                         "next: retrycatch inspect 200-",
		"run all":                         "next: retrycatch inspect 429-",
		"run 200 --count 3":               "next: retrycatch inspect 200-",
		"run 200 --count 3 --output json": "next: retrycatch inspect 200-",
	} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			result := runCommand(t, deployStack, strings.Fields(command)...)
			lines := strings.Split(strings.TrimSpace(result.stderr), "\n")
			if result.code != exitDone || !strings.HasPrefix(lines[len(lines)-1], want) {
				t.Errorf("got %s, want the last line to begin with %q", result, want)
			}
		})
	}
}
