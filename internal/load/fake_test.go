package load

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"retrycatch/internal/awsstub"
)

var throttled = awsstub.Error(http.StatusBadRequest, "ThrottlingException", "Rate exceeded")

// fakeStepFunctions simulates Step Functions. Its executions take simulated time.
type fakeStepFunctions struct {
	mu            sync.Mutex
	calls         int
	started       map[string]time.Time // start times by execution name
	historyCalls  map[string]int       // calls to GetExecutionHistory by execution name
	listCalls     int                  // calls to ListExecutions
	names         []string             // execution names, oldest first
	unlisted      int                  // number of newest executions that ListExecutions omits
	fullHistories map[string]int       // number of complete histories returned, by execution name
	maxRunning    int                  // largest number of concurrent executions
	healthy       bool                 // calls are not throttled, and connections do not break

	// override replaces the simulated answer, unless override returns nil.
	override func(operation, name string) awsstub.Answer
}

// durationOf returns the duration of the execution with this name.
func durationOf(name string) time.Duration {
	if strings.HasPrefix(name, "429") {
		return 4200 * time.Millisecond
	}
	return 50 * time.Millisecond
}

func newFakeStepFunctions(t *testing.T) (*fakeStepFunctions, aws.Config) {
	c := &fakeStepFunctions{started: map[string]time.Time{}, historyCalls: map[string]int{},
		fullHistories: map[string]int{}, override: func(string, string) awsstub.Answer { return nil }}
	stub := awsstub.New(t).On("SFN.StartExecution", c.answer).On("SFN.GetExecutionHistory", c.answer).
		On("SFN.ListExecutions", c.answer)
	return c, stub.Config()
}

func (c *fakeStepFunctions) answer(call awsstub.Call) (*http.Response, error) {
	return c.answerFor(call)(call)
}

// breakLate waits until a short execution has ended, and then breaks the connection.
func breakLate(call awsstub.Call) (*http.Response, error) {
	time.Sleep(100 * time.Millisecond)
	return awsstub.ConnectionError("connection reset by peer")(call)
}

func (c *fakeStepFunctions) answerFor(call awsstub.Call) awsstub.Answer {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := nameOf(call.Input)
	if answer := c.override(call.Operation, name); answer != nil {
		return answer
	}
	c.calls++
	switch call.Operation {
	case "SFN.GetExecutionHistory":
		c.historyCalls[name]++
	case "SFN.ListExecutions":
		c.listCalls++
	}
	if !c.healthy && c.calls%10 < 3 {
		return throttled
	}
	switch began, known := c.started[name]; {
	case call.Operation == "SFN.ListExecutions":
		return c.list(call.Input.(*sfn.ListExecutionsInput))
	case call.Operation == "SFN.StartExecution" && known && time.Since(began) >= durationOf(name):
		return awsstub.Error(http.StatusBadRequest, "ExecutionAlreadyExists", "Execution Already Exists")
	case call.Operation == "SFN.StartExecution":
		if !known {
			c.started[name] = time.Now()
			c.names = append(c.names, name)
			c.maxRunning = max(c.maxRunning, c.running())
		}
		if !c.healthy && c.calls%10 == 5 {
			return breakLate
		}
		return awsstub.JSON(fmt.Sprintf(`{"executionArn": %q, "startDate": 1}`, arnOf(name)))
	case !known:
		return awsstub.Error(http.StatusBadRequest, "ExecutionDoesNotExist", "Execution Does Not Exist")
	case time.Since(began) < durationOf(name):
		return awsstub.History("", awsstub.ScenarioEvents(awsstub.AWS, name[:3])[:3]...)
	default:
		c.fullHistories[name]++
		return awsstub.History("", awsstub.ScenarioEvents(awsstub.AWS, name[:3])...)
	}
}

// list returns a page of executions, newest first. The token for a page is the number of
// executions on earlier pages.
func (c *fakeStepFunctions) list(in *sfn.ListExecutionsInput) awsstub.Answer {
	before, _ := strconv.Atoi(aws.ToString(in.NextToken)) // zero for the first page
	listed := slices.Clone(c.names[:max(0, len(c.names)-c.unlisted)])
	slices.Reverse(listed)
	listed = listed[min(before, len(listed)):]
	var items []string
	for _, name := range listed[:min(len(listed), int(in.MaxResults))] {
		status := "RUNNING"
		if time.Since(c.started[name]) >= durationOf(name) {
			recorded := awsstub.ScenarioEvents(awsstub.AWS, name[:3])
			status = strings.ToUpper(strings.TrimPrefix(string(recorded[len(recorded)-1].Type), "Execution"))
		}
		items = append(items, fmt.Sprintf(
			`{"executionArn": %q, "name": %q, "status": %q, "startDate": 1, "stateMachineArn": "s"}`,
			arnOf(name), name, status))
	}
	next := ""
	if len(items) < len(listed) {
		next = fmt.Sprintf(`, "nextToken": "%d"`, before+len(items))
	}
	return awsstub.JSON(`{"executions": [` + strings.Join(items, ",") + `]` + next + `}`)
}

func (c *fakeStepFunctions) running() int {
	n := 0
	for name, began := range c.started {
		if time.Since(began) < durationOf(name) {
			n++
		}
	}
	return n
}

func arnOf(name string) string {
	return strings.Replace(awsstub.StateMachineARN, "stateMachine", "execution", 1) + ":" + name
}

func nameOf(input any) string {
	switch in := input.(type) {
	case *sfn.StartExecutionInput:
		return *in.Name
	case *sfn.GetExecutionHistoryInput:
		return (*in.ExecutionArn)[strings.LastIndex(*in.ExecutionArn, ":")+1:]
	}
	return ""
}
