package cli

import (
	"context"
	"errors"
	"strings"
	"testing"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/load"
	"retrycatch/internal/problem"
)

func TestTheVerdictOfALoadIsBadUnlessAllEndedAsExpected(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*loadReport)
		says   []string // what is wrong, and its next step, one after the other
	}{
		{"all as expected", func(*loadReport) {}, nil},
		{"one off its path", func(r *loadReport) {
			r.executions[3].Outcome, r.executions[3].Deviations = load.NotAsExpected, []string{"the status is X"}
			r.advice = advice{causes: []string{"it was edited"}, next: "repair it"}
		}, []string{"1 execution did not behave as expected, the first 503-20260102T030405Z-abcdef-00004: the status is X; it was edited", "repair it"}},
		{"one that was refused", func(r *loadReport) { lose(errors.New("no"), "", r.executions[0]) },
			[]string{"1 execution was lost, the first 200-20260102T030405Z-abcdef-00001: no",
				"next: retrycatch executions --region eu-west-1"}},
		{"two that are not known", func(r *loadReport) { lose(errors.New("no"), "arn", r.executions[:2]...) },
			[]string{"up to 2 executions may run on",
				"contains(name, `\"20260102T030405Z-abcdef\"`)].[executionArn]' --output text --region eu-west-1 | while read -r arn; " +
					"do aws stepfunctions stop-execution --region eu-west-1 --execution-arn \"$arn\" </dev/null; done", "2 executions were lost",
				"next: retrycatch executions --region eu-west-1"}},
		{"an interrupt", func(r *loadReport) {
			r.interrupted = context.Canceled
			lose(context.Canceled, "arn", r.executions[0])
			r.executions[2].Outcome = load.Unbegun
		}, []string{"1 execution was not started: context canceled", "next: retrycatch run --count 3",
			"up to 1 execution may run on without being watched: context canceled", "stop-execution"}},
		{"no more could be started", func(r *loadReport) {
			r.stopped = &problem.Problem{What: "it may not", Next: "n"}
			lose(r.stopped, "", r.executions[0])
			r.executions[1].Outcome, r.executions[2].Outcome = load.Unbegun, load.Unbegun
		}, []string{"2 executions were not started: it may not", "next: n", "1 execution was lost", "next: n"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := loadOf(t, 3)
			test.change(r)
			err := r.verdict(in(awsstub.Region, awsstub.New(t)), "retrycatch run --count 3")
			if len(test.says) == 0 {
				if err != nil {
					t.Errorf("the verdict is %v", err)
				}
				return
			}
			if result := (*badResult)(nil); !errors.As(err, &result) {
				t.Fatalf("%v is no result", err)
			}
			c, _, stderr := consoleOf("")
			c.report(err, "retrycatch status")
			lines := strings.Split(strings.TrimSuffix(stderr.String(), "\n"), "\n")
			if len(lines) != len(test.says) {
				t.Fatalf("got\n%s\nexpected %d lines", stderr, len(test.says))
			}
			for i, want := range test.says {
				if !strings.Contains(lines[i], want) {
					t.Errorf("%q is not in %q", want, lines[i])
				}
			}
		})
	}
}
