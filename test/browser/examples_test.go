package browser

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/graph"
	"retrycatch/internal/history"
	"retrycatch/internal/picture"
	"retrycatch/internal/view"
	"retrycatch/statemachine"
)

const hostile = `</pre></style></title></script><script>window.pwned = true</script><img src="http://127.0.0.1:1/x" onerror="window.pwned = true">`

// example is an execution of a report, by its name.
type example struct {
	name    string
	events  []types.HistoryEvent
	hostile bool
}

// plainExamples returns the four scenarios. The last holds markup wherever it can.
func plainExamples() (all []example) {
	for _, name := range []string{"429", "200", "503", "999"} {
		all = append(all, example{name + "-20260102T030405Z-abcdef", awsstub.Course(awsstub.AWS, name), name == "999"})
	}
	return all
}

// oddExamples have all that makes a page too wide or too long.
func oddExamples() []example {
	return append(plainExamples()[2:],
		example{"200-20260102T030405Z-bcdefg", awsstub.Troubled("200", "TooManyRequestsException"), false},
		example{"429-20260102T030405Z-fedcba", awsstub.Course(awsstub.AWS, "429")[:9], false},
		example{"input-20260102T030405Z-aborted", stopped(), false},
		example{strings.Repeat("LongNameWithoutAnySpaces", 3) + "12345678", troublesome(), false},
		example{"input-20260102T030405Z-many-items", mapped(20), false},
	)
}

// stopped is an execution that was stopped in a Wait state.
func stopped() []types.HistoryEvent {
	r := awsstub.Record(awsstub.AWS, `{}`).Enter("Wait", "Wait and Try Later").After(90 * time.Minute)
	return r.Event("ExecutionAborted", types.HistoryEvent{ExecutionAbortedEventDetails: &types.ExecutionAbortedEventDetails{}}).Events
}

// troublesome is an execution with long names, long texts and many attempts.
func troublesome() []types.HistoryEvent {
	const err = "com.example.orders.infrastructure.PaymentProviderTemporarilyUnavailableException"
	cause := strings.Repeat("the upstream provider answered 503 after 30 s; ", 30)
	r := awsstub.Record(awsstub.AWS, fmt.Sprintf(`{"token":%q,"items":[%s1]}`, strings.Repeat("eyJhbGciOiJIUzI1NiIs", 40),
		strings.Repeat(`{"article":"A-1","amount":12},`, 40))).Enter("Task", strings.Repeat("AuthorizeThePaymentOfAnOrder", 2))
	for range 12 {
		r.Fail(err, cause).After(20 * time.Second)
	}
	return r.End(err, awsstub.CauseOf(err, cause))
}

// mapped is an execution of a Map state, of whose items one is still in work.
func mapped(items int) []types.HistoryEvent {
	iteration := func(i int) *types.MapIterationEventDetails {
		return &types.MapIterationEventDetails{Name: aws.String("Each Order"), Index: int32(i)}
	}
	r := awsstub.Record(awsstub.AWS, `{"orders":[]}`).Enter("Map", "Each Order").
		Event("MapStateStarted", types.HistoryEvent{MapStateStartedEventDetails: &types.MapStateStartedEventDetails{Length: int32(items)}})
	for i := range items {
		r.Event("MapIterationStarted", types.HistoryEvent{MapIterationStartedEventDetails: iteration(i)})
		r.Enter("Task", "Charge").Succeed(`{"charged":true}`).Exit(`{"charged":true}`)
		if i < items-1 {
			r.Event("MapIterationSucceeded", types.HistoryEvent{MapIterationSucceededEventDetails: iteration(i)})
		}
	}
	return r.Events
}

// written is the file of a report of examples.
func written(t *testing.T, examples []example) string {
	t.Helper()
	g, err := graph.Parse([]byte(statemachine.Definition))
	if err != nil {
		t.Fatal(err)
	}
	p := view.Page{StateMachine: "MyAPIStateMachine", Place: "account 111122223333, region eu-west-1", Made: awsstub.Start}
	var drawer picture.Drawer
	for i, x := range examples {
		e := view.PageExecution{Execution: history.New(x.events).WithFailures(func(string) string { return "" })}
		e.Name, e.ARN = x.name, "arn:aws:states:eu-west-1:111122223333:execution:MyAPIStateMachine:"+x.name
		title := "Execution " + x.name
		if x.hostile {
			e.Name, e.Input, e.Cause, title = hostile, hostile, hostile, hostile
			e.Steps[0].State, e.Steps[0].Input = hostile, hostile
		}
		if e.Graph, err = drawer.SVG(t.Context(), g.Trace(e.Steps), title, fmt.Sprintf("picture%d", i)); err != nil {
			t.Fatal(err)
		}
		p.Executions = append(p.Executions, e)
	}
	var page bytes.Buffer
	if err := p.Write(&page); err != nil {
		t.Fatal(err)
	}
	return saved(t, page.Bytes())
}

// saved writes a page to a file, and returns its address.
func saved(t *testing.T, page []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, page, 0o600); err != nil {
		t.Fatal(err)
	}
	return "file://" + file
}
