package workflow

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
)

// use describes an execution and the revision that it uses.
type use struct {
	name     string
	start    int    // seconds after awsstub.Start
	revision int    // the update that created the revision, in seconds after awsstub.Start
	first    bool   // the state machine had not been updated before the execution
	version  string // ARN of the published version, or empty
}

// TestDefinitionsAfterUpdate checks that hundreds of executions that started just after an update
// need only a few calls.
func TestDefinitionsAfterUpdate(t *testing.T) {
	t.Parallel()
	// Executions use the updated definition only if they start at least lag seconds after the
	// update.
	const updated, lag, total = 500, 7, 1000
	var uses []use
	for i := range total {
		u := use{name: fmt.Sprintf("e%d", i), start: updated + 25 - 25*i/total, revision: updated}
		if u.start < updated+lag {
			u.revision = 0
		}
		uses = append(uses, u)
	}
	stub, items := stubDefinitions(t, uses)
	got, err := Definitions(t.Context(), stub.Config(), items, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for i, u := range uses {
		if string(got[i].Definition) != fmt.Sprint(u.revision) {
			wrong++
		}
	}
	if calls := len(describedBy(stub)); wrong > 0 || calls > 2*maxSingle+30 {
		t.Errorf("got %d of %d definitions wrong after %d calls, want none wrong and at most %d calls", wrong, total, calls,
			2*maxSingle+30)
	}
}

// stubDefinitions returns a stub of DescribeStateMachineForExecution, and the list of executions.
func stubDefinitions(t *testing.T, uses []use) (*awsstub.Stub, []types.ExecutionListItem) {
	byARN := map[string]use{}
	var items []types.ExecutionListItem
	for _, u := range uses {
		i := item(u.name, "SUCCEEDED")
		i.StartDate = aws.Time(awsstub.Start.Add(time.Duration(u.start) * time.Second))
		i.StateMachineArn = aws.String("machine")
		if machine, _, found := strings.Cut(u.name, "/"); found {
			i.StateMachineArn = &machine
		}
		if u.version != "" {
			i.StateMachineVersionArn = &u.version
		}
		byARN[*i.ExecutionArn] = u
		items = append(items, i)
	}
	return awsstub.New(t).On(describeForExecution, func(call awsstub.Call) (*http.Response, error) {
		u := byARN[*call.Input.(*sfn.DescribeStateMachineForExecutionInput).ExecutionArn]
		id := fmt.Sprintf(`, "revisionId": "%d"`, u.revision)
		if u.first {
			id = ""
		}
		const answer = `{"name": "M", "definition": "%d%s", "stateMachineArn": "s", "roleArn": "r", "updateDate": %d%s}`
		updated := awsstub.Start.Unix() + int64(u.revision)
		return awsstub.JSON(fmt.Sprintf(answer, u.revision, u.version, updated, id))(call)
	}), items
}

func TestDefinitions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		uses      []use    // newest first, unless the test's name says otherwise
		described []string // executions whose definition is read, in order
	}{
		{"none", nil, nil},
		{
			"one revision",
			[]use{{"c", 300, 0, false, ""}, {"b", 200, 0, false, ""}, {"a", 100, 0, false, ""}},
			[]string{"c"},
		},
		{"update", []use{{"d", 900, 500, false, ""}, {"c", 800, 500, false, ""}, {"b", 200, 0, false, ""},
			{"a", 100, 0, false, ""}}, []string{"d", "b"}},
		{"update without executions", []use{{"b", 900, 800, false, ""}, {"a", 400, 0, false, ""}}, []string{"b", "a"}},
		{"right after an update", []use{{"e", 560, 500, false, ""}, {"d", 520, 500, false, ""},
			{"c", 510, 0, false, ""}, {"b", 501, 500, false, ""}, {"a", 400, 0, false, ""}},
			[]string{"e", "d", "c", "b"}},
		{"executions around the end of updateLag", []use{{"c", 531, 500, false, ""}, {"b", 530, 500, false, ""},
			{"a", 529, 500, false, ""}}, []string{"c", "a"}},
		{"right after the creation", []use{{"c", 3, 0, true, ""}, {"b", 2, 0, true, ""}, {"a", 0, 0, true, ""}},
			[]string{"c"}},
		{"not sorted", []use{{"a", 100, 0, false, ""}, {"d", 900, 500, false, ""}, {"b", 200, 0, false, ""}},
			[]string{"d", "b"}},
		{"published versions", []use{{"c", 900, 0, false, "v2"}, {"b", 800, 0, false, "v1"},
			{"a", 700, 0, false, "v2"}}, []string{"c", "b"}},
		{"two state machines", []use{{"n/b", 900, 0, false, ""}, {"m/a", 800, 0, false, ""},
			{"n/c", 700, 0, false, ""}}, []string{"n/b", "m/a"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub, items := stubDefinitions(t, test.uses)
			var progress []int
			got, err := Definitions(t.Context(), stub.Config(), items, func(n int) { progress = append(progress, n) })
			if err != nil || len(progress) != len(items) || !slices.IsSorted(progress) {
				t.Fatalf("got progress %v and error %v, want one ascending number per execution", progress, err)
			}
			for i, u := range test.uses {
				want := fmt.Sprintf("%d%s", u.revision, u.version)
				if string(got[i].Definition) != want || got[i].Name != "M" || got[i].Err != nil {
					t.Errorf("execution %s: got definition %q, name %q and error %v, want %q and M", u.name,
						got[i].Definition, got[i].Name, got[i].Err, want)
				}
			}
			if diff := cmp.Diff(test.described, describedBy(stub)); diff != "" {
				t.Errorf("the described executions differ (-want +got):\n%s", diff)
			}
		})
	}
}

func describedBy(stub *awsstub.Stub) []string {
	var names []string
	for _, input := range stub.Inputs(describeForExecution) {
		names = append(
			names,
			strings.TrimPrefix(*input.(*sfn.DescribeStateMachineForExecutionInput).ExecutionArn, "arn:"),
		)
	}
	return names
}

func TestDefinitionsRedriven(t *testing.T) {
	t.Parallel()
	stub, items := stubDefinitions(
		t,
		[]use{{"b", 900, 500, false, ""}, {"redriven", 200, 0, false, ""}, {"a", 100, 0, false, ""}},
	)
	items[1].RedriveCount, items[1].RedriveDate = aws.Int32(1), aws.Time(awsstub.Start.Add(1000*time.Second))
	got, err := Definitions(t.Context(), stub.Config(), items, func(int) {})
	if err != nil || string(got[1].Definition) != "0" {
		t.Errorf("got definition %s and error %v, want the definition of the first start", got[1].Definition, err)
	}
	if diff := cmp.Diff([]string{"b", "redriven"}, describedBy(stub)); diff != "" {
		t.Errorf("the described executions differ (-want +got):\n%s", diff)
	}
}

func TestDefinitionsFail(t *testing.T) {
	t.Parallel()
	uses := []use{{"c", 300, 0, false, ""}, {"b", 200, 0, false, ""}, {"a", 100, 0, false, ""}}
	for name, test := range map[string]struct {
		answer awsstub.Answer
		failed int // number of executions with an error
		calls  int
	}{
		"one execution": {unknown, 1, 2},
		"denied":        {awsstub.Denied(), 3, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stub, items := stubDefinitions(t, uses)
			stub.On(describeForExecution, test.answer, awsstub.ExecutionDefinition("{}"))
			got, err := Definitions(t.Context(), stub.Config(), items, func(int) {})
			if err != nil {
				t.Fatal(err)
			}
			failed := 0
			for _, u := range got {
				if u.Err != nil {
					failed++
				}
			}
			if failed != test.failed || got[0].Err == nil || len(stub.Calls()) != test.calls {
				t.Errorf("got %d errors and %d calls, want %d, including one for execution c, and %d", failed,
					len(stub.Calls()), test.failed, test.calls)
			}
		})
	}
}
