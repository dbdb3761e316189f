package workflow

import (
	"testing"
	"time"

	"retrycatch/internal/asl"
	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/statemachine"
)

func TestResumesAt(t *testing.T) {
	t.Parallel()
	definition, err := asl.Parse([]byte(statemachine.Definition))
	if err != nil {
		t.Fatal(err)
	}
	always, err := asl.Parse([]byte(`{"StartAt": "Call API", "States": {
		"Call API": {"Type": "Task", "End": true, "Retry": [{"ErrorEquals": ["States.ALL"]}]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	const tooMany, throttled = "TooManyRequestsException", "Lambda.TooManyRequestsException"
	// failed returns a task whose attempts failed with these errors. The last attempt failed a
	// minute after awsstub.Start.
	failed := func(errors ...string) history.Step {
		step := history.Step{State: "Call API", Type: "Task", Status: history.StepRunning, Entered: awsstub.Start}
		for _, err := range errors {
			step.Attempts = append(step.Attempts,
				history.Attempt{Start: awsstub.Start, End: awsstub.Start, Failed: true, Error: err})
		}
		step.Attempts[len(errors)-1].End = awsstub.Start.Add(time.Minute)
		return step
	}
	stepIn := func(state, kind string, status history.StepStatus, attempts ...history.Attempt) history.Step {
		return history.Step{State: state, Type: kind, Status: status, Entered: awsstub.Start, Attempts: attempts}
	}
	caught := failed(tooMany)
	caught.Status = history.StepCaught
	tests := []struct {
		name       string
		definition *asl.Definition
		step       history.Step
		want       time.Duration // time after awsstub.Start; 0 if ResumesAt returns zero
	}{
		{"before the first retry", definition, failed(tooMany), time.Minute + time.Second},
		{"before the second retry", definition, failed(tooMany, tooMany), time.Minute + 2*time.Second},
		{"after the last retry", definition, failed(tooMany, tooMany, tooMany), 0},
		{"retrier with another backoff", definition, failed(throttled), time.Minute + 2*time.Second},
		{"error without a retrier", definition, failed("ServerUnavailableException"), 0},
		{"caught", definition, caught, 0},
		{"running attempt", definition,
			stepIn("Call API", "Task", history.StepRunning, history.Attempt{Start: awsstub.Start}), 0},
		{"running attempt, retrier for all errors", always,
			stepIn("Call API", "Task", history.StepRunning, history.Attempt{Start: awsstub.Start}), 0},
		{"running attempt after a failed one", definition,
			stepIn("Call API", "Task", history.StepRunning,
				history.Attempt{Start: awsstub.Start, End: awsstub.Start, Failed: true, Error: tooMany},
				history.Attempt{Start: awsstub.Start}),
			0},
		{"wait", definition, stepIn("Wait and Try Later", "Wait", history.StepRunning), time.Second},
		{"ended wait", definition, stepIn("Wait and Try Later", "Wait", history.StepSucceeded), 0},
		{"state without a wait", definition, stepIn("OK", "Pass", history.StepRunning), 0},
		{"unknown state", definition, stepIn("Unknown", "Wait", history.StepRunning), 0},
		{"no definition", nil, stepIn("Wait and Try Later", "Wait", history.StepRunning), 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got time.Duration
			if at := ResumesAt(test.definition, test.step); !at.IsZero() {
				got = at.Sub(awsstub.Start)
			}
			if got != test.want {
				t.Errorf("got resume time %v after awsstub.Start, want %v", got, test.want)
			}
		})
	}
}
