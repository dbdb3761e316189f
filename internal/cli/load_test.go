package cli

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/internal/inventory"
	"retrycatch/internal/load"
	"retrycatch/internal/scenario"
	"retrycatch/internal/view"
)

func TestLoadFlags(t *testing.T) {
	t.Parallel()
	const mix = "--mix=200=1"
	tests := []struct {
		name string
		args []string
		want []string
	}{
		{
			"mix without count",
			[]string{mix},
			[]string{"--mix requires --count\n  next: retrycatch run --mix=200=1 --count 10\n"},
		},
		{
			"concurrency without count",
			[]string{"--concurrency=5"},
			[]string{
				"--concurrency requires --count\n" +
					"  next: retrycatch run --concurrency=5 --count 10\n",
			},
		},
		{
			"zero count",
			[]string{"--count=0"},
			[]string{"--count must be from 1 to 10000, not 0\n  next: retrycatch run --count 1\n"},
		},
		{"negative count", []string{"--count=-1"}, []string{"--count must be from 1 to 10000, not -1"}},
		{
			"count too large",
			[]string{"--count=10001"},
			[]string{"--count must be from 1 to 10000, not 10001\n  next: retrycatch run --count 10000\n"},
		},
		{
			"zero concurrency",
			[]string{"--count=5", "--concurrency=0"},
			[]string{"--concurrency must be at least 1, not 0\n  next: retrycatch run --count=5 --concurrency 1\n"},
		},
		{
			"input",
			[]string{"--count=5", "--input={}"},
			[]string{"--count, --concurrency or --mix\n  next: retrycatch run --count=5\n"},
		},
		{
			"mix and scenario",
			[]string{"--count=5", mix, "200"},
			[]string{"use SCENARIO or --mix, not both\n  next: retrycatch run --count=5 200\n"},
		},
		{"mix and all", []string{"--count=5", mix, "all"}, []string{"use SCENARIO or --mix, not both"}},
		{"unknown scenario", []string{"--count=5", "teapot"}, []string{`there is no scenario "teapot"`}},
		{"empty mix", []string{"--count=5", "--mix="}, []string{"--mix must not be empty"}},
		{"mix without a scenario", []string{"--count=5", "--mix=,"}, []string{"--mix contains no scenario"}},
		{"hexadecimal count", []string{"--count=0x3"}, []string{`--count must be a whole number, not "0x3"`}},
		{"invalid mix", []string{"--count=5", "--mix=teapot=1,200=x"}, []string{`"teapot"`, `the weight "x"`}},
		{"count not a number", []string{"--count=many"}, []string{`--count must be a whole number, not "many"`}},
		{
			"three invalid options",
			[]string{"--count=0", "--concurrency=-3", "--mix=200"},
			[]string{"--count must be from 1 to 10000, not 0", "--concurrency must be at least 1, not -3", `the weight ""`},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var out, stderr bytes.Buffer
			code := Run(
				t.Context(),
				append([]string{"run"}, test.args...),
				view.Streams{In: strings.NewReader(""), Out: &out, Err: &stderr},
			)
			messages := stderr.String()
			if code != exitUnable || strings.Count(messages, "error: ") != len(test.want) ||
				strings.Count(messages, "next: ") != len(test.want) ||
				out.Len() > 0 {
				t.Errorf("got exit code %d, output %q and\n%s\nwant exit code %d and %d errors with next steps", code, &out,
					messages, exitUnable, len(test.want))
			}
			for _, text := range test.want {
				if !strings.Contains(messages, text) {
					t.Errorf("got\n%s\nwant it to contain %q", messages, text)
				}
			}
		})
	}
}

func TestSelectMix(t *testing.T) {
	t.Parallel()
	tests := []struct {
		o    runOptions
		want string
	}{
		{runOptions{}, strings.ReplaceAll(sharesText(), "=", "=1")},
		{runOptions{scenario: "all"}, strings.ReplaceAll(sharesText(), "=", "=1")},
		{runOptions{scenario: "429"}, "429=1"},
		{runOptions{load: loadOptions{hasMix: true, mix: "429=3,200=2"}}, "429=3 200=2"},
	}
	for _, test := range tests {
		mix, err := (&app{}).selectMix(test.o)
		var got []string
		for _, share := range mix {
			got = append(got, fmt.Sprintf("%s=%d", share.Scenario.Name, share.Weight))
		}
		if err != nil || strings.Join(got, " ") != test.want {
			t.Errorf("%+v: got the mix %v and error %v, want %s", test.o, got, err, test.want)
		}
	}
}

func TestLoadNotStarted(t *testing.T) {
	t.Parallel()
	started := awsstub.JSON(`{"executionArn": "arn", "startDate": 1}`)
	tests := []struct {
		name        string
		answers     []awsstub.Answer
		isBadResult bool
	}{
		{"none started", []awsstub.Answer{awsstub.Denied()}, false},
		{"one started", []awsstub.Answer{started, awsstub.Denied()}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				stub := awsstub.New(t).On("SFN.StartExecution", test.answers...).On("SFN.GetExecutionHistory",
					awsstub.History("", awsstub.ScenarioEvents(awsstub.AWS, "200")...)).
					On("SFN.ListExecutions", awsstub.Executions("arn"))
				c, out, _ := consoleOf("")
				mix := []load.Share{{Scenario: scenario.All()[0], Weight: 1}}
				l := &loadResult{Load: view.Load{StateMachine: awsstub.StateMachineARN, Concurrency: 1, Mix: mix}}
				l.plan(3)
				l.rename("suffix")
				err := (&app{console: c}).performLoad(t.Context(), targetIn(awsstub.Region, stub), &inventory.Stack{},
					l, outputText)
				var result *badResult
				if nextOf(err, "") == "" || errors.As(err, &result) != test.isBadResult || (out.Len() > 0) != test.isBadResult {
					t.Errorf("got error %v and output\n%s\nwant a next step; a *badResult and output: %t",
						err, out, test.isBadResult)
				}
				if strings.Contains(out.String(), "\nall ") {
					t.Errorf("got a total for all scenarios, want none with one scenario:\n%s", out)
				}
			})
		})
	}
}

// finishedLoad returns a load test with n executions of each of two scenarios. All ended as
// expected.
func finishedLoad(t *testing.T, n int) *loadResult {
	t.Helper()
	l := &loadResult{Load: view.Load{StateMachine: awsstub.StateMachineARN, Concurrency: 7}}
	for _, s := range scenario.All()[:2] {
		l.Mix = append(l.Mix, load.Share{Scenario: s, Weight: 1})
	}
	l.plan(2 * n)
	l.rename("20260102T030405Z-abcdef")
	names := map[string]bool{}
	for _, r := range l.Runs {
		e := history.New(awsstub.ScenarioEvents(awsstub.AWS, r.Label()))
		e.Name, e.ARN = r.Name, "arn:"+r.Name
		r.Judge(e)
		names[r.Name], names[r.SentTraceID] = true, true
	}
	if len(names) != 4*n {
		t.Errorf("got %d different names and trace IDs for %d executions, want %d", len(names), 2*n, 4*n)
	}
	return l
}

// markLost marks the runs as lost because of err. It replaces each execution with one that has this
// ARN and no history.
func markLost(err error, arn string, runs ...*scenario.Run) {
	for _, r := range runs {
		r.Execution = history.Execution{Name: r.Name, ARN: arn}
		r.MarkLost(err)
	}
}
