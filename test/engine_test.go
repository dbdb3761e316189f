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

// expectation says how an execution ends while Lambda fails the first calls.
type expectation struct {
	name string
	scenario.Scenario
	failures []string  // the errors of the first calls, which do not reach the API
	retried  int       // how many of the failures are retried
	waits    []float64 // in seconds, of retriers and of Wait states, in order
}

// An independent engine follows the specification of the Amazon States Language, not AWS or this
// project. It also simulates Lambda's own failures, which nobody can cause on AWS.
func TestDefinitionOnAnotherEngine(t *testing.T) {
	t.Parallel()
	expected := expectations(t)
	var starts []start
	for _, e := range expected {
		starts = append(starts, e.start(deployed()))
	}
	for i, ended := range play(t, starts) {
		t.Run(expected[i].name, func(t *testing.T) {
			for _, deviation := range expected[i].deviations(ended) {
				t.Error(deviation)
			}
		})
	}
}

// Each changed definition must fail its check on the engine.
func TestChangedDefinitionOnAnotherEngine(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, old, changed, expectation, deviation string }{
		{"fewer retries", `"MaxAttempts": 2`, `"MaxAttempts": 1`, "429",
			"the attempts in Call API are [TooManyRequestsException, TooManyRequestsException], expected"},
		{"later retry", `"IntervalSeconds": 1`, `"IntervalSeconds": 3`, "429",
			"the waits are [3 6 1], expected [1 2 1]"},
		{"longer Wait state", `"Seconds": 1`, `"Seconds": 5`, "429",
			"the waits are [1 2 5], expected [1 2 1]"},
		{"other error name", `"ServerUnavailableException"`, `"ServiceUnavailableException"`, "503",
			"the error is An error of unknown type occurred, expected ServerUnavailable"},
		{"other result", `"The request has succeeded."`, `"Done."`, "200",
			`the output is "Done.", expected "The request has succeeded."`},
		{"fewer retries for Lambda", `"MaxAttempts": 6`, `"MaxAttempts": 1`, "Lambda.ServiceException, then 200",
			"the status is FAILED, expected SUCCEEDED"},
		{"shorter backoff for Lambda", `"BackoffRate": 2`, `"BackoffRate": 1.5`,
			"Lambda.ServiceException at every call",
			"the waits are [2 3 4.5 6.75 10.125 15.1875], expected [2 4 8 16 32 64]"},
		// Only the execution's time limit ends this one.
		{"endless loop", `"statuscode": "200"`, `"statuscode": "429"`, "429",
			"the status is TIMED_OUT, expected SUCCEEDED"},
	}
	all := expectations(t)
	var expected []expectation
	var starts []start
	for _, test := range tests {
		changed := strings.Replace(deployed(), test.old, test.changed, 1)
		if changed == deployed() {
			t.Fatalf("the definition has no %s to change", test.old)
		}
		i := slices.IndexFunc(all, func(e expectation) bool { return e.name == test.expectation })
		expected = append(expected, all[i])
		starts = append(starts, all[i].start(changed))
	}
	for i, ended := range play(t, starts) {
		t.Run(tests[i].name, func(t *testing.T) {
			got := strings.Join(expected[i].deviations(ended), "\n")
			if !strings.Contains(got, tests[i].deviation) {
				t.Errorf("got the deviations\n%s\nwant among them\n%s", got, tests[i].deviation)
			}
		})
	}
}

// expectations returns each scenario alone and together with each of Lambda's own failures.
func expectations(t *testing.T) []expectation {
	t.Helper()
	scenarios := map[string]scenario.Scenario{}
	waits := map[string][]float64{"429": {1, 2, 1}}
	var all []expectation
	for _, s := range scenario.All() {
		scenarios[s.Name] = s
		all = append(all, expectation{name: s.Name, Scenario: s, waits: waits[s.Name]})
	}
	for _, failure := range lambdaFailures(t) {
		once, twice, always := []string{failure}, []string{failure, failure}, slices.Repeat([]string{failure}, 7)
		all = append(all,
			expectation{failure + " at every call", failing(scenarios["999"], once), always, 6,
				[]float64{2, 4, 8, 16, 32, 64}},
			expectation{failure + ", then 200", scenarios["200"], twice, 2, []float64{2, 4}},
			// Each retrier counts its own attempts.
			expectation{failure + ", then 429", scenarios["429"], once, 1, []float64{2, 1, 2, 1}})
	}
	return all
}

// failing returns a copy of the scenario with these failed attempts in its first state.
func failing(s scenario.Scenario, failed []string) scenario.Scenario {
	s.Path = slices.Clone(s.Path)
	s.Path[0].Failed = failed
	return s
}

// lambdaFailures returns the errors that the definition's second retrier handles.
func lambdaFailures(t *testing.T) []string {
	t.Helper()
	definition, err := asl.Parse([]byte(statemachine.Definition))
	if err != nil {
		t.Fatal(err)
	}
	return definition.State("Call API").Retry[1].ErrorEquals
}

// start is a run in the input of the engine.
type start struct {
	Definition json.RawMessage `json:"definition"`
	Input      json.RawMessage `json:"input"`
	Failures   []string        `json:"failures"`
}

// ended is an execution in the output of the engine.
type ended struct {
	history.Execution
	Waits []float64
}

func (e expectation) start(definition string) start {
	return start{json.RawMessage(definition), json.RawMessage(e.Input()), append([]string{}, e.failures...)}
}

func (e expectation) deviations(got ended) []string {
	var deviations []string
	for _, deviation := range e.Check(got.Execution) {
		deviations = append(deviations, deviation.String())
	}
	if retried := scenario.CountLambdaRetries(got.Steps...).Total; retried != e.retried {
		deviations = append(deviations,
			fmt.Sprintf("Lambda's failures are retried %d times, expected %d", retried, e.retried))
	}
	if !slices.Equal(got.Waits, e.waits) {
		deviations = append(deviations, fmt.Sprintf("the waits are %v, expected %v", got.Waits, e.waits))
	}
	return deviations
}

// play runs all executions in one process of the engine, which takes longer to start than to run
// them.
func play(t *testing.T, starts []start) []ended {
	t.Helper()
	if _, err := os.Stat(filepath.Join(repository, "test", "node_modules", "aws-local-stepfunctions")); err != nil {
		t.Fatalf("the engine is not installed: run the tests with \"make test\", which installs it: %v", err)
	}
	stdin, err := json.Marshal(starts)
	if err != nil {
		t.Fatal(err)
	}
	// A loop without a limit would never end.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "node", filepath.Join(repository, "test", "engine.mjs"))
	cmd.Stdin, cmd.Stderr = bytes.NewReader(stdin), &stderr
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("the engine fails: %v\n%s", err, stderr.String())
	}
	var all []ended
	if err := json.Unmarshal(stdout, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != len(starts) {
		t.Fatalf("got %d executions, want %d", len(all), len(starts))
	}
	return all
}
