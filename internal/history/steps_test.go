package history

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The events in stepCases link to earlier events the way AWS's events do:
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
var stepCases = func() map[string]stepCase {
	all := map[string]stepCase{}
	for _, cases := range []map[string]stepCase{errorCases, retryCases, endingCases, evaluationCases} {
		maps.Copy(all, cases)
	}
	return all
}()

// stepCase is a history for eventsFrom, and its expected steps as stepLines formats them.
type stepCase struct{ events, want []string }

func TestSteps(t *testing.T) {
	t.Parallel()
	for name, test := range stepCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, stepLines(build(eventsFrom(test.events...), knownFacts{}))); diff != "" {
				t.Errorf("the steps differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWithFailures(t *testing.T) {
	t.Parallel()
	defined := func(string) string { return "Defined" }
	for name, want := range map[string][]string{
		"retried/Parallel": {"Both failed E; 3-4 failed Defined; 7-9 failed E after 3", "Both/F failed Defined",
			"Both/F failed E"},
		"error/caught Fail state, error discarded": {"Both caught Defined; 3-5 failed Defined",
			"Both/F failed Defined", "P running"},
		"error/Fail state in a Parallel": stepCases["error/Fail state in a Parallel"].want,
		"evaluation/Fail":                stepCases["evaluation/Fail"].want,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := build(eventsFrom(stepCases[name].events...), knownFacts{})
			if diff := cmp.Diff(want, stepLines(e.WithFailures(defined))); diff != "" {
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
		"evaluation/state events missing": " A A B ",
		"error/items that time out":       " M M M M T T T T T T M T M T M ",
		"error/Task in a branch":          " Both Both L L R R L R Both ",
		"error/MapRun":                    " M M M M M ",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, event := range build(eventsFrom(stepCases[name].events...), knownFacts{}).Events {
				got = append(got, event.State)
			}
			if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
				t.Errorf("the states of the events differ (-want +got):\n%s", diff)
			}
		})
	}
}
