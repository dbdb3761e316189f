package history

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// meanings links events as AWS does:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
var meanings = func() map[string]meaning {
	all := map[string]meaning{}
	for _, some := range []map[string]meaning{failures, retries, endings, evaluations} {
		maps.Copy(all, some)
	}
	return all
}()

// meaning holds a history and its expected steps, in the form of story.
type meaning struct{ events, want []string }

// failures holds histories with errors.
var failures = map[string]meaning{
	"runtime/in a Pass": {
		[]string{
			"1 0 ExecutionStarted",
			"2 0 PassStateEntered name=A",
			"3 2 PassStateExited name=A",
			"4 3 PassStateEntered name=B",
			"5 3 ExecutionFailed error=States.Runtime cause=<An error occurred while executing the state 'B' (entered at " +
				"the event id #4). Invalid path>",
		},
		[]string{
			"A succeeded",
			"B failed States.Runtime (An error occurred while executing the state 'B' (entered at the event id #4). " +
				"Invalid path)",
		},
	},
	"runtime/after a Task's work": {
		[]string{
			"1 0 ExecutionStarted",
			"2 0 TaskStateEntered name=T",
			"3 2 TaskScheduled",
			"4 3 TaskSucceeded",
			"5 4 ExecutionFailed error=States.Runtime cause=<An error occurred while executing the state 'T' (entered at " +
				"the event id #2). Invalid path>",
		},
		[]string{
			"T failed States.Runtime (An error occurred while executing the state 'T' (entered at the event id #2). " +
				"Invalid path); 3-4 succeeded",
		},
	},
	"runtime/in an item": {
		[]string{
			"1 0 ExecutionStarted",
			"2 0 MapStateEntered name=Each",
			"3 2 MapStateStarted",
			"4 3 MapIterationStarted name=Each index=0",
			"5 3 MapIterationStarted name=Each index=1",
			"6 4 ChoiceStateEntered name=C",
			"7 5 ChoiceStateEntered name=C",
			"8 7 ExecutionFailed error=States.Runtime cause=<An error occurred while executing the state 'C' (entered at " +
				"the event id #6). x>",
		},
		[]string{
			"Each failed States.Runtime (An error occurred while executing the state 'C' (entered at the event id #6). x); " +
				"3-8 failed States.Runtime",
			"Each/C[0] failed States.Runtime (An error occurred while executing the state 'C' (entered at the event id #6). x)",
			"Each/C[1] aborted",
		},
	},
	"runtime/repeated by a Fail state": {
		[]string{
			"1 0 ExecutionStarted",
			"2 0 TaskStateEntered name=T",
			"3 0 EvaluationFailed state=T error=Q",
			"4 3 TaskStateExited name=T",
			"5 4 FailStateEntered name=F",
			"6 5 ExecutionFailed error=Mine cause=<An error occurred while executing the state 'T' (entered at the event " +
				"id #2). x>",
		},
		[]string{"T caught Q",
			"F failed Mine (An error occurred while executing the state 'T' (entered at the event id #2). x)"},
	},
	"runtime/repeated by a Fail state inside": {
		[]string{
			"1 0 ExecutionStarted",
			"2 0 TaskStateEntered name=T",
			"3 0 EvaluationFailed state=T error=Q",
			"4 3 TaskStateExited name=T",
			"5 4 ParallelStateEntered name=Both",
			"6 5 ParallelStateStarted",
			"7 6 FailStateEntered name=F",
			"8 7 ParallelStateFailed",
			"9 8 ExecutionFailed error=Mine cause=<An error occurred while executing the state 'T' (entered at the event " +
				"id #2). x>",
		},
		[]string{
			"T caught Q",
			"Both failed Mine (An error occurred while executing the state 'T' (entered at the event id #2). x); 6-8 " +
				"failed Mine",
			"Both/F failed Mine (An error occurred while executing the state 'T' (entered at the event id #2). x)",
		},
	},
	"runtime/caught": {
		[]string{
			"1 0 ExecutionStarted",
			"2 0 TaskStateEntered name=T",
			`3 2 TaskStateExited name=T output=<{"Error":"States.ParameterPathFailure","Cause":"An error occurred while ` +
				`executing the state 'T' (entered at the event id #2). x"}>`,
			"4 3 PassStateEntered name=C",
		},
		[]string{"T caught States.ParameterPathFailure", "C running"},
	},

	"runtime/caught around it": {
		[]string{
			"1 0 ExecutionStarted",
			"2 0 ParallelStateEntered name=P",
			"3 2 ParallelStateStarted",
			"4 3 PassStateEntered name=A",
			"5 3 WaitStateEntered name=W",
			`6 5 ParallelStateExited name=P output=<{"e":{"Error":"R","Cause":"An error occurred while executing the state ` +
				`'A' (entered at the event id #4). x"}}>`,
			"7 6 PassStateEntered name=C",
		},
		[]string{"P caught R; 3-6 failed R",
			"P/A failed R (An error occurred while executing the state 'A' (entered at the event id #4). x)",
			"P/W aborted, stopped at 6", "C running"},
	},
	"runtime/caught inside": {
		[]string{
			"1 0 ExecutionStarted",
			"2 0 ParallelStateEntered name=P",
			"3 2 ParallelStateStarted",
			"4 3 TaskStateEntered name=A",
			`5 4 TaskStateExited name=A output=<{"Error":"R","Cause":"An error occurred while executing the state 'A' ` +
				`(entered at the event id #4). x"}>`,
			"6 5 ParallelStateSucceeded",
			`7 5 ParallelStateExited name=P output=<{"e":{"Error":"R","Cause":"An error occurred while executing the state ` +
				`'A' (entered at the event id #4). x"}}>`,
		},
		[]string{"P succeeded; 3-6 succeeded", "P/A caught R"},
	},
	"error/Fail state in a Parallel": {[]string{"1 0 ExecutionStarted", "2 0 ParallelStateEntered name=Both",
		"3 2 ParallelStateStarted",
		"4 3 FailStateEntered name=F", "5 4 ParallelStateFailed", "6 5 ExecutionFailed error=E cause=c"},
		[]string{"Both failed E (c); 3-5 failed E", "Both/F failed E (c)"}},
	"error/Fail state without an error": {[]string{"1 0 ExecutionStarted", "2 0 MapStateEntered name=Each",
		"3 2 MapStateStarted",
		"4 3 MapIterationStarted name=Each index=0", "5 4 FailStateEntered name=F",
		"6 5 MapIterationFailed name=Each index=0",
		"7 5 MapStateFailed", "8 7 ExecutionFailed"},
		[]string{"Each failed; 3-7 failed", "Each/F[0] failed"}},
	"error/Fail state in a Parallel, caught": {[]string{"1 0 ExecutionStarted", "2 0 ParallelStateEntered name=Both",
		"3 2 ParallelStateStarted",
		"4 3 FailStateEntered name=F", "5 4 ParallelStateFailed",
		`6 5 ParallelStateExited name=Both output=<{"Error":"E","Cause":"c"}>`,
		"7 6 PassStateEntered name=P"},
		[]string{"Both caught E; 3-5 failed E", "Both/F failed E (c)", "P running"}},
	"error/Fail state in a Parallel, caught into a path": {[]string{"1 0 ExecutionStarted",
		`2 0 ParallelStateEntered name=Both input=<{"a":{"Error":"Old","Cause":""},"n":1}>`, "3 2 ParallelStateStarted",
		"4 3 FailStateEntered name=F", "5 4 ParallelStateFailed",
		`6 5 ParallelStateExited name=Both output=<{"a":{"Error":"Old","Cause":""},"n":1,"e":{"Error":"E","Cause":"c"}}>`,
		"7 6 PassStateEntered name=P"},
		[]string{"Both caught E; 3-5 failed E", "Both/F failed E (c)", "P running"}},
	"error/Fail state in a Parallel, dropped": {[]string{"1 0 ExecutionStarted",
		`2 0 ParallelStateEntered name=Both input=<{"Error":"Old","Cause":""}>`, "3 2 ParallelStateStarted",
		"4 3 FailStateEntered name=F",
		"5 4 ParallelStateFailed", `6 5 ParallelStateExited name=Both output=<{"Error":"Old","Cause":""}>`,
		"7 6 PassStateEntered name=P"},
		[]string{"Both caught; 3-5 failed", "Both/F failed", "P running"}},
	"error/Fail state caught, its Failed and Exited events missing": {[]string{"1 0 ExecutionStarted",
		"2 0 ParallelStateEntered name=Both",
		"3 2 ParallelStateStarted", "4 3 FailStateEntered name=F",
		`6 4 ParallelStateExited name=Both output=<{"Error":"E","Cause":"c"}>`,
		"7 6 PassStateEntered name=P"},
		[]string{"Both caught E; 3-6 failed E", "Both/F failed E (c)", "P running"}},
	"error/Task in a branch": {[]string{"1 0 ExecutionStarted", "2 0 ParallelStateEntered name=Both",
		"3 2 ParallelStateStarted",
		"4 3 TaskStateEntered name=L", "5 4 TaskScheduled", "6 3 TaskStateEntered name=R", "7 6 TaskScheduled",
		"8 5 TaskFailed error=E cause=c",
		"9 8 TaskStateAborted", "10 8 ParallelStateFailed", "11 10 ExecutionFailed error=E cause=c"},
		[]string{"Both failed E (c); 3-10 failed E", "Both/L failed E (c); 5-8 failed E", "Both/R aborted; 7-9 aborted"}},
	"error/Task in a branch, the other in a backoff": {[]string{"1 0 ExecutionStarted",
		"2 0 ParallelStateEntered name=Both",
		"3 2 ParallelStateStarted", "4 3 TaskStateEntered name=L", "5 4 TaskScheduled", "6 3 TaskStateEntered name=R",
		"7 6 TaskScheduled",
		"8 7 TaskFailed error=Other", "9 5 TaskFailed error=E cause=c", "10 9 TaskStateAborted", "11 9 ParallelStateFailed",
		"12 11 ExecutionFailed error=E cause=c"},
		[]string{"Both failed E (c); 3-11 failed E", "Both/L failed E (c); 5-9 failed E",
			"Both/R aborted; 7-8 failed Other"}},
	"error/MapRun": {[]string{"1 0 ExecutionStarted", "2 0 MapStateEntered name=M", "3 2 MapStateStarted",
		"4 3 MapRunStarted",
		"5 4 MapRunFailed error=States.ItemReaderFailed cause=csv", "6 5 MapStateFailed",
		"7 6 ExecutionFailed error=States.ItemReaderFailed cause=csv"},
		[]string{"M failed States.ItemReaderFailed (csv); 3-6 failed States.ItemReaderFailed"}},
	"error/MapRun, retried and caught": {
		[]string{"1 0 ExecutionStarted", "2 0 MapStateEntered name=M",
			"3 2 MapStateStarted", "4 3 MapRunStarted",
			"5 4 MapRunFailed error=States.ExceedToleratedFailureThreshold", "8 5 MapStateStarted", "9 8 MapRunStarted",
			"10 9 MapRunFailed error=States.ResultWriterFailed", "11 10 MapStateFailed", "12 11 MapStateExited name=M",
			"13 12 PassStateEntered name=P"},
		[]string{
			"M caught States.ResultWriterFailed; 3-5 failed States.ExceedToleratedFailureThreshold; 8-11 failed " +
				"States.ResultWriterFailed after 3",
			"P running",
		},
	},
	"error/MapRun without an error": {[]string{"1 0 ExecutionStarted", "2 0 MapStateEntered name=M",
		"3 2 MapStateStarted", "4 3 MapRunStarted",
		"5 4 MapRunFailed", "6 5 MapStateFailed", "7 6 ExecutionFailed error=States.ExceedToleratedFailureThreshold"},
		[]string{"M failed States.ExceedToleratedFailureThreshold; 3-6 failed States.ExceedToleratedFailureThreshold"}},
	"error/items that time out": {[]string{"1 0 ExecutionStarted", "2 0 MapStateEntered name=M", "3 2 MapStateStarted",
		"4 3 MapIterationStarted name=M index=0", "5 3 MapIterationStarted name=M index=1", "6 4 TaskStateEntered name=T",
		"7 6 TaskScheduled",
		"8 5 TaskStateEntered name=T", "9 8 TaskScheduled", "10 7 TaskTimedOut error=States.Timeout",
		"11 9 TaskTimedOut error=States.Timeout",
		"12 10 MapIterationFailed name=M index=0", "13 10 TaskStateAborted", "14 10 MapIterationAborted name=M index=1",
		"15 10 TaskStateAborted",
		"16 10 MapStateFailed", "17 16 ExecutionFailed error=States.Timeout"},
		[]string{"M failed States.Timeout; 3-16 failed States.Timeout",
			"M/T[0] failed States.Timeout; 7-10 failed States.Timeout",
			"M/T[1] aborted; 9-11 failed States.Timeout"}},
	"error/items cut off one by one": {[]string{"1 0 ExecutionStarted", "2 0 MapStateEntered name=M",
		"3 2 MapStateStarted",
		"4 3 MapIterationStarted name=M index=0", "5 3 MapIterationStarted name=M index=1",
		"6 3 MapIterationStarted name=M index=2",
		"7 4 FailStateEntered name=F", "8 5 WaitStateEntered name=W", "9 6 WaitStateEntered name=W",
		"10 7 MapIterationFailed name=M index=0",
		"11 7 MapIterationAborted name=M index=1", "12 7 WaitStateAborted", "20 7 MapIterationAborted name=M index=2",
		"21 7 WaitStateAborted",
		"22 7 MapStateFailed", "23 22 ExecutionFailed error=E"},
		[]string{"M failed E; 3-22 failed E", "M/F[0] failed E", "M/W[1] aborted, stopped at 12",
			"M/W[2] aborted, stopped at 21"}},
	"error/the execution's own differs": {
		[]string{
			"1 0 ExecutionStarted",
			"2 0 TaskStateEntered name=T",
			"3 2 TaskScheduled",
			"4 3 TaskFailed error=E",
			"5 4 ExecutionFailed error=States.Runtime cause=<An error occurred while executing the state 'T' (entered at " +
				"the event id #2). ResultPath>",
		},
		[]string{
			"T failed States.Runtime (An error occurred while executing the state 'T' (entered at the event id #2). " +
				"ResultPath); 3-4 failed E",
		},
	},

	"error/tolerance, of Fail states": {[]string{"1 0 ExecutionStarted", "2 0 MapStateEntered name=M",
		"3 2 MapStateStarted",
		"4 3 MapIterationStarted name=M index=0", "5 4 FailStateEntered name=F", "6 5 MapIterationFailed name=M index=0",
		"7 6 MapStateFailed",
		"8 7 ExecutionFailed error=States.ExceedToleratedFailureThreshold"},
		[]string{"M failed States.ExceedToleratedFailureThreshold; 3-7 failed States.ExceedToleratedFailureThreshold",
			"M/F[0] failed"}},
	"error/tolerance, caught": {[]string{"1 0 ExecutionStarted", "2 0 MapStateEntered name=M", "3 2 MapStateStarted",
		"4 3 MapIterationStarted name=M index=0", "5 4 TaskStateEntered name=T", "6 5 TaskScheduled",
		"7 6 TaskFailed error=E",
		"8 7 MapIterationFailed name=M index=0", "9 8 MapStateFailed",
		`10 9 MapStateExited name=M output=<{"Error":"States.ExceedToleratedFailureThreshold","Cause":"c"}>`,
		"11 10 PassStateEntered name=C"},
		[]string{"M caught States.ExceedToleratedFailureThreshold; 3-9 failed States.ExceedToleratedFailureThreshold",
			"M/T[0] failed E; 6-7 failed E",
			"C running"}},
	"error/caught beside other members": {[]string{"1 0 ExecutionStarted", "2 0 ParallelStateEntered name=P",
		"3 2 ParallelStateStarted",
		"4 3 FailStateEntered name=F", "5 4 ParallelStateFailed",
		`6 5 ParallelStateExited name=P output=<{"at":1,"Error":"E","Cause":"c"}>`,
		"7 6 PassStateEntered name=C"},
		[]string{"P caught E; 3-5 failed E", "P/F failed E (c)", "C running"}},
}

func TestMeaning(t *testing.T) {
	t.Parallel()
	for name, test := range meanings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, story(build(recorded(test.events...), known{}))); diff != "" {
				t.Errorf("the steps differ (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWithFailures expects the definition's errors only where no event names one.
func TestWithFailures(t *testing.T) {
	t.Parallel()
	defined := func(string) string { return "Defined" }
	for name, want := range map[string][]string{
		"retried/Parallel": {"Both failed E; 3-4 failed Defined; 7-9 failed E after 3", "Both/F failed Defined",
			"Both/F failed E"},
		"error/Fail state in a Parallel, dropped": {"Both caught Defined; 3-5 failed Defined", "Both/F failed Defined",
			"P running"},
		"error/Fail state in a Parallel": meanings["error/Fail state in a Parallel"].want,
		"evaluation/Fail":                meanings["evaluation/Fail"].want,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := build(recorded(meanings[name].events...), known{})
			if diff := cmp.Diff(want, story(e.WithFailures(defined))); diff != "" {
				t.Errorf("the steps differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEventState(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"evaluation/Pass":                 " A A B B ",
		"evaluation/Map's items":          " Prepare Prepare Each Each Each ",
		"evaluation/missing state events": " A A B ",
		"error/items that time out":       " M M M M T T T T T T M T M T M ",
		"error/Task in a branch":          " Both Both L L R R L R Both ",
		"error/MapRun":                    " M M M M M ",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, event := range build(recorded(meanings[name].events...), known{}).Events {
				got = append(got, event.State)
			}
			if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
				t.Errorf("the states of the events differ (-want +got):\n%s", diff)
			}
		})
	}
}
