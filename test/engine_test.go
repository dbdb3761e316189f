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

// course is an execution as it must go while Lambda fails the first calls.
type course struct {
	name string
	scenario.Scenario
	failures []string  // the errors of the first calls, which do not get as far as the API
	retried  int       // of them
	waits    []float64 // in seconds, of retriers and of Wait states, in order
}

// An engine that others wrote reads the Amazon States Language as the specification has it, not as AWS does or as we do.
// It plays Lambda's own failures too, which nobody can order from AWS.
func TestTheDefinitionGoesItsCourseOnAnotherEngine(t *testing.T) {
	t.Parallel()
	courses := courses(t)
	var starts []start
	for _, course := range courses {
		starts = append(starts, course.on(deployed()))
	}
	for i, ended := range play(t, starts) {
		t.Run(courses[i].name, func(t *testing.T) {
			for _, deviation := range courses[i].deviations(ended) {
				t.Error(deviation)
			}
		})
	}
}

// The engine is known to look: each of these definitions goes another course.
func TestAnotherDefinitionGoesAnotherCourse(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, old, other, course, says string }{
		{"a 429 is tried again less often", `"MaxAttempts": 2`, `"MaxAttempts": 1`, "429",
			"the attempts in Call API are [TooManyRequestsException, TooManyRequestsException], expected"},
		{"a 429 is tried again later", `"IntervalSeconds": 1`, `"IntervalSeconds": 3`, "429",
			"the waits are [3 6 1], expected [1 2 1]"},
		{"the Wait state takes longer", `"Seconds": 1`, `"Seconds": 5`, "429",
			"the waits are [1 2 5], expected [1 2 1]"},
		{"a 503 has another name", `"ServerUnavailableException"`, `"ServiceUnavailableException"`, "503",
			"the error is An error of unknown type occurred, expected ServerUnavailable"},
		{"the result is another", `"The request has succeeded."`, `"Done."`, "200",
			`the output is "Done.", expected "The request has succeeded."`},
		{"Lambda's failures are tried again less often", `"MaxAttempts": 6`, `"MaxAttempts": 1`, "Lambda.ServiceException, then 200",
			"the status is FAILED, expected SUCCEEDED"},
		{"Lambda's failures are tried again sooner", `"BackoffRate": 2`, `"BackoffRate": 1.5`, "Lambda.ServiceException at every call",
			"the waits are [2 3 4.5 6.75 10.125 15.1875], expected [2 4 8 16 32 64]"},
		// Only the limit of the whole execution ends this one.
		{"the loop goes round for ever", `"statuscode": "200"`, `"statuscode": "429"`, "429",
			"the status is TIMED_OUT, expected SUCCEEDED"},
	}
	courses := courses(t)
	var expected []course
	var starts []start
	for _, test := range tests {
		other := strings.Replace(deployed(), test.old, test.other, 1)
		if other == deployed() {
			t.Fatalf("the definition has no %s to change", test.old)
		}
		i := slices.IndexFunc(courses, func(c course) bool { return c.name == test.course })
		expected = append(expected, courses[i])
		starts = append(starts, courses[i].on(other))
	}
	for i, ended := range play(t, starts) {
		t.Run(tests[i].name, func(t *testing.T) {
			if says := strings.Join(expected[i].deviations(ended), "\n"); !strings.Contains(says, tests[i].says) {
				t.Errorf("the deviations are, without %q:\n%s", tests[i].says, says)
			}
		})
	}
}

// courses are those of the scenarios, undisturbed and with each of Lambda's own failures.
func courses(t *testing.T) []course {
	t.Helper()
	scenarios := map[string]scenario.Scenario{}
	waits := map[string][]float64{"429": {1, 2, 1}}
	var courses []course
	for _, s := range scenario.All() {
		scenarios[s.Name] = s
		courses = append(courses, course{name: s.Name, Scenario: s, waits: waits[s.Name]})
	}
	for _, failure := range lambdaFailures(t) {
		once, twice, always := []string{failure}, []string{failure, failure}, slices.Repeat([]string{failure}, 7)
		courses = append(courses,
			course{failure + " at every call", failing(scenarios["999"], once), always, 6, []float64{2, 4, 8, 16, 32, 64}},
			course{failure + ", then 200", scenarios["200"], twice, 2, []float64{2, 4}},
			// Each retrier counts for itself.
			course{failure + ", then 429", scenarios["429"], once, 1, []float64{2, 1, 2, 1}})
	}
	return courses
}

// failing is the scenario with these failed attempts in its first state.
func failing(s scenario.Scenario, failed []string) scenario.Scenario {
	s.Path = slices.Clone(s.Path)
	s.Path[0].Failed = failed
	return s
}

// lambdaFailures are the errors that the definition's second retrier is for.
func lambdaFailures(t *testing.T) []string {
	t.Helper()
	definition, err := asl.Parse([]byte(statemachine.Definition))
	if err != nil {
		t.Fatal(err)
	}
	return definition.State("Call API").Retry[1].ErrorEquals
}

// start is what the engine is told, ended what it tells.
type start struct {
	Definition json.RawMessage `json:"definition"`
	Input      json.RawMessage `json:"input"`
	Failures   []string        `json:"failures"`
}

type ended struct {
	history.Execution
	Waits []float64
}

func (c course) on(definition string) start {
	return start{json.RawMessage(definition), json.RawMessage(c.Input()), append([]string{}, c.failures...)}
}

func (c course) deviations(e ended) []string {
	var deviations []string
	for _, deviation := range c.Check(e.Execution) {
		deviations = append(deviations, deviation.String())
	}
	if got := scenario.CountLambdaRetries(e.Steps...).All; got != c.retried {
		deviations = append(deviations, fmt.Sprintf("%d attempts are retried for Lambda, expected %d", got, c.retried))
	}
	if !slices.Equal(e.Waits, c.waits) {
		deviations = append(deviations, fmt.Sprintf("the waits are %v, expected %v", e.Waits, c.waits))
	}
	return deviations
}

// play gives all of them to one process of the engine, since its start takes longer than they do.
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
		t.Fatalf("the engine does not run, or without an end: %v\n%s", err, stderr.String())
	}
	var all []ended
	if err := json.Unmarshal(stdout, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != len(starts) {
		t.Fatalf("%d of %d executions have ended", len(all), len(starts))
	}
	return all
}
