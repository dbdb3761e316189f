package e2e

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/internal/scenario"
)

// The JSON documents of the commands executions and inspect, as in docs/json.md.
type (
	executionsDocument struct {
		StateMachineARN string `json:"stateMachineArn"`
		Executions      []struct {
			Name     string    `json:"name"`
			ARN      string    `json:"arn"`
			Scenario string    `json:"scenario"`
			Status   string    `json:"status"`
			Error    string    `json:"error"`
			Started  time.Time `json:"started"`
			Seconds  float64   `json:"seconds"`
			Attempts int       `json:"attempts"`
			Redrives int       `json:"redrives"`
		} `json:"executions"`
	}
	// stepDocument is part of the documents of run and inspect.
	stepDocument struct {
		State     string    `json:"state"`
		Type      string    `json:"type"`
		Status    string    `json:"status"`
		Started   time.Time `json:"started"`
		Seconds   float64   `json:"seconds"`
		Input     any       `json:"input"`
		Output    any       `json:"output"`
		Caught    string    `json:"caught"`
		Error     string    `json:"error"`
		Message   string    `json:"message"`
		Previous  *int      `json:"previous"`
		Parent    *int      `json:"parent"`
		Iteration *int      `json:"iteration"`
		Attempts  []struct {
			Started     time.Time `json:"started"`
			WaitSeconds float64   `json:"waitSeconds"`
			Seconds     float64   `json:"seconds"`
			Status      string    `json:"status"`
			Error       string    `json:"error"`
			Message     string    `json:"message"`
			Cause       string    `json:"cause"`
			Output      any       `json:"output"`
		} `json:"attempts"`
	}
	inspectDocument struct {
		Name             string         `json:"name"`
		ARN              string         `json:"arn"`
		TraceID          string         `json:"traceId"`
		ConsoleURL       string         `json:"consoleUrl"`
		Scenario         string         `json:"scenario"`
		Status           string         `json:"status"`
		Input            any            `json:"input"`
		Output           any            `json:"output"`
		Error            string         `json:"error"`
		Cause            string         `json:"cause"`
		Started          time.Time      `json:"started"`
		Seconds          float64        `json:"seconds"`
		Attempts         int            `json:"attempts"`
		StateTransitions int            `json:"stateTransitions"`
		CostUSD          float64        `json:"costUsd"`
		Redrives         int            `json:"redrives"`
		Missing          []any          `json:"missing"`
		Steps            []stepDocument `json:"steps"`
		Events           []struct {
			ID       int64           `json:"id"`
			Previous int64           `json:"previousEventId"`
			Time     time.Time       `json:"timestamp"`
			Type     string          `json:"type"`
			State    string          `json:"state"`
			Details  json.RawMessage `json:"details"`
		} `json:"events"`
		Logs []struct {
			Time    time.Time `json:"timestamp"`
			Message any       `json:"message"`
		} `json:"logs"`
	}
)

// checkViews checks the commands executions, inspect, graph and report after a run of all
// scenarios.
func (c *cloud) checkViews(t *testing.T) {
	t.Helper()
	listed := decode[executionsDocument](t, c.mustRun(t, 0, "executions", "--output", "json"))
	attempts := map[string]int{}
	for _, e := range listed.Executions {
		attempts[e.Scenario] = e.Attempts
	}
	want, failures := map[string]int{}, 0
	for _, s := range scenario.All() {
		want[s.Name] = history.New(awsstub.ScenarioEvents(awsstub.AWS, s.Name)).Attempts()
		if s.Error != "" {
			failures++
		}
	}
	if diff := cmp.Diff(want, attempts); diff != "" {
		t.Errorf("attempts per scenario (-want +got):\n%s", diff)
	}
	failed := decode[executionsDocument](t,
		c.mustRun(t, 0, "executions", "--status", "FAILED", "--output", "json")).Executions
	if len(failed) != failures {
		t.Errorf("executions --status FAILED: got %+v, want %d executions", failed, failures)
	}
	for _, e := range failed {
		if e.Status != "FAILED" {
			t.Errorf("executions --status FAILED: got the status %s of %s", e.Status, e.Name)
		}
	}
	for _, e := range listed.Executions {
		if e.Scenario == "429" {
			c.checkInspect(t, e.Name)
			c.checkGraph(t, e.Name, e.ARN)
		}
	}
	c.checkReport(t)
}

func (c *cloud) checkInspect(t *testing.T, name string) {
	t.Helper()
	inspected := decode[inspectDocument](t, c.mustRun(t, 0, "inspect", name, "--output", "json"))
	var steps []string
	for _, step := range inspected.Steps {
		steps = append(steps, step.State+" "+step.Status)
	}
	want := []string{
		"Call API caught", "Wait and Try Later succeeded", "Change to 200 succeeded", "Call API succeeded", "OK succeeded",
	}
	if diff := cmp.Diff(want, steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if inspected.StateTransitions != 7 || len(inspected.Missing) > 0 {
		t.Errorf("got %d state transitions and missing events %v, want 7 and none",
			inspected.StateTransitions, inspected.Missing)
	}
	if inspected.ConsoleURL != "" {
		t.Errorf("got the console URL %s on a local AWS, want none", inspected.ConsoleURL)
	}
	c.mustRun(t, 0, "inspect", "latest", "--watch", "--logs").wantText(t, "Timeline")
	c.mustRun(t, 0, "inspect", "429").wantText(t, "429 matches the execution "+name)
	c.mustRun(t, 2, "inspect", name+"x").wantText(t, "did you mean "+name)
}

func (c *cloud) checkGraph(t *testing.T, name, arn string) {
	t.Helper()
	c.mustRun(t, 0, "graph", "--execution", name).wantText(t,
		"↷ visit 1 caught, ✓ visit 2 succeeded, ↻ 4 attempts in 2 visits")
	picture := filepath.Join(t.TempDir(), "graph.svg")
	c.mustRun(t, 0, "graph", "--execution", arn, "-o", picture)
	requireXML(t, picture)
}

func (c *cloud) checkReport(t *testing.T) {
	t.Helper()
	page := filepath.Join(t.TempDir(), "report.html")
	if r := c.mustRun(t, 0, "report", "-o", page); r.stdout != page+"\n" {
		t.Errorf("got the output %q, want the path of the page", r.stdout)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "<svg"); n != len(scenario.All()) {
		t.Errorf("got %d graphs in the report, want %d", n, len(scenario.All()))
	}
}

func requireXML(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for decoder := xml.NewDecoder(strings.NewReader(string(text))); ; {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%s is not valid XML: %v", file, err)
		}
	}
}
