package cli

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/history"
	"retrycatch/internal/inventory"
	"retrycatch/internal/scenario"
	"retrycatch/internal/session"
)

func TestPlan(t *testing.T) {
	t.Parallel()
	all := len(scenario.All())
	for argument, count := range map[string]int{"": all, "all": all, "429": 1} {
		first, err := (&app{}).plan(t.Context(), runOptions{scenario: argument})
		if err != nil {
			t.Fatal(err)
		}
		second, err := (&app{}).plan(t.Context(), runOptions{scenario: argument})
		if err != nil {
			t.Fatal(err)
		}
		names, traces := map[string]bool{}, map[string]bool{}
		for _, r := range append(first, second...) {
			names[r.Name], traces[r.SentTraceID] = true, true
			if len(r.Name) > 80 { // the limit of Step Functions
				t.Errorf("got the name %s, want at most 80 characters", r.Name)
			}
		}
		if len(first) != count || len(names) != 2*count || len(traces) != 2*count {
			t.Errorf("%q: got %d executions, want %d; got names %v and traces %v in two plans, want all different",
				argument, len(first), count, names, traces)
		}
	}
}

func TestStartAll(t *testing.T) {
	t.Parallel()
	started := awsstub.JSON(`{"executionArn": "arn:started", "startDate": 1}`)
	for name, test := range map[string]struct {
		answers []awsstub.Answer
		fails   bool     // startAll returns an error
		started []string // ARNs
	}{
		"all":            {[]awsstub.Answer{started}, false, []string{"arn:started", "arn:started", "arn:started"}},
		"none":           {[]awsstub.Answer{awsstub.Denied()}, true, []string{"", "", ""}},
		"only the first": {[]awsstub.Answer{started, awsstub.Denied()}, false, []string{"arn:started", "", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On("SFN.StartExecution", test.answers...)
			var runs []*scenario.Run
			for _, name := range []string{"a", "b", "c"} {
				runs = append(runs, &scenario.Run{Execution: history.Execution{Name: name, Input: "{}"}, SentTraceID: "1-" + name})
			}
			subject := &target{Session: &session.Session{Config: stub.Config()}}
			err := subject.startAll(t.Context(), &inventory.Stack{}, awsstub.StateMachineARN, runs)
			if (err != nil) != test.fails {
				t.Errorf("startAll returned %v, want an error: %t", err, test.fails)
			}
			var arns []string
			for _, r := range runs {
				arns = append(arns, r.ARN)
				if !test.fails && (r.ARN == "") != (r.Err != nil) {
					t.Errorf("%s: got ARN %q and error %v, want either an ARN or an error", r.Name, r.ARN, r.Err)
				}
			}
			if diff := cmp.Diff(test.started, arns); diff != "" {
				t.Errorf("the ARNs differ (-want +got):\n%s", diff)
			}
			for i, input := range stub.Inputs("SFN.StartExecution") {
				request := input.(*sfn.StartExecutionInput)
				if name, trace := *request.Name, *request.TraceHeader; name != runs[i].Name ||
					!strings.Contains(trace, runs[i].SentTraceID) {
					t.Errorf("got execution %s with trace %s, want %s with %s", name, trace, runs[i].Name, runs[i].SentTraceID)
				}
			}
		})
	}
}
