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

// use is an execution that started some time after awsstub.Start, and the revision that it uses:
// the number of seconds after awsstub.Start at which it became the state machine's.
type use struct {
	name     string
	start    int
	revision int
	first    bool
	version  string // published
}

// A load of hundreds just after an update takes a few calls.
func TestDefinitionsOfManyAfterAnUpdate(t *testing.T) {
	t.Parallel()
	const updated, changed, many = 500, 7, 1000 // from the seventh second on, the new one is in use
	var uses []use
	for i := range many {
		u := use{name: fmt.Sprintf("e%d", i), start: updated + 25 - 25*i/many, revision: updated}
		if u.start < updated+changed {
			u.revision = 0
		}
		uses = append(uses, u)
	}
	stub, items := definer(t, uses)
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
	if asked := len(askedFor(stub)); wrong > 0 || asked > 2*singly+30 {
		t.Errorf("%d of %d definitions are wrong after %d calls", wrong, many, asked)
	}
}

// definer answers DescribeStateMachineForExecution.
func definer(t *testing.T, uses []use) (*awsstub.Stub, []types.ExecutionListItem) {
	byARN := map[string]use{}
	var items []types.ExecutionListItem
	for _, u := range uses {
		i := item(u.name, "SUCCEEDED")
		i.StartDate, i.StateMachineArn = aws.Time(awsstub.Start.Add(time.Duration(u.start)*time.Second)), aws.String("machine")
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
		return awsstub.JSON(fmt.Sprintf(`{"name": "M", "definition": "%d%s", "stateMachineArn": "s", "roleArn": "r", "updateDate": %d%s}`,
			u.revision, u.version, awsstub.Start.Unix()+int64(u.revision), id))(call)
	}), items
}

func TestDefinitions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		uses  []use // the newest first
		asked []string
	}{
		{"none", nil, nil},
		{"one definition", []use{{"c", 300, 0, false, ""}, {"b", 200, 0, false, ""}, {"a", 100, 0, false, ""}}, []string{"c"}},
		{"an update in between", []use{{"d", 900, 500, false, ""}, {"c", 800, 500, false, ""}, {"b", 200, 0, false, ""}, {"a", 100, 0, false, ""}},
			[]string{"d", "b"}},
		{"two updates in between, one without executions", []use{{"b", 900, 800, false, ""}, {"a", 400, 0, false, ""}}, []string{"b", "a"}},
		{"right after an update, when the old one is still in use",
			[]use{{"e", 560, 500, false, ""}, {"d", 520, 500, false, ""}, {"c", 510, 0, false, ""}, {"b", 501, 500, false, ""}, {"a", 400, 0, false, ""}},
			[]string{"e", "d", "c", "b"}},
		{"just outside of the margin", []use{{"c", 531, 500, false, ""}, {"b", 530, 500, false, ""}, {"a", 529, 500, false, ""}}, []string{"c", "a"}},
		{"right after the creation, when there is no older one", []use{{"c", 3, 0, true, ""}, {"b", 2, 0, true, ""}, {"a", 0, 0, true, ""}}, []string{"c"}},
		{"out of order, as when they are named", []use{{"a", 100, 0, false, ""}, {"d", 900, 500, false, ""}, {"b", 200, 0, false, ""}},
			[]string{"d", "b"}},
		{"published versions", []use{{"c", 900, 0, false, "v2"}, {"b", 800, 0, false, "v1"}, {"a", 700, 0, false, "v2"}}, []string{"c", "b"}},
		{"several state machines", []use{{"n/b", 900, 0, false, ""}, {"m/a", 800, 0, false, ""}, {"n/c", 700, 0, false, ""}}, []string{"n/b", "m/a"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub, items := definer(t, test.uses)
			var told []int
			got, err := Definitions(t.Context(), stub.Config(), items, func(n int) { told = append(told, n) })
			if err != nil || len(told) != len(items) || !slices.IsSorted(told) {
				t.Fatalf("it tells %v, and the error is %v", told, err)
			}
			for i, u := range test.uses {
				if want := fmt.Sprintf("%d%s", u.revision, u.version); string(got[i].Definition) != want || got[i].Name != "M" || got[i].Err != nil {
					t.Errorf("%s uses %s (%v), expected %s", u.name, got[i].Definition, got[i].Err, want)
				}
			}
			if diff := cmp.Diff(test.asked, askedFor(stub)); diff != "" {
				t.Errorf("the executions that were asked for differ (-want +got):\n%s", diff)
			}
		})
	}
}

func askedFor(stub *awsstub.Stub) []string {
	var names []string
	for _, input := range stub.Inputs(describeForExecution) {
		names = append(names, strings.TrimPrefix(*input.(*sfn.DescribeStateMachineForExecutionInput).ExecutionArn, "arn:"))
	}
	return names
}

func TestDefinitionsOfARedrivenExecution(t *testing.T) {
	t.Parallel()
	stub, items := definer(t, []use{{"b", 900, 500, false, ""}, {"redriven", 200, 0, false, ""}, {"a", 100, 0, false, ""}})
	items[1].RedriveCount, items[1].RedriveDate = aws.Int32(1), aws.Time(awsstub.Start.Add(1000*time.Second))
	got, err := Definitions(t.Context(), stub.Config(), items, func(int) {})
	if err != nil || string(got[1].Definition) != "0" {
		t.Errorf("it uses %s, not the definition of its first start (%v)", got[1].Definition, err)
	}
	if diff := cmp.Diff([]string{"b", "redriven"}, askedFor(stub)); diff != "" {
		t.Errorf("the executions that were asked for differ (-want +got):\n%s", diff)
	}
}

func TestDefinitionsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	uses := []use{{"c", 300, 0, false, ""}, {"b", 200, 0, false, ""}, {"a", 100, 0, false, ""}}
	for name, test := range map[string]struct {
		answer awsstub.Answer
		failed int
		calls  int
	}{
		"of one":   {unknown, 1, 2},
		"none may": {awsstub.Denied(), 3, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stub, items := definer(t, uses)
			stub.On(describeForExecution, test.answer, awsstub.Revision("{}"))
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
				t.Errorf("%d could not be read, with %d calls", failed, len(stub.Calls()))
			}
		})
	}
}
