package e2e

import "testing"

// The JSON document of run --count, as in docs/json.md.
type (
	loadDocument struct {
		StateMachineARN string          `json:"stateMachineArn"`
		AsExpected      bool            `json:"asExpected"`
		Concurrency     int             `json:"concurrency"`
		Seconds         float64         `json:"seconds"`
		ThrottledCalls  int             `json:"throttledCalls"`
		Total           loadSummary     `json:"total"`
		Scenarios       []loadSummary   `json:"scenarios"`
		NotAsExpected   []loadExecution `json:"notAsExpected"`
		Lost            []loadExecution `json:"lost"`
		Causes          []string        `json:"causes"`
		Unread          []string        `json:"unread"`
	}
	loadSummary struct {
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

// checkLoad checks a load of 50 executions with the mix 200=70,429=20,503=7,999=3. The shares round
// to 35, 10, 4 and 1: 503 and 999 have equal remainders, so 503, which comes first, gets the last
// execution.
func checkLoad(t *testing.T, load loadDocument) {
	t.Helper()
	if !load.AsExpected || load.Concurrency != 20 || len(load.NotAsExpected)+len(load.Lost) > 0 {
		t.Errorf("got the load %+v, want all executions as expected", load)
	}
	want := map[string]struct{ executions, attempts, transitions int }{
		"200": {35, 35, 70}, "429": {10, 40, 70}, "503": {4, 4, 8}, "999": {1, 1, 2}}
	for _, measured := range load.Scenarios {
		expected := want[measured.Scenario]
		if measured.Executions != expected.executions || measured.AsExpected != expected.executions ||
			measured.Attempts != expected.attempts || measured.Transitions != expected.transitions {
			t.Errorf("scenario %s: got %+v, want %+v", measured.Scenario, measured, expected)
		}
	}
	if load.Total.Executions != 50 || load.Total.Transitions != 150 || load.Total.CostUSD != 0.00375 {
		t.Errorf("got the total %+v, want 50 executions, 150 transitions and 0.00375 USD", load.Total)
	}
}
