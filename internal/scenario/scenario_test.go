package scenario

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
)

// expectedExecution returns the execution that a scenario expects, as AWS records it.
func expectedExecution(name string) history.Execution {
	return history.New(awsstub.ScenarioEvents(awsstub.AWS, name))
}

func findScenario(t *testing.T, name string) Scenario {
	t.Helper()
	for _, s := range All() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("unknown scenario %s", name)
	return Scenario{}
}

func TestCheckExpected(t *testing.T) {
	t.Parallel()
	for _, s := range All() {
		for _, server := range awsstub.Servers {
			t.Run(s.Name+" "+string(server), func(t *testing.T) {
				t.Parallel()
				if deviations := s.Check(history.New(awsstub.ScenarioEvents(server, s.Name))); deviations != nil {
					t.Errorf("got deviations %v, want none", deviations)
				}
			})
		}
	}
}

func TestCheckAnotherScenario(t *testing.T) {
	t.Parallel()
	for _, s := range All() {
		for _, other := range All() {
			if other.Name == s.Name {
				continue
			}
			t.Run(other.Name+" checked as "+s.Name, func(t *testing.T) {
				t.Parallel()
				if deviations := s.Check(expectedExecution(other.Name)); len(deviations) == 0 {
					t.Error("got no deviations, want some: no two scenarios may have the same path")
				}
			})
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	const (
		three429 = "[TooManyRequestsException, TooManyRequestsException, TooManyRequestsException]"
		path429  = "Call API → Wait and Try Later → Change to 200 → Call API → OK"
		attempts = "the attempts in Call API are "
	)
	tests := []struct {
		name     string
		scenario string
		change   func(*history.Execution)
		want     []string
	}{
		{"different status", "200", func(e *history.Execution) { e.Status = "TIMED_OUT" },
			[]string{"the status is TIMED_OUT, expected SUCCEEDED"}},
		{"different output", "200", func(e *history.Execution) { e.Output = `"200 OK"` },
			[]string{`the output is "200 OK", expected "The request has succeeded."`}},
		{"no output", "429", func(e *history.Execution) { e.Output = "" },
			[]string{`there is no output, expected "The request has succeeded."`}},
		{"invalid JSON as output", "200", func(e *history.Execution) { e.Output = "The request has succeeded." },
			[]string{`the output is the text "The request has succeeded.", expected "The request has succeeded."`}},
		{"output of a failed execution", "503", func(e *history.Execution) { e.Output = `{ "a": 1 }` },
			[]string{`the output is {"a":1}, expected none`}},
		{"different error", "999", func(e *history.Execution) { e.Error = "ServerUnavailable" },
			[]string{`the error is "ServerUnavailable", expected "An error of unknown type occurred"`}},
		{"no error", "503", func(e *history.Execution) { e.Error = "" },
			[]string{`there is no error, expected "ServerUnavailable"`}},
		{"missing retry", "429", func(e *history.Execution) { e.Steps[0].Attempts = e.Steps[0].Attempts[:2] },
			[]string{attempts + "[TooManyRequestsException, TooManyRequestsException], expected " + three429}},
		{"extra retry", "503", func(e *history.Execution) {
			e.Steps[0].Attempts = append(e.Steps[0].Attempts, e.Steps[0].Attempts[0])
		}, []string{attempts + "[ServerUnavailableException, ServerUnavailableException], " +
			"expected [ServerUnavailableException]"}},
		{"retry after a different error", "429", func(e *history.Execution) {
			e.Steps[0].Attempts[1].Error = "OtherException"
		}, []string{attempts + "[TooManyRequestsException, OtherException, TooManyRequestsException], " +
			"expected " + three429}},
		{"retry after throttling by Lambda", "429", func(e *history.Execution) {
			e.Steps[0].Attempts[1].Error = lambdaThrottled
		},
			[]string{attempts + "[TooManyRequestsException, TooManyRequestsException], expected " + three429}},
		{"success instead of a failure", "503", func(e *history.Execution) { e.Steps[0].Attempts[0].Failed = false },
			[]string{attempts + "[succeeded], expected [ServerUnavailableException]"}},
		{"error without a name", "503", func(e *history.Execution) { e.Steps[0].Attempts[0].Error = "" },
			[]string{attempts + "[failed], expected [ServerUnavailableException]"}},
		{"no attempts", "503", func(e *history.Execution) { e.Steps[0].Attempts = nil },
			[]string{attempts + "[], expected [ServerUnavailableException]"}},
		{"attempts of the second visit", "429", func(e *history.Execution) { e.Steps[3].Attempts = e.Steps[0].Attempts[:1] },
			[]string{attempts + "[TooManyRequestsException], expected [succeeded]"}},
		{"states in a different order", "429", func(e *history.Execution) { e.Steps[1], e.Steps[2] = e.Steps[2], e.Steps[1] },
			[]string{"the path is Call API → Change to 200 → Wait and Try Later → Call API → OK, " +
				"expected " + path429}},
		{"different state", "503", func(e *history.Execution) { e.Steps[1].State = "Catch All" },
			[]string{"the path is Call API → Catch All, expected Call API → Server Unavailable"}},
		{"missing state", "200", func(e *history.Execution) { e.Steps = e.Steps[:1] },
			[]string{"the path is Call API, expected Call API → OK"}},
		{"path and attempts", "429", func(e *history.Execution) {
			e.Steps[0].Attempts[2].Error = "OtherException"
			e.Steps = append(e.Steps[:1], history.Step{State: "Catch All"})
		}, []string{"the path is Call API → Catch All, expected " + path429,
			attempts + "[TooManyRequestsException, TooManyRequestsException, OtherException], expected " + three429}},
		{"empty history", "200", func(e *history.Execution) { *e = history.New(nil) }, []string{
			"the status is RUNNING, expected SUCCEEDED",
			`there is no output, expected "The request has succeeded."`,
			"the path is empty, expected Call API → OK"}},
		{"all kinds", "200", func(e *history.Execution) { *e = expectedExecution("503") }, []string{
			"the status is FAILED, expected SUCCEEDED",
			`there is no output, expected "The request has succeeded."`,
			`the error is "ServerUnavailable", expected none`,
			"the path is Call API → Server Unavailable, expected Call API → OK",
			attempts + "[ServerUnavailableException], expected [succeeded]"}},

		{"whitespace around the output", "200", func(e *history.Execution) {
			e.Output = " \"The request has succeeded.\"\n"
		}, nil},
		{"longer backoffs", "429", func(e *history.Execution) {
			for i := range e.Steps[0].Attempts {
				e.Steps[0].Attempts[i].Backoff *= 7
			}
		}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := expectedExecution(test.scenario)
			test.change(&e)
			var got []string
			for _, deviation := range findScenario(t, test.scenario).Check(e) {
				got = append(got, deviation.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the deviations differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckDeviations(t *testing.T) {
	t.Parallel()
	e := expectedExecution("503")
	e.Error, e.Steps[1].State = "", "OK"
	e.Steps[0].Attempts[0].Failed = false
	want := []Deviation{
		{Kind: Error, Expected: []string{"ServerUnavailable"}},
		{Kind: Path, Expected: []string{"Call API", "Server Unavailable"}, Got: []string{"Call API", "OK"}},
		{Kind: Attempts, State: "Call API", Expected: []string{serverUnavailable}, Got: []string{"succeeded"}}}
	if diff := cmp.Diff(want, findScenario(t, "503").Check(e)); diff != "" {
		t.Errorf("the deviations differ (-want +got):\n%s", diff)
	}
}

func TestInput(t *testing.T) {
	t.Parallel()
	var names []string
	for _, s := range All() {
		names = append(names, s.Name)
		var input map[string]string
		if err := json.Unmarshal([]byte(s.Input()), &input); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"statuscode": s.Name}, input); diff != "" {
			t.Errorf("%s: the input differs (-want +got):\n%s", s.Name, diff)
		}
	}
	if diff := cmp.Diff([]string{"200", "503", "429", "999"}, names[:4]); diff != "" {
		t.Errorf("the first names differ: add a scenario at the end of All (-want +got):\n%s", diff)
	}
}
