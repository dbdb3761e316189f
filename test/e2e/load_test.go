package e2e

import "testing"

// What --output json prints of run --count, as docs/json.md describes it.
type (
	loadDocument struct {
		StateMachineARN string          `json:"stateMachineArn"`
		AsExpected      bool            `json:"asExpected"`
		Concurrency     int             `json:"concurrency"`
		Seconds         float64         `json:"seconds"`
		ThrottledCalls  int             `json:"throttledCalls"`
		Total           loadMeasures    `json:"total"`
		Scenarios       []loadMeasures  `json:"scenarios"`
		NotAsExpected   []loadExecution `json:"notAsExpected"`
		Lost            []loadExecution `json:"lost"`
		Causes          []string        `json:"causes"`
		Unread          []string        `json:"unread"`
	}
	loadMeasures struct {
		Scenario      string `json:"scenario"`
		Executions    int    `json:"executions"`
		AsExpected    int    `json:"asExpected"`
		NotAsExpected int    `json:"notAsExpected"`
		Lost          int    `json:"lost"`
		NotStarted    int    `json:"notStarted"`
		Seconds       struct {
			P50 float64 `json:"p50"`
			P95 float64 `json:"p95"`
			P99 float64 `json:"p99"`
			Max float64 `json:"max"`
		} `json:"seconds"`
		Attempts    int     `json:"attempts"`
		Transitions int     `json:"stateTransitions"`
		CostUSD     float64 `json:"costUsd"`
		Retries     int     `json:"lambdaRetries"`
		Throttles   int     `json:"lambdaThrottles"`
	}
	loadExecution struct {
		Scenario    string               `json:"scenario"`
		Name        string               `json:"name"`
		ARN         string               `json:"arn"`
		TraceID     string               `json:"traceId"`
		Deviations  []string             `json:"deviations"`
		Differences []differenceDocument `json:"differences"`
		Reason      string               `json:"reason"`
		MayRun      bool                 `json:"mayRun"`
	}
)

// checkLoad reckons with 35 executions of the first scenario, 10 of the second, 4 of the third and 1 of the last: of two equal
// remainders the first has it.
func checkLoad(t *testing.T, load loadDocument) {
	t.Helper()
	if !load.AsExpected || load.Concurrency != 20 || len(load.NotAsExpected)+len(load.Lost) > 0 {
		t.Errorf("the load is %+v", load)
	}
	want := map[string]struct{ executions, attempts, transitions int }{
		"200": {35, 35, 70}, "429": {10, 40, 70}, "503": {4, 4, 8}, "999": {1, 1, 2}}
	for _, measured := range load.Scenarios {
		expected := want[measured.Scenario]
		if measured.Executions != expected.executions || measured.AsExpected != expected.executions ||
			measured.Attempts != expected.attempts || measured.Transitions != expected.transitions {
			t.Errorf("of the scenario %s there is %+v, expected %+v", measured.Scenario, measured, expected)
		}
	}
	if load.Total.Executions != 50 || load.Total.Transitions != 150 || load.Total.CostUSD != 0.00375 {
		t.Errorf("the total is %+v", load.Total)
	}
}
