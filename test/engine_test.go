package test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"retrycatch/internal/asl"
	"retrycatch/internal/history"
	"retrycatch/internal/scenario"
	"retrycatch/statemachine"
)

// expectation describes an expected execution. If failures is set, the first calls of the function
// fail in Lambda itself.
type expectation struct {
	testName string
	scenario.Scenario
	failures []string  // errors of the first calls, which do not reach the function
	retried  int       // number of failures that are retried
	waits    []float64 // seconds that retriers and Wait states wait, in order
}

// TestDefinitionOnAnotherEngine runs the definition on an independent implementation of the Amazon
// States Language. It also simulates failures of Lambda itself, which a test cannot cause on AWS.
func TestDefinitionOnAnotherEngine(t *testing.T) {
	t.Parallel()
	expected := expectations(t)
	var inputs []engineInput
	for _, e := range expected {
		inputs = append(inputs, e.engineInput(deployedDefinition()))
	}
	for i, ended := range runExecutions(t, inputs) {
		t.Run(expected[i].testName, func(t *testing.T) {
			for _, deviation := range expected[i].deviations(ended) {
				t.Error(deviation)
			}
		})
	}
}

// TestChangedDefinitionOnAnotherEngine proves that the engine's results depend on the definition.
func TestChangedDefinitionOnAnotherEngine(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, old, changed, expectation, deviation string }{
		{"fewer retries", `"MaxAttempts": 2`, `"MaxAttempts": 1`, "429",
			"the attempts in Call API are [TooManyRequestsException, TooManyRequestsException], expected"},
		{"later retry", `"IntervalSeconds": 1`, `"IntervalSeconds": 3`, "429",
			"the waits are [3 6 1], expected [1 2 1]"},
		{"longer Wait state", `"Seconds": 1`, `"Seconds": 5`, "429",
			"the waits are [1 2 5], expected [1 2 1]"},
		{"wrong error name", `"ServerUnavailableException"`, `"ServiceUnavailableException"`, "503",
			`the error is "An error of unknown type occurred", expected "ServerUnavailable"`},
		{"wrong result", `"The request has succeeded."`, `"Done."`, "200",
			`the output is "Done.", expected "The request has succeeded."`},
		{"fewer retries for Lambda", `"MaxAttempts": 6`, `"MaxAttempts": 1`, "Lambda.ServiceException, then 200",
			"the status is FAILED, expected SUCCEEDED"},
		{"shorter backoff for Lambda", `"BackoffRate": 2`, `"BackoffRate": 1.5`,
			"Lambda.ServiceException at every call",
			"the waits are [2 3 4.5 6.75 10.125 15.1875], expected [2 4 8 16 32 64]"},
		// Only the time limit ends this execution.
		{"endless loop", `"statuscode": "200"`, `"statuscode": "429"`, "429",
			"the status is TIMED_OUT, expected SUCCEEDED"},
	}
	all := expectations(t)
	var expected []expectation
	var inputs []engineInput
	for _, test := range tests {
		changed := strings.Replace(deployedDefinition(), test.old, test.changed, 1)
		if changed == deployedDefinition() {
			t.Fatalf("the definition does not contain %s", test.old)
		}
		i := slices.IndexFunc(all, func(e expectation) bool { return e.testName == test.expectation })
		expected = append(expected, all[i])
		inputs = append(inputs, all[i].engineInput(changed))
	}
	for i, ended := range runExecutions(t, inputs) {
		t.Run(tests[i].name, func(t *testing.T) {
			got := strings.Join(expected[i].deviations(ended), "\n")
			if !strings.Contains(got, tests[i].deviation) {
				t.Errorf("got deviations\n%s\nwant them to include\n%s", got, tests[i].deviation)
			}
		})
	}
}

// expectations combines the scenarios with failures of Lambda itself.
func expectations(t *testing.T) []expectation {
	t.Helper()
	scenarios := map[string]scenario.Scenario{}
	waits := map[string][]float64{"429": {1, 2, 1}}
	var all []expectation
	for _, s := range scenario.All() {
		scenarios[s.Name] = s
		all = append(all, expectation{testName: s.Name, Scenario: s, waits: waits[s.Name]})
	}
	for _, failure := range lambdaFailures(t) {
		once, twice, always := []string{failure}, []string{failure, failure}, slices.Repeat([]string{failure}, 7)
		all = append(all,
			expectation{failure + " at every call", withFailedAttempts(scenarios["999"], once), always, 6,
				[]float64{2, 4, 8, 16, 32, 64}},
			expectation{failure + ", then 200", scenarios["200"], twice, 2, []float64{2, 4}},
			// Each retrier counts its own attempts.
			expectation{failure + ", then 429", scenarios["429"], once, 1, []float64{2, 1, 2, 1}})
	}
	return all
}

// withFailedAttempts returns a copy of the scenario with failed attempts in its first state.
func withFailedAttempts(s scenario.Scenario, failed []string) scenario.Scenario {
	s.Path = slices.Clone(s.Path)
	s.Path[0].Failed = failed
	return s
}

// lambdaFailures returns the errors of Lambda itself, which the second retrier handles.
func lambdaFailures(t *testing.T) []string {
	t.Helper()
	definition, err := asl.Parse([]byte(statemachine.Definition))
	if err != nil {
		t.Fatal(err)
	}
	return definition.State("Call API").Retry[1].ErrorEquals
}

// engineInput describes an execution for the engine to run.
type engineInput struct {
	Definition json.RawMessage `json:"definition"`
	Input      json.RawMessage `json:"input"`
	Failures   []string        `json:"failures"`
}

// engineOutput describes an execution that the engine ran.
type engineOutput struct {
	history.Execution
	Waits []float64
}

func (e expectation) engineInput(definition string) engineInput {
	return engineInput{json.RawMessage(definition), json.RawMessage(e.Input()), append([]string{}, e.failures...)}
}

func (e expectation) deviations(got engineOutput) []string {
	var deviations []string
	for _, deviation := range e.Check(got.Execution) {
		deviations = append(deviations, deviation.String())
	}
	if retried := scenario.CountLambdaRetries(got.Steps...).Total; retried != e.retried {
		deviations = append(deviations,
			fmt.Sprintf("the number of retried Lambda failures is %d, expected %d", retried, e.retried))
	}
	if !slices.Equal(got.Waits, e.waits) {
		deviations = append(deviations, fmt.Sprintf("the waits are %v, expected %v", got.Waits, e.waits))
	}
	return deviations
}

// runExecutions runs all executions in one process of the engine, because starting the process
// takes longer than running the executions.
func runExecutions(t *testing.T, inputs []engineInput) []engineOutput {
	t.Helper()
	if _, err := os.Stat(filepath.Join(repository, "test", "node_modules", "aws-local-stepfunctions")); err != nil {
		t.Fatalf("the engine is not installed: run \"make test-setup\": %v", err)
	}
	stdin, err := json.Marshal(map[string]any{"apiErrors": scenario.APIErrors(), "runs": inputs})
	if err != nil {
		t.Fatal(err)
	}
	// A definition with an endless loop must not block the test.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "node", filepath.Join(repository, "test", "engine.mjs"))
	cmd.Stdin, cmd.Stderr = bytes.NewReader(stdin), &stderr
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("the engine failed: %v\n%s", err, stderr.String())
	}
	var all []engineOutput
	if err := json.Unmarshal(stdout, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != len(inputs) {
		t.Fatalf("got %d executions, want %d", len(all), len(inputs))
	}
	return all
}
