package scenario

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
)

// right is the right execution of a scenario, as AWS records it. Each call makes another one, to be changed at will.
func right(name string) history.Execution { return history.New(awsstub.Course(awsstub.AWS, name)) }

func find(t *testing.T, name string) Scenario {
	t.Helper()
	for _, s := range All() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("there is no scenario %s", name)
	return Scenario{}
}

func TestEveryScenarioAcceptsItsRightExecution(t *testing.T) {
	t.Parallel()
	for _, s := range All() {
		for _, family := range awsstub.Families {
			t.Run(s.Name+" "+string(family), func(t *testing.T) {
				t.Parallel()
				if deviations := s.Check(history.New(awsstub.Course(family, s.Name))); deviations != nil {
					t.Errorf("it deviates: %q", deviations)
				}
			})
		}
	}
}

func TestNoScenarioAcceptsTheExecutionOfAnother(t *testing.T) {
	t.Parallel()
	for _, s := range All() {
		for _, other := range All() {
			if other.Name == s.Name {
				continue
			}
			t.Run(s.Name+" as "+other.Name, func(t *testing.T) {
				t.Parallel()
				if deviations := s.Check(right(other.Name)); len(deviations) == 0 {
					t.Error("nothing deviates")
				}
			})
		}
	}
}

func TestCheckSaysWhatDiffers(t *testing.T) {
	t.Parallel()
	const (
		course429 = "Call API [TooManyRequestsException, TooManyRequestsException, TooManyRequestsException]" +
			" → Wait and Try Later → Change to 200 → Call API [succeeded] → OK"
		course503 = "Call API [ServerUnavailableException] → Server Unavailable"
	)
	tests := []struct {
		name     string
		scenario string
		change   func(*history.Execution)
		want     []string
	}{
		{"another status", "200", func(e *history.Execution) { e.Status = "TIMED_OUT" },
			[]string{"the status is TIMED_OUT, expected SUCCEEDED"}},
		{"another output", "200", func(e *history.Execution) { e.Output = `"200 OK"` },
			[]string{`the output is "200 OK", expected "The request has succeeded."`}},
		{"no output", "429", func(e *history.Execution) { e.Output = "" },
			[]string{`the output is none, expected "The request has succeeded."`}},
		{"an output that is no JSON", "200", func(e *history.Execution) { e.Output = "The request has succeeded." },
			[]string{`the output is The request has succeeded., expected "The request has succeeded."`}},
		{"an output of one that fails", "503", func(e *history.Execution) { e.Output = `{ "a": 1 }` },
			[]string{`the output is {"a":1}, expected none`}},
		{"another error", "999", func(e *history.Execution) { e.Error = "ServerUnavailable" },
			[]string{"the error is ServerUnavailable, expected An error of unknown type occurred"}},
		{"no error", "503", func(e *history.Execution) { e.Error = "" },
			[]string{"the error is none, expected ServerUnavailable"}},
		{"a retry too few", "429", func(e *history.Execution) { e.Steps[0].Attempts = e.Steps[0].Attempts[:2] },
			[]string{"the path is Call API [TooManyRequestsException, TooManyRequestsException]" +
				" → Wait and Try Later → Change to 200 → Call API [succeeded] → OK, expected " + course429}},
		{"a retry too many", "503", func(e *history.Execution) { e.Steps[0].Attempts = append(e.Steps[0].Attempts, e.Steps[0].Attempts[0]) },
			[]string{"the path is Call API [ServerUnavailableException, ServerUnavailableException] → Server Unavailable, expected " + course503}},
		{"a retry after another error", "429", func(e *history.Execution) { e.Steps[0].Attempts[1].Error = "OtherException" },
			[]string{"the path is Call API [TooManyRequestsException, OtherException, TooManyRequestsException]" +
				" → Wait and Try Later → Change to 200 → Call API [succeeded] → OK, expected " + course429}},
		{"a retry for Lambda in place of one for the API", "429", func(e *history.Execution) { e.Steps[0].Attempts[1].Error = throttled },
			[]string{"the path is Call API [TooManyRequestsException, TooManyRequestsException]" +
				" → Wait and Try Later → Change to 200 → Call API [succeeded] → OK, expected " + course429}},
		{"a last attempt that succeeds where it must fail", "503", func(e *history.Execution) { e.Steps[0].Attempts[0].Failed = false },
			[]string{"the path is Call API [succeeded] → Server Unavailable, expected " + course503}},
		{"an error without a name", "503", func(e *history.Execution) { e.Steps[0].Attempts[0].Error = "" },
			[]string{"the path is Call API [failed] → Server Unavailable, expected " + course503}},
		{"states in another order", "429", func(e *history.Execution) { e.Steps[1], e.Steps[2] = e.Steps[2], e.Steps[1] },
			[]string{"the path is Call API [TooManyRequestsException, TooManyRequestsException, TooManyRequestsException]" +
				" → Change to 200 → Wait and Try Later → Call API [succeeded] → OK, expected " + course429}},
		{"another state", "503", func(e *history.Execution) { e.Steps[1].State = "Catch All" },
			[]string{"the path is Call API [ServerUnavailableException] → Catch All, expected " + course503}},
		{"a state left out", "200", func(e *history.Execution) { e.Steps = e.Steps[:1] },
			[]string{"the path is Call API [succeeded], expected Call API [succeeded] → OK"}},
		{"nothing at all", "200", func(e *history.Execution) { *e = history.New(nil) }, []string{
			"the status is RUNNING, expected SUCCEEDED",
			`the output is none, expected "The request has succeeded."`,
			"the path is none, expected Call API [succeeded] → OK"}},
		{"everything", "200", func(e *history.Execution) { *e = right("503") }, []string{
			"the status is FAILED, expected SUCCEEDED",
			`the output is none, expected "The request has succeeded."`,
			"the error is ServerUnavailable, expected none",
			"the path is " + course503 + ", expected Call API [succeeded] → OK"}},

		{"white space around an output means nothing", "200", func(e *history.Execution) { e.Output = " \"The request has succeeded.\"\n" }, nil},
		{"nor does how long anything took", "429", func(e *history.Execution) {
			for i := range e.Steps[0].Attempts {
				e.Steps[0].Attempts[i].Backoff *= 7
			}
		}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := right(test.scenario)
			test.change(&e)
			if diff := cmp.Diff(test.want, find(t, test.scenario).Check(e)); diff != "" {
				t.Errorf("the deviations differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestInputIsJSONThatNamesTheStatusCode(t *testing.T) {
	t.Parallel()
	var names []string
	for _, s := range All() {
		names = append(names, s.Name)
		var input map[string]string
		if err := json.Unmarshal([]byte(s.Input()), &input); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"statuscode": s.Name}, input); diff != "" {
			t.Errorf("the input of %s differs (-want +got):\n%s", s.Name, diff)
		}
	}
	if diff := cmp.Diff([]string{"200", "503", "429", "999"}, names); diff != "" {
		t.Errorf("the scenarios differ (-want +got):\n%s", diff)
	}
}
