package workflow

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
)

// waitsOf are those of a definition.
func waitsOf(t *testing.T, definition string) (Waits, error) {
	t.Helper()
	quoted, err := json.Marshal(definition)
	if err != nil {
		t.Fatal(err)
	}
	stub := awsstub.New(t).On("SFN.DescribeStateMachine", awsstub.JSON(`{"definition": `+string(quoted)+`}`))
	return ReadWaits(t.Context(), stub.Config(), awsstub.StateMachineARN)
}

func TestTheWaitsOfTheDefinition(t *testing.T) {
	t.Parallel()
	definition, err := os.ReadFile("../../statemachine/definition.asl.json")
	if err != nil {
		t.Fatal(err)
	}
	w, err := waitsOf(t, string(definition))
	if err != nil {
		t.Fatal(err)
	}
	const tooMany, throttled = "TooManyRequestsException", "Lambda.TooManyRequestsException"
	// failed is a task whose attempts failed so, the last of them at the Start.
	failed := func(errors ...string) history.Step {
		step := history.Step{State: "Call API", Type: "Task", Status: history.StepRunning, Entered: awsstub.Start}
		for _, err := range errors {
			step.Attempts = append(step.Attempts, history.Attempt{Start: awsstub.Start, End: awsstub.Start, Error: err})
		}
		return step
	}
	tests := []struct {
		name string
		step history.Step
		want float64 // seconds; 0 of a step that does not wait
	}{
		{"before the first retry", failed(tooMany), 1},
		{"before the second, twice as long", failed(tooMany, tooMany), 2},
		{"after the last", failed(tooMany, tooMany, tooMany), 0},
		{"of the other retrier", failed(throttled), 2},
		{"each retrier counts for itself", failed(tooMany, throttled, throttled, tooMany), 2},
		{"after an error that none takes", failed("ServerUnavailableException"), 0},
		{"a wait", history.Step{State: "Wait and Try Later", Type: "Wait", Status: history.StepRunning, Entered: awsstub.Start}, 1},
		{"a wait that is over", history.Step{State: "Wait and Try Later", Type: "Wait", Status: history.StepSucceeded, Entered: awsstub.Start}, 0},
		{"a state that does not wait", history.Step{State: "OK", Type: "Pass", Status: history.StepRunning, Entered: awsstub.Start}, 0},
		{"a state that the definition does not have", history.Step{State: "Dream", Type: "Wait", Status: history.StepRunning, Entered: awsstub.Start}, 0},
		{"an attempt that lasts", history.Step{State: "Call API", Type: "Task", Status: history.StepRunning, Attempts: []history.Attempt{{Start: awsstub.Start}}}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got float64
			if until := w.Until(test.step); !until.IsZero() {
				got = until.Sub(awsstub.Start).Seconds()
			}
			if got != test.want {
				t.Errorf("it waits for %v s, expected %v s", got, test.want)
			}
		})
	}
}

func TestARetrierHasTheDefaultsOfTheLanguage(t *testing.T) {
	t.Parallel()
	w, err := waitsOf(t, `{"States": {"Fan Out": {"Type": "Parallel", "Branches": [{"States": {"Each": {"Type": "Map", "ItemProcessor": {"States": {
		"Work": {"Type": "Task", "Retry": [
			{"ErrorEquals": ["States.TaskFailed"]},
			{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "BackoffRate": 10, "MaxDelaySeconds": 20}]},
		"Computed": {"Type": "Wait", "Seconds": "{% $seconds %}"}}}}}}]}}}`)
	if err != nil {
		t.Fatal(err)
	}
	for err, want := range map[string][]time.Duration{
		"Named":          {time.Second, 2 * time.Second, 4 * time.Second, 0},
		"States.Timeout": {5 * time.Second, 20 * time.Second, 20 * time.Second, 0},
	} {
		var attempts []history.Attempt
		for n, wait := range want {
			attempts = append(attempts, history.Attempt{Error: err})
			if got := w.states["Work"].backoff(attempts); got != wait {
				t.Errorf("after %d times %s it waits for %v, expected %v", n+1, err, got, wait)
			}
		}
	}
	if until := w.Until(history.Step{State: "Computed", Type: "Wait", Status: history.StepRunning, Entered: awsstub.Start}); !until.IsZero() {
		t.Errorf("a computed wait ends at %v", until)
	}
}

func TestADefinitionThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := waitsOf(t, "{"); err == nil {
		t.Error("there is no error of a definition that is no JSON")
	}
	stub := awsstub.New(t).On("SFN.DescribeStateMachine", awsstub.Denied())
	if _, err := ReadWaits(t.Context(), stub.Config(), awsstub.StateMachineARN); err == nil {
		t.Error("there is no error of a call that is denied")
	}
}
