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

const hostileText = `</pre></style></title></script><script>window.pwned = true</script>` +
	`<img src="http://127.0.0.1:1/x" onerror="window.pwned = true">`

// example is an execution in a report.
type example struct {
	name    string
	events  []types.HistoryEvent
	hostile bool // replace its texts with markup
}

// scenarioExamples returns the scenarios of the tutorial. The texts of scenario 999 are hostile.
func scenarioExamples() (all []example) {
	for _, name := range []string{"429", "200", "503", "999"} {
		all = append(all, example{name + "-20260102T030405Z-abcdef", awsstub.ScenarioEvents(awsstub.AWS, name),
			name == "999"})
	}
	return all
}

// edgeCaseExamples returns executions that could make a page too wide or too long.
func edgeCaseExamples() []example {
	return append(scenarioExamples()[2:],
		example{"200-20260102T030405Z-bcdefg", awsstub.LambdaErrorEvents("200", "TooManyRequestsException"), false},
		example{"429-20260102T030405Z-fedcba", awsstub.ScenarioEvents(awsstub.AWS, "429")[:9], false},
		example{"input-20260102T030405Z-aborted", abortedEvents(), false},
		example{strings.Repeat("LongNameWithoutAnySpaces", 3) + "12345678", longEvents(), false},
		example{"input-20260102T030405Z-many-items", mapEvents(20), false},
	)
}

// abortedEvents returns the events of an execution that was stopped in a Wait state.
func abortedEvents() []types.HistoryEvent {
	r := awsstub.Record(awsstub.AWS, `{}`).Enter("Wait", "Wait and Try Later").After(90 * time.Minute)
	details := &types.ExecutionAbortedEventDetails{}
	return r.Event("ExecutionAborted", types.HistoryEvent{ExecutionAbortedEventDetails: details}).Events
}

// longEvents returns the events of an execution with long names, long texts and many attempts.
func longEvents() []types.HistoryEvent {
	const err = "com.example.orders.infrastructure.PaymentProviderTemporarilyUnavailableException"
	cause := strings.Repeat("the upstream provider answered 503 after 30 s; ", 30)
	token := strings.Repeat("eyJhbGciOiJIUzI1NiIs", 40)
	items := strings.Repeat(`{"article":"A-1","amount":12},`, 40)
	r := awsstub.Record(awsstub.AWS, fmt.Sprintf(`{"token":%q,"items":[%s1]}`, token, items)).
		Enter("Task", strings.Repeat("AuthorizeThePaymentOfAnOrder", 2))
	for range 12 {
		r.Fail(err, cause).After(20 * time.Second)
	}
	return r.End(err, awsstub.FunctionCause(err, cause))
}

// mapEvents returns the events of an execution of a Map state. The last item is still running.
func mapEvents(items int) []types.HistoryEvent {
	iteration := func(i int) *types.MapIterationEventDetails {
		return &types.MapIterationEventDetails{Name: aws.String("Each Order"), Index: int32(i)}
	}
	started := &types.MapStateStartedEventDetails{Length: int32(items)}
	r := awsstub.Record(awsstub.AWS, `{"orders":[]}`).Enter("Map", "Each Order").
		Event("MapStateStarted", types.HistoryEvent{MapStateStartedEventDetails: started})
	for i := range items {
		r.Event("MapIterationStarted", types.HistoryEvent{MapIterationStartedEventDetails: iteration(i)})
		r.Enter("Task", "Charge").Succeed(`{"charged":true}`).Exit(`{"charged":true}`)
		if i < items-1 {
			r.Event("MapIterationSucceeded", types.HistoryEvent{MapIterationSucceededEventDetails: iteration(i)})
		}
	}
	return r.Events
}

// writeReport writes a report of the examples to a file, and returns the file's URL.
func writeReport(t *testing.T, examples []example) string {
	t.Helper()
	g, err := graph.Parse([]byte(statemachine.Definition))
	if err != nil {
		t.Fatal(err)
	}
	p := view.Page{
		StateMachine: "MyAPIStateMachine",
		Location:     "account 111122223333, region eu-west-1",
		Created:      awsstub.Start,
	}
	var drawer picture.Drawer
	for i, x := range examples {
		e := view.PageExecution{Execution: history.New(x.events).WithFailures(func(string) string { return "" })}
		e.Name, e.ARN = x.name, "arn:aws:states:eu-west-1:111122223333:execution:MyAPIStateMachine:"+x.name
		title := "Execution " + x.name
		if x.hostile {
			e.Name, e.Input, e.Cause, title = hostileText, hostileText, hostileText, hostileText
			e.Steps[0].State, e.Steps[0].Input = hostileText, hostileText
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
	return writePage(t, page.Bytes())
}

// writePage writes a page to a file, and returns the file's URL.
func writePage(t *testing.T, page []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, page, 0o600); err != nil {
		t.Fatal(err)
	}
	return "file://" + file
}
