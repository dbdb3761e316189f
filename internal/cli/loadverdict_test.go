package cli

import (
	"context"
	"errors"
	"strings"
	"testing"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/problem"
	"retrycatch/internal/scenario"
	"retrycatch/internal/view"
)

func TestLoadVerdict(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*loadResult)
		want   []string // part of each line with an error or next step
	}{
		{"all as expected", func(*loadResult) {}, nil},
		{"one not as expected", func(r *loadResult) {
			r.Runs[3].Outcome, r.Runs[3].Deviations = scenario.NotAsExpected, []scenario.Deviation{{Kind: scenario.Status}}
			r.advice = advice{Diagnosis: view.Diagnosis{Causes: []string{"it was edited"}}, next: "repair it"}
		}, []string{"error: 1 execution of the scenario 503 did not behave as expected", "repair it"}},
		{"three not as expected", func(r *loadResult) {
			for _, i := range []int{3, 0, 1} {
				r.Runs[i].Outcome = scenario.NotAsExpected
			}
			r.advice = advice{next: "look"}
		}, []string{"error: 3 executions of the scenarios 200 and 503 did not behave as expected", "look"}},
		{"one lost because its start failed", func(r *loadResult) { markLost(errors.New("no"), "", r.Runs[0]) },
			[]string{"error: 1 execution was lost",
				"next: retrycatch executions --region eu-west-1"}},
		{
			"two lost after they started",
			func(r *loadResult) { markLost(errors.New("no"), "arn", r.Runs[:2]...) },
			[]string{
				"up to 2 executions may still be running",
				"contains(name, `\"20260102T030405Z-abcdef\"`)].[executionArn]' --output text --region eu-west-1 " +
					"| while read -r arn; " +
					"do aws stepfunctions stop-execution --region eu-west-1 --execution-arn \"$arn\" </dev/null; done",
				"2 executions were lost",
				"next: retrycatch executions --region eu-west-1",
			},
		},
		{"interrupted", func(r *loadResult) {
			r.interrupted = context.Canceled
			markLost(context.Canceled, "arn", r.Runs[0])
			r.Runs[2].Outcome = scenario.NotStarted
		}, []string{"error: 1 execution was not started", "next: retrycatch run --count 3",
			"up to 1 execution may still be running", "stop-execution"}},
		{"start denied", func(r *loadResult) {
			r.stopped = &problem.Problem{What: "access denied", Next: "n"}
			markLost(r.stopped, "", r.Runs[0])
			r.Runs[1].Outcome, r.Runs[2].Outcome = scenario.NotStarted, scenario.NotStarted
		}, []string{"2 executions were not started: access denied", "next: n", "1 execution was lost", "next: n"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := finishedLoad(t, 3)
			test.change(r)
			err := r.verdict(targetIn(awsstub.Region, awsstub.New(t)), "retrycatch run --count 3")
			if len(test.want) == 0 {
				if err != nil {
					t.Errorf("got %v, want no error", err)
				}
				return
			}
			if result := (*badResult)(nil); !errors.As(err, &result) {
				t.Fatalf("got %v, want a *badResult", err)
			}
			c, _, stderr := consoleOf("")
			(&app{console: c}).fail(err, "retrycatch status")
			lines := strings.Split(strings.TrimSuffix(stderr.String(), "\n"), "\n")
			if len(lines) != len(test.want) {
				t.Fatalf("got\n%s\nwant %d lines", stderr, len(test.want))
			}
			for i, text := range test.want {
				if !strings.Contains(lines[i], text) {
					t.Errorf("got %q, want it to contain %q", lines[i], text)
				}
			}
		})
	}
}
